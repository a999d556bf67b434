//! Interning of predicates: equal ones become one entry.

use std::hash::{Hash, Hasher};

use burgee_model::PropertyFilter;
use hashbrown::HashMap;
use serde_json::{Number, Value};

use crate::{
    operator::Test,
    slot::{Slot, Source},
    snapshot::{Predicate, PredicateIndex},
};

use super::{Compiler, position};

/// The predicates so far.
#[derive(Default)]
pub(super) struct Predicates<'d> {
    pub(super) list: Vec<Predicate>,
    known: HashMap<Identity<'d>, PredicateIndex>,
}

/// What makes two predicates equal.
#[derive(PartialEq, Eq, Hash)]
struct Identity<'d> {
    slot: Slot,
    operator: &'d str,
    value: Operand<'d>,
}

impl<'d> Compiler<'d> {
    /// The predicate of a property filter on `key` of `source`, and what is odd about it. Only the
    /// first of several equal filters is warned about.
    pub(super) fn predicate(
        &mut self,
        source: Source,
        key: &str,
        filter: &PropertyFilter<'d>,
    ) -> (PredicateIndex, Option<String>) {
        let slot = self
            .slots
            .slot(source, key, crate::operator::Folding::default());
        let operator = filter.operator.unwrap_or("exact");
        let identity = Identity {
            slot,
            operator,
            value: Operand(filter.value),
        };
        if let Some(index) = self.predicates.known.get(&identity) {
            return (*index, None);
        }
        let (test, warning) =
            Test::compile(filter.operator, filter.value, self.matching, self.timezone);
        self.slots.slot(source, key, test.folding());
        let index = PredicateIndex(position(self.predicates.list.len()));
        self.predicates.list.push(Predicate { slot, test });
        self.predicates.known.insert(identity, index);
        (index, warning)
    }
}

/// A list's hash is of so many of its values, from everywhere in it. Lists may have thousands.
const HASHED_MAX: usize = 8;

/// The value of a filter. Two are equal if their JSON texts are.
#[derive(Eq)]
struct Operand<'d>(&'d Value);

impl Hash for Operand<'_> {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        match self.0 {
            Value::Array(values) => {
                values.len().hash(hasher);
                let step = values.len().div_ceil(HASHED_MAX).max(1);
                for value in values.iter().rev().step_by(step) {
                    value.hash(hasher);
                }
            }
            value => value.hash(hasher),
        }
    }
}

impl PartialEq for Operand<'_> {
    fn eq(&self, other: &Self) -> bool {
        is_same(self.0, other.0)
    }
}

/// Unlike `==`, tells `-0.0` from `0.0`, which are different texts.
fn is_same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => {
            let is_negative = |number: &Number| number.as_f64().is_some_and(f64::is_sign_negative);
            one == other && is_negative(one) == is_negative(other)
        }
        (Value::Array(ones), Value::Array(others)) => {
            ones.len() == others.len()
                && ones
                    .iter()
                    .zip(others)
                    .all(|(one, other)| is_same(one, other))
        }
        (Value::Object(ones), Value::Object(others)) => {
            ones.len() == others.len()
                && ones
                    .iter()
                    .zip(others)
                    .all(|((name, one), (other_name, other))| {
                        name == other_name && is_same(one, other)
                    })
        }
        _ => one == other,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_are_equal_as_texts() {
        for (one, other, expected) in [
            (json!(["a", {"b": 1}]), json!(["a", {"b": 1}]), true),
            (json!(["a"]), json!(["a", "b"]), false),
            (json!({"a": 1}), json!({"b": 1}), false),
            (json!(1), json!(1.0), false),
            (json!(0.0), json!(-0.0), false),
            (json!([0.0]), json!([-0.0]), false),
            (json!({"a": 0.0}), json!({"a": -0.0}), false),
            (json!(-0.0), json!(-0.0), true),
        ] {
            assert_eq!(Operand(&one) == Operand(&other), expected, "{one} {other}");
            let texts = [&one, &other].map(Value::to_string);
            assert_eq!(texts[0] == texts[1], expected, "{one} {other}");
        }
    }
}
