//! What a rule asks of one field of one request, and what the value in the rule's file means under its modifiers.

use super::field::{Facet, Field};
use super::pattern::{Pattern, fold};
use regex::Regex;
use std::borrow::Cow;
use std::fmt;
use std::net::IpAddr;

/// How two numbers must stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // each is the modifier of its name
pub enum Order {
    Lt,
    Lte,
    Gt,
    Gte,
    Eq,
    Neq,
}

impl Order {
    /// The order of a modifier's or condition's name.
    pub fn of(name: &str) -> Option<Self> {
        Some(match name {
            "lt" => Self::Lt,
            "lte" => Self::Lte,
            "gt" => Self::Gt,
            "gte" => Self::Gte,
            "eq" => Self::Eq,
            "neq" => Self::Neq,
            _ => return None,
        })
    }

    /// The sign.
    pub const fn sign(self) -> &'static str {
        match self {
            Self::Lt => "<",
            Self::Lte => "<=",
            Self::Gt => ">",
            Self::Gte => ">=",
            Self::Eq => "=",
            Self::Neq => "<>",
        }
    }

    /// Whether `left` stands so to `right`.
    #[allow(clippy::float_cmp)] // counts and numbers as written, not results of arithmetic
    pub fn holds(self, left: f64, right: f64) -> bool {
        match self {
            Self::Lt => left < right,
            Self::Lte => left <= right,
            Self::Gt => left > right,
            Self::Gte => left >= right,
            Self::Eq => left == right,
            Self::Neq => left != right,
        }
    }
}

/// Addresses that begin with the same bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    bits: u8,
}

impl Network {
    /// Reads `192.0.2.0/24`, `2001:db8::/32` or one address.
    pub fn read(text: &str) -> Option<Self> {
        let (address, bits) = text.split_once('/').map_or((text, None), |(address, bits)| (address, Some(bits)));
        let address: IpAddr = address.trim().parse().ok()?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let bits = bits.map_or(Some(most), |bits| bits.trim().parse().ok())?;
        (bits <= most).then_some(Self { address, bits })
    }

    /// Whether an address is among them.
    pub fn contains(&self, text: &str) -> bool {
        let Ok(address) = text.trim().parse::<IpAddr>() else { return false };
        let cut = |value: u128, width: u32| {
            let rest = width - u32::from(self.bits);
            if rest >= 128 { 0 } else { value >> rest }
        };
        match (self.address, address.to_canonical()) {
            (IpAddr::V4(mine), IpAddr::V4(other)) => {
                cut(u128::from(mine.to_bits()), 32) == cut(u128::from(other.to_bits()), 32)
            }
            (IpAddr::V6(mine), IpAddr::V6(other)) => cut(mine.to_bits(), 128) == cut(other.to_bits(), 128),
            _ => false,
        }
    }
}

/// What is asked of a value.
#[derive(Clone, Debug)]
pub enum Check {
    /// It fits a pattern.
    Pattern(Pattern),
    /// A regular expression occurs in it.
    Regex(Regex),
    /// It is an address of a network.
    Network(Network),
    /// It is a number that stands so.
    Compare(Order, f64),
    /// There is one.
    Exists,
}

/// Texts of a value, each also without letter case.
pub type Texts<'v> = Vec<(Cow<'v, str>, Cow<'v, str>)>;

/// The texts of a facet of a value, each also without letter case.
pub fn texts<'v>(facet: &Facet, value: &'v str) -> Texts<'v> {
    let folded = |text: Cow<'v, str>| {
        let folded = match &text {
            Cow::Borrowed(text) => fold(text),
            Cow::Owned(text) => Cow::Owned(fold(text).into_owned()),
        };
        (text, folded)
    };
    facet.texts(value).into_iter().map(folded).collect()
}

impl Check {
    /// Whether it asks for an empty value, which access logs write as nothing or as a dash.
    pub fn is_blank(&self) -> bool {
        matches!(self, Self::Pattern(pattern) if matches!(pattern.plain(), Some("" | "-")))
    }

    /// Whether a value that is there, given as its texts, is what is asked for.
    pub fn holds(&self, texts: &Texts<'_>) -> bool {
        match self {
            Self::Pattern(pattern) => texts.iter().any(|(text, folded)| pattern.matches(text, folded)),
            Self::Regex(regex) => texts.iter().any(|(text, _)| regex.is_match(text)),
            Self::Network(network) => texts.iter().any(|(text, _)| network.contains(text)),
            Self::Compare(order, bound) => {
                let number = |text: &str| text.trim().parse::<f64>().ok().filter(|number| number.is_finite());
                texts.iter().any(|(text, _)| number(text).is_some_and(|number| order.holds(number, *bound)))
            }
            Self::Exists => true,
        }
    }

    /// Whether a value, or that there is none, is what is asked for: the meaning that columns must agree with.
    pub fn holds_for(&self, field: &Field, value: Option<&str>) -> bool {
        match value.filter(|value| field.facet.is_in(value)) {
            // Patterns over a query may mean the target, which is there without one.
            None => {
                self.is_blank()
                    || (field.facet == Facet::Query
                        && !matches!(self, Self::Exists)
                        && value.is_some_and(|value| self.holds(&texts(&field.facet, value))))
            }
            Some(value) => self.holds(&texts(&field.facet, value)),
        }
    }
}

impl fmt::Display for Check {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pattern(pattern) if pattern.is_cased() => write!(out, "~ '{pattern}' (cased)"),
            Self::Pattern(pattern) => write!(out, "~ '{pattern}'"),
            Self::Regex(regex) => write!(out, "~ /{regex}/"),
            Self::Network(network) => write!(out, "in {}/{}", network.address, network.bits),
            Self::Compare(order, bound) => write!(out, "{} {bound}", order.sign()),
            Self::Exists => out.write_str("is there"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_hold_their_addresses() {
        for (network, address, expected) in [
            ("10.0.0.0/8", "10.200.3.4", true),
            ("10.0.0.0/8", "11.0.0.1", false),
            ("0.0.0.0/0", "203.0.113.9", true),
            ("192.0.2.7", "192.0.2.7", true),
            ("192.0.2.7", "::ffff:192.0.2.7", true),
            ("2001:db8::/32", "2001:db8:1::5", true),
            ("::/0", "2001:db9::", true),
            ("2001:db8::/32", "2001:db9::", false),
            ("10.0.0.0/8", "host.example", false),
        ] {
            assert_eq!(
                Network::read(network).map(|network| network.contains(address)),
                Some(expected),
                "{network} {address}"
            );
        }
        assert_eq!(Network::read("10.0.0.0/33"), None);
        assert_eq!(Network::read("10.0.0/8"), None);
    }

    #[test]
    fn empty_in_a_rule_is_absent_in_a_log() {
        let field = Field { column: "user_agent", facet: Facet::Whole };
        let blank = Check::Pattern(Pattern::read("").with_case(false));
        assert!(
            blank.holds_for(&field, None) && blank.holds_for(&field, Some("")) && !blank.holds_for(&field, Some("x"))
        );
        let any = Check::Pattern(Pattern::read("*").with_case(false));
        assert!(any.holds_for(&field, Some("")) && !any.holds_for(&field, None));
    }
}
