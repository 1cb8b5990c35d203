#![allow(clippy::unwrap_used)]
use super::*;
use crate::value::hex;
use proptest::prelude::*;
use sha2::{Digest, Sha256};
use std::io::Write;
use std::sync::Arc;

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

fn bzip2(text: &[u8]) -> Vec<u8> {
    let mut encoder = ::bzip2::write::BzEncoder::new(Vec::new(), ::bzip2::Compression::fast());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

fn lz4(text: &[u8]) -> Vec<u8> {
    let mut info = lz4_flex::frame::FrameInfo::new();
    info.block_size = lz4_flex::frame::BlockSize::Max64KB;
    let mut encoder = lz4_flex::frame::FrameEncoder::with_frame_info(info, Vec::new());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

fn zstd(text: &[u8]) -> Vec<u8> {
    ::zstd::encode_all(text, 1).unwrap()
}

fn xz(text: &[u8]) -> Vec<u8> {
    let mut encoder = lzma_rust2::XzWriter::new(Vec::new(), lzma_rust2::XzOptions::with_preset(1)).unwrap();
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

type Compress = fn(&[u8]) -> Vec<u8>;

const ALL: [(&str, Compress); 5] = [("gzip", gzip), ("zstd", zstd), ("bzip2", bzip2), ("xz", xz), ("lz4", lz4)];

fn stored(bytes: &[u8]) -> Stored {
    Stored::new(Box::new(io::Cursor::new(bytes.to_vec())), Arc::default())
}

/// What is read, whether it ended well, and the hash of what was stored.
fn read(bytes: &[u8]) -> (Vec<u8>, io::Result<usize>, String) {
    let mut from = Inflated::new(stored(bytes));
    from.recognise(&|| true);
    let mut text = Vec::new();
    let ended = from.read_to_end(&mut text);
    let (read, sha256) = from.into_stored().unwrap().finish(|| true).unwrap();
    assert_eq!(read, bytes.len() as u64);
    (text, ended, sha256)
}

#[test]
fn members_of_every_compression_are_joined_and_the_stored_bytes_hashed() {
    for (name, compress) in ALL {
        let bytes = [compress(b"one "), compress(b""), compress(b"two")].concat();
        assert_eq!(Inflated::new(stored(&bytes)).compression().map(Compression::name), Some(name));
        let (text, ended, sha256) = read(&bytes);
        assert_eq!((text.as_slice(), ended.unwrap()), (b"one two".as_slice(), 7), "{name}");
        assert_eq!(sha256, hex(&Sha256::digest(&bytes)));
    }
    let mixed: Vec<u8> = ALL.iter().flat_map(|(_, compress)| compress(b"x\n")).collect();
    assert_eq!(read(&mixed).0, b"x\n".repeat(5));
    assert_eq!(read(b"one two").0, b"one two");
}

#[test]
fn compression_in_compression_is_followed_to_a_depth() {
    let inner = zstd(&gzip(&xz(&bzip2(b"deep\n"))));
    assert_eq!(read(&inner).0, b"deep\n");
    let deeper = lz4(&inner);
    let mut from = Inflated::new(stored(&deeper));
    assert_eq!(from.compression(), Some(Compression::Lz4));
    assert_eq!(from.foreign(), Some("bzip2"));
    assert_eq!(read(&deeper).0, bzip2(b"deep\n"));
}

#[test]
fn padding_after_the_last_member_is_its_end_and_other_bytes_are_an_error() {
    for (name, compress) in ALL {
        let (text, ended, _) = read(&[compress(b"text"), vec![0; 70_000]].concat());
        assert!(text == b"text" && ended.is_ok(), "{name}");
        let (text, ended, _) = read(&[compress(b"text"), b"\0\0more".to_vec()].concat());
        assert!(text == b"text" && ended.is_err(), "{name}");
    }
}

#[test]
fn a_cut_stream_gives_what_it_held_and_then_an_error() {
    let mut state = 1u32;
    // Not too repetitive, so that all compressions have several blocks.
    let text: Vec<u8> = (0..80_000)
        .flat_map(|n| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            format!("{n} {state:x}\n").into_bytes()
        })
        .collect();
    for (name, compress) in ALL {
        let bytes = compress(&text);
        for keep in [bytes.len() / 2, bytes.len() - 1] {
            let (got, ended, _) = read(&bytes[..keep]);
            assert!(ended.is_err(), "{name} {keep}");
            // xz checks a block, here all of it, before it gives the last of it.
            assert!(got.len() > 1000 && text.starts_with(&got), "{name} {keep} {}", got.len());
        }
    }
}

#[test]
fn an_lz4_frame_cut_between_blocks_is_no_end() {
    let bytes = lz4(b"text");
    // The end mark is all that is missing.
    assert!(read(&bytes[..bytes.len() - 4]).1.is_err());
}

#[test]
fn a_bomb_ends_with_a_sentence() {
    let layer = zstd(&vec![b'x'; 64 << 20]);
    let (text, ended, _) = read(&zstd(&layer.repeat(40)));
    assert!(text.len() < 2 << 30);
    assert!(ended.unwrap_err().to_string().contains("decompression bomb"));
}

#[test]
fn other_encodings_become_utf8_through_any_compression() {
    let text = "2024-03-12 회원 조회 성공 😀 /api\n".repeat(5_000);
    let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let plain = text.replace(" 😀", "");
    let korean = encoding_rs::EUC_KR.encode(&plain).0.into_owned();
    for (_, compress) in ALL {
        assert_eq!(read(&compress(&wide)).0, text.as_bytes());
        assert_eq!(read(&compress(&korean)).0, plain.as_bytes());
    }
    let mut odd = wide.clone();
    odd.push(b'x');
    assert_eq!(read(&odd).0, format!("{text}\u{fffd}").as_bytes());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]
    #[test]
    fn any_nesting_of_any_bytes_comes_back_and_no_damage_panics(
        parts in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..3_000), 1..4),
        layers in prop::collection::vec(0usize..5, 1..4),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
        cut in any::<prop::sample::Index>(),
        raw in prop::collection::vec(any::<u8>(), 0..200), which in 0usize..5
    ) {
        // What begins like compressed data would be decompressed in turn.
        let parts: Vec<Vec<u8>> = parts.into_iter().map(|part| [b"-".to_vec(), part].concat()).collect();
        let (first, outer) = (ALL[layers[0]].1, &layers[1..]);
        let mut bytes: Vec<u8> = parts.iter().flat_map(|part| first(part)).collect();
        for layer in outer {
            bytes = ALL[*layer].1(&bytes);
        }
        let mut from = Inflated::new(stored(&bytes));
        let mut text = Vec::new();
        from.read_to_end(&mut text).unwrap();
        prop_assert_eq!(text, parts.concat());
        for (at, byte) in damage {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        bytes.truncate(cut.index(bytes.len()) + 1);
        let _ = read(&bytes);
        // Magic bytes in front of anything.
        let magic = ALL[which].1(b"");
        let _ = read(&[&magic[..magic.len().min(6)], raw.as_slice()].concat());
    }
}
