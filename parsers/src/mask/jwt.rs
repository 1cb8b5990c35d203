//! JSON Web Tokens: what they say of who asks. The token itself is never kept.
//!
//! Nothing is verified (the log holds no keys): a claim is what the client showed, as a user name is.

use super::shape;
use crate::time::{self, Clock};
use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde_json::{Map, Value};

/// Bytes of a part of a token that are looked at; real ones have some hundred.
const LONGEST: usize = 16 << 10;

/// Padded or not, whatever the bits that are left over.
const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_padding_mode(DecodePaddingMode::Indifferent)
    .with_decode_allow_trailing_bits(true);
const BASE64: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, LENIENT);
const BASE64_URL: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, LENIENT);

/// Claims that are kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Claims {
    pub principal: Option<String>,
    pub client_app: Option<String>,
    pub scope: Option<String>,
    /// The session id in clear: only its fingerprint may be stored.
    pub session: Option<String>,
    /// Microseconds UTC.
    pub issued: Option<i64>,
    /// Microseconds UTC.
    pub expires: Option<i64>,
    /// Whether the token says that it is not signed.
    pub unsigned: bool,
}

/// Whether a value is a JSON Web Token.
pub(crate) fn is_jwt(value: &[u8]) -> bool {
    shape::token(value) == Some(value.len())
}

/// What a token says; `None` where it is no readable token (damaged, cut off, encrypted).
pub(crate) fn claims(token: &[u8]) -> Option<Claims> {
    let mut parts = token.split(|&byte| byte == b'.');
    let header = object(parts.next()?);
    let claims = object(parts.next()?)?;
    let text = |name: &str| claims.get(name).and_then(text);
    let time = |name: &str| claims.get(name).and_then(seconds);
    Some(Claims {
        principal: text("sub"),
        client_app: ["client_id", "azp", "cid", "appid"].into_iter().find_map(text),
        scope: ["scope", "scp", "scopes"].into_iter().find_map(|name| claims.get(name).and_then(list)),
        session: ["sid", "session_id"].into_iter().find_map(text),
        issued: time("iat"),
        expires: time("exp"),
        unsigned: header
            .and_then(|header| header.get("alg")?.as_str().map(|alg| alg.eq_ignore_ascii_case("none")))
            .unwrap_or(false),
    })
}

/// One part of a token as a JSON object.
fn object(part: &[u8]) -> Option<Map<String, Value>> {
    if part.len() > LONGEST {
        return None;
    }
    match serde_json::from_slice(&BASE64_URL.decode(part).ok()?).ok()? {
        Value::Object(object) => Some(object),
        _ => None,
    }
}

/// Undoes base64 in either alphabet, padded or not, whatever the bits that are left over. `None` for anything else.
pub fn decode_base64(bytes: &[u8]) -> Option<Vec<u8>> {
    BASE64.decode(bytes).or_else(|_| BASE64_URL.decode(bytes)).ok()
}

/// A name or number as text. One with secrets in it, or of no reasonable length, is none.
fn text(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    let sound = !text.is_empty() && text.len() <= 512 && shape::next(text.as_bytes(), 0).is_none();
    sound.then_some(text)
}

/// Scopes, as one text with spaces between them.
fn list(value: &Value) -> Option<String> {
    match value {
        Value::Array(values) => {
            let words: Vec<String> = values.iter().filter_map(text).collect();
            (!words.is_empty()).then(|| words.join(" "))
        }
        _ => text(value),
    }
}

/// A count of seconds since 1970 (some write milliseconds) in microseconds.
fn seconds(value: &Value) -> Option<i64> {
    let digits = match value {
        Value::Number(number) if number.is_f64() => format!("{:.6}", number.as_f64()?),
        Value::Number(number) => number.to_string(),
        Value::String(digits) => digits.clone(),
        _ => return None,
    };
    time::read(digits.as_bytes(), Clock::Any, chrono_tz::Tz::UTC).or_else(|| {
        // Years before 1973, which no log has, but tests of clients do.
        time::read(digits.as_bytes(), Clock::Epoch(0), chrono_tz::Tz::UTC).filter(|&micros| micros > 0)
    })
}

#[cfg(test)]
pub(crate) mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use proptest::prelude::*;

    /// A token of a header and claims.
    pub(crate) fn jwt(header: &str, claims: &str) -> String {
        format!("{}.{}.c2lnbmF0dXJlc2lnbmF0dXJl", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims))
    }

    const HEADER: &str = r#"{"alg":"RS256","kid":"k1"}"#;

    #[test]
    fn claims_are_read() {
        let token = jwt(
            HEADER,
            r#"{"sub":"user-7","azp":"shop","exp":1710242132,"iat":1710238532.5,"scp":["a","b"],"sid":"s1","jti":"j"}"#,
        );
        assert!(is_jwt(token.as_bytes()));
        let claims = claims(token.as_bytes()).unwrap();
        assert_eq!(
            claims,
            Claims {
                principal: Some("user-7".into()),
                client_app: Some("shop".into()),
                scope: Some("a b".into()),
                session: Some("s1".into()),
                issued: Some(1_710_238_532_500_000),
                expires: Some(1_710_242_132_000_000),
                unsigned: false,
            }
        );
    }

    #[test]
    fn claims_of_any_type_are_tolerated() {
        let read = |text: &str| claims(jwt(HEADER, text).as_bytes());
        assert_eq!(read(r#"{"sub":42,"exp":"1710242132","scope":"r w"}"#).unwrap().principal, Some("42".into()));
        assert_eq!(read(r#"{"exp":1710242132000}"#).unwrap().expires, Some(1_710_242_132_000_000));
        assert_eq!(read(r#"{"sub":["x"],"exp":{},"iat":-5,"scp":[],"sid":null}"#), Some(Claims::default()));
        assert_eq!(read(r#"{"sub":"a","sub":"b"}"#).unwrap().principal, Some("b".into()));
        assert_eq!(read("[1]"), None);
        assert_eq!(read("{\"sub\":"), None);
        assert_eq!(claims(b"eyJhbGciOiJSU0EtT0FFUCJ9.OKOawDo13gRp.a.b.c"), None);
        // A token within a token stays unseen.
        assert_eq!(read(&format!(r#"{{"sub":"{}"}}"#, jwt(HEADER, "{}"))).unwrap().principal, None);
    }

    #[test]
    fn unsigned_tokens_are_told() {
        for alg in ["none", "None", "nOnE"] {
            let token = jwt(&format!(r#"{{"alg":"{alg}"}}"#), r#"{"sub":"a"}"#);
            let unsigned = token.rsplit_once('.').unwrap().0.to_owned() + ".";
            assert!(is_jwt(unsigned.as_bytes()));
            assert!(claims(unsigned.as_bytes()).unwrap().unsigned);
        }
    }

    proptest! {
        #[test]
        fn no_bytes_break_it(bytes: Vec<u8>, text in "\\PC*") {
            let _ = (claims(&bytes), is_jwt(&bytes), decode_base64(&bytes));
            let token = jwt(&text, &text);
            let _ = (claims(token.as_bytes()), is_jwt(token.as_bytes()));
        }
    }
}
