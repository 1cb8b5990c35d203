//! One day of a parcel service as three hops log it: CDN, balancer, gateway. Only the gateway knows who asks.

use crate::folder::{ranges, write_log};
use crate::kit::{Caller, HOUR, MINUTE, Rng, Story};
use chrono::DateTime;
use std::fmt::Write as _;
use std::path::Path;

const HOST: &str = "api.parcelway.example";
/// How far the balancer's clock is ahead, in milliseconds.
const AHEAD: i64 = 2_000;

/// A request on its way inwards.
struct Hop<'a> {
    caller: &'a Caller,
    method: &'a str,
    target: &'a str,
    status: u16,
    bytes: u64,
    /// When the client's request came in, and how long the gateway took.
    at: i64,
    millis: i64,
    /// Address of the CDN's node and of the balancer.
    node: String,
    balancer: &'static str,
    request_id: String,
    trace_id: String,
    /// What the gateway calls the request itself; nobody else knows it.
    own_id: String,
}

/// Writes the three logs, the lines of the attack in each, and what must be found.
pub fn write(dir: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(dir)?;
    let events = story().in_order();
    let mut rng = Rng::named("three-hops wire");
    let mut ids = Rng::named("three-hops gateway");
    // Lines with the time at which each log writes them, and whether they are of the attack.
    let mut logs: [Vec<(i64, bool, String)>; 3] = Default::default();
    for event in &events {
        let mut hop = Hop {
            caller: &event.caller,
            method: event.method,
            target: &event.target,
            status: event.status,
            bytes: event.bytes,
            at: event.at,
            millis: event.millis,
            node: format!("203.0.113.{}", 16 + rng.below(6)),
            balancer: ["10.30.1.15", "10.30.2.15"][rng.below(2) as usize],
            request_id: rng.hex(32),
            trace_id: String::new(),
            own_id: ids.hex(32),
        };
        hop.trace_id = format!("1-{:08x}-{}", hop.at / 1_000, rng.hex(24));
        let port = rng.between(20_000, 64_000);
        let (to_balancer, to_gateway) = (rng.between(2, 9), rng.between(1, 4));
        let began = hop.at + to_balancer + to_gateway;
        let ended = began + hop.millis;
        let seen_inside = event.rule == 0;
        logs[0].push((ended + to_balancer, event.attack, edge(&hop, ended + to_balancer)));
        if seen_inside {
            let line = balancer(&hop, hop.at + to_balancer + AHEAD, ended + AHEAD, port);
            logs[1].push((ended + AHEAD, event.attack, line));
            logs[2].push((ended, event.attack, gateway(&hop, began)));
        }
    }
    let mut expected = String::from(
        "# Written by `cargo run --example sample_logs`.\n# The edge logs in nginx's JSON, which says nothing of where it stands.\n\
         options = [\"--vantage\", \"*edge*=edge\"]\n",
    );
    for (name, log) in ["edge.json.gz", "balancer.log.gz", "gateway.json.gz"].into_iter().zip(&mut logs) {
        log.sort_by_key(|line| line.0);
        let text = log.iter().fold(String::new(), |mut text, line| {
            let _ = writeln!(text, "{}", line.2);
            text
        });
        write_log(&dir.join(name), text.as_bytes())?;
        let attacked: Vec<usize> = (1..).zip(log.iter()).filter(|(_, line)| line.1).map(|(at, _)| at).collect();
        let stem = name.split('.').next().unwrap_or_default();
        std::fs::write(dir.join(format!("{stem}.ranges")), ranges(&attacked))?;
        let lines = attacked.len();
        let _ = write!(
            expected,
            r#"
[[finding]]
modelled_on = "linkedin"
level_at_least = "high"
entities = [{{ kind = "client_ip", role = "instrument", any_of = ["192.0.2.77"] }}, {{ kind = "principal", role = "suspected_source", any_of = ["shop-017"] }}]
evidence_lines = {{ file = "{name}", at_least = {}, at_most = {} }}  # the attack has {lines}
precision = 0.9
recall = 0.9
attack_ranges = "{stem}.ranges"
"#,
            (lines * 9).div_ceil(10),
            lines * 10 / 9,
        );
    }
    std::fs::write(dir.join("expected.toml"), expected)
}

/// Shops follow their own parcels; one shop's key counts through everybody's. `rule` 1 marks what the CDN answers.
fn story() -> Story {
    // 12 May 2026, midnight UTC.
    let mut story = Story::new("three-hops", 1_778_544_000_000, 1);
    for index in 0..70_u64 {
        let caller = Caller::at(&format!("198.18.{}.{}", 10 + index % 9, 20 + index), "ParcelPlugin/4.2 (shop)")
            .named(format!("shop-{index:03}"))
            .with_token(Rng::named(&format!("shop key {index}")).hex(32));
        let visitor = Caller::at(&caller.ip, &caller.agent);
        let first = 400_000 + index * 731;
        for _ in 0..2 + story.rng.below(3) {
            let mut at = story.waking(0);
            story.say(at, &visitor, "GET", "/plugin/labels.css", 200, 18_220).rule = 1;
            for _ in 0..=story.rng.below(4) {
                at += story.rng.between(2_000, 60_000);
                let parcel = first + story.rng.below(9);
                match story.rng.below(10) {
                    0 => story.say(at, &caller, "POST", "/v2/parcels", 201, 310),
                    1 => story.say(at, &caller, "GET", "/v2/rates?country=PT", 200, 1_204),
                    2 => story.say(at, &caller, "GET", format!("/v2/parcels/{parcel}/label"), 200, 9_800),
                    _ => {
                        let bytes = story.size(600, 900);
                        story.say(at, &caller, "GET", format!("/v2/parcels/{parcel}"), 200, bytes)
                    }
                };
            }
        }
    }
    // A dashboard that asks for the same thing every half minute, whoever looks.
    let screen =
        Caller::at("198.19.7.7", "StatusBoard/1.0").named("shop-003").with_token(Rng::named("shop key 3").hex(32));
    for step in 0..240 {
        story.say(story.start + 9 * HOUR + step * MINUTE / 2, &screen, "GET", "/v2/summary", 200, 412);
    }
    let walker =
        Caller::at("192.0.2.77", "python-httpx/0.27").named("shop-017").with_token(Rng::named("shop key 17").hex(32));
    let mut at = story.start + 13 * HOUR;
    for step in 0..420_u64 {
        at += story.rng.between(1_500, 4_500);
        let (status, bytes) = if story.rng.chance(22) { (404, 61) } else { (200, story.size(600, 900)) };
        story.say(at, &walker, "GET", format!("/v2/parcels/{}", 401_000 + step * 3), status, bytes).attack = true;
    }
    story
}

fn edge(hop: &Hop<'_>, ended: i64) -> String {
    let seconds = ended - hop.at;
    format!(
        r#"{{"time_iso8601":"{}","msec":{}.{:03},"remote_addr":"{}","request_method":"{}","request_uri":"{}","status":{},"body_bytes_sent":{},"request_time":{}.{:03},"http_host":"{HOST}","http_user_agent":"{}","request_id":"{}","node":"{}"}}"#,
        time(ended, "%Y-%m-%dT%H:%M:%S+00:00"),
        ended / 1_000,
        ended % 1_000,
        hop.caller.ip,
        hop.method,
        hop.target,
        hop.status,
        hop.bytes,
        seconds / 1_000,
        seconds % 1_000,
        hop.caller.agent,
        hop.request_id,
        hop.node,
    )
}

fn balancer(hop: &Hop<'_>, began: i64, ended: i64, port: i64) -> String {
    let seconds = ended - began;
    format!(
        r#"https {} app/parcelway/7be40c11d2a95f36 {}:{port} 10.30.4.8:8000 0.001 {}.{:03} 0.000 {} {} {} {} "{} https://{HOST}:443{} HTTP/1.1" "{}" ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2 arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/gw/91ac52d07e64b3f8 "Root={}" "{HOST}" "arn:aws:acm:eu-west-1:111122223333:certificate/0f1e" 1 {} "forward" "-" "-" "10.30.4.8:8000" "{}" "-" "-""#,
        time(ended, "%Y-%m-%dT%H:%M:%S%.3f000Z"),
        hop.node,
        seconds / 1_000,
        seconds % 1_000,
        hop.status,
        hop.status,
        420 + hop.target.len(),
        hop.bytes + 260,
        hop.method,
        hop.target,
        hop.caller.agent,
        hop.trace_id,
        time(began, "%Y-%m-%dT%H:%M:%S%.3f000Z"),
        hop.status,
    )
}

fn gateway(hop: &Hop<'_>, began: i64) -> String {
    let caller = hop.caller;
    format!(
        r#"{{"request":{{"id":"{}","method":"{}","uri":"{}","size":{},"headers":{{"host":"{HOST}","user-agent":"{}","x-forwarded-for":"{}, {}","x-request-id":"{}","x-amzn-trace-id":"Root={}","apikey":"{}"}}}},"response":{{"status":{},"size":{},"headers":{{"content-length":"{}"}}}},"upstream_status":"{}","latencies":{{"request":{},"kong":1,"proxy":{}}},"client_ip":"{}","started_at":{began},"consumer":{{"username":"{}"}}}}"#,
        hop.own_id,
        hop.method,
        hop.target,
        380 + hop.target.len(),
        caller.agent,
        caller.ip,
        hop.node,
        hop.request_id,
        hop.trace_id,
        caller.token,
        hop.status,
        hop.bytes + 240,
        hop.bytes,
        hop.status,
        hop.millis,
        hop.millis - 1,
        hop.balancer,
        caller.principal,
    )
}

fn time(at: i64, format: &str) -> String {
    DateTime::from_timestamp_millis(at).unwrap_or_default().format(format).to_string()
}
