//! Experience continuity over HTTP (spec: engine §9): an answer survives log-in.
//!
//! `kept` is on for half of the people: for `anon`, not for `vera` or `otto`.

use std::time::Duration;

use burgee_store::StoreError;
use burgee_testkit::{Fault, ServerBuilder, TestServer};
use serde_json::{Value, json};

fn contents() -> Value {
    json!({
        "flags": [
            {"id": 1, "key": "kept", "ensure_experience_continuity": true, "filters": {
                "groups": [{"rollout_percentage": 50}],
            }},
            {"id": 2, "key": "whole", "ensure_experience_continuity": true, "filters": {
                "groups": [{"rollout_percentage": 100}],
            }},
        ],
        "persons": [{"distinct_ids": ["vera"]}],
    })
}

fn builder() -> ServerBuilder {
    TestServer::builder(contents())
}

async fn is_kept(server: &TestServer, fields: Value) -> bool {
    let answer = server.flags(fields).await;
    assert_eq!(answer["errorsWhileComputingFlags"], false);
    assert_eq!(answer["flags"]["whole"]["enabled"], true);
    answer["flags"]["kept"]["enabled"] == true
}

#[tokio::test]
async fn an_answer_is_kept_when_the_person_logs_in() {
    let server = builder().start().await;
    assert!(is_kept(&server, json!({"distinct_id": "anon"})).await);
    assert!(!is_kept(&server, json!({"distinct_id": "vera"})).await);

    let login = json!({"distinct_id": "vera", "$anon_distinct_id": "anon"});
    assert!(is_kept(&server, login.clone()).await);
    assert_eq!(server.faults.claims.calls(), 1);
    assert!(
        is_kept(&server, json!({"distinct_id": "vera"})).await,
        "stored"
    );

    assert!(is_kept(&server, login).await);
    assert_eq!(
        server.faults.claims.calls(),
        1,
        "what is stored is not stored again"
    );

    let another = json!({"distinct_id": "vera", "$anon_distinct_id": "anon-1"});
    assert!(is_kept(&server, another).await, "the first answer stays");
}

#[tokio::test]
async fn the_identifier_before_log_in_may_be_among_the_properties() {
    for fields in [
        json!({"distinct_id": "vera", "anon_distinct_id": "anon"}),
        json!({"distinct_id": "vera", "person_properties": {"$anon_distinct_id": "anon"}}),
    ] {
        let server = builder().start().await;
        assert!(is_kept(&server, fields.clone()).await, "{fields}");
        assert!(is_kept(&server, json!({"distinct_id": "vera"})).await);
    }
}

#[tokio::test]
async fn the_answer_of_a_person_who_does_not_exist_yet_waits_for_them() {
    let server = builder().start().await;
    let login = json!({"distinct_id": "otto", "$anon_distinct_id": "anon"});
    assert!(is_kept(&server, login).await);
    assert!(is_kept(&server, json!({"distinct_id": "otto"})).await);

    let mut with_otto = contents();
    with_otto["persons"] = json!([{"distinct_ids": ["otto", "otto@example.com"]}]);
    server.commit(&with_otto).await;
    for distinct_id in ["otto", "otto@example.com"] {
        let fields = json!({"distinct_id": distinct_id});
        assert!(is_kept(&server, fields).await, "{distinct_id}");
    }
}

#[tokio::test]
async fn nothing_is_stored_when_writing_is_switched_off() {
    let server = builder()
        .config(|config| config.writes_hash_keys = false)
        .start()
        .await;
    let login = json!({"distinct_id": "vera", "$anon_distinct_id": "anon"});
    assert!(is_kept(&server, login).await, "hashed by what was sent");
    assert!(!is_kept(&server, json!({"distinct_id": "vera"})).await);
    assert_eq!(server.faults.claims.calls(), 0);
}

#[tokio::test]
async fn reading_goes_on_while_the_writer_is_away() {
    let server = builder().start().await;
    let login = json!({"distinct_id": "vera", "$anon_distinct_id": "anon"});
    assert!(is_kept(&server, login.clone()).await);
    let away = StoreError::Unavailable("the writer is away".to_owned());
    server.faults.claims.set(Fault::Error(away));
    assert!(is_kept(&server, json!({"distinct_id": "vera"})).await);
    assert!(is_kept(&server, login).await, "nothing is left to write");
}

#[tokio::test]
async fn a_slow_writer_counts_towards_the_deadline() {
    let server = builder()
        .config(|config| config.subject_timeout = Duration::from_secs(1))
        .start()
        .await;
    server
        .faults
        .claims
        .set(Fault::Delay(Duration::from_mins(1)));
    let login = json!({"distinct_id": "vera", "$anon_distinct_id": "anon"});
    let answer = server.flags(login).await;
    assert_eq!(answer["errorsWhileComputingFlags"], true);
    for key in ["kept", "whole"] {
        let code = &answer["flags"][key]["reason"]["code"];
        assert_eq!(code, "hash_key_override_error", "{key}");
    }
}

#[tokio::test]
async fn flags_whose_hash_cannot_matter_ask_no_store() {
    let server = builder().start().await;
    let whole = json!({
        "distinct_id": "vera", "$anon_distinct_id": "anon", "flag_keys_to_evaluate": ["whole"],
    });
    let answer = server.flags(whole).await;
    assert_eq!(answer["flags"]["whole"]["enabled"], true);
    assert_eq!(server.faults.subjects.calls(), 0);
    assert_eq!(server.faults.claims.calls(), 0);
}
