//! What may be the address or the name of a host, and what is something else that stands in its place: a time, the
//! name of a file before the number of a line, the label of a syslog message.

use crate::value::{self, is_plain_v4, parses as is_address};

/// Whether a peer may be what these bytes say: an address or the name of a host, either perhaps with a port; a socket
/// of the same machine; nothing.
pub(crate) fn is_peer(value: &[u8]) -> bool {
    if is_plain_v4(value) || value::is_absent(value) || is_local(value) {
        return true;
    }
    let (address, port) = value::address(value);
    if value.starts_with(b"[") {
        return is_address(&address) && (value.ends_with(b"]") || port.is_some());
    }
    if memchr::memchr(b':', &address).is_some() {
        return is_address(&address) || is_address_before_port(&address);
    }
    is_plain_v4(&address) || is_name(&address)
}

/// Whether these bytes are an IP address, perhaps with its port.
pub(crate) fn is_address_of_peer(value: &[u8]) -> bool {
    is_plain_v4(value) || value::is_address(value)
}

/// Whether a server may be called so: an address or a name with a dot or a port.
pub(crate) fn is_server(value: &[u8]) -> bool {
    let qualified = memchr::memchr2(b'.', b':', value).is_some();
    matches!(value, b"localhost" | b"_" | b"default") || (qualified && !is_local(value) && is_peer(value))
}

/// Whether these bytes cannot be what a client called the server, but what a carrier wrote in front of a line. Clients
/// choose the name, so that nearly everything may be one.
pub(crate) fn is_carriers(value: &[u8]) -> bool {
    value.iter().any(|&byte| byte <= b' ' || byte == b'"')
        || is_date(value)
        || value.strip_prefix(b"<").is_some_and(|rest| rest.first().is_some_and(u8::is_ascii_digit))
}

/// `2001:db8::1:52034`: no brackets, but a number too large for a part of the address.
fn is_address_before_port(value: &[u8]) -> bool {
    let colon = memchr::memrchr(b':', value).unwrap_or(0);
    let port = value.get(colon + 1..).and_then(value::integer);
    port.is_some_and(|port| (1..=65_535).contains(&port)) && is_address(&value[..colon])
}

/// Sockets of the same machine, as nginx, Envoy and HAProxy write them.
fn is_local(value: &[u8]) -> bool {
    let starts = [&b"unix:"[..], b"@", b"envoy:"];
    starts.iter().any(|start| value.starts_with(start)) && memchr::memchr3(b' ', b'"', b'\n', value).is_none()
}

/// The name of a host. One that ends in a number is an address or none, so that no file and line before an address
/// makes a name of it.
fn is_name(value: &[u8]) -> bool {
    let is_part =
        |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b'*') || *byte >= 0x80;
    let bare = value.strip_suffix(b".").unwrap_or(value);
    let last = bare.rsplit(|&byte| byte == b'.').next().unwrap_or(bare);
    !last.is_empty()
        && bare.len() <= 253
        && bare.iter().all(is_part)
        && !last.iter().all(u8::is_ascii_digit)
        && !is_date(bare)
}

/// `2026-01-02…`
fn is_date(value: &[u8]) -> bool {
    let digit = |at: &usize| value[*at].is_ascii_digit();
    value.len() >= 10 && [0, 1, 2, 3, 5, 6, 8, 9].iter().all(digit) && value[4] == b'-' && value[7] == b'-'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn peers_are_addresses_names_or_sockets() {
        for peer in [
            "192.0.2.1",
            "192.0.2.1:443",
            "2001:db8::1",
            "[2001:db8::1]:443",
            "[::1]",
            "::ffff:192.0.2.1",
            "fe80::1%eth0",
            "0:0:0:0:0:0:0:1%0",
            "host.example",
            "host.example.",
            "web_1",
            "web-1:8080",
            "unknown",
            "-",
            "",
            "unix:",
            "unix:/run/a.sock",
            "@",
            "192.0.2.xxx",
            "2001:db8::1:52034",
            "kunde-7.bücher.example",
            "1e100.net",
        ] {
            assert!(is_peer(peer.as_bytes()), "{peer}");
        }
    }

    #[test]
    fn what_a_carrier_writes_is_no_peer() {
        for text in [
            "2026-01-02T22:04:05.123Z",
            "2026-01-02",
            "2026-01-02T22:04",
            "22:04:05",
            "<190>nginx:",
            "nginx:",
            "[nginx]",
            "access.log:34:192.0.2.1",
            "access.log-33-192.0.2.1",
            "33-192.0.2.1",
            "33:192.0.2.1",
            "/var/log/a.log",
            "access.log-33-2001:db8::1",
            "a=192.0.2.1",
            "a 192.0.2.1",
            "MESSAGE=x\nb",
            "[203.0.113.9",
            "[::1]x",
            "17",
            "a|b",
            "Jan  2 22:04:05 web1 nginx: 192.0.2.1",
            "unix: a",
        ] {
            assert!(!is_peer(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn servers_have_a_dot_or_a_port() {
        for server in
            ["www.shop.example", "www.shop.example:443", "gw:8080", "192.0.2.1", "[2001:db8::1]:443", "_", "default"]
        {
            assert!(is_server(server.as_bytes()), "{server}");
        }
        for text in ["gw", "2026-01-02T22:04", "<190>nginx:", "22:04", "ident", "-", "a.log:3:x.example", "[error]"] {
            assert!(!is_server(text.as_bytes()), "{text}");
        }
        assert!(is_carriers(b"<190>nginx:") && is_carriers(b"2026-01-02T22:04") && is_carriers(b"a b"));
        assert!(!is_carriers(b"<script>") && !is_carriers(b"gw") && !is_carriers(b"a=b"));
    }
}
