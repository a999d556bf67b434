//! `exact` and `is_not` in both ways of matching (spec: engine §4.3).

use burgee_model::PropertyMatching::{self, Explicit, Released};
use chrono_tz::Tz;
use serde_json::{Value, json};

use super::{NOW, Test, ask, warning};
use crate::operator::Verdict;

fn is_exact(matching: PropertyMatching, filter: &Value, property: &Value) -> bool {
    let ask = |operator| {
        let (test, _) = Test::compile(Some(operator), filter, matching, Tz::UTC);
        ask(&test, property, NOW, Tz::UTC)
    };
    let exact = ask("exact");
    assert_ne!(exact, Verdict::Error);
    assert_ne!(
        exact,
        ask("is_not"),
        "is_not complements exact: {filter} of {property}"
    );
    exact == Verdict::Yes
}

#[test]
fn exact_follows_the_table_in_both_ways_of_matching() {
    // Filter, property, released, explicit.
    let cases = [
        (json!("false"), json!("banana"), true, false),
        (json!(false), json!("banana"), true, false),
        (json!(false), json!(0), true, false),
        (json!("false"), json!(null), true, false),
        (json!("FALSE"), json!({}), true, false),
        (json!("false"), json!("False"), true, true),
        (json!("true"), json!(true), true, true),
        (json!("true"), json!("TRUE"), true, true),
        (json!("true"), json!(["true"]), true, false),
        (json!("true"), json!([]), true, false),
        (json!("true"), json!(1), false, false),
        (json!("true"), json!("1"), false, false),
        (json!(["true", "false"]), json!("true"), false, true),
        (json!(["true", "false"]), json!("pro"), true, false),
        (json!([]), json!(true), true, true),
        (json!([]), json!([]), true, true),
        (json!([]), json!("true"), true, true),
        (json!([]), json!("us"), false, false),
        (json!(["US", "CA"]), json!("us"), true, true),
        (json!(["US", "CA"]), json!("mx"), false, false),
        (json!(["true", "x"]), json!(true), true, true),
        (json!([["true"], true]), json!(true), true, true),
        (json!("null"), json!(null), true, true),
        (json!([null, 1]), json!(null), true, true),
        (json!("1"), json!(1), true, true),
        (json!(1), json!(1.0), false, false),
        (json!("1.0"), json!(1.0), true, true),
        (json!("a"), json!(["a"]), false, false),
        (json!("[\"a\",null]"), json!(["a", null]), true, true),
        (json!({"a": 1}), json!("{\"A\":1}"), true, true),
        (json!("ΟΔΟΣ"), json!("οδος"), true, true),
        (json!("i\u{307}"), json!("İ"), true, true),
        (json!("ss"), json!("ß"), false, false),
        (json!(""), json!(""), true, true),
    ];
    for (filter, property, released, explicit) in cases {
        assert_eq!(
            is_exact(Released, &filter, &property),
            released,
            "{filter} of {property}"
        );
        assert_eq!(
            is_exact(Explicit, &filter, &property),
            explicit,
            "{filter} of {property}"
        );
    }
}

#[test]
fn every_value_of_a_long_list_is_found() {
    let values: Vec<String> = (0..200)
        .map(|number| format!("User{number}@X.io"))
        .collect();
    for value in &values {
        assert!(is_exact(
            Released,
            &json!(values),
            &json!(value.to_uppercase())
        ));
    }
    assert!(!is_exact(Released, &json!(values), &json!("user200@x.io")));
}

#[test]
fn a_filter_for_what_is_not_true_is_warned_about() {
    for filter in [json!(false), json!("False"), json!(["true", "false"])] {
        let warning = warning("exact", &filter).unwrap();
        assert!(warning.contains("every value other than true"), "{filter}");
    }
    for filter in [json!(true), json!([]), json!("no"), json!(["false", "no"])] {
        assert_eq!(warning("exact", &filter), None, "{filter}");
    }
}
