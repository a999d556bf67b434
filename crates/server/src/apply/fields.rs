//! Reads one JSON object field by field and notes every problem with its path, where serde would stop
//! at the first. Null is the same as absent.

use std::ops::RangeInclusive;

use serde_json::{Map, Value};

use super::problem::Problems;

/// An object that is being read: each field is taken once, and what is left at the end is unknown.
#[derive(Debug)]
pub(crate) struct Fields<'p> {
    path: String,
    rest: Map<String, Value>,
    known: Vec<&'static str>,
    problems: &'p Problems,
}

impl<'p> Fields<'p> {
    /// Begins to read `value`; notes a problem if it is no object.
    pub(crate) fn read(value: Value, path: &str, problems: &'p Problems) -> Option<Self> {
        match value {
            Value::Object(fields) => Some(Self {
                path: path.to_owned(),
                rest: fields,
                known: Vec::new(),
                problems,
            }),
            other => {
                problems.add(path, format!("expected an object, found {}", kind(&other)));
                None
            }
        }
    }

    /// Where a field of this object is.
    pub(crate) fn at(&self, field: &str) -> String {
        if self.path.is_empty() {
            field.to_owned()
        } else {
            format!("{}.{field}", self.path)
        }
    }

    /// Notes a problem with a field.
    pub(crate) fn problem(&self, field: &str, message: impl Into<String>) {
        self.problems.add(&self.at(field), message);
    }

    /// The value of a field as it is.
    pub(crate) fn any(&mut self, field: &'static str) -> Option<Value> {
        self.known.push(field);
        self.rest.remove(field).filter(|value| !value.is_null())
    }

    /// A text.
    pub(crate) fn text(&mut self, field: &'static str) -> Option<String> {
        match self.any(field)? {
            Value::String(text) => Some(text),
            other => self.wrong(field, "a text", &other),
        }
    }

    /// A text, or a number in its JSON spelling, as identifiers may be given.
    pub(crate) fn identifier(&mut self, field: &'static str) -> Option<String> {
        match self.any(field)? {
            Value::String(text) => Some(text),
            Value::Number(number) => Some(number.to_string()),
            other => self.wrong(field, "a text", &other),
        }
    }

    /// True or false.
    pub(crate) fn switch(&mut self, field: &'static str) -> Option<bool> {
        match self.any(field)? {
            Value::Bool(switch) => Some(switch),
            other => self.wrong(field, "true or false", &other),
        }
    }

    /// A whole number.
    pub(crate) fn integer(
        &mut self,
        field: &'static str,
        allowed: RangeInclusive<i32>,
    ) -> Option<i32> {
        let value = self.any(field)?;
        let number = value
            .as_i64()
            .and_then(|number| i32::try_from(number).ok())
            .filter(|number| allowed.contains(number));
        if number.is_none() {
            let (least, most) = (allowed.start(), allowed.end());
            self.problem(
                field,
                format!("expected a whole number from {least} to {most}, found {value}"),
            );
        }
        number
    }

    /// The items of a list, each with its path.
    pub(crate) fn list(&mut self, field: &'static str) -> Option<Vec<(String, Value)>> {
        match self.any(field)? {
            Value::Array(items) => {
                let path = self.at(field);
                let with_path = |(index, item)| (format!("{path}[{index}]"), item);
                Some(items.into_iter().enumerate().map(with_path).collect())
            }
            other => self.wrong(field, "a list", &other),
        }
    }

    /// A list of texts.
    pub(crate) fn texts(&mut self, field: &'static str) -> Option<Vec<String>> {
        let mut texts = Vec::new();
        for (path, item) in self.list(field)? {
            match item {
                Value::String(text) => texts.push(text),
                other => self
                    .problems
                    .add(&path, format!("expected a text, found {}", kind(&other))),
            }
        }
        Some(texts)
    }

    /// An object.
    pub(crate) fn object(&mut self, field: &'static str) -> Option<Map<String, Value>> {
        match self.any(field)? {
            Value::Object(object) => Some(object),
            other => self.wrong(field, "an object", &other),
        }
    }

    /// Notes that a field that must be there is missing, unless it was there and wrong.
    pub(crate) fn required<T>(&self, field: &str, value: Option<T>, was_given: bool) -> Option<T> {
        if value.is_none() && !was_given {
            self.problem(field, "is missing");
        }
        value
    }

    /// Whether a field is there and not null.
    pub(crate) fn has(&self, field: &str) -> bool {
        self.rest.get(field).is_some_and(|value| !value.is_null())
    }

    /// A text that must be there.
    pub(crate) fn required_text(&mut self, field: &'static str) -> Option<String> {
        let was_given = self.has(field);
        let text = self.text(field);
        self.required(field, text, was_given)
    }

    /// Drops fields that are known to others and mean nothing here.
    pub(crate) fn ignore(&mut self, fields: &[&str]) {
        for field in fields {
            self.rest.remove(*field);
        }
    }

    /// The fields that nobody took, in the order of their names, each with its path.
    pub(crate) fn unknown(&self) -> Vec<String> {
        self.rest.keys().map(|field| self.at(field)).collect()
    }

    /// What may be written here, for people.
    pub(crate) fn known(&self) -> String {
        self.known.join(", ")
    }

    /// Ends reading: what nobody took is a problem.
    pub(crate) fn finish(self) {
        let known = self.known();
        for path in self.unknown() {
            self.problems
                .add(&path, format!("unknown field; known here are {known}"));
        }
    }

    fn wrong<T>(&self, field: &str, expected: &str, found: &Value) -> Option<T> {
        self.problem(field, format!("expected {expected}, found {}", kind(found)));
        None
    }
}

/// What a value is, for people.
pub(crate) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_problem_of_an_object_is_noted_with_its_path() {
        let problems = Problems::default();
        let value = json!({"a": 1, "b": "x", "c": {}, "d": 3_000_000_000_i64, "z": 0});
        let mut fields = Fields::read(value, "list[2]", &problems).unwrap();
        assert_eq!(fields.text("a"), None);
        assert_eq!(fields.switch("b"), None);
        assert_eq!(fields.list("c"), None);
        assert_eq!(fields.integer("d", 1..=i32::MAX), None);
        assert_eq!(fields.required_text("e"), None);
        fields.finish();
        let lines = problems.into_findings().lines();
        let expected = "  list[2].a: expected a text, found a number
  list[2].b: expected true or false, found a text
  list[2].c: expected a list, found an object
  list[2].d: expected a whole number from 1 to 2147483647, found 3000000000
  list[2].e: is missing
  list[2].z: unknown field; known here are a, b, c, d, e
";
        assert_eq!(lines, expected);
    }

    #[test]
    fn a_field_of_the_wrong_kind_is_not_also_missing() {
        let problems = Problems::default();
        let mut fields = Fields::read(json!({"a": 1}), "", &problems).unwrap();
        assert_eq!(fields.required_text("a"), None);
        assert_eq!(problems.into_findings().count(), 1);
    }
}
