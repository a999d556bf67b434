//! The store slow, gone or broken under a running server (spec: service §3.2, §15.1, §19 item 14;
//! engine §11).

use std::time::Duration;

use burgee_model::TimeoutKind;
use burgee_store::StoreError;
use burgee_testkit::{Fault, PATIENCE, ServerBuilder, TestServer, eventually, within};
use serde_json::{Value, json};
use tokio::time::Instant;

const SECOND: Duration = Duration::from_secs(1);

fn person(key: &str, value: &str) -> Value {
    json!({"key": key, "type": "person", "operator": "exact", "value": value})
}

/// `stored` reads the person, `listed` a static cohort, `kept` a hash key, `gold` a group,
/// `dependent` waits for `stored`; `plain` needs nothing, `brought` what requests may bring.
fn contents() -> Value {
    json!({
        "group_types": ["organization"],
        "cohorts": [{"id": 9, "is_static": true}],
        "flags": [
            {"id": 1, "key": "plain", "filters": {"groups": [{}]}},
            {"id": 2, "key": "brought", "filters": {"groups": [
                {"properties": [person("plan", "pro")]},
            ]}},
            {"id": 3, "key": "stored", "filters": {"groups": [
                {"properties": [person("role", "admin")]},
            ]}},
            {"id": 4, "key": "listed", "filters": {"groups": [
                {"properties": [{"key": "id", "type": "cohort", "value": 9}]},
            ]}},
            {"id": 5, "key": "kept", "ensure_experience_continuity": true, "filters": {"groups": [
                {"rollout_percentage": 50},
            ]}},
            {"id": 6, "key": "gold", "filters": {
                "aggregation_group_type_index": 0,
                "groups": [{"properties": [{
                    "key": "tier", "type": "group", "operator": "exact", "value": "gold",
                    "group_type_index": 0,
                }]}],
            }},
            {"id": 7, "key": "dependent", "filters": {"groups": [
                {"properties": [{
                    "key": "3", "type": "flag", "operator": "flag_evaluates_to", "value": true,
                }]},
            ]}},
        ],
        "persons": [{"distinct_ids": ["u"], "properties": {"role": "admin"}, "cohorts": [9]}],
        "groups": [{"type": 0, "key": "acme", "properties": {"tier": "gold"}}],
    })
}

fn asked() -> Value {
    json!({
        "distinct_id": "u", "groups": {"organization": "acme"},
        "person_properties": {"plan": "pro"},
    })
}

/// Never lets the breaker open.
fn patient() -> ServerBuilder {
    TestServer::builder(contents()).config(|config| config.breaker_failures = u32::MAX)
}

/// Asserts what does not depend on the store, and returns the codes of the failed.
#[track_caller]
fn failures(answer: &Value) -> Vec<String> {
    for key in ["plain", "brought"] {
        assert_eq!(answer["flags"][key]["enabled"], true, "{key}");
        assert_eq!(answer["flags"][key].get("failed"), None, "{key}");
    }
    let mut failures = Vec::new();
    for key in ["stored", "listed", "kept", "gold", "dependent"] {
        let record = &answer["flags"][key];
        if record.get("failed").is_none() {
            continue;
        }
        assert_eq!(record["failed"], true, "{key}");
        assert_eq!(record["enabled"], false, "{key}");
        assert_eq!(record["variant"], Value::Null, "{key}");
        assert_eq!(record["reason"]["condition_index"], Value::Null, "{key}");
        assert!(record["metadata"]["id"].is_i64(), "{key}");
        failures.push(format!(
            "{key} {}",
            record["reason"]["code"].as_str().unwrap()
        ));
    }
    failures
}

#[track_caller]
fn check_well(answer: &Value) {
    assert_eq!(failures(answer), Vec::<String>::new());
    assert_eq!(answer["errorsWhileComputingFlags"], false);
    check_stored(answer);
}

/// What is read is right, whatever becomes of hash keys.
#[track_caller]
fn check_stored(answer: &Value) {
    for key in ["stored", "listed", "gold", "dependent"] {
        assert_eq!(answer["flags"][key]["enabled"], true, "{key}");
    }
}

#[tokio::test]
async fn a_store_that_is_stopped_fails_only_the_flags_that_need_it() {
    let server = patient().start().await;
    check_well(&server.flags(asked()).await);
    server.store.close();
    let answer = server.flags(asked()).await;
    assert_eq!(
        failures(&answer),
        [
            "stored database_unavailable",
            "listed database_unavailable",
            "kept hash_key_override_error",
            "gold database_unavailable",
            "dependent dependency_failed",
        ]
    );
    assert_eq!(answer["errorsWhileComputingFlags"], true);

    let sufficient = json!({
        "distinct_id": "u",
        "person_properties": {"plan": "pro", "role": "admin"},
        "flag_keys_to_evaluate": ["plain", "brought", "stored", "dependent"],
    });
    let answer = server.flags(sufficient).await;
    assert_eq!(answer["errorsWhileComputingFlags"], false);
    assert_eq!(answer["flags"]["dependent"]["enabled"], true);
}

#[tokio::test]
async fn the_flat_shapes_show_failed_flags_as_off() {
    let server = patient().start().await;
    server.flags(asked()).await;
    server.store.close();
    let mut body = asked();
    body["token"] = json!(burgee_testkit::TOKEN);
    let answer = server.post("/decide?v=3").json(&body).send().await.json();
    assert_eq!(answer["featureFlags"]["stored"], false);
    assert_eq!(answer["featureFlags"]["plain"], true);
    assert_eq!(answer["errorsWhileComputingFlags"], true);
    let answer = server.post("/flags?v=4").json(&body).send().await.json();
    assert_eq!(answer["flags"]["stored"]["value"], Value::Null);
    assert_eq!(answer["flags"]["stored"]["failed"], true);
}

#[tokio::test]
async fn a_token_that_was_never_read_is_unavailable_and_not_unknown() {
    let server = patient().start().await;
    server.store.close();
    for token in [burgee_testkit::TOKEN, "phc_nobody"] {
        let reply = server.ask(&json!({"token": token, "distinct_id": "u"}));
        let reply = reply.send().await;
        assert_eq!(reply.status, 503);
        assert_eq!(
            reply.text(),
            "The flag definitions cannot be read at the moment. Please try again."
        );
    }
}

#[tokio::test]
async fn a_cold_token_is_answered_as_soon_as_the_store_is_back() {
    let server = patient().start().await;
    let away = StoreError::Unavailable("away".to_owned());
    server.faults.set_all(&Fault::Error(away));
    assert_eq!(server.ask(&asked()).send().await.status, 503);
    server.faults.set_all(&Fault::None);
    check_well(&server.flags(asked()).await);
}

#[tokio::test]
async fn the_codes_of_failed_flags_say_what_the_store_said() {
    let server = patient().start().await;
    server.flags(asked()).await;
    for (error, code) in [
        (
            StoreError::Timeout(TimeoutKind::PoolTimeout),
            "timeout:pool_timeout",
        ),
        (
            StoreError::Timeout(TimeoutKind::QueryCanceled),
            "timeout:query_canceled",
        ),
        (
            StoreError::Unavailable(String::new()),
            "database_unavailable",
        ),
        (StoreError::Database(String::new()), "database_error"),
        (StoreError::Corrupt(String::new()), "data_parsing_error"),
    ] {
        server.faults.subjects.set(Fault::Error(error));
        let answer = server.flags(asked()).await;
        assert_eq!(
            failures(&answer),
            [
                format!("stored {code}"),
                format!("listed {code}"),
                "kept hash_key_override_error".to_owned(),
                format!("gold {code}"),
                "dependent dependency_failed".to_owned(),
            ]
        );
    }
    server.faults.subjects.set(Fault::None);
    check_well(&server.flags(asked()).await);
}

#[tokio::test]
async fn a_slow_store_is_waited_for_only_as_long_as_is_allowed() {
    let server = patient()
        .config(|config| config.subject_timeout = 2 * SECOND)
        .start()
        .await;
    server.flags(asked()).await;
    server.faults.subjects.set(Fault::Held);
    let started = Instant::now();
    let answer = within("an answer", server.flags(asked())).await;
    let took = started.elapsed();
    assert!(took >= 2 * SECOND, "{took:?}");
    assert_eq!(failures(&answer)[0], "stored timeout:persons_db_deadline");

    server
        .faults
        .subjects
        .set(Fault::Delay(Duration::from_millis(20)));
    check_well(&server.flags(asked()).await);
}

#[tokio::test]
async fn deadlines_of_the_store_itself_are_told_apart() {
    let server = patient().start().await;
    server.flags(asked()).await;
    for (millis, kind, code) in [
        (50, TimeoutKind::PoolTimeout, "stored timeout:pool_timeout"),
        (
            100,
            TimeoutKind::QueryCanceled,
            "stored timeout:query_canceled",
        ),
    ] {
        let late = Duration::from_millis(millis);
        let fault = Fault::Late(late, StoreError::Timeout(kind));
        server.faults.subjects.set(fault);
        let started = Instant::now();
        assert_eq!(failures(&server.flags(asked()).await)[0], code);
        assert!(started.elapsed() >= late, "{code}");
    }
}

#[tokio::test]
async fn flags_that_need_no_store_do_not_wait_for_a_slow_one() {
    let server = patient().start().await;
    server.flags(asked()).await;
    server.faults.set_all(&Fault::Held);
    let plain = json!({"distinct_id": "u", "flag_keys_to_evaluate": ["plain"]});
    let answer = within("an answer", server.flags(plain)).await;
    assert_eq!(answer["flags"]["plain"]["enabled"], true);
}

#[tokio::test]
async fn after_repeated_failures_the_store_is_left_alone_and_tried_again() {
    let server = TestServer::builder(contents())
        .config(|config| {
            config.breaker_failures = 3;
            // Time for all that is asked meanwhile.
            config.breaker_pause = 3 * SECOND;
        })
        .start()
        .await;
    server.flags(asked()).await;
    let before = server.faults.subjects.calls();
    let broken = StoreError::Database("broken".to_owned());
    server.faults.subjects.set(Fault::Error(broken));
    for _ in 0..3 {
        let answer = server.flags(asked()).await;
        assert_eq!(failures(&answer)[0], "stored database_error");
    }
    for _ in 0..5 {
        let answer = server.flags(asked()).await;
        assert_eq!(failures(&answer)[0], "stored database_unavailable");
        assert_eq!(answer["errorsWhileComputingFlags"], true);
    }
    assert_eq!(server.faults.subjects.calls() - before, 3);
    assert_eq!(server.metric("burgee_subject_circuit_open").await, 1);

    server.faults.subjects.set(Fault::None);
    eventually("the store is tried again", PATIENCE, || async {
        server.flags(asked()).await["errorsWhileComputingFlags"] == false
    })
    .await;
    check_well(&server.flags(asked()).await);
    assert_eq!(server.metric("burgee_subject_circuit_open").await, 0);
}

#[tokio::test]
async fn hash_keys_that_cannot_be_stored_fail_only_flags_with_continuity() {
    let server = patient().start().await;
    server.flags(asked()).await;
    let full = StoreError::Database("disk full".to_owned());
    server.faults.claims.set(Fault::Error(full));
    let mut identified = asked();
    identified["$anon_distinct_id"] = json!("anon");
    let answer = server.flags(identified.clone()).await;
    assert_eq!(failures(&answer), ["kept hash_key_override_error"]);
    assert_eq!(answer["errorsWhileComputingFlags"], true);
    check_stored(&answer);
    server.faults.claims.set(Fault::None);
    check_well(&server.flags(identified).await);
}

#[tokio::test]
async fn a_writer_that_is_down_does_not_close_the_way_to_the_readers() {
    let server = TestServer::builder(contents())
        .config(|config| {
            config.breaker_failures = 2;
            config.breaker_pause = Duration::from_hours(1);
        })
        .start()
        .await;
    server.flags(asked()).await;
    let full = StoreError::Database("disk full".to_owned());
    server.faults.claims.set(Fault::Error(full));
    let mut identified = asked();
    identified["$anon_distinct_id"] = json!("anon");
    for _ in 0..6 {
        check_stored(&server.flags(identified.clone()).await);
    }
    assert_eq!(
        server.faults.claims.calls(),
        2,
        "then the writer is left alone"
    );
    check_well(&server.flags(asked()).await);
}

#[tokio::test]
async fn stored_data_that_cannot_be_read_is_no_sign_of_a_store_in_trouble() {
    let server = TestServer::builder(contents())
        .config(|config| config.breaker_failures = 2)
        .start()
        .await;
    server.flags(asked()).await;
    let corrupt = StoreError::Corrupt("no JSON".to_owned());
    server.faults.subjects.set(Fault::Error(corrupt));
    for _ in 0..5 {
        let answer = server.flags(asked()).await;
        assert_eq!(failures(&answer)[0], "stored data_parsing_error");
    }
    server.faults.subjects.set(Fault::None);
    check_well(&server.flags(asked()).await);
}

#[tokio::test]
async fn what_is_in_memory_is_answered_while_changes_cannot_be_read() {
    let server = patient().start().await;
    server.flags(asked()).await;
    let gone = StoreError::Unavailable("gone".to_owned());
    server.faults.revisions.set(Fault::Error(gone.clone()));
    server.faults.definitions.set(Fault::Error(gone));
    for _ in 0..3 {
        tokio::time::sleep(Duration::from_millis(30)).await;
        check_well(&server.flags(asked()).await);
    }
}

#[tokio::test]
async fn a_panic_is_a_500_to_its_request_and_nothing_to_others() {
    let server = patient().start().await;
    server.flags(asked()).await;
    server.faults.subjects.set(Fault::Panic);
    let reply = server.ask(&asked()).send().await;
    assert_eq!(reply.status, 500);
    assert_eq!(
        reply.text(),
        "Something went wrong on our side while evaluating. It has been logged."
    );
    let line = server.log.take().pop().unwrap();
    assert!(line.contains("http_status=500"), "{line}");
    assert_eq!(server.metric("burgee_requests_in_flight").await, 0);
    server.faults.subjects.set(Fault::None);
    check_well(&server.flags(asked()).await);
}

#[tokio::test]
async fn a_client_that_hangs_up_leaves_nothing_behind() {
    let server = patient().start().await;
    server.flags(asked()).await;
    server.faults.subjects.set(Fault::Held);
    let waiting = tokio::spawn(server.ask(&asked()).try_send());
    let in_flight = || server.metric("burgee_requests_in_flight");
    eventually("the request is under way", PATIENCE, || async {
        in_flight().await == 1
    })
    .await;
    waiting.abort();
    eventually("the request is over", PATIENCE, || async {
        in_flight().await == 0
    })
    .await;
    let line = server.log.take().pop().unwrap();
    assert!(line.contains("http_status=499"), "{line}");
    assert!(line.contains("error_code=client_gone"), "{line}");
}
