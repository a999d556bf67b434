//! `between` and `not_between` (spec: engine §4.8), by the newest documented rule: what is no number
//! is out of range.
//!
//! Surprising: NaN is neither in range nor out of it, and bad bounds are an error even for a missing
//! property.

use serde_json::Value;

use super::value::number_of;
use super::{Compiled, Polarity, Test, ValueView, Verdict, flaw, text_of};

/// Compiles `between` (positive) or `not_between` (negative).
pub(super) fn compile(value: &Value, polarity: Polarity) -> Compiled {
    match bounds_of(value) {
        Some((minimum, maximum)) => {
            let test = Test::Between {
                minimum,
                maximum,
                polarity,
            };
            (test, None)
        }
        None => flaw::bad_bounds(&text_of(value)),
    }
}

/// Compares a property with bounds that belong to the range.
pub(super) fn test(
    value: &ValueView<'_>,
    (minimum, maximum): (f64, f64),
    polarity: Polarity,
) -> Verdict {
    match value.number() {
        None => polarity.verdict(false),
        Some(number) if number.is_nan() => Verdict::No,
        Some(number) => polarity.verdict(minimum <= number && number <= maximum),
    }
}

fn bounds_of(value: &Value) -> Option<(f64, f64)> {
    let [minimum, maximum] = value.as_array()?.as_slice() else {
        return None;
    };
    let (minimum, maximum) = (number_of(minimum)?, number_of(maximum)?);
    // Also refuses NaN, which is not in order with anything.
    (minimum <= maximum).then_some((minimum, maximum))
}
