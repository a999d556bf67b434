//! What a date text says, before it is known which instant that is.

use chrono::{DateTime, Datelike, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, TimeZone, Utc};
use chrono_tz::Tz;

use super::fallback;
use super::relative::Ago;

/// Wall clocks without an offset, tried in this order.
const WALL_CLOCK_FORMATS: [&str; 4] = [
    "%Y-%m-%d %H:%M:%S%.f",
    "%Y-%m-%dT%H:%M:%S%.f",
    "%Y-%m-%d %H:%M",
    "%Y-%m-%dT%H:%M",
];

/// A date text that was understood.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Reading {
    /// One instant, wherever and whenever it is read.
    Instant(DateTime<Utc>),
    /// A wall clock of the environment's timezone.
    Wall(NaiveDateTime),
    /// A span before the moment of reading.
    Ago(Ago),
    /// A time on the day of reading, there or in the environment's timezone.
    Today {
        time: NaiveTime,
        offset: Option<FixedOffset>,
    },
    /// A day and time in the year of reading.
    ThisYear {
        month: u32,
        day: u32,
        time: NaiveTime,
    },
}

impl Reading {
    /// Reads a date text; the first form that fits wins (spec: engine §4.7).
    pub(super) fn parse(text: &str) -> Option<Self> {
        if let Some(ago) = Ago::parse(text) {
            return Some(Self::Ago(ago));
        }
        if let Ok(instant) = DateTime::parse_from_rfc3339(text) {
            return Some(Self::Instant(instant.to_utc()));
        }
        if let Ok(date) = NaiveDate::parse_from_str(text, "%Y-%m-%d") {
            return Some(Self::Wall(date.and_time(NaiveTime::MIN)));
        }
        WALL_CLOCK_FORMATS
            .iter()
            .find_map(|format| NaiveDateTime::parse_from_str(text, format).ok())
            .map(Self::Wall)
            .or_else(|| fallback::parse(text))
    }

    /// The instant meant, read at `now` in `timezone`. `None` where clocks skipped it.
    pub(super) fn instant(self, now: DateTime<Utc>, timezone: Tz) -> Option<DateTime<Utc>> {
        let wall_now = now.with_timezone(&timezone).naive_local();
        match self {
            Self::Instant(instant) => Some(instant),
            Self::Wall(wall) => place(wall, &timezone),
            Self::Ago(ago) => place(ago.before(wall_now)?, &timezone),
            Self::Today {
                time,
                offset: Some(offset),
            } => {
                let today = now.with_timezone(&offset).date_naive();
                place(today.and_time(time), &offset)
            }
            Self::Today { time, offset: None } => place(wall_now.date().and_time(time), &timezone),
            Self::ThisYear { month, day, time } => {
                let date = NaiveDate::from_ymd_opt(wall_now.year(), month, day)?;
                place(date.and_time(time), &timezone)
            }
        }
    }

    /// Placed once and for all if the moment of reading does not matter. `None`: there is no such
    /// instant.
    pub(super) fn placed_if_fixed(self, timezone: Tz) -> Option<Self> {
        match self {
            Self::Wall(wall) => place(wall, &timezone).map(Self::Instant),
            Self::Instant(_) | Self::Ago(_) | Self::Today { .. } | Self::ThisYear { .. } => {
                Some(self)
            }
        }
    }
}

/// The instant of a wall clock: the earlier one where clocks were set back, none where they skipped it.
fn place<Z: TimeZone>(wall: NaiveDateTime, timezone: &Z) -> Option<DateTime<Utc>> {
    let instant = timezone.from_local_datetime(&wall).earliest()?;
    Some(instant.to_utc())
}
