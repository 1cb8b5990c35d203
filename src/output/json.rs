//! JSON that is safe to print: characters that hide or act on a terminal are written as `\uXXXX`.

use crate::render::is_hidden;
use serde::Serialize;
use serde_json::ser::{CharEscape, Formatter, Serializer};
use std::io::{self, Write};

/// Formatter that escapes hidden characters, and breaks lines down to a depth of nesting.
pub struct Safe {
    depth: usize,
    broken: usize,
    filled: bool,
}

impl Safe {
    /// Everything on one line.
    #[must_use]
    pub const fn line() -> Self {
        Self { depth: 0, broken: 0, filled: false }
    }

    /// Lines are broken at the outer `depth` levels, so that people and `diff` find their way.
    #[must_use]
    pub const fn broken_to(depth: usize) -> Self {
        Self { depth: 0, broken: depth, filled: false }
    }

    fn open<W: ?Sized + Write>(&mut self, out: &mut W, bracket: &[u8]) -> io::Result<()> {
        self.depth += 1;
        self.filled = false;
        out.write_all(bracket)
    }

    fn close<W: ?Sized + Write>(&mut self, out: &mut W, bracket: &[u8]) -> io::Result<()> {
        self.depth -= 1;
        if self.filled && self.depth < self.broken {
            self.indent(out)?;
        }
        self.filled = true;
        out.write_all(bracket)
    }

    fn next<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        if !first {
            out.write_all(b",")?;
        }
        if self.depth <= self.broken { self.indent(out) } else { Ok(()) }
    }

    fn indent<W: ?Sized + Write>(&self, out: &mut W) -> io::Result<()> {
        out.write_all(b"\n")?;
        (0..self.depth).try_for_each(|_| out.write_all(b"  "))
    }
}

impl Formatter for Safe {
    fn begin_array<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.open(out, b"[")
    }

    fn end_array<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.close(out, b"]")
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.next(out, first)
    }

    fn end_array_value<W: ?Sized + Write>(&mut self, _out: &mut W) -> io::Result<()> {
        self.filled = true;
        Ok(())
    }

    fn begin_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.open(out, b"{")
    }

    fn end_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.close(out, b"}")
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.next(out, first)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        out.write_all(if self.depth <= self.broken { b": " } else { b":" })
    }

    fn end_object_value<W: ?Sized + Write>(&mut self, _out: &mut W) -> io::Result<()> {
        self.filled = true;
        Ok(())
    }

    fn write_string_fragment<W: ?Sized + Write>(&mut self, out: &mut W, fragment: &str) -> io::Result<()> {
        let mut rest = fragment;
        while let Some(at) = rest.find(is_hidden) {
            out.write_all(&rest.as_bytes()[..at])?;
            let Some(c) = rest[at..].chars().next() else { break };
            for unit in c.encode_utf16(&mut [0; 2]) {
                write!(out, "\\u{unit:04x}")?;
            }
            rest = &rest[at + c.len_utf8()..];
        }
        out.write_all(rest.as_bytes())
    }

    fn write_char_escape<W: ?Sized + Write>(&mut self, out: &mut W, escape: CharEscape) -> io::Result<()> {
        match escape {
            CharEscape::Quote => out.write_all(b"\\\""),
            CharEscape::ReverseSolidus => out.write_all(b"\\\\"),
            CharEscape::Solidus => out.write_all(b"\\/"),
            CharEscape::Backspace => out.write_all(b"\\b"),
            CharEscape::FormFeed => out.write_all(b"\\f"),
            CharEscape::LineFeed => out.write_all(b"\\n"),
            CharEscape::CarriageReturn => out.write_all(b"\\r"),
            CharEscape::Tab => out.write_all(b"\\t"),
            CharEscape::AsciiControl(byte) => write!(out, "\\u{byte:04x}"),
        }
    }
}

/// Writes a value on one line, line end included.
pub fn write_line(out: &mut impl Write, value: &impl Serialize) -> io::Result<()> {
    value.serialize(&mut Serializer::with_formatter(&mut *out, Safe::line()))?;
    out.write_all(b"\n")
}

/// Writes a value with the outer `depth` levels on lines of their own, line end included.
pub fn write_document(out: &mut impl Write, value: &impl Serialize, depth: usize) -> io::Result<()> {
    value.serialize(&mut Serializer::with_formatter(&mut *out, Safe::broken_to(depth)))?;
    out.write_all(b"\n")
}

/// A measured number as it is printed: whole ones without a fraction, others to six digits after the point
/// (small ones to six digits that count), so that the last bits of a sum never show.
#[must_use]
pub fn stable(value: f64) -> serde_json::Value {
    if !value.is_finite() {
        return serde_json::Value::Null;
    }
    if value.fract() == 0.0 && value.abs() < 9.0e15 {
        return (value as i64).into();
    }
    let text = if value.abs() >= 1.0 { format!("{value:.6}") } else { format!("{value:.5e}") };
    text.parse::<f64>().unwrap_or(value).into()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn text(value: &impl Serialize, depth: usize) -> String {
        let mut out = Vec::new();
        write_document(&mut out, value, depth).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn hidden_characters_are_escaped_and_mean_the_same() {
        let hostile = "\u{9b}2J\u{202e}\u{e0041}\u{7f}\u{1b}주";
        let shown = text(&hostile, 0);
        assert_eq!(shown.trim_end(), r#""\u009b2J\u202e\udb40\udc41\u007f\u001b주""#);
        assert_eq!(serde_json::from_str::<String>(&shown).unwrap(), hostile);
    }

    #[test]
    fn only_the_outer_levels_are_broken() {
        let value = serde_json::json!({"a": [1, {"b": [2, 3]}], "c": {}, "d": []});
        assert_eq!(text(&value, 1), "{\n  \"a\": [1,{\"b\":[2,3]}],\n  \"c\": {},\n  \"d\": []\n}\n");
        assert_eq!(text(&value, 2), "{\n  \"a\": [\n    1,\n    {\"b\":[2,3]}\n  ],\n  \"c\": {},\n  \"d\": []\n}\n");
    }

    #[test]
    fn numbers_do_not_wobble() {
        assert_eq!(stable(4117.0).to_string(), "4117");
        assert_eq!(stable(0.1 + 0.2).to_string(), "0.3");
        assert_eq!(stable(91_838_221.0).to_string(), "91838221");
        assert_eq!(stable(12.345_678_9).to_string(), "12.345679");
        assert_eq!(
            stable(0.000_012_345_678).to_string(),
            "0.0000123457".parse::<f64>().map(|v| serde_json::json!(v)).unwrap().to_string()
        );
        assert_eq!(stable(f64::NAN).to_string(), "null");
    }

    proptest! {
        #[test]
        fn any_text_comes_back(value in ".*", depth in 0usize..3) {
            let shown = text(&vec![value.clone()], depth);
            prop_assert!(!shown.replace('\n', "").contains(is_hidden));
            prop_assert_eq!(serde_json::from_str::<Vec<String>>(&shown).unwrap(), vec![value]);
        }
    }
}
