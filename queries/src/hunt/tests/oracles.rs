//! Measures that look beyond their group, against brute-force twins over the rows.

use crate::hunt::{HuntOptions, hunt};
use crate::requests::Requests;
use crate::rule::Rule;
use crate::testing::Log;
use breachline_parsers::schema::{Number, Text};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

/// A request: second, client, user, route, whether it failed.
type Line = (i64, u32, u32, u32, bool);

fn lines(clients: u32, most: usize) -> impl Strategy<Value = Vec<Line>> {
    prop::collection::vec((0_i64..2_400, 0..clients, 0_u32..3, 0_u32..3, any::<bool>()), 1..most).prop_map(
        |mut lines| {
            lines.sort_unstable();
            lines
        },
    )
}

fn load(lines: &[Line]) -> Requests {
    Log::new()
        .rows(lines.len(), |row, at| {
            let (second, client, user, route, failed) = lines[at];
            let route = ["/red", "/green", "/blue"][route as usize];
            let row = row.at(second as f64).ip(&format!("192.0.2.{client}")).user(&format!("u{user}")).get(route);
            row.status(if failed { 503 } else { 200 })
        })
        .build()
}

/// The measure `m` of every group, by the group's name, as a rule that fires on all of them tells it.
fn measured(requests: &Requests, block: &str, headline: &str) -> BTreeMap<String, f64> {
    let yaml = format!(
        "title: t\nid: t\nstatus: test\nlevel: low\nfalsepositives: [x]\nbreachline:\n  what: w\n  why: w\n  \
         innocent_if: i\n  next_steps: n\n  headline: \"{headline}\"\n  roles: {{}}\n{block}"
    );
    let rule = Rule::parse(&yaml, "t.yml").unwrap();
    let found = hunt(requests, &[rule], &HuntOptions { threads: 1, each: true, ..HuntOptions::default() });
    let named = |finding: crate::finding::Finding| Some((finding.title, finding.measures.get("m")?.value));
    found.findings.into_iter().filter_map(named).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Of each route of a client's failures: who failed there of all who were there, the smallest, where 20 were.
    #[test]
    fn crowd_share_like_brute_force(lines in lines(32, 300)) {
        let of = |route: u32, failed: bool| -> BTreeSet<u32> {
            lines.iter().filter(|line| line.3 == route && (line.4 || !failed)).map(|line| line.1).collect()
        };
        let mut expected: BTreeMap<String, f64> = BTreeMap::new();
        for client in 0..32 {
            let routes: BTreeSet<u32> =
                lines.iter().filter(|line| line.1 == client && line.4).map(|line| line.3).collect();
            let shares = routes.iter().filter(|&&route| of(route, false).len() >= 20);
            let shares = shares.map(|&route| of(route, true).len() as f64 / of(route, false).len() as f64);
            if let Some(least) = shares.min_by(f64::total_cmp) {
                expected.insert(format!("192.0.2.{client}"), least);
            }
        }
        let block = "  where: status = 503\n  per: [client_ip]\n  measure: {n: count(), m: crowd_share(client_ip)}\n  when: n >= 1\n";
        prop_assert_eq!(measured(&load(&lines), block, "{client_ip}"), expected);
    }

    /// Of each client of a user: times at which it was there, was there last within the window, and another client of the
    /// user was there in between.
    #[test]
    fn alternates_like_brute_force(lines in lines(4, 40)) {
        let times = |user: u32, client: u32| -> BTreeSet<i64> {
            lines.iter().filter(|line| line.2 == user && line.1 == client).map(|line| line.0).collect()
        };
        let mut expected: BTreeMap<String, f64> = BTreeMap::new();
        for (user, client) in lines.iter().map(|line| (line.2, line.1)).collect::<BTreeSet<_>>() {
            let own: Vec<i64> = times(user, client).into_iter().collect();
            let between = |from: i64, until: i64| {
                (0..4).filter(|&other| other != client).any(|other| times(user, other).range(from + 1..until).next().is_some())
            };
            let returns = own.windows(2).filter(|pair| pair[1] - pair[0] <= 600 && between(pair[0], pair[1])).count();
            expected.insert(format!("u{user} 192.0.2.{client}"), returns as f64);
        }
        let block = "  per: [principal, client_ip]\n  among: {peers_on: [principal], at_least: 1}\n  \
                     measure: {n: count(), m: alternates('10m')}\n  when: n >= 1\n  when_alone: n >= 1\n";
        prop_assert_eq!(measured(&load(&lines), block, "{principal} {client_ip}"), expected);
    }

    /// Over a client's rows with anybody else on the route in the same ten minutes: the mean of the share of theirs that failed.
    #[test]
    fn meanwhile_share_like_brute_force(lines in lines(5, 60)) {
        let mut expected: BTreeMap<String, f64> = BTreeMap::new();
        for client in lines.iter().map(|line| line.1).collect::<BTreeSet<u32>>() {
            let shares: Vec<f64> = lines
                .iter()
                .filter(|own| own.1 == client)
                .filter_map(|own| {
                    let others = lines.iter().filter(|other| other.1 != client && other.3 == own.3 && other.0 / 600 == own.0 / 600);
                    let failed: Vec<bool> = others.map(|other| other.4).collect();
                    let count = failed.iter().filter(|&&failed| failed).count();
                    (!failed.is_empty()).then(|| count as f64 / failed.len() as f64)
                })
                .collect();
            if !shares.is_empty() {
                expected.insert(format!("192.0.2.{client}"), shares.iter().sum::<f64>() / shares.len() as f64);
            }
        }
        let joined = "  per: [client_ip]\n  measure: {n: count()}\n  when: n >= 1\n  \
                      join: {on: [client_ip], measure: {m: meanwhile_share(status = 503)}}\n";
        let of_groups = "  per: [client_ip]\n  measure: {n: count(), m: meanwhile_share(status = 503)}\n  when: n >= 1\n";
        for block in [joined, of_groups] {
            let found = measured(&load(&lines), block, "{client_ip}");
            prop_assert_eq!(found.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>());
            for (client, share) in &found {
                prop_assert!((share - expected[client]).abs() < 1e-9, "{} {} {}", client, share, expected[client]);
            }
        }
    }
}

/// Requests with ids: second, id, client, target.
type Numbered = (i64, u32, u32, u32);

fn numbered(lines: &[Numbered]) -> Requests {
    Log::new()
        .rows(lines.len(), |row, at| {
            let (second, id, client, target) = lines[at];
            let row = row.at(second as f64).text(Text::RequestId, &id.to_string()).ip(&format!("192.0.2.{client}"));
            row.get(&format!("/red/{target}?limit={}", target * 10)).status(200).bytes(700)
        })
        .build()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Rows all of which an earlier one says.
    #[test]
    fn copies_like_brute_force(lines in prop::collection::vec((0_i64..4, 0_u32..4, 0_u32..2, 0_u32..2), 1..60)) {
        let distinct: BTreeSet<&Numbered> = lines.iter().collect();
        let block = "  per: [source]\n  measure: {n: count(), m: copies()}\n  when: n >= 1\n";
        let found = measured(&numbered(&lines), block, "all");
        prop_assert_eq!(found, [("all".to_owned(), (lines.len() - distinct.len()) as f64)].into());
    }

    /// Entries asked for, and subjects for each user.
    #[test]
    fn sums_of_limits_and_fan_out_like_brute_force(lines in prop::collection::vec((0_i64..9, 0_u32..9, 0_u32..3, 0_u32..5), 1..40)) {
        let requests = numbered(&lines);
        let asked = lines.iter().map(|line| f64::from(line.3) * 10.0).sum::<f64>();
        let block = "  per: [method]\n  measure: {n: count(), m: asked_for(target)}\n  when: n >= 1\n";
        prop_assert_eq!(measured(&requests, block, "all"), [("all".to_owned(), asked)].into());
        let users: BTreeSet<u32> = lines.iter().map(|line| line.2).collect();
        let subjects: BTreeSet<u32> = lines.iter().map(|line| line.3).collect();
        let block = "  per: [method]\n  measure: {n: count(), m: \"fan_out(client_ip, target)\"}\n  when: n >= 1\n";
        let fan_out = subjects.len() as f64 / users.len() as f64;
        prop_assert_eq!(measured(&requests, block, "all"), [("all".to_owned(), fan_out)].into());
    }

    /// What a user's clients have in common, over what they would have if each drew from what the others ask for.
    #[test]
    fn overlap_like_brute_force(lines in lines(9, 200)) {
        let mut expected: BTreeMap<String, f64> = BTreeMap::new();
        for user in 0..3 {
            let (mut common, mut chance) = (0_u64, 0.0);
            for route in 0..3 {
                // What is chosen is the second, to the minute.
                let of = |own: bool| -> BTreeSet<(i64, u32)> {
                    let those = lines.iter().filter(|line| line.3 == route && (line.2 == user) == own);
                    those.map(|line| (line.0 / 60, line.1)).collect()
                };
                let (own, others) = (of(true), of(false));
                let agree = |choices: &BTreeSet<(i64, u32)>| {
                    let pairs = choices.iter().flat_map(|a| choices.iter().map(move |b| (a, b)));
                    pairs.filter(|(a, b)| a < b && a.0 == b.0).count() as u64
                };
                let clients: BTreeSet<u32> = own.iter().map(|choice| choice.1).collect();
                let each: Vec<usize> =
                    clients.iter().map(|client| own.iter().filter(|choice| choice.1 == *client).count()).collect();
                let products: usize =
                    (0..each.len()).flat_map(|a| (0..a).map(move |b| (a, b))).map(|(a, b)| each[a] * each[b]).sum();
                let pairs = others.len() * others.len().saturating_sub(1) / 2;
                common += agree(&own);
                chance += if pairs > 0 { products as f64 * (agree(&others) as f64 / pairs as f64) } else { 0.0 };
            }
            if chance >= 5.0 {
                expected.insert(format!("u{user}"), common as f64 / chance);
            }
        }
        let block = "  per: [principal]\n  measure: {n: count(), m: \"overlap_ratio(duration_us, client_ip)\"}\n  when: n >= 1\n";
        let requests = Log::new()
            .rows(lines.len(), |row, at| {
                let (second, client, user, route, _) = lines[at];
                let row = row.at(second as f64).number(Number::DurationUs, second / 60 + 1);
                let row = row.ip(&format!("192.0.2.{client}")).user(&format!("u{user}"));
                row.get(["/red", "/green", "/blue"][route as usize]).status(200)
            })
            .build();
        let found = measured(&requests, block, "{principal}");
        prop_assert_eq!(found.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>());
        for (user, ratio) in found {
            prop_assert!((ratio - expected[&user]).abs() < 1e-9, "{}: {} is not {}", user, ratio, expected[&user]);
        }
    }

    /// The hours that an account is there of all hours of the log; its requests from private addresses, where fewer
    /// addresses are private than not.
    #[test]
    fn presence_and_inside_share_like_brute_force(
        mut lines in prop::collection::vec((0_i64..100_000, 0_u32..5, 0_u32..3), 1..60),
    ) {
        lines.sort_unstable();
        let address = |client: u32| if client < 2 { format!("10.0.0.{client}") } else { format!("192.0.2.{client}") };
        let requests = Log::new()
            .rows(lines.len(), |row, at| {
                let (second, client, user) = lines[at];
                row.at(second as f64).ip(&address(client)).user(&format!("u{user}")).get("/red").status(200)
            })
            .build();
        let clients: BTreeSet<u32> = lines.iter().map(|line| line.1).collect();
        let private = clients.iter().filter(|client| **client < 2).count();
        let hour = |second: i64| second.div_euclid(3_600);
        let all = hour(lines[lines.len() - 1].0) - hour(lines[0].0) + 1;
        let (mut there, mut inside): (BTreeMap<String, f64>, BTreeMap<String, f64>) = Default::default();
        for user in 0..3 {
            let own: Vec<_> = lines.iter().filter(|line| line.2 == user).collect();
            if own.is_empty() {
                continue;
            }
            let hours: BTreeSet<i64> = own.iter().map(|line| hour(line.0)).collect();
            there.insert(format!("u{user}"), hours.len() as f64 / all as f64);
            let own_inside = own.iter().filter(|line| line.1 < 2 && private * 2 < clients.len()).count();
            inside.insert(format!("u{user}"), own_inside as f64 / own.len() as f64);
        }
        let block = |measure: &str| format!("  per: [principal]\n  measure: {{n: count(), m: {measure}}}\n  when: n >= 1\n");
        for (measure, expected) in [("presence()", there), ("inside_share()", inside)] {
            let found = measured(&requests, &block(measure), "{principal}");
            prop_assert_eq!(found.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>());
            for (user, value) in found {
                // Findings tell six digits after the point.
                prop_assert!((value - expected[&user]).abs() < 1e-5, "{}: {} is not {}", user, value, expected[&user]);
            }
        }
    }
}
