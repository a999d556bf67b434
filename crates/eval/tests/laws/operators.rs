//! Operators that are each other's complement (spec: engine §4.2), whatever the property.

use burgee_model::FlagDefinition;
use proptest::{option, prelude::*, sample::select};
use serde_json::{Value, json};

use super::world::{Who, empty, who};

const PAIRS: [(&str, &str); 9] = [
    ("exact", "is_not"),
    ("icontains", "not_icontains"),
    ("icontains_multi", "not_icontains_multi"),
    ("starts_with", "not_starts_with"),
    ("ends_with", "not_ends_with"),
    ("regex", "not_regex"),
    ("is_set", "is_not_set"),
    ("exact", "is_not"),
    ("between", "not_between"),
];

fn holds(who: &Who, operator: &str, value: &Value) -> bool {
    let flag = json!({"id": 1, "key": "flag-1", "active": true, "filters": {"groups": [
        {"properties": [{"key": "p", "type": "person", "operator": operator, "value": value}]},
    ]}});
    let mut definitions = empty();
    definitions
        .flags
        .push(serde_json::from_value::<FlagDefinition>(flag).unwrap());
    who.answers_of(&definitions)["flag-1"].starts_with("On")
}

/// Any JSON value that is not deep.
fn value() -> impl Strategy<Value = Value> {
    let scalar = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "\\PC{0,6}".prop_map(Value::from),
        select(vec!["true", "FALSE", "2", "a.b", "ΣΑΣ", "İ", "NaN"]).prop_map(Value::from),
    ];
    scalar.prop_recursive(2, 8, 3, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            proptest::collection::btree_map("[a-c]", inner, 0..3).prop_map(Value::from_iter),
        ]
    })
}

/// Values that an operator can be asked with: a filter of no use misses either way.
fn usable(operator: &str, value: Value) -> Value {
    match (operator, value) {
        ("between", _) => json!([-1, 2.5]),
        ("regex", Value::String(text)) => json!(format!(
            "^{}",
            text.replace(|c: char| !c.is_alphanumeric(), ".")
        )),
        ("regex", _) => json!("^a"),
        (_, Value::Null) => json!("null"),
        (_, value) => value,
    }
}

proptest! {
    #[test]
    fn negative_operators_are_the_complement(
        mut who in who(),
        (positive, negative) in select(&PAIRS[..]),
        filter in value(),
        property in option::of(value()),
    ) {
        // A number that is not one is outside every range and its complement.
        prop_assume!(positive != "between" || property != Some(json!("NaN")));
        who.facts.subject = burgee_model::Fetch::Skipped;
        who.person = property.map_or(json!({}), |property| json!({"p": property})).to_string();
        let filter = usable(positive, filter);
        let (one, other) = (holds(&who, positive, &filter), holds(&who, negative, &filter));
        prop_assert_ne!(one, other, "{} {} on {}", positive, filter, who.person);
    }
}
