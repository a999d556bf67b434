//! What fails when data cannot be had, and what does not (spec: engine §5.6, §11.3).

use serde_json::{Value, json};

use super::situation::{Situation, cohort, evaluates_to, flag, person};

const ON: &str = "true condition_match@0";

fn reads_plan() -> Value {
    json!({"groups": [{"properties": [person("plan", "exact", json!("pro"))]}]})
}

#[test]
fn when_the_subject_cannot_be_read_those_that_needed_it_fail() {
    let situation = Situation::of(json!({
        "flags": [
            flag(1, "reads-plan", reads_plan()),
            flag(2, "reads-cohort", json!({"groups": [{"properties": [cohort(5, "in")]}]})),
            flag(3, "early", json!({"feature_enrollment": true, "groups": [{}]})),
            flag(4, "plain", json!({"groups": [{}]})),
            flag(5, "brought", json!({"groups": [{"properties": [person("country", "is_not", json!("DE"))]}]})),
            flag(6, "depends", json!({"groups": [{"properties": [evaluates_to(1, json!(true))]}]})),
            flag(7, "at-zero", json!({"groups": [
                {"properties": [person("plan", "is_not", json!("pro"))], "rollout_percentage": 0},
            ]})),
        ],
        "cohorts": [{"id": 5, "is_static": true}],
    }))
    .person(json!({"country": "AT"}))
    .subject_unavailable();
    let answers = situation.answers();
    assert_eq!(answers["reads-plan"], "failed timeout");
    assert_eq!(answers["reads-cohort"], "failed timeout");
    assert_eq!(answers["early"], "failed timeout");
    assert_eq!(answers["plain"], ON);
    assert_eq!(answers["brought"], ON);
    assert_eq!(answers["depends"], "failed dependency_failed");
    assert_eq!(
        answers["at-zero"], "false no_condition_match@0",
        "unknown is no match"
    );
}

#[test]
fn when_the_subject_cannot_be_read_group_flags_fail_only_if_their_group_could_be_served() {
    let filters = json!({"aggregation_group_type_index": 0, "groups": [{"properties": [
        {"key": "tier", "type": "group", "value": "gold"},
    ]}]});
    let definitions = json!({"flags": [flag(1, "any", filters)], "group_types": ["organization"]});
    let situation = || Situation::of(definitions.clone()).subject_unavailable();
    assert_eq!(situation().ask("any"), "false no_group_type@0");
    let lacking = situation().group("organization", json!("acme"), json!({}));
    assert_eq!(lacking.ask("any"), "failed timeout");
    let brought = situation().group("organization", json!("acme"), json!({"tier": "gold"}));
    assert_eq!(brought.ask("any"), ON);
}

#[test]
fn stored_properties_that_are_no_object_fail_those_that_needed_them() {
    let flags = json!([
        flag(1, "reads", reads_plan()),
        flag(2, "plain", json!({"groups": [{}]}))
    ]);
    let situation = Situation::flags(flags).stored_person(json!("not an object"), &[]);
    assert_eq!(situation.ask("reads"), "failed data_parsing_error");
    assert_eq!(situation.ask("plain"), ON);
}

#[test]
fn one_flag_s_broken_cohort_is_its_own_affair() {
    let situation = Situation::of(json!({
        "flags": [
            flag(1, "broken", json!({"groups": [{"properties": [cohort(5, "in")]}]})),
            flag(2, "fine", json!({"groups": [{"properties": [cohort(6, "in")]}]})),
        ],
        "cohorts": [
            {"id": 5, "filters": {"properties": {"type": "AND", "values": [cohort(404, "in")]}}},
            {"id": 6, "filters": {"properties": {"type": "AND", "values": []}}},
        ],
    }));
    assert_eq!(
        situation.ask("broken"),
        "failed dependency_not_found_cohort"
    );
    assert_eq!(situation.ask("fine"), ON);
}

#[test]
fn what_cannot_be_compared_is_no_failure() {
    let filters = json!({"groups": [
        {"properties": [person("plan", "regex", json!("("))]},
        {"properties": [person("plan", "gt", json!("many"))]},
        {"properties": [person("plan", "is_date_before", json!("someday"))]},
    ]});
    let situation =
        Situation::flags(json!([flag(1, "any", filters)])).person(json!({"plan": "pro"}));
    assert_eq!(situation.ask("any"), "false no_condition_match@2");
    assert_eq!(situation.warnings().len(), 3);
}

#[test]
fn an_unknown_time_zone_is_warned_about_and_read_as_utc() {
    let filters = json!({"groups": [{"properties": [
        person("joined", "is_date_exact", json!("2024-06-01")),
    ]}]});
    let situation = Situation::flags(json!([flag(1, "any", filters)]))
        .timezone("Mars/Olympus_Mons")
        .person(json!({"joined": "2024-06-01T00:00:00Z"}));
    assert_eq!(situation.ask("any"), ON);
    assert_eq!(situation.warnings().len(), 1);
}
