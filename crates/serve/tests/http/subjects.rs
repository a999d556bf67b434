//! Persons and groups, stored and brought along; when the store is asked, and how often
//! (spec: engine §5, §8; service §2.8).

use burgee_testkit::TestServer;
use serde_json::{Value, json};

fn contents() -> Value {
    let filter = |key: &str, kind: &str, value: Value| json!({"key": key, "type": kind, "operator": "exact", "value": value});
    json!({
        "group_types": ["organization", "project"],
        "cohorts": [
            {"id": 1, "is_static": true},
            {"id": 2, "filters": {"properties": {"type": "OR", "values": [
                {"type": "OR", "values": [filter("plan", "person", json!("pro"))]},
            ]}}},
        ],
        "flags": [
            {"key": "admin", "filters": {"groups": [
                {"properties": [filter("role", "person", json!("admin"))]},
            ]}},
            {"key": "listed", "filters": {"groups": [
                {"properties": [{"key": "id", "type": "cohort", "value": 1}]},
            ]}},
            {"key": "pro", "filters": {"groups": [
                {"properties": [{"key": "id", "type": "cohort", "value": 2}]},
            ]}},
            {"key": "gold", "filters": {"aggregation_group_type_index": 0, "groups": [
                {"properties": [filter("tier", "group", json!("gold"))]},
            ]}},
            {"key": "this-group", "filters": {"aggregation_group_type_index": 1, "groups": [
                {"properties": [filter("$group_key", "group", json!("p7"))]},
            ]}},
            {"key": "not-banned", "filters": {"groups": [{"properties": [
                {"key": "banned", "type": "person", "operator": "is_not", "value": "yes"},
            ]}]}},
        ],
        "persons": [
            {"distinct_ids": ["vera", "vera@example.com"], "cohorts": [1], "properties": {
                "role": "admin", "plan": "pro", "banned": "yes",
            }},
        ],
        "groups": [
            {"type": 0, "key": "acme", "properties": {"tier": "gold"}},
            {"type": 1, "key": "acme", "properties": {"tier": "lead"}},
        ],
    })
}

/// Keys of flags that are on, in order.
async fn on(server: &TestServer, fields: Value) -> Vec<String> {
    let answer = server.flags(fields).await;
    assert_eq!(answer["errorsWhileComputingFlags"], false);
    let flags = answer["flags"].as_object().unwrap();
    let on = flags.iter().filter(|(_, record)| record["enabled"] == true);
    on.map(|(key, _)| key.clone()).collect()
}

#[tokio::test]
async fn a_person_is_found_by_each_of_their_distinct_ids() {
    let server = TestServer::start(contents()).await;
    for distinct_id in ["vera", "vera@example.com"] {
        let fields = json!({"distinct_id": distinct_id});
        assert_eq!(on(&server, fields).await, ["admin", "listed", "pro"]);
    }
    let nobody = json!({"distinct_id": "nobody"});
    assert_eq!(on(&server, nobody).await, ["not-banned"]);
}

#[tokio::test]
async fn what_the_request_brings_wins_over_what_is_stored() {
    let server = TestServer::start(contents()).await;
    let fields =
        |properties: Value| json!({"distinct_id": "vera", "person_properties": properties});
    assert_eq!(
        on(&server, fields(json!({"role": "guest"}))).await,
        ["listed", "pro"]
    );
    assert_eq!(
        on(&server, fields(json!({"plan": "free", "banned": null}))).await,
        ["admin", "listed", "not-banned"]
    );
    assert_eq!(
        on(&server, fields(json!({"unrelated": 1}))).await,
        ["admin", "listed", "pro"]
    );
}

#[tokio::test]
async fn groups_are_stored_or_brought_and_each_type_has_its_own_key() {
    let server = TestServer::start(contents()).await;
    let gold = |fields: Value| {
        let server = &server;
        async move { on(server, fields).await.contains(&"gold".to_owned()) }
    };
    assert!(gold(json!({"distinct_id": "u", "groups": {"organization": "acme"}})).await);
    assert!(!gold(json!({"distinct_id": "u", "groups": {"project": "acme"}})).await);
    assert!(!gold(json!({"distinct_id": "u", "groups": {"organization": "new"}})).await);
    assert!(!gold(json!({"distinct_id": "u", "groups": {"company": "acme"}})).await);
    assert!(
        gold(json!({
            "distinct_id": "u", "groups": {"organization": "new"},
            "group_properties": {"organization": {"tier": "gold"}},
        }))
        .await
    );
    assert!(
        !gold(json!({
            "distinct_id": "u", "$groups": {"organization": "acme"},
            "$group_properties": {"organization": {"tier": "tin"}},
        }))
        .await
    );
}

#[tokio::test]
async fn the_key_of_a_group_is_one_of_its_properties() {
    let server = TestServer::start(contents()).await;
    let before = server.faults.subjects.calls();
    for (key, expected) in [(json!("p7"), true), (json!("p8"), false), (json!(7), false)] {
        let fields = json!({
            "distinct_id": "u", "groups": {"project": key},
            "group_properties": {"project": {"$group_key": "p7"}},
            "flag_keys_to_evaluate": ["this-group"],
        });
        let is_on = on(&server, fields).await == ["this-group"];
        assert_eq!(is_on, expected, "{key}");
    }
    assert_eq!(server.faults.subjects.calls(), before);
}

#[tokio::test]
async fn a_request_that_brings_what_is_needed_reads_nothing() {
    let server = TestServer::start(contents()).await;
    let sufficient = json!({
        "distinct_id": "vera",
        "person_properties": {"role": "admin", "banned": "no"},
        "groups": {"organization": "acme"},
        "group_properties": {"organization": {"tier": "gold"}},
        "flag_keys_to_evaluate": ["admin", "not-banned", "gold"],
    });
    for _ in 0..3 {
        assert_eq!(
            on(&server, sufficient.clone()).await,
            ["admin", "gold", "not-banned"]
        );
    }
    assert_eq!(server.faults.subjects.calls(), 0);
    assert_eq!(server.faults.claims.calls(), 0);
}

#[tokio::test]
async fn whatever_a_request_lacks_is_read_in_one_go() {
    let server = TestServer::start(contents()).await;
    let everything = json!({
        "distinct_id": "vera", "groups": {"organization": "acme", "project": "acme"},
    });
    let expected = ["admin", "gold", "listed", "pro"];
    assert_eq!(on(&server, everything).await, expected);
    assert_eq!(server.faults.subjects.calls(), 1);
    let line = server.log.take().pop().unwrap();
    assert!(line.contains("subject_fetched=true"), "{line}");
}

#[tokio::test]
async fn stored_properties_can_be_left_out_of_account() {
    let server = TestServer::start(contents()).await;
    let body = json!({"token": burgee_testkit::TOKEN, "distinct_id": "vera"});
    let target = "/flags?v=2&only_use_override_person_properties=true";
    let answer = server.post(target).json(&body).send().await.json();
    assert_eq!(answer["flags"]["admin"]["enabled"], false);
    assert_eq!(answer["flags"]["not-banned"]["enabled"], true);
    assert_eq!(answer["errorsWhileComputingFlags"], false);
    assert_eq!(server.faults.subjects.calls(), 0);
}

#[tokio::test]
async fn subjects_that_change_are_seen_at_once() {
    let server = TestServer::start(contents()).await;
    let fields = json!({"distinct_id": "nobody"});
    assert_eq!(on(&server, fields.clone()).await, ["not-banned"]);
    let mut changed = contents();
    changed["persons"] = json!([{"distinct_ids": ["nobody"], "properties": {"role": "admin"}}]);
    server.commit(&changed).await;
    assert_eq!(on(&server, fields).await, ["admin", "not-banned"]);
}
