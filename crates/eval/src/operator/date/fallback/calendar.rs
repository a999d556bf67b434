//! Years, months and days as people write them.

use chrono::NaiveDate;

/// Months by their English names; the first three letters will do.
const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// What a year of one or two digits means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ShortYear {
    /// 00 to 69 are 2000 to 2069, 70 to 99 are 1970 to 1999.
    Pivoted,
    /// The first century.
    Literal,
}

pub(super) fn date(year: u32, month: u32, day: u32) -> Option<NaiveDate> {
    NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day)
}

/// The year of up to nine digits.
pub(super) fn year(digits: &str, short: ShortYear) -> Option<u32> {
    let year = digits.parse().ok()?;
    let is_pivoted = short == ShortYear::Pivoted && digits.len() <= 2;
    Some(if is_pivoted { pivoted(year) } else { year })
}

/// The year of two digits, by the pivot of POSIX.
pub(super) fn pivoted(year: u32) -> u32 {
    year + if year < 70 { 2000 } else { 1900 }
}

/// The number, from 1, of a month's name in any case.
pub(super) fn month(name: &str) -> Option<u32> {
    MONTHS.iter().zip(1..).find_map(|(month, number)| {
        let short = month.get(..3)?;
        let is_named = name.eq_ignore_ascii_case(month) || name.eq_ignore_ascii_case(short);
        is_named.then_some(number)
    })
}
