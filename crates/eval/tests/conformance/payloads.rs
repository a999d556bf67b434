//! Payloads (spec: engine §10; service §2.9 for those that are not text).

use serde_json::{Value, json};

use super::situation::{Situation, flag};

fn payload(filters: Value) -> Option<String> {
    Situation::flags(json!([flag(1, "any", filters)])).payload("any")
}

fn variants(key: &str) -> Value {
    json!({"variants": [{"key": key, "rollout_percentage": 100}]})
}

#[test]
fn a_flag_that_is_on_has_the_payload_of_true_and_a_variant_its_own() {
    let payloads = json!({"true": "on", "blue": "of blue"});
    assert_eq!(
        payload(json!({"groups": [{}], "payloads": payloads})).as_deref(),
        Some(r#""on""#)
    );
    let of =
        |key: &str| json!({"groups": [{}], "multivariate": variants(key), "payloads": payloads});
    assert_eq!(payload(of("blue")).as_deref(), Some(r#""of blue""#));
    assert_eq!(payload(of("green")), None, "a variant does not fall back");
}

#[test]
fn a_flag_that_is_off_has_none() {
    let filters = json!({
        "groups": [{"rollout_percentage": 0}], "payloads": {"true": "on", "false": "off"},
    });
    assert_eq!(payload(filters), None);
}

#[test]
fn a_match_without_a_variant_has_the_payload_of_true() {
    let filters = json!({
        "groups": [{}],
        "multivariate": {"variants": [{"key": "blue", "rollout_percentage": 0}]},
        "payloads": {"true": "on", "blue": "of blue"},
    });
    assert_eq!(payload(filters).as_deref(), Some(r#""on""#));
}

#[test]
fn a_payload_is_given_as_text_or_null() {
    let cases = [
        (json!("{\"a\":1}"), Some(r#""{\"a\":1}""#)),
        (json!({"a": 1}), Some(r#""{\"a\":1}""#)),
        (json!([1, "x"]), Some(r#""[1,\"x\"]""#)),
        (json!(7), Some(r#""7""#)),
        (json!(true), Some(r#""true""#)),
        (json!(null), Some("null")),
        (json!(""), Some(r#""""#)),
    ];
    for (stored, expected) in cases {
        let filters = json!({"groups": [{}], "payloads": {"true": stored}});
        assert_eq!(payload(filters).as_deref(), expected, "{stored}");
    }
}

#[test]
fn payloads_that_are_no_object_are_none() {
    for payloads in [json!(null), json!([]), json!("true"), json!(1)] {
        assert_eq!(payload(json!({"groups": [{}], "payloads": payloads})), None);
    }
}
