//! Secrets that only the place of their column shows: never in a reject, never in what detection prints.
#![allow(clippy::unwrap_used)]
use super::*;
use crate::detect::{Explanation, explain};
use base64::Engine;
use std::fs;

const PLANTED: [&str; 3] = ["ZZbasicpw", "ZZrawcookie", "ZZapikeyvalue"];

fn looked_at(lines: &str, options: &LoadOptions) -> (Load, Explanation) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.log");
    fs::write(&path, lines).unwrap();
    let paths = [path.display().to_string()];
    let options = LoadOptions { threads: 1, keep_all_rejects: true, ..options.clone() };
    let loaded = load(&paths, &options, &mut |_| {}).unwrap();
    let mut told = Vec::new();
    explain(&paths, &options, &mut |one| told.push(one)).unwrap();
    (loaded, told.remove(0).sample.unwrap())
}

/// Neither a reject nor the explanation shows what was planted; the rejects, for more to be asked of them.
fn hidden(lines: &str, options: &LoadOptions) -> Vec<String> {
    let (loaded, explained) = looked_at(lines, options);
    let rejects: Vec<String> =
        loaded.rejects.iter().map(|reject| format!("{} {}", reject.reason, reject.raw)).collect();
    let shown = format!("{rejects:#?}\n{explained:#?}\n{:?}", loaded.sources);
    for planted in PLANTED {
        assert!(!shown.contains(planted), "{planted} shows in {shown} of\n{lines}");
    }
    rejects
}

fn many(lines: &[&str], times: usize, last: &str) -> String {
    let (header, rows) = lines.split_first().unwrap();
    let mut text = format!("{header}\n");
    for _ in 0..times {
        for row in rows {
            text += row;
            text += "\n";
        }
    }
    text + last + "\n"
}

#[test]
fn columns_of_w3c_tables() {
    let header = "#Fields: date time c-ip cs-method cs-uri-stem sc-status cs(Authorization) cs(Cookie) cs(X-Api-Key)";
    let good = "2026-01-02 22:04:05 203.0.113.9 GET /a 200 Basic+ZZbasicpw ZZrawcookie ZZapikeyvalue";
    let bad = "2026-01-02 22:04:05 203.0.113.9 GET /a /b 200 Basic+ZZbasicpw ZZrawcookie ZZapikeyvalue";
    for times in [0, 5] {
        let rejects = hidden(&many(&[header, good], times, bad), &LoadOptions::default());
        assert_eq!(rejects.len() - usize::from(times == 0) * (rejects.len() - 1), 1);
        assert!(rejects.last().unwrap().contains("203.0.113.9 GET /a /b 200 ~"), "{rejects:?}");
    }
    // Too few values, and in a wrapper that spells them as they are.
    hidden(
        &many(&[header, good], 5, "2026-01-02 22:04:05 203.0.113.9 200 Basic+ZZbasicpw ZZrawcookie"),
        &LoadOptions::default(),
    );
    let wrapped = |line: &str| format!("<134>1 2026-01-02T22:04:06Z web1 iis 7 - - {line}");
    let lines = [header, good].map(wrapped);
    hidden(&many(&[&lines[0], &lines[1]], 5, &wrapped(bad)), &LoadOptions::default());
}

#[test]
fn columns_of_other_tables() {
    let header = "time,ip,method,path,status,password,authorization";
    let good = "2026-01-02T22:04:05Z,203.0.113.9,GET,/a,200,ZZapikeyvalue,Basic ZZbasicpw";
    for bad in [
        "2026-01-02T22:04:05Z,BAD,ZZapikeyvalue",
        "2026-01-02T22:04:05Z,203.0.113.9,GET,/a,200,\"ZZapikeyvalue,Basic ZZbasicpw",
        "2026-01-02T22:04:05Z,203.0.113.9,GET,/a,abc,ZZapikeyvalue,Basic ZZbasicpw",
    ] {
        for times in [0, 5] {
            assert!(!hidden(&many(&[header, good], times, bad), &LoadOptions::default()).is_empty(), "{bad}");
        }
    }
    let header = "#separator \\x09\n#fields\tts\tuid\tid.orig_h\tmethod\thost\turi\tstatus_code\tusername\tpassword";
    let good = "1767391445.123\tC1\t203.0.113.9\tGET\th\t/a\t200\tbob\tZZapikeyvalue";
    let rejects = hidden(&many(&[header, good], 5, "1767391445.123\tC1\tBAD\tZZapikeyvalue"), &LoadOptions::default());
    assert_eq!(rejects.len(), 1);
}

#[test]
fn variables_of_directives() {
    let directive = r#"$remote_addr [$time_local] "$request" $status "$http_x_api_key" "$http_cookie""#;
    let options = LoadOptions { log_format: Some(directive.to_owned()), ..LoadOptions::default() };
    let line = |status: &str, rest: &str| {
        format!(r#"203.0.113.9 [02/Jan/2026:22:04:05 +0000] "GET /a HTTP/1.1" {status} "ZZapikeyvalue" {rest}"#)
    };
    let good = line("200", r#""ZZrawcookie""#);
    for bad in [line("abc", r#""ZZrawcookie""#), line("200", r#""ZZrawcookie"#), line("200", "ZZrawcookie")] {
        let rejects = hidden(&many(&[&good, &good], 5, &bad), &options);
        assert_eq!(rejects.len(), 1, "{rejects:?}");
        assert!(rejects[0].contains("203.0.113.9"), "{rejects:?}");
    }
}

#[test]
fn whole_requests_in_base64() {
    let request = "GET /a HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer ZZapikeyvalue\r\n\r\n";
    let base64 = base64::engine::general_purpose::STANDARD.encode(request);
    let line = format!(
        r#"{{"method":"GET","path":"/a","response_code":200,"timestamp":"2026-01-02T22:04:05Z","ip_address":"203.0.113.9","raw_request":"{base64}","api_na"#
    );
    for cut in [line.len(), line.len() - 20] {
        let options = LoadOptions { input_format: Some("tyk-analytics".to_owned()), ..LoadOptions::default() };
        let rejects = hidden(&format!("{}\n", &line[..cut]), &options);
        assert!(!rejects[0].contains(&base64[..40]), "{rejects:?}");
        assert!(rejects[0].contains("/a"), "{rejects:?}");
    }
}

#[test]
fn headers_of_what_nothing_reads_hold_beyond_a_block() {
    for header in
        ["carrier 7 #Fields: zeta eta password", "carrier 7 #fields: zeta eta password", "#fields zeta eta password"]
    {
        let text = many(&[header, "carrier 7 alpha beta ZZapikeyvalue"], 40, "");
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.log");
        fs::write(&path, text).unwrap();
        let options = LoadOptions { threads: 1, keep_all_rejects: true, ..LoadOptions::default() };
        let loaded = load_in_blocks(&[path.display().to_string()], &options, &mut |_| {}, (64, None)).unwrap();
        assert_eq!((loaded.facts.rows(), loaded.rejects.len()), (0, 41), "{header}");
        assert!(loaded.rejects.iter().all(|reject| !reject.raw.contains("ZZapikeyvalue")), "{header}");
    }
}
