//! Definitions that are hard to swallow: each fails alone, and clearly (spec: engine §2.6, §4.4,
//! §6.6, §7.1, §11.3).

use burgee_testkit::TestServer;
use serde_json::{Value, json};

fn flag(id: i32, key: &str, filters: Value) -> Value {
    json!({"id": id, "key": key, "filters": filters})
}

fn on_when(filter: Value) -> Value {
    json!({"groups": [{"properties": [filter]}]})
}

fn evaluates_to(id: i32, value: Value) -> Value {
    on_when(json!({
        "key": id.to_string(), "type": "flag", "operator": "flag_evaluates_to", "value": value,
    }))
}

#[track_caller]
fn check(answer: &Value, key: &str, enabled: bool, code: &str) {
    let record = &answer["flags"][key];
    assert_eq!(record["enabled"], enabled, "{key}: {record}");
    assert_eq!(record["reason"]["code"], code, "{key}: {record}");
}

#[tokio::test]
async fn a_regex_of_ten_thousand_characters_is_matched_and_a_longer_one_never() {
    let regex = |operator: &str, pattern: String| {
        on_when(json!({"key": "text", "type": "person", "operator": operator, "value": pattern}))
    };
    let long = format!("^({})$", "a|".repeat(4_998));
    assert_eq!(long.len(), 10_000);
    let server = TestServer::start(json!({"flags": [
        flag(1, "long", regex("regex", long.clone())),
        flag(2, "longer", regex("regex", format!("{long}b"))),
        flag(3, "not-longer", regex("not_regex", format!("{long}b"))),
        flag(4, "broken", regex("regex", "(".repeat(10_000))),
        flag(5, "hungry", regex("regex", "(((x{100}){100}){100}){100}".to_owned())),
        flag(6, "endless", regex("regex", "(?=a)(a+)+$".to_owned())),
        flag(7, "plain", regex("regex", "^a$".to_owned())),
    ]}))
    .await;
    let answer = server
        .flags(json!({"distinct_id": "u", "person_properties": {"text": "a"}}))
        .await;
    check(&answer, "long", true, "condition_match");
    check(&answer, "plain", true, "condition_match");
    for key in ["longer", "not-longer", "broken", "hungry"] {
        check(&answer, key, false, "no_condition_match");
    }
    assert_eq!(answer["errorsWhileComputingFlags"], false);

    let text = format!("{}!", "a".repeat(200_000));
    let started = tokio::time::Instant::now();
    let answer = server
        .flags(json!({"distinct_id": "u", "person_properties": {"text": text}}))
        .await;
    check(&answer, "endless", false, "no_condition_match");
    assert!(started.elapsed().as_secs() < 5, "backtracking has an end");
}

#[tokio::test]
async fn cohorts_in_a_circle_fail_the_flags_that_use_them() {
    let nested = |id: i32, inner: i32| {
        json!({"id": id, "filters": {"properties": {"type": "OR", "values": [
            {"key": "id", "type": "cohort", "value": inner},
        ]}}})
    };
    let member_of = |id: i32| on_when(json!({"key": "id", "type": "cohort", "value": id}));
    let server = TestServer::start(json!({
        "cohorts": [nested(1, 2), nested(2, 3), nested(3, 1), nested(4, 4), nested(5, 99)],
        "flags": [
            flag(1, "circle", member_of(1)),
            flag(2, "self", member_of(4)),
            flag(3, "gone", member_of(5)),
            flag(4, "never", member_of(77)),
            flag(5, "well", json!({"groups": [{}]})),
        ],
    }))
    .await;
    let answer = server.flags(json!({"distinct_id": "u"})).await;
    for (key, code) in [
        ("circle", "dependency_cycle_cohort"),
        ("self", "dependency_cycle_cohort"),
        ("gone", "dependency_not_found_cohort"),
        ("never", "dependency_not_found_cohort"),
    ] {
        check(&answer, key, false, code);
        assert_eq!(answer["flags"][key]["failed"], true, "{key}");
    }
    check(&answer, "well", true, "condition_match");
    assert_eq!(answer["errorsWhileComputingFlags"], true);
}

#[tokio::test]
async fn flags_in_a_circle_are_answered_as_lacking_a_dependency() {
    let server = TestServer::start(json!({"flags": [
        flag(1, "a", evaluates_to(2, json!(true))),
        flag(2, "b", evaluates_to(3, json!(true))),
        flag(3, "c", evaluates_to(1, json!(true))),
        flag(4, "itself", evaluates_to(4, json!(true))),
        flag(5, "behind", evaluates_to(1, json!(false))),
        flag(6, "orphan", evaluates_to(99, json!(true))),
        flag(7, "well", json!({"groups": [{}]})),
        flag(8, "after-well", evaluates_to(7, json!(true))),
    ]}))
    .await;
    let answer = server.flags(json!({"distinct_id": "u"})).await;
    for key in ["a", "b", "c", "itself", "behind", "orphan"] {
        check(&answer, key, false, "missing_dependency");
        assert_eq!(answer["flags"][key].get("failed"), None, "{key}");
    }
    check(&answer, "well", true, "condition_match");
    check(&answer, "after-well", true, "condition_match");
    assert_eq!(answer["errorsWhileComputingFlags"], false);
}

#[tokio::test]
async fn a_configuration_that_cannot_be_read_fails_its_flag_alone() {
    let server = TestServer::start(json!({"flags": [
        flag(1, "rules", json!({"version": 2, "rules": []})),
        flag(2, "future", json!({"version": 3})),
        flag(3, "garbled", json!({"groups": "everyone"})),
        flag(4, "typeless", json!({"groups": [{"properties": [{"key": "a"}]}]})),
        flag(5, "dependent", evaluates_to(1, json!(false))),
        flag(6, "well", json!({"groups": [{}]})),
    ]}))
    .await;
    let answer = server.flags(json!({"distinct_id": "u"})).await;
    for key in ["rules", "future", "garbled", "typeless"] {
        check(&answer, key, false, "flag_data_parsing_error");
        assert_eq!(answer["flags"][key]["failed"], true, "{key}");
    }
    check(&answer, "dependent", true, "condition_match");
    check(&answer, "well", true, "condition_match");
    assert_eq!(answer["errorsWhileComputingFlags"], true);

    let only = json!({"distinct_id": "u", "flag_keys_to_evaluate": ["well"]});
    let answer = server.flags(only).await;
    assert_eq!(answer["errorsWhileComputingFlags"], false);
}

#[tokio::test]
async fn a_deep_chain_of_flags_is_followed_to_its_end() {
    let mut flags = vec![flag(1, "flag-1", json!({"groups": [{}]}))];
    for id in 2..=1_000 {
        flags.push(flag(
            id,
            &format!("flag-{id}"),
            evaluates_to(id - 1, json!(true)),
        ));
    }
    flags.reverse();
    let server = TestServer::start(json!({"flags": flags})).await;
    let last = json!({"distinct_id": "u", "flag_keys_to_evaluate": ["flag-1000"]});
    check(
        &server.flags(last).await,
        "flag-1000",
        true,
        "condition_match",
    );
}

#[tokio::test]
async fn payloads_go_out_as_text_whatever_they_are() {
    let with_payload = |id: i32, payload: Value| {
        let filters = json!({"groups": [{}], "payloads": {"true": payload}});
        flag(id, &format!("p{id}"), filters)
    };
    let server = TestServer::start(json!({"flags": [
        with_payload(1, json!("{\"cta\": \"Buy\"}")),
        with_payload(2, json!({"cta": "Buy"})),
        with_payload(3, json!(5)),
        with_payload(4, json!(null)),
        with_payload(5, json!("plain")),
    ]}))
    .await;
    let answer = server.flags(json!({"distinct_id": "u"})).await;
    for (key, expected) in [
        ("p1", json!("{\"cta\": \"Buy\"}")),
        ("p2", json!("{\"cta\":\"Buy\"}")),
        ("p3", json!("5")),
        ("p4", Value::Null),
        ("p5", json!("plain")),
    ] {
        let payload = &answer["flags"][key]["metadata"]["payload"];
        assert_eq!(*payload, expected, "{key}");
    }
}
