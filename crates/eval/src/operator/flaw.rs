//! Filters that cannot be read: the test that stands in for them, and what is said about it.

use super::{Compiled, Polarity, Test, Verdict};

/// Characters of a filter value that a warning repeats.
const SHOWN_CHARS_MAX: usize = 60;

/// The value is null or absent: nothing matches, not even a negative operator (spec: engine §4.1).
pub(super) fn no_value() -> Compiled {
    let warning = "the filter has no value, so it never matches".to_owned();
    (Test::fixed(Verdict::No, Verdict::No), Some(warning))
}

/// No such operator (spec: engine §4.9).
pub(super) fn unknown_operator(name: &str) -> Compiled {
    let warning = format!(
        "unknown operator `{}`, so the filter never matches",
        shown(name)
    );
    (Test::fixed(Verdict::Error, Verdict::Error), Some(warning))
}

/// The operator is for cohort or flag filters.
pub(super) fn misplaced_operator(name: &str) -> Compiled {
    let warning = format!("operator `{name}` is not for properties, so the filter never matches");
    (Test::fixed(Verdict::Error, Verdict::Error), Some(warning))
}

/// The filter value is of no use to its operator, which is an error for every present value.
pub(super) fn bad_value(text: &str, wanted: &str) -> Compiled {
    let warning = format!(
        "`{}` is not {wanted}, so the filter never matches",
        shown(text)
    );
    (Test::fixed(Verdict::Error, Verdict::No), Some(warning))
}

/// The bounds of a range are of no use, which is an error even without a value (spec: engine §4.8).
pub(super) fn bad_bounds(text: &str) -> Compiled {
    let warning = format!(
        "`{}` is not a list of two numbers in order, so the filter never matches",
        shown(text)
    );
    (Test::fixed(Verdict::Error, Verdict::Error), Some(warning))
}

/// A date that cannot be read is no error, it just never matches (spec: engine §4.7).
pub(super) fn bad_date(text: &str) -> Compiled {
    let warning = format!(
        "`{}` is not a date, so the filter never matches",
        shown(text)
    );
    (Test::fixed(Verdict::No, Verdict::No), Some(warning))
}

/// A pattern that cannot be compiled matches nothing, neither way; a missing property is decided
/// before the pattern is looked at (spec: engine §4.4).
pub(super) fn bad_pattern(source: &str, reason: &str, polarity: Polarity) -> Compiled {
    let warning = format!(
        "`{}` is not a usable regular expression ({reason}), so the filter matches no value",
        shown(source)
    );
    let test = Test::fixed(Verdict::No, polarity.verdict(false));
    (test, Some(warning))
}

/// A filter value for a warning, cut to [`SHOWN_CHARS_MAX`].
fn shown(text: &str) -> String {
    let mut shown: String = text.chars().take(SHOWN_CHARS_MAX).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    shown
}
