#![allow(clippy::unwrap_used)]
use super::*;
use proptest::prelude::*;

fn inner(wrap: Wrap, record: &str) -> Option<(String, Option<String>)> {
    let peeled = wrap.peel(record.as_bytes())?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let first = &peeled.records[0];
    Some((text(&first.bytes), first.time.as_deref().map(text)))
}

fn check(wrap: Wrap, record: &str, message: &str, time: Option<&str>) {
    assert_eq!(inner(wrap, record), Some((message.to_owned(), time.map(str::to_owned))), "{record}");
}

#[test]
fn syslog_headers_of_every_age() {
    let m = "192.0.2.1 - - [x]";
    for (record, time) in [
        (format!("<134>1 2024-03-12T10:15:32.5Z gw nginx 12 - - {m}"), "2024-03-12T10:15:32.5Z"),
        (
            format!("77 <134>1 2024-03-12T10:15:32Z gw nginx - ID [a@1 k=\"v]\\\"\"][b] \u{feff}{m}"),
            "2024-03-12T10:15:32Z",
        ),
        (format!("<190>Mar 12 10:15:32 gw nginx: {m}"), "Mar 12 10:15:32"),
        (format!("Mar  2 10:15:32 gw haproxy[12]: {m}"), "Mar  2 10:15:32"),
        (format!("Mar  2 2024 10:15:32 gw app/web.1[12]: {m}"), "Mar  2 2024 10:15:32"),
        (format!("2024-03-12T10:15:32.5+09:00 gw nginx[1]: {m}"), "2024-03-12T10:15:32.5+09:00"),
        (format!("2024-03-12T10:15:32Z gw app 12 - [a@1 k=\"v\"] {m}"), "2024-03-12T10:15:32Z"),
    ] {
        check(Wrap::Syslog, &record, m, Some(time));
    }
    check(
        Wrap::Syslog,
        "<134>2024-03-12T10:15:32Z cache fastly[1]: {\"a\":1}",
        "{\"a\":1}",
        Some("2024-03-12T10:15:32Z"),
    );
    for other in [m, "2024-03-12T10:15:32Z my-lb 192.0.2.1:1 10.0.0.1:2 0.1", "Marble 12", "<134>", "", "Mar 12"] {
        assert_eq!(inner(Wrap::Syslog, other), None, "{other}");
    }
}

#[test]
fn containers_and_times() {
    check(Wrap::Cri, "2024-03-12T10:15:32.123456789Z stdout F a b", "a b", Some("2024-03-12T10:15:32.123456789Z"));
    check(
        Wrap::Cri,
        "2024-03-12T10:15:32Z stdout P a b\n2024-03-12T10:15:33Z stdout F  c",
        "a b c",
        Some("2024-03-12T10:15:32Z"),
    );
    assert_eq!(inner(Wrap::Cri, "2024-03-12T10:15:32Z stdin F a"), None);
    check(Wrap::Stamp, "2024-03-12T10:15:32.123Z a b", "a b", Some("2024-03-12T10:15:32.123Z"));
    check(Wrap::Container, "web-1  | a | b", "a | b", None);
    check(Wrap::Container, "[pod/web-5f/nginx] a", "a", None);
    assert_eq!(inner(Wrap::Container, "a b | c"), None);
}

#[test]
fn quotes_of_every_kind() {
    check(Wrap::Quotes, r#""a ""b"" c""#, r#"a "b" c"#, None);
    check(Wrap::Quotes, r#""a \"b\" c""#, r#"a "b" c"#, None);
    check(Wrap::Quotes, r#""a "b" c""#, r#"a "b" c"#, None);
    assert_eq!(inner(Wrap::Quotes, r#""a","b""#), None);
    check(Wrap::Cell, r#"1,2024-03-12 10:15:32,"GET ""x"" y",z"#, r#"GET "x" y"#, Some("2024-03-12 10:15:32"));
    assert_eq!(inner(Wrap::Cell, r#"a "b" c"#), None);
}

#[test]
fn journald_entries() {
    let entry = "__CURSOR=s\n__REALTIME_TIMESTAMP=1710238532123456\nPRIORITY=6\nMESSAGE=a b\n";
    check(Wrap::Journal, entry, "a b", Some("1710238532123456"));
    let mut binary = b"__REALTIME_TIMESTAMP=1\nMESSAGE\n".to_vec();
    binary.extend_from_slice(&3_u64.to_le_bytes());
    binary.extend_from_slice(b"a\nb\nX=1\n");
    assert_eq!(&*Wrap::Journal.peel(&binary).unwrap().records[0].bytes, b"a\nb");
}

#[test]
fn json_around_lines_objects_and_lists() {
    check(
        Wrap::Message,
        r#"{"log":"192.0.2.1 - \"x\" ok yes\n","stream":"stdout","time":"2024-03-12T10:15:32Z"}"#,
        "192.0.2.1 - \"x\" ok yes",
        Some("2024-03-12T10:15:32Z"),
    );
    check(Wrap::Message, r#"{"event":{"original":"a line of sixteen"},"message":"x"}"#, "a line of sixteen", None);
    assert_eq!(inner(Wrap::Message, r#"{"message":"short"}"#), None);
    check(Wrap::Document, r#"{"_index":"i","_source":{"a":1}}"#, r#"{"a":1}"#, None);
    let peeled = Wrap::List
        .peel(
            br#"{"messageType":"DATA_MESSAGE","logEvents":[{"id":"1","timestamp":17,"message":"a"},{"message":"b"}]}"#,
        )
        .unwrap();
    assert_eq!(peeled.records.len(), 2);
    assert_eq!(peeled.records[0].time.as_deref(), Some(&b"17"[..]));
    assert_eq!(Wrap::List.peel(br#"["a","b"]"#).unwrap().records.len(), 2);
    assert_eq!(Wrap::List.peel(br#"{"hits":{"total":1,"hits":[{"_source":{}}]}}"#).unwrap().records.len(), 1);
    assert_eq!(Wrap::Sequence.peel(br#"{"a":1}{"b":2} {"c":"#).unwrap().records.len(), 3);
    assert_eq!(Wrap::Sequence.peel(br#"{"a":1}"#), None);
    let otlp = br#"{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"timeUnixNano":"1","body":{}},{}]}]}]}"#;
    assert_eq!(Wrap::Otlp.peel(otlp).unwrap().records.len(), 2);
}

#[test]
fn chains_are_taken_off_in_order() {
    let mut seen = Vec::new();
    let record = br#"<1>Mar 12 10:15:32 h t: {"logEvents":[{"timestamp":17,"message":"the first of two lines"},{"message":"the second of two lines"}]}"#;
    let chain = [Wrap::Syslog, Wrap::List, Wrap::Message];
    assert!(unwrap(&chain, record, None, &mut |inner, time| seen.push((inner.to_vec(), time.map(<[u8]>::to_vec)))));
    assert_eq!(seen[0], (b"the first of two lines".to_vec(), Some(b"17".to_vec())));
    assert_eq!(seen[1], (b"the second of two lines".to_vec(), Some(b"Mar 12 10:15:32".to_vec())));
    assert!(!unwrap(&[Wrap::Cri], record, None, &mut |_, _| {}));
}

proptest! {
    #[test]
    fn any_bytes_are_taken(bytes: Vec<u8>, text in r#"[\[\]{}"<>:,| 0-9TZaF\n\\-]{0,40}"#) {
        for wrap in Wrap::ALL {
            wrap.peel(&bytes);
            wrap.peel(text.as_bytes());
        }
    }
}
