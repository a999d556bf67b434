//! People kept out of every condition (spec: engine §3.3).

use serde_json::{Value, json};

use super::situation::{Situation, flag, with};

fn filters(percentage: Value) -> Value {
    json!({"groups": [{}], "holdout": {"id": 7, "exclusion_percentage": percentage}})
}

fn ask(percentage: Value, distinct_id: &str) -> String {
    Situation::flags(json!([flag(1, "any", filters(percentage))]))
        .distinct_id(distinct_id)
        .ask("any")
}

const HELD_OUT: &str = "holdout-7 holdout_condition_value@-";
const ON: &str = "true condition_match@0";

#[test]
fn the_share_is_clamped_and_all_of_it_needs_no_hash() {
    // user-31 is at 0.0195.
    let cases = [
        (json!(10), "user-31", HELD_OUT),
        (json!(1), "user-31", ON),
        (json!(0), "user-31", ON),
        (json!(-5), "user-31", ON),
        (json!(100), "user-31", HELD_OUT),
        (json!(250), "user-31", HELD_OUT),
        (json!(10), "user-77", ON),
        (json!(13), "user-77", HELD_OUT),
    ];
    for (percentage, distinct_id, expected) in cases {
        assert_eq!(
            ask(percentage.clone(), distinct_id),
            expected,
            "{percentage} {distinct_id}"
        );
    }
}

#[test]
fn an_empty_identifier_is_hashed_here() {
    assert_eq!(ask(json!(92), ""), ON);
    assert_eq!(ask(json!(93), ""), HELD_OUT);
}

#[test]
fn the_same_people_are_held_out_of_every_flag() {
    let flags: Vec<Value> = (1..=20)
        .map(|id| flag(id, &format!("flag-{id}"), filters(json!(10))))
        .collect();
    let answers = Situation::flags(json!(flags))
        .distinct_id("user-31")
        .answers();
    assert_eq!(answers.len(), 20);
    assert!(answers.values().all(|answer| answer == HELD_OUT));
}

#[test]
fn a_holdout_comes_before_conditions_that_nobody_meets() {
    let filters = json!({"groups": [], "holdout": {"id": -3, "exclusion_percentage": 100}});
    let situation = Situation::flags(json!([flag(1, "any", filters)]));
    assert_eq!(situation.ask("any"), "holdout--3 holdout_condition_value@-");
}

#[test]
fn a_holdout_has_the_payload_of_its_own_name_alone() {
    let payload = |payloads: Value| {
        let mut filters = filters(json!(100));
        filters["payloads"] = payloads;
        Situation::flags(json!([flag(1, "any", filters)])).payload("any")
    };
    assert_eq!(payload(json!({"true": "\"on\""})), None);
    assert_eq!(
        payload(json!({"holdout-7": "held"})).as_deref(),
        Some(r#""held""#)
    );
}

#[test]
fn holdout_groups_of_old_are_ignored() {
    let filters = json!({
        "groups": [{}],
        "holdout_groups": [{"properties": [], "rollout_percentage": 100, "variant": "holdout-7"}],
    });
    let situation = Situation::flags(json!([flag(1, "any", filters)]));
    assert_eq!(situation.ask("any"), ON);
}

#[test]
fn a_group_flag_without_a_group_hashes_nothing_for_its_holdout() {
    let situation = |percentage: i32| {
        let mut filters = filters(json!(percentage));
        filters["aggregation_group_type_index"] = json!(0);
        Situation::of(json!({"flags": [flag(1, "any", filters)], "group_types": ["organization"]}))
    };
    assert_eq!(situation(92).ask("any"), "false no_group_type@0");
    assert_eq!(situation(93).ask("any"), HELD_OUT);
    let with_group = situation(10).group("organization", json!("user-31"), json!({}));
    assert_eq!(with_group.ask("any"), HELD_OUT, "the group's key is hashed");
}

#[test]
fn the_aggregation_of_a_condition_does_not_matter_to_the_holdout() {
    let mut filters = filters(json!(10));
    filters["groups"] = json!([{"aggregation_group_type_index": 0}]);
    let definitions = json!({"flags": [flag(1, "any", filters)], "group_types": ["organization"]});
    let situation = Situation::of(definitions).distinct_id("user-31").group(
        "organization",
        json!("user-77"),
        json!({}),
    );
    assert_eq!(situation.ask("any"), HELD_OUT);
}

#[test]
fn a_stored_hash_key_is_not_consulted_and_the_identifier_before_log_in_is() {
    let continuous = || {
        let flag = flag(1, "any", filters(json!(10)));
        Situation::flags(json!([with(
            flag,
            json!({"ensure_experience_continuity": true})
        )]))
        .distinct_id("user-77")
    };
    assert_eq!(
        continuous().stored_hash_key("any", "user-31").ask("any"),
        ON
    );
    assert_eq!(
        continuous().anon_distinct_id("user-31").ask("any"),
        HELD_OUT
    );
    let plain = Situation::flags(json!([flag(1, "any", filters(json!(10)))]))
        .distinct_id("user-77")
        .anon_distinct_id("user-31");
    assert_eq!(plain.ask("any"), ON, "only with continuity");
}
