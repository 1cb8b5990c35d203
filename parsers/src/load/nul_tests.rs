//! Holes: NUL bytes where nothing was written, or where it was lost.
#![allow(clippy::unwrap_used, clippy::panic)]
use super::*;
use crate::report::{Completeness, Nuls};
use std::fs;
use std::path::Path;

fn line(number: usize) -> String {
    format!(
        "203.0.113.7 - - [04/Mar/2026:02:29:{number:02} +0000] \"GET /a/{number} HTTP/1.1\" 200 {number}9 \"-\" \"curl/8.5\""
    )
}

fn log(lines: usize) -> String {
    (0..lines).map(|number| line(number) + "\n").collect()
}

fn hole(bytes: usize) -> String {
    "\0".repeat(bytes)
}

fn read(dir: &Path, text: &str, block: usize) -> Load {
    let path = dir.join("a.log");
    fs::write(&path, text).unwrap();
    let options = LoadOptions { threads: 2, ..LoadOptions::default() };
    let loaded = load_in_blocks(&[path.display().to_string()], &options, &mut |_| {}, (block, None)).unwrap();
    let source = &loaded.sources[0];
    assert_eq!(source.rows + source.rejects + source.skips, source.records);
    assert_eq!(source.records, source.lines);
    loaded
}

#[test]
fn a_tail_of_nul_bytes_is_a_reject_and_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let written = log(3).len();
    for length in [5, 3 << 20, 40 << 20] {
        let loaded = read(dir.path(), &(log(3) + &hole(length)), BLOCK);
        let source = &loaded.sources[0];
        assert_eq!((source.rows, source.rejects, source.skips), (3, 1, 0));
        let place = (4, written as u64);
        assert_eq!(source.nuls, Some(Nuls { bytes: length as u64, line_no: 4, byte_offset: place.1, spoiled: 1 }));
        let reject = &loaded.rejects[0];
        assert_eq!((u64::from(reject.line_no), reject.byte_offset), place);
        assert_eq!(reject.byte_len, length as u64);
        assert!(reject.reason.starts_with("NUL bytes only") && reject.raw.len() < 100, "{reject:?}");
    }
    let told = read(dir.path(), &(log(3) + &hole(4096)), BLOCK).sources[0].holes().unwrap();
    assert!(told.contains(&format!("4,096 NUL bytes, the first in line 4 (byte offset {written})")), "{told}");
    assert!(told.ends_with("1 record was rejected for it"), "{told}");
}

#[test]
fn nul_bytes_inside_spoil_a_record_and_those_in_front_of_it_do_not() {
    let dir = tempfile::tempdir().unwrap();
    // The beginning of one record, a hole, and the end of another: read together they would be a row.
    let (whole, next) = (line(7), line(8));
    let (begin, end) = (&whole[..whole.len() - 4], &next[next.len() - 4..]);
    let text =
        log(3) + &hole(4096) + &line(4) + "\n" + begin + &hole(600) + end + "\nGET" + &hole(5) + "nothing\n" + &log(2);
    for block in [BLOCK, 300, 64] {
        let loaded = read(dir.path(), &text, block);
        let source = &loaded.sources[0];
        assert_eq!((source.rows, source.rejects, source.skips), (6, 2, 0), "{:?}", loaded.rejects);
        assert!(
            loaded.rejects.iter().all(|reject| reject.reason.starts_with("NUL bytes in it")),
            "{:?}",
            loaded.rejects
        );
        let first = log(3).len() as u64;
        assert_eq!(source.nuls, Some(Nuls { bytes: 4701, line_no: 4, byte_offset: first, spoiled: 2 }), "{block}");
    }
}

#[test]
fn a_single_nul_byte_in_a_value_is_what_somebody_sent() {
    let dir = tempfile::tempdir().unwrap();
    let loaded = read(dir.path(), &(log(5) + &line(6).replace("curl", "cu\0rl") + "\n"), BLOCK);
    let source = &loaded.sources[0];
    assert_eq!((source.rows, source.nuls.unwrap().spoiled), (6, 0));
    assert!(source.holes().unwrap().contains("1 NUL byte, in line 6"), "{:?}", source.holes());
    assert_eq!(read(dir.path(), &log(5), BLOCK).sources[0].nuls, None);
}

#[test]
fn nothing_but_nul_bytes_is_not_called_empty() {
    let dir = tempfile::tempdir().unwrap();
    let loaded = read(dir.path(), &hole(5000), BLOCK);
    let Completeness::Unknown(why) = &loaded.sources[0].completeness else { panic!("{:?}", loaded.sources[0]) };
    assert!(why.contains("5,000 NUL bytes and nothing else") && !why.contains("empty"), "{why}");
    assert_eq!((loaded.sources[0].rejects, loaded.sources[0].nuls.unwrap().bytes), (1, 5000));
}

#[test]
fn a_log_behind_a_long_hole_is_read() {
    let dir = tempfile::tempdir().unwrap();
    let loaded = read(dir.path(), &(hole(3 << 20) + &log(30)), BLOCK);
    let source = &loaded.sources[0];
    assert_eq!((source.rows, source.rejects, source.nuls.unwrap().spoiled), (30, 0, 0), "{:?}", loaded.rejects);
}
