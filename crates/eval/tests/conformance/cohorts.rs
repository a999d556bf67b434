//! Cohorts: membership, trees, nesting, and what is wrong with them (spec: engine §6).

use serde_json::{Value, json};

use super::situation::{Situation, cohort, flag, person};

fn dynamic(id: i32, tree: Value) -> Value {
    json!({"id": id, "filters": {"properties": tree}})
}

fn and(values: Value) -> Value {
    json!({"type": "AND", "values": values})
}

fn or(values: Value) -> Value {
    json!({"type": "OR", "values": values})
}

fn negated(mut leaf: Value) -> Value {
    leaf["negation"] = json!(true);
    leaf
}

/// A flag for those who meet one filter on a cohort.
fn situation(filter: Value, cohorts: Value) -> Situation {
    let filters = json!({"groups": [{"properties": [filter]}]});
    Situation::of(json!({"flags": [flag(1, "any", filters)], "cohorts": cohorts}))
}

/// Whether a person is in cohort 5.
fn is_member(cohorts: Value, properties: Value) -> bool {
    match &*situation(cohort(5, "in"), cohorts)
        .person(properties)
        .ask("any")
    {
        "true condition_match@0" => true,
        "false no_condition_match@0" | "false no_condition_match@0 (cohort)" => false,
        other => panic!("{other}"),
    }
}

fn failure(cohorts: Value) -> String {
    situation(cohort(5, "in"), cohorts)
        .person(json!({"plan": "pro"}))
        .ask("any")
}

fn pro() -> Value {
    person("plan", "exact", json!("pro"))
}

fn german() -> Value {
    person("country", "exact", json!("DE"))
}

#[test]
fn a_filter_asks_for_members_or_for_others_and_no_other_operator_holds() {
    let cases = [
        (json!({}), "in", true),
        (json!({}), "not_in", false),
        (json!({"plan": "free"}), "not_in", true),
        (json!({"plan": "free"}), "in", false),
    ];
    let cohorts = json!([dynamic(
        5,
        and(json!([negated(person("plan", "exact", json!("free")))]))
    )]);
    for (properties, operator, expected) in cases {
        let filter = cohort(5, operator);
        let answer = situation(filter, cohorts.clone())
            .person(properties.clone())
            .ask("any");
        assert_eq!(
            answer.starts_with("true"),
            expected,
            "{properties} {operator}"
        );
    }
    for operator in ["exact", "is_not", "IN", ""] {
        for plan in ["pro", "free"] {
            let situation = situation(cohort(5, operator), cohorts.clone());
            let answer = situation.person(json!({"plan": plan})).ask("any");
            assert_eq!(answer, "false no_condition_match@0", "{operator}");
        }
    }
    let mut filter = cohort(5, "");
    filter.as_object_mut().unwrap().remove("operator");
    assert_eq!(
        situation(filter, cohorts).ask("any"),
        "true condition_match@0",
        "`in` when absent"
    );
}

#[test]
fn a_cohort_value_that_is_not_a_whole_number_fails_the_flag() {
    for value in [json!("5"), json!(5.5), json!(null), json!([5]), json!(true)] {
        let mut filter = cohort(5, "in");
        filter["value"] = value.clone();
        let situation = situation(filter, json!([dynamic(5, and(json!([])))]));
        assert_eq!(
            situation.ask("any"),
            "failed cohort_filters_parsing_error",
            "{value}"
        );
    }
}

#[test]
fn trees_of_and_and_or() {
    let both = json!([dynamic(5, and(json!([pro(), german()])))]);
    let either = json!([dynamic(5, or(json!([pro(), german()])))]);
    let nested = json!([dynamic(
        5,
        or(json!([
            and(json!([pro(), german()])),
            person("vip", "exact", json!("yes"))
        ]))
    )]);
    let old_name = json!([dynamic(
        5,
        and(json!([{"type": "property", "values": [pro(), german()]}]))
    )]);
    let cases = [
        (&both, json!({"plan": "pro", "country": "DE"}), true),
        (&both, json!({"plan": "pro"}), false),
        (&either, json!({"plan": "pro"}), true),
        (&either, json!({}), false),
        (&nested, json!({"plan": "pro", "country": "DE"}), true),
        (&nested, json!({"plan": "pro"}), false),
        (&nested, json!({"vip": "yes"}), true),
        (&old_name, json!({"plan": "pro", "country": "DE"}), true),
        (&old_name, json!({"country": "DE"}), false),
    ];
    for (cohorts, properties, expected) in cases {
        assert_eq!(
            is_member(cohorts.clone(), properties.clone()),
            expected,
            "{cohorts} {properties}"
        );
    }
    assert!(
        is_member(json!([dynamic(5, and(json!([])))]), json!({})),
        "an empty AND is everybody"
    );
    assert!(
        !is_member(json!([dynamic(5, or(json!([])))]), json!({})),
        "an empty OR is nobody"
    );
}

#[test]
fn negation_flips_a_leaf_after_errors_became_false() {
    let cases = [
        (negated(pro()), json!({}), true),
        (negated(pro()), json!({"plan": "pro"}), false),
        (
            negated(person("age", "gt", json!(18))),
            json!({"age": "unknown"}),
            true,
        ),
        (
            person("age", "gt", json!(18)),
            json!({"age": "unknown"}),
            false,
        ),
        (
            negated(person("age", "gt", json!("many"))),
            json!({"age": 20}),
            true,
        ),
        (
            negated(person("age", "sounds_like", json!(1))),
            json!({"age": 20}),
            true,
        ),
        (person("plan", "is_not", json!("pro")), json!({}), true),
        (person("plan", "is_not_set", json!(null)), json!({}), true),
    ];
    for (leaf, properties, expected) in cases {
        let cohorts = json!([dynamic(5, and(json!([leaf])))]);
        assert_eq!(
            is_member(cohorts, properties.clone()),
            expected,
            "{leaf} {properties}"
        );
    }
}

#[test]
fn a_static_cohort_is_a_list_whatever_else_is_stored() {
    let stored = json!([{
        "id": 5, "is_static": true, "filters": {"properties": and(json!([]))}, "groups": [{}],
    }]);
    let ask = |operator: &str, members: &[i32]| {
        situation(cohort(5, operator), stored.clone())
            .stored_person(json!({}), members)
            .ask("any")
    };
    assert_eq!(ask("in", &[5]), "true condition_match@0");
    assert_eq!(ask("not_in", &[5]), "false no_condition_match@0");
    assert_eq!(ask("in", &[6]), "false no_condition_match@0");
    assert_eq!(ask("not_in", &[]), "true condition_match@0");
}

#[test]
fn nobody_who_is_not_stored_is_in_a_static_cohort() {
    for (operator, expected) in [
        ("in", "false no_condition_match@0"),
        ("not_in", "true condition_match@0"),
    ] {
        let situation = || situation(cohort(5, operator), json!([{"id": 5, "is_static": true}]));
        assert_eq!(situation().no_stored_person().ask("any"), expected);
        assert_eq!(situation().ask("any"), expected);
    }
}

#[test]
fn cohorts_in_cohorts() {
    let leaf = |id: i32, operator: &str| cohort(id, operator);
    let base = |tree: Value| json!([dynamic(5, tree), dynamic(6, and(json!([pro()]))), {"id": 7, "is_static": true}]);
    let cases = [
        (and(json!([leaf(6, "in")])), true),
        (and(json!([leaf(6, "not_in")])), false),
        (and(json!([negated(leaf(6, "in"))])), false),
        (and(json!([negated(leaf(6, "not_in"))])), true),
        (and(json!([leaf(6, "exact")])), false),
        (and(json!([leaf(7, "in")])), false),
        (and(json!([leaf(7, "not_in")])), true),
        (or(json!([leaf(7, "in"), pro()])), true),
    ];
    for (tree, expected) in cases {
        assert_eq!(
            is_member(base(tree.clone()), json!({"plan": "pro"})),
            expected,
            "{tree}"
        );
    }
    let listed = situation(cohort(5, "in"), base(and(json!([leaf(7, "in")]))));
    assert_eq!(
        listed.stored_person(json!({}), &[7]).ask("any"),
        "true condition_match@0"
    );
}

#[test]
fn a_chain_of_cohorts_is_worked_out_from_its_end() {
    let mut cohorts: Vec<Value> = (5..105)
        .map(|id| dynamic(id, and(json!([cohort(id + 1, "in")]))))
        .collect();
    cohorts.push(dynamic(105, and(json!([pro()]))));
    assert!(is_member(json!(cohorts), json!({"plan": "pro"})));
    assert!(!is_member(json!(cohorts), json!({"plan": "free"})));
}

fn nested(levels: usize) -> Value {
    let innermost = and(json!([pro()]));
    (1..levels).fold(innermost, |tree, _| or(json!([tree])))
}

#[test]
fn a_tree_may_be_64_deep_and_not_65() {
    assert!(is_member(
        json!([dynamic(5, nested(64))]),
        json!({"plan": "pro"})
    ));
    assert_eq!(
        failure(json!([dynamic(5, nested(65))])),
        "failed cohort_filters_parsing_error"
    );
}

#[test]
fn an_unknown_cohort_fails_the_flag_that_asks_about_it() {
    assert_eq!(failure(json!([])), "failed dependency_not_found_cohort");
    let deleted = json!([{"id": 5, "deleted": true, "filters": {"properties": and(json!([]))}}]);
    assert_eq!(failure(deleted), "failed dependency_not_found_cohort");
    let inner = json!([dynamic(5, or(json!([pro(), cohort(6, "in")])))]);
    assert_eq!(failure(inner), "failed dependency_not_found_cohort");
}

#[test]
fn a_cohort_that_contains_itself_fails_the_flag_that_asks_about_it() {
    let one = json!([dynamic(5, or(json!([pro(), cohort(5, "in")])))]);
    assert_eq!(failure(one), "failed dependency_cycle_cohort");
    let two = json!([
        dynamic(5, or(json!([pro(), cohort(6, "in")]))),
        dynamic(6, or(json!([pro(), cohort(5, "in")]))),
    ]);
    assert_eq!(failure(two), "failed dependency_cycle_cohort");
    let beyond = json!([
        dynamic(5, or(json!([pro(), cohort(6, "in")]))),
        dynamic(6, or(json!([pro(), cohort(7, "in")]))),
        dynamic(7, or(json!([pro(), cohort(6, "in")]))),
    ]);
    assert_eq!(failure(beyond), "failed dependency_cycle_cohort");
}

#[test]
fn a_cohort_that_cannot_be_read_fails_the_flag_that_asks_about_it() {
    let trees = [
        json!({"type": "XOR", "values": [pro()]}),
        json!({"type": "property", "values": [pro()]}),
        json!({"type": "and", "values": [pro()]}),
        json!({"values": [pro()]}),
        and(json!([{"type": "NAND", "values": [pro()]}])),
        and(json!([{"key": "plan", "value": "pro"}])),
        and(json!(["plan"])),
        json!([]),
    ];
    for tree in trees {
        let cohorts = json!([dynamic(5, tree.clone())]);
        assert_eq!(
            failure(cohorts),
            "failed cohort_filters_parsing_error",
            "{tree}"
        );
    }
    assert_eq!(
        failure(json!([{"id": 5, "filters": {}}])),
        "failed cohort_filters_parsing_error"
    );
}

#[test]
fn a_cohort_without_a_definition_has_no_members() {
    assert!(!is_member(json!([{"id": 5}]), json!({"plan": "pro"})));
    assert!(!is_member(
        json!([{"id": 5, "filters": null, "groups": []}]),
        json!({"plan": "pro"})
    ));
}

#[test]
fn leaves_about_behaviour_never_hold_and_are_told_of() {
    for kind in ["behavioral", "lifecycle", "performed_in_outer_space"] {
        let cohorts = json!([dynamic(
            5,
            or(json!([{"type": kind, "key": "$pageview"}, pro()]))
        )]);
        let ask = |plan: &str| {
            situation(cohort(5, "in"), cohorts.clone())
                .person(json!({"plan": plan}))
                .ask("any")
        };
        assert_eq!(ask("pro"), "true condition_match@0");
        assert_eq!(ask("free"), "false no_condition_match@0 (cohort)");
    }
    let inside = json!([
        dynamic(5, and(json!([cohort(6, "in")]))),
        dynamic(6, and(json!([{"type": "behavioral", "key": "$pageview"}]))),
    ]);
    let answer = situation(cohort(5, "in"), inside).ask("any");
    assert_eq!(
        answer, "false no_condition_match@0 (cohort)",
        "also when it is a cohort inside"
    );
}

#[test]
fn a_realtime_cohort_is_worked_out_by_its_rule_and_its_behaviour_never_holds() {
    let behaviour = json!({"type": "behavioral", "key": "$pageview", "value": "performed_event"});
    let cohorts = json!([{
        "id": 5, "cohort_type": "realtime", "filters": {"properties": or(json!([behaviour, pro()]))},
    }]);
    let ask = |operator: &str, plan: &str| {
        situation(cohort(5, operator), cohorts.clone())
            .person(json!({"plan": plan}))
            .ask("any")
    };
    assert_eq!(ask("in", "pro"), "true condition_match@0");
    assert_eq!(ask("in", "free"), "false no_condition_match@0 (cohort)");
    assert_eq!(ask("not_in", "free"), "true condition_match@0");
}

#[test]
fn a_condition_whose_other_filters_miss_never_touches_a_broken_cohort() {
    let filters = json!({"groups": [
        {"properties": [cohort(99, "in"), person("plan", "exact", json!("pro"))]},
        {},
    ]});
    let ask = |plan: &str| {
        Situation::flags(json!([flag(1, "any", filters.clone())]))
            .person(json!({"plan": plan}))
            .ask("any")
    };
    assert_eq!(ask("free"), "true condition_match@1");
    assert_eq!(ask("pro"), "failed dependency_not_found_cohort");
}

#[test]
fn a_cohort_asks_the_person_also_under_a_group_s_percentage() {
    let filters = json!({
        "aggregation_group_type_index": 0, "groups": [{"properties": [cohort(5, "in")]}],
    });
    let situation = Situation::of(json!({
        "flags": [flag(1, "any", filters)],
        "cohorts": [dynamic(5, and(json!([pro()])))],
        "group_types": ["organization"],
    }))
    .person(json!({"plan": "pro"}))
    .group("organization", json!("acme"), json!({"plan": "free"}));
    assert_eq!(situation.ask("any"), "true condition_match@0");
}

#[test]
fn all_cohorts_of_a_condition_must_hold() {
    let cohorts = json!([
        dynamic(5, and(json!([pro()]))),
        dynamic(6, and(json!([german()])))
    ]);
    let filters = json!({"groups": [{"properties": [cohort(5, "in"), cohort(6, "not_in")]}]});
    let definitions = json!({"flags": [flag(1, "any", filters)], "cohorts": cohorts});
    let ask = |properties: Value| {
        Situation::of(definitions.clone())
            .person(properties)
            .ask("any")
    };
    assert_eq!(ask(json!({"plan": "pro"})), "true condition_match@0");
    assert_eq!(
        ask(json!({"plan": "pro", "country": "DE"})),
        "false no_condition_match@0"
    );
}
