//! Sigma rules over small worlds, whole hunts.
#![allow(clippy::unwrap_used)]

use super::report::MOST;
use crate::finding::{Finding, Hunt, Level, Outcome, Role, RuleState};
use crate::hunt::{HuntOptions, hunt};
use crate::requests::Requests;
use crate::selection::Selection;
use crate::sigma::pack::{Pack, RuleFiles};
use crate::testing::Log;
use breachline_parsers::report::Vantage;
use std::sync::Arc;

const TRAVERSAL: &str = "
title: Passwords Asked For
id: traversal
name: traversal
status: test
level: high
tags: [attack.initial-access]
falsepositives: [A tester's own requests]
logsource: {category: webserver}
detection:
  way: {cs-uri-query|contains: ['../etc/passwd']}
  condition: way
";

const LOGIN: &str = "
title: A Login Refused
id: login
level: low
logsource: {category: webserver}
detection:
  s: {cs-uri-stem|endswith: /login, sc-status: 401}
  condition: s
";

fn pack(texts: &[&str]) -> Pack {
    let files: Vec<(String, String)> =
        texts.iter().enumerate().map(|(at, text)| (format!("{at}.yml"), (*text).to_owned())).collect();
    let read = RuleFiles::read(&files);
    assert_eq!(read.broken, Vec::<String>::new());
    read.sigma
}

fn judged(requests: &Requests, texts: &[&str]) -> Hunt {
    hunt(requests, &[], &HuntOptions { sigma: Arc::new(pack(texts)), threads: 1, ..HuntOptions::default() })
}

fn lines(requests: &Requests, finding: &Finding) -> Vec<u32> {
    finding.evidence.iter().map(|&row| requests.facts.place(row as usize).line_no).collect()
}

fn shop() -> Log {
    Log::new()
        .row(|r| r.at(1.0).ip("192.0.2.1").get("/shop?page=1").status(200).bytes(900))
        .row(|r| r.at(2.0).ip("198.51.100.7").get("/get?f=..%2Fetc%2Fpasswd").status(200).bytes(1_800))
        .row(|r| r.at(3.0).ip("192.0.2.1").get("/shop?page=2").status(200).bytes(900))
        .row(|r| r.at(4.0).ip("198.51.100.7").get("/get?f=../ETC/passwd").status(404).bytes(20))
        .row(|r| r.at(5.0).ip("203.0.113.9").get("/get?f=../etc/passwd").status(403).bytes(20))
}

#[test]
fn matches_of_an_address_are_one_finding_with_the_rule_s_level_and_tags() {
    let requests = shop().build();
    let hunt = judged(&requests, &[TRAVERSAL]);
    assert_eq!((hunt.rules[0].state, hunt.rules[0].why.as_str()), (RuleState::Fired, "2 finding(s)"));
    let (one, other) = (&hunt.findings[0], &hunt.findings[1]);
    assert_eq!((lines(&requests, one), lines(&requests, other)), (vec![2, 4], vec![5]));
    assert_eq!((one.level, other.level), (Level::High, Level::High));
    assert_eq!((one.outcome, other.outcome), (Outcome::DataReturnedLikely, Outcome::Denied));
    assert_eq!(one.title, "Passwords Asked For: 2 requests from 198.51.100.7");
    assert_eq!(one.tags, ["attack.initial-access"]);
    assert_eq!((one.entities[0].value.as_str(), one.entities[0].role), ("198.51.100.7", Role::SuspectedSource));
    assert!(one.why[0].contains("traversal (test), 0.yml:2") && one.why[1].contains("query ~ '*../etc/passwd*'"));
    assert_eq!(one.innocent_if, "A tester's own requests");
    assert_ne!(one.id, other.id);
    let id = one.id.clone();
    let mut requests = requests;
    requests.limit(&Selection { since: requests.facts.ts(3), ..Selection::default() });
    let later = judged(&requests, &[TRAVERSAL]);
    assert_eq!(later.findings.iter().map(|finding| lines(&requests, finding)).collect::<Vec<_>>(), [vec![4], vec![5]]);
    assert_eq!((&later.findings[0].id, later.findings[0].exchanges_unlimited), (&id, Some(2)));
    let basis = &later.findings[0].entities[0].basis;
    assert!(basis.starts_with("2 of its ") && basis.ends_with("; reported here: 1 of that evidence"), "{basis}");
    requests.limit(&Selection { until: requests.facts.ts(0), ..Selection::default() });
    assert!(judged(&requests, &[TRAVERSAL]).rules[0].why.starts_with("judged; 3 matches, none of them within --until"));
}

#[test]
fn many_addresses_are_one_finding_and_no_campaign() {
    let many = MOST + 1;
    let requests = Log::new()
        .rows(many, |r, at| r.at(at as f64).ip(&format!("192.0.2.{at}")).get("/a?b=../etc/passwd").status(404))
        .build();
    let hunt = judged(&requests, &[TRAVERSAL]);
    assert_eq!(hunt.findings.len(), 1);
    assert_eq!(hunt.findings[0].entities.len(), many);
    assert!(hunt.findings[0].entities.iter().all(|entity| entity.role == Role::Undetermined));
    assert!(hunt.findings[0].title.contains("from 26 addresses"), "{}", hunt.findings[0].title);
}

#[test]
fn what_these_logs_cannot_answer_says_so_by_name() {
    let requests = shop().build();
    let agent = TRAVERSAL.replace("way: {cs-uri-query|contains: ['../etc/passwd']}", "way: {c-useragent: x}");
    let cookie = TRAVERSAL.replace("way: {cs-uri-query|contains: ['../etc/passwd']}", "way: {cs-cookie: x}");
    let windows = TRAVERSAL.replace("{category: webserver}", "{category: process_creation, product: windows}");
    let either = TRAVERSAL.replace(
        "way: {cs-uri-query|contains: ['../etc/passwd']}\n  condition: way",
        "way: {cs-uri-query|contains: ['../etc/passwd']}\n  or: {c-useragent: x}\n  condition: way or or_",
    );
    let either = either.replace("  or: {", "  or_: {");
    for (rule, missing, words) in [
        (&agent, vec!["user_agent"], "user_agent is not in these logs"),
        (&cookie, vec!["cs-cookie"], "cookies are secrets"),
        (&windows, vec![], "process_creation"),
    ] {
        let hunt = judged(&requests, &[rule]);
        assert_eq!(
            (hunt.rules[0].state, hunt.rules[0].missing.clone()),
            (RuleState::NotEvaluable, missing.iter().map(|name| (*name).to_owned()).collect())
        );
        assert!(hunt.rules[0].why.contains(words), "{}", hunt.rules[0].why);
        assert_eq!((hunt.coverage.rules_judged, hunt.coverage.rules_total), (0, 1));
    }
    let hunt = judged(&requests, &[&either]);
    assert_eq!(hunt.rules[0].why, "2 finding(s); left open: user_agent: not in these logs");
}

#[test]
fn filters_are_added_to_the_rules_they_name() {
    let requests = shop().build();
    let filter = "
title: Ours
logsource: {category: webserver}
filter: {rules: [RULES], ours: {c-ip|cidr: 198.51.100.0/24}, condition: not ours}
";
    for (rules, rows) in [("traversal", vec![vec![5]]), ("any", vec![vec![5]]), ("other", vec![vec![2, 4], vec![5]])] {
        let hunt = judged(&requests, &[TRAVERSAL, &filter.replace("RULES", rules)]);
        let found: Vec<Vec<u32>> = hunt.findings.iter().map(|finding| lines(&requests, finding)).collect();
        assert_eq!(found, rows, "{rules}");
        let left_out =
            hunt.coverage.suppressed.iter().map(|out| (out.kind, out.entry.as_str(), out.rows, out.findings));
        let wanted = if rules == "other" { vec![] } else { vec![("filter", "Ours", 2, 1)] };
        assert_eq!(left_out.collect::<Vec<_>>(), wanted, "{rules}");
    }
}

#[test]
fn who_asks_a_proxy_is_affected() {
    let proxy = TRAVERSAL.replace("webserver", "proxy");
    for (format, level) in [("squid", Level::High), ("kong", Level::Low)] {
        let requests = shop().report(|report| report.format = Some(format.to_owned())).build();
        let hunt = judged(&requests, &[&proxy]);
        assert!(
            hunt.findings.iter().all(|finding| finding.entities[0].role == Role::Affected && finding.level == level)
        );
        let says = hunt.findings[0].why.iter().any(|why| why.contains("two levels lower"));
        assert_eq!(says, level == Level::Low, "{format}");
    }
}

fn guesses() -> Requests {
    Log::new()
        .rows(6, |r, at| {
            r.at(at as f64 * 10.0).ip("198.51.100.7").user(&format!("u{at}")).post("/v1/login").status(401)
        })
        .rows(3, |r, at| r.at(at as f64 * 200.0).ip("192.0.2.1").user("ann").post("/v1/login").status(401))
        .row(|r| r.at(61.0).ip("198.51.100.7").get("/get?f=../etc/passwd").status(200))
        .build()
}

fn correlation(kind: &str, rules: &str, rest: &str) -> String {
    format!(
        "title: C\nid: c\nlevel: medium\ncorrelation:\n  type: {kind}\n  rules: [{rules}]\n  group-by: [c-ip]\n  timespan: 1m\n{rest}"
    )
}

#[test]
fn every_kind_of_correlation_finds_its_requests() {
    let requests = guesses();
    let both = "login, traversal";
    for (kind, rules, rest, expected) in [
        ("event_count", "login", "  condition: {gte: 6}\n", vec![1, 2, 3, 4, 5, 6]),
        ("event_count", "login", "  condition: {gte: 7}\n", vec![]),
        ("value_count", "login", "  condition: {field: cs-username, gte: 5}\n", vec![1, 2, 3, 4, 5, 6]),
        ("temporal", both, "", vec![2, 3, 4, 5, 6, 10]),
        ("temporal_ordered", both, "", vec![6, 10]),
        ("temporal_ordered", "traversal, login", "", vec![]),
        ("value_sum", "login", "  condition: {field: sc-status, gte: 2406}\n", vec![1, 2, 3, 4, 5, 6]),
        ("value_avg", "login", "  condition: {field: sc-status, gt: 401}\n", vec![]),
        (
            "value_percentile",
            "login",
            "  condition: {field: sc-status, gte: 401, percentile: 50}\n",
            vec![1, 2, 3, 4, 5, 6, 7, 8, 9],
        ),
    ] {
        let hunt = judged(&requests, &[TRAVERSAL, LOGIN, &correlation(kind, rules, rest)]);
        let mut found: Vec<u32> = hunt.findings.iter().flat_map(|finding| lines(&requests, finding)).collect();
        found.sort_unstable();
        let expected: Vec<u32> = match rules {
            // The other rule stands alone and reports.
            "login" => expected.into_iter().chain([10]).collect(),
            _ => expected,
        };
        assert_eq!(found, expected, "{kind} {rest}");
    }
}

#[test]
fn correlations_say_what_they_measured_and_what_they_lack() {
    let requests = guesses();
    let count = correlation("event_count", "login", "  condition: {gte: 6}\n");
    let hunt = judged(&requests, &[LOGIN, &count]);
    let finding = &hunt.findings[0];
    assert_eq!((finding.measures["event_count"].value, finding.measures["event_count"].threshold), (6.0, Some(6.0)));
    assert_eq!(finding.title, "C: 6 requests from c-ip=198.51.100.7");
    assert!(finding.why[1].contains("event_count >= 6 of login within 60 s; it was 6"), "{:?}", finding.why);
    let login = hunt.rules.iter().find(|rule| rule.id == "login").unwrap();
    assert_eq!(
        (login.state, login.why.as_str()),
        (RuleState::Silent, "judged, 9 matches, which are for the correlation c")
    );
    for (text, words) in [
        (correlation("event_count", "nothing", "  condition: {gte: 6}\n"), "`nothing`, which is not loaded"),
        (count.replace("[c-ip]", "[CommandLine]"), "CommandLine: no column"),
        (count.replace("[c-ip]", "[c-useragent]"), "user_agent is not in these logs"),
        (correlation("event_count", "c", "  condition: {gte: 6}\n"), "refers to itself"),
    ] {
        let hunt = judged(&requests, &[LOGIN, &text]);
        let verdict = hunt.rules.iter().find(|rule| rule.id == "c").unwrap();
        assert_eq!(verdict.state, RuleState::NotEvaluable);
        assert!(verdict.why.contains(words), "{}", verdict.why);
    }
    let chained = count.replace("id: c", "id: d") + "---\n" + &correlation("temporal", "d, traversal", "");
    assert_eq!(
        judged(&requests, &[LOGIN, TRAVERSAL, &chained])
            .findings
            .iter()
            .map(|finding| lines(&requests, finding))
            .collect::<Vec<_>>(),
        [vec![6, 10]]
    );
}

#[test]
fn aliases_name_fields_of_each_rule_and_vantages_are_not_mixed() {
    let requests = guesses();
    let alias = correlation("temporal", "login, traversal", "  aliases: {who: {login: c-ip, traversal: src_ip}}\n")
        .replace("[c-ip]", "[who]");
    assert_eq!(judged(&requests, &[LOGIN, TRAVERSAL, &alias]).findings.len(), 1);
    let split = Log::new()
        .rows(3, |r, at| r.at(at as f64).ip("198.51.100.7").post("/login").status(401))
        .source("edge.log")
        .report(|report| report.vantage = Some(Vantage::Edge))
        .rows(3, |r, at| r.at(at as f64 + 900.0).ip("198.51.100.7").post("/login").status(401))
        .build();
    let six = correlation("event_count", "login", "  condition: {gte: 6}\n").replace("1m", "1h");
    assert!(judged(&split, &[LOGIN, &six]).findings.is_empty());
}

#[test]
fn rules_that_a_stopped_hunt_did_not_come_to_have_a_verdict() {
    let stop = Some(Arc::new(std::sync::atomic::AtomicBool::new(true)));
    let options = HuntOptions { sigma: Arc::new(pack(&[TRAVERSAL, LOGIN])), stop, ..HuntOptions::default() };
    let found = hunt(&shop().build(), &[], &options);
    let told: Vec<_> = found.rules.iter().map(|rule| (rule.id.as_str(), rule.state)).collect();
    assert_eq!(told, [("login", RuleState::NotEvaluable), ("traversal", RuleState::NotEvaluable)]);
    assert!(found.findings.is_empty() && found.rules[0].why.contains("stopped"), "{:?}", found.rules);
}
