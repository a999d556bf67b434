//! What a comparison came to, in words that teach: `plan is "free", which is not "enterprise"`.

use burgee_model::{FilterKind, PropertyFilter};
use serde_json::Value;

use crate::operator::is_boolish;

/// Longest value that is repeated, in characters.
const SHOWN_CHARS_MAX: usize = 60;

/// A filter's operator, the default filled in.
pub(super) fn operator<'d>(filter: &PropertyFilter<'d>) -> &'d str {
    let default = match filter.kind {
        FilterKind::Cohort => "in",
        _ => "exact",
    };
    filter.operator.unwrap_or(default)
}

/// A filter that could be decided.
pub(super) fn compared(
    name: &str,
    filter: &PropertyFilter<'_>,
    (actual, matched): (Option<&Value>, bool),
) -> String {
    let operator = operator(filter);
    if let ("is_set" | "is_not_set", is_set) = (operator, actual.is_some()) {
        let verb = if is_set { "is" } else { "is not" };
        return format!("{name} {verb} set");
    }
    let (question, is_negative) = question(operator, filter.value);
    let fact = if matched == is_negative {
        question.denied
    } else {
        question.affirmed
    };
    let value = shown(filter.value);
    match actual {
        Some(actual) => format!("{name} is {}, which {fact} {value}", shown(actual)),
        None => format!("{name} is not set, so that it {fact} {value}"),
    }
}

/// A filter whose operator makes no sense for the value that was found.
pub(super) fn incomparable(
    name: &str,
    filter: &PropertyFilter<'_>,
    actual: Option<&Value>,
) -> String {
    let operator = operator(filter);
    let value = shown(filter.value);
    match actual {
        Some(actual) => format!(
            "{name} is {}, which `{operator}` cannot compare with {value}",
            shown(actual)
        ),
        None => format!("{name} is not set, and `{operator}` cannot be asked about {value}"),
    }
}

/// Compact JSON, cut to [`SHOWN_CHARS_MAX`].
pub(super) fn shown(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(SHOWN_CHARS_MAX) {
        None => text,
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
    }
}

/// `a`, `a and b`, `a, b and c`.
pub(super) fn listed(parts: &[String]) -> String {
    match parts {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// The two ways in which a comparison can turn out.
struct Question {
    affirmed: &'static str,
    denied: &'static str,
}

/// What an operator asks, and whether it holds when that is denied.
fn question(operator: &str, value: &Value) -> (Question, bool) {
    let (affirmed, denied, is_negative) = match operator {
        "is_not" | "exact" if is_boolish(value) => {
            ("counts as", "does not count as", operator == "is_not")
        }
        "is_not" | "exact" if value.is_array() => ("is one of", "is none of", operator == "is_not"),
        "is_not" => ("is", "is not", true),
        "icontains" => ("contains", "does not contain", false),
        "not_icontains" => ("contains", "does not contain", true),
        "icontains_multi" => ("contains one of", "contains none of", false),
        "not_icontains_multi" => ("contains one of", "contains none of", true),
        "starts_with" => ("starts with", "does not start with", false),
        "not_starts_with" => ("starts with", "does not start with", true),
        "ends_with" => ("ends with", "does not end with", false),
        "not_ends_with" => ("ends with", "does not end with", true),
        "regex" => ("matches the pattern", "does not match the pattern", false),
        "not_regex" => ("matches the pattern", "does not match the pattern", true),
        "gt" => ("is greater than", "is not greater than", false),
        "gte" => ("is at least", "is not at least", false),
        "lt" => ("is less than", "is not less than", false),
        "lte" => ("is at most", "is not at most", false),
        "between" => ("is within", "is not within", false),
        "not_between" => ("is within", "is not within", true),
        "semver_gt" => ("is a later version than", "is no later version than", false),
        "semver_gte" => ("is at least version", "is not at least version", false),
        "semver_lt" => (
            "is an earlier version than",
            "is no earlier version than",
            false,
        ),
        "semver_lte" => ("is at most version", "is not at most version", false),
        "semver_neq" => ("is another version than", "is no other version than", false),
        "semver_eq" => ("is version", "is not version", false),
        "semver_tilde" => (
            "is in the minor version of",
            "is not in the minor version of",
            false,
        ),
        "semver_caret" => (
            "is compatible with version",
            "is not compatible with version",
            false,
        ),
        "semver_wildcard" => ("is among the versions", "is not among the versions", false),
        "is_date_exact" => ("is the instant", "is not the instant", false),
        "is_date_before" => ("is before", "is not before", false),
        "is_date_after" => ("is after", "is not after", false),
        // `exact` is the default.
        _ => ("is", "is not", false),
    };
    (Question { affirmed, denied }, is_negative)
}
