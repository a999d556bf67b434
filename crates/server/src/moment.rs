//! A moment as people write it: a date, or a date and a time of day in UTC.

use std::str::FromStr;

use burgee_model::Timestamp;
use chrono::{DateTime, NaiveDate, NaiveTime};

/// A moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Moment(pub(crate) Timestamp);

/// A text is no moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("neither a date such as 2026-12-31 nor a moment such as 2026-12-31T23:59:59Z")]
pub(crate) struct InvalidMoment;

impl FromStr for Moment {
    type Err = InvalidMoment;

    /// A date is its first moment in UTC.
    fn from_str(text: &str) -> Result<Self, InvalidMoment> {
        let moment = DateTime::parse_from_rfc3339(text).map(|moment| moment.to_utc());
        let date = || {
            text.parse::<NaiveDate>()
                .map(|date| date.and_time(NaiveTime::MIN))
        };
        let moment = moment.or_else(|_| date().map(|moment| moment.and_utc()));
        let moment = moment.map_err(|_| InvalidMoment)?;
        Ok(Self(Timestamp::from_unix_micros(moment.timestamp_micros())))
    }
}

/// To the second, in UTC.
pub(crate) fn shown(at: Timestamp) -> String {
    let at = DateTime::from_timestamp_micros(at.unix_micros());
    at.map_or_else(
        || "beyond all dates".to_owned(),
        |at| at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_a_date_or_has_a_time_of_day() {
        for (text, expected) in [
            ("2026-01-01", Some("2026-01-01T00:00:00Z")),
            ("2026-01-01T12:30:00Z", Some("2026-01-01T12:30:00Z")),
            ("2026-01-01T12:30:00+02:00", Some("2026-01-01T10:30:00Z")),
            ("2026-13-01", None),
            ("2026-01-01T12:30:00", None),
            ("yesterday", None),
            ("", None),
        ] {
            let moment = text.parse::<Moment>().ok();
            let moment = moment.map(|moment| shown(moment.0));
            assert_eq!(moment.as_deref(), expected, "{text}");
        }
    }
}
