//! Fetched is not unknown: what an absent property means (spec: engine §5.5, §4.1).

use serde_json::{Value, json};

use super::situation::{Situation, cohort, flag, person};

/// At 0 % a condition never asks the store, so that its filters meet the unknown; the reason tells
/// whether they held.
fn held(answer: &str) -> bool {
    match answer {
        "true condition_match@0" | "false out_of_rollout_bound@0" => true,
        "false no_condition_match@0" => false,
        other => panic!("{other}"),
    }
}

fn at_zero(filter: Value) -> Situation {
    let filters = json!({"groups": [{"properties": [filter], "rollout_percentage": 0}]});
    Situation::of(json!({
        "flags": [flag(1, "any", filters)],
        "cohorts": [{"id": 5, "is_static": true}],
        "group_types": ["organization", "project"],
    }))
}

/// Operators that an absent property meets, and some that it does not.
fn operators() -> [(&'static str, Value, bool); 14] {
    [
        ("exact", json!("x"), false),
        ("is_not", json!("x"), true),
        ("icontains", json!("x"), false),
        ("not_icontains", json!("x"), true),
        ("not_starts_with", json!("x"), true),
        ("not_ends_with", json!("x"), true),
        ("not_icontains_multi", json!(["x"]), true),
        ("not_regex", json!("x"), true),
        ("not_between", json!([1, 2]), true),
        ("is_set", json!(null), false),
        ("is_not_set", json!(null), true),
        ("gt", json!(1), false),
        ("semver_neq", json!("1.0.0"), false),
        ("is_date_before", json!("2024-01-01"), false),
    ]
}

#[test]
fn a_person_s_absent_property_is_not_set_unless_the_store_failed() {
    for (operator, value, holds_when_missing) in operators() {
        let filter = || at_zero(person("plan", operator, value.clone()));
        let skipped = filter();
        assert_eq!(
            held(&skipped.ask("any")),
            holds_when_missing,
            "{operator}, skipped"
        );
        let nobody = filter().no_stored_person();
        assert_eq!(
            held(&nobody.ask("any")),
            holds_when_missing,
            "{operator}, nobody stored"
        );
        let stored = filter().stored_person(json!({"other": 1}), &[]);
        assert_eq!(
            held(&stored.ask("any")),
            holds_when_missing,
            "{operator}, stored"
        );
        let unknown = filter().subject_unavailable();
        assert!(!held(&unknown.ask("any")), "{operator}, unknown");
    }
}

#[test]
fn what_the_request_brought_is_known_even_when_the_store_failed() {
    let situation = at_zero(person("plan", "is_not", json!("x")))
        .person(json!({"plan": "y"}))
        .subject_unavailable();
    assert!(held(&situation.ask("any")));
}

#[test]
fn a_cohort_of_an_unknown_person_misses_either_way() {
    for operator in ["in", "not_in"] {
        let unknown = at_zero(cohort(5, operator)).subject_unavailable();
        assert!(!held(&unknown.ask("any")), "{operator}");
        let skipped = at_zero(cohort(5, operator));
        assert_eq!(
            held(&skipped.ask("any")),
            operator == "not_in",
            "{operator}"
        );
    }
}

fn group_filter(operator: &str, value: Value, index: Value) -> Situation {
    at_zero(json!({
        "key": "tier", "type": "group", "operator": operator, "value": value,
        "group_type_index": index,
    }))
}

#[test]
fn a_group_s_absent_property_is_unknown_only_where_the_group_was_named_and_not_fetched() {
    for (operator, value, holds_when_missing) in operators() {
        let filter = |index: i32| group_filter(operator, value.clone(), json!(index));
        let acme = || json!("acme");
        let cases = [
            ("no group at all", filter(0), holds_when_missing),
            (
                "another group",
                filter(0).group("project", acme(), json!({})),
                holds_when_missing,
            ),
            (
                "an unusable key",
                filter(0).group("organization", json!(""), json!({})),
                holds_when_missing,
            ),
            (
                "properties alone",
                filter(0).group_properties("organization", json!({"a": 1})),
                holds_when_missing,
            ),
            (
                "named and not fetched",
                filter(0).group("organization", acme(), json!({})),
                false,
            ),
            ("an unknown type, no group", filter(9), holds_when_missing),
            (
                "an unknown type, groups",
                filter(9).group("organization", acme(), json!({})),
                false,
            ),
            (
                "an unknown type, properties alone",
                filter(9).group_properties("organization", json!({"a": 1})),
                false,
            ),
            (
                "an unknown type, no context to speak of",
                filter(9).group("organization", json!(false), json!({})),
                holds_when_missing,
            ),
        ];
        for (name, situation, expected) in cases {
            assert_eq!(held(&situation.ask("any")), expected, "{operator}, {name}");
        }
    }
}

#[test]
fn a_fetched_group_without_the_property_does_not_have_it() {
    for (operator, value, holds_when_missing) in operators() {
        let filter = json!({"key": "tier", "type": "group", "operator": operator, "value": value});
        let filters = json!({
            "aggregation_group_type_index": 0, "groups": [{"properties": [filter]}],
        });
        let definitions =
            json!({"flags": [flag(1, "any", filters)], "group_types": ["organization"]});
        let situation =
            || Situation::of(definitions.clone()).group("organization", json!("acme"), json!({}));
        let fetched = situation().stored_group(0, "acme", json!({"other": 1}));
        assert_eq!(held(&fetched.ask("any")), holds_when_missing, "{operator}");
        let nobody = situation().no_stored_person();
        assert_eq!(
            held(&nobody.ask("any")),
            holds_when_missing,
            "{operator}, no row"
        );
    }
}

#[test]
fn a_group_filter_without_a_group_type_reads_nothing() {
    let filter = group_filter("is_not", json!("gold"), json!(null));
    assert!(held(&filter.ask("any")));
}
