//! Event endpoints: whatever is sent, SDKs stay content (sdk-protocol, "Event ingest"; trap 20).

use burgee_testkit::TestServer;
use serde_json::json;

use crate::encodings::gzip;

const PATHS: [&str; 10] = [
    "/batch",
    "/e",
    "/capture",
    "/track",
    "/engage",
    "/s",
    "/i/v0/e",
    "/i/v0/ai/batch",
    "/i/v1/logs",
    "/i/v1/metrics",
];

#[tokio::test]
async fn every_event_endpoint_says_that_all_is_well() {
    let server = TestServer::start(json!({})).await;
    let batch = json!({"api_key": "phc_x", "batch": [{"event": "a", "uuid": "1"}]});
    for path in PATHS {
        for slash in ["", "/"] {
            let target = format!("{path}{slash}?retry_count=1");
            let reply = server.post(&target).json(&batch).send().await;
            assert_eq!(reply.status, 200, "{target}");
            assert_eq!(reply.header("content-type"), Some("application/json"));
            assert_eq!(reply.json(), json!({"status": 1}), "{target}");
        }
    }
}

#[tokio::test]
async fn any_body_is_taken_undecoded() {
    let server = TestServer::start(json!({})).await;
    let batch = json!({"api_key": "phc_x", "batch": []}).to_string();
    let rows: [(&str, Vec<u8>); 7] = [
        ("gzip", gzip(&batch)),
        ("deflate", b"not deflate at all".to_vec()),
        ("br", vec![0xff; 64]),
        ("zstd", vec![0; 64]),
        ("", b"data=eyJhIjoxfQ%3D%3D".to_vec()),
        ("", Vec::new()),
        ("", vec![b'x'; 20 << 20]),
    ];
    for (encoding, body) in rows {
        let bytes = body.len();
        let mut request = server.post("/e/").header("content-type", "text/plain");
        if !encoding.is_empty() {
            request = request.header("content-encoding", encoding);
        }
        let reply = request.body(body).send().await;
        assert_eq!(reply.status, 200, "{encoding} {bytes}");
        assert_eq!(reply.json(), json!({"status": 1}), "{encoding} {bytes}");
    }
}

#[tokio::test]
async fn the_newer_endpoint_answers_by_event_and_names_none() {
    let server = TestServer::start(json!({})).await;
    let body = json!({"created_at": "2026-11-21T10:00:00Z", "batch": [{"uuid": "1"}]});
    for target in ["/i/v1/analytics/events", "/i/v1/analytics/events/"] {
        let request = server
            .post(target)
            .header("authorization", "Bearer phc_x")
            .header("posthog-attempt", "1");
        let reply = request.json(&body).send().await;
        assert_eq!(reply.status, 200);
        assert_eq!(reply.json(), json!({"results": {}}), "{target}");
    }
}

#[tokio::test]
async fn events_need_no_store() {
    let server = TestServer::start(json!({})).await;
    server.store.close();
    let reply = server.post("/batch/").body("{}").send().await;
    assert_eq!(reply.status, 200);
    assert_eq!(server.faults.definitions.calls(), 0);
}
