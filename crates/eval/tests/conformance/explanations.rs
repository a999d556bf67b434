//! Explanations: rows, facts and sentences (spec: engine §13).

use burgee_eval::{ConditionExplanation, FlagExplanation};
use serde_json::{Value, json};

use super::situation::{Situation, cohort, evaluates_to, flag, person, with};

fn rows(situation: &Situation, key: &str) -> Vec<ConditionExplanation> {
    let explained = situation.explain();
    let found: Option<FlagExplanation> =
        explained.into_iter().find(|flag| flag.key.as_str() == key);
    found.unwrap().conditions
}

/// `index`, what is true of the row, and its sentence.
fn line(row: &ConditionExplanation) -> String {
    let facts = [
        (row.matched, "matched "),
        (row.properties_matched, "targeted "),
        (row.rollout_excluded, "excluded "),
    ];
    let facts: String = facts
        .iter()
        .filter(|(is, _)| *is)
        .map(|(_, name)| *name)
        .collect();
    format!("{} {facts}- {}", row.index, row.explanation)
}

fn lines(situation: &Situation, key: &str) -> Vec<String> {
    rows(situation, key).iter().map(line).collect()
}

#[test]
fn each_condition_has_a_row_and_a_sentence() {
    let plan = || person("plan", "exact", json!("enterprise"));
    let filters = json!({
        "groups": [
            {"properties": [plan()], "rollout_percentage": 100},
            {"aggregation_group_type_index": 0},
            {"rollout_percentage": 10},
            {"rollout_percentage": 80, "variant": "wide"},
            {"properties": [person("country", "is_not", json!("DE"))]},
        ],
        "multivariate": {"variants": [{"key": "wide", "rollout_percentage": 100}]},
    });
    let situation = Situation::of(json!({
        "flags": [flag(1, "beta-search-rollout", filters)], "group_types": ["organization"],
    }))
    .distinct_id("user-105")
    .person(json!({"plan": "free"}));
    assert_eq!(
        lines(&situation, "beta-search-rollout"),
        [
            r#"0 - does not target the subject: plan is "free", which is not "enterprise""#,
            "1 targeted - skipped: the request names no group of type `organization`",
            "2 targeted excluded - targets the person, but its percentage does not reach as far: \
             the person is at 28.51 of 100",
            "3 matched targeted - the 80 % includes the subject and the condition gives the \
             variant `wide`",
            "4 targeted - not reached: condition set 4 decided",
        ]
    );
}

#[test]
fn early_access_and_holdout_have_rows_of_their_own() {
    let filters = json!({
        "feature_enrollment": true,
        "groups": [{}],
        "holdout": {"id": 7, "exclusion_percentage": 100},
    });
    let situation = || Situation::flags(json!([flag(1, "any", filters.clone())]));
    assert_eq!(
        lines(&situation(), "any"),
        [
            "-1 - the person has made no early access choice",
            "-2 matched targeted - is held out: holdout 7 keeps 100 % out of every condition",
            "0 targeted - not reached: the holdout decided",
        ]
    );
    let opted_out = situation().person(json!({"$feature_enrollment/any": "false"}));
    assert_eq!(
        lines(&opted_out, "any"),
        [
            "-1 matched targeted - the person has opted out of early access, which decides",
            "0 targeted - not reached: the person's early access choice decided",
        ]
    );
}

#[test]
fn what_ends_evaluation_is_told_to_those_behind_it() {
    let early = json!({"groups": [{"rollout_percentage": 0}, {}], "early_exit": true});
    let situation = Situation::flags(json!([flag(1, "any", early)]));
    assert_eq!(
        lines(&situation, "any")[1],
        "1 targeted - not reached: the flag exits early, at the missed percentage of condition set 1"
    );
    let orphan = json!({"groups": [{"properties": [evaluates_to(404, json!(true))]}]});
    let situation = Situation::flags(json!([flag(1, "any", orphan)]));
    assert!(lines(&situation, "any")[0].contains("depends on a flag that does not exist"));
    let device = with(
        flag(1, "any", json!({"groups": [{"rollout_percentage": 50}]})),
        json!({"bucketing_identifier": "device_id"}),
    );
    assert_eq!(
        lines(&Situation::flags(json!([device])), "any"),
        ["0 targeted excluded - withheld: the flag goes by device, and the request names none"]
    );
}

/// The only filter of the only condition: whether it matched, what was read, the sentence.
fn property(filter: Value, properties: Value) -> (bool, Option<Value>, String) {
    let filters = json!({"groups": [{"properties": [filter]}]});
    let situation = Situation::of(json!({
        "flags": [
            flag(1, "any", filters),
            flag(2, "other", json!({"groups": [{}]})),
            flag(3, "failing", json!({"groups": [{"properties": [cohort(99, "in")]}]})),
        ],
        "cohorts": [{"id": 5, "filters": {"properties": {"type": "OR", "values": [
            person("plan", "exact", json!("pro")), {"type": "behavioral", "key": "$pageview"},
        ]}}}],
        "group_types": ["organization"],
    }))
    .person(properties)
    .group("organization", json!("acme"), json!({"tier": "gold"}));
    let property = rows(&situation, "any").remove(0).properties.remove(0);
    (
        property.matched,
        property.actual_value,
        property.explanation,
    )
}

#[test]
fn sentences_of_filters_on_properties() {
    let free = || json!({"plan": "free", "age": 17, "beta": "banana"});
    let cases = [
        (
            person("plan", "exact", json!(["pro", "team"])),
            false,
            r#"plan is "free", which is none of ["pro","team"]"#,
        ),
        (
            person("plan", "is_not", json!("pro")),
            true,
            r#"plan is "free", which is not "pro""#,
        ),
        (
            person("plan", "not_icontains", json!("RE")),
            false,
            r#"plan is "free", which contains "RE""#,
        ),
        (
            person("age", "gte", json!(18)),
            false,
            "age is 17, which is not at least 18",
        ),
        (
            person("plan", "gt", json!(18)),
            false,
            r#"plan is "free", which `gt` cannot compare with 18"#,
        ),
        (
            person("beta", "exact", json!("false")),
            true,
            r#"beta is "banana", which counts as "false""#,
        ),
        (
            person("vip", "exact", json!("yes")),
            false,
            r#"vip is not set, so that it is not "yes""#,
        ),
        (
            person("vip", "is_not", json!("yes")),
            true,
            r#"vip is not set, so that it is not "yes""#,
        ),
        (
            person("vip", "is_not_set", json!(null)),
            true,
            "vip is not set",
        ),
        (person("plan", "is_set", json!(null)), true, "plan is set"),
        (
            person("plan", "exact", json!(null)),
            false,
            "the filter has no value, so it never matches",
        ),
        (
            person("plan", "regex", json!("^f")),
            true,
            r#"plan is "free", which matches the pattern "^f""#,
        ),
    ];
    for (filter, matched, sentence) in cases {
        let (is_matched, _, explanation) = property(filter.clone(), free());
        assert_eq!((is_matched, &*explanation), (matched, sentence), "{filter}");
    }
    let unknown = property(person("plan", "sounds_like", json!("x")), free());
    assert!(
        unknown.2.contains("unknown operator `sounds_like`"),
        "{}",
        unknown.2
    );
}

#[test]
fn sentences_of_filters_on_groups_cohorts_and_flags() {
    let tier = json!({"key": "tier", "type": "group", "value": "iron", "group_type_index": 0});
    let (matched, actual, sentence) = property(tier, json!({}));
    assert_eq!((matched, actual), (false, Some(json!("gold"))));
    assert_eq!(
        sentence,
        r#"tier of the organization is "gold", which is not "iron""#
    );
    let cases = [
        (
            cohort(5, "not_in"),
            "the person is not in cohort 5 as far as can be told: its conditions on behaviour are not evaluated here",
        ),
        (
            cohort(99, "in"),
            "a cohort that the flag refers to does not exist",
        ),
        (
            evaluates_to(2, json!(false)),
            "flag `other` does not evaluate to false",
        ),
        (
            evaluates_to(2, json!(true)),
            "flag `other` evaluates to true",
        ),
        (
            evaluates_to(3, json!(true)),
            "flag `failing` failed, so that it is not known whether it evaluates to true",
        ),
    ];
    for (filter, expected) in cases {
        let (_, actual, sentence) = property(filter.clone(), json!({}));
        assert_eq!(sentence, expected);
        assert_eq!(actual, None, "{filter}");
    }
}

#[test]
fn what_was_read_is_told_with_its_type_and_operators_without_underscores() {
    for value in [
        json!("x"),
        json!(1),
        json!(1.5),
        json!(true),
        json!(null),
        json!({"a": [1]}),
    ] {
        let (_, actual, _) = property(person("p", "is_set", json!(null)), json!({"p": value}));
        assert_eq!(actual, Some(value));
    }
    let filters = json!({"groups": [{"properties": [
        {"key": "p", "type": "person", "value": "x"},
        person("p", "is_date_before", json!("1d")),
        {"key": "id", "type": "cohort", "value": 5},
    ]}]});
    let rows = rows(&Situation::flags(json!([flag(1, "any", filters)])), "any");
    let operators: Vec<_> = rows[0]
        .properties
        .iter()
        .map(|it| it.operator.as_str())
        .collect();
    assert_eq!(operators, ["exact", "isdatebefore", "in"]);
}

#[test]
fn what_was_not_fetched_is_told_as_unknown() {
    let filters = json!({"groups": [{"properties": [person("plan", "is_not", json!("pro"))]}]});
    let situation = Situation::flags(json!([flag(1, "any", filters)])).subject_unavailable();
    let rows = rows(&situation, "any");
    assert!(!rows[0].matched && !rows[0].properties_matched);
    assert!(
        rows[0].explanation.contains("plan is not known"),
        "{}",
        rows[0].explanation
    );
}

#[test]
fn a_percentage_that_misses_behind_a_flag_that_failed_is_told_as_such() {
    let filters = json!({"groups": [
        {"properties": [evaluates_to(2, json!(true))], "rollout_percentage": 0},
    ]});
    let situation = Situation::flags(json!([
        flag(1, "any", filters),
        flag(
            2,
            "failing",
            json!({"groups": [{"properties": [cohort(99, "in")]}]})
        ),
    ]));
    assert_eq!(situation.ask("any"), "false out_of_rollout_bound@0");
    let row = rows(&situation, "any").remove(0);
    assert!(row.rollout_excluded && !row.properties_matched);
}

#[test]
fn only_selected_flags_are_explained_and_a_flag_that_cannot_be_read_has_no_rows() {
    let situation = Situation::flags(json!([
        flag(1, "b", json!({"version": 2})),
        flag(2, "a", json!({"groups": [{}]})),
        flag(3, "c", json!({"groups": [{}]})),
    ]))
    .keys(&["b", "a"]);
    let explained = situation.explain();
    let keys: Vec<_> = explained.iter().map(|flag| flag.key.as_str()).collect();
    assert_eq!(keys, ["a", "b"]);
    assert!(explained[1].conditions.is_empty());
}
