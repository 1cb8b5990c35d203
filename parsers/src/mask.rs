//! Secrets out of sight: keyed fingerprints that stand in for them, and masked lines.
//!
//! A fingerprint is written `~` and 16 hex digits, so that equal secrets stay recognisably equal.

mod header;
mod jwt;
mod line;
mod path;
mod query;
mod shape;

pub(crate) use header::{authorization, cookies, split_scheme};
pub(crate) use jwt::{Claims, claims, is_jwt};
pub(crate) use line::mask_text;
pub use line::{mask_around, mask_line};
pub use query::percent_decode;
pub use query::{Masked, mask_target};
pub(crate) use query::{look, shows_secret};
pub(crate) use shape::first as first_shape;

use crate::value::hex;
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// Keyed fingerprint of a secret: 16 hex digits of HMAC-SHA256.
pub fn fingerprint(key: &[u8; 32], secret: &[u8]) -> String {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else {
        return String::new();
    };
    mac.update(secret);
    hex(&mac.finalize().into_bytes()[..8])
}

/// Every fingerprint under which a secret in clear may stand in a table: by itself, without its scheme, by what its
/// scheme says stays the same, and, for a user and a password, as Basic sends them.
pub fn fingerprints(key: &[u8; 32], secret: &[u8]) -> Vec<String> {
    let mut prints = vec![
        fingerprint_decoded(key, secret),
        fingerprint_decoded(key, split_scheme(secret).1),
        fingerprint_decoded(key, &authorization(secret).secret),
    ];
    if secret.contains(&b':') {
        prints.push(fingerprint_decoded(key, BASE64.encode(secret).as_bytes()));
    }
    prints.sort();
    prints.dedup();
    prints
}

/// Whether a text gives itself away as a secret: by the scheme in front of it, or by a shape that vendors give theirs.
pub fn is_shaped_secret(text: &[u8]) -> bool {
    let (scheme, _) = split_scheme(text);
    let known = ["bearer", "basic", "digest", "token", "apikey", "jwt", "negotiate", "oauth"];
    known.iter().any(|name| scheme.eq_ignore_ascii_case(name.as_bytes())) || shape::next(text, 0).is_some()
}

/// The fingerprint of a secret that may be escaped as URLs do, so that it is the same wherever the secret stands.
pub(crate) fn fingerprint_decoded(key: &[u8; 32], secret: &[u8]) -> String {
    fingerprint(key, &query::decoded(secret))
}

/// What a name (of a parameter, header or JSON key) says about its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Named {
    /// Nothing secret.
    Plain,
    /// A secret that proves who asks (token, API key).
    Credential,
    /// A secret that proves nothing by itself (password, signature).
    Secret,
    /// A session id.
    Session,
    /// A secret only if the value looks random: the name is used for harmless things too.
    Perhaps,
    /// The id of an application; not secret.
    App,
}

/// Judges a name, whatever its case and whether words are joined by `-`, `_`, `.` or nothing.
pub(crate) fn judge_name(name: &[u8]) -> Named {
    let mut buffer = [0_u8; 48];
    let mut length = 0;
    for &byte in name {
        if matches!(byte, b'_' | b'-' | b'.' | b'[' | b']') {
            continue;
        }
        if length == buffer.len() {
            return Named::Plain;
        }
        buffer[length] = byte.to_ascii_lowercase();
        length += 1;
    }
    match &buffer[..length] {
        b"token"
        | b"accesstoken"
        | b"authtoken"
        | b"apitoken"
        | b"idtoken"
        | b"refreshtoken"
        | b"bearer"
        | b"bearertoken"
        | b"jwt"
        | b"apikey"
        | b"xapikey"
        | b"subscriptionkey"
        | b"ocpapimsubscriptionkey"
        | b"authorization"
        | b"proxyauthorization"
        | b"xauthtoken"
        | b"xaccesstoken"
        | b"xamzsecuritytoken"
        | b"accesskey"
        | b"accesskeyid"
        | b"awsaccesskeyid"
        | b"servicekey"
        | b"authkey"
        | b"securitytoken"
        | b"usertoken"
        | b"xapitoken" => Named::Credential,
        b"pass" | b"passphrase" | b"sig" | b"hmac" | b"xamzcredential" | b"csrf" | b"otp" | b"totp" | b"mfacode"
        | b"onetimepassword" | b"clientassertion" | b"assertion" | b"codeverifier" | b"privatekey" | b"credentials"
        | b"samlresponse" | b"samlrequest" | b"samlart" | b"ticket" | b"connectionstring" => Named::Secret,
        b"session" | b"sessionid" | b"sid" | b"jsessionid" | b"phpsessid" | b"aspnetsessionid" | b"sessiontoken"
        | b"sessid" | b"cookie" | b"setcookie" | b"connectsid" => Named::Session,
        b"key" | b"code" | b"auth" | b"state" | b"nonce" | b"hash" | b"authcode" | b"authorizationcode" => {
            Named::Perhaps
        }
        b"clientid" | b"appid" | b"applicationid" | b"partnerid" | b"consumerkey" | b"consumerid" | b"appkey"
        | b"clientname" | b"appname" | b"partner" => Named::App,
        other => judge_ending(other),
    }
}

/// Owners put words before a name: `x-shop-api-key`, `user[password]`.
fn judge_ending(name: &[u8]) -> Named {
    // The last letter spares most names the look.
    if !matches!(name.last(), Some(b'n' | b'y' | b'd' | b't' | b'e')) {
        return Named::Plain;
    }
    let ends = |endings: &[&[u8]]| endings.iter().any(|ending| name.ends_with(ending));
    if ends(&[b"accesstoken", b"authtoken", b"bearertoken", b"apitoken", b"apikey", b"subscriptionkey"]) {
        Named::Credential
    } else if ends(&[b"sessionid", b"sessid", b"sessiontoken"]) {
        Named::Session
    } else if ends(&[b"password", b"passwd", b"pwd", b"secret", b"secretkey", b"privatekey", b"signature"])
        || (name.ends_with(b"token") && !is_page_token(name))
    {
        Named::Secret
    } else {
        Named::Plain
    }
}

/// Whether a token only says where a list goes on.
fn is_page_token(name: &[u8]) -> bool {
    [b"page".as_slice(), b"next", b"continu", b"cursor", b"sync", b"prev", b"resume", b"delta"]
        .iter()
        .any(|word| memchr::memmem::find(name, word).is_some())
}

/// Judges the name of a cookie: vendors end those of sessions alike.
pub(crate) fn judge_cookie(name: &[u8]) -> Named {
    let ends =
        |ending: &[u8]| name.len() >= ending.len() && name[name.len() - ending.len()..].eq_ignore_ascii_case(ending);
    match judge_name(name) {
        Named::Plain | Named::Perhaps if [b"session".as_slice(), b"sess", b".sid", b"_sid"].iter().any(|e| ends(e)) => {
            Named::Session
        }
        judged => judged,
    }
}

/// The name within a variable of a directive (`sent_http_set_cookie`, `{Set-Cookie}o`, `RESP(SET-COOKIE)`,
/// `cs(Cookie)`), and whether it is that of a cookie.
pub(crate) fn bare_name(variable: &str) -> (&str, bool) {
    let inner = variable.split_once(['{', '(']).map_or(variable, |(_, rest)| rest);
    let inner = inner.split(['}', ')']).next().unwrap_or(inner);
    let cookie = inner.strip_prefix("cookie_").or_else(|| variable.strip_suffix("}C").map(|_| inner));
    if let Some(name) = cookie {
        return (name, true);
    }
    let prefixes = ["sent_http_", "upstream_http_", "sent_trailer_", "http_", "arg_"];
    (prefixes.iter().find_map(|prefix| inner.strip_prefix(prefix)).unwrap_or(inner), false)
}

/// Whether a value looks random enough to be a secret: long, letters and digits.
pub(crate) fn looks_random(value: &[u8]) -> bool {
    value.len() >= 16
        && value.iter().any(u8::is_ascii_digit)
        && value.iter().any(u8::is_ascii_alphabetic)
        && value.iter().all(|&byte| {
            byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'=' | b'+' | b'/' | b'%' | b'~')
        })
}

/// Whether a value mixes letters and digits and is too long for a word of a language or a small number.
pub(crate) fn looks_mixed(value: &[u8]) -> bool {
    value.len() >= 8 && value.iter().any(u8::is_ascii_digit) && value.iter().any(u8::is_ascii_alphabetic)
}

/// Whether somebody has masked the value already, so that it tells nobody apart.
pub(crate) fn is_masked(value: &[u8]) -> bool {
    value.iter().all(|&byte| matches!(byte, b'*' | b'x' | b'X' | b'.' | b'-'))
        // A few letters are left at either end to tell keys apart.
        || (value.contains(&b'*') && memchr::memmem::find(value, b"****").is_some())
        || [
            b"redacted".as_slice(),
            b"[redacted]",
            b"<redacted>",
            b"[filtered]",
            b"filtered",
            b"hidden",
            b"null",
            b"undefined",
        ]
        .iter()
        .any(|word| value.eq_ignore_ascii_case(word))
        || (value.len() == 17 && value[0] == b'~' && value[1..].iter().all(u8::is_ascii_hexdigit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fingerprints_depend_on_key_and_secret() {
        let (one, other) = ([1; 32], [2; 32]);
        assert_eq!(fingerprint(&one, b"s"), fingerprint(&one, b"s"));
        assert_ne!(fingerprint(&one, b"s"), fingerprint(&other, b"s"));
        assert_ne!(fingerprint(&one, b"s"), fingerprint(&one, b"t"));
        assert_eq!(fingerprint(&one, b"s").len(), 16);
    }

    #[test]
    fn a_secret_is_known_in_whatever_way_it_was_shown() {
        let key = [7; 32];
        let kept = |header: &str| fingerprint_decoded(&key, &authorization(header.as_bytes()).secret);
        for (typed, shown) in [
            ("abc.def", "Bearer abc.def"),
            ("Bearer abc.def", "bearer abc.def"),
            ("joe:pw1", "Basic am9lOnB3MQ=="),
            ("AWS4-HMAC-SHA256 Credential=AKIA1/2024/x, Signature=y", "AWS4-HMAC-SHA256 Credential=AKIA1/2025/z"),
        ] {
            assert!(fingerprints(&key, typed.as_bytes()).contains(&kept(shown)), "{typed}");
        }
        assert!(!fingerprints(&key, b"abc.def").contains(&kept("Bearer abc.deg")));
        assert!(is_shaped_secret(b"Bearer x") && is_shaped_secret(b"AKIAIOSFODNN7EXAMPLE"));
        assert!(!is_shaped_secret(b"John Smith") && !is_shaped_secret(b"550e8400-e29b-41d4-a716-446655440000"));
    }

    #[test]
    fn variables_are_read_through() {
        for (variable, name, is_cookie) in [
            ("sent_http_set_cookie", "set_cookie", false),
            ("{Set-Cookie}o", "Set-Cookie", false),
            ("{sid}C", "sid", true),
            ("cookie_sid", "sid", true),
            ("RESP(SET-COOKIE)", "SET-COOKIE", false),
            ("cs(Cookie)", "Cookie", false),
            ("arg_token", "token", false),
            ("tail", "tail", false),
        ] {
            assert_eq!(bare_name(variable), (name, is_cookie));
        }
    }

    #[test]
    fn names_are_judged_whatever_their_spelling() {
        for name in ["api_key", "apiKey", "API-Key", "access_token", "Authorization"] {
            assert_eq!(judge_name(name.as_bytes()), Named::Credential, "{name}");
        }
        for name in ["x-shop-api-key", "myAccessToken"] {
            assert_eq!(judge_name(name.as_bytes()), Named::Credential, "{name}");
        }
        for name in ["user[password]", "password_confirm_pwd", "X-Hub-Signature", "invite_token", "client-secret"] {
            assert_eq!(judge_name(name.as_bytes()), Named::Secret, "{name}");
        }
        for name in
            ["page", "next_token_page_number_of_the_whole_list", "id", "", "nextPageToken", "continuation_token", "day"]
        {
            assert_eq!(judge_name(name.as_bytes()), Named::Plain, "{name}");
        }
        for name in ["laravel_session", "connect.sid", "JSESSIONID", "my_sess"] {
            assert_eq!(judge_cookie(name.as_bytes()), Named::Session, "{name}");
        }
    }
}
