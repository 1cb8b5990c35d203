#![allow(clippy::unwrap_used)]
use super::*;
use crate::load::{Load, LoadOptions, load_in_blocks};
use crate::schema::Text;
use crate::survey::survey;
use std::fmt::Write as _;

const MIB: usize = 1 << 20;

fn combined(id: usize) -> String {
    format!(
        "198.51.100.{} - ann [02/Jan/2026:22:{:02}:05 +0000] \"GET /a/{id} HTTP/1.1\" 200 12 \"-\" \"curl\"\n",
        id % 200,
        id / 60 % 60
    )
}

fn json(id: usize) -> String {
    format!(
        "{{\"time_local\":\"02/Jan/2026:23:04:05 +0000\",\"remote_addr\":\"203.0.113.9\",\"request\":\"GET /j/{id} HTTP/1.1\",\"status\":\"200\",\"body_bytes_sent\":\"12\",\"request_time\":\"0.123\"}}\n"
    )
}

fn old_ingress(id: usize) -> String {
    format!(
        "203.0.113.9 - [203.0.113.9] - - [02/Jan/2026:23:04:05 +0000] \"GET /i/{id} HTTP/1.1\" 200 12 \"-\" \"curl/7\" 345 0.012 [ns-svc-80] 10.0.0.1:80 12 0.011 200\n"
    )
}

/// Lines up to about so many bytes.
fn fill(text: &mut String, bytes: usize, line: impl Fn(usize) -> String) {
    for id in 0.. {
        if text.len() >= bytes {
            return;
        }
        text.push_str(&line(id));
    }
}

fn read_as(text: &str, threads: usize, block: usize) -> Load {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.log");
    std::fs::write(&path, text).unwrap();
    let options = LoadOptions { threads, keep_all_rejects: true, ..LoadOptions::default() };
    load_in_blocks(&[path.display().to_string()], &options, &mut |_| {}, (block, None)).unwrap()
}

fn told(loaded: &Load) -> String {
    let (mut told, facts) = (String::new(), &loaded.facts);
    for row in 0..facts.rows() {
        let text = |which| facts.text(which).get(row).unwrap_or("-");
        let [peer, user, target] = [Text::PeerIp, Text::Principal, Text::Target].map(text);
        let _ = writeln!(told, "{} {peer} {user} {target}", facts.place(row).line_no);
    }
    for reject in &loaded.rejects {
        let _ = writeln!(told, "reject {} {}", reject.line_no, reject.reason);
    }
    told
}

/// Rows, rejects, and the other formats, whatever the blocks and threads.
fn read(text: &str) -> (Load, Vec<String>) {
    let loaded = read_as(text, 1, 3 * MIB);
    for (threads, block) in [(2, 300_000), (2, 3 * MIB)] {
        assert_eq!(told(&read_as(text, threads, block)), told(&loaded), "{threads} threads, blocks of {block}");
    }
    let others = loaded.sources[0].others.iter().map(|other| format!("{} {}", other.named(), other.rows)).collect();
    (loaded, others)
}

#[test]
fn a_format_that_begins_after_the_first_mebibyte_is_read() {
    // In the middle of a window, at its end, and where too little of it is left to be seen.
    for at in [MIB + MIB / 2, 2 * MIB - 300, 2 * MIB - 20_000, 3 * MIB + 10] {
        let mut text = String::new();
        fill(&mut text, at, combined);
        let before = text.lines().count();
        fill(&mut text, at + MIB, json);
        let after = text.lines().count() - before;
        let (loaded, others) = read(&text);
        assert_eq!(loaded.sources[0].rejects, 0, "{at}");
        assert_eq!(others, [format!("nginx-json {after}")], "{at}");
    }
}

#[test]
fn the_last_lines_may_be_in_another_format() {
    let mut text = String::new();
    fill(&mut text, MIB + MIB / 4, combined);
    let whole = text.len();
    fill(&mut text, whole + 30_000, |id| format!("Jan  2 22:04:05 web1 nginx: {}", combined(id)));
    let (loaded, others) = read(&text);
    assert_eq!((loaded.sources[0].rejects, others.len()), (0, 1), "{others:?}");
    assert!(others[0].starts_with("nginx-combined in syslog "), "{others:?}");
    assert!(!told(&loaded).contains("web1"));
}

#[test]
fn a_format_that_the_first_would_misread_is_read_as_what_it_is() {
    let mut text = String::new();
    fill(&mut text, MIB + MIB / 8, combined);
    fill(&mut text, MIB + MIB / 3, old_ingress);
    let (loaded, others) = read(&text);
    assert_eq!(loaded.sources[0].rejects, 0);
    assert!(others[0].starts_with("nginx-ingress "), "{others:?}");
    assert!(told(&loaded).lines().filter(|line| line.contains("/i/")).all(|line| line.contains("203.0.113.9 - /i/")));
}

#[test]
fn requests_after_a_mebibyte_of_other_text_are_read() {
    let mut text = String::new();
    fill(&mut text, MIB + MIB / 2, |id| format!("step {id} of the start, nothing to see\n"));
    let noise = text.lines().count() as u64;
    fill(&mut text, 2 * MIB, combined);
    let rows = text.lines().count() as u64 - noise;
    let (loaded, _) = read(&text);
    let source = &loaded.sources[0];
    assert_eq!((source.format.as_deref(), source.rows, source.rejects), (Some("nginx-combined"), rows, noise));
    assert_eq!(source.completeness, crate::report::Completeness::Whole);
}

#[test]
fn columns_named_later_on_hold_from_there() {
    let mut text = String::new();
    fill(&mut text, MIB + MIB / 2, combined);
    text.push_str("#Fields: date time c-ip cs-method cs-uri-stem sc-status\n");
    fill(&mut text, 2 * MIB, |id| format!("2026-01-02 23:04:05 203.0.113.9 GET /w/{id} 200\n"));
    let (loaded, others) = read(&text);
    assert_eq!((loaded.sources[0].rejects, others.len()), (0, 1), "{others:?}");
    assert!(others[0].starts_with("w3c "), "{others:?}");
}

#[test]
fn what_leads_to_nothing_is_looked_at_seldom() {
    let mut rest = Rest::default();
    let mut looks = 0;
    for _ in 0..100_000 {
        if rest.ends(5) {
            looks += 1;
            rest.begin(5);
        }
    }
    assert!((10..20).contains(&looks), "{looks}");
    // Little noise goes on, until much more does not fit.
    assert!(!rest.ends(0) && !rest.ends(10) && rest.ends(30));
}

#[test]
fn lines_are_taken_from_all_over_a_window() {
    let mut text = String::from("the end of a line\n");
    fill(&mut text, 100_000, |id| format!("{id}\n"));
    let last = text.lines().last().unwrap().to_owned();
    text.push_str("cut");
    let lines = Lines::of(text.as_bytes(), true, false);
    let few: Vec<&[u8]> = lines.spread(FEW).collect();
    assert_eq!((few[0], few.last().copied(), few.len()), (b"0".as_slice(), Some(last.as_bytes()), FEW + 1));
    assert_eq!(Lines::of(text.as_bytes(), true, true).spread(4).last(), Some(b"cut".as_slice()));
    assert_eq!(Lines::of(b"no line end", true, false).spread(FEW).count(), 0);
    assert_eq!(Lines::of(b"#a\nx\n#b\r\ny", false, true).headers().collect::<Vec<_>>(), [b"#a", b"#b"]);
}

#[test]
fn a_survey_says_that_the_end_is_in_another_format() {
    let dir = tempfile::tempdir().unwrap();
    let mut text = String::new();
    fill(&mut text, 2 * MIB, combined);
    fill(&mut text, 3 * MIB, json);
    std::fs::write(dir.path().join("a.log"), text).unwrap();
    let found = survey(&[dir.path().display().to_string()], &LoadOptions::default(), &mut |_| {}).unwrap();
    let report = &found.sources[0].report;
    assert_eq!((report.format.as_deref(), report.rejects), (Some("nginx-combined"), 0));
    assert_eq!(report.others.iter().map(|other| other.format.as_str()).collect::<Vec<_>>(), ["nginx-json"]);
    assert_eq!(found.sources[0].reach, crate::survey::Reach::Ends);
}
