//! `exact` and `is_not` (spec: engine §4.3).
//!
//! Surprising: released matching compares by truth whenever the *filter* looks boolean, so `exact false`
//! matches "banana". Explicit matching does so for an empty list alone.

use burgee_model::PropertyMatching;
use serde_json::Value;

use super::{Compiled, Polarity, Test, is_boolish, is_truthy, text_of};

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
        values => {
            let mut texts: Vec<Box<str>> = values.iter().map(lower_text_of).collect();
            texts.sort_unstable();
            texts.dedup();
            Test::OneOf {
                texts: texts.into_boxed_slice(),
                polarity,
            }
        }
    };
    (test, None)
}

/// Whether `text` is among `texts`, which are sorted.
pub(super) fn is_one_of(text: &str, texts: &[Box<str>]) -> bool {
    texts
        .binary_search_by(|candidate| (**candidate).cmp(text))
        .is_ok()
}

fn lower_text_of(value: &Value) -> Box<str> {
    text_of(value).to_lowercase().into_boxed_str()
}
