//! `HEALTHCHECK`.

use std::time::Duration;

use super::CommandLine;

/// `HEALTHCHECK`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Healthcheck {
    /// `NONE`: drops the one that the base image has.
    None,
    /// `CMD`: how to ask the container whether it is well.
    Probe(Probe),
}

/// How a container is asked whether it is well.
///
/// A time or count that is absent, or zero, means the engine's default.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Probe {
    /// What is run in the container; never empty.
    pub command: CommandLine,
    /// `--interval`.
    pub interval: Option<Duration>,
    /// `--timeout`.
    pub timeout: Option<Duration>,
    /// `--start-period`.
    pub start_period: Option<Duration>,
    /// `--start-interval`.
    pub start_interval: Option<Duration>,
    /// `--retries`.
    pub retries: Option<u32>,
}

impl Probe {
    /// Runs this command, with the engine's own times.
    pub fn new(command: CommandLine) -> Self {
        Self {
            command,
            interval: None,
            timeout: None,
            start_period: None,
            start_interval: None,
            retries: None,
        }
    }

    /// How often.
    #[must_use]
    pub fn interval(mut self, time: Duration) -> Self {
        self.interval = Some(time);
        self
    }

    /// How long one run may take.
    #[must_use]
    pub fn timeout(mut self, time: Duration) -> Self {
        self.timeout = Some(time);
        self
    }

    /// How long failures do not count after the start.
    #[must_use]
    pub fn start_period(mut self, time: Duration) -> Self {
        self.start_period = Some(time);
        self
    }

    /// How often during the start period. Needs Engine 25 or newer.
    #[must_use]
    pub fn start_interval(mut self, time: Duration) -> Self {
        self.start_interval = Some(time);
        self
    }

    /// How many failures in a row make it unhealthy.
    #[must_use]
    pub fn retries(mut self, count: u32) -> Self {
        self.retries = Some(count);
        self
    }
}

/// Reads a time as Go writes it, such as `1m30s` or `1.5h`; `None` where it is not one or not positive or zero.
///
/// Units are `ns`, `us` (or `µs`), `ms`, `s`, `m` and `h`. More than
/// 2^63 nanoseconds is refused, as it is there.
pub fn parse_duration(text: &str) -> Option<Duration> {
    let mut rest = text.strip_prefix(['+', '-']).unwrap_or(text);
    if rest == "0" {
        return Some(Duration::ZERO);
    }
    let mut total = 0_u128;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, tail) = rest.split_at(digits);
        let unit_len = tail.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(unit_len);
        total = total.checked_add(nanoseconds(number, unit)?)?;
        rest = tail;
    }
    let total = u64::try_from(total).ok().filter(|&total| i64::try_from(total).is_ok())?;
    if text.starts_with('-') && total > 0 { None } else { Some(Duration::from_nanos(total)) }
}

/// `number` in decimal, with at most one point, times `unit`.
fn nanoseconds(number: &str, unit: &str) -> Option<u128> {
    let unit: u128 = match unit {
        "ns" => 1,
        "us" | "µs" | "μs" => 1_000,
        "ms" => 1_000_000,
        "s" => 1_000_000_000,
        "m" => 60_000_000_000,
        "h" => 3_600_000_000_000,
        _ => return None,
    };
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if (whole.is_empty() && fraction.is_empty()) || fraction.contains('.') {
        return None;
    }
    let whole: u128 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    // Nineteen digits are more than a nanosecond can tell apart.
    let fraction = &fraction[..fraction.len().min(19)];
    let scale = 10_u128.pow(u32::try_from(fraction.len()).ok()?);
    let fraction: u128 = if fraction.is_empty() { 0 } else { fraction.parse().ok()? };
    whole.checked_mul(unit)?.checked_add(fraction.checked_mul(unit)? / scale)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_as_go_reads_them() {
        for (text, nanos) in [
            ("30s", 30_000_000_000),
            ("1m30s", 90_000_000_000),
            ("1.5h", 5_400_000_000_000),
            (".5s", 500_000_000),
            ("1.s", 1_000_000_000),
            ("100ms", 100_000_000),
            ("5µs", 5_000),
            ("0", 0),
            ("-0s", 0),
            ("+1ns", 1),
        ] {
            assert_eq!(parse_duration(text), Some(Duration::from_nanos(nanos)), "{text}");
        }
        for text in ["", "-", "1", "1x", "s", ".s", "1..5s", "-1s", " 1s", "1s ", "9999999999h"] {
            assert_eq!(parse_duration(text), None, "{text:?} was accepted");
        }
    }
}
