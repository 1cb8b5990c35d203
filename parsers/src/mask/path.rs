//! Secrets in paths.
//!
//! Ids in paths are what the detections work on, so a segment is a secret only by what stands before it:
//!
//! - After a word that speaks of one-time links (`reset`, `magic`, `invite`, `activate`, `unsubscribe`; `verify`,
//!   `confirm`, `token`) one of the next two segments is one if it has 20 characters and changes between lower case,
//!   upper case and digits at least once in four characters. Uuids, numbers, and hex up to 40 digits (object ids, MD5,
//!   SHA-1) stay; longer hex is a secret after words of the first kind only, since files are verified by their hash.
//! - In hooks of Slack (`/services/T…/B…/x`), Discord and Teams, and in `/bot<id>:<token>/`.

use std::ops::Range;

/// The shortest segment that can be a secret.
pub(super) const SHORTEST: usize = 20;

/// Beginnings of words before a one-time link; any long random segment after them is one.
const LINKS: &[&[u8]] = &[b"reset", b"magic", b"invit", b"activat", b"unsubscri"];

/// Beginnings of words that are used of objects too; hashes after them stay.
const PERHAPS: &[&[u8]] = &[b"verif", b"confirm", b"token"];

/// What the segments before have said.
#[derive(Clone, Copy)]
enum Word {
    Link,
    Perhaps,
}

/// Whether a byte ends a segment of a path, in a target as in a line of text.
static ENDS: [bool; 256] = {
    let mut ends = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        let marks =
            matches!(byte as u8, b'/' | b'?' | b'#' | b'&' | b';' | b'"' | b'\'' | b'\\' | b'|' | b',' | b'<' | b'>');
        ends[byte] = marks || byte <= 0x20;
        byte += 1;
    }
    ends
};

/// Calls `secret` with every secret segment, in order.
pub(super) fn secrets(bytes: &[u8], mut secret: impl FnMut(Range<usize>)) {
    let Some(first) = memchr::memchr(b'/', bytes) else { return };
    let mut hook = Hook::default();
    // The two segments before, nearest first.
    let mut before: [&[u8]; 2] = [b"", b""];
    let mut at = first + 1;
    while at < bytes.len() {
        let length = bytes[at..].iter().position(|&byte| ENDS[usize::from(byte)]).unwrap_or(bytes.len() - at);
        let range = at..at + length;
        let segment = &bytes[range.clone()];
        if let Some(found) = hook.heed(segment) {
            secret(at + found.start..at + found.end);
        } else if length >= SHORTEST
            && let Some(word) = before.iter().find_map(|segment| telling(segment))
            && is_token(segment, word)
        {
            secret(range.clone());
        }
        before = [segment, before[0]];
        at = range.end;
        if bytes.get(at) != Some(&b'/') {
            // The path ends; another may begin later in a line.
            before = [b"", b""];
            hook = Hook::default();
            let Some(step) = memchr::memchr(b'/', &bytes[at..]) else { return };
            at += step;
        }
        at += 1;
    }
}

/// What a segment says of those after it. The word begins the segment, or follows `-`, `_`, `.` or a lower-case
/// letter as a capital (`passwordReset`): presets are no resets.
fn telling(segment: &[u8]) -> Option<Word> {
    if segment.is_empty() || segment.len() > 40 {
        return None;
    }
    let begins = |at: usize| {
        at == 0
            || matches!(segment[at - 1], b'-' | b'_' | b'.')
            || (segment[at].is_ascii_uppercase() && segment[at - 1].is_ascii_lowercase())
    };
    let mut found = None;
    for at in (0..segment.len()).filter(|&at| begins(at)) {
        let is = |word: &&[u8]| segment[at..].get(..word.len()).is_some_and(|part| part.eq_ignore_ascii_case(word));
        match segment[at].to_ascii_lowercase() {
            b'r' | b'm' | b'i' | b'a' | b'u' if LINKS.iter().any(is) => return Some(Word::Link),
            b'v' | b'c' | b't' if PERHAPS.iter().any(is) => found = Some(Word::Perhaps),
            _ => {}
        }
    }
    found
}

/// Whether a segment after a telling word is a secret.
fn is_token(segment: &[u8], word: Word) -> bool {
    if is_uuid(segment) {
        return false;
    }
    let bare = segment.strip_prefix(b"0x").unwrap_or(segment);
    if bare.iter().all(u8::is_ascii_hexdigit) {
        let number = bare.iter().all(u8::is_ascii_digit);
        return matches!(word, Word::Link) && bare.len() > 40 && !number;
    }
    is_random(segment)
}

fn is_uuid(segment: &[u8]) -> bool {
    segment.len() == 36
        && segment.iter().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => *byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

/// Whether the kind of character changes as often as it does in random text and never in words.
fn is_random(segment: &[u8]) -> bool {
    let kind = |byte: u8| match byte {
        b'a'..=b'z' => 1,
        b'A'..=b'Z' => 2,
        b'0'..=b'9' => 3,
        _ => 0,
    };
    let (mut changes, mut digits) = (0, 0);
    for pair in segment.windows(2) {
        let (one, other) = (kind(pair[0]), kind(pair[1]));
        changes += usize::from(one != other && one != 0 && other != 0);
        digits += usize::from(one == 3);
    }
    digits >= 2 && changes * 4 >= segment.len() && segment.iter().all(|&byte| is_segment_byte(byte))
}

fn is_segment_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~' | b'=' | b'%' | b':' | b'+')
}

/// How far the segments so far are those of a hook.
#[derive(Clone, Copy, Default)]
enum Hook {
    #[default]
    Nothing,
    /// After `services`, and so many ids.
    Slack(u8),
    /// After `webhooks`, and its id.
    Discord(bool),
    Teams,
}

impl Hook {
    /// Takes the next segment; the answer is where in it a secret stands.
    fn heed(&mut self, segment: &[u8]) -> Option<Range<usize>> {
        let (next, secret) = match (*self, segment) {
            (_, b"services") => (Self::Slack(0), None),
            (_, b"webhooks") => (Self::Discord(false), None),
            (_, b"IncomingWebhook") => (Self::Teams, None),
            (Self::Slack(0), [b'T', ..]) if is_slack_id(segment) => (Self::Slack(1), None),
            (Self::Slack(1), [b'B', ..]) if is_slack_id(segment) => (Self::Slack(2), None),
            (Self::Slack(2), _) if segment.len() >= 16 => (Self::Nothing, Some(0..segment.len())),
            (Self::Discord(false), _) if is_number(segment) => (Self::Discord(true), None),
            (Self::Discord(true), _) if segment.len() >= 40 => (Self::Nothing, Some(0..segment.len())),
            (Self::Teams, _) if segment.len() >= SHORTEST => (Self::Nothing, Some(0..segment.len())),
            _ => (Self::Nothing, bot_token(segment)),
        };
        *self = next;
        secret
    }
}

fn is_slack_id(segment: &[u8]) -> bool {
    segment.len() >= 8 && segment.iter().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

fn is_number(segment: &[u8]) -> bool {
    !segment.is_empty() && segment.iter().all(u8::is_ascii_digit)
}

/// The token of `bot<id>:<token>`.
fn bot_token(segment: &[u8]) -> Option<Range<usize>> {
    let rest = segment.strip_prefix(b"bot")?;
    let colon = rest.iter().position(|byte| !byte.is_ascii_digit())?;
    let length = match &rest[colon..] {
        [b':', ..] => 1,
        [b'%', b'3', b'A' | b'a', ..] => 3,
        _ => return None,
    };
    let start = 3 + colon + length;
    (colon >= 5 && segment.len() >= start + SHORTEST).then_some(start..segment.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn found(text: &str) -> Vec<&str> {
        let mut all = Vec::new();
        secrets(text.as_bytes(), |range| all.push(&text[range]));
        all
    }

    #[test]
    fn one_time_links_and_hooks_are_found() {
        let token = "q7Zt2Xb9Lm4Kp0Rv8Ns3Yw6D";
        let hex = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
        for before in [
            "/reset/",
            "/password/reset/",
            "/auth/reset-password/",
            "/v1/passwordReset/",
            "/users/7/verify/",
            "/verify-email/",
            "/confirm/email/",
            "/invitations/",
            "/magic-link/",
            "/account_activation/",
            "/unsubscribe/",
            "/token/",
            "/reset/MQ/",
            "GET /verify/",
        ] {
            assert_eq!(found(&format!("{before}{token}/done?x=1")), [token], "{before}");
        }
        assert_eq!(found(&format!("/password/reset/{hex}?email=a")), [hex]);
        assert_eq!(
            found("/reset/MQ/c1abcd-3f5b9a7c2d8e4f6a1b0c9d8e7f6a5b4c/"),
            ["c1abcd-3f5b9a7c2d8e4f6a1b0c9d8e7f6a5b4c"]
        );
        assert_eq!(found("/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX"), ["XXXXXXXXXXXXXXXXXXXXXXXX"]);
        let discord = "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz0123456789_-ABCD";
        assert_eq!(found(&format!("/api/webhooks/1234567890/{discord}")), [discord]);
        assert_eq!(
            found("/bot123456:ABC-DEF1234ghIkl-zyx57W2v1u123ew11/getMe"),
            ["ABC-DEF1234ghIkl-zyx57W2v1u123ew11"]
        );
    }

    #[test]
    fn ids_and_words_stay() {
        for path in [
            "/verify/550e8400-e29b-41d4-a716-446655440000",
            "/reset/507f1f77bcf86cd799439011",
            "/verify/9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
            "/token/0xdAC17F958D2ee523a2206206994597C13D831ec7",
            "/confirm/12345678901234567890123",
            "/confirm/how-to-confirm-your-email-2024",
            "/verify/internationalization-2024-guide",
            "/presets/q7Zt2Xb9Lm4Kp0Rv8Ns3Yw6D",
            "/orders/q7Zt2Xb9Lm4Kp0Rv8Ns3Yw6D",
            "/reset/a/b/q7Zt2Xb9Lm4Kp0Rv8Ns3Yw6D",
            "/reset?x=/orders/q7Zt2Xb9Lm4Kp0Rv8Ns3Yw6D",
            "/services/api/v1/orders-of-all-the-customers",
            "/webhooks/wh_1Mr5jULkdIwHu7ix1ibLTM0x",
            "/robot1234567:x",
            "/tokens/7",
        ] {
            assert!(found(path).is_empty(), "{path} {:?}", found(path));
        }
    }

    proptest! {
        #[test]
        fn any_bytes_give_ranges_in_order(bytes: Vec<u8>, text in "(/(reset|services|bot12345:|[A-Za-z0-9]{0,24}|[?\" ])){0,8}") {
            for bytes in [bytes.as_slice(), text.as_bytes()] {
                let mut last = 0;
                secrets(bytes, |range| {
                    assert!(range.start >= last && range.end <= bytes.len());
                    last = range.end;
                });
            }
        }
    }
}
