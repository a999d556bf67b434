//! `gt`, `gte`, `lt` and `lte` (spec: engine §4.2): both sides as binary64.

use serde_json::Value;

use super::value::number_of;
use super::{Comparison, Compiled, Test, ValueView, Verdict, flaw, text_of};

/// Compiles a comparison of numbers.
pub(super) fn compile(value: &Value, comparison: Comparison) -> Compiled {
    match number_of(value) {
        Some(bound) => (Test::Number { bound, comparison }, None),
        None => flaw::bad_value(&text_of(value), "a number"),
    }
}

/// Compares a property; one that is not a number is an error.
pub(super) fn test(value: &ValueView<'_>, bound: f64, comparison: Comparison) -> Verdict {
    match value.number() {
        Some(number) => comparison.holds(&number, &bound).into(),
        None => Verdict::Error,
    }
}
