//! Property values as operators see them (spec: engine §4.1, §4.3).
//!
//! Where a value comes from and when its texts are made is the slot reader's business.

use std::borrow::Cow;

use serde_json::Value;

/// The comparable view of one property value; built once per request and property.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ValueView<'v> {
    /// What kind of JSON it is.
    pub kind: ValueKind,
    /// The value's text as [`text_of`] gives it.
    pub text: &'v str,
    /// Full Unicode lower case of `text`; empty unless a test's [`Folding`](super::Folding) asks.
    pub lower: &'v str,
    /// ASCII lower case of `text`; empty unless a test's [`Folding`](super::Folding) asks.
    pub ascii_lower: &'v str,
    /// The value's truth as [`is_truthy`] gives it.
    pub truthy: bool,
}

/// What kind of JSON a value is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum ValueKind {
    Null,
    Bool(bool),
    Number(f64),
    Text,
    /// A list or an object.
    Composite,
}

impl ValueView<'_> {
    /// The value as a number: a JSON number, or a string that spells one without spaces around it.
    pub(super) fn number(&self) -> Option<f64> {
        match self.kind {
            ValueKind::Number(number) => Some(number),
            ValueKind::Text => self.text.parse().ok(),
            ValueKind::Null | ValueKind::Bool(_) | ValueKind::Composite => None,
        }
    }
}

/// A filter value as a number, by the same rule as [`ValueView::number`].
pub(super) fn number_of(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.parse().ok(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// The text that operators compare: strings as they are, all else compact JSON with sorted keys and
/// numbers as `serde_json` prints them (`1`, `1.0`, `1e+16`).
pub(crate) fn text_of(value: &Value) -> Cow<'_, str> {
    match value {
        Value::String(text) => Cow::Borrowed(text),
        Value::Null => Cow::Borrowed("null"),
        Value::Bool(true) => Cow::Borrowed("true"),
        Value::Bool(false) => Cow::Borrowed("false"),
        Value::Number(_) | Value::Array(_) | Value::Object(_) => Cow::Owned(value.to_string()),
    }
}

/// Whether a value counts as true: `true`, "true" in any case, a list of nothing but such values.
pub(crate) fn is_truthy(value: &Value) -> bool {
    match value {
        Value::Bool(truth) => *truth,
        Value::String(text) => text.eq_ignore_ascii_case("true"),
        Value::Array(values) => values.iter().all(is_truthy),
        Value::Null | Value::Number(_) | Value::Object(_) => false,
    }
}

/// Whether a value looks boolean: a boolean, "true" or "false" in any case, a list of nothing but
/// such values.
pub(crate) fn is_boolish(value: &Value) -> bool {
    match value {
        Value::Bool(_) => true,
        Value::String(text) => {
            text.eq_ignore_ascii_case("true") || text.eq_ignore_ascii_case("false")
        }
        Value::Array(values) => values.iter().all(is_boolish),
        Value::Null | Value::Number(_) | Value::Object(_) => false,
    }
}
