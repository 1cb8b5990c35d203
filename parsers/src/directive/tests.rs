//! Directives of every vendor, and what their logs come out as.

use super::*;
use crate::decode::Verdict;
use crate::format::{DecodeContext, Format, compile};
use crate::schema::{Number, Text};
use crate::table::{FactTable, Place};
use crate::time::{self, Clock};
use DirectiveKind::{Apache, Envoy, Haproxy, Nginx};
use proptest::prelude::*;

fn context(captures: &[&str]) -> DecodeContext {
    let captures: Vec<String> = captures.iter().map(|name| (*name).to_owned()).collect();
    DecodeContext { key: [7; 32], zone: chrono_tz::Tz::UTC, year_hint: None, captures: captures.into() }
}

fn decode(format: &Format, context: &DecodeContext, record: &str) -> Result<FactTable, String> {
    let mut table = FactTable::default();
    match format.decoder(context).decode(record.as_bytes(), 0, Place::default(), &mut table) {
        Verdict::Row => {
            table.finish();
            Ok(table)
        }
        other => Err(format!("{other:?}")),
    }
}

fn facts(kind: DirectiveKind, directive: &str, record: &str) -> FactTable {
    let format = compile(Some(kind), directive).unwrap();
    decode(&format, &context(&[]), record).unwrap_or_else(|reason| panic!("{directive}\n{record}\n{reason}"))
}

fn fact(table: &FactTable, column: &str) -> Option<String> {
    match column {
        "ts" => table.ts(0).map(|ts| ts.to_string()),
        "status" => table.status(0).map(|status| status.to_string()),
        _ => match Text::ALL.into_iter().find(|text| text.name() == column) {
            Some(text) => table.text(text).get(0).map(|value| value.replace('\x1f', " ; ")),
            None => Number::ALL
                .into_iter()
                .find(|number| number.name() == column)
                .and_then(|number| table.number(number).get(0))
                .map(|number| number.to_string()),
        },
    }
}

/// Columns and their values; `-` is none.
fn check(kind: DirectiveKind, directive: &str, record: &str, expected: &[(&str, &str)]) {
    compare(&facts(kind, directive, record), record, expected);
}

fn compare(table: &FactTable, record: &str, expected: &[(&str, &str)]) {
    for (column, value) in expected {
        let wanted = match (*column, *value) {
            (_, "-") => None,
            ("ts", time) => Some(time::read(time.as_bytes(), Clock::Any, chrono_tz::Tz::UTC).unwrap().to_string()),
            (_, value) => Some(value.to_owned()),
        };
        assert_eq!(fact(table, column), wanted, "{column} of {record}");
    }
}

#[test]
fn captured_headers_by_number_are_named_like_those_in_blocks() {
    let directive = r#"%ci:%cp [%tr] %ST %{+Q}r "%[capture.req.hdr(0)]" "%[capture.req.hdr(1)]""#;
    let format = compile(Some(Haproxy), directive).unwrap();
    let record = r#"192.0.2.1:5 [12/Mar/2024:10:15:32.123] 200 "GET /a HTTP/1.1" "shop.example" "curl/8""#;
    let named = decode(&format, &context(&["host", "user-agent"]), record).unwrap();
    assert_eq!(fact(&named, "host").as_deref(), Some("shop.example"));
    assert_eq!(fact(&named, "user_agent").as_deref(), Some("curl/8"));
    assert_eq!(fact(&named, "extra"), None);
    let some = decode(&format, &context(&["host"]), record).unwrap();
    assert_eq!(fact(&some, "extra").as_deref(), Some("capture.req.hdr(1)=curl/8"));
}

#[test]
fn captured_headers_of_responses_are_named_after_those_of_requests() {
    let directive =
        r#"%ci:%cp [%tr] %ST %{+Q}r "%[capture.req.hdr(0)]" "%[capture.res.hdr(0)]" "%[capture.res.hdr(1)]""#;
    let format = compile(Some(Haproxy), directive).unwrap();
    let record = r#"192.0.2.1:5 [12/Mar/2024:10:15:32.123] 200 "GET /a HTTP/1.1" "shop.example" "nginx" "abc-req-1""#;
    let extra = |names: &[&str]| {
        let table = decode(&format, &context(names), record).unwrap();
        assert_eq!(fact(&table, "host").as_deref(), (!names.is_empty()).then_some("shop.example"));
        fact(&table, "extra").unwrap_or_default()
    };
    let table = decode(&format, &context(&["host", "server", "x-request-id"]), record).unwrap();
    assert_eq!(fact(&table, "request_id").as_deref(), Some("abc-req-1"));
    assert_eq!(extra(&["host", "server", "x-request-id"]), "server=nginx");
    // More captures than are written, or none of the response named: nobody knows which is which.
    let unnamed = "capture.res.hdr(0)=nginx ; capture.res.hdr(1)=abc-req-1";
    for names in [&["host"][..], &["host", "server"], &["host", "user-agent", "server", "x-request-id"]] {
        assert_eq!(extra(names), unnamed, "{names:?}");
    }
}

#[test]
fn mistakes_are_pointed_at() {
    let fails = |directive: &str| compile(None, directive).unwrap_err();
    let error = fails(r#"$remote_adr - [$time_local] "$request" $status"#);
    assert_eq!(error.place, 0);
    assert!(error.sentence.contains("did you mean `$remote_addr`?"), "{error}");
    let error = fails(r#"$remote_addr [$time_local] "$request" $staus"#);
    assert!(error.to_string().ends_with(&format!("\n  {:>39}", "^")), "{error}");
    assert!(fails("$remote_addr$host [$time_local]").sentence.contains("nothing stands between"));
    assert!(fails("%h %u").sentence.contains("no time"));
    let error = fails("%h %t 100%% %{Referer");
    assert_eq!((error.place, error.sentence.contains("cut short")), (12, true), "{error}");
    assert!(fails("%ci [%t] %[src").sentence.contains("cut short"));
    assert!(fails("[%START_TIME%] %RESPONSE_CODES%").sentence.contains("`%RESPONSE_CODE%`"));
    assert!(fails("hello").sentence.contains("no Apache variable"));
    assert!(compile(Some(Haproxy), "%{+json}o %(a)ci").unwrap_err().sentence.contains("no time"));
}

#[test]
fn own_variables_are_kept() {
    check(
        Nginx,
        r#"$remote_addr [$time_local] "$request" $status $tenant_shard $http_referrer"#,
        r#"192.0.2.1 [12/Mar/2024:10:15:32 +0000] "GET / HTTP/1.1" 200 s7 x"#,
        &[("extra", "tenant_shard=s7 ; http_referrer=x")],
    );
}

#[test]
fn nginx_directives() {
    check(
        Nginx,
        r#"$http_x_forwarded_for $remote_user [$time_local] "$request" $status $upstream_addr,$upstream_status,$request_time $pipe$connection_requests"#,
        r#"203.0.113.4, 10.0.0.9 ann lee [12/Mar/2024:10:15:32 +0100] "GET /a HTTP/1.1" 502 10.1.0.1:80, 10.1.0.2:80 : 10.1.0.3:80,502, 504 : 502,0.120 .17"#,
        &[
            ("ts", "2024-03-12T09:15:32Z"),
            ("peer_ip", "10.0.0.9"),
            ("principal", "ann lee"),
            ("upstream", "10.1.0.3:80"),
            ("upstream_status", "502"),
            ("duration_us", "120000"),
        ],
    );
    // The best of several is taken, the others are kept; one who asks stands in for the other.
    check(
        Nginx,
        "$time_local $msec $host $http_host $jwt_claim_sub $remote_user $status",
        "12/Mar/2024:10:15:32 +0000 1710238532.250 a.example b.example - bob 200",
        &[("ts", "2024-03-12T10:15:32.25Z"), ("host", "b.example"), ("principal", "bob"), ("extra", "host=a.example")],
    );
    check(
        Nginx,
        "$time_iso8601 $remote_addr $request_method $scheme://$host$request_uri $server_protocol $status",
        "2024-03-12T10:15:32+00:00 192.0.2.1 GET https://a.example/x y?z=1 HTTP/1.1 200",
        &[("host", "a.example"), ("target", "/x y?z=1"), ("method", "GET"), ("status", "200")],
    );
    check(Nginx, "$msec $uri$is_args$args $status", "1710238532.250 /x?y=1 200", &[("target", "/x?y=1")]);
    // Lists with spaces, one after the other.
    check(
        Nginx,
        "$msec $status [$proxy_upstream_name] [$proxy_alternative_upstream_name] $upstream_addr $upstream_response_length $upstream_response_time $upstream_status $req_id",
        "1710238532.250 200 [shop-80] [] 10.0.0.1:80, 10.0.0.2:80 0, 298 0.001, 0.012 502, 200 77aa",
        &[("upstream", "10.0.0.2:80"), ("upstream_status", "200"), ("request_id", "77aa")],
    );
    // Padded columns.
    check(
        Nginx,
        "$msec $status $host",
        "1710238532.250   200   a.example",
        &[("host", "a.example"), ("status", "200")],
    );
}

#[test]
fn nginx_escapes() {
    let combined = r#"$remote_addr - [$time_local] "$request" $status "$http_user_agent""#;
    check(
        Nginx,
        combined,
        r#"192.0.2.1 - [12/Mar/2024:10:15:32 +0000] "GET /\x22\x5C HTTP/1.1" 200 "\xC3\xA9""#,
        &[("target", r#"/"\"#), ("user_agent", "é")],
    );
    check(
        Nginx,
        &format!("log_format x escape=none '{combined}';"),
        r#"192.0.2.1 - [12/Mar/2024:10:15:32 +0000] "GET /a" b\x22 HTTP/1.1" 200 "it says "hi" twice""#,
        &[("target", r#"/a" b\x22"#), ("user_agent", r#"it says "hi" twice"#)],
    );
    check(
        Nginx,
        &format!("escape=json {combined}"),
        r#"192.0.2.1 - [12/Mar/2024:10:15:32 +0000] "GET /a\"b HTTP/1.1" 200 "\u00e9 \\""#,
        &[("target", r#"/a"b"#), ("user_agent", "é \\")],
    );
}

#[test]
fn json_directives() {
    let directive = r#"log_format j escape=json '{ "time": "$time_iso8601", "req": {"line": "$request", "id": "$request_id"},'
        '"code": $status, "took":$request_time, "who":"$remote_addr:$remote_port", "own":"$tenant", "up": ["$upstream_addr"] }';"#;
    check(
        Nginx,
        directive,
        r#"{"took":0.25,"code":404,"own":"t1","req":{"id":"r-1","line":"GET /a\"b HTTP/1.1"},"who":"192.0.2.1:99","time":"2024-03-12T10:15:32+00:00","up":["10.0.0.1:80"]}"#,
        &[
            ("ts", "2024-03-12T10:15:32Z"),
            ("target", r#"/a"b"#),
            ("request_id", "r-1"),
            ("status", "404"),
            ("duration_us", "250000"),
            ("peer_ip", "192.0.2.1"),
            ("client_port", "99"),
            ("upstream", "10.0.0.1:80"),
            ("extra", "own=t1"),
        ],
    );
    check(
        Envoy,
        r#"{"start":"%START_TIME(%s.%3f)%","m":"%REQ(:METHOD)%","p":"%REQ(X-ENVOY-ORIGINAL-PATH?:PATH)%","c":"%RESPONSE_CODE%","ms":"%DURATION%","tls":"%DOWNSTREAM_TLS_VERSION%"}"#,
        r#"{"c":200,"m":"GET","p":"/x?y","ms":12,"start":"1710238532.250","tls":null}"#,
        &[("ts", "2024-03-12T10:15:32.25Z"), ("method", "GET"), ("target", "/x?y"), ("duration_us", "12000")],
    );
    check(
        Apache,
        r#"{"time":"%t","day":"%{%Y-%m-%d}t","request":"%m %U%q","status":"%>s","ua":"%{User-agent}i"}"#,
        r#"{"time":"[12/Mar/2024:10:15:32 +0000]","day":"2024-03-12","request":"GET /x?y=1","status":"200","ua":"a\x22b"}"#,
        &[("ts", "2024-03-12T10:15:32Z"), ("method", "GET"), ("target", "/x?y=1"), ("user_agent", "a\"b")],
    );
    check(
        Haproxy,
        "log-format \"%{+json}o %(client)ci %(at)[request_date(ms)] %(line)r %(code)ST %(t)[var(txn.tenant)]\"",
        r#"{"client":"192.0.2.1","at":1710238532250,"line":"GET /x HTTP/1.1","code":200,"t":"acme"}"#,
        &[("ts", "2024-03-12T10:15:32.25Z"), ("peer_ip", "192.0.2.1"), ("target", "/x"), ("extra", "t=acme")],
    );
    // Without escapes the object breaks; the text around values does not.
    check(
        Nginx,
        r#"escape=none {"t":"$msec","ua":"$http_user_agent","s":"$status"}"#,
        r#"{"t":"1710238532.250","ua":"a "quoted" one","s":"200"}"#,
        &[("user_agent", "a \"quoted\" one"), ("status", "200")],
    );
}

#[test]
fn apache_directives() {
    check(
        Apache,
        r#"%v:%{canonical}p %a %{c}a %l %u [%{%d/%b/%Y:%H:%M:%S}t.%{msec_frac}t %{%z}t] "%r" %>s %b %D %{X-Request-Id}i %^FB %{Content-Type}o"#,
        r#"shop.example:443 203.0.113.5 10.0.0.1 - bob [12/Mar/2024:10:15:32.042 +0200] "GET /\"x\" HTTP/1.1" 200 - 1500 r1 80 text/html"#,
        &[
            ("ts", "2024-03-12T08:15:32.042Z"),
            ("peer_ip", "203.0.113.5"),
            ("host", "shop.example"),
            ("principal", "bob"),
            ("target", "/\"x\""),
            ("duration_us", "1500"),
            ("request_id", "r1"),
            ("bytes_out", "-"),
            ("extra", "remote_ip=10.0.0.1 ; first_byte_time=80 ; sent_Content-Type=text/html"),
        ],
    );
    check(
        Apache,
        "%{%Y-%m-%d %H:%M:%S %z}t [%{msec_frac}t] %s %>s %a:%{remote}p \"%m\" \"%U%q\" %I %O %S",
        "2024-03-12 10:15:32 +0000 [007] 302 200 192.0.2.1:4000 \"GET\" \"/x?y\" 10 20 30",
        &[
            ("ts", "2024-03-12T10:15:32.007Z"),
            ("status", "200"),
            ("client_port", "4000"),
            ("target", "/x?y"),
            ("bytes_in", "10"),
            ("bytes_out", "20"),
            ("session", "-"),
        ],
    );
    check(
        Apache,
        "%{sec}t.%{usec_frac}t %m %U %>s",
        "1710238532.000042 GET /x 200",
        &[("ts", "2024-03-12T10:15:32.000042Z")],
    );
    check(
        Apache,
        "%{%F}t,%h,%{%T}t,%>s",
        "2024-03-12,192.0.2.1,10:15:32,200",
        &[("peer_ip", "192.0.2.1"), ("status", "200")],
    );
    check(
        Apache,
        "\"%h\" \"%t\" \"%r\" \"%>s\"",
        "\"192.0.2.1\" \"[12/Mar/2024:10:15:32 +0000]\" \"GET / HTTP/1.1\" \"200\"",
        &[("status", "200")],
    );
    // Tomcat and varnishncsa.
    check(
        Apache,
        "%h %{yyyy-MM-dd HH:mm:ss.SSS}t %s %I %S %F %{Varnish:hitmiss}x",
        "192.0.2.1 2024-03-12 10:15:32.250 200 http-nio-8080-exec-1 0A1B2C3D 5 hit",
        &[("ts", "2024-03-12T10:15:32.25Z"), ("bytes_in", "-"), ("extra", "first_byte_time=5 ; Varnish:hitmiss=hit")],
    );
    assert!(
        facts(Apache, "%t %s %S", "[12/Mar/2024:10:15:32 +0000] 200 0A1B2C3D").text(Text::Session).get(0).is_some()
    );
}

#[test]
fn haproxy_directives() {
    check(
        Haproxy,
        r#"log-format "%ci:%cp [%tr] %ft %b/%s %{+Q}[req.hdr(User-Agent)] %ST %[var(txn.tenant)] %{+Q}r %Ts.%ms""#,
        r#"192.0.2.1:80 [12/Mar/2024:10:15:32.250] fe~ be/s1 "a #22b#22" 200 t9 "GET /x HTTP/1.1" 1710238532.251"#,
        &[
            ("ts", "2024-03-12T10:15:32.251Z"),
            ("user_agent", "a \"b\""),
            ("upstream", "be/s1"),
            ("extra", "frontend=fe ; tls=yes ; tenant=t9"),
        ],
    );
    check(
        Haproxy,
        "%[src] %[accept_date(ms)] %HM %HU %HV %ST %{+X}pid",
        "192.0.2.1 1710238532250 GET /a?b HTTP/1.1 200 1F",
        &[("ts", "2024-03-12T10:15:32.25Z"), ("target", "/a?b"), ("status", "200")],
    );
}

#[test]
fn captured_headers_have_names() {
    let format = crate::format::find("haproxy-http").unwrap();
    let line = |blocks: &str| {
        format!(
            "192.0.2.1:80 [12/Mar/2024:10:15:32.250] fe be/s1 0/0/0/1/1 200 9 - - ---- 1/1/0/0/0 0/0 {blocks}\"GET / HTTP/1.1\""
        )
    };
    let names = context(&["Host", "X-Forwarded-For", "Authorization", "Server"]);
    for blocks in ["{a.example|203.0.113.9|Bearer abc} {nginx} ", "{a.example|203.0.113.9|Bearer abc|nginx} "] {
        let record = line(blocks);
        let table = decode(format, &names, &record).unwrap();
        let expected = [("host", "a.example"), ("forwarded", "203.0.113.9"), ("extra", "frontend=fe ; Server=nginx")];
        compare(&table, &record, &expected);
        assert!(table.text(Text::Credential).get(0).is_some_and(|print| print.len() == 16));
    }
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<String>>();
    assert!(format.captures_identity(&names(&["Host", "Authorization"])));
    assert!(!format.captures_identity(&names(&["Host"])) && !format.records_identity);
    let unnamed = context(&[]);
    for (blocks, extra) in [
        ("", "frontend=fe"),
        ("{} ", "frontend=fe"),
        ("{|} {||} ", "frontend=fe"),
        ("{a|b} ", "frontend=fe ; captures=a|b"),
        ("{a} {b c} ", "frontend=fe ; captures=a ; captures=b c"),
        ("{x{y}z} ", "frontend=fe ; captures=x{y}z"),
    ] {
        let record = line(blocks);
        compare(&decode(format, &unnamed, &record).unwrap(), &record, &[("extra", extra), ("target", "/")]);
    }
}

#[test]
fn notices_are_named_skips() {
    let format = crate::format::find("haproxy-http").unwrap();
    for notice in [
        "Proxy web started.",
        "Server be/s1 is DOWN, reason: Layer4 timeout",
        "Connect from 10.0.0.1:9 to 10.0.0.2:80 (web/HTTP)",
    ] {
        assert_eq!(decode(format, &context(&[]), notice).map(drop), Err("Skip(\"notice\")".to_owned()), "{notice}");
    }
}

#[test]
fn envoy_directives() {
    check(
        Envoy,
        "[%START_TIME(%Y/%m/%dT%H:%M:%S.%3f %z)%] \"%REQ(:METHOD)% %REQ(:PATH):64% %PROTOCOL%\" %RESPONSE_CODE% %COMMON_DURATION(DS_RX_BEG:DS_TX_END:us)% %DYNAMIC_METADATA(envoy.lb:x)% %CEL(size(request.path) > 3)% %UPSTREAM_HOST%",
        "[2024/03/12T10:15:32.250 +0000] \"GET /x y HTTP/2\" 200 1500 v true [2001:db8::1]:80",
        &[
            ("ts", "2024-03-12T10:15:32.25Z"),
            ("target", "/x y"),
            ("duration_us", "1500"),
            ("upstream", "[2001:db8::1]:80"),
        ],
    );
}

#[test]
fn a_tail_keeps_its_unit_unknown() {
    check(
        Apache,
        r#"%h %l %u %t "%r" %>s %b "%{Referer}i" "%{User-Agent}i""#,
        r#"192.0.2.1 - - [12/Mar/2024:10:15:32 +0000] "GET / HTTP/1.1" 200 5 "-" "x" 1500"#,
        &[("extra", "tail=1500"), ("duration_us", "-")],
    );
}

/// How each vendor writes a value between quotes.
fn written(kind: DirectiveKind, value: &str) -> String {
    let mut out = String::new();
    for byte in value.bytes() {
        match (kind, byte) {
            (Nginx, b'"' | b'\\' | 0x7f..) => out.push_str(&format!("\\x{byte:02X}")),
            (Apache, b'"' | b'\\') => out.extend(['\\', char::from(byte)]),
            (Apache, 0x7f..) => out.push_str(&format!("\\x{byte:02x}")),
            (Haproxy, b'"' | b'#' | b'{' | b'|' | b'}' | 0x7f..) => out.push_str(&format!("#{byte:02X}")),
            _ => out.push(char::from(byte)),
        }
    }
    out
}

proptest! {
    #[test]
    fn values_come_back(
        agent in "[!-~][ -~éß☃]{0,18}[!-~éß☃]",
        path in "/[!-$'-:<>A-~é]{0,12}",
        port in 1_u16..,
        status in 100_u16..600,
        seconds in 0_i64..4_000_000_000,
        which in 0_usize..3,
    ) {
        // Queries, user info and what a name stands before (`pw=a`) are left out: they hold secrets, which do not come back.
        prop_assume!(!agent.contains(['=', ':']));
        let kind = [Nginx, Apache, Haproxy][which];
        let directive = [
            r#"$remote_addr $remote_port [$time_local] "$request" $status "$http_user_agent" $request_id"#,
            r#"%a %{remote}p %t "%r" %>s "%{User-Agent}i" %{UNIQUE_ID}e"#,
            "%ci %cp [%trg] %{+Q}r %ST %{+Q}[req.hdr(user-agent)] %ID",
        ][which];
        let time = chrono::DateTime::from_timestamp(seconds, 0).unwrap().format("%d/%b/%Y:%H:%M:%S +0000");
        let request = written(kind, &format!("GET {path} HTTP/1.1"));
        let record = format!("192.0.2.1 {port} [{time}] \"{request}\" {status} \"{}\" id7", written(kind, &agent));
        let table = facts(kind, directive, &record);
        prop_assert_eq!(table.ts(0), Some(seconds * 1_000_000));
        prop_assert_eq!(table.status(0), Some(status));
        prop_assert_eq!(table.text(Text::UserAgent).get(0), Some(agent.as_str()), "{}", record);
        prop_assert_eq!(table.text(Text::Target).get(0), Some(path.as_str()), "{}", record);
        prop_assert_eq!(table.text(Text::RequestId).get(0), Some("id7"));
        prop_assert_eq!(table.number(Number::ClientPort).get(0), Some(i64::from(port)));
    }

    #[test]
    fn json_values_come_back(agent in "\\PC{1,20}", status in 100_u16..600) {
        // A secret (`pw=a`) does not come back.
        prop_assume!(agent != "-" && !agent.contains(['=', ':']));
        let directive = r#"escape=json {"s":$status,"t":"$msec","h":{"ua":"$http_user_agent"}}"#;
        let record = serde_json::json!({"h": {"ua": agent}, "t": "1710238532.5", "s": status}).to_string();
        let table = facts(Nginx, directive, &record);
        prop_assert_eq!(table.text(Text::UserAgent).get(0), Some(agent.as_str()));
        prop_assert_eq!(table.status(0), Some(status));
    }

    #[test]
    fn no_directive_and_no_record_break_it(
        directive in prop_oneof![
            "\\PC{0,60}",
            "(\\$[a-z_]{1,14}|%[a-zA-Z]{1,2}|%\\{[+a-zA-Z%: ]{0,8}\\}[a-z]|%[A-Z_]{2,12}%|%\\[[a-z.()]{0,9}\\]|[ \"\\[\\]{}:,/|-]){0,16}",
            "(\\$status|\\$time_local|\\$request|\\$upstream_addr|\\$uri|%hr|%t|%ST|%\\{+Q\\}r|%\\{msec_frac\\}t|%\\{%F\\}t|%\\{%T\\}t|[ \"\\[\\]{}:,/-]){1,12}",
        ],
        records in prop::collection::vec(prop_oneof![
            prop::collection::vec(any::<u8>(), 0..80),
            "[-0-9a-z:/ ,\"\\[\\]{}|#\\\\]{0,80}".prop_map(String::into_bytes),
        ], 4),
    ) {
        for kind in [None, Some(Nginx), Some(Apache), Some(Envoy), Some(Haproxy)] {
            let Ok(format) = compile(kind, &directive) else { continue };
            let decoder = format.decoder(&context(&["host", "x"]));
            let mut table = FactTable::default();
            for record in &records {
                decoder.decode(record, 0, Place::default(), &mut table);
            }
            // What the directive itself looks like, with values of the wrong kind.
            decoder.decode(directive.as_bytes(), 0, Place::default(), &mut table);
        }
    }
}
