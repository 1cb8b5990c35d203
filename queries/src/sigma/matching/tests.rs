//! What columns give is what each row by itself gives.
#![allow(clippy::unwrap_used)]

use super::*;
use crate::sigma::term::{self, Placeholders};
use crate::sigma::yaml;
use crate::testing::Log;
use proptest::prelude::*;

/// A request as a reader sees it.
#[derive(Clone, Debug)]
struct Line {
    target: String,
    agent: Option<String>,
    referer: Option<String>,
    ip: String,
    status: u16,
    bytes: Option<i64>,
}

impl Line {
    fn value(&self, column: &str) -> Option<String> {
        match column {
            "target" => Some(self.target.clone()),
            "user_agent" => self.agent.clone(),
            "referer" => self.referer.clone(),
            "client_ip" => Some(self.ip.clone()),
            "status" => Some(self.status.to_string()),
            "bytes_out" => self.bytes.map(|bytes| bytes.to_string()),
            "method" => Some("GET".to_owned()),
            _ => None,
        }
    }

    /// The meaning of a condition for this request alone; `None` is unknown.
    fn means(&self, term: &Term) -> Option<bool> {
        match term {
            Term::Not(inner) => self.means(inner).map(|holds| !holds),
            Term::All(parts) => {
                let parts: Vec<Option<bool>> = parts.iter().map(|part| self.means(part)).collect();
                if parts.contains(&Some(false)) {
                    Some(false)
                } else {
                    parts.into_iter().collect::<Option<Vec<_>>>().map(|_| true)
                }
            }
            Term::Any(parts) => {
                let parts: Vec<Option<bool>> = parts.iter().map(|part| self.means(part)).collect();
                if parts.contains(&Some(true)) {
                    Some(true)
                } else {
                    parts.into_iter().collect::<Option<Vec<_>>>().map(|_| false)
                }
            }
            Term::Field(field, check) => Some(check.holds_for(field, self.value(field.column).as_deref())),
            Term::Beside { left, right, fit, cased } => {
                let values = self.value(left.column).zip(self.value(right.column));
                Some(values.is_some_and(|(a, b)| fit_together(&a, left, &b, right, *fit, *cased)))
            }
            Term::Keyword(check) => Some(field::KEYWORDS.iter().any(|column| {
                let field = Field { column, facet: field::own_facet(column) };
                self.value(column).is_some_and(|value| check.holds_for(&field, Some(&value)))
            })),
            Term::Unknown(_) | Term::Missing(_) => None,
        }
    }
}

fn load(lines: &[Line]) -> Requests {
    let log = Log::new().rows(lines.len(), |row, at| {
        let line = &lines[at];
        let mut row = row.at(at as f64).ip(&line.ip).get(&line.target).status(line.status);
        if let Some(bytes) = line.bytes {
            row = row.bytes(bytes);
        }
        if let Some(agent) = &line.agent {
            row = row.ua(agent);
        }
        if let Some(referer) = &line.referer {
            row = row.text(breachline_parsers::schema::Text::Referer, referer);
        }
        row
    });
    log.build()
}

fn detection(text: &str) -> Term {
    let document = yaml::read(text).unwrap();
    term::detection(&document[0], "detection", &[], &Placeholders::new()).unwrap()
}

fn rows_of(requests: &Requests, term: &Term, threads: usize) -> Vec<usize> {
    let mut bench = Bench::new(requests);
    let settled = bench.settled(term, Scope::Requests);
    let plan = bench.plan(&settled);
    bench.scan(threads);
    bench.rows(&plan).ones().collect()
}

fn words() -> impl Strategy<Value = String> {
    "[ab/.?%A]{0,3}(%2[eEfF]|a|\\.\\./|é|É|b)?[ab*?]{0,2}"
}

fn line() -> impl Strategy<Value = Line> {
    let target =
        ("/[ab/.]{0,4}(%2[eEfF]|%41|%C3%A9|é|\\.PHP)?(\\?[ab=%]{0,4}(%2[fF])?)?").prop_map(|text: String| text);
    (
        target,
        proptest::option::of("[aAbB-]{0,3}"),
        proptest::option::of("/[ab]{0,2}"),
        0u8..4,
        0u16..3,
        proptest::option::of(0i64..20),
    )
        .prop_map(|(target, agent, referer, ip, status, bytes)| Line {
            target,
            agent,
            referer,
            ip: format!("10.{ip}.0.1"),
            status: 200 + status * 100,
            bytes,
        })
}

fn search() -> impl Strategy<Value = String> {
    let quoted = |text: String| format!("'{}'", text.replace('\'', "''"));
    let field = prop_oneof![
        (
            prop_oneof![
                Just("c-uri"),
                Just("cs-uri-query"),
                Just("cs-uri-stem"),
                Just("c-useragent"),
                Just("cs-referer"),
                Just("c-uri-extension")
            ],
            prop_oneof![
                Just(""),
                Just("|contains"),
                Just("|startswith"),
                Just("|endswith"),
                Just("|contains|cased"),
                Just("|contains|all"),
                Just("|neq"),
                Just("|endswith|windash")
            ],
            proptest::collection::vec(words(), 1..4)
        )
            .prop_map(move |(field, modifier, values)| {
                format!("{field}{modifier}: [{}]", values.into_iter().map(quoted).collect::<Vec<_>>().join(", "))
            }),
        (
            prop_oneof![Just("c-uri"), Just("cs-uri-stem"), Just("c-useragent")],
            prop_oneof![Just("re"), Just("re|i")],
            "[ab./]{1,2}[+*]?[ab]?"
        )
            .prop_filter("readable", |(_, _, regex)| regex::Regex::new(regex).is_ok())
            .prop_map(|(field, modifier, regex)| format!("{field}|{modifier}: '{regex}'")),
        Just("c-ip|cidr: [10.1.0.0/16, 10.2.0.0/15]".to_owned()),
        Just("sc-status: [200, '4*']".to_owned()),
        Just("sc-bytes|gt: 9".to_owned()),
        Just("cs-referer: null".to_owned()),
        Just("cs-uri-query: null".to_owned()),
        Just("c-useragent: ''".to_owned()),
        Just("c-useragent|exists: true".to_owned()),
        Just("cs-referer|fieldref: cs-uri-stem".to_owned()),
        Just("c-uri|contains|fieldref: cs-referer".to_owned()),
        Just("CommandLine: x".to_owned()),
    ];
    prop_oneof![
        4 => proptest::collection::vec(field, 1..3).prop_filter("keys differ", |fields| {
            let mut keys: Vec<&str> = fields.iter().filter_map(|field| field.split(':').next()).collect();
            keys.sort_unstable();
            keys.windows(2).all(|pair| pair[0] != pair[1])
        }).prop_map(|fields| format!("{{{}}}", fields.join(", "))),
        1 => proptest::collection::vec(words().prop_filter("a text", |word| !word.is_empty()), 1..3)
            .prop_map(move |words| format!("[{}]", words.into_iter().map(quoted).collect::<Vec<_>>().join(", "))),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    #[test]
    fn columns_agree_with_rows(
        lines in proptest::collection::vec(line(), 1..20),
        searches in proptest::collection::vec(search(), 3..=3),
        condition in prop_oneof![
            Just("a"), Just("not a"), Just("a and b"), Just("a or b and not c"), Just("1 of them"), Just("not (a or not b)"),
            Just("all of them"), Just("(a or b) and not 1 of c*"),
        ],
    ) {
        let text = format!("a: {}\nb: {}\nc: {}\ncondition: {condition}", searches[0], searches[1], searches[2]);
        let term = detection(&text);
        let requests = load(&lines);
        // A column that no line has is unknown to both.
        let settled = Bench::new(&requests).settled(&term, Scope::Requests);
        let expected: Vec<usize> =
            (0..lines.len()).filter(|&at| lines[at].means(&settled) == Some(true)).collect();
        prop_assert_eq!(&rows_of(&requests, &term, 1), &expected, "{} over {:?}", text, lines);
    }
}

#[test]
fn threads_change_nothing() {
    let lines: Vec<Line> = (0..20_000)
        .map(|at| Line {
            target: format!("/p/{at}?q=%2e%2e{}", at % 7),
            agent: None,
            referer: None,
            ip: "10.0.0.1".to_owned(),
            status: 200,
            bytes: None,
        })
        .collect();
    let requests = load(&lines);
    let term = detection("s: {c-uri|contains: ['..3', '/777']}\nt: {cs-uri-stem|re: '9$'}\ncondition: s or t");
    let one = rows_of(&requests, &term, 1);
    assert!(one.len() > 3_000 && one.len() < 8_000, "{}", one.len());
    assert_eq!(rows_of(&requests, &term, 4), one);
}

#[test]
fn a_missing_column_is_neither_there_nor_not() {
    let line = Line {
        target: "/x".to_owned(),
        agent: None,
        referer: None,
        ip: "10.0.0.1".to_owned(),
        status: 200,
        bytes: None,
    };
    let requests = load(&[line]);
    for (text, expected) in [
        ("s: {c-uri: /x}\nf: {cs-referer: a}\ncondition: s and not f", false),
        ("s: {c-uri: /x}\nf: {cs-referer: a}\ncondition: s or f", true),
        ("s: {c-uri: /x}\nf: {cs-referer: a, sc-status: 404}\ncondition: s and not f", true),
        ("s: {c-uri: /x}\nk: [other]\ncondition: s and not k", true),
    ] {
        assert_eq!(!rows_of(&requests, &detection(text), 1).is_empty(), expected, "{text}");
    }
}
