//! Authentication, answers and order.

use crate::requests::{Answer, Auth};
use crate::testing::{Log, Row};
use breachline_parsers::schema::{Number, Text};

#[test]
fn a_source_that_never_shows_identity_leaves_it_unknown() {
    let requests = Log::new().row(|r| r.get("/").status(200)).row(|r| r.get("/").status(401)).build();
    assert_eq!(requests.derived.auth, [Auth::Unknown, Auth::Unknown]);
    assert!(requests.derived.notes.iter().any(|note| note.contains("test.log: identity is not recorded")));
}

#[test]
fn a_source_with_identities_tells_who_had_none() {
    let requests = Log::new()
        .row(|r| r.get("/").status(200).user("ann"))
        .row(|r| r.get("/").status(200).credential("f1"))
        .row(|r| r.get("/").status(200).session("s1"))
        .row(|r| r.get("/").status(200).text(Text::ClientApp, "public-app"))
        .row(|r| r.get("/").status(401).user("ann"))
        .row(|r| r.get("/").status(403).text(Text::Error, "UAEX"))
        .row(|r| r.request("OPTIONS", "/").status(200))
        .row(|r| r.get("/").status(200).text(Text::WafAction, "waf,authenticate,forward"))
        .build();
    assert_eq!(
        requests.derived.auth,
        [
            Auth::Verified,
            Auth::Presented,
            Auth::Presented,
            Auth::None,
            Auth::Refused,
            Auth::Refused,
            Auth::Unknown,
            Auth::Verified
        ]
    );
    assert!(requests.derived.notes.is_empty(), "{:?}", requests.derived.notes);
}

/// Visitors who come by a session after a page, or after `before`, and go on with it.
fn visits(visitors: usize, before: impl Fn(Row) -> Row) -> Log {
    (0..visitors).fold(Log::new(), |log, at| {
        let at = at as i64;
        let second = |offset: i64| format!("2026-03-04T{:02}:{:02}:{offset:02}Z", at / 60, at % 60);
        let ip = format!("192.0.2.{at}");
        log.row(|r| before(r.ts(&second(0)).ip(&ip).get("/").status(200)))
            .row(|r| r.ts(&second(5)).ip(&ip).get("/fares").status(200).session(&format!("s{at}")))
    })
}

#[test]
fn a_session_that_every_visitor_is_given_authenticates_nobody() {
    let handed = visits(20, |r| r).row(|r| r.ts("2026-03-04T09:00:00Z").get("/fares").status(200)).build();
    assert!(handed.derived.auth.iter().all(|&auth| auth == Auth::Unknown));
    assert!(handed.derived.notes.iter().any(|note| note.contains("every visitor is given a session")));
    let named = visits(20, |r| r).row(|r| r.get("/fares").status(200).user("ann").session("ann")).build();
    let count = |of: Auth| named.derived.auth.iter().filter(|&&auth| auth == of).count();
    assert_eq!((count(Auth::Verified), count(Auth::None), count(Auth::Unknown)), (1, 20, 20));
}

#[test]
fn a_session_that_follows_a_sign_in_or_is_seldom_handed_out_stays_a_credential() {
    let seldom = || visits(19, |r| r);
    let sent = || visits(20, |r| r.request("POST", "/in"));
    let led = || visits(20, |r| r.status(302));
    let refused = || visits(20, |r| r.status(401));
    for log in [seldom, sent, led, refused] as [fn() -> Log; 4] {
        let requests = log().build();
        assert!(requests.derived.auth.contains(&Auth::Presented), "{:?}", requests.derived.notes);
    }
}

#[test]
fn identity_is_judged_by_source_and_large_host() {
    let requests = Log::new()
        .source("a.log")
        .rows(250, |r, _| r.host("open.example").get("/").status(200))
        .rows(10, |r, _| r.host("small.example").get("/").status(200))
        .row(|r| r.host("shop.example").get("/").status(200).user("ann"))
        .source("b.log")
        .row(|r| r.host("shop.example").get("/").status(200))
        .build();
    let auth = &requests.derived.auth;
    assert_eq!([auth[0], auth[250], auth[260], auth[261]], [Auth::Unknown, Auth::None, Auth::Verified, Auth::Unknown]);
}

#[test]
fn answers_follow_status_and_method() {
    for (method, status, want) in [
        ("GET", 200, Answer::Hit),
        ("POST", 201, Answer::Hit),
        ("GET", 206, Answer::Hit),
        ("GET", 204, Answer::Other),
        ("HEAD", 200, Answer::Hit),
        ("HEAD", 204, Answer::Other),
        ("HEAD", 304, Answer::Other),
        ("HEAD", 404, Answer::Miss),
        ("HEAD", 405, Answer::Other),
        ("HEAD", 501, Answer::Other),
        ("HEAD", 403, Answer::Denied),
        ("OPTIONS", 200, Answer::Other),
        ("OPTIONS", 403, Answer::Denied),
        ("GET", 304, Answer::Other),
        ("GET", 302, Answer::Other),
        ("GET", 499, Answer::Other),
        ("GET", 101, Answer::Other),
        ("GET", 0, Answer::Other),
        ("GET", 404, Answer::Miss),
        ("GET", 410, Answer::Miss),
        ("GET", 401, Answer::Denied),
        ("GET", 429, Answer::Denied),
        ("GET", 451, Answer::Denied),
        ("GET", 400, Answer::Error),
        ("GET", 503, Answer::Error),
        ("GET", 999, Answer::Other),
    ] {
        let requests = Log::new().row(|r| r.request(method, "/").status(status)).build();
        assert_eq!(requests.derived.answer, [want], "{method} {status}");
        assert_eq!(requests.is_hit(0), want == Answer::Hit && method != "HEAD", "{method} {status}");
    }
    // What was sent before the client went away may have been all of it.
    let gone = Log::new().row(|r| r.get("/").status(499).bytes(900)).row(|r| r.get("/").status(499).bytes(0)).build();
    assert_eq!(gone.derived.answer, [Answer::Hit, Answer::Other]);
    assert_eq!([gone.is_cut_off(0), gone.is_cut_off(1)], [true, false]);
    let blocked = Log::new().row(|r| r.get("/").status(200).text(Text::WafAction, "BLOCK")).build();
    assert_eq!(blocked.derived.answer, [Answer::Denied]);
}

#[test]
fn nothing_to_send_is_a_miss_where_things_are_looked_up() {
    let requests = Log::new()
        .rows(60, |r, i| r.get(&format!("/a/{i}")).status(if i % 3 == 0 { 204 } else { 200 }))
        .rows(60, |r, i| r.request("PUT", &format!("/a/{i}")).status(if i % 3 == 0 { 204 } else { 200 }))
        .rows(60, |r, i| r.get(&format!("/news/{}", i % 6)).status(if i % 5 > 0 { 204 } else { 200 }))
        .build();
    let answer = &requests.derived.answer;
    assert_eq!((answer[0], answer[1]), (Answer::Miss, Answer::Hit));
    assert_eq!(
        (answer[60], answer[120], answer[121]),
        (Answer::Other, Answer::Hit, Answer::Other),
        "a change; no news yet"
    );
}

#[test]
fn a_routes_empty_answer_is_a_miss() {
    let requests = Log::new()
        .rows(200, |r, i| {
            r.ip(&format!("192.0.2.{}", i % 50)).get(&format!("/a/{i}")).status(200).bytes(900 + i as i64 * 3)
        })
        // One client sweeps and mostly finds nothing.
        .rows(400, |r, i| r.ip("203.0.113.1").get(&format!("/a/{}", 1000 + i)).status(200).bytes(41))
        .row(|r| r.ip("203.0.113.1").get("/a/9000").status(200).bytes(42))
        .build();
    let answer = &requests.derived.answer;
    assert!(answer[..200].iter().all(|&answer| answer == Answer::Hit));
    assert!(answer[200..600].iter().all(|&answer| answer == Answer::Miss));
    assert_eq!(answer[600], Answer::Hit);
}

#[test]
fn parts_and_answers_cut_off_are_no_empty_answers() {
    let log = |change: fn(Row) -> Row| {
        let whole = Log::new().rows(200, |r, i| {
            r.ip(&format!("192.0.2.{}", i % 50)).get(&format!("/a/{i}")).status(200).bytes(900 + i as i64 * 3)
        });
        let few = whole.rows(80, |r, i| change(r.ip("203.0.113.1").get(&format!("/a/{}", 1000 + i)).bytes(300)));
        few.build().derived.answer[200..].to_vec()
    };
    assert!(log(|r| r.status(200)).iter().all(|&answer| answer == Answer::Miss));
    for status in [|r: Row| r.status(206), |r: Row| r.status(499)] as [fn(Row) -> Row; 2] {
        assert!(log(status).iter().all(|&answer| answer == Answer::Hit));
    }
}

#[test]
fn constant_or_usual_sizes_are_no_empty_answers() {
    let health = Log::new().rows(500, |r, _| r.get("/health").status(200).bytes(2)).build();
    assert!(health.derived.answer.iter().all(|&answer| answer == Answer::Hit));
    // Padded records: the most frequent size is not small.
    let padded = Log::new()
        .rows(600, |r, i| r.get(&format!("/a/{i}")).status(200).bytes(if i % 3 == 0 { 500 } else { 400 + i as i64 }))
        .build();
    assert!(padded.derived.answer.iter().all(|&answer| answer == Answer::Hit));
    let unsized_rows = Log::new().rows(100, |r, i| r.get(&format!("/a/{i}")).status(200)).build();
    assert!(unsized_rows.derived.answer.iter().all(|&answer| answer == Answer::Hit));
}

/// Readers of a route with answers of many sizes, its errors of 87 bytes, and what somebody else got there.
fn beside_errors(size_of: impl Fn(usize) -> i64, got: &[(u16, i64)]) -> (Vec<Answer>, Vec<bool>) {
    let known = 140;
    let requests = Log::new()
        .rows(100, |r, i| r.ip(&format!("192.0.2.{}", i % 20)).get(&format!("/a/{i}")).status(200).bytes(size_of(i)))
        .rows(40, |r, i| {
            let (status, bytes) = if i % 4 == 0 { (401, 52) } else { (404, 87) };
            r.ip(&format!("192.0.2.{}", i % 20)).get(&format!("/a/{}", 500 + i)).status(status).bytes(bytes)
        })
        .rows(got.len(), |r, i| r.ip("203.0.113.1").get(&format!("/a/{}", 1000 + i)).status(got[i].0).bytes(got[i].1))
        .build();
    let doubtful = (known..known + got.len() as u32).map(|row| requests.is_doubtful(row)).collect();
    (requests.derived.answer[known as usize..].to_vec(), doubtful)
}

#[test]
fn a_success_with_the_body_of_an_error_is_a_miss() {
    let (answers, doubtful) =
        beside_errors(|i| 900 + i as i64 * 3, &[(200, 87), (200, 52), (200, 300), (200, 903), (200, 0)]);
    assert_eq!(answers, [Answer::Miss, Answer::Miss, Answer::Hit, Answer::Hit, Answer::Hit]);
    assert_eq!(doubtful, [false; 5]);
}

#[test]
fn data_that_is_as_large_as_an_error_by_chance_stays_data() {
    // Records of 60 to 119 bytes, about two of each size: three more of 87 bytes are no surprise.
    let (answers, doubtful) = beside_errors(|i| 60 + i as i64 * 7 % 60, &[(200, 87)]);
    assert_eq!((answers[0], doubtful[0]), (Answer::Hit, false));
    // Forty of one size among sizes that two have each are.
    let (answers, doubtful) = beside_errors(|i| 60 + i as i64 * 7 % 60, &[(200, 87); 40]);
    assert!(answers.iter().all(|&answer| answer == Answer::Miss) && !doubtful[0], "{answers:?}");
    // Nine are too few to call, too many to trust.
    let (answers, doubtful) = beside_errors(|i| 60 + i as i64 * 7 % 60, &[(200, 87); 6]);
    assert_eq!((answers[0], doubtful[0]), (Answer::Hit, true));
    // Every record weighs the same, as padded ones do, and so does the error.
    let (answers, doubtful) = beside_errors(|_| 87, &[(200, 87); 3]);
    assert_eq!((answers[0], doubtful[0]), (Answer::Hit, true));
}

#[test]
fn a_few_errors_of_a_size_teach_nothing() {
    let requests = Log::new()
        .rows(100, |r, i| r.get(&format!("/a/{i}")).status(200).bytes(900 + i as i64))
        .rows(4, |r, i| r.get(&format!("/a/{}", 200 + i)).status(404).bytes(87))
        .rows(30, |r, i| r.get(&format!("/a/{}", 300 + i)).status(400).bytes(120 + i as i64))
        .row(|r| r.get("/a/400").status(200).bytes(87))
        .row(|r| r.get("/a/401").status(200).bytes(121))
        .build();
    assert_eq!(requests.derived.answer[134..], [Answer::Hit, Answer::Hit]);
    assert!(!requests.is_doubtful(134) && !requests.is_doubtful(135));
}

#[test]
fn order_is_time_then_source_then_place() {
    let requests = Log::new()
        .source("a.log")
        .row(|r| r.at(5.0).get("/0"))
        .row(|r| r.get("/1"))
        .row(|r| r.at(1.0).number(Number::Item, 3).get("/2"))
        .source("b.log")
        .row(|r| r.at(1.0).get("/3"))
        .row(|r| r.at(0.5).get("/4"))
        .build();
    assert_eq!(requests.order, [1, 4, 2, 3, 0]);
    let sorted = Log::new().rows(50, |r, i| r.at(i as f64).get("/")).build();
    assert_eq!(sorted.order, (0..50).collect::<Vec<u32>>());
}

/// The audience of `/desk` and `/gate`, where `few` of `all` callers are answered at the desk and nobody at the gate.
fn audience(all: usize, few: usize, caller: fn(Row, usize) -> Row) -> [Option<String>; 3] {
    let requests = Log::new()
        .rows(all, |r, i| caller(r.get("/shelf").status(200), i))
        .rows(few, |r, i| caller(r.get("/desk").status(200), i))
        .rows(all, |r, i| caller(r.get("/desk").status(403), i))
        .rows(all, |r, i| caller(r.get("/gate").status(404), i))
        .build();
    let audiences = requests.text("audience").unwrap();
    let of = |target: &str| {
        let row = (0..requests.rows()).find(|&row| requests.text("target").unwrap().get(row) == Some(target)).unwrap();
        audiences.get(row).map(str::to_owned)
    };
    [of("/shelf"), of("/desk"), of("/gate")]
}

#[test]
fn few_of_many_are_a_closed_set_whoever_the_callers_are() {
    let callers: [fn(Row, usize) -> Row; 3] = [
        |row, i| row.user(&format!("u{i}")),
        |row, i| row.text(Text::ClientApp, &format!("a{i}")),
        |row, i| row.ip(&format!("192.0.2.{i}")),
    ];
    let told = |audiences: [&str; 3]| audiences.map(|audience| Some(audience.to_owned()));
    for caller in callers {
        assert_eq!(audience(60, 6, caller), told(["open", "closed", "nobody"]));
        assert_eq!(audience(60, 7, caller), told(["open", "open", "nobody"]));
        assert_eq!(audience(30, 3, caller), told(["open", "closed", "nobody"]));
        assert_eq!(audience(30, 4, caller), told(["open", "open", "nobody"]));
        assert_eq!(audience(29, 1, caller), [None, None, None]);
    }
}
