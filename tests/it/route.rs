//! `route`: what one endpoint answered, since when without a credential, and negatives that are bounded.

use crate::logs::{self, arg, put};
use crate::run;
use serde_json::Value;
use std::fmt::Write as _;

/// Gateway lines in JSON: members with a consumer all day, strangers without, refused until noon and answered after.
fn opened_at_noon() -> String {
    let mut text = String::new();
    let mut line = |minute: u32, client: &str, consumer: Option<&str>, status: u16, order: u32| {
        let started = 1_772_582_400_000_i64 + i64::from(minute) * 60_000;
        let consumer =
            consumer.map_or_else(String::new, |id| format!(r#","consumer":{{"id":"{id}","username":"{id}"}}"#));
        writeln!(
            text,
            r#"{{"started_at":{started},"client_ip":"{client}","request":{{"method":"GET","uri":"/v1/orders/{order}","size":80,"querystring":{{}},"headers":{{"host":"api.example","user-agent":"app/1"}}}},"response":{{"status":{status},"size":640,"headers":{{}}}},"latencies":{{"request":9,"kong":1,"proxy":8}}{consumer}}}"#
        )
        .unwrap();
    };
    for minute in 0..1200 {
        let member = format!("m{}", minute % 30);
        line(minute, &format!("198.51.100.{}", minute % 30), Some(&member), 200, 1000 + minute % 90);
        if minute % 100 == 7 {
            line(minute, "203.0.113.5", None, if minute < 720 { 401 } else { 200 }, 2000 + minute);
        }
    }
    text
}

fn asked(log: &str, template: &str) -> Value {
    let run = run(["route", template, log, "--format", "json", "-q"]);
    run.expect_end(0, &[]);
    run.json()
}

#[test]
fn since_when_an_endpoint_answers_without_a_credential() {
    let folder = tempfile::tempdir().unwrap();
    let log = put(folder.path(), "gw.log", opened_at_noon());
    let found = asked(arg(&log), "/v1/orders/{id}");
    assert_eq!((&found["schema"], &found["seen"]), (&"breachline.route/1".into(), &true.into()));
    let bare = &found["without_credential"];
    assert_eq!(bare["recorded"], true);
    assert_eq!((&bare["answered"]["requests"], &bare["answered"]["objects_answered"]), (&4.into(), &4.into()));
    assert_eq!(bare["answered"]["first"], "2026-03-04T13:27:00.000000Z");
    let ranges = bare["answered"]["lines"][0]["ranges"].as_array().unwrap();
    let text = opened_at_noon();
    let lines: Vec<&str> = text.lines().collect();
    for range in ranges {
        let line = lines[range[0].as_u64().unwrap() as usize - 1];
        assert!(line.contains("203.0.113.5") && line.contains(r#""status":200"#), "{line}");
    }
    assert_eq!(ranges.len(), 4);
    assert_eq!(bare["refused_before"]["requests"], 8);
    let states: u64 = found["states"].as_array().unwrap().iter().map(|state| state["requests"].as_u64().unwrap()).sum();
    assert_eq!(states, 1212);
    let table = run(["route", "/v1/orders/:any", arg(&log)]).out;
    for words in ["WITHOUT A CREDENTIAL", "2026-03-04 13:27:00Z", "8 requests without a valid credential were refused"]
    {
        assert!(table.contains(words), "`{words}` is not in:\n{table}");
    }
    let csv = run(["route", "/v1/orders/{id}", arg(&log), "--format", "csv"]).out;
    assert!(csv.lines().any(|line| line.starts_with("none,hit,4,4,")), "{csv}");
}

#[test]
fn what_is_not_there_is_bounded_by_the_hours_of_the_logs() {
    let folder = tempfile::tempdir().unwrap();
    let log = put(folder.path(), "gw.log", logs::text(&logs::quiet()));
    let found = asked(arg(&log), "/shop/v2/order/{id}");
    assert_eq!((&found["seen"], &found["total"]["requests"]), (&false.into(), &0.into()));
    assert_eq!(found["route"]["did_you_mean"], serde_json::json!(["/shop/v2/orders/{id}"]));
    let table = run(["route", "/shop/v2/order/{id}", arg(&log)]);
    table.expect_end(0, &[]);
    for words in
        ["no request for /shop/v2/order/{id}", "was seen between 2026-03-04 0", "did you mean", "/shop/v2/orders/{id}"]
    {
        assert!(table.out.contains(words), "`{words}` is not in:\n{}", table.out);
    }
    // A combined log shows no credential, so nothing is said about answers without one.
    let table = run(["route", "GET /shop/v2/orders/*", arg(&log)]).out;
    assert!(table.contains("whether answers were given without one is unknown"), "{table}");
    run(["route", "orders", arg(&log)]).expect_end(2, &["is no endpoint", "/v1/orders/{id}"]);
}
