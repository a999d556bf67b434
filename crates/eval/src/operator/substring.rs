//! `icontains`, `starts_with`, `ends_with` and their kin (spec: engine §4.2): ASCII case folding only.

use memchr::memmem;
use serde_json::Value;

use super::{Compiled, Polarity, Test, text_of};

/// Where in a text a needle has to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Anywhere,
    Start,
    End,
    /// From start to end.
    Whole,
}

impl Place {
    /// Whether `text` has `needle` in this place, byte for byte.
    pub(super) fn has(self, text: &str, needle: &str) -> bool {
        match self {
            Self::Anywhere => memmem::find(text.as_bytes(), needle.as_bytes()).is_some(),
            Self::Start => text.starts_with(needle),
            Self::End => text.ends_with(needle),
            Self::Whole => text == needle,
        }
    }
}

/// Compiles an operator with one needle, which any filter value has.
pub(super) fn compile(value: &Value, place: Place, polarity: Polarity) -> Compiled {
    let needle = ascii_lower_text_of(value);
    let test = Test::Substring {
        needle,
        place,
        polarity,
    };
    (test, None)
}

/// Compiles an operator with as many needles as the list has; a scalar is a list of one.
pub(super) fn compile_any(value: &Value, polarity: Polarity) -> Compiled {
    match value {
        Value::Array(values) => {
            let needles = values.iter().map(ascii_lower_text_of).collect();
            (Test::AnySubstring { needles, polarity }, None)
        }
        scalar => compile(scalar, Place::Anywhere, polarity),
    }
}

/// Whether `text` has one of `needles`.
pub(super) fn has_any(text: &str, needles: &[Box<str>]) -> bool {
    needles
        .iter()
        .any(|needle| Place::Anywhere.has(text, needle))
}

fn ascii_lower_text_of(value: &Value) -> Box<str> {
    text_of(value).to_ascii_lowercase().into_boxed_str()
}
