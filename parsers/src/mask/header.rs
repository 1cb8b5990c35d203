//! What credentials in headers tell beside the secret.

use super::jwt::decode_base64;
use super::{looks_random, shape};
use std::borrow::Cow;

/// An Authorization value taken apart.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Shown<'a> {
    /// What a fingerprint is made of: what stays the same from request to request.
    pub secret: Cow<'a, [u8]>,
    /// The user that Basic and Digest name.
    pub principal: Option<String>,
    /// The application that OAuth 1 names.
    pub client_app: Option<String>,
}

/// Takes an Authorization value apart, with or without its scheme.
pub(crate) fn authorization(value: &[u8]) -> Shown<'_> {
    let (scheme, rest) = split_scheme(value);
    let rest = Cow::Borrowed(rest);
    let is = |name: &str| scheme.eq_ignore_ascii_case(name.as_bytes());
    if is("basic") {
        Shown { principal: basic_user(&rest), secret: rest, client_app: None }
    } else if is("digest") {
        // All of it but the user and the realm is another with every request.
        let user = attribute(&rest, b"username").filter(|user| !user.is_empty());
        let realm = attribute(&rest, b"realm").unwrap_or_default();
        let Some(user) = user else { return Shown { secret: rest, ..Shown::default() } };
        Shown { secret: Cow::Owned([user, b"@", realm].concat()), principal: name(user), client_app: None }
    } else if is("oauth") {
        let consumer = attribute(&rest, b"oauth_consumer_key").and_then(name);
        match attribute(&rest, b"oauth_token") {
            Some(token) => Shown { secret: Cow::Owned(token.to_vec()), principal: None, client_app: consumer },
            None => Shown { secret: rest, principal: None, client_app: consumer },
        }
    } else if is_aws(scheme) {
        let id = attribute(&rest, b"Credential").and_then(|scope| scope.split(|&byte| byte == b'/').next());
        Shown { secret: id.map_or_else(|| rest.clone(), |id| Cow::Owned(id.to_vec())), ..Shown::default() }
    } else if is("token") || is("apikey") {
        let inner = attribute(&rest, b"token").map(<[u8]>::to_vec);
        Shown { secret: inner.map_or(rest, Cow::Owned), ..Shown::default() }
    } else {
        Shown { secret: rest, ..Shown::default() }
    }
}

/// Schemes that are known: another word in front of a blank may be the beginning of a secret with blanks in it.
const SCHEMES: [&str; 16] = [
    "bearer",
    "basic",
    "token",
    "apikey",
    "api-key",
    "jwt",
    "digest",
    "negotiate",
    "ntlm",
    "oauth",
    "hawk",
    "dpop",
    "ssws",
    "splunk",
    "geniekey",
    "sso-key",
];

/// The scheme of an Authorization value, and the rest. Tables write `+` or `%20` for the space.
pub(crate) fn split_scheme(value: &[u8]) -> (&[u8], &[u8]) {
    let length = value.iter().take_while(|&&byte| is_of_scheme(byte)).count();
    let (scheme, rest) = value.split_at(length);
    let separated = matches!(rest, [b' ' | b'+', ..] | [b'%', b'2', b'0', ..]) && is_scheme(scheme);
    let rest = rest.strip_prefix(b"%20").or_else(|| rest.strip_prefix(b"+")).unwrap_or(rest).trim_ascii();
    if separated && !rest.is_empty() { (scheme, rest) } else { (b"", value) }
}

const fn is_of_scheme(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'-'
}

fn is_scheme(word: &[u8]) -> bool {
    is_aws(word) || SCHEMES.iter().any(|name| word.eq_ignore_ascii_case(name.as_bytes()))
}

fn is_aws(scheme: &[u8]) -> bool {
    scheme.len() > 4 && scheme[..4].eq_ignore_ascii_case(b"AWS4")
}

/// What of a secret in a line a fingerprint is made of: what columns tell it apart by. `before` is what the line has in
/// front of it.
pub(super) fn lasting<'a>(before: &[u8], secret: &'a [u8]) -> Cow<'a, [u8]> {
    let gap = [b" ".as_slice(), b"+", b"%20"].into_iter().find_map(|blank| before.strip_suffix(blank));
    let Some(gap) = gap else { return Cow::Borrowed(secret) };
    let length = gap.iter().rev().take_while(|&&byte| is_of_scheme(byte)).count();
    let scheme = &gap[gap.len() - length..];
    // Of the others it is all of it.
    let partial = ["digest", "oauth", "token", "apikey"];
    if !is_aws(scheme) && !partial.iter().any(|name| scheme.eq_ignore_ascii_case(name.as_bytes())) {
        return Cow::Borrowed(secret);
    }
    // Quotes are escaped where the line is JSON.
    let mut value = [scheme, b" "].concat();
    value.extend(
        secret
            .iter()
            .enumerate()
            .filter(|(at, byte)| **byte != b'\\' || secret.get(at + 1) != Some(&b'"'))
            .map(|(_, &byte)| byte),
    );
    Cow::Owned(authorization(&value).secret.into_owned())
}

/// The user of Basic credentials; none where the user name is itself the key, as some vendors have it.
fn basic_user(encoded: &[u8]) -> Option<String> {
    let padded = super::query::decoded(encoded);
    if padded.len() > 4096 {
        return None;
    }
    let bytes = decode_base64(&padded)?;
    let colon = memchr::memchr(b':', &bytes)?;
    let (user, password) = (&bytes[..colon], &bytes[colon + 1..]);
    let is_key = matches!(password, b"" | b"x" | b"X") && looks_random(user);
    let is_token = password.starts_with(b"x-oauth") || password.starts_with(b"x-token");
    if is_key || is_token { None } else { name(user) }
}

/// A user's name, if it can be one.
fn name(bytes: &[u8]) -> Option<String> {
    let sound = !bytes.is_empty() && bytes.len() <= 256 && shape::next(bytes, 0).is_none();
    let text = String::from_utf8_lossy(bytes);
    (sound && !text.contains(char::is_control)).then(|| text.into_owned())
}

/// The value of `name="value"` or `name=value`, as it stands.
fn attribute<'a>(list: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    list.split(|&byte| byte == b',').find_map(|pair| {
        let pair = pair.trim_ascii();
        let equals = memchr::memchr(b'=', pair)?;
        if !pair[..equals].trim_ascii().eq_ignore_ascii_case(name) {
            return None;
        }
        let value = pair[equals + 1..].trim_ascii();
        Some(value.strip_prefix(b"\"").and_then(|inner| inner.strip_suffix(b"\"")).unwrap_or(value))
    })
}

/// The name and value pairs of a Cookie header, also as tables write it (`a=b;+c=d`, `a=b;%20c=d`).
pub(crate) fn cookies(header: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    header.split(|&byte| byte == b';').filter_map(|pair| {
        let pair = pair.trim_ascii();
        let pair = pair.strip_prefix(b"%20").or_else(|| pair.strip_prefix(b"+")).unwrap_or(pair);
        let equals = memchr::memchr(b'=', pair)?;
        let name = &pair[..equals];
        let name = name.strip_prefix(b"__Host-").or_else(|| name.strip_prefix(b"__Secure-")).unwrap_or(name);
        let value = pair[equals + 1..].trim_ascii();
        let value = value.strip_prefix(b"\"").and_then(|inner| inner.strip_suffix(b"\"")).unwrap_or(value);
        (!value.is_empty()).then_some((name, value))
    })
}

/// The values of a header of cookies, and what is in it that is no pair, but for the words that say how cookies are kept.
pub(crate) fn values_of_cookies<'h>(header: &'h [u8], mut each: impl FnMut(&'h [u8])) {
    const WORDS: [&str; 3] = ["httponly", "secure", "partitioned"];
    for pair in header.split(|&byte| byte == b';') {
        let pair = pair.trim_ascii();
        let pair = pair.strip_prefix(b"%20").or_else(|| pair.strip_prefix(b"+")).unwrap_or(pair);
        match memchr::memchr(b'=', pair) {
            Some(equals) => each(pair[equals + 1..].trim_ascii()),
            None if WORDS.iter().any(|word| pair.eq_ignore_ascii_case(word.as_bytes())) => {}
            None => each(pair),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    fn check(value: &str, secret: &str, principal: Option<&str>, client_app: Option<&str>) {
        let shown = authorization(value.as_bytes());
        let found = (std::str::from_utf8(&shown.secret).unwrap(), shown.principal.as_deref());
        assert_eq!((found, shown.client_app.as_deref()), ((secret, principal), client_app), "{value}");
    }

    #[test]
    fn schemes_tell_who_asks() {
        check("Bearer abc", "abc", None, None);
        check("bearer+abc", "abc", None, None);
        check("Bearer%20abc", "abc", None, None);
        check("abc", "abc", None, None);
        check("Basic dXNlcjpwYXNz", "dXNlcjpwYXNz", Some("user"), None);
        check("basic dXNlcjpwYXNzdw==", "dXNlcjpwYXNzdw==", Some("user"), None);
        check("Basic am9lOnB3MQ", "am9lOnB3MQ", Some("joe"), None);
        check("Basic !!!", "!!!", None, None);
        // Vendors whose user name is the key: sk_live_4eC39HqLyjWDarjtT1zdp7dc: and a1b2c3d4e5f6a7b8:
        check(
            "Basic c2tfbGl2ZV80ZUMzOUhxTHlqV0Rhcmp0VDF6ZHA3ZGM6",
            "c2tfbGl2ZV80ZUMzOUhxTHlqV0Rhcmp0VDF6ZHA3ZGM6",
            None,
            None,
        );
        check("Basic YTFiMmMzZDRlNWY2YTdiODo=", "YTFiMmMzZDRlNWY2YTdiODo=", None, None);
        check(
            r#"Digest username="ann", realm="api", nonce="n1", uri="/", response="0f1e""#,
            "ann@api",
            Some("ann"),
            None,
        );
        check("Digest nonce=x", "nonce=x", None, None);
        check("Negotiate YIIJ", "YIIJ", None, None);
        check(r#"OAuth oauth_consumer_key="app", oauth_token="t1""#, "t1", None, Some("app"));
        check("AWS4-HMAC-SHA256 Credential=AKIA1/2024/x, Signature=y", "AKIA1", None, None);
        check(r#"Token token="abc""#, "abc", None, None);
        check("SSWS 00abc", "00abc", None, None);
        // The first word of a secret is no scheme.
        check("correct horse", "correct horse", None, None);
    }

    #[test]
    fn cookies_in_any_spelling() {
        let all: Vec<(&[u8], &[u8])> = cookies(b"a=b; __Host-sid=\"c\";+d=e=f;%20g=h; i; j=").collect();
        let expected: [(&[u8], &[u8]); 4] = [(b"a", b"b"), (b"sid", b"c"), (b"d", b"e=f"), (b"g", b"h")];
        assert_eq!(all, expected);
    }

    #[test]
    fn whatever_is_in_a_header_of_cookies_is_hidden() {
        for (header, expected) in
            [("a=b; c=\"d\";+e=f=;HttpOnly", vec!["b", "\"d\"", "f="]), ("word; Secure", vec!["word"]), ("", vec![""])]
        {
            let mut found = Vec::new();
            values_of_cookies(header.as_bytes(), |value| found.push(std::str::from_utf8(value).unwrap()));
            assert_eq!(found, expected, "{header}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_break_it(bytes: Vec<u8>, text in "(Basic|Digest|OAuth|AWS4-X)[ ,=\"a-z]{0,30}") {
            for bytes in [bytes.as_slice(), text.as_bytes()] {
                let _ = (authorization(bytes), cookies(bytes).count());
                values_of_cookies(bytes, |_| ());
            }
        }
    }
}
