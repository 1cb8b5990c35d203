//! Text that is not UTF-8: UTF-16 exports and Korean EUC-KR (as CP949), turned into UTF-8 as they are read.
//!
//! Decided once a source, by its first mebibyte. A log in UTF-8 or ASCII with foreign bytes in it (attacks leave such)
//! stays as it is. What does not decode becomes U+FFFD; line ends are never lost.

use encoding_rs::{CoderResult, Decoder};
use memchr::memchr;

/// Bytes that decide.
pub(super) const HEAD: usize = 1 << 20;

/// Lines of Korean text that decide, and how many times more they must be than lines that are neither.
const KOREAN_LINES: usize = 3;
const TIMES_OTHERS: usize = 10;

/// How text is written, where it is not UTF-8.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-16, low byte first.
    Utf16Le,
    /// UTF-16, high byte first.
    Utf16Be,
    /// EUC-KR with the extension of CP949.
    EucKr,
}

impl Encoding {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Utf16Le, Self::Utf16Be, Self::EucKr];

    /// The name in output.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Utf16Le => "UTF-16LE",
            Self::Utf16Be => "UTF-16BE",
            Self::EucKr => "EUC-KR",
        }
    }

    /// Recognises it by the first bytes of a source.
    pub fn of(head: &[u8]) -> Option<Self> {
        let head = &head[..head.len().min(HEAD)];
        match head {
            [0xff, 0xfe, text @ ..] if share_of_wide_ascii(text, 1) >= 0.25 => return Some(Self::Utf16Le),
            [0xfe, 0xff, text @ ..] if share_of_wide_ascii(text, 0) >= 0.25 => return Some(Self::Utf16Be),
            [_, 0, _, 0, ..] if share_of_wide_ascii(head, 1) >= 0.7 => return Some(Self::Utf16Le),
            [0, _, 0, _, ..] if share_of_wide_ascii(head, 0) >= 0.7 => return Some(Self::Utf16Be),
            _ => {}
        }
        is_korean(head).then_some(Self::EucKr)
    }

    fn decoder(self) -> Decoder {
        match self {
            Self::Utf16Le => encoding_rs::UTF_16LE.new_decoder_with_bom_removal(),
            Self::Utf16Be => encoding_rs::UTF_16BE.new_decoder_with_bom_removal(),
            Self::EucKr => encoding_rs::EUC_KR.new_decoder_without_bom_handling(),
        }
    }
}

/// Of pairs of bytes, the share that is an ASCII character in UTF-16 with its high byte at `high`.
fn share_of_wide_ascii(text: &[u8], high: usize) -> f64 {
    let pairs = text[..text.len().min(4 << 10)].chunks_exact(2);
    let count = pairs.len();
    let ascii = pairs.filter(|pair| pair[high] == 0 && matches!(pair[1 - high], b'\t' | b'\r' | b'\n' | b' '..=b'~'));
    ascii.count() as f64 / count.max(1) as f64
}

/// Whether lines that are no UTF-8 are Korean in EUC-KR, with next to no lines that are anything else.
fn is_korean(head: &[u8]) -> bool {
    if simdutf8::basic::from_utf8(head).is_ok() {
        return false;
    }
    let (mut lines, mut korean, mut others) = (0, 0, 0);
    let mut rest = head;
    // A last line that the head cuts is left out, unless there is no other.
    while let Some(end) = memchr(b'\n', rest).or_else(|| (rest.len() == head.len()).then_some(rest.len())) {
        let line = &rest[..end];
        rest = rest.get(end + 1..).unwrap_or_default();
        lines += 1;
        if line.is_ascii() {
            continue;
        }
        if simdutf8::basic::from_utf8(line).is_err() && is_mostly_hangul(line) {
            korean += 1;
        } else {
            others += 1;
        }
    }
    korean >= KOREAN_LINES.min(lines) && korean > 0 && korean >= TIMES_OTHERS * others
}

/// Whether the characters of a line beyond ASCII are Hangul syllables, nearly all.
fn is_mostly_hangul(line: &[u8]) -> bool {
    let Some(text) = encoding_rs::EUC_KR.decode_without_bom_handling_and_without_replacement(line) else {
        return false;
    };
    let (mut hangul, mut beyond) = (0, 0);
    for char in text.chars().filter(|char| !char.is_ascii()) {
        beyond += 1;
        hangul += usize::from(('\u{ac00}'..='\u{d7a3}').contains(&char));
    }
    hangul >= 2 && hangul * 10 >= beyond * 8
}

/// Decodes a stream, piece by piece.
pub(super) struct Transcoder {
    decoder: Decoder,
    ended: bool,
}

impl Transcoder {
    pub(super) fn new(encoding: Encoding) -> Self {
        Self { decoder: encoding.decoder(), ended: false }
    }

    /// Whether the end of the input has been decoded.
    pub(super) fn ended(&self) -> bool {
        self.ended
    }

    /// Decodes from `input` (its last bytes if `last`) to the end of `output`; returns the bytes taken.
    pub(super) fn decode(&mut self, input: &[u8], output: &mut Vec<u8>, last: bool) -> usize {
        /// The longest character, twice.
        const ROOM: usize = 8;
        let mut taken = 0;
        while !self.ended {
            let filled = output.len();
            let room = self.decoder.max_utf8_buffer_length(input.len() - taken).unwrap_or(0).max(ROOM);
            output.resize(filled + room, 0);
            let (result, read, written, _) = self.decoder.decode_to_utf8(&input[taken..], &mut output[filled..], last);
            output.truncate(filled + written);
            taken += read;
            if result == CoderResult::InputEmpty {
                self.ended = last;
                break;
            }
        }
        taken
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn utf16(text: &str, high_first: bool) -> Vec<u8> {
        text.encode_utf16().flat_map(|unit| if high_first { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect()
    }

    fn korean(text: &str) -> Vec<u8> {
        encoding_rs::EUC_KR.encode(text).0.into_owned()
    }

    const LINE: &str = "2024-03-12 10:15:32 회원 조회 성공 /api/회원/7\r\n";

    #[test]
    fn encodings_are_told_by_their_bytes() {
        let text = LINE.repeat(10);
        assert_eq!(Encoding::of(&[b"\xff\xfe", utf16(&text, false).as_slice()].concat()), Some(Encoding::Utf16Le));
        assert_eq!(Encoding::of(&[b"\xfe\xff", utf16(&text, true).as_slice()].concat()), Some(Encoding::Utf16Be));
        assert_eq!(Encoding::of(&utf16(&text, false)), Some(Encoding::Utf16Le));
        assert_eq!(Encoding::of(&utf16(&text, true)), Some(Encoding::Utf16Be));
        assert_eq!(Encoding::of(&korean(&text)), Some(Encoding::EucKr));
        assert_eq!(Encoding::of(text.as_bytes()), None);
        assert_eq!(Encoding::of(b""), None);
    }

    #[test]
    fn foreign_bytes_in_a_log_change_nothing() {
        let ascii = "GET /index HTTP/1.1 200\n".repeat(100);
        for noise in [
            b"GET /\xff\xfe\x00x HTTP/1.1 400\n".as_slice(),
            b"\xff\xfeGET /x HTTP/1.1 200\n",
            b"GET /\xc0\xae\xc0\xae/ HTTP/1.1 404\n",
            b"\x16\x03\x01\x00\xa5\x01\x00\n",
            b"\0\0\0\0\0\0\0\0\n",
        ] {
            assert_eq!(Encoding::of(&[noise, ascii.as_bytes()].concat()), None);
            assert_eq!(Encoding::of(&[ascii.as_bytes(), noise, ascii.as_bytes()].concat()), None);
        }
        // One Korean request in a log that is otherwise UTF-8.
        let mixed = [LINE.repeat(20).into_bytes(), korean(LINE), korean(LINE), korean(LINE)].concat();
        assert_eq!(Encoding::of(&mixed), None);
        assert_eq!(Encoding::of(&vec![0; 4096]), None);
    }

    #[test]
    fn a_line_that_does_not_decode_loses_nothing_else() {
        let bytes = [korean(&LINE.repeat(3)), b"bad \xff\xff line\nlone lead \xb0\n".to_vec(), korean(LINE)].concat();
        let mut transcoder = Transcoder::new(Encoding::EucKr);
        let mut text = Vec::new();
        for (at, byte) in bytes.iter().enumerate() {
            assert_eq!(transcoder.decode(&[*byte], &mut text, at + 1 == bytes.len()), 1);
        }
        let text = String::from_utf8(text).unwrap();
        assert_eq!(text.lines().count(), memchr::memchr_iter(b'\n', &bytes).count());
        assert!(text.starts_with(LINE) && text.ends_with(LINE) && text.contains("bad \u{fffd}\u{fffd} line\n"));
    }
}
