//! One line per request, whatever became of it (spec: service §14.2).

use burgee_serve::LogFormat;
use burgee_testkit::{TOKEN, TestServer};
use serde_json::{Value, json};

async fn json_logged(log_identifiers: bool) -> TestServer {
    TestServer::builder(json!({"flags": [
        {"key": "a", "filters": {"groups": [{}]}},
        {"key": "b", "filters": {"groups": [{}]}},
    ]}))
    .config(|config| {
        config.log_format = LogFormat::Json;
        config.log_identifiers = log_identifiers;
    })
    .start()
    .await
}

/// The one line that was written since the last look.
#[track_caller]
fn line(server: &TestServer) -> Value {
    let lines = server.log.take();
    assert_eq!(lines.len(), 1, "{lines:?}");
    serde_json::from_str(&lines[0]).unwrap()
}

#[tokio::test]
async fn a_request_is_one_line_with_what_it_was_about() {
    let server = json_logged(true).await;
    let id = "7b0fd3d8-7a3c-4f0e-9d2a-3f6f0f6f0a01";
    let fields = json!({"distinct_id": "vera", "$device_id": "d1", "token": TOKEN});
    server
        .post("/flags/?v=4")
        .json(&fields)
        .header("x-request-id", id)
        .header("user-agent", "posthog-python/7.91.1")
        .send()
        .await;
    let line = line(&server);
    for (key, value) in [
        ("message", json!("canonical_log_line")),
        ("level", json!("INFO")),
        ("request_id", json!(id)),
        ("endpoint", json!("flags")),
        ("http_status", json!(200)),
        ("distinct_id", json!("vera")),
        ("device_id", json!("d1")),
        ("ip", json!("127.0.0.1")),
        ("user_agent", json!("posthog-python/7.91.1")),
        ("lib", json!("posthog-python")),
        ("api_version", json!("4")),
        ("flags_evaluated", json!(2)),
        ("flags_failed", json!(0)),
        ("flags_disabled", json!(false)),
        ("subject_fetched", json!(false)),
    ] {
        assert_eq!(line[key], value, "{key}");
    }
    assert!(line["duration_ms"].as_f64().unwrap() > 0.0);
    assert!(line["environment_id"].is_i64());
    assert!(line["timestamp"].as_str().unwrap().ends_with('Z'));
}

#[tokio::test]
async fn a_refused_request_is_one_line_too() {
    let server = json_logged(true).await;
    for (body, status, code) in [
        (json!({}), 401, "missing_token"),
        (json!({"token": "phc_x"}), 401, "invalid_token"),
        (json!({"token": TOKEN}), 400, "missing_distinct_id"),
        (json!([]), 400, "request_decoding_error"),
    ] {
        server.post("/decide").json(&body).send().await;
        let line = line(&server);
        assert_eq!(line["http_status"], status, "{body}");
        assert_eq!(line["error_code"], code, "{body}");
        assert_eq!(line["endpoint"], "decide", "{body}");
    }
    server.get("/flags").send().await;
    server.get("/_liveness").send().await;
    server.post("/e/").body("{}").send().await;
    assert_eq!(server.log.take(), Vec::<String>::new(), "only evaluations");
}

#[tokio::test]
async fn identifiers_can_be_kept_out_of_the_log() {
    let server = json_logged(false).await;
    let fields = json!({"distinct_id": "vera", "$device_id": "phone-of-vera"});
    server
        .ask(&fields)
        .header("user-agent", "posthog-python/7.91.1 (vera)")
        .send()
        .await;
    let refused = json!({"distinct_id": {"name": "vera"}});
    server.ask(&refused).send().await;
    for line in server.log.take() {
        assert!(!line.contains("vera"), "{line}");
        assert!(!line.contains("127.0.0.1"), "{line}");
        assert!(line.contains("posthog-python") || line.contains("other"));
    }
}

#[tokio::test]
async fn a_long_user_agent_is_cut_and_a_forged_line_is_not_one() {
    let server = TestServer::start(json!({})).await;
    let fields = json!({"distinct_id": "u\n2026-01-01 INFO forged http_status=200"});
    let agent = "x".repeat(600);
    server
        .ask(&fields)
        .header("user-agent", &agent)
        .send()
        .await;
    let lines = server.log.take();
    assert_eq!(lines.len(), 1);
    assert_eq!(lines[0].lines().count(), 1, "{}", lines[0]);
    assert!(lines[0].contains(&"x".repeat(512)) && !lines[0].contains(&"x".repeat(513)));
}
