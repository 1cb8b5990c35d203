#![allow(clippy::unwrap_used, clippy::panic)]
use super::*;
use crate::schema::{Number, Text};
use crate::table::FactTable;
use proptest::prelude::*;
use std::fmt::Write as _;
use std::fs;

fn read_blocks(text: &[u8], block: usize) -> Load {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.log");
    fs::write(&path, text).unwrap();
    let options = LoadOptions { threads: 1, keep_all_rejects: true, ..LoadOptions::default() };
    let mut loaded = load_in_blocks(&[path.display().to_string()], &options, &mut |_| {}, (block, None)).unwrap();
    // Raw lines are read back while the file is there.
    for row in 0..loaded.facts.rows() {
        let raw = loaded.raw.read(0, loaded.facts.place(row)).unwrap();
        assert!(text.windows(raw.len()).any(|window| window == raw));
    }
    let source = &loaded.sources[0];
    assert_eq!(source.rows + source.rejects + source.skips, source.records);
    let lines =
        memchr::memchr_iter(b'\n', text).count() as u64 + u64::from(text.last().is_some_and(|&last| last != b'\n'));
    assert_eq!(source.lines, lines);
    loaded.sources[0].path.clear();
    loaded
}

fn read(text: &str) -> Load {
    let whole = read_blocks(text.as_bytes(), 1 << 20);
    for block in [1, 50, 333] {
        assert_eq!(told(&read_blocks(text.as_bytes(), block)), told(&whole), "blocks of {block}\n{text}");
    }
    whole
}

/// Target, line, item and span of each row, then the rejects.
fn told(loaded: &Load) -> String {
    let mut told = String::new();
    let facts = &loaded.facts;
    for row in 0..facts.rows() {
        let number = |which| facts.number(which).get(row).map_or_else(|| "-".to_owned(), |number| number.to_string());
        let target = facts.text(Text::Target).get(row).unwrap_or("-");
        let line = facts.place(row).line_no;
        let _ = write!(told, "{target} {line} {} {}; ", number(Number::Item), number(Number::LineSpan));
    }
    for reject in &loaded.rejects {
        let _ = write!(told, "reject {}; ", reject.line_no);
    }
    told
}

fn combined(id: usize) -> String {
    format!(r#"192.0.2.1 - - [12/Mar/2024:10:15:{id:02} +0000] "GET /a/{id} HTTP/1.1" 200 17 "-" "curl/8""#)
}

fn kong(id: usize) -> String {
    format!(
        r#"{{"request":{{"method":"GET","uri":"/k/{id}","headers":{{"host":"a.example"}}}},"response":{{"status":200,"size":"8"}},"latencies":{{"request":3,"kong":1,"proxy":2}},"client_ip":"192.0.2.9","started_at":{}}}"#,
        1_710_238_532_000_i64 + id as i64
    )
}

#[test]
fn lines_in_wrappers_are_read_through_them() {
    let (a, b) = (combined(1), combined(2));
    let json = |line: &str| serde_json::Value::String(line.to_owned()).to_string();
    let cases = [
        (format!("<190>Mar 12 10:15:32 gw nginx: {a}\n<190>Mar 12 10:15:33 gw nginx: {b}\n"), "syslog"),
        (format!("2024-03-12T10:15:32.1Z stdout F {a}\n2024-03-12T10:15:33.1Z stdout F {b}\n"), "CRI"),
        (format!("web-1  | {a}\nweb-1  | {b}\n"), "a container's name in front"),
        (
            format!(
                "{{\"log\":{},\"stream\":\"stdout\",\"time\":\"2024-03-12T10:15:32Z\"}}\n{{\"log\":{}}}\n",
                json(&(a.clone() + "\n")),
                json(&b)
            ),
            "a member of a JSON object",
        ),
        (format!("\"{}\"\n\"{}\"\n", a.replace('"', "\"\""), b.replace('"', "\"\"")), "quotes"),
        (
            format!("time,message\n1,\"{}\"\n2,\"{}\"\n", a.replace('"', "\"\""), b.replace('"', "\"\"")),
            "a cell of comma-separated values",
        ),
    ];
    for (text, wrapper) in cases {
        let loaded = read(&text);
        assert_eq!(loaded.sources[0].wrappers, [wrapper], "{text}");
        assert!(told(&loaded).starts_with("/a/1 "), "{} {text}", told(&loaded));
        assert_eq!(loaded.sources[0].rows, 2, "{text}");
    }
}

/// Peers, users, targets and hosts of all rows.
fn who(loaded: &Load) -> Vec<[&str; 4]> {
    let facts = &loaded.facts;
    let text = |which, row| facts.text(which).get(row).unwrap_or("-");
    let of = |row| [Text::PeerIp, Text::Principal, Text::Target, Text::Host].map(|which| text(which, row));
    (0..facts.rows()).map(of).collect()
}

#[test]
fn what_stands_in_front_of_a_line_is_no_peer_and_no_host() {
    let combined = r#"203.0.113.9 - bob [02/Jan/2026:22:04:05 +0000] "GET /a?x=1 HTTP/1.1" 200 12 "-" "curl""#;
    let common = r#"203.0.113.9 - bob [02/Jan/2026:22:04:05 +0000] "GET /a?x=1 HTTP/1.1" 200 12"#;
    let ingress = r#"203.0.113.9 - bob [02/Jan/2026:22:04:05 +0000] "GET /a?x=1 HTTP/2.0" 200 12 "-" "curl" 345 0.012 [ns-svc-80] [] 10.0.0.1:80 12 0.011 200 0123456789abcdef"#;
    let fronts = [
        ("2026-01-02T22:04:05.123Z ", "a time in front"),
        ("2026-01-02T22:04:05.123456789Z ", "a time in front"),
        ("2026-01-02T22:04:05.123+09:00 ", "a time in front"),
        ("2026-01-02T22:04:05.123456789+09:00 ", "a time in front"),
        ("<190>nginx: ", "syslog"),
        ("<190>nginx[17]: ", "syslog"),
        ("access.log:34:", "words in front"),
        ("access.log-34-", "words in front"),
        ("34-", "words in front"),
        ("2026-01-02 22:04:05,123 INFO ", "words in front"),
    ];
    for (line, format) in [(combined, "nginx-combined"), (common, "apache-common"), (ingress, "nginx-ingress")] {
        for (front, wrapper) in fronts {
            let loaded = read(&format!("{front}{line}\n").repeat(3));
            let source = &loaded.sources[0];
            assert_eq!((source.format.as_deref(), source.rows), (Some(format), 3), "{front}{line}");
            assert_eq!(source.wrappers, [wrapper], "{front}{line}");
            assert_eq!(who(&loaded), [["203.0.113.9", "bob", "/a?x=1", "-"]; 3], "{front}");
        }
        let cursor = "__CURSOR=s=1;i=2\n__REALTIME_TIMESTAMP=1767391445123456\n_HOSTNAME=web1\n";
        for more in ["", "PRIORITY=6\n_TRANSPORT=syslog\nSYSLOG_IDENTIFIER=nginx\n"] {
            let loaded = read(&format!("{cursor}{more}MESSAGE={line}\n\n").repeat(20));
            assert_eq!((loaded.sources[0].format.as_deref(), loaded.sources[0].rows), (Some(format), 20), "{line}");
            assert_eq!(who(&loaded), [["203.0.113.9", "bob", "/a?x=1", "-"]; 20]);
        }
        // The context of matches.
        let grep = format!("access.log-33-{line}\naccess.log:34:{line}\naccess.log-35-{line}\n");
        assert_eq!(who(&read(&grep)), [["203.0.113.9", "bob", "/a?x=1", "-"]; 3]);
    }
}

#[test]
fn a_line_in_an_unknown_front_is_rejected_with_the_reason() {
    let line = |front: &str, id: usize| format!("{front}{}\n", combined(id));
    let mut text: String = (0..60).map(|id| line("", id)).collect();
    for front in
        ["Jan  2 22:04:05 web1 nginx: ", "web1 nginx: ", "INFO ", "[nginx] ", "nginx: ", "a=", "2026-01-02T22:04:05Z "]
    {
        text += &line(front, 7);
    }
    // The layout is known by its beginning, so that none of these was looked at when it was recognised.
    let format = crate::format::find("nginx-combined").unwrap();
    for format in [format, crate::format::find("apache-combined").unwrap()] {
        let context = crate::format::DecodeContext {
            key: [0; 32],
            zone: chrono_tz::Tz::UTC,
            year_hint: None,
            captures: std::sync::Arc::default(),
        };
        let (decoder, mut table) = (format.decoder(&context), FactTable::default());
        for record in text.lines().skip(60) {
            let verdict = decoder.decode(record.as_bytes(), 0, crate::table::Place::default(), &mut table);
            // A word before the address may be the chain that some write there; the peer is right all the same.
            if verdict == crate::decode::Verdict::Row {
                table.finish();
                let row = table.rows() - 1;
                assert_eq!(table.text(Text::PeerIp).get(row), Some("192.0.2.1"), "{}: {record}", format.id);
                assert_eq!(table.text(Text::Principal).get(row), None, "{}: {record}", format.id);
                assert!(!record.starts_with(['J', '2', 'a']), "{}: {record}", format.id);
            }
        }
    }
}

#[test]
fn wrappers_nest() {
    let cri = |text: &str| format!("2024-03-12T10:15:32Z stdout F {text}\n");
    let message = serde_json::json!({"message": combined(3), "@timestamp": "2024-03-12T10:15:32Z"}).to_string();
    let loaded = read(&(cri(&message) + &cri("starting up") + &cri(&message)));
    assert_eq!(told(&loaded), "/a/3 1 - -; /a/3 3 - -; reject 2; ");
    assert_eq!(loaded.sources[0].wrappers, ["CRI", "a member of a JSON object"]);
}

#[test]
fn parts_of_a_line_are_joined() {
    let line = combined(7);
    let (head, tail) = line.split_at(60);
    let text = format!(
        "2024-03-12T10:15:31Z stdout F {}\n2024-03-12T10:15:32Z stdout P {head}\n2024-03-12T10:15:32Z stdout F {tail}\n2024-03-12T10:15:33Z stdout F {}\n",
        combined(6),
        combined(8)
    );
    assert_eq!(told(&read(&text)), "/a/6 1 - -; /a/7 2 - 2; /a/8 4 - -; ");
    // Parts are of one stream: what another writes meanwhile is a record by itself.
    let cri = |flags: &str, text: &str| format!("2024-03-12T10:15:31Z {flags} {text}\n");
    let between = [
        cri("stdout F", &combined(6)),
        cri("stdout P", head),
        cri("stderr F", &combined(9)),
        cri("stderr P", head),
        cri("stdout F", tail),
        cri("stderr F", tail),
        cri("stdout F", &combined(8)),
    ];
    assert_eq!(told(&read(&between.concat())), "/a/6 1 - -; /a/7 2 - 4; /a/9 3 - -; /a/7 4 - 3; /a/8 7 - -; ");
    // A writer that ended in the middle holds nothing up.
    let given_up = cri("stderr P", head) + &(0..200).map(|id| cri("stdout F", &combined(id % 60))).collect::<String>();
    let loaded = read(&given_up);
    assert_eq!((loaded.sources[0].rows, loaded.sources[0].rejects), (200, 1));
}

#[test]
fn parts_of_a_message_that_docker_cut_are_joined() {
    let docker = |stream: &str, text: &str| {
        serde_json::json!({"log": text, "stream": stream, "time": "2024-03-12T10:15:32.5Z"}).to_string() + "\n"
    };
    // As docker orders the members.
    let docker = |stream: &str, text: &str| {
        let value: serde_json::Value = serde_json::from_str(&docker(stream, text)).unwrap();
        format!("{{\"log\":{},\"stream\":{},\"time\":{}}}\n", value["log"], value["stream"], value["time"])
    };
    let line = combined(7) + "\n";
    let (head, rest) = line.split_at(40);
    let (middle, tail) = rest.split_at(20);
    let text = [
        docker("stdout", &(combined(6) + "\n")),
        docker("stdout", head),
        docker("stderr", "starting a worker of the pool\n"),
        docker("stdout", middle),
        docker("stdout", tail),
        docker("stdout", &(combined(8) + "\n")),
    ];
    assert_eq!(told(&read(&text.concat())), "/a/6 1 - -; /a/7 2 - 4; /a/8 6 - -; reject 3; ");
}

#[test]
fn the_line_that_names_the_cells_of_an_export_is_a_header() {
    let cell = |id: usize| format!("\"{}\"", combined(id).replace('"', "\"\""));
    let rows = (1..4).map(|id| format!("2024-03-12 10:15:32,{}\n", cell(id))).collect::<Vec<_>>().concat();
    for header in ["\"@timestamp\",\"@message\"", "\"_time\",\"_raw\"", "timestamp,message"] {
        let loaded = read(&format!("{header}\n{rows}"));
        let source = &loaded.sources[0];
        assert_eq!((source.rows, source.rejects, source.skips), (3, 0, 1), "{header}");
    }
    // Nothing else is one, nor further down.
    for (text, rejects) in [(format!("200,\"ok\"\n{rows}"), 1), (format!("{rows}\"@timestamp\",\"@message\"\n"), 1)] {
        assert_eq!(read(&text).sources[0].rejects, rejects, "{text}");
    }
}

#[test]
fn lines_of_azure_and_journald() {
    let azure = |key: &str, id: usize| serde_json::json!({"TimeGenerated": "2024-03-12T10:15:32Z", key: combined(id)});
    let nested =
        serde_json::json!({"records": [{"time": "2024-03-12T10:15:32Z", "properties": {"LogMessage": combined(3)}}]});
    let journal = serde_json::json!({"__REALTIME_TIMESTAMP": "1710238532123456", "MESSAGE": combined(4).as_bytes()});
    for (text, told_of) in [
        (azure("LogMessage", 1), "/a/1 1 - -; "),
        (azure("LogEntry", 2), "/a/2 1 - -; "),
        (nested, "/a/3 1 0 -; "),
        (journal, "/a/4 1 - -; "),
    ] {
        assert_eq!(told(&read(&format!("{text}\n"))), told_of, "{text}");
    }
    // An attack is why journald writes bytes.
    let mut attack = combined(5).into_bytes();
    attack.splice(60..60, [0xff, 0xfe]);
    let line = serde_json::json!({"__REALTIME_TIMESTAMP": "1710238532123456", "MESSAGE": attack}).to_string();
    assert_eq!(read(&(line + "\n")).sources[0].rows, 1);
    let object: serde_json::Value = serde_json::from_str(&kong(6)).unwrap();
    let dynamic = serde_json::json!({"TimeGenerated": "2024-03-12T10:15:32Z", "LogMessage": object}).to_string();
    assert_eq!(told(&read(&(dynamic + "\n"))), "/k/6 1 - -; ");
}

#[test]
fn korean_that_is_not_in_utf_8() {
    let korean = |text: &str| encoding_rs::EUC_KR.encode(text).0.into_owned();
    let row = |id: usize| format!("2024-03-12 10:15:{id:02},192.0.2.1,GET,/a/{id},200,100,bob\n");
    let rows: String = (10..40).map(row).collect();
    let header = "시각,주소,메소드,경로,상태,바이트,사용자\n";
    let loaded = read_blocks(&korean(&format!("{header}{rows}")), 1 << 20);
    assert_eq!((loaded.sources[0].rows, loaded.sources[0].rejects), (30, 0), "{:?}", loaded.rejects.first());
    // One row of a table that is otherwise ASCII.
    let one = "2024-03-12 10:15:50,192.0.2.1,GET,/회원/7,200,100,홍길동\n";
    let text = format!("time,ip,method,path,status,bytes,user\n{rows}{one}");
    let loaded = read_blocks(&korean(&text), 1 << 20);
    let last = loaded.facts.rows() - 1;
    let of = |which: Text| loaded.facts.text(which).get(last).map(str::to_owned);
    assert_eq!((of(Text::Target).as_deref(), of(Text::Principal).as_deref()), (Some("/회원/7"), Some("홍길동")));
}

#[test]
fn lists_and_sequences_give_numbered_records() {
    let events = |from: usize| {
        serde_json::json!({"messageType": "DATA_MESSAGE", "logGroup": "g", "logEvents": [
            {"id": "1", "timestamp": 1_710_238_532_000_i64, "message": combined(from)},
            {"id": "2", "timestamp": 1_710_238_533_000_i64, "message": combined(from + 1)},
        ]})
        .to_string()
    };
    let loaded = read(&format!("{}\n{}\n", events(1), events(3)));
    assert_eq!(told(&loaded), "/a/1 1 0 -; /a/2 1 1 -; /a/3 2 0 -; /a/4 2 1 -; ");
    // A stream without line ends, as Firehose writes it.
    let stream: String = (1..=4).map(kong).collect();
    assert_eq!(told(&read(&stream)), "/k/1 1 0 -; /k/2 1 1 -; /k/3 1 2 -; /k/4 1 3 -; ");
    let records = format!("{{\"records\":[{},{}]}}", kong(1), kong(2));
    assert_eq!(told(&read(&records)), "/k/1 1 0 -; /k/2 1 1 -; ");
}

#[test]
fn values_over_several_lines_are_one_record_each() {
    let pretty = |id: usize| {
        let value: serde_json::Value = serde_json::from_str(&kong(id)).unwrap();
        serde_json::to_string_pretty(&value).unwrap()
    };
    let lines = pretty(1).lines().count();
    let two = format!("[\n{},\n{}\n]\n", pretty(1), pretty(2));
    assert_eq!(told(&read(&two)), format!("/k/1 2 - {lines}; /k/2 {} - {lines}; ", 2 + lines));
    // An envelope with members after its records, and another one behind it.
    let envelope = format!("{{\n\"records\": [\n{},\n{}\n], \"next\": {{\"token\": \"x\"}}\n}}\n", pretty(1), kong(2));
    let told_once = told(&read(&envelope));
    assert_eq!(told_once, format!("/k/1 3 - {lines}; /k/2 {} - -; ", 3 + lines));
    assert_eq!(read(&envelope.repeat(3)).sources[0].rows, 6);
    // Cut short, and with something else between.
    let cut = two.len() - 40;
    let loaded = read(&two[..cut]);
    assert_eq!((loaded.sources[0].rows, loaded.sources[0].rejects), (1, 1));
    let mixed = format!("{}\nnot JSON at all\n{}\n", pretty(1), pretty(2));
    assert_eq!(told(&read(&mixed)), format!("/k/1 1 - {lines}; /k/2 {} - {lines}; reject {}; ", lines + 2, lines + 1));
}

#[test]
fn journald_entries_are_records() {
    let entry = |id: usize| {
        format!("__CURSOR=s={id}\n__REALTIME_TIMESTAMP=1710238532000000\nPRIORITY=6\nMESSAGE={}\n\n", combined(id))
    };
    assert_eq!(told(&read(&(entry(1) + &entry(2) + &entry(3)))), "/a/1 1 - 4; /a/2 6 - 4; /a/3 11 - 4; ");
}

#[test]
fn header_lines_in_wrappers_hold_for_what_follows() {
    let wrap = |line: &str| format!("2024-03-12T10:15:32Z stdout F {line}\n");
    let mut text = wrap("#Fields: date time c-ip cs-method cs-uri-stem sc-status");
    for id in 1..=5 {
        text += &wrap(&format!("2024-03-12 10:15:0{id} 192.0.2.1 GET /w/{id} 200"));
    }
    text += &wrap("#Fields: date time cs-uri-stem sc-status c-ip cs-method");
    text += &wrap("2024-03-12 10:15:09 /w/9 404 192.0.2.1 GET");
    assert!(told(&read(&text)).ends_with("/w/5 6 - -; /w/9 8 - -; "), "{}", told(&read(&text)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    /// However JSON is laid out, blocks change nothing, and no record is lost.
    #[test]
    fn layout_of_json_changes_nothing(
        pieces in proptest::collection::vec((0_usize..3, prop_oneof![Just("\n"), Just(" "), Just(""), Just(",\n"), Just("\r\n")]), 1..8),
        array: bool, block in 1_usize..600,
    ) {
        let mut text = String::from(if array { "[" } else { "" });
        for (id, (shape, gap)) in pieces.iter().enumerate() {
            let record = kong(id);
            text += &match shape {
                0 => record,
                1 => record.replace(",\"", ",\n  \""),
                _ => record.replacen('{', "{ \n", 1),
            };
            text += if array && id + 1 < pieces.len() { "," } else { "" };
            text += if array { gap.trim_start_matches(',') } else { gap };
        }
        text += if array { "]\n" } else { "" };
        let whole = read_blocks(text.as_bytes(), 1 << 20);
        prop_assert_eq!(whole.sources[0].rows as usize, pieces.len(), "{}", text);
        prop_assert_eq!(told(&read_blocks(text.as_bytes(), block)), told(&whole));
    }
}

#[test]
fn every_format_of_a_source_is_named_with_its_rows() {
    let syslog = |id| format!("Mar 12 10:15:32 gw nginx: {}", combined(id));
    let mut text = String::new();
    for id in 0..60 {
        let line = match id % 6 {
            0 | 1 => kong(id),
            2 => syslog(id),
            _ => combined(id),
        };
        let _ = writeln!(text, "{line}");
    }
    text.push_str("junk\n");
    for block in [1, 333, 1 << 20] {
        let loaded = read_blocks(text.as_bytes(), block);
        let source = &loaded.sources[0];
        assert_eq!((source.format.as_deref(), source.rows, source.rejects), (Some("nginx-combined"), 60, 1));
        let others: Vec<_> =
            source.others.iter().map(|other| (other.format.as_str(), other.wrappers.as_slice(), other.rows)).collect();
        assert_eq!(others, [("kong", &[][..], 20), ("nginx-combined", &["syslog"][..], 10)]);
    }
    assert!(read(&format!("{}\n{}\n", combined(1), combined(2))).sources[0].others.is_empty());
}

#[test]
fn keys_of_no_known_meaning_are_kept() {
    let row = |id: usize| {
        format!(
            r#"{{"time":"2024-03-12T10:15:{id:02}Z","ip":"192.0.2.1","method":"GET","url":"/a/{id}","status":200,"who":"u{id}","customer":{{"id":"c{id}"}}}}"#
        )
    };
    let loaded = read(&((10..16).map(row).collect::<Vec<_>>().join("\n") + "\n"));
    assert_eq!(loaded.facts.text(Text::Extra).get(0), Some("customer.id=c10\u{1f}who=u10"));
}

#[test]
fn objects_in_quotes_and_spans_are_read_in_their_wrappers() {
    let properties = r#"{"CIp":"203.0.113.9","CsMethod":"GET","CsUriStem":"/a","CsUriQuery":"x=1","ScStatus":"200","TimeTaken":123,"CsUsername":"bob","CsHost":"www.example.com"}"#;
    let event = serde_json::json!({"time": "2026-01-02T22:04:05.123Z", "category": "AppServiceHTTPLogs", "properties": properties});
    let loaded = read(&format!("{event}\n{event}\n"));
    assert_eq!(loaded.sources[0].format.as_deref(), Some("azure-app-service"));
    assert_eq!(who(&loaded), [["203.0.113.9", "bob", "/a?x=1", "www.example.com"]; 2]);
    assert_eq!(loaded.facts.ts(0), Some(1_767_391_445_123_000));
    let span = |kind: u8| {
        serde_json::json!({"traceId": "4b", "kind": kind, "startTimeUnixNano": "1767391445123456789", "attributes": [
            {"key": "http.request.method", "value": {"stringValue": "GET"}},
            {"key": "url.path", "value": {"stringValue": "/a"}},
            {"key": "client.address", "value": {"stringValue": "203.0.113.9"}},
            {"key": "http.response.status_code", "value": {"intValue": "200"}},
        ]})
    };
    let traces = serde_json::json!({"resourceSpans": [{"scopeSpans": [{"spans": [span(2), span(3), span(2)]}]}]});
    let loaded = read(&format!("{traces}\n"));
    assert_eq!((loaded.sources[0].rows, loaded.sources[0].rejects), (2, 1));
    assert_eq!(who(&loaded), [["203.0.113.9", "-", "/a", "-"]; 2]);
}

#[test]
fn sampling_that_records_state_is_told_of_their_source() {
    let read_share = |line: &dyn Fn(usize) -> String| read(&(0..40).map(line).collect::<String>()).sources[0].sampling;
    let cloudflare = |interval: usize| {
        format!(
            "{{\"ClientIP\":\"192.0.2.1\",\"ClientRequestMethod\":\"GET\",\"ClientRequestURI\":\"/a\",\"EdgeResponseStatus\":200,\"EdgeStartTimestamp\":\"2026-01-02T22:04:05Z\",\"SampleInterval\":{interval}}}\n"
        )
    };
    let generic = |more: &str| {
        format!(
            "{{\"time\":\"2026-01-02T22:04:05Z\",\"ip\":\"192.0.2.1\",\"method\":\"GET\",\"path\":\"/a\",\"status\":200{more}}}\n"
        )
    };
    let is = |share: Option<f64>, expected: f64| share.is_some_and(|share| (share - expected).abs() < 1e-4);
    assert!(is(read_share(&|_| cloudflare(10)), 0.1));
    // Half of the rows stand for themselves, half for three.
    assert!(is(read_share(&|id| cloudflare(1 + id % 2 * 2)), 0.5));
    assert_eq!(read_share(&|_| cloudflare(1)), None);
    assert!(is(read_share(&|_| generic(",\"sample_rate\":0.01")), 0.01));
    assert!(is(read_share(&|_| generic(",\"sampleRate\":\"0.1\"")), 0.1));
    assert!(is(read_share(&|_| generic(",\"itemType\":\"request\",\"itemCount\":5")), 0.2));
    // A cart holds items, a recording has a rate, and whether `10` is one in ten nobody says.
    for other in [",\"itemCount\":5", ",\"sample_rate\":44100", ",\"sampleRate\":10", ""] {
        assert_eq!(read_share(&|_| generic(other)), None, "{other}");
    }
}
