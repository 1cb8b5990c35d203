#![allow(clippy::unwrap_used, clippy::panic)]
use crate::load::{Load, LoadOptions, load};
use crate::report::{Completeness, SourceReport};
use crate::schema::Text;
use proptest::prelude::*;
use sha2::{Digest, Sha256};
use std::fs;
use std::io::Write;
use std::path::Path;

fn line(number: usize) -> String {
    format!(
        "10.0.{}.{} - - [10/Oct/2025:13:{:02}:{:02} +0000] \"GET /items/{number} HTTP/1.1\" 200 {} \"-\" \"agent/1\"\n",
        number % 7,
        number % 251,
        number / 60 % 60,
        number % 60,
        number * 3
    )
}

fn log(from: usize, lines: usize) -> Vec<u8> {
    (from..from + lines).flat_map(|number| line(number).into_bytes()).collect()
}

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

fn tape(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, bytes) in members {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        // Written by hand: the builder refuses names that lead out of the folder.
        let field = &mut header.as_old_mut().name;
        field[..name.len()].copy_from_slice(name.as_bytes());
        header.set_cksum();
        builder.append(&header, *bytes).unwrap();
    }
    builder.into_inner().unwrap()
}

/// A zip archive; each member is packed by its method and has its flags.
fn zip(members: &[(&str, &[u8], u16, u16)]) -> Vec<u8> {
    let (mut bytes, mut directory) = (Vec::new(), Vec::new());
    for (name, text, method, flags) in members {
        let packed = match method {
            8 => {
                let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::fast());
                encoder.write_all(text).unwrap();
                encoder.finish().unwrap()
            }
            93 => zstd::encode_all(*text, 1).unwrap(),
            _ => text.to_vec(),
        };
        let mut crc = flate2::Crc::new();
        crc.update(text);
        let mut common = [20, *flags, *method, 0, 0x5a_6a].map(u16::to_le_bytes).concat();
        common.extend([crc.sum(), packed.len() as u32, text.len() as u32].map(u32::to_le_bytes).concat());
        common.extend([name.len() as u16, 0].map(u16::to_le_bytes).concat());
        directory.extend([b"PK\x01\x02\x14\x00".as_slice(), &common, &[0; 10]].concat());
        directory.extend((bytes.len() as u32).to_le_bytes());
        directory.extend(name.as_bytes());
        bytes.extend([b"PK\x03\x04".as_slice(), &common, name.as_bytes(), &packed].concat());
    }
    let (count, start) = (members.len() as u16, bytes.len() as u32);
    bytes.extend(&directory);
    bytes.extend([b"PK\x05\x06\0\0\0\0".as_slice(), &[count, count].map(u16::to_le_bytes).concat()].concat());
    bytes.extend([directory.len() as u32, start].map(u32::to_le_bytes).concat());
    bytes.extend([7, 0, b'c', b'o', b'm', b'm', b'e', b'n', b't']);
    bytes
}

fn place(dir: &Path, name: &str, bytes: &[u8]) -> String {
    let path = dir.join(name);
    fs::write(&path, bytes).unwrap();
    path.display().to_string()
}

fn read(paths: &[String], keep_raw: bool) -> Load {
    let options = LoadOptions { threads: 2, keep_raw, ..LoadOptions::default() };
    let loaded = load(paths, &options, &mut |_| {}).unwrap();
    for (id, source) in loaded.sources.iter().enumerate() {
        assert_eq!(source.id as usize, id);
        assert_eq!(source.rows + source.rejects + source.skips, source.records, "{}", source.path);
        assert_eq!(source.records, source.lines, "{}", source.path);
    }
    assert_eq!(loaded.facts.rows() as u64, loaded.sources.iter().map(|source| source.rows).sum::<u64>());
    loaded
}

fn names(loaded: &Load, dir: &Path) -> Vec<String> {
    loaded.sources.iter().map(|source| source.path.replace(&format!("{}/", dir.display()), "")).collect()
}

fn sha256(bytes: &[u8]) -> String {
    let hex: Vec<String> = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    hex.concat()
}

/// Every row leads back to its line.
fn leads_back(loaded: &Load) {
    for row in 0..loaded.facts.rows() {
        let bytes = loaded.raw.read(loaded.facts.source(row), loaded.facts.place(row)).unwrap();
        let target = loaded.facts.text(Text::Target).get(row).unwrap();
        assert!(String::from_utf8(bytes).unwrap().contains(&format!(" {target} ")), "{target}");
    }
}

fn sentence(source: &SourceReport) -> &str {
    match &source.completeness {
        Completeness::Whole => "",
        Completeness::Cut(why)
        | Completeness::Unreadable(why)
        | Completeness::Unknown(why)
        | Completeness::Duplicate(why) => why,
    }
}

#[test]
fn members_of_any_archive_are_sources_in_order_of_name() {
    let dir = tempfile::tempdir().unwrap();
    let packed = gzip(&log(300, 50));
    let members: [(&str, &[u8]); 8] = [
        ("./logs/b.log.10", &log(0, 50)),
        ("logs/b.log.9.gz", &packed),
        ("../../etc/out.log", &log(100, 50)),
        ("logs/a.log", &log(200, 50)),
        ("logs/._a.log", b"resource fork"),
        ("__MACOSX/x", b"resource fork"),
        (".git/config", b"hidden"),
        ("logs/", b""),
    ];
    let plain = tape(&members);
    let with = |method| {
        let list: Vec<_> = members.iter().map(|(name, bytes)| (*name, *bytes, method, 0)).collect();
        zip(&list)
    };
    let archives = [
        plain.clone(),
        gzip(&plain),
        zstd::encode_all(plain.as_slice(), 1).unwrap(),
        with(0),
        with(8),
        with(93),
        gzip(&with(8)),
    ];
    for (kind, archive) in archives.iter().enumerate() {
        for keep_raw in [false, true] {
            let path = place(dir.path(), "x.bin", archive);
            let loaded = read(std::slice::from_ref(&path), keep_raw);
            let expected =
                ["x.bin!../../etc/out.log", "x.bin!logs/a.log", "x.bin!logs/b.log.9.gz", "x.bin!logs/b.log.10"];
            assert_eq!(names(&loaded, dir.path()), expected, "{kind}");
            assert_eq!(loaded.facts.rows(), 200);
            leads_back(&loaded);
            let source = &loaded.sources[2];
            assert_eq!((source.sha256.as_str(), source.bytes), (sha256(&packed).as_str(), packed.len() as u64));
            assert_eq!(source.compression, Some("gzip"));
            let container = source.container.as_ref().unwrap();
            assert_eq!((&container.path, container.bytes), (&path, archive.len() as u64));
            assert_eq!(container.sha256, sha256(archive));
            assert!(loaded.sources.iter().all(|source| source.completeness == Completeness::Whole));
        }
    }
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
}

#[test]
fn archives_in_archives_are_opened_to_a_depth() {
    let dir = tempfile::tempdir().unwrap();
    let mut inner = log(0, 20);
    for depth in 0..5 {
        let name = format!("{depth}.log");
        inner = match depth % 3 {
            0 => gzip(&tape(&[(&name, &inner)])),
            1 => zip(&[(&name, &inner, 8, 0)]),
            _ => tape(&[(&name, &inner)]),
        };
        let path = place(dir.path(), "deep", &inner);
        let loaded = read(&[path], false);
        assert_eq!(loaded.sources.len(), 1);
        let source = &loaded.sources[0];
        assert_eq!(source.path.matches('!').count(), depth.min(3) + 1);
        assert_eq!(source.container.as_ref().unwrap().sha256, sha256(&inner));
        if depth < 4 {
            assert_eq!(source.rows, 20, "{depth}");
            leads_back(&loaded);
        } else {
            assert!(sentence(source).contains("archive in 4 others"), "{}", sentence(source));
        }
    }
}

#[test]
fn what_is_wrong_with_an_archive_or_a_member_is_said() {
    let dir = tempfile::tempdir().unwrap();
    let text = log(0, 500);
    let tar = tape(&[("a.log", &text), ("b.log", &log(500, 500))]);
    let packed = gzip(&tar);
    let secret = zip(&[("a.log", &text, 8, 0), ("b.log", &text, 8, 1), ("c.log", &text, 9, 0)]);
    let mut broken = zip(&[("a.log", &text, 0, 0)]);
    broken[100] ^= 1;
    for (bytes, expected) in [
        (&packed[..packed.len() * 3 / 4], vec!["ends in the middle of the archive", "", "was cut together"]),
        (&tar[..tar.len() * 3 / 4], vec!["ends in the middle of the archive", "", "was cut together"]),
        (&secret, vec!["", "b.log is encrypted", "method 9"]),
        (&secret[..secret.len() / 2], vec!["without its directory"]),
        (&tape(&[(".hidden", b"x")]), vec!["without files to read"]),
        (&broken, vec!["checksum does not fit"]),
    ] {
        let loaded = read(&[place(dir.path(), "x", bytes)], false);
        assert_eq!(loaded.sources.len(), expected.len(), "{expected:?} {:?}", names(&loaded, dir.path()));
        for (source, expected) in loaded.sources.iter().zip(expected) {
            assert!(sentence(source).contains(expected), "{expected}: {:?}", source.completeness);
            assert_eq!(sentence(source).is_empty(), expected.is_empty(), "{:?}", source.completeness);
        }
    }
    // Two members that lie in the same place.
    let mut overlapping = zip(&[("a.log", &text, 0, 0), ("b.log", &text[..60], 0, 0)]);
    let at = overlapping.windows(4).rposition(|four| four == b"PK\x01\x02").unwrap();
    let huge = u32::try_from(overlapping.len()).unwrap().to_le_bytes();
    overlapping[at + 20..at + 24].copy_from_slice(&huge);
    let loaded = read(&[place(dir.path(), "x", &overlapping)], false);
    assert!(sentence(&loaded.sources[0]).contains("overlap"));
}

#[test]
fn a_tape_whose_names_have_no_end_is_left_off() {
    let dir = tempfile::tempdir().unwrap();
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(tar::EntryType::GNULongName);
    header.as_old_mut().name[0] = b'x';
    header.set_size(100 << 20);
    header.set_cksum();
    let mut bytes = tape(&[("a.log", &log(0, 10))]);
    bytes.extend(header.as_bytes());
    bytes.resize(bytes.len() + (100 << 20), b'x');
    for stored in [gzip(&bytes), bytes] {
        let loaded = read(&[place(dir.path(), "x", &stored)], false);
        assert!(sentence(&loaded.sources[0]).contains("larger than 64 MiB"), "{}", sentence(&loaded.sources[0]));
        assert_eq!(loaded.facts.rows(), 10);
    }
}

#[test]
fn a_name_that_stands_twice_is_two_sources() {
    let dir = tempfile::tempdir().unwrap();
    let both = [tape(&[("a.log", &log(0, 10))]), tape(&[("a.log", &log(5, 10))])].concat();
    let loaded = read(&[place(dir.path(), "x.tar", &both)], false);
    assert_eq!(names(&loaded, dir.path()), ["x.tar!a.log", "x.tar!a.log#2"]);
    assert_eq!(loaded.facts.rows(), 20);
}

#[test]
fn the_same_bytes_are_read_once() {
    let dir = tempfile::tempdir().unwrap();
    let text = log(0, 3_000);
    let packed = gzip(&text);
    let archive = gzip(&tape(&[("a.log", &text), ("z.log", &log(1, 3_000))]));
    place(dir.path(), "a.log", &text);
    place(dir.path(), "b.log", &text);
    place(dir.path(), "c.log.gz", &packed);
    place(dir.path(), "d.log.gz", &packed);
    place(dir.path(), "e.tgz", &archive);
    // Alike to begin with: one goes on, one ends elsewhere with as many bytes.
    place(dir.path(), "f.log", &log(0, 3_001));
    let mut other = text.clone();
    *other.last_mut().unwrap() = b' ';
    place(dir.path(), "g.log", &other);
    place(dir.path(), "empty1", b"");
    place(dir.path(), "empty2", b"");
    let loaded = read(&[dir.path().display().to_string()], false);
    let told: Vec<(String, u64, bool)> = names(&loaded, dir.path())
        .into_iter()
        .zip(&loaded.sources)
        .map(|(name, source)| (name, source.rows, matches!(source.completeness, Completeness::Duplicate(_))))
        .collect();
    let expected = [
        ("a.log", 3_000, false),
        ("b.log", 0, true),
        ("c.log.gz", 0, true),
        ("d.log.gz", 0, true),
        ("e.tgz!a.log", 0, true),
        ("e.tgz!z.log", 3_000, false),
        ("empty1", 0, false),
        ("empty2", 0, false),
        ("f.log", 3_001, false),
        ("g.log", 3_000, false),
    ];
    assert_eq!(told, expected.map(|(name, rows, same)| (name.to_owned(), rows, same)));
    assert_eq!((loaded.sources[3].sha256.as_str(), loaded.sources[3].records), (sha256(&packed).as_str(), 0));
    for source in &loaded.sources[1..5] {
        assert!(sentence(source).contains(&loaded.sources[0].path), "{}", sentence(source));
    }
    leads_back(&loaded);
    // Two compressed copies, differently compressed, without a plain one; and small ones.
    for text in [text.as_slice(), &log(0, 3)] {
        let dir = tempfile::tempdir().unwrap();
        let paths = [
            place(dir.path(), "a.gz", &gzip(text)),
            place(dir.path(), "b.zst", &zstd::encode_all(text, 1).unwrap()),
            place(dir.path(), "c.log", text),
        ];
        let loaded = read(&paths, true);
        assert_eq!(loaded.sources.iter().filter(|source| source.rows > 0).count(), 1);
        assert!(loaded.sources[1..].iter().all(|source| sentence(source).contains("a.gz")));
    }
}

#[test]
fn a_damaged_copy_is_damaged_and_no_copy() {
    let dir = tempfile::tempdir().unwrap();
    let text = log(0, 20);
    let packed = gzip(&text);
    let paths = [place(dir.path(), "a.log", &text), place(dir.path(), "b.gz", &packed[..packed.len() - 4])];
    let loaded = read(&paths, false);
    assert!(matches!(loaded.sources[1].completeness, Completeness::Cut(_)));
}

#[test]
fn other_encodings_are_read_and_lead_back() {
    let dir = tempfile::tempdir().unwrap();
    let korean: String = (0..2_000).map(|number| line(number).replace("agent/1", "회원 조회")).collect();
    let wide: Vec<u8> = [0xfeff].into_iter().chain(korean.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    let paths = [
        place(dir.path(), "a", &wide),
        place(dir.path(), "b", &encoding_rs::EUC_KR.encode(&korean.replace("items", "things")).0),
        place(dir.path(), "c", &gzip(&wide[..wide.len() / 2])),
    ];
    for keep_raw in [false, true] {
        let loaded = read(&paths, keep_raw);
        let encodings: Vec<_> = loaded.sources.iter().map(|source| source.encoding.unwrap()).collect();
        assert_eq!(encodings, ["UTF-16LE", "EUC-KR", "UTF-16LE"]);
        assert!(loaded.sources[..2].iter().all(|source| source.rows == 2_000));
        assert_eq!(loaded.sources[0].sha256, sha256(&wide));
        leads_back(&loaded);
        let raw = loaded.raw.read(1, loaded.facts.place(2_000)).unwrap();
        assert_eq!(String::from_utf8(raw).unwrap(), korean.lines().next().unwrap().replace("items", "things"));
    }
}

#[test]
fn files_outside_the_loaded_time_by_their_names_are_not_opened() {
    let dir = tempfile::tempdir().unwrap();
    let day = 1_760_101_200_000_000;
    for name in [
        "access.log-20251010.gz",
        "access.log-20251011.gz",
        "access.log-20260201.gz",
        "access.log-20260301.gz",
        "b.log",
    ] {
        place(dir.path(), name, &gzip(&log(name.len(), 3)));
    }
    let options =
        LoadOptions { load_since: Some(day), load_until: Some(day + 3_600_000_000), ..LoadOptions::default() };
    let loaded = load(&[dir.path().display().to_string()], &options, &mut |_| {}).unwrap();
    assert_eq!(names(&loaded, dir.path()), ["access.log-20251010.gz", "access.log-20251011.gz", "b.log"]);
    assert_eq!(loaded.pruned.names.len(), 2);
    assert!(loaded.pruned.bytes > 0);
    let told = loaded.pruned.sentence().unwrap();
    assert!(told.starts_with("2 files outside") && told.contains("20260201") && told.contains("20260301"), "{told}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    #[test]
    fn no_archive_however_damaged_breaks_a_load(
        sizes in prop::collection::vec(0usize..40, 1..5), kind in 0usize..4,
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
        cut in prop::option::of(any::<prop::sample::Index>())
    ) {
        let dir = tempfile::tempdir().unwrap();
        let texts: Vec<(String, Vec<u8>)> =
            sizes.iter().enumerate().map(|(at, lines)| (format!("{at}.log"), log(at * 100, *lines))).collect();
        let members: Vec<(&str, &[u8])> = texts.iter().map(|(name, text)| (name.as_str(), text.as_slice())).collect();
        let zipped = |method| {
            let list: Vec<_> = members.iter().map(|(name, text)| (*name, *text, method, 0)).collect();
            zip(&list)
        };
        let mut bytes = match kind {
            0 => tape(&members),
            1 => gzip(&tape(&members)),
            2 => zipped(0),
            _ => zipped(8),
        };
        let loaded = read(&[place(dir.path(), "x", &bytes)], false);
        prop_assert_eq!(loaded.facts.rows(), sizes.iter().sum::<usize>());
        for (at, byte) in damage {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        read(&[place(dir.path(), "x", &bytes)], true);
    }
}
