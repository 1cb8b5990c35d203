//! Secrets out of sight: keyed fingerprints that stand in for them, and masked lines.
//!
//! A fingerprint is written `~` and 16 hex digits, so that equal secrets stay recognisably equal.

mod line;
mod query;

pub use line::mask_line;
pub(crate) use query::percent_decode;
pub use query::{Masked, mask_target};

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::fmt::Write;

/// Keyed fingerprint of a secret: 16 hex digits of HMAC-SHA256.
pub fn fingerprint(key: &[u8; 32], secret: &[u8]) -> String {
    let mut text = String::with_capacity(16);
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else {
        return text;
    };
    mac.update(secret);
    for byte in mac.finalize().into_bytes().iter().take(8) {
        let _ = write!(text, "{byte:02x}"); // writing to a String cannot fail
    }
    text
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
    let mut buffer = [0_u8; 32];
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
        | b"servicekey"
        | b"authkey"
        | b"securitytoken"
        | b"usertoken"
        | b"xapitoken" => Named::Credential,
        b"password" | b"passwd" | b"pwd" | b"pass" | b"passphrase" | b"secret" | b"clientsecret" | b"appsecret"
        | b"sig" | b"signature" | b"hmac" | b"xamzsignature" | b"xamzcredential" | b"csrf" | b"csrftoken"
        | b"resettoken" | b"otp" | b"onetimepassword" | b"clientassertion" | b"privatekey" | b"credentials"
        | b"invitetoken" | b"verificationtoken" | b"samlresponse" | b"samlrequest" | b"ticket" => Named::Secret,
        b"session" | b"sessionid" | b"sid" | b"jsessionid" | b"phpsessid" | b"aspnetsessionid" | b"sessiontoken"
        | b"sessid" | b"cookie" | b"setcookie" | b"connectsid" => Named::Session,
        b"key" | b"code" | b"auth" | b"state" | b"nonce" | b"hash" => Named::Perhaps,
        b"clientid" | b"appid" | b"applicationid" | b"partnerid" | b"consumerkey" | b"consumerid" | b"appkey"
        | b"clientname" | b"appname" | b"partner" => Named::App,
        _ => Named::Plain,
    }
}

/// Whether a value has the shape of a JSON Web Token.
pub(crate) fn is_jwt(value: &[u8]) -> bool {
    value.starts_with(b"eyJ")
        && value.len() > 20
        && memchr::memchr_iter(b'.', value).count() >= 2
        && value.iter().all(|&byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'='))
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
    fn names_are_judged_whatever_their_spelling() {
        for name in ["api_key", "apiKey", "API-Key", "access_token", "Authorization"] {
            assert_eq!(judge_name(name.as_bytes()), Named::Credential, "{name}");
        }
        for name in ["page", "next_token_page_number_of_the_whole_list", "id", ""] {
            assert_eq!(judge_name(name.as_bytes()), Named::Plain, "{name}");
        }
    }
}
