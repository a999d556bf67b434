//! What one property filter asks of one property value (spec: engine §4).
//!
//! A filter is compiled once into a [`Test`] and asked many times. `in`, `not_in` and
//! `flag_evaluates_to` ask about cohorts and flags and are not here; whether a property was fetched at
//! all is the caller's business, as is `negation` inside cohorts.
//!
//! Surprising: a filter that cannot be read is no failure. It becomes a test that gives what PostHog
//! would have given for it, and a warning for people.

mod between;
mod comparison;
mod date;
mod equality;
mod flaw;
mod number;
mod pattern;
mod sorted_texts;
mod substring;
mod value;
mod version;
mod version_range;

#[cfg(test)]
mod tests;

use burgee_model::{PropertyMatching, Timestamp};
use chrono_tz::Tz;
use semver::{Version, VersionReq};
use serde_json::Value;

use comparison::Comparison;
use pattern::Pattern;
use sorted_texts::SortedTexts;
use substring::Place;
pub(crate) use value::{ValueKind, ValueView, is_boolish, is_truthy, text_of};

/// A compiled operator with its filter value.
///
/// Large snapshots hold very many of these, so anything above 16 bytes is boxed.
#[derive(Debug)]
pub(crate) enum Test {
    /// The value does not matter, its presence alone does.
    Fixed { present: Verdict, missing: Verdict },
    /// Both texts are equal in lower case.
    Equal { text: Box<str>, polarity: Polarity },
    /// One of a few texts in lower case is equal; they are kept as one, parted by NUL.
    FewOf { texts: Box<str>, polarity: Polarity },
    /// One of the texts, in lower case, is equal.
    OneOf {
        texts: Box<SortedTexts>,
        polarity: Polarity,
    },
    /// The boolean gate of released matching.
    Truthy { wanted: bool, polarity: Polarity },
    /// The text has a lower case ASCII needle.
    Substring {
        needle: Box<str>,
        place: Place,
        polarity: Polarity,
    },
    /// The text has one of several lower case ASCII needles.
    AnySubstring {
        needles: Box<[Box<str>]>,
        polarity: Polarity,
    },
    /// A regular expression that is a literal with or without anchors.
    Literal {
        literal: Box<str>,
        place: Place,
        polarity: Polarity,
    },
    /// Any other regular expression.
    Pattern {
        pattern: Box<Pattern>,
        polarity: Polarity,
    },
    /// `gt`, `gte`, `lt`, `lte`.
    Number { bound: f64, comparison: Comparison },
    /// `between`: both ends included.
    Between {
        minimum: f64,
        maximum: f64,
        polarity: Polarity,
    },
    /// The six comparisons of versions.
    Version {
        bound: Box<Version>,
        comparison: Comparison,
    },
    /// `semver_tilde`, `semver_caret`, `semver_wildcard`.
    VersionRange { range: Box<VersionReq> },
    /// `is_date_exact`, `is_date_before`, `is_date_after`.
    Date {
        bound: Box<date::Reading>,
        comparison: Comparison,
    },
}

/// A test, and what is odd about its filter for people: lower case, no full stop.
type Compiled = (Test, Option<String>);

/// The result of a test.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// The filter does not hold.
    No,
    /// The filter holds.
    Yes,
    /// The question makes no sense for this value or filter: a miss on a condition, "no" inside a
    /// cohort before its negation (spec: engine §4.2).
    Error,
}

impl From<bool> for Verdict {
    fn from(holds: bool) -> Self {
        if holds { Self::Yes } else { Self::No }
    }
}

/// Whether an operator asks for something or for its absence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Polarity {
    Positive,
    Negative,
}

impl Polarity {
    /// The verdict, from whether the positive question holds.
    fn verdict(self, holds: bool) -> Verdict {
        Verdict::from(holds == (self == Self::Positive))
    }
}

/// Which folded texts of a value a test reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Folding {
    /// [`ValueView::lower`].
    pub unicode: bool,
    /// [`ValueView::ascii_lower`].
    pub ascii: bool,
}

impl Test {
    /// Compiles a filter. Never fails; `None` means `exact`. The timezone is the environment's.
    pub(crate) fn compile(
        operator: Option<&str>,
        value: &Value,
        matching: PropertyMatching,
        timezone: Tz,
    ) -> (Self, Option<String>) {
        use Comparison::{Equal, Greater, GreaterOrEqual, Less, LessOrEqual, NotEqual};
        use Polarity::{Negative, Positive};

        match operator.unwrap_or("exact") {
            "is_set" => (Self::fixed(Verdict::Yes, Verdict::No), None),
            "is_not_set" => (Self::fixed(Verdict::No, Verdict::Yes), None),
            _ if value.is_null() => flaw::no_value(),
            "exact" => equality::compile(value, matching, Positive),
            "is_not" => equality::compile(value, matching, Negative),
            "icontains" => substring::compile(value, Place::Anywhere, Positive),
            "not_icontains" => substring::compile(value, Place::Anywhere, Negative),
            "starts_with" => substring::compile(value, Place::Start, Positive),
            "not_starts_with" => substring::compile(value, Place::Start, Negative),
            "ends_with" => substring::compile(value, Place::End, Positive),
            "not_ends_with" => substring::compile(value, Place::End, Negative),
            "icontains_multi" => substring::compile_any(value, Positive),
            "not_icontains_multi" => substring::compile_any(value, Negative),
            "regex" => pattern::compile(value, Positive),
            "not_regex" => pattern::compile(value, Negative),
            "gt" => number::compile(value, Greater),
            "gte" => number::compile(value, GreaterOrEqual),
            "lt" => number::compile(value, Less),
            "lte" => number::compile(value, LessOrEqual),
            "between" => between::compile(value, Positive),
            "not_between" => between::compile(value, Negative),
            "semver_eq" => version::compile(value, Equal),
            "semver_neq" => version::compile(value, NotEqual),
            "semver_gt" => version::compile(value, Greater),
            "semver_gte" => version::compile(value, GreaterOrEqual),
            "semver_lt" => version::compile(value, Less),
            "semver_lte" => version::compile(value, LessOrEqual),
            "semver_tilde" => version_range::compile_tilde(value),
            "semver_caret" => version_range::compile_caret(value),
            "semver_wildcard" => version_range::compile_wildcard(value),
            "is_date_exact" => date::compile(value, Equal, timezone),
            "is_date_before" => date::compile(value, Less, timezone),
            "is_date_after" => date::compile(value, Greater, timezone),
            name @ ("in" | "not_in" | "flag_evaluates_to") => flaw::misplaced_operator(name),
            name => flaw::unknown_operator(name),
        }
    }

    /// Asks about a property that is there. A JSON null is there.
    pub(crate) fn test(&self, value: &ValueView<'_>, now: Timestamp, timezone: Tz) -> Verdict {
        match self {
            Self::Fixed { present, .. } => *present,
            Self::Equal { text, polarity } => polarity.verdict(**text == *value.lower),
            Self::FewOf { texts, polarity } => {
                polarity.verdict(equality::is_one_of_few(value.lower, texts))
            }
            Self::OneOf { texts, polarity } => polarity.verdict(texts.contains(value.lower)),
            Self::Truthy { wanted, polarity } => polarity.verdict(*wanted == value.truthy),
            Self::Substring {
                needle,
                place,
                polarity,
            } => polarity.verdict(place.has(value.ascii_lower, needle)),
            Self::AnySubstring { needles, polarity } => {
                polarity.verdict(substring::has_any(value.ascii_lower, needles))
            }
            Self::Literal {
                literal,
                place,
                polarity,
            } => polarity.verdict(place.has(value.text, literal)),
            Self::Pattern { pattern, polarity } => pattern.test(value.text, *polarity),
            Self::Number { bound, comparison } => number::test(value, *bound, *comparison),
            Self::Between {
                minimum,
                maximum,
                polarity,
            } => between::test(value, (*minimum, *maximum), *polarity),
            Self::Version { bound, comparison } => version::test(value.text, bound, *comparison),
            Self::VersionRange { range } => version_range::test(value.text, range),
            Self::Date { bound, comparison } => {
                date::test(value, (bound, *comparison), now, timezone)
            }
        }
    }

    /// Asks about a property that is known not to be there.
    pub(crate) fn missing(&self) -> Verdict {
        match self {
            Self::Fixed { missing, .. } => *missing,
            Self::Equal { polarity, .. }
            | Self::FewOf { polarity, .. }
            | Self::OneOf { polarity, .. }
            | Self::Truthy { polarity, .. }
            | Self::Substring { polarity, .. }
            | Self::AnySubstring { polarity, .. }
            | Self::Literal { polarity, .. }
            | Self::Pattern { polarity, .. }
            | Self::Between { polarity, .. } => polarity.verdict(false),
            Self::Number { .. }
            | Self::Version { .. }
            | Self::VersionRange { .. }
            | Self::Date { .. } => Verdict::No,
        }
    }

    /// Which folded texts [`Self::test`] reads, so that the others need not be made.
    pub(crate) fn folding(&self) -> Folding {
        Folding {
            unicode: matches!(
                self,
                Self::Equal { .. } | Self::FewOf { .. } | Self::OneOf { .. }
            ),
            ascii: matches!(self, Self::Substring { .. } | Self::AnySubstring { .. }),
        }
    }

    /// Estimated heap memory in bytes. A regular expression counts as its source: its automaton is
    /// built when it is first asked.
    pub(crate) fn weight_bytes(&self) -> usize {
        match self {
            Self::Fixed { .. }
            | Self::Truthy { .. }
            | Self::Number { .. }
            | Self::Between { .. } => 0,
            Self::Equal { text, .. } => text.len(),
            Self::FewOf { texts, .. } => texts.len(),
            Self::Substring { needle, .. } => needle.len(),
            Self::Literal { literal, .. } => literal.len(),
            Self::OneOf { texts, .. } => texts.weight_bytes(),
            Self::AnySubstring { needles, .. } => needles
                .iter()
                .map(|needle| size_of::<Box<str>>() + needle.len())
                .sum(),
            Self::Pattern { pattern, .. } => pattern.weight_bytes(),
            Self::Version { .. } => size_of::<Version>(),
            Self::VersionRange { range } => {
                size_of::<VersionReq>() + size_of_val(range.comparators.as_slice())
            }
            Self::Date { .. } => size_of::<date::Reading>(),
        }
    }

    fn fixed(present: Verdict, missing: Verdict) -> Self {
        Self::Fixed { present, missing }
    }
}
