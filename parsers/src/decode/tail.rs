//! What stands after the last field of a layout, and what shows that a record is laid out otherwise.

use super::facts::Facts;
use super::field::Field;
use super::host;
use super::text::{Plan, Reach, Step};
use std::borrow::Cow;

/// Takes `name=value name="value" …`; says `false`, and takes nothing, where the text is anything else.
pub(crate) fn take_pairs<'a>(known: &[(String, Field)], text: &'a [u8], facts: &mut Facts<'a>) -> bool {
    if known.is_empty() {
        return false;
    }
    let mut pairs = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let Some((name, value, after)) = pair(rest) else { return false };
        pairs.push((name, value));
        rest = after.trim_ascii_start();
    }
    for (name, value) in pairs {
        let field = known.iter().find(|(known, _)| known.as_bytes() == name).map(|(_, field)| *field);
        match field {
            // A value that cannot be read is no reason to lose the record: its layout fits.
            Some(field) => {
                let _ = facts.take(field, Cow::Borrowed(value), &[]);
            }
            None if matches!(value, b"" | b"-") => {}
            None => facts.take_extra(&String::from_utf8_lossy(name), value),
        }
    }
    true
}

/// The first pair and what follows it. Bare values may be lists: `a, b`.
fn pair(text: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let equals = memchr::memchr(b'=', text)?;
    let name = &text[..equals];
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    if name.is_empty() || !name.iter().all(is_name) {
        return None;
    }
    let rest = &text[equals + 1..];
    if let Some(quoted) = rest.strip_prefix(b"\"") {
        let end = memchr::memchr(b'"', quoted)?;
        let after = &quoted[end + 1..];
        return (after.is_empty() || after[0] == b' ').then_some((name, &quoted[..end], after));
    }
    let mut end = 0;
    loop {
        end += memchr::memchr(b' ', &rest[end..]).unwrap_or(rest.len() - end);
        let goes_on = end < rest.len() && matches!(rest[..end].last(), Some(b',' | b':')) && !is_pair(&rest[end + 1..]);
        if !goes_on {
            return Some((name, rest[..end].strip_suffix(b",").unwrap_or(&rest[..end]), &rest[end..]));
        }
        end += 1;
    }
}

/// Whether the next word has a name of its own.
fn is_pair(text: &[u8]) -> bool {
    text.iter().take_while(|&&byte| byte != b' ').any(|&byte| byte == b'=')
}

/// Whether a value can be what the layout takes it for. What a client cannot choose must look its part in any case,
/// or what was put in front of a line becomes its address; the rest only where the format is `strict`.
pub(crate) fn is_fit(plan: &Plan, step: &Step, value: &[u8], facts: &Facts<'_>) -> bool {
    let strict = plan.strict && !plan.lenient;
    match step.field {
        Field::Peer => host::is_peer(value) && (!strict || host::is_server(value) || value.starts_with(b"unix:")),
        Field::ClientPort => value.iter().all(u8::is_ascii_digit) || value == b"-",
        Field::Host if strict => host::is_server(value),
        Field::Host => step.reach == Reach::Quoted || !host::is_carriers(value),
        Field::Duration(_) | Field::DurationPart(_) => is_duration(value),
        Field::UpstreamStatus => value.trim_ascii().iter().all(|byte| byte.is_ascii_digit() || b" ,:-".contains(byte)),
        // One address alone, without quotes and without a peer, is the peer.
        Field::ForwardedPeer if strict && step.reach != Reach::Quoted && !value.contains(&b',') => false,
        Field::Forwarded | Field::ForwardedPeer if strict => is_chain(value),
        Field::ForwardedPeer if step.reach != Reach::Quoted => hops(value).all(host::is_peer),
        Field::Forwarded if step.reach != Reach::Quoted => !hops(value).any(host::is_carriers),
        _ => step.reach != Reach::BeforeDay || is_user(value) || (plan.lenient && is_of(facts.peer(), value)),
    }
}

/// Whether a value can be a duration, with its unit or without, or the mark of none. It is not read here: one that is
/// of no unit that we know is no reason to lose the record, but text in its place is.
fn is_duration(value: &[u8]) -> bool {
    let is_of_one = |byte: &u8| byte.is_ascii_alphanumeric() || b"-.+".contains(byte) || *byte >= 0x80;
    let (digits, letters) = value.iter().fold((0, 0), |(digits, letters), byte| {
        (digits + usize::from(byte.is_ascii_digit()), letters + usize::from(byte.is_ascii_alphabetic()))
    });
    value.iter().all(is_of_one) && (digits > 0 || letters == 0)
}

/// Whether this may be the name of a user whatever it looks like: it stands behind the address of a peer, so that
/// nothing stands in front of the record. The address in brackets is a field of its own.
fn is_of(peer: &[u8], user: &[u8]) -> bool {
    let repeated =
        user.strip_prefix(b"[").and_then(|rest| rest.strip_prefix(peer)).is_some_and(|rest| rest.starts_with(b"] - "));
    host::is_address_of_peer(peer) && !repeated
}

/// Whether a value is one user: a space in front is the writer's alignment, and a dash or a bracket is a field of its
/// own, which the layout does not have.
fn is_user(value: &[u8]) -> bool {
    !matches!(value, [b' ' | b'[', ..] | [b'-', b' ', ..])
        && memchr::memmem::find(value, b" - ").is_none()
        && !value.ends_with(b" -")
}

fn hops(chain: &[u8]) -> impl Iterator<Item = &[u8]> {
    chain.split(|&byte| byte == b',').map(<[u8]>::trim_ascii)
}

/// Addresses with commas between them, or nothing.
fn is_chain(value: &[u8]) -> bool {
    let is_of_address = |byte: &u8| byte.is_ascii_hexdigit() || matches!(byte, b'.' | b':' | b'[' | b']' | b'%');
    matches!(value, b"" | b"-")
        || hops(value).all(|hop| {
            hop == b"unknown" || (memchr::memchr2(b'.', b':', hop).is_some() && hop.iter().all(is_of_address))
        })
}
