//! One secret in many formats and places: it must never leave, neither as a value nor in a reject or report.
#![allow(clippy::unwrap_used, clippy::format_push_string)]
use super::*;
use crate::schema::{Number, Text};
use std::collections::BTreeMap;
use std::fs;

const SIGNATURE: &str = "SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJVadQssw5c";
const HEADER: &str = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9";
/// `{"sub":"user-77","client_id":"shop","scope":"orders.read","iat":1710238532,"exp":1710242132,"sid":"sess-9"}`
const CLAIMS: &str = "eyJzdWIiOiJ1c2VyLTc3IiwiY2xpZW50X2lkIjoic2hvcCIsInNjb3BlIjoib3JkZXJzLnJlYWQiLCJpYXQiOjE3MTAy\
                      Mzg1MzIsImV4cCI6MTcxMDI0MjEzMiwic2lkIjoic2Vzcy05In0";

/// What must never be seen.
const PLANTED: [&str; 12] = [
    SIGNATURE,
    "eyJzdWIi",
    "sess-9",
    "s3cretpassw0rd",
    "czNjcmV0cGFzc3cwcmQ",
    "0penSesame77",
    "c00kieVal42",
    "ghp_16C7e42F292c6912",
    "AKIAIOSFODNN7EXAMPLE",
    "sk_live_4eC39HqL",
    "q7Zt2Xb9Lm4Kp0Rv8Ns3",
    "XXXXxxxx0000YYYYyyyy1111",
];

fn jwt() -> String {
    format!("{HEADER}.{CLAIMS}.{SIGNATURE}")
}

/// Targets with secrets in every place of a target.
fn targets() -> Vec<String> {
    let jwt = jwt();
    vec![
        "/a?id=7&token=0penSesame77&x=1".into(),
        "/a?api%5Fkey=0penSesame77".into(),
        "/a?x-shop-api-key=0penSesame77".into(),
        "/a?user[password]=s3cretpassw0rd".into(),
        "/a?user%5Bpassword%5D=s3cretpassw0rd#f".into(),
        "/a?redirect=https%3A%2F%2Fh%2F%3Ftoken%3D0penSesame77%26x%3D1&y=2".into(),
        "/a?r=https%253A%252F%252Fh%252F%253Faccess_token%253D0penSesame77&y=2".into(),
        "/a?q=%7B%22password%22%3A%22s3cretpassw0rd%22%7D".into(),
        "/a;jsessionid=c00kieVal42/b?x=1".into(),
        "/cb#access_token=0penSesame77&state=x".into(),
        format!("/a?q={jwt}"),
        format!("/a?q=%20{jwt}%20"),
        format!("/a/{jwt}/b"),
        format!("/a?jwt={jwt}&b=2"),
        "/keys/AKIAIOSFODNN7EXAMPLE/x".into(),
        "/a?v=sk_live_4eC39HqLyjWDarjtT1zdp7dc".into(),
        "/a?v=x,ghp_16C7e42F292c6912E7710c838347Ae178B4a".into(),
        "/auth/reset-password/q7Zt2Xb9Lm4Kp0Rv8Ns3Yw6D?lang=en".into(),
        "/hooks/services/T00000000/B00000000/XXXXxxxx0000YYYYyyyy1111".into(),
        "http://joe:s3cretpassw0rd@h.example/x".into(),
        "/a?authorization=Basic%20am9lOnMzY3JldHBhc3N3MHJk"
            .replace("am9lOnMzY3JldHBhc3N3MHJk", "am9lOjczNjcmV0cGFzc3cwcmQ="),
    ]
}

/// Values of headers with secrets.
fn headers() -> Vec<String> {
    vec![
        format!("Bearer {}", jwt()),
        "Basic am9lOmczNjcmV0cGFzc3cwcmQ=".into(),
        "Bearer 0penSesame77".into(),
        "session=c00kieVal42; theme=dark".into(),
        format!("a=b; jwt={}", jwt()),
        "sk_live_4eC39HqLyjWDarjtT1zdp7dc".into(),
        "0penSesame77".into(),
    ]
}

/// Lines with a target, a URL, in each of the built-in formats and some directives: format or directive, then lines.
fn sources(target: &str, url: &str) -> Vec<(&'static str, String)> {
    let clf = "198.51.100.4 - - [12/Mar/2024:10:15:32 +0000]";
    let json = |text: &str| text.replace('\\', "\\\\").replace('"', "\\\"");
    let (path, query) = target.split_once('?').unwrap_or((target, "-"));
    vec![
        ("nginx-combined", format!("{clf} \"GET {target} HTTP/1.1\" 200 5 \"{url}\" \"curl/8 ({target})\"")),
        ("nginx-main", format!("{clf} \"POST {target} HTTP/1.1\" 200 5 \"{url}\" \"x\" \"203.0.113.7\"")),
        ("apache-common", format!("{clf} \"GET {target} HTTP/1.1\" 200 5")),
        ("apache-combined", format!("{clf} \"{target}\" 400 5 \"{url}\" \"-\"")),
        ("apache-vhost-combined", format!("a.example:443 {clf} \"GET {target} HTTP/1.1\" 200 5 \"{url}\" \"-\"")),
        (
            "aws-alb",
            format!(
                "https 2024-07-02T22:23:00.186641Z app/a/1 192.0.2.131:2817 10.0.0.1:80 0.086 0.048 0.037 200 200 34 366 \
                 \"GET https://a.example:443{target} HTTP/1.1\" \"curl\" E T arn:x \"Root=1-2\" \"a\" \"arn:x\" 1 \
                 2024-07-02T22:22:48.364000Z \"forward\" \"{url}\" \"-\" \"10.0.0.1:80\" \"200\" \"-\" \"-\" {url}"
            ),
        ),
        (
            "envoy",
            format!(
                "[2024-04-15T20:17:00.310Z] \"GET {target} HTTP/2\" 204 - 154 3 226 100 \"10.0.35.28\" \"x\" \"{url}\" \
                 \"a.example\" \"tcp://10.0.2.1:80\""
            ),
        ),
        (
            "kong",
            format!(
                r#"{{"request":{{"method":"GET","uri":"{0}","url":"{1}","headers":{{"host":"a","referer":"{1}"}}}},"response":{{"status":200}},"latencies":{{"request":33}},"client_ip":"10.0.0.9","started_at":1710238532123,"upstream_uri":"{0}"}}"#,
                json(target),
                json(url)
            ),
        ),
        (
            "nginx-json",
            format!(
                r#"{{"time_iso8601":"2024-03-12T10:15:32+00:00","remote_addr":"203.0.113.7","request":"GET {0} HTTP/1.1","status":"200","http_referer":"{1}","request_body":"{0}"}}"#,
                json(target),
                json(url)
            ),
        ),
        (
            "aws-apigateway-json",
            format!(
                r#"{{"requestId":"7","ip":"198.51.100.12","requestTime":"10/Jun/2023:15:36:28 +0000","httpMethod":"GET","path":"{0}","status":"200","error":{{"message":"no route for {0}"}}}}"#,
                json(target)
            ),
        ),
        (
            "aws-cloudfront",
            format!(
                "#Fields: date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status cs(Referer) \
                 cs(User-Agent) cs-uri-query cs(Cookie) x-edge-result-type x-edge-request-id\n2024-03-12\t10:15:32\tI\t8\t\
                 198.51.100.4\tGET\td.example\t{path}\t200\t{url}\tx\t{query}\tsid=c00kieVal42;%20a=b\tMiss\tabc-7=="
            ),
        ),
        (
            "w3c",
            format!(
                "#Fields: date time c-ip cs-username cs-method cs-uri-stem cs-uri-query sc-status time-taken cs(Referer) \
                 cs(Cookie) cs(Authorization)\n2024-03-12 10:15:32 198.51.100.4 - GET {path} {query} 200 15 {url} \
                 ASP.NET_SessionId=c00kieVal42;+x=y Bearer+0penSesame77"
            ),
        ),
        (
            "zeek-http",
            format!(
                "#fields\tts\tid.orig_h\tmethod\thost\turi\treferrer\tstatus_code\tuser_agent\n1710238532.5\t198.51.100.4\t\
                 GET\ta.example\t{target}\t{url}\t404\tx"
            ),
        ),
    ]
}

/// Directives whose last column is a header; `@` is where its value goes.
const DIRECTIVES: [(&str, &str); 14] = [
    (r#"$remote_addr [$time_local] "$request" $status "$http_authorization""#, "nginx"),
    (r#"$remote_addr [$time_local] "$request" $status "$http_x_api_key""#, "nginx"),
    (r#"$remote_addr [$time_local] "$request" $status "$http_cookie""#, "nginx"),
    (r#"$remote_addr [$time_local] "$request" $status "$sent_http_set_cookie""#, "nginx"),
    (r#"$remote_addr [$time_local] "$request" $status "$cookie_session""#, "nginx"),
    (r#"$remote_addr [$time_local] "$request" $status "$http_x_shop_token""#, "nginx"),
    (r#"$remote_addr [$time_local] "$request" $status "$upstream_http_x_auth_token""#, "nginx"),
    (r#"%h %t "%r" %>s "%{Authorization}i""#, "apache"),
    (r#"%h %t "%r" %>s "%{X-Api-Key}i""#, "apache"),
    (r#"%h %t "%r" %>s "%{Cookie}i""#, "apache"),
    (r#"%h %t "%r" %>s "%{Set-Cookie}o""#, "apache"),
    (r#"%h %t "%r" %>s "%{session}C""#, "apache"),
    (
        r#"%DOWNSTREAM_REMOTE_ADDRESS% [%START_TIME%] "%REQ(:METHOD)% %REQ(:PATH)% %PROTOCOL%" %RESPONSE_CODE% "%REQ(AUTHORIZATION)%""#,
        "envoy",
    ),
    (
        r#"%DOWNSTREAM_REMOTE_ADDRESS% [%START_TIME%] "%REQ(:METHOD)% %REQ(:PATH)% %PROTOCOL%" %RESPONSE_CODE% "%RESP(SET-COOKIE)%""#,
        "envoy",
    ),
];

/// Everything that a load gives away.
fn told(loaded: &Load) -> String {
    let mut told = format!("{:?}\n{:?}\n{:?}\n", loaded.rejects, loaded.sources, loaded.problems);
    for text in Text::ALL {
        for row in 0..loaded.facts.rows() {
            told += &format!("{}={:?}\n", text.name(), loaded.facts.text(text).get(row));
        }
        let dictionary = &loaded.facts.text(text).dictionary;
        for code in 1..dictionary.len() {
            told += &format!("{}\n", dictionary.text(code as u32));
        }
    }
    for row in 0..loaded.facts.rows() {
        let line = loaded.raw.read(loaded.facts.source(row), loaded.facts.place(row)).unwrap();
        told += &format!("raw={}\n", loaded.facts.mask(row, &line, &LoadOptions::default().key));
    }
    told
}

fn read(lines: &str, options: &LoadOptions) -> Load {
    read_and(lines, options, |loaded| loaded)
}

/// Raw lines are there as long as the file is.
fn read_and<T>(lines: &str, options: &LoadOptions, then: impl FnOnce(Load) -> T) -> T {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.log");
    fs::write(&path, lines).unwrap();
    let options = LoadOptions { threads: 1, keep_all_rejects: true, ..options.clone() };
    then(load(&[path.display().to_string()], &options, &mut |_| {}).unwrap())
}

fn nothing_shows(lines: &str, options: &LoadOptions) {
    let told = read_and(lines, options, |loaded| told(&loaded));
    for planted in PLANTED {
        let shows: Vec<&str> = told.lines().filter(|line| line.contains(planted)).collect();
        assert!(shows.is_empty(), "{planted} shows in {shows:#?} of\n{lines}");
    }
}

fn of(format: &str) -> LoadOptions {
    LoadOptions { input_format: Some(format.to_owned()), ..LoadOptions::default() }
}

#[test]
fn no_secret_of_a_target_leaves_any_format() {
    let mut logs: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for target in targets() {
        let url = if target.starts_with('/') { format!("https://shop.example{target}") } else { target.clone() };
        for (format, lines) in sources(&target, &url) {
            logs.entry(format).or_default().push(lines);
        }
    }
    for (format, lines) in logs {
        nothing_shows(&lines.join("\n"), &of(format));
        let loaded = read(&lines.join("\n"), &of(format));
        assert_eq!((loaded.facts.rows(), loaded.rejects.len()), (lines.len(), 0), "{format}: {:?}", loaded.rejects);
        // The same as lines of another format, and cut off anywhere: rejects.
        nothing_shows(&lines.join("\n"), &of(if format == "kong" { "aws-alb" } else { "kong" }));
        for part in 2..6 {
            let cut = |line: &String| line[..line.len() * part / 6].to_owned();
            nothing_shows(&lines.iter().map(cut).collect::<Vec<_>>().join("\n"), &of(format));
        }
    }
}

#[test]
fn no_secret_of_a_header_leaves_any_directive() {
    for header in headers() {
        for (directive, vendor) in DIRECTIVES {
            let time = if vendor == "envoy" { "2024-04-15T20:17:00.310Z" } else { "12/Mar/2024:10:15:32 +0000" };
            let line = format!("198.51.100.4 [{time}] \"GET /a HTTP/1.1\" 200 \"{header}\"");
            let options = LoadOptions { log_format: Some(directive.to_owned()), ..LoadOptions::default() };
            // A bare word in a cookie header is no cookie.
            nothing_shows(&line, &options);
            assert_eq!(read(&line, &options).facts.rows(), 1, "{directive}");
            let broken = line.replace("\" 200", "\" two");
            if header != "0penSesame77" {
                nothing_shows(&broken, &options);
            }
        }
    }
}

#[test]
fn a_field_and_its_raw_line_have_the_same_fingerprint() {
    let json = |text: &str| text.replace('"', "\\\"");
    for header in [
        "Bearer 0penSesame77",
        "Basic am9lOmczNjcmV0cGFzc3cwcmQ=",
        "DPoP 0penSesame77",
        "Token token=\"0penSesame77\"",
        "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/2024/x, Signature=0f1e",
        "Digest username=\"ann\", realm=\"api\", nonce=\"n1\", response=\"0f1e\"",
        "0penSesame77",
    ] {
        let kong = format!(
            r#"{{"request":{{"method":"GET","uri":"/","headers":{{"host":"a","authorization":"{}"}}}},"response":{{"status":200}},"client_ip":"10.0.0.9","started_at":1710238532123}}"#,
            json(header)
        );
        let nginx = format!(
            r#"{{"time_iso8601":"2024-03-12T10:15:32+00:00","remote_addr":"203.0.113.7","request":"GET / HTTP/1.1","status":"200","http_authorization":"{}"}}"#,
            json(header)
        );
        for (format, line) in [("kong", kong), ("nginx-json", nginx)] {
            read_and(&line, &of(format), |loaded| {
                let field = loaded.facts.text(Text::Credential).get(0).unwrap().to_owned();
                let line = loaded.raw.read(loaded.facts.source(0), loaded.facts.place(0)).unwrap();
                let line = loaded.facts.mask(0, &line, &LoadOptions::default().key);
                assert!(line.contains(&format!("~{field}")), "{field}: {line}");
            });
        }
    }
}

#[test]
fn no_secret_of_a_body_or_capture_leaves() {
    let directive = r#"$remote_addr [$time_local] "$request" $status "$request_body" "$sent_http_location""#;
    let options = LoadOptions { log_format: Some(directive.to_owned()), ..LoadOptions::default() };
    for body in [
        "user=joe&password=s3cretpassw0rd",
        r"{\x22user\x22:\x22joe\x22,\x22password\x22:\x22s3cretpassw0rd\x22}",
        r#"{\"login\":{\"userPassword\": \"s3cretpassw0rd\"}}"#,
        r"<a><password>s3cretpassw0rd</password></a>",
        "assertion=0penSesame77&grant_type=x",
    ] {
        let line = format!(
            "198.51.100.4 [12/Mar/2024:10:15:32 +0000] \"POST /login HTTP/1.1\" 200 \"{body}\" \
             \"https://a/cb?code=0penSesame77#access_token=0penSesame77\""
        );
        nothing_shows(&line, &options);
        assert_eq!(read(&line, &options).facts.rows(), 1);
        nothing_shows(&line.replace("\" 200", "\" two"), &options);
    }
    let haproxy = format!(
        "Feb  6 12:14:14 lb haproxy[1]: 10.0.1.2:33317 [06/Feb/2009:12:14:14.655] in~ be/s 10/0/30/69/109 200 2750 \
         sid=c00kieVal42 session=c00kieVal42 ---- 1/1/1/1/0 0/0 {{a.example|Bearer {}|q7Zt2Xb9Lm4Kp0Rv8Ns3Yw6D}} \
         \"GET /?token=0penSesame77 HTTP/1.1\"",
        jwt()
    );
    nothing_shows(&haproxy, &of("nginx-combined"));
}

#[test]
fn tokens_say_who_asks() {
    let print = |secret: &str| Some(crate::mask::fingerprint(&LoadOptions::default().key, secret.as_bytes()));
    let jwt = jwt();
    let directive =
        r#"$remote_addr - $remote_user [$time_local] "$request" $status "$http_authorization" "$http_cookie""#;
    let options = LoadOptions { log_format: Some(directive.to_owned()), ..LoadOptions::default() };
    for (target, authorization, cookie) in [
        ("/a", format!("Bearer {jwt}"), "-".to_owned()),
        ("/a", "-".to_owned(), format!("theme=x; auth={jwt}")),
        (&*format!("/a?access_token={jwt}"), "-".to_owned(), "-".to_owned()),
        (&*format!("/a/{jwt}"), "-".to_owned(), "-".to_owned()),
    ] {
        let line = format!(
            "198.51.100.4 - - [12/Mar/2024:10:15:32 +0000] \"GET {target} HTTP/1.1\" 200 \"{authorization}\" \"{cookie}\""
        );
        let facts = read(&line, &options).facts;
        let text = |which: Text| facts.text(which).get(0).map(str::to_owned);
        assert_eq!(text(Text::Principal).as_deref(), Some("user-77"), "{line}");
        assert_eq!(text(Text::ClientApp).as_deref(), Some("shop"));
        assert_eq!(text(Text::Scope).as_deref(), Some("orders.read"));
        assert_eq!((text(Text::Session), text(Text::Credential)), (print("sess-9"), print(&jwt)));
        assert_eq!(facts.number(Number::TokenIat).get(0), Some(1_710_238_532_000_000));
        assert_eq!(facts.number(Number::TokenExp).get(0), Some(1_710_242_132_000_000));
    }
    // What the record states wins; Basic names its user; unsigned tokens are told.
    let unsigned = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZG1pbiJ9.";
    for (user, authorization, principal, extra) in [
        ("ann", format!("Bearer {jwt}"), Some("ann"), None),
        ("-", "Basic am9lOnB3".to_owned(), Some("joe"), None),
        ("-", r"Digest username=\x22eve\x22, realm=\x22r\x22, nonce=\x22n\x22".to_owned(), Some("eve"), None),
        ("-", format!("Bearer {unsigned}"), Some("admin"), Some("jwt_alg=none")),
        ("-", "Negotiate YIIJvwYGKwYBBQUCoIIJszCC".to_owned(), None, None),
    ] {
        let line = format!(
            "198.51.100.4 - {user} [12/Mar/2024:10:15:32 +0000] \"GET /a HTTP/1.1\" 200 \"{authorization}\" \"-\""
        );
        let facts = read(&line, &options).facts;
        assert_eq!(facts.text(Text::Principal).get(0), principal, "{line}");
        assert_eq!(facts.text(Text::Extra).get(0), extra);
        assert!(facts.text(Text::Credential).get(0).is_some());
    }
}

#[test]
fn no_secret_of_a_target_leaves_the_sample_of_any_format() {
    let mut planted = 0;
    for format in crate::format::builtin() {
        for sample in format.rows() {
            let sample = String::from_utf8_lossy(sample).into_owned();
            let facts = read(&sample, &of(&format.id)).facts;
            let target = facts.text(Text::Target).get(0).map(|target| target.split('?').next().unwrap_or_default());
            let Some(target) = target.filter(|target| target.len() > 2 && sample.contains(target)) else { continue };
            for secret in targets().iter().filter(|secret| secret.starts_with('/')) {
                // JSON needs its escapes, and these targets have nothing to escape.
                nothing_shows(&sample.replace(target, secret), &of(&format.id));
                planted += 1;
            }
        }
    }
    assert!(planted > 200, "{planted}");
}
