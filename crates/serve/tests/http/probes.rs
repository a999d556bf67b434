//! Probes, figures and the root (spec: service §1.1, §1.5; §15.3).

use std::time::Duration;

use burgee_testkit::{Fault, PATIENCE, TestServer, eventually};
use serde_json::json;

#[tokio::test]
async fn probes_answer_whatever_becomes_of_the_store() {
    let server = TestServer::start(json!({})).await;
    for is_open in [true, false] {
        if !is_open {
            server.store.close();
        }
        for (path, text) in [
            ("/", "feature flags"),
            ("/_liveness", "alive"),
            ("/_readiness", "ready"),
            ("/_startup", "started"),
        ] {
            let reply = server.get(path).send().await;
            assert_eq!(reply.status, 200, "{path}");
            assert!(reply.text().starts_with(text), "{path}: {}", reply.text());
        }
    }
}

#[tokio::test]
async fn a_node_that_stops_is_not_ready_but_answers() {
    let server = TestServer::start(json!({"flags": [
        {"key": "a", "filters": {"groups": [{}]}},
    ]}))
    .await;
    server.serving.begin_shutdown();
    let reply = server.get("/_readiness").send().await;
    assert_eq!((reply.status, reply.text()), (503, "stopping"));
    assert_eq!(server.get("/_liveness").send().await.status, 200);
    let answer = server.flags(json!({"distinct_id": "u"})).await;
    assert_eq!(answer["flags"]["a"]["enabled"], true);
}

#[tokio::test]
async fn readiness_says_how_old_the_definitions_are() {
    let server = TestServer::builder(json!({}))
        .config(|config| config.revision_poll_interval = Duration::from_millis(10))
        .start()
        .await;
    let age = || async {
        let reply = server.get("/_readiness").send().await;
        let age = reply.text().strip_prefix("ready, definitions read ")?;
        age.strip_suffix(" s ago")?.parse::<u64>().ok()
    };
    eventually("definitions are read", PATIENCE, || async {
        age().await == Some(0)
    })
    .await;
    let gone = burgee_store::StoreError::Unavailable("gone".to_owned());
    server.faults.revisions.set(Fault::Error(gone));
    eventually("age is told", PATIENCE, || async { age().await >= Some(1) }).await;
    assert!(server.metric("burgee_definitions_age_seconds").await >= 1);
}

#[tokio::test]
async fn figures_count_requests_by_endpoint_and_status() {
    let server = TestServer::start(json!({"flags": [
        {"key": "a", "filters": {"groups": [{}]}},
        {"key": "b", "filters": {"groups": [{}]}},
    ]}))
    .await;
    for _ in 0..3 {
        server.flags(json!({"distinct_id": "u"})).await;
    }
    server.post("/decide").body("{").send().await;
    let flags = r#"burgee_requests_total{endpoint="flags",status="200"}"#;
    assert_eq!(server.metric(flags).await, 3);
    let decide = r#"burgee_requests_total{endpoint="decide",status="400"}"#;
    assert_eq!(server.metric(decide).await, 1);
    assert_eq!(server.metric("burgee_flags_evaluated_total").await, 6);
    assert_eq!(server.metric("burgee_snapshot_compiles_total").await, 1);
    assert_eq!(server.metric("burgee_requests_in_flight").await, 0);
    let reply = server.get("/metrics").send().await;
    let content_type = reply.header("content-type").unwrap();
    assert!(content_type.starts_with("application/openmetrics-text"));
    assert!(reply.text().ends_with("# EOF\n"));
}

#[tokio::test]
async fn figures_can_be_switched_off() {
    let server = TestServer::builder(json!({}))
        .config(|config| config.serves_metrics = false)
        .start()
        .await;
    assert_eq!(server.get("/metrics").send().await.status, 404);
}
