//! Endpoints of small logs.

use super::*;
use crate::selection::Selection;
use crate::testing::Log;
use proptest::prelude::*;

/// Orders that members read with a credential, that were refused without one at first, and then answered.
fn orders() -> Requests {
    Log::new()
        .rows(30, |row, at| {
            let row =
                row.at(at as f64).ip(&format!("192.0.2.{}", at % 6)).user(&format!("u{}", at % 6)).credential("c");
            row.get(&format!("/v1/orders/{}", 100 + at)).status(200).bytes(50)
        })
        .rows(2, |row, at| row.at(40.0 + at as f64).ip("203.0.113.1").get("/v1/orders/101").status(403))
        .rows(3, |row, at| {
            row.at(50.0 + at as f64).ip("203.0.113.1").get(&format!("/v1/orders/{}", 101 + at)).status(200).bytes(50)
        })
        .row(|row| row.at(60.0).ip("203.0.113.1").post("/v1/orders/101").status(401))
        .rows(4, |row, at| row.at(70.0 + at as f64).ip("192.0.2.1").user("u1").get("/v1/users/me").status(200).bytes(9))
        .build()
}

#[test]
fn what_was_answered_without_a_credential_and_since_when() {
    let requests = orders();
    let found = endpoint(&requests, "/v1/orders/{id}");
    assert_eq!((found.named.how, found.rows.len()), (How::Template, 36));
    let bare = &found.bare;
    assert!(bare.is_recorded);
    assert_eq!(
        (bare.rows.as_slice(), bare.summary.objects_answered, bare.summary.bytes),
        ([32, 33, 34].as_slice(), 3, 150)
    );
    assert_eq!(bare.summary.first, requests.facts.ts(32));
    assert_eq!((bare.refused_before.as_slice(), bare.refused_after.as_slice()), ([30, 31].as_slice(), [35].as_slice()));
    let states: Vec<(Auth, Answer, usize)> =
        found.states.iter().map(|state| (state.auth, state.answer, state.rows.len())).collect();
    assert_eq!(
        states,
        [
            (Auth::None, Answer::Hit, 3),
            (Auth::None, Answer::Denied, 2),
            (Auth::Verified, Answer::Hit, 30),
            (Auth::Refused, Answer::Denied, 1),
        ]
    );
    assert_eq!(found.states.iter().map(|state| state.summary.requests).sum::<u64>(), found.summary.requests);
    assert_eq!((found.clients.distinct, found.principals.distinct, found.principals.without), (7, 6, 6));
}

#[test]
fn endpoints_are_found_however_their_open_parts_are_called() {
    let requests = orders();
    let how = |text: &str| {
        let found = endpoint(&requests, text);
        (found.named.how, found.rows.len(), found.named.routes.join(" "))
    };
    let route = || "/v1/orders/{id}".to_owned();
    for text in ["/v1/orders/:order", "/v1/orders/{orderId}", "/v1/orders/*", "/v1/orders/<id>"] {
        assert_eq!(how(text), (How::OpenParts, 36, route()), "{text}");
    }
    assert_eq!(how("POST /v1/orders/{id}"), (How::Template, 1, route()));
    assert_eq!(how("/v1/orders/101"), (How::Path, 5, route()));
    assert_eq!(how("/v1/users/me"), (How::Template, 4, "/v1/users/me".to_owned()));
}

#[test]
fn what_is_not_there_is_bounded_and_the_nearest_is_named() {
    let requests = orders();
    let near = |text: &str| {
        let found = endpoint(&requests, text);
        assert_eq!((found.named.how, found.rows.len()), (How::Unknown, 0), "{text}");
        assert_eq!((found.reach.from, found.reach.until), (requests.facts.ts(0), requests.facts.ts(39)));
        found.named.near
    };
    assert_eq!(near("/v1/order/{id}"), ["/v1/orders/{id}"]);
    assert_eq!(near("/v1/orders/999"), ["/v1/orders/{id}"]);
    assert_eq!(near("/v1/users"), ["/v1/users/me"]);
    assert_eq!(near("/admin/console/export"), [""; 0]);
}

#[test]
fn where_no_credential_is_recorded_nothing_is_said_about_it() {
    let requests =
        Log::new().rows(5, |row, at| row.at(at as f64).ip("192.0.2.1").get("/a").status(200).bytes(5)).build();
    let found = endpoint(&requests, "/a");
    assert!(!found.bare.is_recorded && found.bare.rows.is_empty());
    let mut requests = requests;
    requests.limit(&Selection { since: requests.facts.ts(2), until: requests.facts.ts(4), condition: None });
    assert_eq!(endpoint(&requests, "/a").rows, [2, 3]);
    requests.limit(&Selection { condition: crate::selection::condition("line_no >= 4").ok(), ..Selection::default() });
    assert_eq!(endpoint(&requests, "/a").rows, [3, 4]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// What was answered without a credential, and the refusals on either side, as told row by row.
    #[test]
    fn states_agree_with_a_look_at_every_row(
        log in proptest::collection::vec((0_u32..30, proptest::bool::ANY, 0_usize..4, proptest::bool::weighted(0.8)), 1..60),
    ) {
        let statuses = [200, 403, 401, 404];
        let requests = Log::new()
            .rows(log.len(), |row, at| {
                let (second, signed, status, here) = log[at];
                let row = row.at(f64::from(second)).ip("192.0.2.1").get(if here { "/v1/orders/7" } else { "/v1/users/me" });
                let row = if signed { row.user("ann").credential("c") } else { row };
                row.status(statuses[status]).bytes(10)
            })
            // A credential is recorded here.
            .row(|row| row.at(99.0).ip("192.0.2.1").user("ann").get("/v1/users/me").status(200).bytes(10))
            .build();
        let found = endpoint(&requests, "/v1/orders/7");
        let mut here: Vec<usize> = (0..log.len()).filter(|&at| log[at].3).collect();
        here.sort_by_key(|&at| (log[at].0, at));
        prop_assert_eq!(found.rows.iter().map(|&row| row as usize).collect::<Vec<_>>(), here.clone());
        prop_assert_eq!(found.states.iter().map(|state| state.rows.len()).sum::<usize>(), here.len());
        let bare: Vec<usize> = here.iter().copied().filter(|&at| !log[at].1 && log[at].2 == 0).collect();
        prop_assert_eq!(found.bare.rows.iter().map(|&row| row as usize).collect::<Vec<_>>(), bare.clone());
        let is_refused = |at: &usize| log[*at].2 == 2 || (!log[*at].1 && log[*at].2 == 1);
        let place = |at: usize| here.iter().position(|&other| other == at);
        let (first, last) = (bare.first().and_then(|&at| place(at)), bare.last().and_then(|&at| place(at)));
        let refused = |keep: &dyn Fn(Option<usize>) -> bool| here.iter().filter(|at| is_refused(at) && keep(place(**at))).count();
        prop_assert_eq!(found.bare.refused_before.len(), refused(&|at| first.is_some() && at < first));
        prop_assert_eq!(found.bare.refused_after.len(), refused(&|at| last.is_some() && at > last));
    }
}
