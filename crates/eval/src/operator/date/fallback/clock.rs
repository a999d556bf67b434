//! Times of day as people write them: `9:05`, `09:05:30.25`, `9:05 PM`.

use chrono::NaiveTime;

use super::Scan;

/// Digits of an hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hour {
    TwoDigits,
    OneOrTwoDigits,
}

/// Whether the time is in the first or second half of the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Meridiem {
    Am,
    Pm,
}

/// Reads hours and minutes, perhaps seconds, perhaps `am` or `pm`.
pub(super) fn clock(scan: &mut Scan<'_>, hour: Hour) -> Option<NaiveTime> {
    let (hour, minute) = hour_and_minute(scan, hour)?;
    let second = match scan.take(":") {
        Some(()) => scan.number(2..=2)?,
        None => 0,
    };
    time((meridiem_hour(scan, hour)?, minute, second), 0)
}

/// Reads what [`clock`] reads, or seconds with a fraction.
pub(super) fn precise_clock(scan: &mut Scan<'_>, hour: Hour) -> Option<NaiveTime> {
    let start = *scan;
    let (hour_number, minute) = hour_and_minute(scan, hour)?;
    if scan.take(":").is_some()
        && let Some(second) = scan.number(2..=2)
        && scan.take(".").is_some()
    {
        return time((hour_number, minute, second), nanoseconds(scan)?);
    }
    *scan = start;
    clock(scan, hour)
}

/// Reads hours, minutes and seconds of two digits each.
pub(super) fn seconds_clock(scan: &mut Scan<'_>) -> Option<NaiveTime> {
    let (hour, minute) = hour_and_minute(scan, Hour::TwoDigits)?;
    scan.take(":")?;
    time((hour, minute, scan.number(2..=2)?), 0)
}

fn hour_and_minute(scan: &mut Scan<'_>, hour: Hour) -> Option<(u32, u32)> {
    let hour = match hour {
        Hour::TwoDigits => scan.number(2..=2)?,
        Hour::OneOrTwoDigits => scan.number(1..=2)?,
    };
    scan.take(":")?;
    Some((hour, scan.number(2..=2)?))
}

fn nanoseconds(scan: &mut Scan<'_>) -> Option<u32> {
    let digits = scan.digits(1..=9)?;
    let scale = 10_u32.checked_pow(9 - u32::try_from(digits.len()).ok()?)?;
    digits.parse::<u32>().ok()?.checked_mul(scale)
}

/// The hour of the day, once `am` or `pm` has been looked for. With it, hours go from 1 to 12.
fn meridiem_hour(scan: &mut Scan<'_>, hour: u32) -> Option<u32> {
    match (meridiem(scan), hour) {
        (None, _) => Some(hour),
        (Some(Meridiem::Am), 1..=12) => Some(hour % 12),
        (Some(Meridiem::Pm), 1..=12) => Some(hour % 12 + 12),
        (Some(_), _) => None,
    }
}

fn meridiem(scan: &mut Scan<'_>) -> Option<Meridiem> {
    let mut ahead = *scan;
    ahead.spaces();
    let meridiem = match ahead.word(2..=2)? {
        "am" | "AM" => Meridiem::Am,
        "pm" | "PM" => Meridiem::Pm,
        _ => return None,
    };
    *scan = ahead;
    Some(meridiem)
}

/// Second 60 is a leap second, as in `chrono`.
fn time((hour, minute, second): (u32, u32, u32), nanoseconds: u32) -> Option<NaiveTime> {
    match second {
        60 => NaiveTime::from_hms_nano_opt(hour, minute, 59, 1_000_000_000 + nanoseconds),
        _ => NaiveTime::from_hms_nano_opt(hour, minute, second, nanoseconds),
    }
}
