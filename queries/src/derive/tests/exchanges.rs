//! Rows of several vantages that are one request.

use crate::exchanges::Basis;
use crate::requests::{Auth, Requests};
use crate::testing::{Log, Row};
use breachline_parsers::report::Vantage;
use breachline_parsers::schema::{Number, Text};
use proptest::prelude::*;
use std::collections::BTreeSet;

/// One request, and which hops log it.
#[derive(Clone, Debug)]
struct Sent {
    millis: i64,
    client: u8,
    path: u16,
    status: u16,
    edge: bool,
    gateway: bool,
}

fn from_edge(row: Row, sent: &Sent, ahead: f64) -> Row {
    row.at(sent.millis as f64 / 1e3 + ahead)
        .ip(&format!("198.51.100.{}", sent.client))
        .ua(&format!("agent/{}", sent.client % 3))
        .get(&format!("/things/{}", sent.path))
        .status(sent.status)
        .bytes(900)
        .number(Number::DurationUs, 20_000)
}

fn from_gateway(row: Row, sent: &Sent) -> Row {
    row.at(sent.millis as f64 / 1e3 + 0.004)
        .ip("10.0.0.7")
        .forwarded(&format!("198.51.100.{}", sent.client))
        .get(&format!("/things/{}", sent.path))
        .status(sent.status)
        .bytes(400)
        .user(&format!("u{}", sent.client))
        .number(Number::DurationUs, 9_000)
}

/// An edge whose clock is ahead, then a gateway; which request each row tells of stands in the second value.
fn load(sent: &[Sent], ahead: f64, order: &[usize]) -> (Requests, Vec<usize>) {
    let of = |seen: fn(&Sent) -> bool| -> Vec<usize> { order.iter().copied().filter(|&at| seen(&sent[at])).collect() };
    let (edge, gateway) = (of(|sent| sent.edge), of(|sent| sent.gateway));
    let log = Log::new()
        .source("edge.log")
        .report(|report| report.vantage = Some(Vantage::Edge))
        .rows(edge.len(), |row, at| from_edge(row, &sent[edge[at]], ahead))
        .source("gateway.log")
        .rows(gateway.len(), |row, at| from_gateway(row, &sent[gateway[at]]));
    (log.build(), edge.into_iter().chain(gateway).collect())
}

/// Linked rows as pairs of requests, sorted.
fn linked(requests: &Requests, truth: &[usize]) -> Vec<(usize, usize)> {
    let exchanges = &requests.derived.exchanges;
    let mut pairs = Vec::new();
    for row in 0..requests.rows() as u32 {
        if let [outer, inner] = exchanges.members(row)
            && *outer == row
        {
            pairs.push((truth[*outer as usize], truth[*inner as usize]));
        }
        assert!(exchanges.members(row).len() <= 2 || exchanges.is_empty());
    }
    pairs.sort_unstable();
    pairs
}

fn sent() -> impl Strategy<Value = Sent> {
    // Few paths and clients in few seconds: now and then two requests look alike.
    (0_i64..600_000, 1_u8..6, 0_u16..60, prop::sample::select(vec![200_u16, 200, 200, 404]), 0_u8..20).prop_map(
        |(millis, client, path, status, seen)| Sent {
            millis,
            client,
            path,
            status,
            edge: seen != 1,
            gateway: seen > 3 || seen == 1,
        },
    )
}

/// What both hops log of a request is the same.
fn alike(a: &Sent, b: &Sent) -> bool {
    (a.client, a.path, a.status) == (b.client, b.path, b.status)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn links_like_the_oracle(
        sent in prop::collection::vec(sent(), 80..160),
        ahead in prop::sample::select(vec![0.0, 3.2, -41.0, 32_400.0]),
        keys in prop::collection::vec(any::<u32>(), 160),
    ) {
        let order: Vec<usize> = (0..sent.len()).collect();
        let (requests, truth) = load(&sent, ahead, &order);
        let found = linked(&requests, &truth);
        // Precision: whatever is linked is one request, or two that no field of the logs tells apart.
        for &(a, b) in &found {
            prop_assert!(a == b || alike(&sent[a], &sent[b]), "{a} {b}");
            prop_assert!(a == b || (sent[a].millis - sent[b].millis).abs() <= 2_100, "{a} {b}");
        }
        // Recall: what both hops log and nothing like it near is certain.
        let near = |a: &Sent, b: &Sent| alike(a, b) && (a.millis - b.millis).abs() <= 5_000;
        let certain: BTreeSet<usize> = order
            .iter()
            .copied()
            .filter(|&at| sent[at].edge && sent[at].gateway)
            .filter(|&at| sent.iter().filter(|other| near(&sent[at], other)).count() == 1)
            .collect();
        let inner = sent.iter().filter(|sent| sent.gateway).count();
        if certain.len() * 100 >= inner * 92 {
            for &at in &certain {
                prop_assert!(found.binary_search(&(at, at)).is_ok(), "request {at} is not linked");
            }
        }
        // The order of lines in a file changes nothing, as long as no two requests look alike.
        if certain.len() == sent.iter().filter(|sent| sent.edge && sent.gateway).count() {
            let mut shuffled = order.clone();
            shuffled.sort_by_key(|&at| keys[at % keys.len()]);
            let (requests, truth) = load(&sent, ahead, &shuffled);
            prop_assert_eq!(linked(&requests, &truth), found);
        }
    }
}

/// Requests ten seconds apart, each to a path of its own, seen by both hops.
fn plain(count: u16) -> Vec<Sent> {
    let one = |at: u16| Sent {
        millis: i64::from(at) * 10_000,
        client: (at % 5) as u8 + 1,
        path: at,
        status: 200,
        edge: true,
        gateway: true,
    };
    (0..count).map(one).collect()
}

#[test]
fn one_vantage_costs_nothing() {
    let requests = Log::new().rows(3, |row, at| row.at(at as f64).get("/a").status(200)).build();
    assert!(requests.derived.exchanges.is_empty() && requests.counted().count() == 3);
    assert_eq!(requests.derived.exchanges.number(2), 3);
}

#[test]
fn the_row_that_counts_is_told_what_the_others_know() {
    let sent = plain(30);
    let order: Vec<usize> = (0..sent.len()).collect();
    let (requests, _) = load(&sent, 0.0, &order);
    assert_eq!(requests.counted().count(), 30);
    let counted: Vec<u32> = requests.counted().collect();
    let row = counted[7];
    assert_eq!(requests.facts.source(row as usize), 1, "the gateway knows who asks");
    assert_eq!(requests.text("user_agent").unwrap().get(row as usize), None);
    assert_eq!(requests.told("user_agent").unwrap().get(row as usize), Some("agent/0"));
    assert_eq!(requests.told("client_ip").unwrap().get(row as usize), Some("198.51.100.3"));
    // The rows of the edge take the authentication of their exchange.
    assert!(requests.derived.auth.iter().all(|&auth| auth == Auth::Verified));
    assert_eq!(requests.cited(&[row]).len(), 2);
    assert_eq!(requests.derived.exchanges.basis(row as usize), Some(Basis::Inferred));
}

#[test]
fn a_wrong_zone_is_named_with_the_flag_that_mends_it() {
    let sent = plain(30);
    let order: Vec<usize> = (0..sent.len()).collect();
    let log = Log::new()
        .source("edge.log")
        .report(|report| {
            report.vantage = Some(Vantage::Edge);
            report.zone = "assumed UTC".to_owned();
        })
        .rows(30, |row, at| from_edge(row, &sent[order[at]], 9.0 * 3_600.0))
        .source("gateway.log")
        .rows(30, |row, at| from_gateway(row, &sent[at]));
    let requests = log.build();
    let notes = requests.derived.notes.join("\n");
    assert!(notes.contains("clock of edge.log is 32400 s ahead of that of the gateway, from 30 "), "{notes}");
    assert!(notes.contains("--assume-tz 'edge.log=Etc/GMT-9'"), "{notes}");
    assert_eq!(requests.counted().count(), 30, "linked all the same");
    assert_eq!(requests.facts.ts(0), Some(1_772_582_400_000_000 + 32_400_000_000), "and never rewritten");
}

#[test]
fn vantages_of_two_sites_are_not_added_up() {
    // The same few paths of any site, at about the same times, by different people.
    let log = Log::new()
        .source("edge.log")
        .report(|report| report.vantage = Some(Vantage::Edge))
        .rows(300, |row, at| {
            let path = ["/", "/login", "/robots.txt"][at * 7 % 3];
            row.at(at as f64 * 11.3).ip(&format!("198.51.100.{}", at % 50)).get(path).status(200)
        })
        .source("gateway.log")
        .rows(300, |row, at| {
            let path = ["/", "/login", "/robots.txt"][at * 5 % 3];
            row.at(at as f64 * 12.7).ip(&format!("203.0.113.{}", at % 50)).get(path).status(200)
        });
    let requests = log.build();
    assert!(requests.derived.exchanges.basis.iter().all(Option::is_none));
    assert_eq!(requests.counted().count(), 600);
    assert_ne!(requests.family(0), requests.family(1));
    let notes = requests.derived.notes.join("\n");
    assert!(notes.contains("edge and gateway could not be linked (share of "), "{notes}");
}

fn hop(vantage: Vantage, log: Log) -> Log {
    log.source(&format!("{}.log", vantage.name())).report(|report| report.vantage = Some(vantage))
}

#[test]
fn an_id_links_what_it_names_once_and_nothing_else() {
    let trace = "Root=1-58337281-1d84f3d73c47ec4e58577259";
    let log = hop(Vantage::Balancer, Log::new())
        .row(|row| row.at(0.0).get("/checkout").status(200).text(Text::TraceId, trace))
        .row(|row| row.at(1.0).get("/a").status(200).text(Text::RequestId, "always the same"))
        .row(|row| row.at(2.0).get("/b").status(200).text(Text::RequestId, "always the same"));
    let log = hop(Vantage::Gateway, log)
        .row(|row| row.at(0.1).get("/checkout").status(200).text(Text::TraceId, "1-58337281-1d84f3d73c47ec4e58577259"))
        .row(|row| row.at(0.2).request("POST", "/payments").status(201).text(Text::TraceId, trace))
        .row(|row| row.at(0.3).get("/stock/7").status(200).text(Text::TraceId, trace))
        .row(|row| row.at(9.0).get("/c").status(200).text(Text::RequestId, "always the same"));
    let requests = log.build();
    let exchanges = &requests.derived.exchanges;
    let sizes: Vec<usize> = (0..7).map(|row| exchanges.members(row).len()).collect();
    assert_eq!(sizes, [2, 1, 1, 2, 1, 1, 1]);
    assert_eq!(exchanges.basis(0), Some(Basis::TraceId));
    assert_eq!((exchanges.number(0), exchanges.number(3), exchanges.number(4)), (1, 1, 4));
}

/// Requests that both hops log under one id, in the column that `name` makes of the number of a request.
fn with_ids(sent: &[Sent], ahead: f64, name: impl Fn(usize) -> [(Text, String); 2]) -> Log {
    let log = hop(Vantage::Edge, Log::new()).rows(sent.len(), |row, at| {
        let [(column, id), _] = name(at);
        from_edge(row, &sent[at], ahead).text(column, &id)
    });
    hop(Vantage::Gateway, log).rows(sent.len(), |row, at| {
        let [_, (column, id)] = name(at);
        from_gateway(row, &sent[at]).text(column, &id)
    })
}

#[test]
fn ids_of_several_hops_stand_in_extra() {
    let sent = plain(20);
    let requests = with_ids(&sent, 37.0, |at| {
        let ray = format!("8a7b6c5d4e3f{at:04x}");
        let extra = format!("captures=a\u{1f}x-correlation-id=c-{at}\u{1f}cf-ray={ray}-ICN");
        [(Text::RequestId, ray), (Text::Extra, extra)]
    })
    .build();
    let exchanges = &requests.derived.exchanges;
    assert!((0..40).all(|row| exchanges.basis(row) == Some(Basis::RequestId)), "{:?}", exchanges.basis);
    assert_eq!(requests.counted().count(), 20);
    let clock = exchanges.clocks[0].clone();
    assert!(clock.exact && (clock.offset_us - 37_000_000).abs() < 10_000, "{clock:?}");
}

#[test]
fn an_id_that_is_sent_again_at_another_time_hides_nothing() {
    let id = |at: usize| format!("request-{at:04}");
    let sent = plain(40);
    let both = |at: usize| [(Text::RequestId, id(at)), (Text::RequestId, id(at))];
    let log = with_ids(&sent, 37.0, both)
        // Two hours after request 7, past the edge, under its id.
        .row(|row| row.at(7_270.0).ip("198.51.100.9").get("/admin/export").status(200).text(Text::RequestId, &id(40)))
        .source("edge-2.log")
        .report(|report| report.vantage = Some(Vantage::Edge))
        .row(|row| row.at(107.0).ip("198.51.100.9").get("/health").status(200).text(Text::RequestId, &id(40)));
    let requests = log.build();
    let exchanges = &requests.derived.exchanges;
    let alone = [80, 81].map(|row| exchanges.members(row).len());
    assert_eq!(alone, [1, 1], "hours lie between them");
    assert_eq!((0..80).filter(|&row| exchanges.members(row).len() == 2).count(), 80);
    assert!(exchanges.counts(80) && exchanges.counts(81));
}

#[test]
fn a_few_ids_of_a_client_do_not_set_a_clock() {
    // Nobody passes ids on but one client, who sends six under ids that it used an hour before.
    let sent = plain(90);
    let log = hop(Vantage::Edge, Log::new()).rows(90, |row, at| from_edge(row, &sent[at], 0.0));
    let again = |row: Row, at: usize, hour: f64| {
        row.at(hour + at as f64)
            .ip("198.51.100.9")
            .get("/things/9999")
            .status(200)
            .text(Text::RequestId, &format!("sent-twice-{at}"))
    };
    let log = log.rows(6, |row, at| again(row, at, 0.5));
    let log = hop(Vantage::Gateway, log).rows(90, |row, at| from_gateway(row, &sent[at]));
    let requests = log.rows(6, |row, at| again(row, at, 3_600.5)).build();
    let exchanges = &requests.derived.exchanges;
    let offsets: Vec<i64> = exchanges.clocks.iter().map(|clock| clock.offset_us.abs()).collect();
    assert!(offsets.iter().all(|&offset| offset < 1_000_000), "{:?}", exchanges.clocks);
    assert_eq!((0..90).filter(|&row| exchanges.members(row).len() == 2).count(), 90);
    assert!((90..96).all(|row| exchanges.members(row).len() == 1));
}

#[test]
fn requests_that_cannot_be_told_apart_count_at_one_vantage() {
    // Three polls in a moment, of which the edge answered one itself: which two went through, nobody can say.
    let mut sent = plain(40);
    for at in 0..3 {
        let poll = Sent { millis: 5_000 + at, client: 9, path: 999, status: 200, edge: true, gateway: at > 0 };
        sent.push(poll);
    }
    let order: Vec<usize> = (0..sent.len()).collect();
    let (requests, truth) = load(&sent, 0.0, &order);
    let found = linked(&requests, &truth);
    assert_eq!(found.len(), 40, "none of the polls is linked");
    assert_eq!(requests.counted().count(), 43, "but they are three requests, not five");
    assert!(requests.derived.notes.iter().any(|note| note.starts_with("2 lines tell of requests")));
}

#[test]
fn a_tie_further_out_counts_once_as_well() {
    // Balancer and gateway agree on two polls, the edge has three: three requests, whoever sent which.
    let sent = plain(40);
    let poll = |row: Row, at: usize| row.at(5.0 + at as f64 / 1e3).get("/poll").status(200).bytes(400);
    let from_balancer = |row: Row, sent: &Sent| from_gateway(row, sent).text(Text::Principal, "").ip("10.0.0.3");
    let log = hop(Vantage::Edge, Log::new())
        .rows(40, |row, at| from_edge(row, &sent[at], 0.0))
        .rows(3, |row, at| poll(row, at).ip("198.51.100.9").ua("agent/0"));
    let log = hop(Vantage::Balancer, log)
        .rows(40, |row, at| from_balancer(row, &sent[at]))
        .rows(2, |row, at| poll(row, at).ip("10.0.0.3").forwarded("198.51.100.9"));
    let log = hop(Vantage::Gateway, log)
        .rows(40, |row, at| from_gateway(row, &sent[at]))
        .rows(2, |row, at| poll(row, at).ip("10.0.0.7").forwarded("198.51.100.9"));
    let requests = log.build();
    assert_eq!(requests.counted().count(), 43);
}

#[test]
fn what_the_client_saw_is_the_answer() {
    let mut sent = plain(30);
    sent[4].status = 504;
    let log = Log::new()
        .source("edge.log")
        .report(|report| report.vantage = Some(Vantage::Edge))
        .rows(30, |row, at| from_edge(row, &sent[at], 0.0))
        .source("gateway.log")
        .rows(30, |row, at| from_gateway(row, &Sent { status: 200, ..sent[at].clone() }));
    let requests = log.build();
    let late: Vec<u32> =
        requests.counted().filter(|&row| requests.derived.answer[row as usize].name() == "error").collect();
    assert_eq!(late.len(), 1, "the gateway answered, but nobody was there any more");
    assert_eq!(requests.facts.status(late[0] as usize), Some(200));
    assert_eq!(requests.counted().count(), 30);
}
