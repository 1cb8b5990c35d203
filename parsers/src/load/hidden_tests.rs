//! Secrets without any shape of their own, named by their column or variable only: raw lines of rows must not show them.
#![allow(clippy::unwrap_used)]
use super::*;
use std::fs;

/// Letters that mean nothing anywhere.
const SECRET: &str = "qzwxplmkjh";
const COOKIE: &str = "vbnmrtyuio";

/// A log of every family whose lines do not name their values, in which a second row has no secrets; what must be left of
/// the first; and how it is read.
fn logs() -> Vec<(&'static str, String, LoadOptions)> {
    let directive = |directive: &str| LoadOptions { log_format: Some(directive.to_owned()), ..LoadOptions::default() };
    let none = LoadOptions::default;
    let start = r#"203.0.113.9 [12/Mar/2024:10:15:32 +0000] "GET /plain/a HTTP/1.1" 200"#;
    let captured = LoadOptions {
        input_format: Some("haproxy-http".to_owned()),
        captures: vec!["User-Agent".to_owned(), "X-Api-Key".to_owned()],
        ..none()
    };
    vec![
        (
            "w3c",
            format!(
                "#Fields: date time c-ip cs-method cs-uri-stem sc-status cs(X-Api-Key) cs(Cookie) \
                 cs(Authorization)\n2024-03-12 10:15:32 203.0.113.9 GET /plain/a 200 {SECRET} theme=1;+x={COOKIE} \
                 Bearer+{SECRET}\n2024-03-12 10:15:33 203.0.113.9 GET /plain/b 200 - - -\n"
            ),
            none(),
        ),
        (
            "csv",
            format!(
                "time,client_ip,method,path,status,x_api_key,user_agent,password\n2024-03-12T10:15:32Z,203.0.113.9,GET,\
                 /plain/a,200,{SECRET},curl,\"{COOKIE}\"\n2024-03-12T10:15:33Z,203.0.113.9,GET,/plain/b,200,,curl,\n"
            ),
            none(),
        ),
        (
            "zeek",
            format!(
                "#fields\tts\tid.orig_h\tmethod\thost\turi\tstatus_code\tusername\tpassword\tuser_agent\n1710238532.5\t\
                 203.0.113.9\tGET\tplain.example\t/plain/a\t200\tjoe\t{SECRET}\tcurl\n1710238533.5\t203.0.113.9\tGET\t\
                 plain.example\t/plain/b\t200\tjoe\t-\tcurl\n"
            ),
            none(),
        ),
        (
            "nginx",
            format!("{start} \"{SECRET}\" {COOKIE} 17\n{} \"-\" - 17\n", start.replace("/a", "/b")),
            directive(
                r#"$remote_addr [$time_local] "$request" $status "$http_x_api_key" $cookie_sid $body_bytes_sent"#,
            ),
        ),
        (
            "nginx, a header of cookies with escapes",
            format!("{start} \"theme=1; a=\\x22{COOKIE}\\x22; {SECRET}\" 17\n{} \"-\" 17\n", start.replace("/a", "/b")),
            directive(r#"$remote_addr [$time_local] "$request" $status "$http_cookie" $body_bytes_sent"#),
        ),
        (
            "nginx, an object",
            format!(
                "{{\"t\":\"2024-03-12T10:15:32+00:00\",\"a\":\"203.0.113.9\",\"r\":\"GET /plain/a HTTP/1.1\",\"s\":\"200\",\
                 \"k\":\"{SECRET}\",\"c\":\"{COOKIE}\\\"\"}}\n{{\"t\":\"2024-03-12T10:15:33+00:00\",\"a\":\"203.0.113.9\",\
                 \"r\":\"GET /plain/b HTTP/1.1\",\"s\":\"200\",\"k\":\"\",\"c\":\"\"}}\n"
            ),
            directive(
                "escape=json '{\"t\":\"$time_iso8601\",\"a\":\"$remote_addr\",\"r\":\"$request\",\"s\":\"$status\",\
                 \"k\":\"$http_x_api_key\",\"c\":\"$cookie_sid\"}'",
            ),
        ),
        (
            "apache",
            format!("{start} \"{SECRET}\" \"{COOKIE}\" 17\n{} \"-\" \"-\" 17\n", start.replace("/a", "/b")),
            directive(r#"%h %t "%r" %>s "%{X-Api-Key}i" "%{sid}C" %b"#),
        ),
        (
            "envoy",
            format!(
                "[2024-03-12T10:15:32.000Z] \"GET /plain/a HTTP/2\" 200 203.0.113.9 \"Bearer {SECRET}\" \"{COOKIE}\"\n"
            ),
            directive(
                "[%START_TIME%] \"%REQ(:METHOD)% %REQ(:PATH)% %PROTOCOL%\" %RESPONSE_CODE% %DOWNSTREAM_REMOTE_ADDRESS% \
                 \"%REQ(AUTHORIZATION)%\" \"%REQ(X-API-KEY)%\"",
            ),
        ),
        (
            "haproxy",
            format!(
                "haproxy[1]: 203.0.113.9:33317 [06/Feb/2009:12:14:14.655] in~ be/s 10/0/30/69/109 200 2750 - - ---- \
                 1/1/1/1/0 0/0 {{curl|{SECRET}}} \"GET /plain/a HTTP/1.1\"\nhaproxy[1]: 203.0.113.9:33317 \
                 [06/Feb/2009:12:14:15.655] in~ be/s 10/0/30/69/109 200 2750 - - ---- 1/1/1/1/0 0/0 {{curl|}} \
                 \"GET /plain/b HTTP/1.1\"\n"
            ),
            captured,
        ),
    ]
}

fn json(text: &str) -> String {
    serde_json::Value::String(text.to_owned()).to_string()
}

/// Lines as carriers hand them on.
fn wrapped(log: &str) -> Vec<String> {
    let each = |line: &dyn Fn(&str) -> String| -> String { log.lines().map(|each| line(each) + "\n").collect() };
    vec![
        log.to_owned(),
        log.replace('\n', "\r\n"),
        each(&|line| format!("<190>Mar 12 10:15:32 gw nginx: {line}")),
        each(&|line| format!("2024-03-12T10:15:32.1Z stdout F {line}")),
        each(&|line| {
            let line = json(&format!("{line}\n"));
            format!("{{\"log\":{line},\"stream\":\"stdout\",\"time\":\"2024-03-12T10:15:32.123456789Z\"}}")
        }),
    ]
}

/// The raw line of every row, as it may be shown.
fn shown(log: &str, options: &LoadOptions) -> Vec<String> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.log");
    fs::write(&path, log).unwrap();
    let options = LoadOptions { threads: 1, keep_all_rejects: true, ..options.clone() };
    let loaded = load(&[path.display().to_string()], &options, &mut |_| {}).unwrap();
    let line = |row| {
        let line = loaded.raw.read(loaded.facts.source(row), loaded.facts.place(row)).unwrap();
        loaded.facts.mask(row, &line, &options.key)
    };
    let shown = (0..loaded.facts.rows()).map(line).collect();
    assert!(loaded.rejects.is_empty(), "{:?}\n{log}", loaded.rejects);
    shown
}

#[test]
fn no_secret_that_only_its_column_names_is_in_a_raw_line() {
    for (family, log, options) in logs() {
        for log in wrapped(&log) {
            let shown = shown(&log, &options);
            assert!(!shown.is_empty(), "{family}:\n{log}");
            for line in &shown {
                assert!(!line.contains(SECRET) && !line.contains(COOKIE), "{family}: {line}");
                // And nothing else is gone.
                assert!(line.contains("/plain/") && line.contains("203.0.113.9"), "{family}: {line}");
            }
            assert!(shown[0].contains('~'), "{family}: {}", shown[0]);
            assert!(shown.get(1).is_none_or(|line| !line.contains("~0") && !line.contains("/plain/a")), "{family}");
        }
    }
}

#[test]
fn names_of_cookies_and_schemes_are_left() {
    let (_, log, options) = logs().swap_remove(0);
    let line = &shown(&log, &options)[0];
    let prints: Vec<&str> = line.split(' ').skip(6).collect();
    let key = crate::mask::fingerprint(&options.key, SECRET.as_bytes());
    assert_eq!((prints[0], prints[2]), (format!("~{key}").as_str(), format!("Bearer+~{key}").as_str()));
    assert!(prints[1].starts_with("theme=~") && prints[1].contains(";+x=~"), "{line}");
}

#[test]
fn parameters_of_a_query_that_stands_by_itself_are_hidden() {
    let log = "#Fields: date time c-ip cs-method cs-uri-stem cs-uri-query sc-status\n\
               2024-03-12 10:15:32 203.0.113.9 GET /plain/a key=qzwxplmkjh&code=vbnm1234rtyu&page=2 200\n";
    let line = &shown(log, &LoadOptions::default())[0];
    assert!(line.contains("key=~") && line.contains("&code=~") && line.contains("&page=2 200"), "{line}");
}

#[test]
fn items_of_one_line_hide_each_others_secrets() {
    let (_, log, options) = logs().swap_remove(3);
    let messages: Vec<String> = log.lines().map(|line| format!("{{\"message\":{}}}", json(line))).collect();
    let shown = shown(&format!("{{\"logEvents\":[{}]}}\n", messages.join(",")), &options);
    assert_eq!(shown.len(), 2);
    for line in shown {
        assert!(!line.contains(SECRET) && !line.contains(COOKIE) && line.contains("/plain/b"), "{line}");
    }
}

#[test]
fn lines_of_other_formats_in_the_same_source_are_not_cut_up() {
    let combined = r#"203.0.113.9 - - [12/Mar/2024:10:15:32 +0000] "GET /plain/c HTTP/1.1" 200 17 "-" "curl/8""#;
    let (_, log, _) = logs().swap_remove(0);
    let shown = shown(&format!("{log}{combined}\n{combined}\n"), &LoadOptions::default());
    assert_eq!(shown.len(), 4);
    assert_eq!(shown[3], combined);
}
