//! Check digits: whether a number is one that could have been handed out, or is made up.
//!
//! Of numbers drawn at random one in ten passes a check digit (one in a hundred passes two), of numbers that people hold
//! and type nearly all do.

/// Whether an identity number passes the check of its kind, told by its form. `None` for forms without a known check.
///
/// - 12 digits that do not begin with 0 or 1 (Aadhaar): Verhoeff
/// - 13 digits that begin with a date of birth (Korean resident number): weights 2 to 9 and 2 to 5, modulo 11
/// - 11 digits (CPF): two digits, weights 11 down to 2, modulo 11
/// - 18 places (Chinese resident number): powers of 2 modulo 11, X for ten (ISO 7064 MOD 11-2)
/// - eight digits and a letter (Spanish DNI): the number modulo 23 chooses the letter
/// - 14 to 19 digits else (cards, IMEI): Luhn
pub fn passes_check(id: &str) -> Option<bool> {
    let mut digits = Vec::with_capacity(20);
    let mut last = None;
    for byte in id.bytes() {
        match byte {
            b'0'..=b'9' if last.is_none() => digits.push(byte - b'0'),
            b'-' | b'.' | b' ' if last.is_none() => {}
            b'a'..=b'z' | b'A'..=b'Z' if last.is_none() && !digits.is_empty() => last = Some(byte.to_ascii_uppercase()),
            _ => return None,
        }
        if digits.len() > 19 {
            return None;
        }
    }
    match (digits.len(), last) {
        (8, Some(letter)) => Some(dni(&digits) == letter),
        (17, Some(letter)) => Some(chinese(&digits) == letter),
        (18, None) if is_date(&digits[6..14]) => Some(chinese(&digits[..17]) == b'0' + digits[17]),
        (12, None) if digits[0] > 1 => Some(verhoeff(&digits)),
        (13, None) if is_birth(&digits) => Some(resident(&digits)),
        (11, None) => Some(cpf(&digits)),
        (14..=19, None) => Some(luhn(&digits)),
        _ => None,
    }
}

/// `YYYYMMDD`.
fn is_date(digits: &[u8]) -> bool {
    let two = |at: usize| digits[at] * 10 + digits[at + 1];
    matches!(two(0), 18..=20) && (1..=12).contains(&two(4)) && (1..=31).contains(&two(6))
}

/// `YYMMDD` and a digit for century and sex.
fn is_birth(digits: &[u8]) -> bool {
    let two = |at: usize| digits[at] * 10 + digits[at + 1];
    (1..=12).contains(&two(2)) && (1..=31).contains(&two(4)) && digits[6] <= 9
}

fn weighted(digits: &[u8], weights: impl Iterator<Item = u32>) -> u32 {
    digits.iter().zip(weights).map(|(&digit, weight)| u32::from(digit) * weight).sum()
}

fn luhn(digits: &[u8]) -> bool {
    let doubled = |digit: u8| if digit > 4 { u32::from(digit) * 2 - 9 } else { u32::from(digit) * 2 };
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(at, &digit)| if at % 2 == 1 { doubled(digit) } else { u32::from(digit) })
        .sum();
    sum.is_multiple_of(10)
}

fn resident(digits: &[u8]) -> bool {
    let sum = weighted(&digits[..12], (2..=9).chain(2..=5));
    (11 - sum % 11) % 10 == u32::from(digits[12])
}

fn cpf(digits: &[u8]) -> bool {
    let check = |length: usize| {
        let rest = weighted(&digits[..length], (2..=length as u32 + 1).rev()) % 11;
        if rest < 2 { 0 } else { 11 - rest }
    };
    check(9) == u32::from(digits[9]) && check(10) == u32::from(digits[10])
}

fn chinese(digits: &[u8]) -> u8 {
    let sum = weighted(digits, (1..=17).rev().map(|power| (1_u32 << power) % 11));
    b"10X98765432"[(sum % 11) as usize]
}

fn dni(digits: &[u8]) -> u8 {
    let number = digits.iter().fold(0_u32, |number, &digit| number * 10 + u32::from(digit));
    b"TRWAGMYFPDXBNJZSQVHLCKE"[(number % 23) as usize]
}

/// The dihedral group of ten elements: `a` then `b`.
fn dihedral(a: u8, b: u8) -> u8 {
    match (a < 5, b < 5) {
        (true, true) => (a + b) % 5,
        (true, false) => 5 + (a + b - 5) % 5,
        (false, true) => 5 + (a + 5 - b) % 5,
        (false, false) => (a + 5 - b) % 5,
    }
}

fn verhoeff(digits: &[u8]) -> bool {
    // What a digit becomes once; the place says how often.
    const MOVED: [u8; 10] = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4];
    let moved = |digit: u8, times: usize| (0..times % 8).fold(digit, |digit, _| MOVED[usize::from(digit)]);
    let sum = digits.iter().rev().enumerate().fold(0, |sum, (place, &digit)| dihedral(sum, moved(digit, place)));
    sum == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_numbers_pass_and_their_neighbours_do_not() {
        // Published examples of each scheme, none of them a person's.
        for (good, bad) in [
            ("4111 1111 1111 1111", "4111 1111 1111 1112"),
            ("490154203237518", "490154203237519"),
            ("234123412346", "234123412347"),
            ("111.444.777-35", "111.444.777-36"),
            ("11010519491231002X", "110105194912310021"),
            ("12345678Z", "12345678A"),
        ] {
            assert_eq!((passes_check(good), passes_check(bad)), (Some(true), Some(false)), "{good}");
        }
        for other in ["", "12345", "01012345678x9", "abc", "112341234123", "900101-9999", "123456789012345678901"] {
            assert_eq!(passes_check(other), None, "{other}");
        }
    }

    #[test]
    fn of_ten_last_digits_exactly_one_passes() {
        for stem in ["900101123456", "851231298765", "23412341234", "98765432109", "411111111111111"] {
            let right = (0..10).filter(|digit| passes_check(&format!("{stem}{digit}")) == Some(true)).count();
            assert_eq!(right, 1, "{stem}");
        }
    }

    proptest::proptest! {
        #[test]
        fn a_changed_digit_never_passes(number in 2_000_000_000_u64..9_999_999_999, at in 0_usize..12, by in 1_u8..10) {
            let stem = format!("{number}4");
            let digit = (0..10).find(|digit| passes_check(&format!("{stem}{digit}")) == Some(true));
            let good = format!("{stem}{}", digit.unwrap_or_default());
            proptest::prop_assert_eq!(passes_check(&good), Some(true));
            let mut bytes = good.into_bytes();
            bytes[at] = b'0' + (bytes[at] - b'0' + by) % 10;
            let bad = String::from_utf8_lossy(&bytes).into_owned();
            proptest::prop_assert_ne!(passes_check(&bad), Some(true));
        }

        #[test]
        fn nothing_fails_on_any_text(text in "[-0-9a-zA-Z. ]{0,24}") {
            let _ = passes_check(&text);
        }
    }
}
