//! Dates that name their month.

use super::{
    Hour, Reading, Scan, ShortYear, clock, date, midnight, month, precise_clock, year, zoned,
};

/// `7 oct 70`, `12 Feb 2006, 19:17`, `14 May 2019 19:11:40.164`.
pub(super) fn day_first(scan: &mut Scan<'_>) -> Option<Reading> {
    let day = scan.number(1..=2)?;
    scan.some_spaces()?;
    let month = month(scan.word(3..=9)?)?;
    scan.some_spaces()?;
    let year_digits = scan.digits(2..=4)?;
    if scan.is_done() {
        return Some(midnight(date(
            year(year_digits, ShortYear::Pivoted)?,
            month,
            day,
        )?));
    }
    scan.skip(",");
    scan.some_spaces()?;
    let date = date(year(year_digits, ShortYear::Literal)?, month, day)?;
    let time = precise_clock(scan, Hour::OneOrTwoDigits)?;
    Some(Reading::Wall(date.and_time(time)))
}

/// `May 25, 2021`, `oct. 7, 70`, `September 17, 2012, 10:09am`, `May 02, 2021 15:51:31 UTC`, and
/// without a year `May 27 02:45:27`, `May 6 at 9:24 PM`.
pub(super) fn month_first(scan: &mut Scan<'_>) -> Option<Reading> {
    let month = month(scan.word(3..=9)?)?;
    scan.skip(".");
    scan.some_spaces()?;
    let day = scan.number(1..=2)?;
    scan.skip(",");
    scan.spaces();
    if scan.starts_with("at") || scan.after_digits() == Some(':') {
        return without_year(scan, month, day);
    }
    let year_digits = scan.digits(2..=4)?;
    if scan.is_done() {
        return Some(midnight(date(
            year(year_digits, ShortYear::Pivoted)?,
            month,
            day,
        )?));
    }
    scan.spaces();
    scan.skip(",");
    scan.skip("at");
    scan.spaces();
    scan.skip("at");
    scan.spaces();
    let date = date(year(year_digits, ShortYear::Literal)?, month, day)?;
    let time = clock(scan, Hour::OneOrTwoDigits)?;
    zoned(scan, date.and_time(time))
}

fn without_year(scan: &mut Scan<'_>, month: u32, day: u32) -> Option<Reading> {
    scan.skip("at");
    scan.spaces();
    let time = clock(scan, Hour::OneOrTwoDigits)?;
    Some(Reading::ThisYear { month, day, time })
}
