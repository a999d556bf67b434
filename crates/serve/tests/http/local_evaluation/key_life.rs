//! The life of a key: it is used, rotated, and ends (spec: service §4.4).

use std::time::Duration;

use burgee_model::{ProjectToken, Timestamp};
use burgee_store::{Change, ChangeSet, KeyDigest, SecretKey, StoreError};
use burgee_testkit::{Fault, PATIENCE, TestServer, eventually};
use serde_json::json;

use super::{PATH, SECRET, ask, bearer, contents};

/// Some moment far from that of the machine, in milliseconds.
const NOW_MS: i64 = 4_000_000_000_000;

fn at(millis: i64) -> Timestamp {
    Timestamp::from_unix_millis(millis)
}

async fn status(server: &TestServer, key: &str) -> u16 {
    bearer(server.get(PATH), key).send().await.status
}

async fn last_used_at(server: &TestServer, key: &str) -> Option<Timestamp> {
    let records = server.store.list_keys(None, 500).await.expect("keys");
    let digest = KeyDigest::of(key);
    let record = records.into_iter().find(|record| record.digest == digest);
    record.expect("the key").last_used_at
}

#[tokio::test]
async fn a_key_expires_by_the_clock_without_asking_the_store() {
    let mut contents = contents();
    contents["secret_keys"] = json!([{"key": "phs_ends", "expires_at": NOW_MS}]);
    contents["personal_keys"] = json!([{"key": "phx_ends", "expires_at": NOW_MS}]);
    let server = TestServer::start(contents).await;
    server.clock.set(at(NOW_MS - 1));
    for key in ["phs_ends", "phx_ends"] {
        assert_eq!(status(&server, key).await, 200, "{key}");
    }
    // Whoever had to ask now would be told 503.
    server.faults.credentials.set(Fault::gone());
    server.clock.set(at(NOW_MS));
    for key in ["phs_ends", "phx_ends"] {
        assert_eq!(status(&server, key).await, 401, "{key}");
    }
    let own = bearer(server.get("/flags/definitions"), "phs_ends");
    assert_eq!(own.send().await.status, 401);
}

#[tokio::test]
async fn a_rotated_key_is_good_beside_the_new_one_until_it_ends() {
    let server = TestServer::start(contents()).await;
    server.clock.set(at(NOW_MS));
    assert_eq!(status(&server, SECRET).await, 200);
    let new = SecretKey {
        digest: KeyDigest::of("phs_new"),
        hint: "phs_n".to_owned(),
        name: None,
        scopes: Vec::new(),
        expires_at: None,
    };
    let put = Change::PutSecretKey {
        environment: ProjectToken::parse("phc_test").expect("a token"),
        key: new,
    };
    let expire = Change::ExpireKey {
        digest: KeyDigest::of(SECRET),
        expires_at: at(NOW_MS + 60_000),
    };
    let changes = ChangeSet {
        expected: Vec::new(),
        changes: vec![put, expire],
    };
    server.store.commit(&changes).await.expect("rotated");
    eventually("the new key is let in", PATIENCE, || async {
        status(&server, "phs_new").await == 200
    })
    .await;
    assert_eq!(status(&server, SECRET).await, 200, "both are good");
    server.clock.set(at(NOW_MS + 60_000));
    eventually("the old key ends", PATIENCE, || async {
        status(&server, SECRET).await == 401
    })
    .await;
    assert_eq!(status(&server, "phs_new").await, 200);
}

#[tokio::test]
async fn when_a_key_was_used_is_told_now_and_then() {
    let mut contents = contents();
    contents["personal_keys"] = json!(["phx_unused"]);
    let server = TestServer::builder(contents)
        .config(|config| config.key_use_interval = Duration::from_millis(20))
        .start()
        .await;
    server.clock.set(at(NOW_MS));
    for _ in 0..20 {
        assert_eq!(ask(&server).send().await.status, 200);
    }
    eventually("the use is told", PATIENCE, || async {
        last_used_at(&server, SECRET).await == Some(at(NOW_MS))
    })
    .await;
    assert_eq!(server.faults.touches.calls(), 1, "told once");
    assert_eq!(last_used_at(&server, "phx_unused").await, None);
    // A key that is refused was not used.
    assert_eq!(status(&server, "phs_nobody").await, 401);
    server.clock.set(at(NOW_MS + 10_000));
    assert_eq!(ask(&server).send().await.status, 200);
    eventually("the later use is told", PATIENCE, || async {
        last_used_at(&server, SECRET).await == Some(at(NOW_MS + 10_000))
    })
    .await;
}

#[tokio::test]
async fn a_store_that_cannot_be_told_is_told_later_and_no_request_sees_it() {
    let server = TestServer::builder(contents())
        .config(|config| config.key_use_interval = Duration::from_millis(20))
        .start()
        .await;
    server.clock.set(at(NOW_MS));
    let gone = StoreError::Unavailable("gone".to_owned());
    server.faults.touches.set(Fault::Error(gone));
    assert_eq!(ask(&server).send().await.status, 200);
    eventually("the store was tried twice", PATIENCE, || async {
        server.faults.touches.calls() >= 2
    })
    .await;
    assert_eq!(ask(&server).send().await.status, 200);
    assert!(server.metric("burgee_key_use_failures_total").await >= 1);
    assert_eq!(last_used_at(&server, SECRET).await, None);
    server.faults.touches.set(Fault::None);
    eventually("the use is told", PATIENCE, || async {
        last_used_at(&server, SECRET).await == Some(at(NOW_MS))
    })
    .await;
    assert_eq!(server.metric("burgee_key_uses_dropped_total").await, 0);
}

#[tokio::test]
async fn what_is_left_to_tell_is_told_when_the_node_stops() {
    let server = TestServer::builder(contents())
        .config(|config| config.key_use_interval = Duration::from_hours(1))
        .start()
        .await;
    server.clock.set(at(NOW_MS));
    assert_eq!(ask(&server).send().await.status, 200);
    assert_eq!(server.faults.touches.calls(), 0);
    server.serving.begin_shutdown();
    server.serving.finish().await;
    assert_eq!(last_used_at(&server, SECRET).await, Some(at(NOW_MS)));
}
