//! Client addresses.

use crate::requests::Requests;
use crate::testing::Log;

fn client(peer: &str, chain: &str, trust: &[&str]) -> String {
    let mut log = Log::new().row(|r| r.ip(peer).forwarded(chain).get("/"));
    for value in trust {
        log = log.trust(value);
    }
    text(&log.try_build().unwrap(), "client_ip", 0)
}

fn text(requests: &Requests, column: &str, row: usize) -> String {
    requests.text(column).unwrap().get(row).unwrap_or("(absent)").to_owned()
}

#[test]
fn the_chain_is_walked_from_the_right() {
    for (peer, chain, trust, want) in [
        ("10.1.1.1", "203.0.113.9", &[][..], "203.0.113.9"),
        ("10.1.1.1", "6.6.6.6, 203.0.113.9, 172.16.3.4", &[], "203.0.113.9"),
        ("::1", "2001:DB8:0::7", &[], "2001:db8::7"),
        ("100.64.1.1", "[2001:db8::8]:443", &[], "2001:db8::8"),
        // A public peer is no proxy until someone says so.
        ("198.51.100.1", "203.0.113.9", &[], "198.51.100.1"),
        ("198.51.100.1", "203.0.113.9", &["198.51.100.0/24"], "203.0.113.9"),
        ("198.51.100.1", "203.0.113.9, 198.51.100.7", &["198.51.100.0/24"], "203.0.113.9"),
        ("198.51.100.1", "6.6.6.6, 203.0.113.9, 192.0.2.8", &["2"], "203.0.113.9"),
        ("198.51.100.1", "6.6.6.6, 203.0.113.9", &["1"], "203.0.113.9"),
        // Everything in the chain is trusted: nobody in it is the client.
        ("198.51.100.1", "198.51.100.9", &["198.51.100.0/24"], "198.51.100.1"),
        ("10.1.1.1", "unknown", &[], "10.1.1.1"),
        ("10.1.1.1", "203.0.113.9, garbage", &[], "10.1.1.1"),
        ("10.1.1.1", "-", &[], "10.1.1.1"),
        ("10.1.1.1", "192.168.7.7", &[], "192.168.7.7"),
        ("::ffff:192.0.2.1", "", &[], "192.0.2.1"),
        ("not an address", "", &[], "not an address"),
    ] {
        assert_eq!(client(peer, chain, trust), want, "{peer} {chain} {trust:?}");
    }
}

#[test]
fn networks_are_24_and_48() {
    let requests = Log::new()
        .row(|r| r.ip("192.0.2.77").get("/"))
        .row(|r| r.ip("2001:db8:1:2::3").get("/"))
        .row(|r| r.get("/"))
        .build();
    assert_eq!(text(&requests, "client_net", 0), "192.0.2.0/24");
    assert_eq!(text(&requests, "client_net", 1), "2001:db8:1::/48");
    assert_eq!(text(&requests, "client_net", 2), "(absent)");
}

#[test]
fn a_flag_that_is_no_network_is_refused_in_a_sentence() {
    for bad in ["10.0.0.0/33", "gateway", "1.2.3.4/x", "2001:db8::/129"] {
        let error = Log::new().trust(bad).try_build().err().unwrap();
        assert!(error.0.contains(bad) && error.0.ends_with('.'), "{error}");
    }
    assert!(Log::new().trust("10.0.0.0/8,2001:db8::/32").trust("2").try_build().is_ok());
}

#[test]
fn what_was_assumed_is_said_once_a_source() {
    let requests = Log::new()
        .source("inner.log")
        .rows(5, |r, _| r.ip("10.0.0.1").forwarded("203.0.113.4").get("/"))
        .source("outer.log")
        .rows(5, |r, _| r.ip("198.51.100.4").forwarded("203.0.113.4").get("/"))
        .build();
    let notes = &requests.derived.notes;
    assert_eq!(notes.iter().filter(|note| note.starts_with("inner.log: internal peers")).count(), 1, "{notes:?}");
    let ignored: Vec<_> = notes.iter().filter(|note| note.contains("ignored")).collect();
    assert!(ignored.len() == 1 && ignored[0].starts_with("outer.log") && ignored[0].contains("--trusted-proxy"));
}

#[test]
fn a_proxy_switches_address_rules_off_and_an_attacker_does_not() {
    let proxy = Log::new().rows(200, |r, i| r.ip("10.0.0.1").get("/").ua(&format!("browser {}", i % 40))).build();
    assert_eq!(proxy.derived.addresses_usable, [false]);
    assert!(proxy.derived.notes.iter().any(|note| note.contains("10.0.0.1") && note.contains("--trusted-proxy")));
    let loud = Log::new().rows(200, |r, _| r.ip("203.0.113.5").get("/").ua("curl")).build();
    assert_eq!(loud.derived.addresses_usable, [true]);
    // Rotating agents does not help where the source knows that other people come from elsewhere.
    let rotating = Log::new()
        .rows(400, |r, i| r.ip("203.0.113.5").get("/").ua(&format!("agent {i}")).user("u1"))
        .rows(100, |r, i| r.ip(&format!("192.0.2.{i}")).get("/").ua("browser").user(&format!("p{i}")))
        .build();
    assert_eq!(rotating.derived.addresses_usable, [true]);
    let few = Log::new().rows(90, |r, i| r.ip("10.0.0.1").get("/").ua(&format!("browser {i}"))).build();
    assert_eq!(few.derived.addresses_usable, [true]);
    let chained = Log::new()
        .rows(200, |r, i| r.ip("10.0.0.1").forwarded(&format!("203.0.113.{}", i % 99)).get("/").ua(&format!("b {i}")))
        .build();
    assert_eq!(chained.derived.addresses_usable, [true]);
}
