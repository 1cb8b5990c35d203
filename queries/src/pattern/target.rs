//! What a request target asks for, by its own words: a page of a list, a place to go on to, a path in disguise, a
//! parameter twice.

use breachline_parsers::mask::percent_decode;
use std::borrow::Cow;

/// Parameters that hold the number of a page, in lower case without separators.
const PAGES: [&str; 13] = [
    "page",
    "pageno",
    "pagenum",
    "pagenumber",
    "pageindex",
    "pageidx",
    "currentpage",
    "pg",
    "pagina",
    "seite",
    "strona",
    "sayfa",
    "페이지",
];
/// Parameters that hold how many entries of a list to pass over.
const OFFSETS: [&str; 8] =
    ["offset", "skip", "startindex", "startat", "startrow", "startposition", "firstresult", "start"];
/// Parameters that hold how many entries a page has.
const SIZES: [&str; 13] = [
    "limit",
    "size",
    "pagesize",
    "perpage",
    "pagelimit",
    "maxresults",
    "max",
    "rows",
    "count",
    "num",
    "top",
    "length",
    "tam",
];
/// Parameters that hold another method, in lower case without separators; `_method` is told as it is spelt.
const OVERRIDES: [&str; 4] = ["xhttpmethodoverride", "xhttpmethod", "xmethodoverride", "httpmethod"];
/// Digits of the longest number that is a page or an offset; dates and times have more.
const LONGEST: usize = 7;
/// Entries of a page where the target does not say how many.
const USUAL_SIZE: f64 = 20.0;

/// Name and value of each parameter, as sent.
fn parameters(target: &str) -> impl Iterator<Item = (&str, &str)> {
    let query = target.split_once('?').map_or("", |(_, query)| query);
    let query = query.split('#').next().unwrap_or_default();
    query.split('&').filter_map(|pair| pair.split_once('='))
}

/// A name as lists of names hold it.
fn bare(name: &str) -> Cow<'_, str> {
    if name.bytes().all(|byte| byte.is_ascii_lowercase()) {
        return Cow::Borrowed(name);
    }
    let decoded = percent_decode(name.as_bytes());
    let text = String::from_utf8_lossy(&decoded);
    Cow::Owned(text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect())
}

/// Which page of a list a target asks for: the page's number, or how many pages its offset passes over (offset over
/// size, 20 where no size is given). `None` where it asks for no page.
pub fn page_of(target: &str) -> Option<f64> {
    let (mut page, mut offset, mut size) = (None, None, None);
    for (name, value) in parameters(target) {
        let known = |number: Option<f64>| number.filter(|number| number.is_finite() && *number >= 0.0);
        if !value.bytes().all(|byte| byte.is_ascii_digit()) || value.is_empty() || value.len() > LONGEST {
            continue;
        }
        let number = known(value.parse::<f64>().ok());
        match bare(name) {
            name if PAGES.contains(&&*name) => page = page.or(number),
            name if OFFSETS.contains(&&*name) => offset = offset.or(number),
            name if SIZES.contains(&&*name) => size = size.or(number),
            _ => {}
        }
    }
    let path = target.split(['?', '#']).next().unwrap_or_default();
    let of_path = || {
        let mut parts = path.rsplit('/').filter(|part| !part.is_empty());
        let number =
            parts.next().filter(|part| part.len() <= LONGEST && part.bytes().all(|byte| byte.is_ascii_digit()))?;
        parts.next().filter(|name| PAGES.contains(&&*bare(name))).and_then(|_| number.parse().ok())
    };
    let passed = offset.map(|offset| (offset / size.filter(|size| *size >= 1.0).unwrap_or(USUAL_SIZE)).floor());
    page.or(passed).or_else(of_path)
}

/// How many entries a target asks for at once (`limit=500`, `per_page=50`); the largest where it says so twice. `None`
/// where it does not say.
pub fn limit_of(target: &str) -> Option<u32> {
    let stated = parameters(target).filter(|(_, value)| value.len() <= LONGEST).filter_map(|(name, value)| {
        let number: u32 = value.parse().ok()?;
        SIZES.contains(&&*bare(name)).then_some(number)
    });
    stated.max()
}

/// Whether the path of a target is spelt as no client of an API spells it: empty or dot segments, parameters of a segment,
/// characters escaped that need no escaping, escaped slashes, a dot or blank at the end of a segment.
pub fn odd_spelling(target: &str) -> bool {
    let path = &target[..memchr::memchr2(b'?', b'#', target.as_bytes()).unwrap_or(target.len())];
    let is_whole = !path.starts_with('/');
    let named = if is_whole { path.split_once("://") } else { None };
    let path = named.map_or(path, |(_, rest)| rest.find('/').map_or("/", |at| &rest[at..]));
    if is_plain(path.as_bytes()) {
        return false;
    }
    let mut segments = path.strip_prefix('/').unwrap_or(path).split('/').peekable();
    while let Some(segment) = segments.next() {
        let last = segments.peek().is_none();
        if segment.is_empty() && !last || segment.contains(';') || segment.contains('\\') || needless(segment) {
            return true;
        }
        let plain = percent_decode(segment.as_bytes());
        if !plain.is_empty() && plain.iter().all(|&byte| byte == b'.')
            || plain.last().is_some_and(|b| b". \t".contains(b))
        {
            return true;
        }
    }
    false
}

/// Whether nothing of a path needs a closer look: nearly all are so.
fn is_plain(path: &[u8]) -> bool {
    let mut before = b'x';
    for &byte in path {
        if matches!(byte, b';' | b'\\' | b'%') || (byte == b'/' && matches!(before, b'/' | b'.' | b' ' | b'\t')) {
            return false;
        }
        before = byte;
    }
    !matches!(before, b'.' | b' ' | b'\t')
}

/// Whether a segment escapes a letter, a digit, a slash, a backslash, a semicolon, NUL or the escape itself.
fn needless(segment: &str) -> bool {
    segment.match_indices('%').any(|(at, _)| {
        let code = segment.get(at + 1..at + 3).and_then(|digits| u8::from_str_radix(digits, 16).ok());
        code.is_some_and(|byte| byte.is_ascii_alphanumeric() || b"/\\;\0%-_.".contains(&byte))
    })
}

/// Where a parameter of a target leads: `own` for a path of the same host, `elsewhere` for a URL with a host. Of several
/// parameters the one that leads elsewhere counts. `None` where no parameter is a path or a URL.
pub fn points_to(target: &str) -> Option<&'static str> {
    let mut found = None;
    for (_, value) in parameters(target) {
        if !value.bytes().any(|byte| matches!(byte, b'/' | b'\\' | b'%')) {
            continue;
        }
        match place(&percent_decode(value.as_bytes())) {
            Some("elsewhere") => return Some("elsewhere"),
            other => found = found.or(other),
        }
    }
    found
}

/// Host and path of the first URL elsewhere that a parameter of a target holds, the host in lower case, without user name,
/// query and fragment: what stays the same when `state=` and the like differ each time.
pub fn leads_to(target: &str) -> Option<String> {
    parameters(target).find_map(|(_, value)| {
        if !value.bytes().any(|byte| matches!(byte, b'/' | b'\\' | b'%')) {
            return None;
        }
        let decoded = percent_decode(value.as_bytes());
        (place(&decoded) == Some("elsewhere")).then(|| {
            let text = String::from_utf8_lossy(&decoded).trim_start_matches(|c: char| c <= ' ').replace('\\', "/");
            let rest =
                if text.starts_with('/') { text.as_str() } else { text.split_once(':').map_or("", |(_, rest)| rest) };
            let rest = rest.trim_start_matches('/').split(['?', '#']).next().unwrap_or_default();
            let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
            let host = host.rsplit('@').next().unwrap_or_default();
            format!("{}{}", host.to_lowercase(), path.trim_end_matches('/'))
        })
    })
}

/// The method that a parameter of a target puts in place of the method of the request, as frameworks take it from
/// `_method=DELETE` and the like. `None` where there is none.
pub fn overrides_method(target: &str) -> Option<&'static str> {
    const METHODS: [&str; 4] = ["DELETE", "PATCH", "PUT", "POST"];
    parameters(target).find_map(|(name, value)| {
        let decoded = percent_decode(name.as_bytes());
        let is_method = decoded.eq_ignore_ascii_case(b"_method") || OVERRIDES.contains(&&*bare(name));
        METHODS.into_iter().find(|method| is_method && value.eq_ignore_ascii_case(method))
    })
}

/// Where a decoded value leads as browsers read it: they take backslashes for slashes and pass over blanks in front.
fn place(value: &[u8]) -> Option<&'static str> {
    let text = String::from_utf8_lossy(value);
    let text = text.trim_start_matches(|c: char| c <= ' ').replace('\\', "/");
    let lower = text.get(..8.min(text.len())).unwrap_or(&text).to_ascii_lowercase();
    let has_host = |rest: &str| rest.trim_start_matches('/').starts_with(|c: char| c.is_alphanumeric() || c == '[');
    if let Some(rest) = text.strip_prefix("//") {
        return has_host(rest).then_some("elsewhere");
    }
    if ["http:/", "https:/"].iter().any(|scheme| lower.starts_with(scheme)) {
        let rest = text.split_once(':').map_or("", |(_, rest)| rest);
        return has_host(rest).then_some("elsewhere");
    }
    text.strip_prefix('/').filter(|rest| !rest.starts_with('/')).map(|_| "own")
}

/// Whether a target holds a parameter twice with different values, list parameters (`id[]`) left out.
pub fn doubled(target: &str) -> bool {
    let Some((_, query)) = target.split_once('?') else { return false };
    if memchr::memchr_iter(b'=', query.as_bytes()).nth(1).is_none() {
        return false;
    }
    let mut known: Vec<(Vec<u8>, &str)> = Vec::new();
    for (name, value) in parameters(target).take(200) {
        let list = name.ends_with("[]") || name.to_ascii_lowercase().ends_with("%5b%5d");
        if list || name.is_empty() {
            continue;
        }
        let name = percent_decode(name.as_bytes());
        if known.iter().any(|(other, before)| *other == name && *before != value) {
            return true;
        }
        known.push((name, value));
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_in_every_way_of_asking() {
        for (target, page) in [
            ("/reviews?page=17", Some(17.0)),
            ("/reviews?a=b&PageNo=3#x", Some(3.0)),
            ("/reviews?page%5Bnumber%5D=4", Some(4.0)),
            ("/reviews?offset=400&limit=100", Some(4.0)),
            ("/reviews?limit=0&offset=400", Some(20.0)),
            ("/reviews?start=45", Some(2.0)),
            ("/후기?%ED%8E%98%EC%9D%B4%EC%A7%80=8", Some(8.0)),
            ("/reviews/page/12", Some(12.0)),
            ("/reviews/page/12/?x=y", Some(12.0)),
            ("/reviews?page=last", None),
            ("/reviews/12", None),
            ("/reviews?limit=100", None),
            ("/reviews?start=20260102", None),
        ] {
            assert_eq!(page_of(target), page, "{target}");
        }
    }

    #[test]
    fn limits_in_targets() {
        for (target, limit) in [
            ("/reviews?limit=500", Some(500)),
            ("/reviews?page=2&Per-Page=50", Some(50)),
            ("/reviews?page%5Bsize%5D=40", Some(40)),
            ("/reviews?page_size=40&max=7", Some(40)),
            ("/reviews?limit=0", Some(0)),
            ("/reviews?limit=-1", None),
            ("/reviews?limit=all", None),
            ("/reviews?limit=20260102", None),
            ("/reviews?page=3", None),
            ("/limit/500", None),
        ] {
            assert_eq!(limit_of(target), limit, "{target}");
        }
    }

    #[test]
    fn what_stays_the_same_of_a_place_elsewhere() {
        for (target, to) in [
            (
                "/authorize?state=a1&redirect_uri=https%3A%2F%2FWww.House.example%2Fback%3Fx%3D1",
                Some("www.house.example/back"),
            ),
            ("/authorize?redirect_uri=https://www.house.example/back/&state=b2", Some("www.house.example/back")),
            ("/out?next=//false.example", Some("false.example")),
            ("/out?next=https://house.example@false.example/in#x", Some("false.example/in")),
            ("/out?a=/home&b=http:/false.example:8080/", Some("false.example:8080")),
            ("/out?next=/%5Cfalse.example", Some("false.example")),
            ("/out?next=/home", None),
            ("/out", None),
        ] {
            assert_eq!(leads_to(target).as_deref(), to, "{target}");
        }
    }

    #[test]
    fn methods_in_parameters() {
        for (target, method) in [
            ("/a/1?_method=DELETE", Some("DELETE")),
            ("/a/1?x=1&_Method=put", Some("PUT")),
            ("/a/1?X-HTTP-Method-Override=PATCH", Some("PATCH")),
            ("/a/1?_method=GET", None),
            ("/a/1?method=DELETE", None),
            ("/a/1?_method=", None),
            ("/a/_method=DELETE", None),
        ] {
            assert_eq!(overrides_method(target), method, "{target}");
        }
    }

    #[test]
    fn disguises_are_told_from_ordinary_paths() {
        for odd in [
            "/a//b",
            "//a",
            "/a/./b",
            "/a/%2e/b",
            "/a/..;/b",
            "/a;x=1/b",
            "/%61dmin",
            "/a%2fb",
            "/a%5Cb",
            "/a/b.",
            "/a/b%20",
            "/a/b%00",
            "/a%252fb",
            "/a\\b",
            "https://h.example/a//b",
        ] {
            assert!(odd_spelling(odd), "{odd}");
        }
        for plain in [
            "/",
            "",
            "/a/b/",
            "/a/b?c=//d/./e;f",
            "/%EC%A3%BC%EB%AC%B8/1",
            "/a%20b/c",
            "/a/v1..v2",
            "/o%27neill",
            "/a@b.example",
            "https://h.example/a/b",
            "*",
        ] {
            assert!(!odd_spelling(plain), "{plain}");
        }
    }

    proptest::proptest! {
        #[test]
        fn what_is_plain_needs_no_closer_look(path in "[a.;/\\\\% \t]{0,9}") {
            let closer = odd_spelling(&format!("{path};"));
            proptest::prop_assert!(closer, "a parameter of a segment is odd");
            if is_plain(path.as_bytes()) {
                let mut segments = path.strip_prefix('/').unwrap_or(&path).split('/').peekable();
                while let Some(segment) = segments.next() {
                    let inner_empty = segment.is_empty() && segments.peek().is_some();
                    proptest::prop_assert!(!inner_empty && !segment.contains([';', '\\', '%']), "{path}");
                    proptest::prop_assert!(!segment.ends_with(['.', ' ', '\t']), "{path}");
                }
            }
        }
    }

    #[test]
    fn places_as_browsers_read_them() {
        for (target, to) in [
            ("/out?next=%2Fhome", Some("own")),
            ("/out?next=/home&x=1", Some("own")),
            ("/out?next=https%3A%2F%2Ffalse.example%2Fin", Some("elsewhere")),
            ("/out?next=//false.example", Some("elsewhere")),
            ("/out?next=/%5Cfalse.example", Some("elsewhere")),
            ("/out?next=https:/false.example", Some("elsewhere")),
            ("/out?next=%20https://false.example", Some("elsewhere")),
            ("/out?a=/home&b=http://false.example", Some("elsewhere")),
            ("/out?next=home", None),
            ("/out?date=1%2F2", None),
            ("/out?next=//", None),
            ("/out", None),
        ] {
            assert_eq!(points_to(target), to, "{target}");
        }
    }

    #[test]
    fn a_parameter_twice() {
        for target in ["/a?id=1&id=2", "/a?x=2&id=1&id=3", "/a?id=1&%69d=2"] {
            assert!(doubled(target), "{target}");
        }
        for target in ["/a?id=1&id=1", "/a?id[]=1&id[]=2", "/a?id%5B%5D=1&id%5B%5D=2", "/a?id=1", "/a", "/a?id=1&Id=2"]
        {
            assert!(!doubled(target), "{target}");
        }
    }

    proptest::proptest! {
        #[test]
        fn nothing_fails_on_any_text(text in "[/a-z%0-9;.?&=\\\\ 가é-]{0,40}") {
            let _ = (page_of(&text), limit_of(&text), overrides_method(&text), leads_to(&text), odd_spelling(&text), points_to(&text), doubled(&text));
        }

        #[test]
        fn only_what_leads_elsewhere_leads_to_a_place(text in "/a\\?(n=[a-z%25/:.F\\\\]{0,20}&?){0,3}") {
            proptest::prop_assert_eq!(leads_to(&text).is_some(), points_to(&text) == Some("elsewhere"));
        }

        #[test]
        fn an_offset_is_a_page_of_its_size(page in 0_u32..5_000, size in 1_u32..500) {
            let target = format!("/a?limit={size}&offset={}", page * size);
            proptest::prop_assert_eq!(page_of(&target), Some(f64::from(page)));
        }
    }
}
