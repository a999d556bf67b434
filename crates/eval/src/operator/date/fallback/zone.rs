//! Zones at the end of a date: `+0100`, `-07:00`, `+01`, `UTC`, `PST`.
//!
//! Surprising: a name that is not known means UTC, as RFC 2822 has it and `dateparser` does.

use std::ops::RangeInclusive;

use chrono::FixedOffset;

use super::Scan;

/// Hours east of Greenwich of the zone names that are known.
const NAMED_ZONES: [(&str, i32); 8] = [
    ("edt", -4),
    ("est", -5),
    ("cdt", -5),
    ("cst", -6),
    ("mdt", -6),
    ("mst", -7),
    ("pdt", -7),
    ("pst", -8),
];

/// Characters of a zone, fewest and most.
const ZONE_CHARS: RangeInclusive<usize> = 3..=6;

/// Takes the rest of the text as a zone.
pub(super) fn offset(scan: &mut Scan<'_>) -> Option<FixedOffset> {
    let zone = scan.take_rest();
    let is_zone = zone
        .bytes()
        .all(|byte| matches!(byte, b'+'..=b':' | b'a'..=b'z' | b'A'..=b'Z'));
    if !is_zone || !ZONE_CHARS.contains(&zone.len()) {
        return None;
    }
    let letters = zone
        .find(|character: char| !character.is_ascii_alphabetic())
        .unwrap_or(zone.len());
    match zone.split_at_checked(letters)? {
        ("", numeric) => numeric_offset(numeric),
        // What follows the letters is ignored, unless it is meant as an offset of its own.
        (name, rest) if !rest.contains(':') => named_offset(name),
        _ => None,
    }
}

fn named_offset(name: &str) -> Option<FixedOffset> {
    let hours = NAMED_ZONES
        .iter()
        .find(|(zone, _)| name.eq_ignore_ascii_case(zone))
        .map_or(0, |(_, hours)| *hours);
    FixedOffset::east_opt(hours * 3_600)
}

/// Reads `±hh`, `±hhmm` or `±hh:mm`.
fn numeric_offset(text: &str) -> Option<FixedOffset> {
    let (sign, rest) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+')?),
    };
    let (hours, rest) = rest.split_at_checked(2)?;
    let minutes = match rest {
        "" => "00",
        rest => rest.strip_prefix(':').unwrap_or(rest),
    };
    let (hours, minutes) = (two_digits(hours)?, two_digits(minutes)?);
    (minutes < 60).then(|| FixedOffset::east_opt(sign * (hours * 3_600 + minutes * 60)))?
}

fn two_digits(text: &str) -> Option<i32> {
    let is_number = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().ok())?
}
