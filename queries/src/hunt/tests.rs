//! What a hunt finds depends neither on memory, nor on threads, nor on the order of lines within a second.

mod oracles;

use super::*;
use crate::finding::Finding;
use crate::rule::RuledOut;
use crate::selection::{self, Selection};
use crate::testing::{Log, Row};
use proptest::prelude::*;

/// Everything of a request that a reader sees.
type Line = (u64, String, &'static str, String, u16);

/// A parts register: forty shops look up a few parts each, some addresses count through it, and one address reads
/// tills that others open with a name.
fn world(walkers: u64, length: u64, misses: u64, bare: u64) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    for at in 0..320 {
        let shop = at % 40;
        let part = 1_000 + shop * 97 + at / 40 % 3;
        lines.push((at * 30, format!("192.0.2.{}", shop + 1), "shop", format!("/stock/parts/{part}"), 200));
    }
    for walker in 0..walkers {
        for at in 0..length {
            let status = if at % 10 < misses { 404 } else { 200 };
            let part = 5_000 + walker * 1_000 + at;
            lines.push((at * 7, format!("198.51.100.{}", walker + 1), "", format!("/stock/parts/{part}"), status));
        }
    }
    for at in 0..90 {
        lines.push((at * 60, format!("203.0.113.{}", at % 12 + 1), "desk", format!("/till/{}/total", at % 12), 200));
    }
    for at in 0..bare {
        lines.push((3_000 + at, "203.0.113.99".to_owned(), "", format!("/till/{}/total", 100 + at), 200));
    }
    lines
}

fn load(lines: &[Line]) -> Requests {
    let fill = |row: Row, at: usize| {
        let (second, ip, user, target, status) = &lines[at];
        let row = row.at(*second as f64).ip(ip).get(target).status(*status).bytes(400 + (second % 9) as i64).ua("kit");
        if user.is_empty() { row } else { row.user(&format!("{user}-{ip}")) }
    };
    Log::new().rows(lines.len(), fill).build()
}

/// A finding with its rows as what stands in them, since row numbers change with the order of lines.
fn seen(requests: &Requests, lines: &[Line], options: &HuntOptions) -> Vec<String> {
    let hunt = hunt(requests, &crate::rule::builtin(), options);
    let text = |finding: &Finding| {
        let mut evidence: Vec<&Line> = finding.evidence.iter().map(|&row| &lines[row as usize]).collect();
        evidence.sort();
        let Finding { id, rule, title, level, confidence, entities, measures, why, .. } = finding;
        format!("{id} {rule} {title} {level:?} {confidence} {entities:?} {measures:?} {why:?} {evidence:?}")
    };
    hunt.findings.iter().map(text).collect()
}

#[test]
fn small_memory_means_several_passes() {
    assert_eq!(run::passes(1_000, 24_000), 1);
    assert_eq!(run::passes(1_000, 23_999), 2);
    assert_eq!(run::passes(0, 0), 1);
    assert_eq!(run::passes(u64::MAX as usize, 0), run::MOST_PASSES);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4))]
    #[test]
    fn the_same_findings(
        (walkers, length, misses, bare) in (0_u64..4, 40_u64..160, 0_u64..5, 0_u64..6),
        keys in prop::collection::vec(any::<u32>(), 1_000),
    ) {
        let lines = world(walkers, length, misses, bare);
        let requests = load(&lines);
        let plain = HuntOptions { threads: 1, ..HuntOptions::default() };
        let expected = seen(&requests, &lines, &plain);
        for memory in [1_500, 12_000] {
            for threads in [1, 4] {
                let options = HuntOptions { memory, threads, ..HuntOptions::default() };
                prop_assert_eq!(&seen(&requests, &lines, &options), &expected, "{} bytes, {} threads", memory, threads);
            }
        }
        let mut order: Vec<usize> = (0..lines.len()).collect();
        order.sort_by_key(|&at| (lines[at].0, keys[at % keys.len()]));
        let shuffled: Vec<Line> = order.into_iter().map(|at| lines[at].clone()).collect();
        prop_assert_eq!(&seen(&load(&shuffled), &shuffled, &plain), &expected, "rows shuffled within seconds");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]
    #[test]
    fn a_limited_report_is_the_whole_one_with_rows_left_out(
        (walkers, length, misses, bare) in (1_u64..4, 100_u64..160, 0_u64..5, 4_u64..7),
        since in prop::option::of(0_i64..1_500),
        until in prop::option::of(0_i64..3_100),
        which in 0_usize..4,
    ) {
        let condition = ["", "status = 404", "client_ip LIKE '198.51.100.%'", "path LIKE '/till/%' AND status = 200"][which];
        let at = |second: i64| 1_772_582_400_000_000 + second * 1_000_000;
        let selection = Selection {
            since: since.map(at),
            until: until.map(at),
            condition: (which > 0).then(|| selection::condition(condition).unwrap()),
        };
        let mut requests = load(&world(walkers, length, misses, bare));
        let rules = crate::rule::builtin();
        let whole = hunt(&requests, &rules, &HuntOptions::default());
        requests.limit(&selection);
        let limited = hunt(&requests, &rules, &HuntOptions::default());
        let brief = |finding: &Finding, evidence: Vec<u32>| {
            let Finding { id, title, level, confidence, measures, .. } = finding;
            format!("{id} {title} {level:?} {confidence} {measures:?} {evidence:?}")
        };
        let mut expected: Vec<String> = Vec::new();
        for finding in &whole.findings {
            let kept: Vec<u32> = finding.evidence.iter().copied().filter(|&row| requests.is_selected(row)).collect();
            if !kept.is_empty() {
                expected.push(brief(finding, kept));
            }
        }
        let mut found: Vec<String> =
            limited.findings.iter().map(|finding| brief(finding, finding.evidence.clone())).collect();
        expected.sort();
        found.sort();
        prop_assert_eq!(found, expected);
        for finding in &limited.findings {
            let before = whole.findings.iter().find(|before| before.id == finding.id).unwrap();
            let all = (before.exchanges > finding.exchanges).then_some(before.exchanges);
            prop_assert_eq!(finding.exchanges_unlimited, all);
            let said = finding.why.iter().any(|why| why.starts_with("Limited by --"));
            prop_assert_eq!(said, all.is_some());
            for entity in &finding.entities {
                let same = |other: &&crate::finding::Entity| (&other.kind, &other.value) == (&entity.kind, &entity.value);
                let whole = before.entities.iter().find(same).unwrap();
                prop_assert_eq!(whole.role, entity.role);
                let shown = entity.basis.strip_prefix(&whole.basis).unwrap();
                prop_assert_eq!(shown.contains("reported here: "), all.is_some(), "{:?}", entity);
            }
        }
    }
}

/// The rule that compares walkers with other addresses, alone, so that no other rule explains them first.
fn walk_rule() -> Vec<Rule> {
    crate::rule::builtin().into_iter().filter(|rule| rule.id == "object-walk").collect()
}

#[test]
fn few_peers_make_a_finding_one_level_lower_and_it_says_so() {
    let of_walk = |shops: u64| {
        let few = |line: &Line| line.2 != "shop" || line.1.rsplit('.').next().unwrap().parse::<u64>().unwrap() <= shops;
        let lines: Vec<Line> = world(1, 150, 3, 0).into_iter().filter(few).collect();
        let found = hunt(&load(&lines), &walk_rule(), &HuntOptions::default());
        found.findings.into_iter().find(|finding| finding.rule == "object-walk").unwrap()
    };
    let (many, few) = (of_walk(40), of_walk(25));
    assert!(!many.why.join(" ").contains("Compared with only"), "{:?}", many.why);
    assert!(few.why.join(" ").contains("Compared with only 25 groups of client_ip and route on the same route"));
    assert_eq!(few.level as usize + 1, many.level as usize);
}

#[test]
fn clean_time_is_what_is_compared_with_and_hides_nothing() {
    let lines = world(3, 150, 3, 0);
    let requests = load(&lines);
    let start = 1_772_582_400_000_000;
    let of = |baseline| hunt(&requests, &walk_rule(), &HuntOptions { baseline, ..HuntOptions::default() });
    let told = |hunt: &Hunt| -> Vec<String> {
        let brief = |finding: &Finding| format!("{} {:?} {:?}", finding.id, finding.level, finding.evidence);
        hunt.findings.iter().map(brief).collect()
    };
    let (plain, all) = (of(None), of(Some((0, i64::MAX))));
    assert_eq!(told(&plain), told(&all), "a clean time of everything compares with everything");
    let inside = all.findings.iter().filter(|finding| finding.why.join(" ").contains("--baseline marks as clean"));
    assert_eq!(inside.count(), all.findings.len());
    // The walkers are done after 1,050 s; the shops go on.
    let late = of(Some((start + 1_200_000_000, i64::MAX)));
    let walk = late.findings.iter().find(|finding| finding.rule == "object-walk").unwrap();
    assert!(!walk.why.join(" ").contains("marks as clean"));
    let peers = walk.measures["distinct"].population.as_ref().unwrap();
    assert!(peers.of.ends_with("in the time marked clean") && peers.n == 40, "{peers:?}");
    let notes = late.coverage.notes.join(" ");
    assert!(notes.contains("first-seen are drawn from its 350 of"), "{notes}");
    let empty = of(Some((0, 1)));
    assert_eq!(told(&plain), told(&empty));
    assert!(empty.coverage.notes.join(" ").contains("no request lies in it"));
}

#[test]
fn the_world_of_the_test_has_findings() {
    let lines = world(3, 150, 3, 5);
    let found = seen(&load(&lines), &lines, &HuntOptions::default());
    assert!(found.len() >= 2, "{found:#?}");
}

/// Somebody counts through the register and does something else more often: who else is behind the address?
fn walker_of(rest: impl Fn(Row, usize) -> Row) -> Finding {
    let lines = world(1, 150, 3, 0);
    let fill = |row: Row, at: usize| {
        let (second, ip, user, target, status) = &lines[at];
        let row = row.at(*second as f64).ip(ip).get(target).status(*status).bytes(400 + (second % 9) as i64).ua("kit");
        if user.is_empty() { row } else { row.user(&format!("{user}-{ip}")) }
    };
    let other = |row: Row, at: usize| rest(row.at(2_000.0 + at as f64).ip("198.51.100.1").status(404), at);
    let requests = Log::new().rows(lines.len(), fill).rows(400, other).build();
    hunt(&requests, &walk_rule(), &HuntOptions::default()).findings.swap_remove(0)
}

#[test]
fn an_address_is_shared_only_when_somebody_else_uses_it() {
    let of = |finding: &Finding| {
        let entity = finding.entities.iter().find(|entity| entity.kind == "client_ip").unwrap();
        (entity.role, entity.basis.clone())
    };
    let (role, basis) = of(&walker_of(|row, at| row.get(&format!("/probe/a{at}")).ua("kit")));
    assert_eq!(role, crate::finding::Role::SuspectedSource);
    assert!(basis.ends_with("nothing tells the rest from the same user"), "{basis}");
    let (role, basis) = of(&walker_of(|row, at| row.get("/stock").user(&format!("clerk{}", at % 4)).ua("kit")));
    assert_eq!(role, crate::finding::Role::Shared);
    assert!(basis.contains("4 account(s) use it"), "{basis}");
    let (role, _) = of(&walker_of(|row, at| row.get("/stock").ua(["a", "b", "c"][at % 3])));
    assert_eq!(role, crate::finding::Role::Shared);
    let (role, _) = of(&walker_of(|row, _| row.get("/stock").ua("second tool")));
    assert_eq!(role, crate::finding::Role::SuspectedSource);
}

#[test]
fn what_was_ruled_out_has_its_figure() {
    let found = hunt(&load(&world(1, 150, 3, 0)), &walk_rule(), &HuntOptions::default());
    let said = found.findings[0].ruled_out.join(" ");
    assert!(said.contains("Not retries: 0 % of it asked for what it had already."), "{said}");
    // What a rule does not say itself is read off its comparisons.
    let mut silent = walk_rule();
    silent[0].ruled_out.clear();
    silent[0].open.clear();
    let found = hunt(&load(&world(1, 150, 3, 0)), &silent, &HuntOptions::default());
    let said = found.findings[0].ruled_out.join(" ");
    assert!(said.contains("Not a poller or a reader who returns: 0 % of its requests"), "{said}");
    assert!(found.findings[0].not_ruled_out.is_empty());
}

#[test]
fn an_incident_tells_its_findings_in_order_of_time() {
    let found = hunt(&load(&world(3, 150, 3, 5)), &crate::rule::builtin(), &HuntOptions::default());
    assert!(!found.incidents.is_empty());
    for incident in &found.incidents {
        let mut ids: Vec<&String> = incident.steps.iter().map(|step| &step.finding).collect();
        assert!(incident.steps.is_sorted_by_key(|step| step.first));
        ids.sort();
        let mut all: Vec<&String> = incident.findings.iter().collect();
        all.sort();
        assert_eq!(ids, all);
    }
}

#[test]
fn a_hunt_that_was_stopped_tells_no_finding_of_what_was_not_judged() {
    let stop = Arc::new(std::sync::atomic::AtomicBool::new(true));
    let options = HuntOptions { stop: Some(Arc::clone(&stop)), ..HuntOptions::default() };
    let requests = load(&world(1, 150, 3, 0));
    let found = hunt(&requests, &walk_rule(), &options);
    assert!(found.findings.is_empty());
    assert_eq!((found.rules[0].state, found.coverage.rules_judged), (RuleState::NotEvaluable, 0));
    assert!(found.rules[0].why.contains("stopped"), "{}", found.rules[0].why);
    stop.store(false, std::sync::atomic::Ordering::Relaxed);
    assert_eq!(hunt(&requests, &walk_rule(), &options).findings.len(), 1);
}

#[test]
fn a_rule_says_itself_which_look_alikes_a_finding_is_not() {
    let mut rule = walk_rule().remove(0);
    let way = |when: Option<&str>, say: &str| RuledOut {
        when: when.map(|text| crate::expr::parse::parse(text).unwrap()),
        say: say.to_owned(),
    };
    rule.falsepositives = ["Many.", "Few.", "Slow ones.", "Others."].map(str::to_owned).into();
    rule.ruled_out = [
        (1, vec![way(None, "Not many: {distinct} of {nothing}.")]),
        (2, vec![way(Some("members > 1"), "Several: {members}."), way(Some("members = 1"), "Not few: {members}.")]),
        (3, vec![way(Some("distinct < 2"), "Not slow: {distinct}.")]),
    ]
    .into();
    rule.open = [(4, "ask the others".to_owned())].into();
    let found = hunt(&load(&world(1, 150, 3, 0)), &[rule], &HuntOptions::default());
    assert_eq!(found.findings[0].ruled_out, ["Not few: 1."], "what has no value, or does not hold, is not said");
    let open = [
        "Many. The figures of this finding do not rule it out.",
        "Slow ones. The figures of this finding do not rule it out.",
        "Others. These figures do not tell it apart: ask the others.",
    ];
    assert_eq!(found.findings[0].not_ruled_out, open);
}

#[test]
fn what_the_logs_leave_open_is_a_hint_unless_one_member_stands_out() {
    let judged = |condition: &str| {
        let mut rule = walk_rule().remove(0);
        let when = crate::expr::parse::parse(condition).unwrap();
        rule.undecided =
            vec![crate::rule::Sign { name: "q".to_owned(), when, say: "{distinct} of {members}?".to_owned() }];
        let mut lines = world(2, 150, 3, 0);
        // The second walker asks for less than the first.
        lines.retain(|line| line.1 != "198.51.100.2" || line.0 < 840);
        let mut found = hunt(&load(&lines), &[rule], &HuntOptions::default()).findings;
        assert_eq!(found.len(), 1);
        found.remove(0)
    };
    let open = judged("members = 2 AND distinct >= 100");
    assert_eq!(open.level, Level::Low);
    assert!(open.why.contains(&"150 of 2?".to_owned()) && open.why.contains(&UNDECIDED.to_owned()), "{:?}", open.why);
    let kept = judged("distinct >= 130");
    assert!(kept.level > Level::Low && !kept.why.contains(&UNDECIDED.to_owned()), "{:?}", kept.why);
}
