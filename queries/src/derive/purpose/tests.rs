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
