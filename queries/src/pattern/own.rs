//! Whose name a thing has: `/users/4711` asked for by the account `u4711`.
//!
//! An id **names** an account when both are the same text (ASCII case aside), or when the shorter one is the end of the
//! longer one and begins where the longer one changes its kind: `u4711` and `4711`, `user:ab12` and `ab12`. Of an account
//! that is a mail address, the part before the `@` counts as well. One character alone names nobody else's.

/// Whether an id is the one that an account is named after, or the other way round.
pub fn names_itself(id: &str, account: &str) -> bool {
    let (id, account) = (id.as_bytes(), account.as_bytes());
    let local = account.iter().position(|&byte| byte == b'@').map(|at| &account[..at]);
    alike(id, account) || local.is_some_and(|local| !local.is_empty() && alike(id, local))
}

/// Both the same, or the shorter one the end of the longer one.
fn alike(a: &[u8], b: &[u8]) -> bool {
    let (short, long) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    let before = long.len() - short.len();
    if !long[before..].eq_ignore_ascii_case(short) {
        return false;
    }
    before == 0 || (short.len() > 1 && kind(long[before - 1]) != kind(long[before]))
}

/// Letters, digits, and what separates them.
fn kind(byte: u8) -> u8 {
    match byte {
        b'0'..=b'9' => 1,
        b'a'..=b'z' | b'A'..=b'Z' | 0x80.. => 2,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_names_its_account_however_it_is_dressed() {
        for (id, account) in [
            ("4711", "4711"),
            ("4711", "u4711"),
            ("4711", "user:4711"),
            ("cust-4711", "4711"),
            ("kim", "Kim"),
            ("kim.jm", "kim.jm@example.org"),
            ("42", "kim42@example.org"),
            ("9f3c-11", "auth0|9f3c-11"),
        ] {
            assert!(names_itself(id, account), "{id} {account}");
        }
    }

    #[test]
    fn an_end_that_happens_to_agree_names_nobody() {
        for (id, account) in [
            ("711", "4711"),
            ("711", "u4711"),
            ("1", "u1"),
            ("im", "kim"),
            ("4711", "u4712"),
            ("", "u1"),
            ("example.org", "a@b.org"),
        ] {
            assert!(!names_itself(id, account), "{id} {account}");
        }
    }

    proptest::proptest! {
        #[test]
        fn like_the_sentence_above(id in "[ab1-3:]{0,4}", account in "[ab1-3:@]{0,5}") {
            let kind = |c: char| if c.is_ascii_digit() { 1 } else { 2 * u8::from(c.is_ascii_alphabetic()) };
            let end = |short: &str, long: &str| {
                let rest = long.strip_suffix(short);
                rest.is_some_and(|rest| rest.is_empty()
                    || (short.len() > 1 && rest.chars().last().map(kind) != short.chars().next().map(kind)))
            };
            let alike = |a: &str, b: &str| end(a, b) || end(b, a);
            let local = account.split_once('@').map(|(local, _)| local).filter(|local| !local.is_empty());
            let expected = alike(&id, &account) || local.is_some_and(|local| alike(&id, local));
            proptest::prop_assert_eq!(names_itself(&id, &account), expected);
        }
    }
}
