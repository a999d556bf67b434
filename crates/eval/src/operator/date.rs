//! `is_date_exact`, `is_date_before` and `is_date_after` (spec: engine §4.7): instants are compared, so
//! "exact" is not "on the same day".
//!
//! Surprising: a property that spells a number is Unix seconds, whatever its size, and a relative date is
//! in the past with or without its minus. Nothing here reads a clock: what depends on the moment is read
//! at compile time and placed at each test.

mod fallback;
mod reading;
mod relative;

use burgee_model::Timestamp;
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use serde_json::Value;

use super::{Comparison, Compiled, Test, ValueKind, ValueView, Verdict, flaw, text_of};
pub(crate) use reading::Reading;

/// Compiles a comparison of dates. A wall clock without a zone is one of `timezone`.
pub(super) fn compile(value: &Value, comparison: Comparison, timezone: Tz) -> Compiled {
    let bound = value
        .as_str()
        .and_then(Reading::parse)
        .and_then(|reading| reading.placed_if_fixed(timezone));
    match bound {
        Some(reading) => {
            let bound = Box::new(reading);
            (Test::Date { bound, comparison }, None)
        }
        None => flaw::bad_date(&text_of(value)),
    }
}

/// Compares a property. What is no date does not match.
pub(super) fn test(
    value: &ValueView<'_>,
    (bound, comparison): (&Reading, Comparison),
    now: Timestamp,
    timezone: Tz,
) -> Verdict {
    let Some(now) = DateTime::from_timestamp_micros(now.unix_micros()) else {
        return Verdict::No;
    };
    let instants = || {
        let property = property_instant(value, now, timezone)?;
        Some((property, bound.instant(now, timezone)?))
    };
    match instants() {
        Some((property, bound)) => comparison.holds(&property, &bound).into(),
        None => Verdict::No,
    }
}

fn property_instant(
    value: &ValueView<'_>,
    now: DateTime<Utc>,
    timezone: Tz,
) -> Option<DateTime<Utc>> {
    match (value.kind, value.number()) {
        (_, Some(seconds)) => from_unix_seconds(seconds),
        (ValueKind::Text, None) => Reading::parse(value.text)?.instant(now, timezone),
        (_, None) => None,
    }
}

/// The instant of Unix seconds. Before the epoch the fraction is lost (spec: engine §4.7): −1.5 is two
/// seconds before it.
fn from_unix_seconds(seconds: f64) -> Option<DateTime<Utc>> {
    if !seconds.is_finite() {
        return None;
    }
    let whole = seconds.floor();
    let fraction = if seconds < 0.0 { 0.0 } else { seconds - whole };
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "saturates to seconds that chrono refuses; the fraction is in 0..1"
    )]
    let (whole, nanoseconds) = (whole as i64, (fraction * 1e9) as u32);
    DateTime::from_timestamp(whole, nanoseconds)
}
