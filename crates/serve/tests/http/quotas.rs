//! What is answered once the quota is used up, and after (spec: service §8.1, §19 item 8; sdk-protocol
//! traps 4 and 5).

use burgee_model::{ProjectToken, Timestamp};
use burgee_serve::Clock as _;
use burgee_store::{Quota, StoreError};
use burgee_testkit::{Fault, PATIENCE, Reply, Request, TestServer, eventually};
use serde_json::{Value, json};

const DEFINITIONS: &str = "/flags/definitions?token=phc_test";

fn contents() -> Value {
    json!({
        "secret_keys": ["phs_test"],
        "flags": [{"key": "beta", "filters": {"groups": [{}], "payloads": {"true": "1"}}}],
    })
}

/// Sets the end of a quota, so many seconds from now.
async fn set(server: &TestServer, token: &str, seconds: i64) -> i64 {
    let until = server.clock.now().unix_seconds() + seconds;
    let quota = Quota {
        token: ProjectToken::parse(token).expect("a token"),
        until: Timestamp::from_unix_seconds(until),
    };
    server.quotas.put_quota(&quota).await.expect("a quota");
    until
}

/// Refuses a project for an hour, and waits until the server knows.
pub(crate) async fn refuse(server: &TestServer, token: &str) {
    set(server, token, 3_600).await;
    let asked = json!({"token": token, "distinct_id": "u"});
    eventually("the server knows of the quota", PATIENCE, || async {
        let poll = poll(server).send().await;
        let flags = server.ask(&asked).send().await;
        poll.status == 402 || flags.status == 200 && flags.json().get("quotaLimited").is_some()
    })
    .await;
}

/// Waits until the server has tried so many more times to read quotas.
async fn reads(server: &TestServer, count: usize) {
    let calls = server.faults.quotas.calls();
    let has_tried = || async { server.faults.quotas.calls() >= calls + count };
    eventually("quotas were read some times", PATIENCE, has_tried).await;
}

fn poll(server: &TestServer) -> Request {
    server
        .get(DEFINITIONS)
        .header("authorization", "Bearer phs_test")
}

fn etag(reply: &Reply) -> String {
    reply.header("etag").expect("an ETag").to_owned()
}

#[tokio::test]
async fn flags_over_quota_are_none_and_say_why_in_every_shape() {
    let server = TestServer::start(contents()).await;
    refuse(&server, "phc_test").await;
    let body = json!({"token": "phc_test", "distinct_id": "u"});
    for (target, empty) in [
        (
            "/flags?v=2",
            json!({"flags": {}, "errorsWhileComputingFlags": false}),
        ),
        (
            "/flags?v=1",
            json!({"featureFlags": {}, "featureFlagPayloads": {}, "errorsWhileComputingFlags": false}),
        ),
        (
            "/decide?v=4",
            json!({"flags": {}, "errorsWhileComputingFlags": false}),
        ),
        (
            "/decide?v=3",
            json!({"featureFlags": {}, "featureFlagPayloads": {}}),
        ),
        ("/decide?v=2", json!({"featureFlags": {}})),
        ("/decide?v=1", json!({"featureFlags": []})),
    ] {
        let reply = server.post(target).json(&body).send().await;
        assert_eq!(reply.status, 200, "{target}");
        let answer = reply.json();
        assert_eq!(answer["quotaLimited"], json!(["feature_flags"]), "{target}");
        for (key, value) in empty.as_object().expect("an object") {
            assert_eq!(answer[key], *value, "{target} {key}");
        }
    }
    let config = server.post("/flags?v=2&config=true").json(&body);
    let answer = config.send().await.json();
    assert_eq!(answer["quotaLimited"], json!(["feature_flags"]));
    assert_eq!(answer["supportedCompression"], json!(["gzip", "gzip-js"]));
}

#[tokio::test]
async fn ofrep_over_quota_has_no_flags() {
    let server = TestServer::start(contents()).await;
    refuse(&server, "phc_test").await;
    let evaluate = |path: &str| {
        let request = server.post(path).header("x-api-key", "phc_test");
        request
            .json(&json!({"context": {"targetingKey": "u"}}))
            .send()
    };
    let all = evaluate("/ofrep/v1/evaluate/flags").await;
    let expected = json!({"flags": [], "metadata": {"quotaLimited": "feature_flags"}});
    assert_eq!((all.status, all.json()), (200, expected));
    let one = evaluate("/ofrep/v1/evaluate/flags/beta").await;
    assert_eq!(one.status, 402);
    assert_eq!(one.json()["errorCode"], "GENERAL");
}

#[tokio::test]
async fn who_is_not_over_quota_hears_nothing_of_it() {
    let server = TestServer::builder(contents())
        .contents(
            json!({"token": "phc_other", "flags": [{"key": "a", "filters": {"groups": [{}]}}]}),
        )
        .start()
        .await;
    let answer = server.flags(json!({"distinct_id": "u"})).await;
    assert!(answer.get("quotaLimited").is_none(), "{answer}");
    refuse(&server, "phc_test").await;
    let other = json!({"token": "phc_other", "distinct_id": "u"});
    let answer = server.flags(other).await;
    assert!(answer.get("quotaLimited").is_none(), "{answer}");
    assert_eq!(answer["flags"]["a"]["enabled"], true);
}

#[tokio::test]
async fn checks_before_the_quota_come_before_it() {
    let server = TestServer::start(contents()).await;
    refuse(&server, "phc_test").await;
    let disabled = server.flags(json!({"disable_flags": true})).await;
    assert!(disabled.get("quotaLimited").is_none(), "{disabled}");
    let unknown = server.ask(&json!({"token": "phc_unknown"})).send().await;
    assert_eq!(unknown.status, 401);
    assert_eq!(server.ask(&json!({})).send().await.status, 400);
    let wrong_key = server
        .get(DEFINITIONS)
        .header("authorization", "Bearer phs_no");
    assert_eq!(wrong_key.send().await.status, 401);
}

#[tokio::test]
async fn definitions_over_quota_are_402_in_json_even_if_the_etag_is_right() {
    let server = TestServer::start(contents()).await;
    let etag = etag(&poll(&server).send().await);
    refuse(&server, "phc_test").await;
    for request in [poll(&server), poll(&server).header("if-none-match", &etag)] {
        let reply = request.header("origin", "https://app.example").send().await;
        assert_eq!(reply.status, 402);
        assert_eq!(reply.header("content-type"), Some("application/json"));
        assert_eq!(
            reply.header("access-control-allow-origin"),
            Some("https://app.example")
        );
        assert_eq!(reply.header("etag"), None);
        let expected = json!({
            "type": "quota_limited",
            "code": "payment_required",
            "detail": "You have exceeded your feature flag request quota",
            "attr": null,
        });
        assert_eq!(reply.json(), expected);
    }
    assert!(server.metric("burgee_quota_refused_total").await >= 2);
}

#[tokio::test]
async fn the_etag_after_a_time_of_refusal_is_another_and_the_same_on_every_node() {
    let server = TestServer::start(contents()).await;
    let before = etag(&poll(&server).send().await);
    refuse(&server, "phc_test").await;
    let until = set(&server, "phc_test", -1).await;
    let ask = || poll(&server).header("if-none-match", &before).send();
    eventually("the quota is over", PATIENCE, || async {
        ask().await.status == 200
    })
    .await;
    let after = etag(&ask().await);
    let content = before.trim_end_matches('"');
    assert_eq!(
        after,
        format!("{content}-{until:x}\""),
        "of what all nodes read"
    );
    let again = poll(&server).header("if-none-match", &after).send().await;
    assert_eq!(again.status, 304);
    assert_eq!(etag(&again), after);
    let answer = server.flags(json!({"distinct_id": "u"})).await;
    assert!(answer.get("quotaLimited").is_none(), "{answer}");
}

#[tokio::test]
async fn a_refusal_that_is_long_over_is_forgotten() {
    let server = TestServer::start(contents()).await;
    let before = etag(&poll(&server).send().await);
    let a_month = 30 * 24 * 3_600;
    for (seconds, is_remembered) in [(-a_month + 60, true), (-a_month - 60, false)] {
        set(&server, "phc_test", seconds).await;
        eventually("the server has read it", PATIENCE, || async {
            (etag(&poll(&server).send().await) != before) == is_remembered
        })
        .await;
    }
}

#[tokio::test]
async fn quotas_that_cannot_be_read_stand_as_they_were() {
    let server = TestServer::start(contents()).await;
    refuse(&server, "phc_test").await;
    let away = StoreError::Unavailable("away".to_owned());
    server.faults.quotas.set(Fault::Error(away));
    // A read that was under way when the fault came would see what is set next.
    reads(&server, 2).await;
    set(&server, "phc_test", -1).await;
    reads(&server, 2).await;
    assert_eq!(poll(&server).send().await.status, 402);
    assert!(server.metric("burgee_quota_refresh_failures_total").await > 0);
    server.faults.quotas.set(Fault::None);
    eventually("quotas are read again", PATIENCE, || async {
        poll(&server).send().await.status == 200
    })
    .await;
}

#[tokio::test]
async fn a_node_that_never_read_quotas_refuses_nobody() {
    let away = StoreError::Unavailable("away".to_owned());
    let server = TestServer::start(contents()).await;
    server.faults.quotas.set(Fault::Error(away));
    reads(&server, 2).await;
    set(&server, "phc_test", 3_600).await;
    reads(&server, 2).await;
    assert_eq!(poll(&server).send().await.status, 200);
}
