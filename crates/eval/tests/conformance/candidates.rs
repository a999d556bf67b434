//! A flag whose dependency failed fails only if that could change its answer (spec: engine §7.4).

use serde_json::{Value, json};

use super::situation::{Situation, cohort, evaluates_to, flag, person};

/// A condition on the flag that failed, with more members.
fn perhaps(members: Value) -> Value {
    let mut condition = json!({"properties": [evaluates_to(1, json!(true))]});
    let Value::Object(members) = members else {
        panic!("members are an object");
    };
    condition.as_object_mut().unwrap().extend(members);
    condition
}

fn pinned(variant: &str) -> Value {
    perhaps(json!({"variant": variant}))
}

fn nobody() -> Value {
    json!({"properties": [person("plan", "exact", json!("pro"))]})
}

fn ask(conditions: Value, early_exit: bool) -> String {
    let failing = json!({"groups": [{"properties": [cohort(99, "in")]}]});
    let dependent = json!({
        "groups": conditions,
        "early_exit": early_exit,
        "multivariate": {"variants": [
            {"key": "a", "rollout_percentage": 100}, {"key": "b", "rollout_percentage": 0},
        ]},
    });
    let flags = json!([flag(1, "failing", failing), flag(2, "dependent", dependent)]);
    Situation::flags(flags)
        .person(json!({"plan": "free"}))
        .ask("dependent")
}

const FAILED: &str = "failed dependency_failed";

#[test]
fn a_condition_that_would_match_makes_a_candidate_that_all_else_must_agree_with() {
    let cases = [
        // alone: "a" against no match
        (json!([perhaps(json!({}))]), FAILED),
        // the real match gives the same variant, or another
        (json!([perhaps(json!({})), {}]), "a condition_match@1"),
        (json!([pinned("b"), {}]), FAILED),
        (
            json!([pinned("b"), {"variant": "b"}]),
            "b condition_match@1",
        ),
        (json!([pinned("a"), {}]), "a condition_match@1"),
        // two candidates
        (json!([pinned("a"), pinned("b"), {}]), FAILED),
        (json!([pinned("a"), pinned("a"), {}]), "a condition_match@2"),
        // a real match before is not touched
        (json!([{}, pinned("b")]), "a condition_match@0"),
    ];
    for (conditions, expected) in cases {
        assert_eq!(ask(conditions.clone(), false), expected, "{conditions}");
    }
}

#[test]
fn a_condition_that_misses_in_any_case_is_a_plain_miss() {
    let unmet = person("plan", "exact", json!("pro"));
    let dependency = evaluates_to(1, json!(true));
    let cases = [
        (
            json!([{"properties": [unmet, dependency]}]),
            "false no_condition_match@0",
        ),
        (
            json!([{"properties": [dependency, unmet]}]),
            "false no_condition_match@0",
        ),
        (
            json!([perhaps(json!({"rollout_percentage": 0}))]),
            "false out_of_rollout_bound@0",
        ),
        (
            json!([perhaps(json!({"rollout_percentage": 0})), nobody()]),
            "false out_of_rollout_bound@0",
        ),
    ];
    for (conditions, expected) in cases {
        assert_eq!(ask(conditions.clone(), false), expected, "{conditions}");
    }
}

#[test]
fn with_early_exit_a_missed_percentage_is_the_candidate_no_match() {
    let out = || perhaps(json!({"rollout_percentage": 0}));
    let cases = [
        (json!([out()]), "false out_of_rollout_bound@0"),
        (json!([out(), nobody()]), "false out_of_rollout_bound@0"),
        (
            json!([out(), {"rollout_percentage": 0}]),
            "false out_of_rollout_bound@1",
        ),
        (json!([out(), {}]), FAILED),
        (
            json!([perhaps(json!({})), {"rollout_percentage": 0}, {}]),
            FAILED,
        ),
        (json!([perhaps(json!({})), {}]), "a condition_match@1"),
        (json!([perhaps(json!({})), out(), {}]), FAILED),
    ];
    for (conditions, expected) in cases {
        assert_eq!(ask(conditions.clone(), true), expected, "{conditions}");
    }
    assert_eq!(
        ask(json!([out(), {}]), false),
        "a condition_match@1",
        "without, it is a miss"
    );
}

#[test]
fn filters_that_no_value_satisfies_together_are_a_plain_miss() {
    let both = |one: Value, two: Value| json!([{"properties": [evaluates_to(1, one), evaluates_to(1, two)]}]);
    let impossible = [
        (json!(true), json!(false)),
        (json!("x"), json!("y")),
        (json!(false), json!("x")),
    ];
    for (one, two) in impossible {
        assert_eq!(
            ask(both(one.clone(), two.clone()), false),
            "false no_condition_match@0",
            "{one} {two}"
        );
    }
    let possible = [
        (json!(true), json!("x")),
        (json!("x"), json!("x")),
        (json!(true), json!(true)),
    ];
    for (one, two) in possible {
        assert_eq!(
            ask(both(one.clone(), two.clone()), false),
            FAILED,
            "{one} {two}"
        );
    }
}

#[test]
fn a_failure_goes_on_to_those_that_depend_on_the_dependent() {
    let failing = json!({"groups": [{"properties": [cohort(99, "in")]}]});
    let depends =
        |target: i32| json!({"groups": [{"properties": [evaluates_to(target, json!(true))]}]});
    let safe =
        |target: i32| json!({"groups": [{"properties": [evaluates_to(target, json!(true))]}, {}]});
    let answers = Situation::flags(json!([
        flag(1, "failing", failing),
        flag(2, "second", depends(1)),
        flag(3, "third", depends(2)),
        flag(4, "safe", safe(2)),
        flag(5, "behind-safe", depends(4)),
    ]))
    .answers();
    assert_eq!(answers["second"], FAILED);
    assert_eq!(answers["third"], FAILED);
    assert_eq!(answers["safe"], "true condition_match@1");
    assert_eq!(answers["behind-safe"], "true condition_match@0");
}

#[test]
fn variants_of_one_name_are_one_answer() {
    let failing = json!({"groups": [{"properties": [cohort(99, "in")]}]});
    let dependent = json!({
        "groups": [pinned("a"), {}],
        "multivariate": {"variants": [
            {"key": "a", "rollout_percentage": 0}, {"key": "a", "rollout_percentage": 100},
        ]},
    });
    let flags = json!([flag(1, "failing", failing), flag(2, "dependent", dependent)]);
    assert_eq!(
        Situation::flags(flags).ask("dependent"),
        "a condition_match@1"
    );
}
