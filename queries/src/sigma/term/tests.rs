#![allow(clippy::unwrap_used)]

use super::modifier::{dashes, shifted};
use super::*;
use crate::sigma::yaml;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

fn read(detection: &str) -> Result<Term, String> {
    let document = yaml::read(detection).map_err(|fault| fault.message)?;
    super::detection(
        &document[0],
        "detection",
        &[],
        &Placeholders::from([("hosts".to_owned(), vec!["a".to_owned(), "b".to_owned()])]),
    )
    .map_err(|fault| fault.render("r.yml", detection))
}

fn shown(detection: &str) -> String {
    read(detection).unwrap().to_string()
}

#[test]
fn values_mean_what_their_modifiers_say() {
    for (field, expected) in [
        ("c-uri: /a*", "target ~ '/a*'"),
        ("c-uri|contains: [X, y]", "(target ~ '*x*' or target ~ '*y*')"),
        ("cs-uri-query|contains|all: [x, y]", "(query ~ '*x*' and query ~ '*y*')"),
        ("cs-uri-stem|endswith: .php", "path ~ '*.php'"),
        ("c-useragent|startswith|cased: Curl", "user_agent ~ 'Curl*' (cased)"),
        ("sc-status: 200", "status ~ '200'"),
        ("sc-bytes|gte: 5", "bytes_out >= 5"),
        ("c-ip|cidr: 10.0.0.0/8", "client_ip in 10.0.0.0/8"),
        ("c-uri|re|i: 'a+'", "target ~ /(?i)a+/"),
        ("cs-referer: null", "not referer is there"),
        ("cs-referer|exists: true", "referer is there"),
        ("cs-method|neq: [GET, POST]", "(method is there and not (method ~ 'get' or method ~ 'post'))"),
        ("c-uri|base64: foo", "target ~ 'zm9v'"),
        (
            "c-uri|base64offset|contains: foobar",
            "(target ~ '*zm9vymfy*' or target ~ '*zvb2jhc*' or target ~ '*mb29iyx*')",
        ),
        ("c-uri|wide|base64: cmd", "target ~ 'ywbtagqa'"),
        ("c-uri|utf16be|base64: a", "target ~ 'age='"),
        ("cs-referer|fieldref: c-uri", "referer Equals target"),
        ("cs-host|expand: '%hosts%.example'", "(host ~ 'a.example' or host ~ 'b.example')"),
        ("'|all': [a, b]", "(any column ~ '*a*' and any column ~ '*b*')"),
        ("CommandLine: x", "unknown [CommandLine: no column of requests has it]"),
        (
            "c-uri|re: 'a(?=b)'",
            "unknown [/a(?=b)/: look-around, including look-ahead and look-behind, is not supported]",
        ),
    ] {
        assert_eq!(shown(&format!("s:\n  {field}\ncondition: s")), expected, "{field}");
    }
    assert_eq!(shown("k: [a, 'b*c']\ncondition: k"), "(any column ~ '*a*' or any column ~ '*b*c*')");
    assert_eq!(
        shown("s:\n  - {cs-method: PUT, c-uri: /x}\n  - y\ncondition: not s"),
        "not ((method ~ 'put' and target ~ '/x') or any column ~ '*y*')"
    );
    assert_eq!(shown("a: {c-uri: x}\n_b: {c-uri: y}\ncondition: all of them"), "target ~ 'x'");
    assert_eq!(shown("a: {c-uri: x}\nb: {c-uri: y}\ncondition: [a, b]"), "(target ~ 'x' or target ~ 'y')");
}

#[test]
fn base64_is_found_wherever_it_begins() {
    let checks = |shift: usize| shifted(b"secret word", shift);
    for before in 0..7 {
        for after in 0..5 {
            let mut text = "ab/?~zz".as_bytes()[..before].to_vec();
            text.extend(b"secret word");
            text.extend(b"<>\xff!z"[..after].iter());
            let encoded = STANDARD.encode(text);
            assert!((0..3).any(|shift| encoded.contains(&checks(shift))), "{before} {after} {encoded}");
        }
    }
}

#[test]
fn dashes_are_written_in_every_way() {
    assert_eq!(dashes("a-b"), ["a-b"]);
    assert_eq!(dashes(" -x").len(), 5);
    assert_eq!(dashes("-x /y").len(), 25);
    assert_eq!(dashes("-a -b -c -d").len(), 6 - 1);
}

#[test]
fn mistakes_are_pointed_at() {
    for (text, words) in [
        (
            "s:\n  c-uri|contians: x\ncondition: s",
            "r.yml:2: there is no modifier `contians`; did you mean `contains`?\n      c-uri|contians: x\n            ^^^^^^^^",
        ),
        (
            "selection:\n  c-uri: x\ncondition: selektion",
            "r.yml:3: there is no search `selektion`; did you mean `selection`?\n    condition: selektion\n               ^^^^^^^^^",
        ),
        ("s:\n  c-uri: x\ncondition: s and", "r.yml:3: a search is missing here"),
        ("s:\n  c-uri: x\ncondition: 1 of filter_*", "there is no search `filter_*`"),
        ("s:\n  c-uri|re: '('\ncondition: s", "not a regular expression"),
        ("s:\n  c-ip|cidr: 10.0.0.0/40\ncondition: s", "r.yml:2: `10.0.0.0/40` is no network"),
        ("s:\n  c-uri|re|contains: x\ncondition: s", "exclude each other"),
        ("s:\n  c-uri|i: x\ncondition: s", "`i` must follow `re`"),
        ("s:\n  sc-bytes|gt: many\ncondition: s", "`many` is not a number"),
        ("s: []\ncondition: s", "this search is empty"),
        ("s:\n  c-uri: []\ncondition: s", "has no values"),
        ("s:\n  c-uri: x\nconditions: s", "did you mean it by `conditions`?"),
        ("s:\n  c-uri|exists: 3\ncondition: s", "`exists` needs true or false"),
    ] {
        let error = read(text).unwrap_err();
        assert!(error.contains(words), "{text}\n---\n{error}");
    }
}

#[test]
fn what_cannot_be_told_is_left_open() {
    let can = |detection: &str| read(detection).unwrap().can_be(true);
    assert!(!can("s: {c-uri: x, CommandLine: y}\ncondition: s"));
    assert!(can("s: {c-uri: x}\nt: {CommandLine: y}\ncondition: s or t"));
    assert!(!can("s: {c-uri: x}\nt: {CommandLine: y}\ncondition: s and not t"));
    assert!(can("s: {c-uri: x}\nt: {CommandLine: y, c-ip: z}\ncondition: s and not t"));
    assert!(!can("t: {CommandLine: y}\ncondition: not t"));
}
