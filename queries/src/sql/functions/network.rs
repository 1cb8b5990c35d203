//! Addresses in networks.

use super::{constant, refusal, text};
use polars::prelude::{BooleanChunked, Column, DataType, IntoColumn, PolarsResult};
use std::net::IpAddr;

/// `ip_in(address, networks)`.
pub(super) fn ip_in(columns: &[Column]) -> PolarsResult<Column> {
    let addresses = text(columns, 0, "ip_in")?.cast(&DataType::String)?;
    let written = constant(columns, 1, "ip_in", "a network such as '10.0.0.0/8'")?;
    let networks = written
        .split([',', ' '])
        .map(str::trim)
        .filter(|network| !network.is_empty())
        .map(|network| {
            Network::read(network).ok_or_else(|| {
                refusal(format!("ip_in does not understand the network '{network}'; write for example '10.0.0.0/8' or '2001:db8::/32'"))
            })
        })
        .collect::<PolarsResult<Vec<_>>>()?;
    let lies_in = super::words::once_per_text(|address: &str| {
        let address: IpAddr = address.parse().ok()?;
        Some(networks.iter().any(|network| network.has(address)))
    });
    let found: BooleanChunked = addresses.str()?.iter().map(lies_in).collect();
    Ok(found.into_column().with_name(addresses.name().clone()))
}

/// An address range by prefix.
struct Network {
    bits: u128,
    prefix: u32,
    v6: bool,
}

impl Network {
    fn read(written: &str) -> Option<Self> {
        let (address, prefix) = match written.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix.parse::<u32>().ok()?)),
            None => (written, None),
        };
        let (bits, width, v6) = numbers(address.parse().ok()?);
        let prefix = prefix.unwrap_or(width);
        (prefix <= width).then_some(Self { bits, prefix, v6 })
    }

    fn has(&self, address: IpAddr) -> bool {
        let (bits, width, v6) = numbers(address);
        // A shift by the whole width is not defined: a prefix of 0 has everything.
        v6 == self.v6 && (bits ^ self.bits).checked_shr(width - self.prefix).unwrap_or(0) == 0
    }
}

/// The address as a number, its width, and whether it is version 6. A mapped version 4 address is version 4.
fn numbers(address: IpAddr) -> (u128, u32, bool) {
    match address.to_canonical() {
        IpAddr::V4(address) => (u128::from(u32::from(address)), 32, false),
        IpAddr::V6(address) => (u128::from(address), 128, true),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_cut_where_they_say() {
        let has = |network: &str, address: &str| Network::read(network).unwrap().has(address.parse().unwrap());
        assert!(has("10.0.0.0/8", "10.255.0.1"));
        assert!(!has("10.0.0.0/8", "11.0.0.0"));
        assert!(has("192.0.2.7", "192.0.2.7"));
        assert!(!has("192.0.2.7/32", "192.0.2.6"));
        assert!(has("0.0.0.0/0", "255.1.2.3"));
        assert!(!has("0.0.0.0/0", "::1"));
        assert!(has("::/0", "2001:db8::1"));
        assert!(has("2001:db8::/33", "2001:db8:7fff::"));
        assert!(!has("2001:db8::/33", "2001:db8:8000::"));
        assert!(has("10.0.0.0/8", "::ffff:10.1.2.3"));
        assert!(Network::read("10.0.0.0/33").is_none());
        assert!(Network::read("ten/8").is_none());
    }
}
