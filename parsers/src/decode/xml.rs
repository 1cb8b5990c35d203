//! Records that are one XML element a line: attributes and inner elements by name.

use super::keyed::Slots;
use memchr::{memchr, memmem};
use std::borrow::Cow;

/// Fewer values are some other markup.
const AT_LEAST: usize = 3;

/// Offers what a record says by name. Elements are not nested further: writers of access logs do not.
pub(super) fn offer<'p, 'a>(record: &'a [u8], mut slots: Slots<'p, 'a>) -> Result<Slots<'p, 'a>, &'static str> {
    let mut rest = record.strip_prefix(b"<").ok_or("no element")?;
    let mut count = 0;
    // The outermost element, its attributes.
    let end = memchr(b'>', rest).ok_or("an element that is cut short")?;
    count += attributes(rest[..end].strip_suffix(b"/").unwrap_or(&rest[..end]), &mut slots)?;
    rest = &rest[end + 1..];
    while let Some(start) = memchr(b'<', rest) {
        let inner = &rest[start + 1..];
        let end = memchr(b'>', inner).ok_or("an element that is cut short")?;
        let tag = &inner[..end];
        rest = &inner[end + 1..];
        if tag.first() == Some(&b'/') {
            continue;
        }
        if let Some(empty) = tag.strip_suffix(b"/") {
            count += 1 + attributes(empty, &mut slots)?;
            continue;
        }
        let name = &tag[..tag.iter().position(u8::is_ascii_whitespace).unwrap_or(tag.len())];
        count += attributes(tag, &mut slots)?;
        let close = [b"</", name, b">"].concat();
        let length = memmem::find(rest, &close).ok_or("an element that is not closed")?;
        slots.offer(name, plain(&rest[..length]));
        count += 1;
        rest = &rest[length + close.len()..];
    }
    if count < AT_LEAST { Err("no named values") } else { Ok(slots) }
}

/// Offers the attributes of a tag, and says how many there are.
fn attributes<'a>(tag: &'a [u8], slots: &mut Slots<'_, 'a>) -> Result<usize, &'static str> {
    let mut rest = &tag[tag.iter().position(u8::is_ascii_whitespace).unwrap_or(tag.len())..];
    let mut count = 0;
    loop {
        rest = rest.trim_ascii_start();
        let Some(equals) = memchr(b'=', rest) else { return Ok(count) };
        let name = rest[..equals].trim_ascii();
        let value = rest[equals + 1..].trim_ascii_start();
        let (Some(&quote), true) = (value.first(), matches!(value.first(), Some(b'"' | b'\''))) else {
            return Err("an attribute without quotes");
        };
        let end = memchr(quote, &value[1..]).ok_or("no closing quote after an attribute")?;
        slots.offer(name, plain(&value[1..=end]));
        count += 1;
        rest = &value[end + 2..];
    }
}

/// Text with its five named entities undone.
fn plain(text: &[u8]) -> Cow<'_, [u8]> {
    if memchr(b'&', text).is_none() {
        return Cow::Borrowed(text);
    }
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = memchr(b'&', rest) {
        out.extend_from_slice(&rest[..at]);
        let entities: [(&[u8], u8); 5] =
            [(b"&amp;", b'&'), (b"&lt;", b'<'), (b"&gt;", b'>'), (b"&quot;", b'"'), (b"&apos;", b'\'')];
        if let Some((entity, byte)) = entities.iter().find(|(entity, _)| rest[at..].starts_with(entity)) {
            out.push(*byte);
            rest = &rest[at + entity.len()..];
        } else {
            out.push(b'&');
            rest = &rest[at + 1..];
        }
    }
    out.extend_from_slice(rest);
    Cow::Owned(out)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::decode::field::Field;
    use crate::decode::paths::{Alias, Paths};
    use crate::schema::Text;
    use proptest::prelude::*;

    #[test]
    fn entities_are_undone() {
        assert_eq!(&*plain(b"a &amp;&lt;b&gt; &x;"), b"a &<b> &x;");
    }

    proptest! {
        #[test]
        fn any_record_is_taken(record: Vec<u8>, text in r#"<[a<>/="' ]{0,30}"#) {
            let mut paths = Paths::default();
            paths.add(&[Alias::of("a", Field::Plain(Text::Host))]);
            let _ = offer(&record, Slots::new(&paths).unchecked());
            let _ = offer(text.as_bytes(), Slots::new(&paths).unchecked());
        }
    }
}
