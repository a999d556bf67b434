//! Which requests count, and as what (spec: service §8.2, §19 item 13); that none is lost.

use std::time::Duration;

use burgee_store::{StoreError, UsageBucket, UsageStore};
use burgee_testkit::{Fault, PATIENCE, Request, TestServer, eventually};
use serde_json::{Value, json};
use tokio::time::sleep;

const ALL: std::ops::Range<UsageBucket> = UsageBucket(0)..UsageBucket(u32::MAX);
const DEFINITIONS: &str = "/flags/definitions?token=phc_test";

fn contents() -> Value {
    json!({
        "secret_keys": ["phs_test"],
        "flags": [
            {"key": "beta", "filters": {"groups": [{}]}},
            {"key": "survey-targeting-a", "filters": {"groups": [{}]}},
            {"key": "product-tour-targeting-a", "filters": {"groups": [{}]}},
            {"key": "browser", "evaluation_runtime": "client", "filters": {"groups": [{}]}},
            {
                "key": "settings", "is_remote_configuration": true, "evaluation_contexts": ["none"],
                "filters": {"groups": [{}], "payloads": {"true": "1"}},
            },
            {"key": "off", "active": false, "filters": {"groups": [{}]}},
        ],
    })
}

/// Kind, library and count, in this order, of everything that was stored.
async fn stored(usage: &dyn UsageStore) -> Vec<(&'static str, &'static str, u64)> {
    let totals = usage.read_usage(ALL).await.expect("usage");
    totals
        .iter()
        .map(|total| (total.kind.as_str(), total.library.as_str(), total.count))
        .collect()
}

/// What has been counted when the server has stopped.
async fn counted(server: &TestServer) -> Vec<(&'static str, &'static str, u64)> {
    server.serving.begin_shutdown();
    server.serving.finish().await;
    stored(&*server.usage).await
}

fn with_key(request: Request) -> Request {
    request.header("authorization", "Bearer phs_test")
}

#[tokio::test]
async fn each_request_is_counted_once_by_kind_and_library() {
    let server = TestServer::start(contents()).await;
    let ask = || server.ask(&json!({"distinct_id": "u"}));
    for agent in ["posthog-python/7.0", "posthog-python/3.1", "curl/8"] {
        ask().header("user-agent", agent).send().await;
    }
    let decide = json!({"token": "phc_test", "distinct_id": "u"});
    let decide = server.post("/decide?v=3").json(&decide);
    decide.header("user-agent", "posthog-js/1.0").send().await;
    let ofrep = json!({"context": {"targetingKey": "u"}});
    for path in ["/ofrep/v1/evaluate/flags", "/ofrep/v1/evaluate/flags/beta"] {
        let ofrep = server.post(path).json(&ofrep);
        let reply = ofrep.header("x-api-key", "phc_test").send().await;
        assert_eq!(reply.status, 200, "{path}: {}", reply.text());
    }
    let poll = with_key(server.get(DEFINITIONS)).header("user-agent", "posthog-go/1.23");
    let etag = poll.clone().send().await;
    let etag = etag.header("etag").expect("an ETag").to_owned();
    let again = poll.header("if-none-match", etag).send().await;
    assert_eq!(again.status, 304, "and this is not counted");
    let config =
        with_key(server.get("/api/projects/@current/feature_flags/settings/remote_config"));
    let config = config.header("user-agent", "posthog-node/5.1").send().await;
    assert_eq!(config.status, 200, "{}", config.text());
    let expected = [
        ("flags", "posthog-js", 1),
        ("flags", "posthog-python", 2),
        ("flags", "other", 1),
        ("ofrep", "other", 2),
        ("definitions", "posthog-go", 1),
        ("remote_config", "posthog-node", 1),
    ];
    assert_eq!(counted(&server).await, expected);
}

#[tokio::test]
async fn requests_that_evaluate_nothing_billable_are_not_counted() {
    let builder = TestServer::builder(contents());
    let internal = |config: &mut burgee_serve::ServeConfig| {
        config.internal_token = Some("internal-internal".to_owned());
    };
    let server = builder.config(internal).start().await;
    let asked = json!({"distinct_id": "u"});
    let keys =
        |keys: &[&str]| server.ask(&json!({"distinct_id": "u", "flag_keys_to_evaluate": keys}));
    let survey = json!({"token": "phc_test", "distinct_id": "u"});
    let internal = server.ask(&asked);
    for request in [
        server.get("/flags"),
        server.ask(&json!({})),
        server.ask(&json!({"distinct_id": "u", "disable_flags": true})),
        server.ask(&json!({"token": "phc_unknown", "distinct_id": "u"})),
        keys(&["survey-targeting-a", "product-tour-targeting-a"]),
        keys(&["off"]),
        keys(&["nobody"]),
        keys(&["browser"]).header("user-agent", "posthog-node/5"),
        server
            .post("/flags?v=2&only_evaluate_survey_feature_flags=1")
            .json(&survey),
        internal.header("authorization", "Bearer internal-internal"),
        server.get(DEFINITIONS),
        with_key(server.request("HEAD", DEFINITIONS)),
    ] {
        request.send().await;
    }
    assert_eq!(counted(&server).await, []);
}

#[tokio::test]
async fn counts_survive_a_store_that_is_away() {
    let server = TestServer::start(contents()).await;
    server.flags(json!({"distinct_id": "u"})).await;
    let is_counted = || async { stored(&*server.usage).await.len() == 1 };
    eventually("the first is stored", PATIENCE, is_counted).await;
    let away = StoreError::Unavailable("away".to_owned());
    server.faults.usage.set(Fault::Error(away));
    let calls = server.faults.usage.calls();
    for _ in 0..10 {
        server.flags(json!({"distinct_id": "u"})).await;
    }
    let has_failed = || async { server.faults.usage.calls() > calls + 2 };
    eventually("some flushes failed", PATIENCE, has_failed).await;
    assert_eq!(stored(&*server.usage).await, [("flags", "other", 1)]);
    assert!(server.metric("burgee_usage_flush_failures_total").await > 0);
    assert!(server.metric("burgee_usage_counts_waiting").await > 0);
    server.faults.usage.set(Fault::None);
    let all = || async { stored(&*server.usage).await == [("flags", "other", 11)] };
    eventually("all are stored", PATIENCE, all).await;
}

#[tokio::test]
async fn a_graceful_stop_loses_no_count_even_if_the_store_comes_back_late() {
    let builder = TestServer::builder(contents());
    let slow = |config: &mut burgee_serve::ServeConfig| {
        config.usage_flush_interval = Duration::from_hours(1);
    };
    let server = builder.config(slow).start().await;
    for _ in 0..7 {
        server.flags(json!({"distinct_id": "u"})).await;
    }
    assert_eq!(stored(&*server.usage).await, []);
    let away = StoreError::Unavailable("away".to_owned());
    server.faults.usage.set(Fault::Error(away));
    let back = async {
        sleep(Duration::from_millis(300)).await;
        server.faults.usage.set(Fault::None);
    };
    let ((), counted) = tokio::join!(back, counted(&server));
    assert_eq!(counted, [("flags", "other", 7)]);
}

#[tokio::test]
async fn a_request_that_is_limited_or_over_quota_is_not_counted() {
    let server = TestServer::builder(contents())
        .config(|config| {
            config.rate_limits.flags_token = burgee_serve::RateLimit {
                mode: burgee_serve::LimitMode::Enforce,
                rate: "1/hour".parse().expect("a rate"),
            };
        })
        .start()
        .await;
    let ask = || server.ask(&json!({"distinct_id": "u"})).send();
    assert_eq!(ask().await.status, 200);
    assert_eq!(ask().await.status, 429);
    super::quotas::refuse(&server, "phc_test").await;
    let before = counted(&server).await;
    assert_eq!(with_key(server.get(DEFINITIONS)).send().await.status, 402);
    assert_eq!(counted(&server).await, before);
    let flags = before.iter().find(|(kind, ..)| *kind == "flags");
    assert_eq!(flags, Some(&("flags", "other", 1)));
}

#[tokio::test]
async fn a_stop_does_not_wait_for_a_flush_that_hangs() {
    let server = TestServer::start(contents()).await;
    server
        .faults
        .usage
        .set(Fault::Delay(Duration::from_hours(1)));
    let calls = server.faults.usage.calls();
    server.flags(json!({"distinct_id": "u"})).await;
    let hangs = || async { server.faults.usage.calls() > calls };
    eventually("a flush hangs", PATIENCE, hangs).await;
    server.faults.usage.set(Fault::None);
    assert_eq!(counted(&server).await, [("flags", "other", 1)]);
}
