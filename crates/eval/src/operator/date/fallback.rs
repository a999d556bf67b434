//! The forms of dates beside RFC 3339 and `YYYY-MM-DD` that PostHog reads through the `dateparser` crate
//! (spec: engine §4.7), told apart by how they begin.
//!
//! Not that crate, because it reads the clock: there a date without a time is at the current time of
//! day. Here it is at midnight, in the environment's timezone or the zone that it names. What that
//! crate reads is read alike in all else; a few more spellings are taken.

mod calendar;
mod clock;
mod named_month;
mod scan;
mod zone;

#[cfg(test)]
mod tests;

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime};

use super::Reading;
use calendar::{ShortYear, date, month, pivoted, year};
use clock::{Hour, clock, precise_clock, seconds_clock};
use named_month::{day_first, month_first};
use scan::Scan;

/// Reads a date text.
pub(super) fn parse(text: &str) -> Option<Reading> {
    if let Ok(instant) = DateTime::parse_from_rfc2822(text) {
        return Some(Reading::Instant(instant.to_utc()));
    }
    let mut scan = Scan::new(text);
    let reading = match (scan.leading_digits(), scan.after_digits()) {
        (10 | 13 | 19, None) => unix(scan.take_rest()),
        (4, Some('-')) => year_first(&mut scan),
        (4, Some('/')) => slashed_year_first(&mut scan),
        (4, Some('.')) => dotted_year_first(&mut scan),
        (4, Some('年')) => chinese(&mut scan),
        (6, Some(_)) => compact(&mut scan),
        (1 | 2, Some(':')) => time_alone(&mut scan),
        (1 | 2, Some(separator @ ('/' | '-'))) => month_day_year(&mut scan, separator),
        (1 | 2, Some('.')) => dotted_month_first(&mut scan),
        (1 | 2, Some(_)) => day_first(&mut scan),
        (0, Some(_)) => month_first(&mut scan),
        _ => None,
    }?;
    scan.is_done().then_some(reading)
}

/// Ten digits are Unix seconds, thirteen milliseconds, nineteen nanoseconds.
fn unix(digits: &str) -> Option<Reading> {
    let number: i64 = digits.parse().ok()?;
    let instant = match digits.len() {
        10 => DateTime::from_timestamp(number, 0)?,
        13 => DateTime::from_timestamp_millis(number)?,
        _ => DateTime::from_timestamp_nanos(number),
    };
    Some(Reading::Instant(instant))
}

/// `2021-Feb-21`, `2021-02-21 PST`, `2021-02-21 05:24:37 PM`, `2021-02-21 05:24:37.25 +0100`.
fn year_first(scan: &mut Scan<'_>) -> Option<Reading> {
    let year = scan.number(4..=4)?;
    scan.take("-")?;
    let Some(month_number) = scan.number(2..=2) else {
        let month = month(scan.word(3..=9)?)?;
        scan.take("-")?;
        return Some(midnight(date(year, month, scan.number(2..=2)?)?));
    };
    scan.take("-")?;
    let date = date(year, month_number, scan.number(2..=2)?)?;
    let before_spaces = *scan;
    if scan.spaces() > 0
        && let Some(time) = precise_clock(scan, Hour::TwoDigits)
    {
        return zoned(scan, date.and_time(time));
    }
    *scan = before_spaces;
    zoned(scan, date.and_time(NaiveTime::MIN))
}

/// `2014/3/31`, `2014/03/31 10:11:59.31`, `2014/3/31 1:00 PM`.
fn slashed_year_first(scan: &mut Scan<'_>) -> Option<Reading> {
    let year = scan.number(4..=4)?;
    scan.take("/")?;
    let month = scan.number(1..=2)?;
    scan.take("/")?;
    let date = date(year, month, scan.number(1..=2)?)?;
    with_optional_time(scan, date)
}

/// `2014.03.30`; `2014.03` is the first of the month.
fn dotted_year_first(scan: &mut Scan<'_>) -> Option<Reading> {
    let year = scan.number(4..=4)?;
    scan.take(".")?;
    let month = scan.number(1..=2)?;
    let day = match scan.take(".") {
        Some(()) => scan.number(1..=2)?,
        None => 1,
    };
    Some(midnight(date(year, month, day)?))
}

/// `2014年04月08日`, `2014年04月08日11时25分18秒`.
fn chinese(scan: &mut Scan<'_>) -> Option<Reading> {
    let mut numbers = |units: [&str; 3], digits: [usize; 3]| {
        let mut numbers = [0; 3];
        for ((number, unit), digits) in numbers.iter_mut().zip(units).zip(digits) {
            *number = scan.number(digits..=digits)?;
            scan.take(unit)?;
        }
        Some(numbers)
    };
    let [year, month, day] = numbers(["年", "月", "日"], [4, 2, 2])?;
    let date = date(year, month, day)?;
    let [hour, minute, second] = numbers(["时", "分", "秒"], [2, 2, 2]).unwrap_or_default();
    let time = NaiveTime::from_hms_opt(hour, minute, second)?;
    Some(Reading::Wall(date.and_time(time)))
}

/// `171113 14:14:20`, as MySQL logs it.
fn compact(scan: &mut Scan<'_>) -> Option<Reading> {
    let digits = scan.number(6..=6)?;
    let year = pivoted(digits / 10_000);
    let date = date(year, digits / 100 % 100, digits % 100)?;
    scan.some_spaces()?;
    let time = seconds_clock(scan)?;
    Some(Reading::Wall(date.and_time(time)))
}

/// `12:30`, `4:00pm`, `6:00 AM PST`: on the day of reading.
fn time_alone(scan: &mut Scan<'_>) -> Option<Reading> {
    let time = clock(scan, Hour::OneOrTwoDigits)?;
    let offset = match scan.spaces() {
        0 => None,
        _ => Some(zone::offset(scan)?),
    };
    Some(Reading::Today { time, offset })
}

/// `3/31/2014`, `03-31-71`, `4/8/2014 22:05`, `8-8-1965 1:00 PM`: the American order.
fn month_day_year(scan: &mut Scan<'_>, separator: char) -> Option<Reading> {
    let separator = if separator == '/' { "/" } else { "-" };
    let month = scan.number(1..=2)?;
    scan.take(separator)?;
    let day = scan.number(1..=2)?;
    scan.take(separator)?;
    let year = year(scan.digits(2..=4)?, ShortYear::Pivoted)?;
    with_optional_time(scan, date(year, month, day)?)
}

/// `3.31.2014`, `08.21.71`: the American order.
fn dotted_month_first(scan: &mut Scan<'_>) -> Option<Reading> {
    let month = scan.number(1..=2)?;
    scan.take(".")?;
    let day = scan.number(1..=2)?;
    scan.take(".")?;
    let year = year(scan.digits(1..=4)?, ShortYear::Pivoted)?;
    Some(midnight(date(year, month, day)?))
}

fn midnight(date: NaiveDate) -> Reading {
    Reading::Wall(date.and_time(NaiveTime::MIN))
}

/// Nothing more, or spaces and a time.
fn with_optional_time(scan: &mut Scan<'_>, date: NaiveDate) -> Option<Reading> {
    if scan.is_done() {
        return Some(midnight(date));
    }
    scan.some_spaces()?;
    let time = precise_clock(scan, Hour::OneOrTwoDigits)?;
    Some(Reading::Wall(date.and_time(time)))
}

/// Nothing more, or a zone.
fn zoned(scan: &mut Scan<'_>, wall: NaiveDateTime) -> Option<Reading> {
    if scan.is_done() {
        return Some(Reading::Wall(wall));
    }
    let _ = scan.spaces();
    let offset = zone::offset(scan)?;
    let instant = wall.and_local_timezone(offset).single()?;
    Some(Reading::Instant(instant.to_utc()))
}
