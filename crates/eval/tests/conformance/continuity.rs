//! Experience continuity: a person keeps their answers when they log in (spec: engine §9).

use burgee_model::HashKeyNeed;
use serde_json::{Value, json};

use super::situation::{Situation, flag, with};

/// `user-61` is at 0.0042 of this flag, `user-105` at 0.2851.
const KEY: &str = "beta-search-rollout";
const IN: &str = "true condition_match@0";
const OUT: &str = "false out_of_rollout_bound@0";

fn situation(members: Value) -> Situation {
    let filters = json!({"groups": [{"rollout_percentage": 25}]});
    let flag = with(
        flag(1, KEY, filters),
        json!({"ensure_experience_continuity": true}),
    );
    Situation::of(json!({"flags": [with(flag, members)], "group_types": ["organization"]}))
}

#[test]
fn a_stored_key_goes_before_the_one_before_log_in_and_that_before_the_distinct_id() {
    let person = || situation(json!({})).distinct_id("user-105");
    assert_eq!(person().ask(KEY), OUT);
    assert_eq!(person().anon_distinct_id("user-61").ask(KEY), IN);
    assert_eq!(person().stored_hash_key(KEY, "user-61").ask(KEY), IN);
    let stored_against = situation(json!({}))
        .distinct_id("user-61")
        .anon_distinct_id("user-61")
        .stored_hash_key(KEY, "user-105");
    assert_eq!(stored_against.ask(KEY), OUT);
    let other_flag = person().stored_hash_key("another", "user-61");
    assert_eq!(other_flag.ask(KEY), OUT, "a stored key is for its own flag");
}

#[test]
fn a_variant_goes_by_the_stored_key_too() {
    let filters = json!({"groups": [{}], "multivariate": {"variants": [
        {"key": "control", "rollout_percentage": 50}, {"key": "test", "rollout_percentage": 50},
    ]}});
    let flag = flag(1, "checkout-layout", filters);
    let situation = || {
        let flag = with(flag.clone(), json!({"ensure_experience_continuity": true}));
        Situation::flags(json!([flag])).distinct_id("user-17")
    };
    assert_eq!(
        situation().ask("checkout-layout"),
        "control condition_match@0"
    );
    let stored = situation().stored_hash_key("checkout-layout", "user-61");
    assert_eq!(stored.ask("checkout-layout"), "test condition_match@0");
}

#[test]
fn a_stored_key_is_ignored_once_continuity_is_off() {
    for off in [json!(false), json!(null)] {
        let situation = situation(json!({"ensure_experience_continuity": off}))
            .distinct_id("user-105")
            .anon_distinct_id("user-61")
            .stored_hash_key(KEY, "user-61");
        assert_eq!(situation.ask(KEY), OUT, "{off}");
        assert_eq!(situation.needs().hash_keys, HashKeyNeed::None);
    }
}

#[test]
fn flags_of_groups_and_devices_are_exempt() {
    let device = situation(json!({"bucketing_identifier": "device_id"}))
        .distinct_id("user-61")
        .device_id("user-105")
        .stored_hash_key(KEY, "user-61");
    assert_eq!(device.ask(KEY), OUT);
    assert_eq!(device.needs().hash_keys, HashKeyNeed::None);
    let filters =
        json!({"aggregation_group_type_index": 0, "groups": [{"rollout_percentage": 25}]});
    let group = situation(json!({"filters": filters}))
        .distinct_id("user-61")
        .group("organization", json!("user-105"), json!({}))
        .stored_hash_key(KEY, "user-61");
    assert_eq!(group.ask(KEY), OUT);
    assert_eq!(group.needs().hash_keys, HashKeyNeed::None);
}

#[test]
fn keys_are_looked_up_only_where_a_hash_can_change_the_answer() {
    let one = json!({"variants": [{"key": "a", "rollout_percentage": 100}]});
    let two = json!({"variants": [
        {"key": "a", "rollout_percentage": 50}, {"key": "b", "rollout_percentage": 50},
    ]});
    let cases = [
        (
            json!({"groups": [{"rollout_percentage": 25}]}),
            HashKeyNeed::Lookup,
        ),
        (
            json!({"groups": [{"rollout_percentage": 100}]}),
            HashKeyNeed::None,
        ),
        (
            json!({"groups": [{}, {"rollout_percentage": 99.9}]}),
            HashKeyNeed::Lookup,
        ),
        (
            json!({"groups": [{}], "multivariate": one}),
            HashKeyNeed::None,
        ),
        (
            json!({"groups": [{}], "multivariate": two}),
            HashKeyNeed::Lookup,
        ),
        (json!({"groups": []}), HashKeyNeed::None),
    ];
    for (filters, expected) in cases {
        let needs = situation(json!({"filters": filters})).needs();
        assert_eq!(needs.hash_keys, expected, "{filters}");
        assert!(!needs.subject);
    }
}

#[test]
fn a_failed_look_up_fails_the_flags_that_ask_for_continuity_and_no_others() {
    let everyone = json!({"groups": [{}]});
    let asks = |id: i32, key: &str, members: Value| {
        let flag = flag(id, key, everyone.clone());
        with(
            with(flag, json!({"ensure_experience_continuity": true})),
            members,
        )
    };
    let answers = Situation::flags(json!([
        asks(1, "at-100", json!({})),
        asks(2, "by-device", json!({"bucketing_identifier": "device_id"})),
        flag(3, "plain", everyone.clone()),
    ]))
    .hash_keys_unavailable()
    .answers();
    assert_eq!(answers["at-100"], "failed hash_key_override_error");
    assert_eq!(answers["by-device"], "failed hash_key_override_error");
    assert_eq!(answers["plain"], IN);
}

#[test]
fn an_empty_stored_key_is_inside_every_percentage() {
    let situation = situation(json!({}))
        .distinct_id("user-105")
        .stored_hash_key(KEY, "");
    assert_eq!(situation.ask(KEY), IN);
}
