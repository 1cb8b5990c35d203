//! Values as logs write them: numbers, addresses, escapes.

use std::borrow::Cow;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Makes bytes valid UTF-8: Korean text in EUC-KR, which single lines of a log may be in, is turned into it; what else is
/// none becomes U+FFFD.
pub fn clean(bytes: &[u8]) -> Cow<'_, [u8]> {
    if simdutf8::basic::from_utf8(bytes).is_ok() {
        return Cow::Borrowed(bytes);
    }
    let runs = || bytes.chunk_by(|one, next| one.is_ascii() == next.is_ascii());
    let is_utf8 = |run: &[u8]| std::str::from_utf8(run).is_ok();
    // A syllable may look like a letter in UTF-8, and is one where others are.
    let has_utf8 = runs().any(|run| !run.is_ascii() && is_utf8(run) && !is_hangul(run));
    let is_korean = |run: &[u8]| !run.is_ascii() && is_hangul(run) && !(has_utf8 && is_utf8(run));
    let syllables: usize = runs().filter(|run| is_korean(run)).map(|run| run.len() / 2).sum();
    let mut text = String::with_capacity(bytes.len() + bytes.len() / 2);
    for run in runs() {
        // One may be chance.
        if syllables > 1 && is_korean(run) {
            text.push_str(&encoding_rs::EUC_KR.decode_without_bom_handling(run).0);
        } else {
            text.push_str(&String::from_utf8_lossy(run));
        }
    }
    Cow::Owned(text.into_bytes())
}

/// Whether bytes beyond ASCII are nothing but Hangul of KS X 1001. Slashes and dots that are spelt too long, as attacks
/// have them (`C0 AE`), have its shape and are none.
fn is_hangul(run: &[u8]) -> bool {
    let pairs = run.chunks_exact(2);
    pairs.remainder().is_empty()
        && pairs.clone().all(|pair| matches!(pair, [0xb0..=0xc8, 0xa1..=0xfe]))
        && !pairs.clone().all(|pair| matches!(pair, [0xc0 | 0xc1, ..=0xbf]))
}

/// Whether a log means "nothing" by it: `-`, or nothing at all.
pub fn is_absent(bytes: &[u8]) -> bool {
    matches!(bytes, b"" | b"-")
}

/// Reads a whole number; fractions, signs other than a leading minus, and overflow give `None`.
pub fn integer(bytes: &[u8]) -> Option<i64> {
    let (negative, digits) = match bytes {
        [b'-', rest @ ..] => (true, rest),
        _ => (false, bytes),
    };
    if digits.is_empty() || digits.len() > 19 {
        return None;
    }
    let mut value = 0_i64;
    for &byte in digits {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        value = value.checked_mul(10)?.checked_add(i64::from(digit))?;
    }
    Some(if negative { -value } else { value })
}

/// Reads a decimal number as a whole number of units that are `10^scale` times smaller
/// (`scale` 6 reads seconds as microseconds); negative scales divide. Digits beyond are cut off.
pub fn decimal(bytes: &[u8], scale: i32) -> Option<i64> {
    let (negative, digits) = match bytes {
        [b'-', rest @ ..] => (true, rest),
        _ => (false, bytes),
    };
    let (whole, fraction) = match memchr::memchr(b'.', digits) {
        Some(dot) => (&digits[..dot], &digits[dot + 1..]),
        None => (digits, &digits[..0]),
    };
    let whole_value = if whole.is_empty() && !fraction.is_empty() { 0 } else { integer(whole).filter(|&n| n >= 0)? };
    if !fraction.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let value = if scale < 0 {
        whole_value / 10_i64.checked_pow(scale.unsigned_abs())?
    } else {
        let mut value = whole_value.checked_mul(10_i64.checked_pow(scale.unsigned_abs())?)?;
        let mut weight = 10_i64.checked_pow(scale.unsigned_abs())?;
        for &byte in fraction {
            weight /= 10;
            if weight == 0 {
                break;
            }
            value = value.checked_add(i64::from(byte - b'0') * weight)?;
        }
        value
    };
    Some(if negative { -value } else { value })
}

/// The last element of a list as nginx writes it (`, ` between tries, ` : ` between groups).
pub fn last_of_list(bytes: &[u8]) -> &[u8] {
    let mut last = bytes;
    if let Some(comma) = memchr::memrchr(b',', last) {
        last = &last[comma + 1..];
    }
    // Groups are rare, and the search for one costs more than a look at so few bytes.
    if last.contains(&b' ')
        && let Some(group) = memchr::memmem::rfind(last, b" : ")
    {
        last = &last[group + 3..];
    }
    last.trim_ascii()
}

/// An address in its one canonical spelling, with the port if one was attached.
///
/// Brackets, zone ids and the v4-mapped prefix are dropped. What is no address (a host name,
/// `unix:`) stays as it is.
pub fn address(bytes: &[u8]) -> (Cow<'_, [u8]>, Option<u16>) {
    if is_plain_v4(bytes) {
        return (Cow::Borrowed(bytes), None);
    }
    let bytes = bytes.trim_ascii();
    if let [b'[', rest @ ..] = bytes
        && let Some(end) = memchr::memchr(b']', rest)
    {
        let port = rest[end + 1..].strip_prefix(b":").and_then(port);
        return (canonical(&rest[..end]), port);
    }
    let colons = memchr::memchr_iter(b':', bytes).count();
    // Eight groups are an address, the ninth is a port.
    if (colons == 1 || colons == 8 && memchr::memmem::find(bytes, b"::").is_none())
        && let Some(colon) = memchr::memrchr(b':', bytes)
        && let Some(port) = port(&bytes[colon + 1..])
    {
        return (canonical(&bytes[..colon]), Some(port));
    }
    (canonical(bytes), None)
}

fn port(bytes: &[u8]) -> Option<u16> {
    integer(bytes).and_then(|value| u16::try_from(value).ok())
}

/// Whether these bytes are the text of an address, and nothing beside it.
pub(crate) fn parses(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).is_ok_and(|text| text.parse::<IpAddr>().is_ok())
}

/// Whether these bytes are an address, as logs write them: in brackets, with a port, with a zone.
pub(crate) fn is_address(bytes: &[u8]) -> bool {
    parses(&address(bytes).0)
}

/// Whether these bytes are four numbers with dots between them. Their size is no matter: addresses are made
/// unrecognisable in many ways.
pub(crate) fn is_plain_v4(bytes: &[u8]) -> bool {
    if bytes.len() > 15 {
        return false;
    }
    let mut dots = 0;
    let mut digits = 0;
    for &byte in bytes {
        match byte {
            b'0'..=b'9' => digits += 1,
            b'.' if digits > 0 => {
                dots += 1;
                digits = 0;
            }
            _ => return false,
        }
    }
    dots == 3 && digits > 0
}

fn canonical(bytes: &[u8]) -> Cow<'_, [u8]> {
    if is_plain_v4(bytes) || memchr::memchr(b':', bytes).is_none() {
        return Cow::Borrowed(bytes);
    }
    let bare = memchr::memchr(b'%', bytes).map_or(bytes, |zone| &bytes[..zone]);
    let Some(parsed) = std::str::from_utf8(bare).ok().and_then(|text| text.parse::<Ipv6Addr>().ok()) else {
        return Cow::Borrowed(bytes);
    };
    let canonical = parsed.to_ipv4_mapped().map_or(IpAddr::V6(parsed), |v4: Ipv4Addr| IpAddr::V4(v4));
    Cow::Owned(canonical.to_string().into_bytes())
}

/// A host without a port that says nothing (80, 443) and without user info.
pub fn host(bytes: &[u8]) -> &[u8] {
    let bytes = memchr::memrchr(b'@', bytes).map_or(bytes, |at| &bytes[at + 1..]);
    for port in [b":443".as_slice(), b":80"] {
        if let Some(host) = bytes.strip_suffix(port)
            && (host.ends_with(b"]") || memchr::memchr(b':', host).is_none())
        {
            return host;
        }
    }
    bytes
}

/// Undoes the escapes of quoted fields: `\"`, `\\`, `\/`, `\uHHHH`, and runs of `\xHH` where they are text.
///
/// Escaped control bytes and escaped bytes that are no UTF-8 stay escaped: decoded they would be lost.
pub fn unescape(bytes: &[u8]) -> Cow<'_, [u8]> {
    let Some(first) = memchr::memchr(b'\\', bytes) else {
        return Cow::Borrowed(bytes);
    };
    let mut out = Vec::with_capacity(bytes.len());
    out.extend_from_slice(&bytes[..first]);
    let mut at = first;
    while at < bytes.len() {
        if bytes[at] != b'\\' {
            let next = memchr::memchr(b'\\', &bytes[at..]).map_or(bytes.len(), |step| at + step);
            out.extend_from_slice(&bytes[at..next]);
            at = next;
            continue;
        }
        match bytes.get(at + 1) {
            Some(&escaped @ (b'"' | b'\\' | b'/')) => {
                out.push(escaped);
                at += 2;
            }
            Some(b'x') => at = unescape_hex_run(bytes, at, &mut out),
            Some(b'u') => at = unescape_unicode(bytes, at, &mut out),
            _ => {
                out.push(b'\\');
                at += 1;
            }
        }
    }
    Cow::Owned(out)
}

/// The byte that `\xHH` at the start of `bytes` stands for.
fn hex_escape(bytes: &[u8]) -> Option<u8> {
    let [b'\\', b'x', high, low, ..] = bytes else {
        return None;
    };
    Some((hex_digit(*high)? << 4) | hex_digit(*low)?)
}

/// Bytes in hexadecimal, small letters.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The value of a hex digit.
pub fn hex_digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).map(|digit| digit as u8)
}

fn unescape_hex_run(bytes: &[u8], start: usize, out: &mut Vec<u8>) -> usize {
    let mut decoded = Vec::new();
    let mut at = start;
    while let Some(byte) = hex_escape(&bytes[at..]) {
        decoded.push(byte);
        at += 4;
    }
    if decoded.is_empty() {
        out.push(b'\\');
        return start + 1;
    }
    let readable = std::str::from_utf8(&decoded).is_ok_and(|text| !text.chars().any(char::is_control));
    out.extend_from_slice(if readable { &decoded } else { &bytes[start..at] });
    at
}

fn unescape_unicode(bytes: &[u8], start: usize, out: &mut Vec<u8>) -> usize {
    let unit = |at: usize| -> Option<u32> {
        let [b'\\', b'u', digits @ ..] = bytes.get(at..at + 6)? else {
            return None;
        };
        digits.iter().try_fold(0_u32, |value, &digit| Some((value << 4) | u32::from(hex_digit(digit)?)))
    };
    let (code, next) = match (unit(start), unit(start + 6)) {
        (Some(high @ 0xd800..0xdc00), Some(low @ 0xdc00..0xe000)) => {
            (Some(0x1_0000 + ((high - 0xd800) << 10) + (low - 0xdc00)), start + 12)
        }
        (single, _) => (single, start + 6),
    };
    if let Some(decoded) = code.and_then(char::from_u32).filter(|decoded| !decoded.is_control()) {
        out.extend_from_slice(decoded.encode_utf8(&mut [0; 4]).as_bytes());
        next
    } else {
        out.push(b'\\');
        start + 1
    }
}

/// A count with its noun: `1 request`, `2,000 requests`.
#[must_use]
pub fn counted(count: u64, noun: &str) -> String {
    format!("{} {noun}{}", thousands(count), if count == 1 { "" } else { "s" })
}

/// A count with separators, as sentences have it.
#[must_use]
pub fn thousands(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.char_indices() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn korean_in_another_encoding_is_read() {
        let korean = |text: &str| encoding_rs::EUC_KR.encode(text).0.into_owned();
        for text in ["홍길동", "/회원/조회?이름=홍", "이자 은행", "a,이름,b"] {
            assert_eq!(&*clean(&korean(text)), text.as_bytes(), "{text}");
        }
        // Beside UTF-8, as a log has it whose writers differ.
        let mixed = [b"\"a\":\"".as_slice(), "회원".as_bytes(), b"\",\"b\":\"", &korean("조회"), b"\""].concat();
        assert_eq!(&*clean(&mixed), "\"a\":\"회원\",\"b\":\"조회\"".as_bytes());
        for (bytes, text) in [
            (&b"/\xc0\xae\xc0\xae/"[..], "/\u{fffd}\u{fffd}\u{fffd}\u{fffd}/"),
            (b"\xff\xfe\xb0", "\u{fffd}\u{fffd}\u{fffd}"),
            (b"caf\xe9", "caf\u{fffd}"),
            (b"20\xb0C", "20\u{fffd}C"),
            // One syllable may be chance.
            (b"x\xb0\xa1", "x\u{fffd}\u{fffd}"),
        ] {
            assert_eq!(std::str::from_utf8(&clean(bytes)), Ok(text));
        }
    }

    #[test]
    fn numbers() {
        assert_eq!(integer(b"200"), Some(200));
        assert_eq!(integer(b"-1"), Some(-1));
        assert_eq!(integer(b"12a"), None);
        assert_eq!(integer(b""), None);
        assert_eq!(integer(b"9999999999999999999"), None);
        assert_eq!(decimal(b"0.005", 6), Some(5_000));
        assert_eq!(decimal(b"1.23456789", 6), Some(1_234_567));
        assert_eq!(decimal(b"12", 3), Some(12_000));
        assert_eq!(decimal(b"1999", -3), Some(1));
        assert_eq!(decimal(b".5", 1), Some(5));
        assert_eq!(decimal(b"1.2.3", 6), None);
        assert_eq!(decimal(b"-", 6), None);
        assert_eq!(decimal(b"999999999999999999", 6), None);
        assert_eq!(decimal(b"1709251199123000999", -3), Some(1_709_251_199_123_000));
    }

    #[test]
    fn addresses_have_one_spelling() {
        let cases: [(&str, &str, Option<u16>); 11] = [
            ("10.0.0.1", "10.0.0.1", None),
            ("10.0.0.1:443", "10.0.0.1", Some(443)),
            ("[2001:DB8::1]:99", "2001:db8::1", Some(99)),
            ("[2001:db8:0:0::1]", "2001:db8::1", None),
            ("2001:db8:0:0:1:2:3:4:50599", "2001:db8::1:2:3:4", Some(50599)),
            ("2001:db8:0:0:1:2:3:4", "2001:db8::1:2:3:4", None),
            ("fe80::1%eth0", "fe80::1", None),
            ("::ffff:192.0.2.9", "192.0.2.9", None),
            ("unix:", "unix:", None),
            ("host.example", "host.example", None),
            ("::1", "::1", None),
        ];
        for (given, text, port) in cases {
            let (address, found) = address(given.as_bytes());
            assert_eq!((std::str::from_utf8(&address).unwrap(), found), (text, port), "{given}");
        }
    }

    #[test]
    fn escapes_become_text_only_where_nothing_is_lost() {
        let cases = [
            (r#"a\"b\\c"#, r#"a"b\c"#),
            (r"\xD0\x92\xd0\xb0", "Ва"),
            (r"\x16\x03\x01", r"\x16\x03\x01"),
            (r"\xff", r"\xff"),
            (r"\u00e9\ud83d\ude00", "é😀"),
            (r"\u0007 \n \q", r"\u0007 \n \q"),
            (r"\x2", r"\x2"),
        ];
        for (given, expected) in cases {
            assert_eq!(std::str::from_utf8(&unescape(given.as_bytes())).unwrap(), expected);
        }
    }

    #[test]
    fn lists_and_hosts() {
        assert_eq!(last_of_list(b"502, 200"), b"200");
        assert_eq!(last_of_list(b"500 : 404"), b"404");
        assert_eq!(last_of_list(b"10.0.0.1:80, 10.0.0.2:80 : 10.0.0.3:80"), b"10.0.0.3:80");
        assert_eq!(last_of_list(b"unix:/run/a.sock"), b"unix:/run/a.sock");
        assert_eq!(host(b"u:p@api.example:443"), b"api.example");
        assert_eq!(host(b"[::1]:80"), b"[::1]");
        assert_eq!(host(b"fd00::80"), b"fd00::80");
        assert_eq!(host(b"api.example:8443"), b"api.example:8443");
    }
}
