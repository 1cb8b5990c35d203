//! How a request is written down: one function for each log format.

use crate::kit::{Event, Rng};
use chrono::{DateTime, FixedOffset, Utc};

/// A log format together with what the deployment behind it prints.
#[derive(Clone, Copy)]
pub enum Format {
    /// nginx or Apache `combined`; minutes east of UTC.
    Combined(i32),
    /// Apache `vhost_combined`: host and port first; minutes east of UTC.
    VhostCombined(&'static str, i32),
    /// nginx with a JSON `log_format`: variables under their own names; minutes east of UTC.
    NginxJson(&'static str, i32),
    /// Kong `file-log`.
    Kong(&'static str),
    /// AWS API Gateway access log in JSON.
    ApiGateway(&'static str),
    /// AWS application load balancer.
    Balancer(&'static str),
    /// Envoy's default text format.
    Envoy(&'static str),
}

fn utc(at: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(at).unwrap_or_default()
}

fn local(at: i64, minutes_east: i32) -> DateTime<FixedOffset> {
    let zone = FixedOffset::east_opt(minutes_east * 60);
    utc(at).with_timezone(&zone.unwrap_or_else(|| chrono::Offset::fix(&Utc)))
}

fn or_dash(text: &str) -> &str {
    if text.is_empty() { "-" } else { text }
}

/// A UUID made of random digits.
fn uuid(rng: &mut Rng) -> String {
    let hex = rng.hex(32);
    format!("{}-{}-4{}-9{}-{}", &hex[..8], &hex[8..12], &hex[13..16], &hex[17..20], &hex[20..])
}

/// An identifier that always comes out the same for the same name.
fn uuid_of(name: &str) -> String {
    uuid(&mut Rng::named(name))
}

/// Writes one request as one line, without the line feed.
pub fn line(format: Format, event: &Event, rng: &mut Rng) -> String {
    match format {
        Format::Combined(zone) => combined(event, zone),
        Format::VhostCombined(host, zone) => format!("{host}:443 {}", combined(event, zone)),
        Format::NginxJson(host, zone) => nginx_json(event, host, zone, rng),
        Format::Kong(host) => kong(event, host, rng),
        Format::ApiGateway(stage) => api_gateway(event, stage, rng),
        Format::Balancer(host) => balancer(event, host, rng),
        Format::Envoy(host) => envoy(event, host, rng),
    }
}

fn combined(event: &Event, zone: i32) -> String {
    format!(
        r#"{} - {} [{}] "{} {} HTTP/1.1" {} {} "{}" "{}""#,
        event.caller.ip,
        or_dash(&event.caller.principal),
        local(event.at, zone).format("%d/%b/%Y:%H:%M:%S %z"),
        event.method,
        event.target,
        event.status,
        event.bytes,
        or_dash(event.referer),
        or_dash(&event.caller.agent),
    )
}

fn nginx_json(event: &Event, host: &str, zone: i32, rng: &mut Rng) -> String {
    let caller = &event.caller;
    let seconds = format!("{}.{:03}", event.millis / 1000, event.millis % 1000);
    let authorization = if caller.token.is_empty() { String::new() } else { format!("Bearer {}", caller.token) };
    format!(
        r#"{{"time_iso8601":"{}","remote_addr":"{}","remote_user":"{}","request_method":"{}","request_uri":"{}","server_protocol":"HTTP/2.0","status":{},"body_bytes_sent":{},"request_length":{},"request_time":{seconds},"host":"{host}","http_referer":"{}","http_user_agent":"{}","http_authorization":"{authorization}","client_id":"{}","request_id":"{}","upstream_status":"{}","upstream_response_time":"{seconds}"}}"#,
        local(event.at, zone).format("%Y-%m-%dT%H:%M:%S%:z"),
        caller.ip,
        caller.principal,
        event.method,
        event.target,
        event.status,
        event.bytes,
        300 + event.target.len(),
        event.referer,
        caller.agent,
        caller.app,
        rng.hex(32),
        event.status,
    )
}

fn kong(event: &Event, host: &str, rng: &mut Rng) -> String {
    let caller = &event.caller;
    let path = event.target.split('?').next().unwrap_or_default();
    let service = path.split('/').nth(1).unwrap_or_default();
    let mut identity = String::new();
    if !caller.principal.is_empty() {
        identity = format!(
            r#","consumer":{{"id":"{}","username":"{}","created_at":1735689600}},"authenticated_entity":{{"id":"{}"}}"#,
            uuid_of(&caller.principal),
            caller.principal,
            uuid_of(&caller.token),
        );
    }
    let key = if caller.token.is_empty() { String::new() } else { format!(r#","x-api-key":"{}""#, caller.token) };
    format!(
        r#"{{"request":{{"id":"{}","method":"{}","uri":"{}","url":"https://{host}:443{}","size":{},"querystring":{{}},"headers":{{"host":"{host}","user-agent":"{}","accept":"application/json"{key}}},"tls":{{"version":"TLSv1.3","cipher":"TLS_AES_256_GCM_SHA384","client_verify":"NONE"}}}},"response":{{"status":{},"size":{},"headers":{{"content-type":"application/json","content-length":"{}","via":"kong/3.4.2"}}}},"upstream_status":"{}","latencies":{{"request":{},"kong":1,"proxy":{}}},"client_ip":"{}","started_at":{},"route":{{"id":"{}","name":"{service}"}},"service":{{"id":"{}","name":"{service}","host":"{service}.internal","port":8080,"protocol":"http"}},"workspace":"default"{identity}}}"#,
        rng.hex(32),
        event.method,
        event.target,
        event.target,
        280 + event.target.len(),
        caller.agent,
        event.status,
        event.bytes + 260,
        event.bytes,
        event.status,
        event.millis + 1,
        event.millis,
        caller.ip,
        event.at,
        uuid_of(&format!("route {service}")),
        uuid_of(&format!("service {service}")),
    )
}

fn api_gateway(event: &Event, stage: &str, rng: &mut Rng) -> String {
    let caller = &event.caller;
    let path = event.target.split('?').next().unwrap_or_default();
    format!(
        r#"{{"requestId":"{}","sourceIp":"{}","requestTime":"{}","requestTimeEpoch":"{}","httpMethod":"{}","path":"/{stage}{path}","status":"{}","protocol":"HTTP/1.1","responseLength":"{}","responseLatency":"{}","integrationStatus":"{}","userAgent":"{}","principalId":"{}","apiKeyId":"{}","stage":"{stage}"}}"#,
        uuid(rng),
        caller.ip,
        utc(event.at).format("%d/%b/%Y:%H:%M:%S +0000"),
        event.at,
        event.method,
        event.status,
        event.bytes,
        event.millis,
        event.status,
        caller.agent,
        or_dash(&caller.principal),
        or_dash(&caller.token),
    )
}

fn balancer(event: &Event, host: &str, rng: &mut Rng) -> String {
    let caller = &event.caller;
    let ip = if caller.ip.contains(':') { format!("[{}]", caller.ip) } else { caller.ip.clone() };
    // The balancer itself refuses a request that its authenticate action turns down: no target is asked.
    let refused = event.status == 401;
    let (target, statuses) =
        if refused { ("-", "-".to_owned()) } else { ("10.40.7.21:8443", event.status.to_string()) };
    let times = if refused {
        "-1 -1 -1".to_owned()
    } else {
        format!("0.001 {}.{:03} 0.000", event.millis / 1000, event.millis % 1000)
    };
    let actions = match (refused, caller.principal.is_empty()) {
        (true, _) => "authenticate",
        (false, false) => "authenticate,forward",
        (false, true) => "forward",
    };
    let done = event.at + event.millis;
    let name = host.split('.').next().unwrap_or_default();
    let group = format!("arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/{name}/91ac52d07e64b3f8");
    format!(
        r#"h2 {} app/{name}-edge/7be40c11d2a95f36 {ip}:{} {target} {times} {} {statuses} {} {} "{} https://{host}:443{} HTTP/2.0" "{}" ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2 {} "Root=1-{:08x}-{}" "{host}" "arn:aws:acm:eu-west-1:111122223333:certificate/0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0" {} {}000Z "{actions}" "-" "-" "{target}" "{statuses}" "-" "-""#,
        format_args!("{}000Z", utc(done).format("%Y-%m-%dT%H:%M:%S%.3f")),
        rng.between(20_000, 64_000),
        event.status,
        120 + event.target.len(),
        event.bytes + 220,
        event.method,
        event.target,
        or_dash(&caller.agent),
        if refused { "-".to_owned() } else { group },
        event.at / 1000,
        rng.hex(24),
        if event.rule == 0 { 40 } else { event.rule },
        utc(event.at).format("%Y-%m-%dT%H:%M:%S%.3f"),
    )
}

fn envoy(event: &Event, host: &str, rng: &mut Rng) -> String {
    let flags = match event.status {
        503 => "UF",
        504 => "UT",
        429 => "RL",
        _ => "-",
    };
    format!(
        r#"[{}Z] "{} {} HTTP/2" {} {flags} {} {} {} {} "{}" "{}" "{}" "{host}" "10.40.3.9:8080""#,
        utc(event.at).format("%Y-%m-%dT%H:%M:%S%.3f"),
        event.method,
        event.target,
        event.status,
        if event.method == "POST" { 240 } else { 0 },
        event.bytes,
        event.millis + 1,
        event.millis,
        event.caller.ip,
        or_dash(&event.caller.agent),
        uuid(rng),
    )
}
