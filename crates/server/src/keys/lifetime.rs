//! How long something is good, as people write it: `90d`, `24h`, `30m`.

use std::str::FromStr;

use burgee_model::Timestamp;

/// Longest lifetime, in seconds: ten years of 365 days.
const SECONDS_MAX: i64 = 3_650 * 86_400;

/// A number of minutes, hours, days or weeks; 0 is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Lifetime {
    seconds: i64,
}

/// When a key ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Expiry {
    /// It does not.
    Never,
    /// After so long.
    After(Lifetime),
}

/// A text is no lifetime.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a whole number of minutes, hours, days or weeks up to 3650d, such as 30m, 24h or 90d")]
pub(crate) struct InvalidLifetime;

/// A text is no expiry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("neither `never` nor a lifetime of a minute to 3650d, such as 24h or 90d")]
pub(crate) struct InvalidExpiry;

impl Lifetime {
    /// The moment at which it is over.
    pub(crate) fn after(self, now: Timestamp) -> Timestamp {
        let micros = self.seconds.saturating_mul(1_000_000);
        Timestamp::from_unix_micros(now.unix_micros().saturating_add(micros))
    }

    /// The moment that it began if it ends now.
    pub(crate) fn before(self, now: Timestamp) -> Timestamp {
        let micros = self.seconds.saturating_mul(1_000_000);
        Timestamp::from_unix_micros(now.unix_micros().saturating_sub(micros))
    }
}

impl Expiry {
    /// The moment, if there is one.
    pub(crate) fn at(self, now: Timestamp) -> Option<Timestamp> {
        match self {
            Self::Never => None,
            Self::After(lifetime) => Some(lifetime.after(now)),
        }
    }
}

impl FromStr for Lifetime {
    type Err = InvalidLifetime;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let unit = text.chars().next_back().ok_or(InvalidLifetime)?;
        let unit_seconds = match unit {
            'm' => 60,
            'h' => 3_600,
            'd' => 86_400,
            'w' => 7 * 86_400,
            _ => return Err(InvalidLifetime),
        };
        let number = text.trim_end_matches(unit);
        if !number.bytes().all(|byte| byte.is_ascii_digit()) || number.len() + 1 != text.len() {
            return Err(InvalidLifetime);
        }
        let number: i64 = number.parse().map_err(|_| InvalidLifetime)?;
        let seconds = number.checked_mul(unit_seconds);
        let seconds = seconds.filter(|seconds| *seconds <= SECONDS_MAX);
        Ok(Self {
            seconds: seconds.ok_or(InvalidLifetime)?,
        })
    }
}

impl FromStr for Expiry {
    type Err = InvalidExpiry;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "never" {
            return Ok(Self::Never);
        }
        let lifetime: Lifetime = text.parse().map_err(|_| InvalidExpiry)?;
        if lifetime.seconds == 0 {
            return Err(InvalidExpiry);
        }
        Ok(Self::After(lifetime))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lifetimes_are_whole_numbers_of_a_unit() {
        for (text, seconds) in [
            ("0h", Some(0)),
            ("1m", Some(60)),
            ("24h", Some(86_400)),
            ("90d", Some(7_776_000)),
            ("2w", Some(1_209_600)),
            ("3650d", Some(SECONDS_MAX)),
            ("3651d", None),
            ("9223372036854775807w", None),
            ("99999999999999999999d", None),
            ("", None),
            ("d", None),
            ("90", None),
            ("90dd", None),
            ("-1d", None),
            ("+1d", None),
            ("1.5h", None),
            (" 1d", None),
            ("1y", None),
        ] {
            let read = text.parse::<Lifetime>().ok();
            assert_eq!(read.map(|lifetime| lifetime.seconds), seconds, "{text}");
        }
    }

    #[test]
    fn an_expiry_is_later_or_never() {
        let now = Timestamp::from_unix_millis(1_000);
        let at = |text: &str| text.parse::<Expiry>().map(|expiry| expiry.at(now));
        assert_eq!(at("never"), Ok(None));
        assert_eq!(at("1m"), Ok(Some(Timestamp::from_unix_millis(61_000))));
        assert_eq!(at("0d"), Err(InvalidExpiry));
        assert_eq!(at("soon"), Err(InvalidExpiry));
    }
}
