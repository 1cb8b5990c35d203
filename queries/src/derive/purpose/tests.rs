//! What attempts come to, on routes that tell it by status, by redirect, by size, and not at all.

use crate::requests::Answer;
use crate::requests::Requests;
use crate::testing::Log;

/// The values of `attempt`, in order of the rows; `-` where there is none.
fn attempts(requests: &Requests) -> Vec<&str> {
    let Some(view) = requests.text("attempt") else { unreachable!("attempt is a column") };
    (0..requests.rows()).map(|row| view.get(row).unwrap_or("-")).collect()
}

#[test]
fn statuses_tell_where_a_route_refuses_by_them() {
    let requests = Log::new()
        .rows(3, |r, i| r.at(i as f64).ip(&format!("192.0.2.{i}")).request("POST", "/login").status(401))
        .rows(3, |r, i| r.at((10 + i) as f64).ip(&format!("192.0.2.{i}")).request("POST", "/login").status(200))
        .row(|r| r.at(20.0).ip("192.0.2.1").request("POST", "/login").status(503))
        .row(|r| r.at(21.0).ip("192.0.2.1").get("/login").status(200))
        .row(|r| r.at(22.0).ip("192.0.2.1").request("POST", "/orders").status(400))
        .build();
    let expected = ["failed", "failed", "failed", "succeeded", "succeeded", "succeeded", "-", "-", "-"];
    assert_eq!(attempts(&requests), expected);
    let kind = requests.text("route_kind").and_then(|view| view.get(7).map(str::to_owned));
    assert_eq!(kind.as_deref(), Some("sign_in"));
}

#[test]
fn a_form_tells_by_redirect_and_by_what_follows() {
    // Six who fail (200, the form again) and try again, six who are redirected and read on.
    let requests = Log::new()
        .rows(6, |r, i| r.at((i * 60) as f64).ip(&format!("192.0.2.{i}")).request("POST", "/account/logon").status(200))
        .rows(6, |r, i| {
            r.at((1_000 + i * 60) as f64).ip(&format!("198.51.100.{i}")).request("POST", "/account/logon").status(302)
        })
        .rows(6, |r, i| r.at((1_005 + i * 60) as f64).ip(&format!("198.51.100.{i}")).get("/home").status(200))
        .build();
    let all = attempts(&requests);
    assert_eq!((&all[..6], &all[6..12]), (["failed"; 6].as_slice(), ["succeeded"; 6].as_slice()));
    let answer = &requests.derived.answer;
    assert_eq!((answer[0], answer[6]), (Answer::Denied, Answer::Hit), "a form shown again refuses; a redirect lets in");
}

#[test]
fn a_form_without_redirects_tells_by_the_size_that_nobody_goes_on_from() {
    let requests = Log::new()
        .rows(9, |r, i| {
            r.at((i * 60) as f64).ip(&format!("192.0.2.{i}")).request("POST", "/signin").status(200).bytes(4_711)
        })
        .rows(6, |r, i| {
            r.at((1_000 + i * 60) as f64)
                .ip(&format!("198.51.100.{i}"))
                .request("POST", "/signin")
                .status(200)
                .bytes(900 + i as i64)
        })
        .rows(6, |r, i| r.at((1_005 + i * 60) as f64).ip(&format!("198.51.100.{i}")).get("/home").status(200))
        .build();
    let all = attempts(&requests);
    assert_eq!((&all[..9], &all[9..15]), (["failed"; 9].as_slice(), ["succeeded"; 6].as_slice()));
}

#[test]
fn what_cannot_be_told_stays_unjudged() {
    // All answered alike, all read on.
    let requests = Log::new()
        .rows(12, |r, i| {
            r.at((i * 60) as f64)
                .ip(&format!("192.0.2.{i}"))
                .request("POST", "/signin")
                .status(200)
                .bytes(900 + i as i64 % 2)
        })
        .rows(12, |r, i| r.at((i * 60 + 5) as f64).ip(&format!("192.0.2.{i}")).get("/home").status(200))
        .build();
    assert!(attempts(&requests).iter().all(|attempt| *attempt == "-"));
}

/// Twelve people who sign in every other hour at `target` and read on, half of them after a slip, each by name.
fn signing_in(target: &str) -> Log {
    (0..3).fold(Log::new(), |log, visit| {
        let at = |i: usize, seconds: usize| (visit * 90_000 + i * 600 + seconds) as f64;
        let ip = |i: usize| format!("192.0.2.{i}");
        log.rows(6, |r, i| r.at(at(i, 0)).ip(&ip(i)).request("POST", target).status(200).bytes(2_222))
            .rows(12, |r, i| r.at(at(i, 20)).ip(&ip(i)).request("POST", target).status(302).bytes(318))
            .rows(12, |r, i| r.at(at(i, 21)).ip(&ip(i)).get("/style/a.css").status(200).bytes(90))
            .rows(12, |r, i| r.at(at(i, 23)).ip(&ip(i)).get("/home").user(&format!("u{i}")).status(200).bytes(4_000))
    })
}

fn kinds(requests: &Requests) -> Vec<&str> {
    let Some(view) = requests.text("route_kind") else { unreachable!("route_kind is a column") };
    let mut kinds: Vec<&str> = (0..requests.rows()).filter_map(|row| view.get(row)).collect();
    kinds.dedup();
    kinds
}

#[test]
fn where_signed_in_use_begins_is_where_one_signs_in() {
    let requests = signing_in("/xq/71a").build();
    assert_eq!(kinds(&requests), ["sign_in"]);
    let all = attempts(&requests);
    assert_eq!((&all[..6], &all[6..18]), (["failed"; 6].as_slice(), ["succeeded"; 12].as_slice()));
}

#[test]
fn searches_starts_and_renewals_are_no_sign_in() {
    // A search by people who are not signed in, some of whom sign in next.
    let searches = signing_in("/login")
        .rows(12, |r, i| {
            r.at((i * 600 + 10) as f64).ip(&format!("192.0.2.{i}")).request("POST", "/find").status(200).bytes(700)
        })
        .rows(40, |r, i| {
            r.at((i * 600 + 10) as f64)
                .ip(&format!("198.51.100.{i}"))
                .request("POST", "/find")
                .status(200)
                .bytes(700 + i as i64 % 2)
        })
        .build();
    assert_eq!(kinds(&searches), ["sign_in"]);
    let Some(targets) = searches.text("target") else { unreachable!("target is a column") };
    let Some(kind) = searches.text("route_kind") else { unreachable!("route_kind is a column") };
    assert!((0..searches.rows()).all(|row| targets.get(row) != Some("/find") || kind.get(row).is_none()));
    // What an app sends at its start never fails and is never tried again.
    let starts = (0..30).fold(Log::new(), |log, i| {
        let (at, ip) = (f64::from(i) * 600.0, format!("192.0.2.{}", i % 15));
        log.row(|r| r.at(at).ip(&ip).request("POST", "/hello").status(200).bytes(20))
            .row(|r| r.at(at + 2.0).ip(&ip).get("/home").user(&format!("u{}", i % 15)).status(200).bytes(4_000))
    });
    assert!(kinds(&starts.build()).is_empty());
    // A token is renewed by whoever used the account just before, and again after a failure.
    let renewals = (0..60).fold(Log::new(), |log, i| {
        let (at, ip) = (f64::from(i / 15 * 900 + i % 15), format!("192.0.2.{}", i % 15));
        let home =
            |r: crate::testing::Row, at: f64| r.at(at).ip(&ip).get("/home").user(&format!("u{}", i % 15)).status(200);
        log.row(|r| home(r, at))
            .row(|r| r.at(at + 200.0).ip(&ip).request("POST", "/t").status(if i % 3 == 0 { 401 } else { 200 }))
            .row(|r| r.at(at + 210.0).ip(&ip).request("POST", "/t").status(200))
            .row(|r| home(r, at + 220.0))
    });
    assert!(kinds(&renewals.build()).is_empty());
}

#[test]
fn sizes_are_told_apart_by_who_is_signed_in_next() {
    // All go on to public pages; only those of the other size have a name there.
    let requests = Log::new()
        .rows(8, |r, i| {
            r.at((i * 60) as f64).ip(&format!("192.0.2.{i}")).request("POST", "/giris").status(200).bytes(71)
        })
        .rows(8, |r, i| r.at((i * 60 + 5) as f64).ip(&format!("192.0.2.{i}")).get("/help").status(200).bytes(900))
        .rows(6, |r, i| {
            r.at((1_000 + i * 60) as f64)
                .ip(&format!("198.51.100.{i}"))
                .request("POST", "/giris")
                .status(200)
                .bytes(640 + i as i64)
        })
        .rows(6, |r, i| r.at((1_005 + i * 60) as f64).ip(&format!("198.51.100.{i}")).get("/help").user("u").status(200))
        .build();
    let all = attempts(&requests);
    assert_eq!((&all[..8], &all[16..22]), (["failed"; 8].as_slice(), ["succeeded"; 6].as_slice()));
}

#[test]
fn a_size_that_says_who_asked_is_no_refusal() {
    // A token's length is that of the client's kind; few are refused, and by status. The desks share a way out.
    let requests = Log::new()
        .rows(120, |r, i| {
            r.at((i * 60) as f64).ip(&format!("192.0.2.{}", i % 2)).request("POST", "/token").status(200).bytes(1_610)
        })
        .rows(60, |r, i| {
            r.at((i * 120 + 7) as f64)
                .ip(&format!("198.51.100.{i}"))
                .request("POST", "/token")
                .status(200)
                .bytes(1_480 + i as i64)
        })
        .rows(60, |r, i| r.at((i * 120 + 9) as f64).ip(&format!("198.51.100.{i}")).get("/home").status(200))
        .rows(2, |r, i| r.at((i * 60) as f64).ip(&format!("203.0.113.{i}")).request("POST", "/token").status(400))
        .build();
    let all = attempts(&requests);
    assert!(all[..180].iter().all(|attempt| *attempt == "succeeded"), "nobody got both sizes");
    assert_eq!(&all[240..], ["failed"; 2]);
}

#[test]
fn a_use_begins_behind_the_redirects_of_its_form() {
    // No word tells; the form leads through a call-back and the exchange of a code. Every fourth mistypes first.
    let mut log = Log::new();
    for i in 0..40 {
        let (at, ip, user) = (f64::from(i * 100), format!("192.0.2.{i}"), format!("u{i}"));
        let step = |log: Log, after: f64, method: &'static str, path: &'static str, status: u16, named: bool| {
            log.row(|r| {
                let row = r.at(at + after).ip(&ip).request(method, path).status(status);
                if named { row.user(&user) } else { row }
            })
        };
        if i % 4 == 0 {
            log = step(log, 0.0, "POST", "/xyz/form", 200, false);
        }
        log = step(log, 12.0, "POST", "/xyz/form", 302, false);
        log = step(log, 12.6, "GET", "/xyz/back", 302, false);
        log = step(log, 13.4, "POST", "/xyz/swap", 200, false);
        log = step(log, 16.0, "GET", "/start", 200, true);
    }
    let requests = log.build();
    let kinds = requests.text("route_kind").map(|view| [0, 1].map(|row| view.get(row).map(str::to_owned)));
    assert_eq!(kinds, Some([Some("sign_in".to_owned()), Some("sign_in".to_owned())]));
    assert_eq!(attempts(&requests)[..2], ["failed", "succeeded"]);
}

#[test]
fn where_strangers_are_asked_for_a_password_nobody_changes_one() {
    let log = |strangers: usize| {
        Log::new()
            .rows(20, |r, i| r.at(i as f64).ip(&format!("192.0.2.{i}")).request("POST", "/portal/parool").status(200))
            .rows(strangers, |r, i| {
                r.at((100 + i) as f64).ip(&format!("198.51.100.{i}")).request("POST", "/portal/parool").status(401)
            })
            .build()
    };
    let kind = |requests: &Requests| requests.text("route_kind").and_then(|view| view.get(0).map(str::to_owned));
    assert_eq!(kind(&log(1)).as_deref(), Some("setting"), "a session may run out");
    assert_eq!(kind(&log(6)).as_deref(), Some("sign_in"));
}
