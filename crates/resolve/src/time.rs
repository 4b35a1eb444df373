//! The time a file was uploaded, as PEP 700 writes it.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A moment in UTC, as PEP 700 writes it: `yyyy-mm-ddThh:mm:ss.ffffffZ`, the fraction optional.
///
/// ```
/// use boxwright_resolve::Timestamp;
///
/// let noon: Timestamp = "2026-01-01T12:00:00Z".parse()?;
/// let later: Timestamp = "2026-01-01T12:00:00.25Z".parse()?;
/// assert!(noon < later);
/// assert!("yesterday".parse::<Timestamp>().is_err());
/// # Ok::<(), boxwright_resolve::TimestampError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
// Without its `Z` and the zeros at its end, the text sorts as the moments do. So no calendar is
// needed here.
pub struct Timestamp(Box<str>);

/// A text that is no time of PEP 700.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a time in UTC: write it as 2026-01-31T12:00:00Z")]
pub struct TimestampError {
    /// What was read.
    pub text: String,
}

impl FromStr for Timestamp {
    type Err = TimestampError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const SHAPE: &[u8] = b"0000-00-00T00:00:00";
        let malformed = || TimestampError { text: text.to_owned() };
        let moment = text.strip_suffix('Z').ok_or_else(malformed)?;
        let (whole, fraction) = moment.split_once('.').unwrap_or((moment, "0"));
        let fits = |(byte, shape): (u8, &u8)| match shape {
            b'0' => byte.is_ascii_digit(),
            shape => byte == *shape,
        };
        let whole_fits = whole.len() == SHAPE.len() && whole.bytes().zip(SHAPE).all(fits);
        if !whole_fits || fraction.is_empty() || !fraction.bytes().all(|byte| byte.is_ascii_digit())
        {
            return Err(malformed());
        }
        let fraction = fraction.trim_end_matches('0');
        let dot = if fraction.is_empty() { "" } else { "." };
        Ok(Self(format!("{whole}{dot}{fraction}").into()))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}Z", self.0)
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}
