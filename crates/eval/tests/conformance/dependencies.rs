//! Flags that depend on flags (spec: engine §7.1 to §7.3).

use serde_json::{Value, json};

use super::situation::{Situation, cohort, evaluates_to, flag, person, with};

/// The ways in which a flag can turn out, as definitions of flag 1.
fn targets() -> Vec<(&'static str, Vec<Value>)> {
    let variants = json!({"variants": [
        {"key": "blue", "rollout_percentage": 100}, {"key": "true", "rollout_percentage": 0},
    ]});
    let plain = |filters: Value| flag(1, "target", filters);
    let on = || plain(json!({"groups": [{}]}));
    vec![
        ("true", vec![on()]),
        (
            "false",
            vec![plain(json!({"groups": [{"rollout_percentage": 0}]}))],
        ),
        (
            "variant",
            vec![plain(json!({"groups": [{}], "multivariate": variants}))],
        ),
        (
            "holdout",
            vec![plain(
                json!({"groups": [{}], "holdout": {"id": 7, "exclusion_percentage": 100}}),
            )],
        ),
        ("inactive", vec![with(on(), json!({"active": false}))]),
        ("deleted", vec![with(on(), json!({"deleted": true}))]),
        (
            "filtered",
            vec![with(on(), json!({"evaluation_contexts": ["elsewhere"]}))],
        ),
        (
            "unsupported",
            vec![plain(json!({"version": 2, "rules": []}))],
        ),
        (
            "failed",
            vec![plain(
                json!({"groups": [{"properties": [cohort(99, "in")]}]}),
            )],
        ),
        (
            "unreadable",
            vec![plain(
                json!({"groups": [{"properties": [{"key": "no type"}]}]}),
            )],
        ),
        ("missing", vec![]),
        (
            "broken",
            vec![plain(
                json!({"groups": [{"properties": [evaluates_to(404, json!(true))]}]}),
            )],
        ),
    ]
}

#[test]
fn every_expectation_of_every_way_in_which_a_flag_can_turn_out() {
    const YES: &str = "true condition_match@0";
    const NO: &str = "false no_condition_match@0";
    const MISSING: &str = "false missing_dependency@-";
    const FAILED: &str = "failed dependency_failed";
    // What is expected of the target: true, false, "blue", "holdout-7", "true".
    let table = [
        ("true", [YES, NO, NO, NO, NO]),
        ("false", [NO, YES, NO, NO, NO]),
        ("variant", [YES, NO, YES, NO, NO]),
        ("holdout", [YES, NO, NO, YES, NO]),
        ("inactive", [NO, YES, NO, NO, NO]),
        ("deleted", [NO, YES, NO, NO, NO]),
        ("filtered", [NO, YES, NO, NO, NO]),
        ("unsupported", [NO, YES, NO, NO, NO]),
        ("failed", [FAILED, FAILED, FAILED, FAILED, FAILED]),
        ("unreadable", [FAILED, FAILED, FAILED, FAILED, FAILED]),
        ("missing", [MISSING, MISSING, MISSING, MISSING, MISSING]),
        ("broken", [MISSING, MISSING, MISSING, MISSING, MISSING]),
    ];
    let expectations = [
        json!(true),
        json!(false),
        json!("blue"),
        json!("holdout-7"),
        json!("true"),
    ];
    for ((name, target), (row, answers)) in targets().into_iter().zip(table) {
        assert_eq!(name, row);
        for (expected, answer) in expectations.iter().zip(answers) {
            let filters = json!({"groups": [{"properties": [evaluates_to(1, expected.clone())]}]});
            let mut flags = vec![flag(2, "dependent", filters)];
            flags.extend(target.clone());
            let situation = Situation::flags(json!(flags)).contexts(&["here"]);
            assert_eq!(situation.ask("dependent"), answer, "{name} = {expected}");
        }
    }
}

#[test]
fn a_variant_is_matched_by_case_and_a_boolean_is_no_variant() {
    let variants = json!({"variants": [{"key": "Blue", "rollout_percentage": 100}]});
    let target = flag(
        1,
        "target",
        json!({"groups": [{}], "multivariate": variants}),
    );
    for (expected, answer) in [
        (json!("Blue"), true),
        (json!("blue"), false),
        (json!(1), false),
        (json!(null), false),
        (json!(["Blue"]), false),
    ] {
        let filters = json!({"groups": [{"properties": [evaluates_to(1, expected.clone())]}]});
        let situation = Situation::flags(json!([target, flag(2, "dependent", filters)]));
        assert_eq!(
            situation.ask("dependent").starts_with("true"),
            answer,
            "{expected}"
        );
    }
}

#[test]
fn only_one_operator_and_a_decimal_id_will_do() {
    let cases = [
        json!({"key": "1", "type": "flag", "operator": "exact", "value": true}),
        json!({"key": "1", "type": "flag", "value": true}),
        json!({"key": "target", "type": "flag", "operator": "flag_evaluates_to", "value": true}),
    ];
    for filter in cases {
        let situation = Situation::flags(json!([
            flag(1, "target", json!({"groups": [{}]})),
            flag(
                2,
                "dependent",
                json!({"groups": [{"properties": [filter]}]})
            ),
        ]));
        assert_eq!(
            situation.ask("dependent"),
            "false no_condition_match@0",
            "{filter}"
        );
        assert_eq!(situation.warnings().len(), 1, "{filter}");
    }
}

#[test]
fn a_flag_filter_may_stand_among_others() {
    let filters = json!({"groups": [{"properties": [
        person("plan", "exact", json!("pro")), evaluates_to(1, json!(true)),
    ]}]});
    let flags = json!([
        flag(1, "target", json!({"groups": [{}]})),
        flag(2, "dependent", filters)
    ]);
    let ask = |plan: &str| {
        Situation::flags(flags.clone())
            .person(json!({"plan": plan}))
            .ask("dependent")
    };
    assert_eq!(ask("pro"), "true condition_match@0");
    assert_eq!(ask("free"), "false no_condition_match@0");
}

#[test]
fn a_long_chain_is_worked_out_from_its_end_whatever_the_stored_order() {
    let link = |id: i32| {
        let filters = json!({"groups": [{"properties": [evaluates_to(id - 1, json!(true))]}]});
        flag(id, &format!("flag-{id:03}"), filters)
    };
    let mut flags: Vec<Value> = (2..=200).rev().map(link).collect();
    flags.push(flag(1, "zero", json!({"groups": [{}]})));
    let answers = Situation::flags(json!(flags)).answers();
    assert_eq!(answers.len(), 200);
    assert!(
        answers
            .values()
            .all(|answer| answer == "true condition_match@0")
    );
}

#[test]
fn flags_in_a_cycle_and_all_that_depend_on_them_are_off_and_answered() {
    let on = |id: i32, key: &str, target: i32| {
        let filters = json!({"groups": [{"properties": [evaluates_to(target, json!(true))]}]});
        flag(id, key, filters)
    };
    let flags = json!([
        on(1, "a", 2),
        on(2, "b", 1),
        on(3, "behind", 1),
        on(4, "self", 4),
        flag(5, "apart", json!({"groups": [{}]}))
    ]);
    let answers = Situation::flags(flags).answers();
    for key in ["a", "b", "behind", "self"] {
        assert_eq!(answers[key], "false missing_dependency@-", "{key}");
    }
    assert_eq!(answers["apart"], "true condition_match@0");
}

#[test]
fn a_missing_flag_is_felt_through_all_that_depend_on_it_and_gives_no_payload() {
    let filters = |target: i32| {
        json!({
            "groups": [{"properties": [evaluates_to(target, json!(false))]}, {}],
            "payloads": {"true": "1"},
        })
    };
    let situation = Situation::flags(json!([
        flag(1, "first", filters(404)),
        flag(2, "second", filters(1)),
        flag(3, "third", filters(2)),
    ]));
    for key in ["first", "second", "third"] {
        assert_eq!(situation.ask(key), "false missing_dependency@-");
        assert_eq!(situation.payload(key), None);
    }
}

#[test]
fn an_enrollment_does_not_save_a_flag_whose_dependency_is_missing() {
    let filters = json!({
        "feature_enrollment": true,
        "groups": [{"properties": [evaluates_to(404, json!(true))]}],
    });
    let situation = Situation::flags(json!([flag(1, "any", filters)]))
        .person(json!({"$feature_enrollment/any": true}));
    assert_eq!(situation.ask("any"), "false missing_dependency@-");
}

#[test]
fn named_flags_come_with_what_they_depend_on() {
    let depends =
        |target: i32| json!({"groups": [{"properties": [evaluates_to(target, json!(true))]}]});
    let situation = Situation::flags(json!([
        flag(1, "base", json!({"groups": [{}]})),
        flag(2, "middle", depends(1)),
        flag(3, "top", depends(2)),
        flag(4, "other", json!({"groups": [{}]})),
    ]))
    .keys(&["top", "no such flag"]);
    let answers = situation.answers();
    assert_eq!(
        answers.keys().collect::<Vec<_>>(),
        ["base", "middle", "top"]
    );
    assert_eq!(answers["top"], "true condition_match@0");
}
