//! What only HAProxy writes: `#HH` escapes, captured headers by position, states of sessions, notices.

use super::facts::{Facts, Value};
use super::field::Field;
use crate::schema::Text;
use crate::value::{hex_digit, is_absent};
use std::borrow::Cow;

/// What stands for a request line that could not be read.
pub(super) const BAD_REQUEST: &[u8] = b"<BADREQ>";

/// How lines begin that tell of the proxy itself and not of traffic.
const NOTICES: &[&[u8]] = &[
    b"Proxy ",
    b"Server ",
    b"Backup Server ",
    b"Backup server ",
    b"Connect from ",
    b"Health check for ",
    b"Stopping ",
    b"Pausing ",
    b"Enabling ",
    b"Disabling ",
    b"Loading ",
    b"New program ",
    b"New worker ",
    b"Current worker ",
    b"Reexecuting ",
    b"backend ",
    b"proxy ",
    b"config : ",
    b"[NOTICE] ",
    b"[WARNING] ",
    b"[ALERT] ",
];

/// Whether a line is a notice of the proxy.
pub(crate) fn is_notice(record: &[u8]) -> bool {
    NOTICES.iter().any(|notice| record.starts_with(notice))
}

/// Names given to captured headers, in order, as what their values mean.
#[derive(Clone, Debug, Default)]
pub(crate) struct Captures {
    pub fields: Vec<Field>,
    /// Names of the extra fields.
    pub names: Vec<String>,
}

impl<'a> Facts<'a> {
    /// Takes a block of captured headers; `first` is the number of its first value among all blocks. Returns the
    /// number of the first value of the next block.
    ///
    /// # Errors
    /// As [`Facts::take`].
    pub(super) fn take_captures(
        &mut self,
        block: &'a [u8],
        first: usize,
        captures: &Captures,
    ) -> Result<usize, String> {
        let mut next = first;
        for value in block.split(|&byte| byte == b'|') {
            if let Some(&field) = captures.fields.get(next) {
                self.take(field, unescape(value), &captures.names)?;
            } else if value.starts_with(b"Mozilla/") && captures.fields.is_empty() {
                self.take(Field::Plain(Text::UserAgent), unescape(value), &[])?;
            }
            next += 1;
        }
        let has_value = block.iter().any(|&byte| byte != b'|');
        if has_value && captures.fields.len() < next {
            self.take(Field::Captures, unescape(block), &[])?;
        }
        Ok(next)
    }

    pub(super) fn take_frontend(&mut self, raw: &[u8]) {
        let name = raw.strip_suffix(b"~").unwrap_or(raw);
        self.take_extra("frontend", name);
        if name.len() < raw.len() {
            self.take_extra("tls", b"yes");
        }
    }

    /// Without a server (`<NOSRV>`, or `<STATS>` for the proxy's own pages) only the backend is told.
    pub(super) fn take_server(&mut self, raw: Value<'a>) {
        let (backend, server) = match memchr::memrchr(b'/', &raw) {
            Some(slash) => (&raw[..slash], &raw[slash + 1..]),
            None => (&raw[..0], &*raw),
        };
        if server.starts_with(b"<") || is_absent(server) {
            if !is_absent(backend) {
                let backend = backend.to_vec();
                self.take_extra("backend", &backend);
            }
        } else {
            self.set(Text::Upstream, raw);
        }
    }

    /// Two letters say how the session ended; two more, of cookies, say nothing about that.
    ///
    /// # Errors
    /// It is none: the record has another layout.
    pub(super) fn take_termination(&mut self, raw: Value<'a>) -> Result<(), String> {
        if !matches!(raw.len(), 2 | 4) || !raw.iter().all(|byte| byte.is_ascii_alphabetic() || *byte == b'-') {
            return Err(format!("no state of termination: {}", super::facts::shown(&raw)));
        }
        if !raw.starts_with(b"--") {
            self.set(Text::Error, raw);
        }
        Ok(())
    }
}

/// Undoes `#HH`; escaped control bytes and bytes that are no UTF-8 stay escaped, since decoded they would be lost.
pub(super) fn unescape(bytes: &[u8]) -> Cow<'_, [u8]> {
    let Some(first) = memchr::memchr(b'#', bytes) else {
        return Cow::Borrowed(bytes);
    };
    let mut out = bytes[..first].to_vec();
    let mut rest = &bytes[first..];
    while !rest.is_empty() {
        let mut decoded = Vec::new();
        while let Some(byte) = escaped(&rest[decoded.len() * 3..]) {
            decoded.push(byte);
        }
        let (run, after) = rest.split_at(decoded.len() * 3);
        let readable = std::str::from_utf8(&decoded).is_ok_and(|text| !text.chars().any(char::is_control));
        out.extend_from_slice(if readable { &decoded } else { run });
        // What follows is a byte that begins no escape, and all up to the next `#`.
        let plain =
            after.get(1..).map_or(after.len(), |tail| memchr::memchr(b'#', tail).map_or(after.len(), |at| at + 1));
        out.extend_from_slice(&after[..plain]);
        rest = &after[plain..];
    }
    Cow::Owned(out)
}

fn escaped(bytes: &[u8]) -> Option<u8> {
    let [b'#', high, low, ..] = bytes else {
        return None;
    };
    Some((hex_digit(*high)? << 4) | hex_digit(*low)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn escapes_become_text_only_where_nothing_is_lost() {
        for (given, expected) in [
            ("/a#22b#23c", "/a\"b#c"),
            ("#C3#A9t#C3#A9", "été"),
            ("x#00y#ffz", "x#00y#ffz"),
            ("#", "#"),
            ("a#2", "a#2"),
            ("##23#zz", "###zz"),
            ("plain", "plain"),
        ] {
            assert_eq!(std::str::from_utf8(&unescape(given.as_bytes())), Ok(expected), "{given}");
        }
    }

    #[test]
    fn notices_are_no_traffic() {
        assert!(is_notice(b"Proxy web started.") && is_notice(b"Connect from 10.0.0.1:5 to 10.0.0.2:80 (web/HTTP)"));
        assert!(!is_notice(b"10.0.0.1:5 [06/Feb/2009:12:14:14.655] web web/<NOSRV>"));
    }

    proptest! {
        #[test]
        fn text_comes_back(text in "[ -~éß☃]{0,30}") {
            let written: String = text.bytes().map(|byte| match byte {
                b'#' | b'"' | b'{' | b'|' | b'}' | 0x80.. => format!("#{byte:02X}"),
                _ => char::from(byte).to_string(),
            }).collect();
            prop_assert_eq!(&*unescape(written.as_bytes()), text.as_bytes());
        }

        #[test]
        fn no_bytes_break_it(bytes: Vec<u8>) {
            unescape(&bytes);
        }
    }
}
