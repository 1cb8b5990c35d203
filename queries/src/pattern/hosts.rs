//! Parameter values that send a server to a place inside: loopback, private and link-local addresses in every
//! spelling that clients of HTTP understand, names that resolve to them, and schemes that are no web.

use breachline_parsers::mask::percent_decode;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A metadata service outside the link-local range.
const METADATA: Ipv4Addr = Ipv4Addr::new(100, 100, 100, 200);

/// Schemes that a server should never be made to follow.
const ODD_SCHEMES: [&str; 10] = ["file", "gopher", "dict", "tftp", "ldap", "ldaps", "jar", "netdoc", "sftp", "phar"];

/// Parameters whose value is where a browser goes next, not what a server fetches, without separators; developers' own
/// machines are usual there.
const RETURNS: [&str; 14] = [
    "redirecturi",
    "redirecturl",
    "redirect",
    "return",
    "returnto",
    "returnurl",
    "next",
    "callback",
    "callbackurl",
    "continue",
    "postlogoutredirecturi",
    "origin",
    "referer",
    "ref",
];

/// Whether a parameter of a decoded, lowered target names a place inside.
pub fn names_inside(target: &str) -> bool {
    parameters(target).any(|(name, value)| leads_inside(name, value))
}

/// Names and values of a target's query.
fn parameters(target: &str) -> impl Iterator<Item = (&str, &str)> {
    let query = target.split_once('?').map_or("", |(_, query)| query);
    query.split('&').filter_map(|pair| pair.split_once('='))
}

/// Whether a lowered value of that name is the address of a place inside.
pub fn leads_inside(name: &str, value: &str) -> bool {
    let Some((scheme, rest)) = scheme_of(value.trim()) else { return false };
    if ODD_SCHEMES.contains(&scheme) {
        return true;
    }
    let name: String = name.chars().filter(|c| c.is_alphanumeric()).collect();
    let leads = |host: &str| is_inside(host) && !(RETURNS.contains(&name.as_str()) && is_own_machine(host));
    host_of(rest).is_some_and(leads) || disputed_host(rest).is_some_and(leads) || hands_on(rest)
}

/// Whether a parameter of a decoded, lowered target names a place inside in a way that nobody names a machine of his own:
/// a cloud's metadata service, an address in another spelling than people write, a user name in front of it, a scheme that
/// is no web.
pub fn hides_inside(target: &str) -> bool {
    parameters(target).any(|(_, value)| {
        let Some((scheme, rest)) = scheme_of(value.trim()) else { return false };
        let hidden = |host: &str| is_inside(host) && (authority_of(rest).contains('@') || !is_plain(host));
        ODD_SCHEMES.contains(&scheme) || host_of(rest).is_some_and(hidden)
    })
}

/// Whether a host inside is one that people write for a machine of theirs.
fn is_plain(host: &str) -> bool {
    let host = host.trim_end_matches('.');
    match address_of(host) {
        Some(IpAddr::V4(v4)) => host.parse() == Ok(v4) && !v4.is_link_local() && !v4.is_unspecified() && v4 != METADATA,
        Some(IpAddr::V6(v6)) => !v6.is_unspecified() && !v6.is_unicast_link_local(),
        None => !["metadata", "instance-data"].iter().any(|name| host.starts_with(name)),
    }
}

/// The host that some parsers see after `#@` or `\\@`, where others have ended the authority.
fn disputed_host(rest: &str) -> Option<&str> {
    let longest = rest.split(['/', '?']).next()?;
    ["#@", "\\@"].iter().any(|trick| longest.contains(trick)).then(|| host_of(longest.rsplit('@').next()?))?
}

/// Whether an address outside is asked to send the caller on to this machine or one that hands out credentials: of
/// other places inside, people's links tell.
fn hands_on(rest: &str) -> bool {
    parameters(rest).any(|(name, value)| {
        let value = String::from_utf8_lossy(&percent_decode(value.as_bytes())).to_lowercase();
        let name: String = name.chars().filter(|c| c.is_alphanumeric()).collect();
        let host = scheme_of(&value).and_then(|(_, rest)| host_of(rest));
        host.is_some_and(|host| {
            is_inside(host) && !is_lan(host) && !(RETURNS.contains(&name.as_str()) && is_own_machine(host))
        })
    })
}

/// Whether a host is a private address written as people write it.
fn is_lan(host: &str) -> bool {
    host.parse::<Ipv4Addr>().is_ok_and(|v4| v4.is_private())
}

/// Scheme and what follows `://`; `//host` has the web's.
fn scheme_of(value: &str) -> Option<(&str, &str)> {
    if let Some(rest) = value.strip_prefix("//") {
        return Some(("http", rest));
    }
    let (scheme, rest) = value.split_once(':')?;
    let is_name = !scheme.is_empty() && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'+');
    let rest = rest.strip_prefix("//").or_else(|| (scheme == "file" || scheme == "jar").then_some(rest))?;
    is_name.then_some((scheme, rest))
}

/// What follows a scheme up to the path: user, host and port.
fn authority_of(rest: &str) -> &str {
    rest.split(['/', '?', '#', '\\']).next().unwrap_or_default()
}

/// The host of an authority: without user, port, path.
fn host_of(rest: &str) -> Option<&str> {
    let host = authority_of(rest).rsplit('@').next()?;
    if let Some(inner) = host.strip_prefix('[') {
        return inner.split_once(']').map(|(address, _)| address);
    }
    let host = host.split_once(':').map_or(host, |(host, _)| host);
    (!host.is_empty()).then_some(host)
}

fn is_own_machine(host: &str) -> bool {
    matches!(host, "localhost" | "127.0.0.1" | "::1")
}

/// Names that mean a place inside.
const NAMES: [&str; 4] = ["localhost", "metadata", "instance-data", "kubernetes.default.svc"];
/// Ends of names that resolve to a place inside, or to whatever their owner says.
const ENDS: [&str; 13] = [
    ".localhost",
    ".internal",
    ".localtest.me",
    ".lvh.me",
    ".nip.io",
    ".sslip.io",
    ".xip.io",
    ".oastify.com",
    ".burpcollaborator.net",
    ".interact.sh",
    ".oast.fun",
    ".oast.pro",
    ".cluster.local",
];

/// Whether a host is, or is known to resolve to, a place that the outside should not reach.
fn is_inside(host: &str) -> bool {
    let host = host.trim_end_matches('.');
    if let Some(address) = address_of(host) {
        return is_inner(address);
    }
    NAMES.contains(&host) || ENDS.iter().any(|end| host.ends_with(end))
}

/// An address in any spelling: dotted with one to four parts, decimal, octal, hexadecimal, IPv6.
fn address_of(host: &str) -> Option<IpAddr> {
    if let Ok(address) = host.parse::<Ipv6Addr>() {
        return Some(address.to_ipv4_mapped().map_or(IpAddr::V6(address), IpAddr::V4));
    }
    let parts: Vec<u64> = host.split('.').map(number).collect::<Option<_>>()?;
    let (last, first) = parts.split_last()?;
    if first.len() > 3 || first.iter().any(|&part| part > 255) {
        return None;
    }
    let room = 8 * (4 - first.len() as u32);
    if *last >= 1_u64 << room {
        return None;
    }
    let high = first.iter().fold(0_u64, |sum, &part| sum << 8 | part);
    let address = (high << room | last) & 0xFFFF_FFFF;
    Some(IpAddr::V4(Ipv4Addr::from(u32::try_from(address).ok()?)))
}

/// A part of an address as the C library reads it.
fn number(text: &str) -> Option<u64> {
    if let Some(hex) = text.strip_prefix("0x") {
        return u64::from_str_radix(hex, 16).ok();
    }
    if text.len() > 1 && text.starts_with('0') {
        return u64::from_str_radix(text, 8).ok();
    }
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) { None } else { text.parse().ok() }
}

fn is_inner(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => {
            v4.is_private() || v4.is_loopback() || v4.is_link_local() || v4.is_unspecified() || v4 == METADATA
        }
        IpAddr::V6(v6) => v6.is_loopback() || v6.is_unspecified() || v6.is_unique_local() || v6.is_unicast_link_local(),
    }
}
