//! Request lines and targets.

/// A request line taken apart; no method means that it was malformed and `target` is all of it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Request<'a> {
    pub method: Option<&'a [u8]>,
    pub host: Option<&'a [u8]>,
    pub target: Option<&'a [u8]>,
}

/// Takes `METHOD target HTTP/x` apart at the first and the last space: targets may hold spaces.
pub(crate) fn split_request(line: &[u8]) -> Request<'_> {
    let malformed = Request { method: None, host: None, target: (!crate::value::is_absent(line)).then_some(line) };
    let Some(first) = memchr::memchr(b' ', line) else {
        return malformed;
    };
    let (method, rest) = (&line[..first], &line[first + 1..]);
    if !is_method(method) {
        return malformed;
    }
    let (target, versioned) = match memchr::memrchr(b' ', rest) {
        Some(last) if is_version(&rest[last + 1..]) => (rest[..last].trim_ascii(), &rest[last + 1..] != b"-"),
        _ => (rest.trim_ascii(), false),
    };
    // A route's key names the method again (API Gateway's `GET /pets/{id}`).
    let target = target.strip_prefix(method).and_then(|target| target.strip_prefix(b" ")).unwrap_or(target);
    split_target(Some(method), target).unwrap_or_else(|| {
        // Where all else is a request, so is a word in the place of the target.
        let is_word =
            versioned && !target.is_empty() && !target.contains(&b' ') && method.iter().all(u8::is_ascii_uppercase);
        if is_word { Request { method: Some(method), host: None, target: Some(target) } } else { malformed }
    })
}

/// Tells the forms of a target apart; `None` if it is none of them.
pub(crate) fn split_target<'a>(method: Option<&'a [u8]>, target: &'a [u8]) -> Option<Request<'a>> {
    match target {
        [b'/', ..] | b"*" => Some(Request { method, host: None, target: Some(target) }),
        _ => {
            if let Some((host, path)) = split_absolute(target) {
                return Some(Request { method, host: Some(host), target: Some(path) });
            }
            if method == Some(b"CONNECT") && !target.is_empty() {
                return Some(Request { method, host: Some(crate::value::host(target)), target: Some(target) });
            }
            // Some writers leave the leading slash out; an empty target or a stray word is junk.
            (memchr::memchr2(b'/', b'?', target).is_some()).then_some(Request {
                method,
                host: None,
                target: Some(target),
            })
        }
    }
}

/// Splits `scheme://host/path` into host and path.
pub(crate) fn split_absolute(target: &[u8]) -> Option<(&[u8], &[u8])> {
    // Nearly every target is a path, which its first byte shows.
    if !target.first()?.is_ascii_alphanumeric() {
        return None;
    }
    let scheme = memchr::memmem::find(&target[..target.len().min(16)], b"://")?;
    if !target[..scheme].iter().all(u8::is_ascii_alphanumeric) {
        return None;
    }
    let rest = &target[scheme + 3..];
    let end = rest.iter().position(|byte| matches!(byte, b'/' | b'?' | b'#')).unwrap_or(rest.len());
    let path = if end == rest.len() { b"/".as_slice() } else { &rest[end..] };
    Some((crate::value::host(&rest[..end]), path))
}

fn is_method(bytes: &[u8]) -> bool {
    (1..=24).contains(&bytes.len())
        && bytes[0].is_ascii_alphabetic()
        && bytes.iter().all(|&byte| byte.is_ascii_alphabetic() || matches!(byte, b'-' | b'_'))
}

fn is_version(bytes: &[u8]) -> bool {
    bytes == b"-"
        || bytes.eq_ignore_ascii_case(b"http")
        || bytes.get(..5).is_some_and(|start| start.eq_ignore_ascii_case(b"HTTP/"))
        || bytes.starts_with(b"RTSP/")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(line: &str, method: Option<&str>, host: Option<&str>, target: Option<&str>) {
        let request = split_request(line.as_bytes());
        let expected = Request {
            method: method.map(str::as_bytes),
            host: host.map(str::as_bytes),
            target: target.map(str::as_bytes),
        };
        assert_eq!(request, expected, "{line}");
    }

    #[test]
    fn all_forms_of_request_lines() {
        check("GET /a b?c HTTP/1.1", Some("GET"), None, Some("/a b?c"));
        check("GET /old", Some("GET"), None, Some("/old"));
        check("GET http://h:80/p?q HTTP/1.1", Some("GET"), Some("h"), Some("/p?q"));
        check("GET https://[::ffff:a9fe:a9fe]:443/ HTTP/1.1", Some("GET"), Some("[::ffff:a9fe:a9fe]"), Some("/"));
        check("CONNECT h:443 HTTP/1.1", Some("CONNECT"), Some("h"), Some("h:443"));
        check("OPTIONS * HTTP/1.0", Some("OPTIONS"), None, Some("*"));
        check("GET index HTTP/1.0", Some("GET"), None, Some("index"));
        check("GET index", None, None, Some("GET index"));
        check("HELP", None, None, Some("HELP"));
        check("-", None, None, None);
        check("", None, None, None);
        check(r"\x16\x03\x01 \x00", None, None, Some(r"\x16\x03\x01 \x00"));
        check("- http://host:80- -", None, None, Some("- http://host:80- -"));
    }
}
