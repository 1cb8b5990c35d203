//! Numbers that are secrets by themselves: of payment cards, of residents.

use super::query::decoded;

/// Whether a value is the number of a payment card: 13 to 19 digits, in groups or not, whose check digit is right.
pub(crate) fn is_card(value: &[u8]) -> bool {
    let Some(digits) = digits(value) else { return false };
    (13..=19).contains(&digits.len()) && digits.iter().any(|&digit| digit != digits[0]) && luhn(&digits)
}

/// Whether a value is a card's number by its groups too, whatever it is called.
pub(crate) fn is_grouped_card(value: &[u8]) -> bool {
    matches!(groups(value).as_slice(), [4, 4, 4, 4] | [4, 6, 5]) && is_card(value)
}

/// Whether a value is a Korean resident number: a date of birth, a dash, seven digits. Who looks for such is found by them,
/// so they are hidden only where nothing is looked for.
pub(super) fn is_resident_number(value: &[u8]) -> bool {
    value.contains(&b'-') && groups(value) == [6, 7] && digits(value).is_some_and(|digits| is_resident(&digits))
}

/// How long the groups of a number are.
fn groups(value: &[u8]) -> Vec<usize> {
    if !value.first().is_some_and(u8::is_ascii_digit) || !(14..=40).contains(&value.len()) {
        return Vec::new();
    }
    decoded(value).split(|byte| matches!(byte, b'-' | b' ' | b'+')).map(<[u8]>::len).collect()
}

/// The digits of a number that may stand in groups; none where anything else is in it.
fn digits(value: &[u8]) -> Option<Vec<u8>> {
    // Escaped separators take three bytes each.
    if value.len() > 48 {
        return None;
    }
    let plain = decoded(value);
    let mut digits = Vec::with_capacity(plain.len());
    for byte in plain.iter() {
        match byte {
            b'0'..=b'9' => digits.push(byte - b'0'),
            b'-' | b' ' | b'+' => {}
            _ => return None,
        }
    }
    Some(digits)
}

/// The check of card numbers: every second digit from the right counts twice.
fn luhn(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(at, &digit)| match (at % 2, u32::from(digit)) {
            (0, digit) => digit,
            (_, digit) => digit * 2 - if digit > 4 { 9 } else { 0 },
        })
        .sum();
    sum.is_multiple_of(10)
}

/// Whether 13 digits begin with a date of birth, then say sex and century, and end in their check digit. The few numbers
/// given out since October 2020 have none; without it numbers of orders, which begin with a day too, would pass.
fn is_resident(digits: &[u8]) -> bool {
    let two = |at: usize| digits[at] * 10 + digits[at + 1];
    let weighted: u32 =
        digits.iter().zip([2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5]).map(|(&digit, by)| u32::from(digit) * by).sum();
    digits.len() == 13
        && (1..=12).contains(&two(2))
        && (1..=31).contains(&two(4))
        && (1..=8).contains(&digits[6])
        && u32::from(digits[12]) == (11 - weighted % 11) % 10
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn cards_are_told_by_their_check_digit() {
        for value in ["4111111111111111", "4111-1111-1111-1111", "4111%201111%201111%201111", "378282246310005"] {
            assert!(is_card(value.as_bytes()), "{value}");
        }
        for value in ["4111111111111112", "12", "", "0000000000000000", "411111111111111a", "1712345678901"] {
            assert!(!is_card(value.as_bytes()), "{value}");
        }
    }

    #[test]
    fn groups_tell_what_a_number_is() {
        for value in ["4111-1111-1111-1111", "4111+1111+1111+1111", "3782 822463 10005"] {
            assert!(is_grouped_card(value.as_bytes()), "{value}");
        }
        assert!(is_resident_number(b"900101-1234568"));
        for value in ["4111111111111111", "4111-1111-1111-1112", "2026-01-02", "41-1111-1111-1111-11", ""] {
            assert!(!is_grouped_card(value.as_bytes()), "{value}");
        }
        // Another check digit, no such century, no such month, no dash.
        for value in ["900101-1234567", "900101-9234568", "901301-1234568", "9001011234568", "123456-1234567"] {
            assert!(!is_resident_number(value.as_bytes()), "{value}");
        }
    }

    proptest! {
        /// Of the ten last digits a number may have exactly one is right.
        #[test]
        fn one_digit_of_ten_is_right(front in "[1-9][0-9]{14}") {
            let right = (0..10).filter(|last| luhn(&digits(format!("{front}{last}").as_bytes()).unwrap_or_default())).count();
            prop_assert_eq!(right, 1);
        }

        #[test]
        fn no_bytes_break_them(bytes: Vec<u8>, text in "[0-9 %+-]{0,40}") {
            for bytes in [bytes.as_slice(), text.as_bytes()] {
                let _ = (is_card(bytes), is_grouped_card(bytes), is_resident_number(bytes));
            }
        }
    }
}
