//! Early access: the person's own choice decides (spec: engine §3.2).

use serde_json::{Value, json};

use super::situation::{Situation, flag, person};

const KEY: &str = "$feature_enrollment/early";

fn situation() -> Situation {
    Situation::of(json!({
        "flags": [flag(1, "early", json!({
            "feature_enrollment": true,
            "groups": [{"properties": [person("plan", "exact", json!("pro"))]}],
            "payloads": {"true": "\"hello\"", "holdout-7": "\"held\""},
            "holdout": {"id": 7, "exclusion_percentage": 100},
            "multivariate": {"variants": [{"key": "a", "rollout_percentage": 100}]},
        }))],
        "group_types": ["organization"],
    }))
}

#[test]
fn only_true_and_its_exact_text_enroll() {
    let cases = [
        (json!(true), true),
        (json!("true"), true),
        (json!("True"), false),
        (json!("TRUE"), false),
        (json!(false), false),
        (json!("false"), false),
        (json!(null), false),
        (json!(1), false),
        (json!(["true"]), false),
    ];
    for (choice, is_on) in cases {
        let answer = situation().person(json!({KEY: choice})).ask("early");
        assert_eq!(
            answer,
            format!("{is_on} super_condition_value@0"),
            "{choice}"
        );
    }
}

#[test]
fn a_choice_goes_before_the_holdout_and_its_absence_does_not() {
    let answer = situation().person(json!({"plan": "pro"})).ask("early");
    assert_eq!(answer, "holdout-7 holdout_condition_value@-");
}

#[test]
fn the_payload_comes_even_to_somebody_who_opted_out() {
    for choice in [json!(true), json!(false)] {
        let payload = situation().person(json!({KEY: choice})).payload("early");
        assert_eq!(payload.as_deref(), Some(r#""\"hello\"""#));
    }
}

#[test]
fn a_stored_choice_counts_and_the_request_s_own_wins() {
    let stored = || situation().stored_person(json!({KEY: "true"}), &[]);
    assert_eq!(stored().ask("early"), "true super_condition_value@0");
    let overridden = stored().person(json!({KEY: "false"}));
    assert_eq!(overridden.ask("early"), "false super_condition_value@0");
}

#[test]
fn a_group_flag_asks_the_person_too() {
    let filters = json!({
        "feature_enrollment": true, "aggregation_group_type_index": 0, "groups": [],
    });
    let answer = Situation::flags(json!([flag(1, "early", filters)]))
        .person(json!({KEY: true}))
        .ask("early");
    assert_eq!(answer, "true super_condition_value@0");
}

#[test]
fn the_choice_is_ignored_unless_the_flag_says_true() {
    for setting in [Value::Null, json!(false)] {
        let filters = json!({"feature_enrollment": setting, "groups": [{}]});
        let answer = Situation::flags(json!([flag(1, "early", filters)]))
            .person(json!({KEY: "false"}))
            .ask("early");
        assert_eq!(answer, "true condition_match@0");
    }
}

#[test]
fn super_groups_of_old_are_ignored() {
    let filters = json!({
        "super_groups": [{"properties": [person(KEY, "exact", json!(["true"]))]}],
        "groups": [{}],
    });
    let answer = Situation::flags(json!([flag(1, "early", filters)]))
        .person(json!({KEY: "false"}))
        .ask("early");
    assert_eq!(answer, "true condition_match@0");
}
