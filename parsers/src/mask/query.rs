//! Secrets in request targets and URLs.

use super::{Named, fingerprint, is_jwt, is_masked, judge_name, looks_mixed, looks_random};

/// A target without its secrets, and what the secrets tell.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Masked {
    /// The target, every secret written `~` and its fingerprint; `None` when there was nothing to mask.
    pub text: Option<Vec<u8>>,
    /// Fingerprint of the first parameter that proves who asks.
    pub credential: Option<String>,
    /// Fingerprint of the first parameter that is a session id.
    pub session: Option<String>,
    /// Where in the original the first application id stands.
    pub client_app: Option<std::ops::Range<usize>>,
}

/// Masks secrets in the query of a target or URL, and the user info of an absolute URL.
///
/// Costs one look for `?` and `@` where there is neither.
pub fn mask_target(target: &[u8], key: &[u8; 32]) -> Masked {
    let mut masked = Masked::default();
    let question = memchr::memchr2(b'?', b'@', target);
    let Some(first) = question else { return masked };
    let mut out = Output { target, text: Vec::new(), copied: 0 };
    if let Some(range) = user_info(target) {
        out.replace(range.clone(), fingerprint(key, &target[range]).as_str());
    }
    let start = memchr::memchr(b'?', &target[first..]).map(|step| first + step + 1);
    let mut at = start.unwrap_or(target.len());
    while at < target.len() {
        let end = memchr::memchr3(b'&', b'#', b'?', &target[at..]).map_or(target.len(), |step| at + step);
        if let Some(equals) = memchr::memchr(b'=', &target[at..end]) {
            parameter(target, at, at + equals, end, key, &mut out, &mut masked);
        }
        at = end + 1;
    }
    masked.text = out.finish();
    masked
}

fn parameter(
    target: &[u8],
    start: usize,
    equals: usize,
    end: usize,
    key: &[u8; 32],
    out: &mut Output<'_>,
    masked: &mut Masked,
) {
    let value = &target[equals + 1..end];
    if value.is_empty() {
        return;
    }
    let name = &target[start..equals];
    let mut named =
        if memchr::memchr(b'%', name).is_some() { judge_name(&percent_decode(name)) } else { judge_name(name) };
    match named {
        Named::Plain | Named::Perhaps if is_jwt(value) => named = Named::Credential,
        Named::Perhaps if name.eq_ignore_ascii_case(b"key") => {
            // A short one may be anything, a field to sort by too: hidden, but no proof of who asks.
            named = if looks_mixed(value) { Named::Credential } else { Named::Secret };
        }
        Named::Perhaps if looks_mixed(value) || looks_random(value) => named = Named::Secret,
        _ => {}
    }
    match named {
        Named::Plain | Named::Perhaps => {}
        Named::App => {
            if masked.client_app.is_none() {
                masked.client_app = Some(equals + 1..end);
            }
        }
        Named::Credential | Named::Secret | Named::Session => {
            if is_masked(value) {
                return;
            }
            let print = fingerprint(key, value);
            out.replace(equals + 1..end, &print);
            match named {
                Named::Credential if masked.credential.is_none() => masked.credential = Some(print),
                Named::Session if masked.session.is_none() => masked.session = Some(print),
                _ => {}
            }
        }
    }
}

/// Where `user:pass` stands in `scheme://user:pass@host/`, if it does.
fn user_info(target: &[u8]) -> Option<std::ops::Range<usize>> {
    let start = memchr::memmem::find(&target[..target.len().min(16)], b"://")? + 3;
    let end = target[start..]
        .iter()
        .position(|byte| matches!(byte, b'/' | b'?' | b'#'))
        .map_or(target.len(), |step| start + step);
    let at = memchr::memrchr(b'@', &target[start..end])?;
    (at > 0).then(|| start..start + at)
}

/// Undoes percent escapes; broken ones stay as they are.
pub(crate) fn percent_decode(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let decoded = match bytes.get(at..at + 3) {
            Some([b'%', high, low]) => crate::value::hex_digit(*high).zip(crate::value::hex_digit(*low)),
            _ => None,
        };
        if let Some((high, low)) = decoded {
            out.push((high << 4) | low);
            at += 3;
        } else {
            out.push(bytes[at]);
            at += 1;
        }
    }
    out
}

/// A copy of the target that is only made once something is replaced.
struct Output<'a> {
    target: &'a [u8],
    text: Vec<u8>,
    copied: usize,
}

impl Output<'_> {
    fn replace(&mut self, range: std::ops::Range<usize>, print: &str) {
        self.text.extend_from_slice(&self.target[self.copied..range.start]);
        self.text.push(b'~');
        self.text.extend_from_slice(print.as_bytes());
        self.copied = range.end;
    }

    fn finish(mut self) -> Option<Vec<u8>> {
        if self.copied == 0 {
            return None;
        }
        self.text.extend_from_slice(&self.target[self.copied..]);
        Some(self.text)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const KEY: [u8; 32] = [7; 32];

    fn text(target: &str) -> String {
        let masked = mask_target(target.as_bytes(), &KEY);
        masked.text.map_or_else(|| target.to_owned(), |text| String::from_utf8(text).unwrap())
    }

    #[test]
    fn secrets_are_masked_in_place_and_nothing_else() {
        let print = fingerprint(&KEY, b"s3cret");
        assert_eq!(text("/a?id=7&token=s3cret&x=1"), format!("/a?id=7&token=~{print}&x=1"));
        assert_eq!(text("/a?api%5Fkey=s3cret"), format!("/a?api%5Fkey=~{print}"));
        assert_eq!(text("/a?PASSWORD=s3cret#f"), format!("/a?PASSWORD=~{print}#f"));
        assert_eq!(text("/a/b?page=2&code=12"), "/a/b?page=2&code=12");
        assert_eq!(text("/a?code=a1b2c3d4"), format!("/a?code=~{}", fingerprint(&KEY, b"a1b2c3d4")));
        assert_eq!(text("/a?state=california&nonce=12345678"), "/a?state=california&nonce=12345678");
        assert_eq!(text("/a?key=k1"), format!("/a?key=~{}", fingerprint(&KEY, b"k1")));
        assert_eq!(text("/a@b"), "/a@b");
        assert_eq!(text("/a?token=&b"), "/a?token=&b");
        assert_eq!(text("http://u:p@h/x?y=1"), format!("http://~{}@h/x?y=1", fingerprint(&KEY, b"u:p")));
    }

    #[test]
    fn parameters_tell_who_asks() {
        let masked = mask_target(b"/a?client_id=shop&apikey=k1&password=x", &KEY);
        assert_eq!(masked.credential, Some(fingerprint(&KEY, b"k1")));
        assert_eq!(masked.client_app, Some(13..17));
        assert_eq!(mask_target(b"/a?key=name", &KEY).credential, None);
        assert!(mask_target(b"/a?key=a1b2c3d4", &KEY).credential.is_some());
        let jwt = b"/a?q=eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abcdefg";
        assert_eq!(mask_target(jwt, &KEY).credential, Some(fingerprint(&KEY, &jwt[5..])));
    }

    #[test]
    fn what_was_masked_before_identifies_nobody() {
        assert_eq!(mask_target(b"/a?token=REDACTED&api_key=****", &KEY), Masked::default());
    }
}
