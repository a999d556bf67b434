//! Lending the values of a document to what was read from it.
//!
//! A deserializer cannot hand out a part of the document that it reads, so `value` and `payloads` are
//! passed over by serde and looked up afterwards: copying them would be most of the work, since some
//! filters list thousands of texts.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{self, IgnoredAny, Visitor},
};
use serde_json::Value;

use super::{Filters, PropertyFilter};

impl<'d> Filters<'d> {
    /// Reads a document. Errors: something in it is not of the kind that it must be, or is missing.
    pub fn read(stored: &'d Value) -> Result<Self, serde_json::Error> {
        let mut filters = Self::deserialize(stored)?;
        filters.payloads = member(stored, "payloads", 3);
        let conditions = list(member(stored, "groups", 0));
        for (condition, stored) in filters.groups.iter_mut().zip(conditions) {
            let properties = list(member(stored, "properties", 0));
            for (filter, stored) in condition.properties.iter_mut().zip(properties) {
                filter.take_value(stored);
            }
        }
        Ok(filters)
    }
}

impl<'d> PropertyFilter<'d> {
    /// Reads one filter. Errors: as [`Filters::read`].
    pub fn read(stored: &'d Value) -> Result<Self, serde_json::Error> {
        let mut filter = Self::deserialize(stored)?;
        filter.take_value(stored);
        Ok(filter)
    }

    fn take_value(&mut self, stored: &'d Value) {
        self.value = member(stored, "value", 1);
    }
}

/// A text of the document. serde can lend one too, but asks people for "a borrowed string".
pub(super) fn text<'d, D: Deserializer<'d>>(deserializer: D) -> Result<&'d str, D::Error> {
    Text::deserialize(deserializer).map(|Text(text)| text)
}

/// A text of the document, or null.
pub(super) fn text_or_null<'d, D>(deserializer: D) -> Result<Option<&'d str>, D::Error>
where
    D: Deserializer<'d>,
{
    let text = Option::deserialize(deserializer)?;
    Ok(text.map(|Text(text)| text))
}

struct Text<'d>(&'d str);

impl<'de> Deserialize<'de> for Text<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(TextVisitor)
    }
}

struct TextVisitor;

impl<'de> Visitor<'de> for TextVisitor {
    type Value = Text<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_borrowed_str<E: de::Error>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Text(text))
    }
}

/// What stands for a value that is not there.
pub(super) fn nothing<'d>() -> &'d Value {
    &Value::Null
}

/// Passes over a value that is looked up afterwards.
pub(super) fn later<'de, 'd, D: Deserializer<'de>>(deserializer: D) -> Result<&'d Value, D::Error> {
    IgnoredAny::deserialize(deserializer)?;
    Ok(nothing())
}

/// A member of a struct, which serde also takes in the form of a list: then it is the one at `place`.
fn member<'d>(stored: &'d Value, name: &str, place: usize) -> &'d Value {
    match stored {
        Value::Array(members) => members.get(place),
        _ => stored.get(name),
    }
    .unwrap_or(nothing())
}

fn list(stored: &Value) -> &[Value] {
    stored.as_array().map(Vec::as_slice).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_filter_has_its_own_value() {
        let filter = |value: Value| json!({"key": "plan", "type": "person", "value": value});
        let stored = json!({
            "groups": [
                {"properties": [filter(json!("a")), {"key": "b", "type": "person"}]},
                {"properties": null},
                [[["c", ["x", "y"], "exact", "person"]]],
            ],
            "payloads": {"true": 1},
        });
        let filters = Filters::read(&stored).unwrap();
        let values: Vec<Vec<&Value>> = filters
            .groups
            .iter()
            .map(|condition| {
                condition
                    .properties
                    .iter()
                    .map(|filter| filter.value)
                    .collect()
            })
            .collect();
        let expected = [
            vec![json!("a"), Value::Null],
            vec![],
            vec![json!(["x", "y"])],
        ];
        assert_eq!(json!(values), json!(expected));
        assert_eq!(filters.payloads, &json!({"true": 1}));
    }
}
