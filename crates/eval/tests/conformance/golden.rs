//! The golden scenarios (spec: engine §16): small flags whose answers are worked out by hand.

use serde_json::{Value, json};

use super::situation::{Situation, evaluates_to, flag, person};

fn enterprise() -> Value {
    json!([person("plan", "exact", json!("enterprise"))])
}

fn check(flag: Value, distinct_id: &str, plan: &str, expected: &str) {
    let key = flag["key"].as_str().unwrap().to_owned();
    let situation = Situation::flags(json!([flag]))
        .distinct_id(distinct_id)
        .person(json!({"plan": plan}));
    assert_eq!(
        situation.ask(&key),
        expected,
        "{key} for {distinct_id}, {plan}"
    );
}

fn beta_search() -> Value {
    flag(
        101,
        "beta-search",
        json!({
            "groups": [{"properties": enterprise(), "rollout_percentage": 100}],
            "payloads": {"true": "{\"cta\":\"Try beta search\"}"},
        }),
    )
}

fn checkout_layout() -> Value {
    flag(
        102,
        "checkout-layout",
        json!({
            "groups": [
                {"properties": enterprise(), "rollout_percentage": 100, "variant": "spacious"},
                {"properties": [], "rollout_percentage": 100},
            ],
            "multivariate": {"variants": [
                {"key": "control", "rollout_percentage": 50},
                {"key": "compact", "rollout_percentage": 25},
                {"key": "spacious", "rollout_percentage": 25},
            ]},
            "payloads": {"compact": "{\"density\":\"compact\"}"},
        }),
    )
}

fn halves() -> Value {
    json!({"variants": [
        {"key": "control", "rollout_percentage": 50},
        {"key": "test", "rollout_percentage": 50},
    ]})
}

#[test]
fn a_targeted_flag_gives_its_payload_to_those_it_targets() {
    check(
        beta_search(),
        "user-17",
        "enterprise",
        "true condition_match@0",
    );
    check(
        beta_search(),
        "user-17",
        "free",
        "false no_condition_match@0",
    );
    let payload = |plan: &str| {
        Situation::flags(json!([beta_search()]))
            .person(json!({"plan": plan}))
            .payload("beta-search")
    };
    assert_eq!(
        payload("enterprise").as_deref(),
        Some(r#""{\"cta\":\"Try beta search\"}""#)
    );
    assert_eq!(payload("free"), None);
}

#[test]
fn a_missed_percentage_goes_on_to_the_next_condition() {
    let staged = |key, early_exit: bool| {
        flag(
            103,
            key,
            json!({
                "groups": [
                    {"properties": [], "rollout_percentage": 10},
                    {"properties": enterprise(), "rollout_percentage": 100},
                ],
                "early_exit": early_exit,
            }),
        )
    };
    let plain = || staged("beta-search-staged", false);
    check(plain(), "user-105", "enterprise", "true condition_match@1");
    check(plain(), "user-105", "free", "false out_of_rollout_bound@0");
    let early = staged("beta-search-staged-early-exit", true);
    check(
        early,
        "user-105",
        "enterprise",
        "false out_of_rollout_bound@0",
    );
}

#[test]
fn a_later_missed_percentage_outranks_an_earlier_missed_target() {
    let reversed = flag(
        104,
        "beta-search-staged-reversed",
        json!({"groups": [
            {"properties": enterprise(), "rollout_percentage": 100},
            {"properties": [], "rollout_percentage": 10},
        ]}),
    );
    check(reversed, "user-105", "free", "false out_of_rollout_bound@1");
}

#[test]
fn a_variant_comes_from_the_hash_or_from_the_condition() {
    check(
        checkout_layout(),
        "user-61",
        "free",
        "compact condition_match@1",
    );
    check(
        checkout_layout(),
        "user-17",
        "free",
        "control condition_match@1",
    );
    check(
        checkout_layout(),
        "user-61",
        "enterprise",
        "spacious condition_match@0",
    );
    let payload = |distinct_id| {
        Situation::flags(json!([checkout_layout()]))
            .distinct_id(distinct_id)
            .payload("checkout-layout")
    };
    assert_eq!(
        payload("user-61").as_deref(),
        Some(r#""{\"density\":\"compact\"}""#)
    );
    assert_eq!(payload("user-17"), None);
}

#[test]
fn a_variant_that_is_not_declared_is_ignored() {
    let mut flag = checkout_layout();
    flag["key"] = json!("checkout-layout-bad-override");
    flag["filters"]["groups"][0]["variant"] = json!("wide");
    check(
        flag.clone(),
        "user-17",
        "enterprise",
        "compact condition_match@0",
    );
    let warnings = Situation::flags(json!([flag])).warnings();
    assert_eq!(warnings.len(), 1);
    assert_eq!(warnings[0].path, "groups[0].variant");
}

#[test]
fn a_multivariate_flag_may_be_for_a_part_of_the_people() {
    let partial = || {
        flag(
            105,
            "checkout-layout-partial",
            json!({
                "groups": [{"properties": [], "rollout_percentage": 50}],
                "multivariate": halves(),
            }),
        )
    };
    check(partial(), "user-77", "free", "test condition_match@0");
    check(
        partial(),
        "user-105",
        "free",
        "false out_of_rollout_bound@0",
    );
}

#[test]
fn a_group_flag_is_a_percentage_of_groups() {
    let definitions = json!({
        "flags": [flag(106, "org-dashboard", json!({
            "aggregation_group_type_index": 0,
            "groups": [{
                "properties": [{
                    "key": "tier", "type": "group", "operator": "exact", "value": "gold",
                    "group_type_index": 0,
                }],
                "rollout_percentage": 60,
            }],
        }))],
        "group_types": ["organization"],
    });
    let cases = [
        (Some(json!("org-9")), "true condition_match@0"),
        (Some(json!("org-12")), "false out_of_rollout_bound@0"),
        (Some(json!(42)), "true condition_match@0"),
        (Some(json!(42.0)), "true condition_match@0"),
        (None, "false no_group_type@0"),
    ];
    for (key, expected) in cases {
        let situation = Situation::of(definitions.clone());
        let situation = match &key {
            Some(key) => situation.group("organization", key.clone(), json!({"tier": "gold"})),
            None => situation,
        };
        assert_eq!(situation.ask("org-dashboard"), expected, "{key:?}");
    }
}

#[test]
fn a_flag_waits_for_the_flag_it_depends_on() {
    let suggestions = flag(
        107,
        "beta-search-suggestions",
        json!({
            "groups": [{"properties": [evaluates_to(101, json!(true))]}],
        }),
    );
    let banner = flag(
        108,
        "compact-checkout-banner",
        json!({
            "groups": [{"properties": [evaluates_to(102, json!("compact"))]}],
        }),
    );
    let flags = json!([banner, suggestions, checkout_layout(), beta_search()]);
    let ask = |distinct_id, plan: &str, key: &str| {
        Situation::flags(flags.clone())
            .distinct_id(distinct_id)
            .person(json!({"plan": plan}))
            .ask(key)
    };
    let suggestions = "beta-search-suggestions";
    assert_eq!(
        ask("user-17", "enterprise", suggestions),
        "true condition_match@0"
    );
    assert_eq!(
        ask("user-17", "free", suggestions),
        "false no_condition_match@0"
    );
    let banner = "compact-checkout-banner";
    assert_eq!(ask("user-61", "free", banner), "true condition_match@0");
    assert_eq!(ask("user-17", "free", banner), "false no_condition_match@0");
}

#[test]
fn a_flag_that_depends_on_an_absent_flag_is_off() {
    let orphan = flag(
        109,
        "beta-search-suggestions-orphan",
        json!({
            "groups": [{"properties": [evaluates_to(999, json!(true))]}],
        }),
    );
    check(
        orphan,
        "user-17",
        "enterprise",
        "false missing_dependency@-",
    );
}

#[test]
fn a_held_out_person_gets_the_holdout_and_nobody_else_does() {
    let experiment = flag(
        110,
        "checkout-experiment",
        json!({
            "groups": [{"properties": [], "rollout_percentage": 100}],
            "multivariate": halves(),
            "holdout": {"id": 7, "exclusion_percentage": 10},
            "payloads": {"test": "{\"layout\":\"test\"}"},
        }),
    );
    check(
        experiment.clone(),
        "user-31",
        "free",
        "holdout-7 holdout_condition_value@-",
    );
    check(
        experiment.clone(),
        "user-77",
        "free",
        "test condition_match@0",
    );
    let payload = |distinct_id| {
        Situation::flags(json!([experiment.clone()]))
            .distinct_id(distinct_id)
            .payload("checkout-experiment")
    };
    assert_eq!(payload("user-31"), None);
    assert_eq!(
        payload("user-77").as_deref(),
        Some(r#""{\"layout\":\"test\"}""#)
    );
}

#[test]
fn an_inactive_flag_is_not_answered() {
    let mut retired = beta_search();
    retired["active"] = json!(false);
    check(retired, "user-17", "enterprise", "absent");
}
