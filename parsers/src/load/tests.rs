#![allow(clippy::unwrap_used, clippy::panic, clippy::format_push_string)]
use super::*;
use crate::report::Completeness;
use crate::schema::{Number, Text};
use crate::table::Place;
use proptest::prelude::*;
use sha2::{Digest, Sha256};
use std::fs;
use std::io::Write;
use std::path::Path;

fn line(number: usize) -> String {
    format!(
        "10.0.{}.{} - - [10/Oct/2025:13:{:02}:{:02} +0000] \"GET /items/{number}?page={} HTTP/1.1\" 200 {} \"-\" \"agent/{}\"",
        number % 7,
        number % 251,
        number / 60 % 60,
        number % 60,
        number % 5,
        number * 3,
        number % 3
    )
}

fn log(lines: usize) -> Vec<u8> {
    (0..lines).flat_map(|number| (line(number) + "\n").into_bytes()).collect()
}

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

fn place(dir: &Path, name: &str, bytes: &[u8]) -> String {
    let path = dir.join(name);
    fs::write(&path, bytes).unwrap();
    path.display().to_string()
}

fn options() -> LoadOptions {
    LoadOptions { threads: 2, ..LoadOptions::default() }
}

fn read(paths: &[String], options: &LoadOptions) -> Load {
    let loaded = load(paths, options, &mut |_| {}).unwrap();
    conserves(&loaded);
    loaded
}

fn conserves(loaded: &Load) {
    for source in &loaded.sources {
        assert_eq!(source.rows + source.rejects + source.skips, source.records, "{}", source.path);
        assert_eq!(source.records, source.lines, "{}", source.path);
    }
    assert_eq!(loaded.facts.rows() as u64, loaded.sources.iter().map(|source| source.rows).sum::<u64>());
}

/// Everything that a load says, except names and hashes, as text to be compared.
fn told(loaded: &Load) -> String {
    let mut told = String::new();
    let facts = &loaded.facts;
    for row in 0..facts.rows() {
        told += &format!("{:?} {:?} {} {:?}", facts.ts(row), facts.status(row), facts.source(row), facts.place(row));
        for text in Text::ALL {
            told += &format!(" {}={:?}", facts.text(text).code(row), facts.text(text).get(row));
        }
        for number in Number::ALL {
            told += &format!(" {:?}", facts.number(number).get(row));
        }
        told += "\n";
    }
    told += &format!("{:?}\n", loaded.rejects);
    for source in &loaded.sources {
        told += &format!(
            "{} {} {} {} {} {} {} {:?} {:?} {:?} {}\n",
            source.id,
            source.bytes_decompressed,
            source.lines,
            source.records,
            source.rows,
            source.rejects,
            source.skips,
            source.format,
            source.first,
            source.last,
            source.zone
        );
    }
    told
}

#[test]
fn a_source_is_reported_in_full() {
    let dir = tempfile::tempdir().unwrap();
    let mut text = log(100);
    text.extend_from_slice(b"\r\nnot a log line\n");
    text.extend_from_slice(line(100).as_bytes());
    let path = place(dir.path(), "a.log", &text);
    let loaded = read(std::slice::from_ref(&path), &options());
    let source = &loaded.sources[0];
    assert_eq!((source.lines, source.rows, source.rejects, source.skips), (103, 101, 1, 1));
    assert_eq!((source.bytes, source.bytes_decompressed), (text.len() as u64, text.len() as u64));
    let hash: Vec<String> = Sha256::digest(&text).iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(source.sha256, hash.concat());
    assert_eq!(source.completeness, Completeness::Whole);
    assert_eq!(source.zone, "stated");
    assert_eq!(source.first, Some(1_760_101_200_000_000));
    assert_eq!(source.last, Some(1_760_101_300_000_000));
    let reject = &loaded.rejects[0];
    assert_eq!((reject.line_no, reject.byte_len, reject.raw.as_str()), (102, 14, "not a log line"));
}

#[test]
fn threads_blocks_compression_and_order_of_arguments_change_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let text = log(3_000);
    let two = [gzip(&text[..1000]), gzip(&text[1000..])].concat();
    let plain = [place(dir.path(), "a", &text), place(dir.path(), "b", &log(10))];
    let expected = told(&read(&plain, &options()));
    for threads in 1..4 {
        for block in [1_000, 77_777, BLOCK] {
            let options = LoadOptions { threads, ..options() };
            let paths = [plain[1].clone(), plain[0].clone(), plain[1].clone()];
            let loaded = load_in_blocks(&paths, &options, &mut |_| {}, (block, None)).unwrap();
            assert_eq!(told(&loaded), expected);
        }
    }
    for stored in [two, zstd::encode_all(text.as_slice(), 1).unwrap()] {
        place(dir.path(), "a", &stored);
        let loaded = read(&plain, &options());
        assert!(loaded.sources[0].compression.is_some());
        assert_eq!(told(&loaded), expected);
    }
}

/// Puts together again what it was handed.
#[derive(Default)]
struct Collected {
    facts: FactTable,
    rejects: Vec<Reject>,
    /// Rows after which it takes no more.
    room: Option<usize>,
}

impl Sink for Collected {
    fn rows(&mut self, source: &SourceReport, facts: &mut FactTable) -> io::Result<()> {
        assert!(source.format.is_some() && facts.source_values().iter().all(|&id| id == source.id));
        if self.room.is_some_and(|room| self.facts.rows() >= room) {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        self.facts.append(facts);
        Ok(())
    }

    fn rejects(&mut self, _: &SourceReport, rejects: &[Reject]) -> io::Result<()> {
        self.rejects.extend_from_slice(rejects);
        Ok(())
    }
}

fn streamed(paths: &[String], options: &LoadOptions, block: usize) -> (Load, usize) {
    let mut sink = Collected::default();
    let loaded = load_in_blocks(paths, options, &mut |_| {}, (block, Some(&mut sink))).unwrap();
    assert_eq!(loaded.facts.rows(), 0);
    sink.facts.finish();
    let kept = loaded.rejects.len();
    (Load { facts: sink.facts, rejects: sink.rejects, ..loaded }, kept)
}

#[test]
fn a_sink_gets_what_a_load_holds_and_may_end_it() {
    let dir = tempfile::tempdir().unwrap();
    let mut text = log(3_000);
    text.extend((0..1_500).flat_map(|number| format!("no {number}\n").into_bytes()));
    let paths = [place(dir.path(), "a", &text), place(dir.path(), "b", &log(10))];
    for keep_all_rejects in [false, true] {
        let options = LoadOptions { keep_all_rejects, ..options() };
        let expected = read(&paths, &options);
        assert_eq!(expected.rejects.len(), if keep_all_rejects { 1_500 } else { 1_000 });
        for (threads, block) in [(1, 1_000), (3, 77_777), (2, BLOCK)] {
            let (loaded, kept) = streamed(&paths, &LoadOptions { threads, ..options.clone() }, block);
            conserves(&loaded);
            assert_eq!(told(&loaded), told(&expected));
            assert_eq!(kept, 1_000);
        }
    }
    let mut sink = Collected { room: Some(100), ..Collected::default() };
    let ended = load_in_blocks(&paths, &options(), &mut |_| {}, (1_000, Some(&mut sink)));
    assert!(matches!(ended, Err(LoadError::Sink(why)) if why.kind() == io::ErrorKind::BrokenPipe));
    assert!((100..3_000).contains(&sink.facts.rows()), "{}", sink.facts.rows());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn no_bytes_break_the_sum_and_no_block_size_shows(
        parts in prop::collection::vec(prop_oneof![
            6 => (0usize..500).prop_map(|number| line(number).into_bytes()),
            2 => prop::collection::vec(any::<u8>(), 0..60),
            1 => (0usize..400).prop_map(|len| vec![0; len]),
            1 => Just(b"\xef\xbb\xbf".to_vec()),
            4 => Just(b"\n".to_vec()),
            4 => Just(b"\r\n".to_vec()),
        ], 0..60),
        forced in any::<bool>(), block in 1usize..5_000, threads in 1usize..5, max_record in 100usize..400
    ) {
        let dir = tempfile::tempdir().unwrap();
        let path = [place(dir.path(), "x", &parts.concat())];
        let input_format = forced.then(|| crate::detect::detect(&[line(1).as_bytes()]).format().unwrap().id.clone());
        let options = LoadOptions { max_record, input_format, threads: 1, ..LoadOptions::default() };
        let expected = read(&path, &options);
        let options = LoadOptions { threads, ..options };
        let loaded = load_in_blocks(&path, &options, &mut |_| {}, (block, None)).unwrap();
        conserves(&loaded);
        prop_assert_eq!(told(&loaded), told(&expected));
        prop_assert_eq!(told(&streamed(&path, &options, block).0), told(&expected));
    }
}

#[test]
fn a_cut_gzip_keeps_its_whole_records_and_the_others_are_read() {
    let dir = tempfile::tempdir().unwrap();
    let stored = gzip(&log(5_000));
    let paths = [place(dir.path(), "a.gz", &stored[..stored.len() / 2]), place(dir.path(), "b.log", &log(5))];
    let loaded = read(&paths, &options());
    let source = &loaded.sources[0];
    assert!(source.rows > 500 && source.rejects == 0, "{}", source.rows);
    assert_eq!(source.bytes, stored.len() as u64 / 2);
    assert_eq!(source.sha256.len(), 64);
    let Completeness::Cut(sentence) = &source.completeness else { panic!("not cut") };
    assert!(sentence.contains("a.gz") && sentence.contains("in the middle"), "{sentence}");
    assert_eq!(loaded.sources[1].rows, 5);
    for (row, number) in (0..source.rows as usize).zip(0..) {
        let target = loaded.facts.text(Text::Target).get(row).unwrap_or_default();
        assert!(target.starts_with(&format!("/items/{number}?")));
    }
}

#[test]
fn damaged_compression_is_said() {
    let dir = tempfile::tempdir().unwrap();
    let mut stored = gzip(&log(5_000));
    let middle = stored.len() / 2;
    stored[middle..middle + 40].fill(0x55);
    let mut trailing = gzip(&log(5));
    trailing.extend_from_slice(b"and something else");
    let paths = [place(dir.path(), "a.gz", &stored), place(dir.path(), "b.gz", &trailing)];
    let loaded = read(&paths, &options());
    assert!(matches!(&loaded.sources[0].completeness, Completeness::Cut(_)));
    assert!(matches!(&loaded.sources[1].completeness, Completeness::Cut(_)));
    assert_eq!(loaded.sources[1].rows, 5);
    let header = place(dir.path(), "c.gz", &[0x1f, 0x8b, 8, 0, 1]);
    assert!(matches!(&read(&[header], &options()).sources[0].completeness, Completeness::Unreadable(_)));
}

#[test]
fn what_is_no_log_is_unknown_and_every_record_of_it_a_reject() {
    let dir = tempfile::tempdir().unwrap();
    let binary: Vec<u8> = (0..200_000u32).flat_map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes()).collect();
    let prose = "a line of prose that is no log\n".repeat(2_500);
    let root = dir.path().display().to_string();
    place(dir.path(), "binary", &binary);
    place(dir.path(), "empty", b"");
    place(dir.path(), "prose", prose.as_bytes());
    place(dir.path(), "real", &log(20));
    place(dir.path(), "seven", b"7z\xbc\xaf\x27\x1c\0\x04data");
    let loaded = read(&[root], &options());
    let sentences: Vec<Option<&str>> = loaded
        .sources
        .iter()
        .map(|source| match &source.completeness {
            Completeness::Unknown(sentence) => Some(sentence.as_str()),
            _ => None,
        })
        .collect();
    assert!(sentences[0].unwrap().contains("binary"));
    assert!(sentences[1].unwrap().contains("empty"));
    assert!(sentences[2].unwrap().contains("prose"));
    assert!(sentences[3].is_none());
    assert!(sentences[4].unwrap().contains("compressed as 7z"));
    assert_eq!(loaded.sources[2].rejects, 2_500);
    assert_eq!(loaded.rejects.iter().filter(|reject| reject.source == 2).count(), 1_000);
    assert!(loaded.rejects.iter().all(|reject| !reject.reason.is_empty() && reject.raw.len() < 40_000));
    let all =
        read(&[dir.path().join("prose").display().to_string()], &LoadOptions { keep_all_rejects: true, ..options() });
    assert_eq!(all.rejects.len(), 2_500);
}

#[test]
fn a_path_that_gives_nothing_does_not_stop_the_others() {
    let dir = tempfile::tempdir().unwrap();
    let good = place(dir.path(), "a.log", &log(5));
    let loaded = read(&[dir.path().join("missing").display().to_string(), good], &options());
    assert_eq!((loaded.problems.len(), loaded.facts.rows()), (1, 5));
}

#[cfg(target_os = "linux")]
#[test]
fn a_file_that_opens_but_does_not_read_is_unreadable() {
    let loaded = read(&["/proc/self/mem".to_owned()], &options());
    let Completeness::Unreadable(sentence) = &loaded.sources[0].completeness else { panic!("was read") };
    assert!(sentence.contains("/proc/self/mem"), "{sentence}");
}

#[test]
fn a_line_of_100_mb_is_one_reject() {
    let dir = tempfile::tempdir().unwrap();
    let mut text = log(10);
    text.extend(std::iter::repeat_n(b'x', 100_000_000));
    text.push(b'\n');
    let offset = log(10).len() as u64;
    text.extend(log(10));
    let stored = zstd::encode_all(text.as_slice(), 1).unwrap();
    drop(text);
    let loaded = read(&[place(dir.path(), "a", &stored)], &options());
    assert_eq!((loaded.sources[0].rows, loaded.sources[0].rejects), (20, 1));
    let reject = &loaded.rejects[0];
    assert_eq!((reject.line_no, reject.byte_offset, reject.byte_len), (11, offset, 100_000_000));
    assert_eq!(reject.reason, "record longer than 16 MiB");
    assert!(reject.raw.len() <= 4 << 10);
    assert_eq!(
        loaded.facts.place(10),
        Place { line_no: 12, byte_offset: offset + 100_000_001, byte_len: line(0).len() as u32 }
    );
}

#[test]
fn rows_outside_the_loaded_time_are_skips() {
    let dir = tempfile::tempdir().unwrap();
    let path = [place(dir.path(), "a", &log(100))];
    let whole = read(&path, &options());
    let (load_since, load_until) = (whole.facts.ts(10), whole.facts.ts(30));
    let loaded = read(&path, &LoadOptions { load_since, load_until, ..options() });
    assert_eq!((loaded.sources[0].rows, loaded.sources[0].skips), (20, 80));
    assert_eq!((loaded.sources[0].first, loaded.facts.place(0).line_no), (load_since, 11));
}

#[test]
fn a_stopped_load_keeps_what_it_has_and_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let paths = [place(dir.path(), "a", &log(50_000)), place(dir.path(), "b", &log(5))];
    let stop = Arc::new(AtomicBool::new(false));
    let options = LoadOptions { stop: Some(Arc::clone(&stop)), threads: 1, ..options() };
    let mut calls = 0;
    stop.store(true, Ordering::Relaxed);
    let loaded = load(&paths, &options, &mut |_| calls += 1).unwrap();
    conserves(&loaded);
    assert!(loaded.sources.iter().all(|source| matches!(source.completeness, Completeness::Unreadable(_))));
    assert!(calls >= 1);
}

#[test]
fn raw_lines_come_back_from_plain_and_compressed_sources() {
    let dir = tempfile::tempdir().unwrap();
    // Each goes on where the other stops, for copies are read once.
    let all = log(30_002);
    let lines: Vec<&[u8]> = all.split_inclusive(|&byte| byte == b'\n').collect();
    let texts = [0, 1, 2].map(|from| lines[from..from + 30_000].concat());
    let text = &texts[0];
    let paths = [
        place(dir.path(), "a", text),
        place(dir.path(), "b", &gzip(&texts[1])),
        place(dir.path(), "c", &zstd::encode_all(texts[2].as_slice(), 1).unwrap()),
    ];
    for keep_raw in [false, true] {
        let loaded = read(&paths, &LoadOptions { keep_raw, ..options() });
        for source in 0..3usize {
            for number in [0, 1, 29_999, 15_000, 15_001] {
                let row = source * 30_000 + number;
                let bytes = loaded.raw.read(source as u32, loaded.facts.place(row)).unwrap();
                let line = lines[source + number].trim_ascii_end();
                assert_eq!(bytes, line, "source {source} line {number} keep {keep_raw}");
            }
        }
        assert!(loaded.raw.read(3, Place::default()).is_err());
        let beyond = Place { line_no: 1, byte_offset: texts[1].len() as u64, byte_len: 10 };
        assert!(loaded.raw.read(1, beyond).is_err());
    }
    let loaded = read(&paths, &options());
    place(dir.path(), "a", &text[..100]);
    let error = loaded.raw.read(0, loaded.facts.place(0)).unwrap_err();
    assert!(error.to_string().contains("has changed"));
}

#[cfg(unix)]
#[test]
fn a_pipe_is_read_once_and_its_lines_kept_on_request() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success());
    for keep_raw in [false, true] {
        let writer = path.clone();
        let feeding = thread::spawn(move || fs::write(writer, log(1_000)).unwrap());
        let loaded = read(&[path.display().to_string()], &LoadOptions { keep_raw, ..options() });
        feeding.join().unwrap();
        assert_eq!(loaded.facts.rows(), 1_000);
        let raw = loaded.raw.read(0, loaded.facts.place(7));
        if keep_raw {
            assert_eq!(raw.unwrap(), line(7).into_bytes());
        } else {
            assert!(raw.unwrap_err().to_string().contains("only once"));
        }
    }
}

#[cfg(unix)]
#[test]
fn a_load_stopped_half_way_keeps_its_rows() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success());
    let stop = Arc::new(AtomicBool::new(false));
    let (writer, flag) = (path.clone(), Arc::clone(&stop));
    let feeding = thread::spawn(move || {
        let mut pipe = fs::File::options().write(true).open(writer).unwrap();
        pipe.write_all(&log(20_000)).unwrap();
        flag.store(true, Ordering::Relaxed);
        // The reader may have gone.
        let _ = pipe.write_all(b"the last line is cu");
    });
    let loaded = read(&[path.display().to_string()], &LoadOptions { stop: Some(stop), ..options() });
    feeding.join().unwrap();
    let source = &loaded.sources[0];
    let Completeness::Cut(sentence) = &source.completeness else { panic!("not cut") };
    assert!(sentence.contains("was stopped") && sentence.contains("pipe"), "{sentence}");
    assert!(source.rows > 10_000 && source.rejects == 0 && source.sha256.is_empty());
}

#[test]
fn who_watches_sees_every_row_and_reject_once_and_in_order() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("access.log");
    fs::write(&path, [log(2_000).as_slice(), b"junk\n", &[0; 40], b"\nmore junk\n"].concat()).unwrap();
    let paths = [path.display().to_string()];
    let (mut seen, mut rejected) = (Vec::new(), Vec::new());
    let mut watch = |source: &SourceReport, facts: &FactTable, rejects: &[Reject]| {
        assert_eq!(source.path, paths[0]);
        rejected.extend(rejects.iter().map(|reject| reject.line_no));
        seen.extend((0..facts.rows()).map(|row| (facts.ts(row), facts.place(row).line_no)));
    };
    let into = (7_000, None);
    let loaded = load_with(&paths, &options(), &mut |_| {}, into, Some(&mut watch)).unwrap();
    let kept = |row| (loaded.facts.ts(row), loaded.facts.place(row).line_no);
    assert_eq!(seen, (0..loaded.facts.rows()).map(kept).collect::<Vec<_>>());
    assert_eq!((seen.len(), rejected), (2_000, vec![2_001, 2_002, 2_003]));
}

#[test]
fn options_that_name_nothing_are_errors() {
    let options = LoadOptions { input_format: Some("no-such".into()), ..options() };
    let Err(error) = load(&[], &options, &mut |_| {}) else { panic!("accepted") };
    assert!(error.to_string().contains("no-such"));
}

#[test]
fn the_zone_is_stated_where_the_records_state_it() {
    let dir = tempfile::tempdir().unwrap();
    let rest = r#","remote_addr":"192.0.2.1","request":"GET / HTTP/1.1","status":200}"#;
    let source = |name: &str, times: &[&str]| {
        let text: Vec<String> = times.iter().map(|time| format!("{{\"time\":\"{time}\"{rest}")).collect();
        place(dir.path(), name, text.join("\n").as_bytes())
    };
    let paths = [
        source("a", &["2024-03-12T10:15:32+00:00", "2024-03-12T10:15:33Z"]),
        source("b", &["2024-03-12T10:15:32+00:00", "2024-03-12T10:15:33"]),
        source("c", &["1710238532.5"]),
    ];
    let assume_tz = vec![ZoneRule { glob: None, zone: chrono_tz::Tz::Asia__Seoul }];
    let loaded = read(&paths, &LoadOptions { assume_tz, ..options() });
    let zones: Vec<&str> = loaded.sources.iter().map(|source| source.zone.as_str()).collect();
    assert_eq!(zones, ["stated", "assumed Asia/Seoul", "stated"]);
}
