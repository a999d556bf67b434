//! `exact` and `is_not` (spec: engine §4.3).
//!
//! Surprising: released matching compares by truth whenever the *filter* looks boolean, so `exact false`
//! matches "banana". Explicit matching does so for an empty list alone.

use burgee_model::PropertyMatching;
use serde_json::Value;

use super::{Compiled, Polarity, Test, is_boolish, is_truthy, sorted_texts::SortedTexts, text_of};

/// Lists up to this length are searched one by one.
const FEW_MAX: usize = 8;
/// Parts the texts of a short list; a list with it inside a text is kept as a long one.
const SEPARATOR: char = '\0';

/// Compiles `exact` (positive) or `is_not` (negative).
pub(super) fn compile(value: &Value, matching: PropertyMatching, polarity: Polarity) -> Compiled {
    let gated = match matching {
        PropertyMatching::Released => is_boolish(value),
        PropertyMatching::Explicit => value.as_array().is_some_and(Vec::is_empty),
    };
    if gated {
        let wanted = is_truthy(value);
        let warning = (!wanted).then(|| {
            "the filter compares by truth: it takes every value other than true for false"
                .to_owned()
        });
        return (Test::Truthy { wanted, polarity }, warning);
    }
    let test = match value
        .as_array()
        .map_or(std::slice::from_ref(value), Vec::as_slice)
    {
        // Lists of one are what most filters have, and lighter as a text.
        [only] => Test::Equal {
            text: lower_text_of(only),
            polarity,
        },
        values => list(values, polarity),
    };
    (test, None)
}

/// Very many lists are short: as one text they weigh half.
fn list(values: &[Value], polarity: Polarity) -> Test {
    let (lower, ends) = lower_texts_of(values);
    let starts = std::iter::once(0).chain(ends.iter().copied());
    let spans = starts.zip(&ends).map(|(start, end)| start..*end);
    let mut texts: Vec<&str> = spans.filter_map(|span| lower.get(span)).collect();
    texts.sort_unstable();
    texts.dedup();
    let is_few = texts.len() <= FEW_MAX && !lower.contains(SEPARATOR);
    if is_few {
        let texts = texts.join("\0").into_boxed_str();
        return Test::FewOf { texts, polarity };
    }
    Test::OneOf {
        texts: Box::new(SortedTexts::of(&texts)),
        polarity,
    }
}

/// Whether `text` is among `texts`, which are parted by [`SEPARATOR`].
pub(super) fn is_one_of_few(text: &str, texts: &str) -> bool {
    texts.split(SEPARATOR).any(|candidate| candidate == text)
}

fn lower_text_of(value: &Value) -> Box<str> {
    text_of(value).to_lowercase().into_boxed_str()
}

/// All texts as one, and where each ends.
fn lower_texts_of(values: &[Value]) -> (String, Vec<usize>) {
    let mut lower = String::new();
    let mut ends = Vec::with_capacity(values.len());
    for value in values {
        let text = text_of(value);
        if text.is_ascii() {
            let start = lower.len();
            lower.push_str(&text);
            if let Some(added) = lower.get_mut(start..) {
                added.make_ascii_lowercase();
            }
        } else {
            lower.push_str(&text.to_lowercase());
        }
        ends.push(lower.len());
    }
    (lower, ends)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_list_is_kept_as_one_text_up_to_its_limit_and_without_a_separator_inside() {
        let is_few = |value: &Value| {
            let (test, _) = compile(value, PropertyMatching::Released, Polarity::Positive);
            matches!(test, Test::FewOf { .. })
        };
        let list = |length: usize| Value::from((0..length).collect::<Vec<_>>());
        assert!(is_few(&list(FEW_MAX)));
        assert!(!is_few(&list(FEW_MAX + 1)));
        assert!(!is_few(&json!(["a\0b", "c"])));
    }

    #[test]
    fn texts_are_lower_case_whatever_their_alphabet_and_found_in_a_list_of_any_length() {
        // `İ` is two characters in lower case, and longer.
        let value = json!(["B", "É", "İx", 1.0, null, true, ["A"], {"A": "Ä"}, "b"]);
        let padding = |count: usize| (0..count).map(|at| Value::from(format!("P{at}")));
        for count in [0, 4, 20] {
            let values: Vec<_> = padding(count)
                .chain(value.as_array().unwrap().clone())
                .collect();
            let holds = |text: &str| match list(&values, Polarity::Positive) {
                Test::FewOf { texts, .. } => is_one_of_few(text, &texts),
                Test::OneOf { texts, .. } => texts.contains(text),
                test => panic!("{test:?}"),
            };
            for value in &values {
                assert!(holds(&lower_text_of(value)), "{value} of {count}");
            }
            for other in ["B", "É", "", "a", "1", "p", "p20", "[\"A\"]"] {
                assert!(!holds(other), "{other} of {count}");
            }
        }
    }

    #[test]
    fn a_short_list_has_each_of_its_texts_and_nothing_between() {
        assert!(is_one_of_few("a", "a\0b") && is_one_of_few("b", "a\0b"));
        assert!(is_one_of_few("", "\0b"));
        assert!(!is_one_of_few("a\0b", "a\0b") && !is_one_of_few("", "a\0b"));
    }
}
