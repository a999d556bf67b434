//! Dates such as `-7d`: always in the past, on the wall clock (spec: engine §4.7).
//!
//! Surprising: months and years go back one at a time and keep the shortest day on the way, so that
//! 31 March minus two months is 28 or 29 January.

use chrono::{Datelike, Months, NaiveDateTime, TimeDelta};

/// Largest number of a relative date, whatever its unit.
const COUNT_MAX: u32 = 9_999;

/// No month is shorter than this many days.
const SHORTEST_MONTH_DAYS: u32 = 28;

/// A span before now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ago {
    /// At most [`COUNT_MAX`].
    count: u32,
    unit: Unit,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unit {
    Hours,
    Days,
    Weeks,
    Months,
    Years,
}

impl Ago {
    /// Reads an optional minus, digits and a unit letter. The minus changes nothing.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let unsigned = text.strip_prefix('-').unwrap_or(text);
        let unit = match unsigned.chars().next_back()? {
            'h' => Unit::Hours,
            'd' => Unit::Days,
            'w' => Unit::Weeks,
            'm' => Unit::Months,
            'y' => Unit::Years,
            _ => return None,
        };
        let digits = unsigned.get(..unsigned.len() - 1)?;
        if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let count = digits.parse().ok().filter(|count| *count <= COUNT_MAX)?;
        Some(Self { count, unit })
    }

    /// The wall clock that much earlier than `wall`.
    pub(super) fn before(self, wall: NaiveDateTime) -> Option<NaiveDateTime> {
        let count = i64::from(self.count);
        match self.unit {
            Unit::Hours => wall.checked_sub_signed(TimeDelta::hours(count)),
            Unit::Days => wall.checked_sub_signed(TimeDelta::days(count)),
            Unit::Weeks => wall.checked_sub_signed(TimeDelta::weeks(count)),
            Unit::Months => months_before(wall, self.count),
            Unit::Years => years_before(wall, self.count),
        }
    }
}

/// One month at a time until no shorter month can cut the day any more, then the rest at once.
fn months_before(mut wall: NaiveDateTime, mut count: u32) -> Option<NaiveDateTime> {
    while count > 0 && wall.day() > SHORTEST_MONTH_DAYS {
        wall = wall.checked_sub_months(Months::new(1))?;
        count -= 1;
    }
    wall.checked_sub_months(Months::new(count))
}

/// Only the first year can cut the day: the year before a leap year is none.
fn years_before(wall: NaiveDateTime, count: u32) -> Option<NaiveDateTime> {
    let Some(rest) = count.checked_sub(1) else {
        return Some(wall);
    };
    wall.checked_sub_months(Months::new(12))?
        .checked_sub_months(Months::new(12 * rest))
}
