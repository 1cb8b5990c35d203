//! Values of options: sizes, times, zones, and the nearest name to a mistyped one.

use crate::when;
pub use crate::when::{span, time};
use breachline_parsers::load::ZoneRule;
use breachline_parsers::near::distance;
use breachline_parsers::report::VantageRule;
use breachline_parsers::time::zones_meant;
use breachline_queries::indicators::Kind;
use chrono_tz::Tz;

/// Bytes: `512M`, `2GiB`, `1.5g`, `1000000`. Powers of 1024; at least one mebibyte, below which nothing works.
pub fn size(text: &str) -> Result<u64, String> {
    let wrong = || format!("`{text}` is no size; write a number and K, M, G or T, such as 512M or 2G");
    let split = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    let number: f64 = number.parse().map_err(|_| wrong())?;
    let shift = match unit.trim().to_ascii_lowercase().as_str() {
        "" | "b" => 0,
        "k" | "kb" | "kib" => 10,
        "m" | "mb" | "mib" => 20,
        "g" | "gb" | "gib" => 30,
        "t" | "tb" | "tib" => 40,
        _ => return Err(wrong()),
    };
    let bytes = number * (1_u64 << shift) as f64;
    if bytes < f64::from(1 << 20) {
        return Err(format!("`{text}` is less than 1M, which is too little to work with"));
    }
    if bytes >= 9.0e18 {
        return Err(wrong());
    }
    Ok(bytes as u64)
}

/// A time zone by its IANA name, its offset (`+09:00`, `UTC+9`), or an abbreviation that means one zone all year (`KST`).
pub fn zone(text: &str) -> Result<Tz, String> {
    if let Some(zone) = when::zone(text) {
        return Ok(zone);
    }
    if let [first, others @ ..] = zones_meant(text) {
        let others = others.iter().map(|name| format!(" or `{name}`")).collect::<Vec<_>>().concat();
        return Err(format!(
            "`{text}` says no zone for a whole log; did you mean `{first}`{others}? An offset that always holds is given as +09:00"
        ));
    }
    let names = chrono_tz::TZ_VARIANTS.iter().map(|zone| zone.name());
    let hint = nearest(text, names).map_or_else(String::new, |name| format!("did you mean `{name}`? "));
    Err(format!(
        "unknown zone `{text}`; {hint}zones are named as in the IANA list, such as UTC or Asia/Seoul, or given as an offset, such as +09:00"
    ))
}

/// `[GLOB=]ZONE`: the zone of logs that carry none.
pub fn zone_rule(text: &str) -> Result<ZoneRule, String> {
    match text.rsplit_once('=') {
        None => Ok(ZoneRule { glob: None, zone: zone(text)? }),
        Some((pattern, name)) => {
            glob::Pattern::new(pattern)
                .map_err(|error| format!("`{pattern}` is no glob: {} at character {}", error.msg, error.pos + 1))?;
            Ok(ZoneRule { glob: Some(pattern.to_owned()), zone: zone(name)? })
        }
    }
}

/// `[GLOB=]VANTAGE`: where logs were written.
pub fn vantage_rule(text: &str) -> Result<VantageRule, String> {
    let (pattern, name) = text.rsplit_once('=').map_or((None, text), |(pattern, name)| (Some(pattern), name));
    if let Some(pattern) = pattern {
        glob::Pattern::new(pattern)
            .map_err(|error| format!("`{pattern}` is no glob: {} at character {}", error.msg, error.pos + 1))?;
    }
    Ok(VantageRule { glob: pattern.map(str::to_owned), vantage: name.parse()? })
}

/// The moment at which something is done, microseconds UTC: as given, or as `SOURCE_DATE_EPOCH` says (seconds, for
/// outputs that repeat), or now.
pub fn moment(given: Option<&str>, zone: Tz) -> anyhow::Result<i64> {
    if let Some(text) = given {
        return time(text, zone).map_err(|why| anyhow::anyhow!(why));
    }
    if let Some(epoch) = std::env::var_os("SOURCE_DATE_EPOCH") {
        let epoch = epoch.to_string_lossy();
        let seconds: Option<i64> = epoch.parse().ok();
        return seconds.and_then(|seconds| seconds.checked_mul(1_000_000)).ok_or_else(|| {
            anyhow::anyhow!("SOURCE_DATE_EPOCH is `{epoch}`, which is no number of seconds; unset it or mend it")
        });
    }
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    Ok(since.map_or(0, |since| i64::try_from(since.as_micros()).unwrap_or(i64::MAX)))
}

/// What the values of a list are.
pub fn kind(text: &str) -> Result<Kind, String> {
    text.parse().map_err(|why: String| {
        let names = Kind::ALL.iter().map(|kind| kind.name());
        nearest(text, names).map_or(why, |name| format!("unknown kind `{text}`; did you mean `{name}`?"))
    })
}

/// The name nearest to a mistyped one, if any is near.
pub fn nearest<'a>(typed: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let typed_low = typed.to_lowercase();
    names
        .into_iter()
        .map(|name| (distance(&typed_low, &name.to_lowercase()), name))
        .filter(|(distance, name)| *distance * 3 <= name.chars().count().max(3))
        .min()
        .map(|(_, name)| name)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_units() {
        assert_eq!(size("512M"), Ok(512 << 20));
        assert_eq!(size("1.5GiB"), Ok(3 << 29));
        assert_eq!(size("2000000"), Ok(2_000_000));
        for wrong in ["", "M", "12Q", "1.2.3G", "-1G", "nan"] {
            assert!(size(wrong).unwrap_err().contains("is no size"), "{wrong}");
        }
        assert!(size("12K").unwrap_err().contains("too little"));
    }

    #[test]
    fn zones_may_be_for_some_sources_only() {
        assert_eq!(zone("asia/seoul"), Ok(Tz::Asia__Seoul));
        assert!(zone("Asia/Soul").unwrap_err().contains("did you mean `Asia/Seoul`?"));
        for (given, meant) in [
            ("KST", Tz::Asia__Seoul),
            ("jst", Tz::Asia__Tokyo),
            ("+09:00", Tz::Etc__GMTMinus9),
            ("-0500", Tz::Etc__GMTPlus5),
            ("UTC+9", Tz::Etc__GMTMinus9),
            ("+05:30", Tz::Asia__Kolkata),
            ("+00:00", Tz::UTC),
        ] {
            assert_eq!(zone(given), Ok(meant), "{given}");
        }
        assert!(zone("PST").unwrap_err().contains("did you mean `America/Los_Angeles`?"));
        assert!(zone("CST").unwrap_err().contains("`America/Chicago` or `Asia/Shanghai`"));
        assert!(zone("+09:07").unwrap_err().contains("unknown zone"));
        assert!(zone("KSTT").unwrap_err().contains("an offset, such as +09:00"));
        let rule = zone_rule("gw-*.log=Asia/Seoul").unwrap();
        assert_eq!((rule.glob.as_deref(), rule.zone), (Some("gw-*.log"), Tz::Asia__Seoul));
        assert!(zone_rule("[=UTC").unwrap_err().contains("is no glob"));
    }

    #[test]
    fn vantages_may_be_of_some_sources_only() {
        let rule = vantage_rule("*cdn*=edge").unwrap();
        assert_eq!((rule.glob.as_deref(), rule.vantage.name()), (Some("*cdn*"), "edge"));
        assert_eq!(vantage_rule("gateway").unwrap().glob, None);
        assert!(vantage_rule("proxy").unwrap_err().contains("edge, balancer, gateway and application"));
        assert!(vantage_rule("[=edge").unwrap_err().contains("is no glob"));
    }

    #[test]
    fn kinds_are_named_as_columns_or_with_dashes() {
        assert_eq!(kind("user_agent"), Ok(Kind::UserAgent));
        assert_eq!(kind("client_ip"), Ok(Kind::Ip));
        assert!(kind("credentail").unwrap_err().contains("did you mean `credential`?"));
        assert!(kind("zzz").unwrap_err().contains("kinds are ip, object,"));
    }

    #[test]
    fn near_names_are_suggested_and_far_ones_are_not() {
        let names = ["hunt", "query", "parse", "object-walk"];
        assert_eq!(nearest("hnut", names), Some("hunt"));
        assert_eq!(nearest("object-wlak", names), Some("object-walk"));
        assert_eq!(nearest("survey", names), None);
    }
}
