#![allow(clippy::unwrap_used, clippy::panic)]
use super::*;
use proptest::prelude::*;

/// What framing comes to, told in the plainest way.
#[derive(Debug, PartialEq, Eq)]
enum Seen {
    Record(Vec<u8>, u64, u64),
    Long(u64, u64, u64),
    Blank(u64),
    Hole(u64, u64, u64),
}

fn oracle(text: &[u8], max_record: usize) -> Vec<Seen> {
    let mut seen = Vec::new();
    let mut offset = 0u64;
    let mut parts: Vec<&[u8]> = text.split(|&byte| byte == b'\n').collect();
    if parts.last().is_some_and(|last| last.is_empty()) {
        parts.pop();
    }
    for (index, part) in parts.iter().enumerate() {
        let line = index as u64 + 1;
        let mut record = part.strip_suffix(b"\r").unwrap_or(part);
        let mut at = offset;
        if offset == 0 && record.starts_with(b"\xef\xbb\xbf") {
            record = &record[3..];
            at += 3;
        }
        let nuls = record.iter().take_while(|&&byte| byte == 0).count();
        let is_hole = nuls > 0 && nuls == record.len();
        if !is_hole {
            record = &record[nuls..];
            at += nuls as u64;
        }
        if is_hole {
            seen.push(Seen::Hole(line, at, nuls as u64));
        } else if record.len() > max_record {
            seen.push(Seen::Long(line, at, record.len() as u64));
        } else if is_blank(record) {
            seen.push(Seen::Blank(line));
        } else {
            seen.push(Seen::Record(record.to_vec(), line, at));
        }
        offset += part.len() as u64 + 1;
    }
    seen
}

/// Frames `text` in reads of the given sizes.
fn frame(text: &[u8], block: usize, max_record: usize, reads: &[usize]) -> (Vec<Seen>, u64) {
    let mut framer = Framer::new(block, max_record, Framing::Lines, Vec::new());
    let mut seen = Vec::new();
    let mut line_of_next = 1;
    let mut take = |piece: Piece| match piece {
        Piece::Block(block) => {
            assert_eq!(block.first_line, line_of_next);
            assert_eq!(records(&block).count() as u64, block.lines);
            line_of_next += block.lines;
            for record in records(&block) {
                if is_hole(record.bytes) {
                    seen.push(Seen::Hole(record.line, record.offset, record.bytes.len() as u64));
                } else if record.bytes.len() > max_record {
                    seen.push(Seen::Long(record.line, record.offset, record.bytes.len() as u64));
                } else if is_blank(record.bytes) {
                    seen.push(Seen::Blank(record.line));
                } else {
                    seen.push(Seen::Record(record.bytes.to_vec(), record.line, record.offset));
                }
            }
        }
        Piece::Long(long) => {
            line_of_next += 1;
            seen.push(Seen::Long(long.line, long.offset, long.len));
        }
        Piece::Hole(hole) => {
            line_of_next += 1;
            seen.push(Seen::Hole(hole.line, hole.offset, hole.len));
        }
    };
    let mut rest = text;
    let mut sizes = reads.iter().cycle();
    while !rest.is_empty() {
        let size = (*sizes.next().unwrap()).min(rest.len());
        framer.room(size)[..size].copy_from_slice(&rest[..size]);
        rest = &rest[size..];
        if let Some(piece) = framer.advance(size, || Some(Vec::new())) {
            take(piece);
        }
    }
    if let Some(piece) = framer.finish(|| Some(Vec::new())) {
        take(piece);
    }
    (seen, framer.lines())
}

fn bytes() -> impl Strategy<Value = Vec<u8>> {
    let byte = prop_oneof![
        4 => Just(b'a'), 2 => Just(b'\n'), 1 => Just(b'\r'), 1 => Just(0u8), 1 => Just(b' '), 1 => Just(0xefu8),
        1 => any::<u8>()
    ];
    let run = (byte, 1usize..30).prop_map(|(byte, times)| if byte == b'\n' { vec![byte] } else { vec![byte; times] });
    let run = prop_oneof![9 => run, 1 => Just(b"\r\n".to_vec()), 1 => Just(b"\r".to_vec())];
    (any::<bool>(), prop::collection::vec(run, 0..40)).prop_map(|(bom, runs)| {
        let mut text = if bom { b"\xef\xbb\xbf".to_vec() } else { Vec::new() };
        text.extend(runs.concat());
        text
    })
}

proptest! {
    #[test]
    fn framing_does_not_depend_on_blocks_and_reads(
        text in bytes(), block in 1usize..200, max_record in 4usize..60, reads in prop::collection::vec(1usize..50, 1..6)
    ) {
        let (seen, lines) = frame(&text, block, max_record, &reads);
        let expected = oracle(&text, max_record);
        prop_assert_eq!(lines, expected.len() as u64);
        prop_assert_eq!(seen, expected);
    }
}

#[test]
fn a_hole_may_end_in_either_line_end() {
    for max_record in [4, 9, 10, 100] {
        for end in [&b"\r\n"[..], b"\n", b"\r", b"", b"\r\r\n", b"\r\0\n", b"\rab\n"] {
            let text = [&[0; 10][..], end].concat();
            for reads in 1..text.len() {
                let (seen, lines) = frame(&text, 1, max_record, &[reads]);
                assert_eq!((seen, lines), (oracle(&text, max_record), 1), "{text:?} in reads of {reads}");
            }
        }
    }
}

#[test]
fn a_hole_of_nul_bytes_is_not_held() {
    let mut framer = Framer::new(64, 32, Framing::Lines, Vec::new());
    for _ in 0..10_000 {
        framer.room(64).fill(0);
        assert_eq!(framer.advance(64, || Some(Vec::new())), None);
    }
    assert!(framer.buffer.capacity() < 1000);
    framer.room(9).copy_from_slice(b"GET /here");
    assert_eq!(framer.advance(9, || Some(Vec::new())), None);
    let Some(Piece::Block(block)) = framer.finish(|| Some(Vec::new())) else { panic!("no block") };
    assert_eq!((block.bytes.as_slice(), block.offset, block.first_line), (&b"GET /here"[..], 640_000, 1));
}
