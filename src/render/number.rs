//! Numbers, sizes and durations as people write them.

use breachline_parsers::value::thousands;

/// A count with thousands separators: `4,812,331`.
#[must_use]
pub fn count(value: impl TryInto<i128>) -> String {
    let value = value.try_into().unwrap_or(i128::MAX);
    let shown = thousands(value.unsigned_abs().try_into().unwrap_or(u64::MAX));
    if value < 0 { format!("-{shown}") } else { shown }
}

/// A number and its noun: `1 request`, `2 requests`.
#[must_use]
pub fn counted(number: impl TryInto<i128>, noun: &str) -> String {
    let number = number.try_into().unwrap_or(i128::MAX);
    format!("{} {noun}{}", count(number), if number == 1 { "" } else { "s" })
}

/// A size: `412 B`, `8.9 GB` (powers of 1000, as disks and networks count).
#[must_use]
pub fn bytes(value: u64) -> String {
    const UNITS: [&str; 6] = ["kB", "MB", "GB", "TB", "PB", "EB"];
    if value < 1000 {
        return format!("{value} B");
    }
    let mut scaled = value as f64 / 1000.0;
    let mut unit = 0;
    // 999.95 would print as 1000.0.
    while scaled >= 999.95 && unit + 1 < UNITS.len() {
        scaled /= 1000.0;
        unit += 1;
    }
    format!("{scaled:.1} {}", UNITS[unit])
}

/// A length of time in microseconds by its two largest units: `2d 03h`, `7m 12s`, `3.4s`.
#[must_use]
pub fn duration(micros: i64) -> String {
    let micros = micros.unsigned_abs();
    let seconds = micros / 1_000_000;
    match seconds {
        0 if micros < 1000 => format!("{micros}µs"),
        0 => format!("{}ms", micros / 1000),
        1..60 => format!("{}.{}s", seconds, micros % 1_000_000 / 100_000),
        60..3600 => format!("{}m {:02}s", seconds / 60, seconds % 60),
        3600..86400 => format!("{}h {:02}m", seconds / 3600, seconds % 3600 / 60),
        _ => format!("{}d {:02}h", seconds / 86400, seconds % 86400 / 3600),
    }
}

/// A measured value: whole numbers with separators, others with two decimals, small ones with three digits.
#[must_use]
pub fn float(value: f64) -> String {
    if !value.is_finite() {
        return "-".to_owned();
    }
    if value.fract() == 0.0 && value.abs() < 9.0e15 {
        return count(value as i64);
    }
    if value.abs() >= 1000.0 {
        return count(value.round() as i64);
    }
    if value.abs() >= 0.1 { format!("{value:.2}") } else { format!("{value:.3}") }
}

/// A part of a whole in percent: `71 %`.
#[must_use]
pub fn share(part: u64, whole: u64) -> String {
    if whole == 0 {
        return "0 %".to_owned();
    }
    format!("{:.0} %", part as f64 * 100.0 / whole as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_grouped_by_three() {
        let shown: Vec<String> = [0_i64, 12, 999, 1000, 4_812_331, -1234].into_iter().map(count).collect();
        assert_eq!(shown, ["0", "12", "999", "1,000", "4,812,331", "-1,234"]);
        assert_eq!(count(u64::MAX), "18,446,744,073,709,551,615");
    }

    #[test]
    fn sizes_never_show_a_thousand_of_a_unit() {
        assert_eq!(bytes(999), "999 B");
        assert_eq!(bytes(1000), "1.0 kB");
        assert_eq!(bytes(999_960), "1.0 MB");
        assert_eq!(bytes(8_900_000_000), "8.9 GB");
        assert_eq!(bytes(u64::MAX), "18.4 EB");
    }

    #[test]
    fn durations_have_two_units() {
        assert_eq!(duration(12), "12µs");
        assert_eq!(duration(3_450_000), "3.4s");
        assert_eq!(duration(432_000_000), "7m 12s");
        assert_eq!(duration(51 * 3_600_000_000), "2d 03h");
    }

    #[test]
    fn measures_read_well() {
        assert_eq!([counted(1, "gap"), counted(0, "gap")], ["1 gap", "0 gaps"]);
        assert_eq!(float(4117.0), "4,117");
        assert_eq!(float(0.953), "0.95");
        assert_eq!(float(0.012_34), "0.012");
        assert_eq!(float(1234.6), "1,235");
        assert_eq!(float(f64::NAN), "-");
        assert_eq!(share(1, 3), "33 %");
    }
}
