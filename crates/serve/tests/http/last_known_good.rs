//! A cold node with everything gone answers from its own disk, and says so (spec: service §15.1).

use std::time::Duration;

use burgee_model::{ProjectToken, Timestamp};
use burgee_serve::Role;
use burgee_store::{Change, ChangeSet, KeyDigest, RecordCache as _, RecordName, open_definitions};
use burgee_testkit::{Fault, PATIENCE, Reply, Request, TOKEN, TestRecords, TestServer, eventually};
use serde_json::{Value, json};

const KEY: &str = "phs_test";
const HOUR_MICROS: i64 = 3_600_000_000;
const AGE: &str = "x-burgee-definitions-age";

fn contents(active: bool) -> Value {
    let filters = json!({"groups": [{}]});
    json!({
        "secret_keys": [KEY],
        "flags": [{"id": 1, "key": "beta", "active": active, "filters": filters}],
    })
}

fn token() -> ProjectToken {
    ProjectToken::parse(TOKEN).unwrap()
}

fn names() -> [RecordName; 3] {
    [
        RecordName::Definitions(token()),
        RecordName::Document(token()),
        RecordName::Grants(KeyDigest::of(KEY)),
    ]
}

fn poll(server: &TestServer, key: &str) -> Request {
    server
        .get("/flags/definitions?token=phc_test")
        .header("authorization", format!("Bearer {key}"))
}

fn age(reply: &Reply) -> Option<u64> {
    reply.header(AGE).map(|age| age.parse().unwrap())
}

/// What a node that was asked for everything left behind.
async fn left_behind() -> TestRecords {
    let records = TestRecords::new();
    let server = TestServer::builder(contents(true))
        .last_good(&records)
        .start()
        .await;
    assert_eq!(poll(&server, KEY).send().await.status, 200);
    let asked = server.ask(&json!({"distinct_id": "u"})).send().await;
    assert_eq!((asked.status, age(&asked)), (200, None));
    for name in names() {
        eventually("it is kept", PATIENCE, || records.has(&name)).await;
    }
    records.reopened()
}

/// A node with that disk and nothing else.
async fn cut_off(records: &TestRecords) -> TestServer {
    TestServer::builder(contents(false))
        .last_good(records)
        .fault(Fault::gone())
        .start()
        .await
}

#[tokio::test]
async fn a_cold_node_with_everything_gone_answers_from_its_disk_and_says_so() {
    let records = left_behind().await;
    let server = cut_off(&records).await;
    let ready = server.get("/_readiness").send().await;
    assert_eq!(ready.text(), "ready, definitions not read yet");
    assert_eq!(server.metric("burgee_definitions_age_seconds").await, -1);

    let later = Timestamp::from_unix_micros(clock_now(&server) + HOUR_MICROS);
    server.clock.set(later);
    let flags = server.ask(&json!({"distinct_id": "u"})).send().await;
    assert_eq!(flags.json()["flags"]["beta"]["enabled"], true);
    let document = poll(&server, KEY).send().await;
    assert_eq!(document.json()["flags"][0]["key"], "beta");
    let tag = document.header("etag").unwrap().to_owned();
    let current = poll(&server, KEY).header("if-none-match", tag).send().await;
    assert_eq!(current.status, 304);
    for reply in [&flags, &document, &current] {
        let age = age(reply).unwrap();
        assert!((3_600..3_700).contains(&age), "{age}");
    }
    let ready = server.get("/_readiness").send().await;
    assert_eq!(ready.status, 200);
    let text = ready.text();
    assert!(
        text.starts_with("ready, stale: definitions are from 36"),
        "{text}"
    );
    assert!(server.metric("burgee_definitions_age_seconds").await >= 3_600);
    for record in ["definitions", "document", "grants"] {
        let name = format!(
            "burgee_definitions_reads_total{{record=\"{record}\",source=\"last_good\",result=\"ok\"}}"
        );
        assert_eq!(server.metric(&name).await, 1, "{record}");
    }
}

/// Unix microseconds, as the server's clock tells them.
fn clock_now(server: &TestServer) -> i64 {
    use burgee_serve::Clock as _;
    server.clock.now().unix_micros()
}

#[tokio::test]
async fn what_is_not_on_disk_is_503_and_never_401_while_everything_is_gone() {
    let records = left_behind().await;
    let server = cut_off(&records).await;
    let stranger = json!({"token": "phc_stranger", "distinct_id": "u"});
    assert_eq!(server.ask(&stranger).send().await.status, 503);
    assert_eq!(poll(&server, "phs_stranger").send().await.status, 503);
    let unknown = server
        .get("/flags/definitions?token=phc_stranger")
        .header("authorization", format!("Bearer {KEY}"));
    assert_eq!(unknown.send().await.status, 503);
    server.faults.set_all(&Fault::None);
    assert_eq!(server.ask(&stranger).send().await.status, 401);
    assert_eq!(poll(&server, "phs_stranger").send().await.status, 401);
}

#[tokio::test]
async fn a_token_and_a_key_known_as_unknown_are_503_once_that_is_long_ago() {
    let server = TestServer::builder(contents(true))
        .config(|config| config.stale_after = Duration::from_secs(3))
        .start()
        .await;
    let stranger = json!({"token": "phc_stranger", "distinct_id": "u"});
    for status in [401, 503] {
        assert_eq!(server.ask(&stranger).send().await.status, status);
        assert_eq!(poll(&server, KEY).send().await.status, 200);
        assert_eq!(poll(&server, "phs_stranger").send().await.status, status);
        server.faults.set_all(&Fault::gone());
        eventually("it is stale", PATIENCE, || async {
            age(&poll(&server, KEY).send().await).is_some()
        })
        .await;
    }
}

#[tokio::test]
async fn after_recovery_the_newest_is_answered_and_nothing_says_stale() {
    let records = left_behind().await;
    let server = cut_off(&records).await;
    server.clock.set(Timestamp::from_unix_micros(
        clock_now(&server) + HOUR_MICROS,
    ));
    let asked = json!({"distinct_id": "u"});
    assert!(age(&server.ask(&asked).send().await).is_some());
    assert!(age(&poll(&server, KEY).send().await).is_some());
    for active in [true, false] {
        server.commit(&contents(active)).await;
    }
    server.faults.set_all(&Fault::None);
    eventually("all is new again", PATIENCE, || async {
        let (flags, document) = (
            server.ask(&asked).send().await,
            poll(&server, KEY).send().await,
        );
        let is_off = flags.json()["flags"].as_object().unwrap().is_empty();
        is_off && age(&flags).is_none() && age(&document).is_none()
    })
    .await;
    assert!(server.metric("burgee_definitions_age_seconds").await < 60);
    let ready = server.get("/_readiness").send().await;
    assert!(!ready.text().contains("stale"), "{}", ready.text());
}

#[tokio::test]
async fn a_corrupted_file_is_ignored_said_and_replaced() {
    let records = left_behind().await;
    let name = RecordName::Definitions(token());
    let mut bytes = records.bytes(&name).await.unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    records.poison(&name, &bytes).await;

    let server = cut_off(&records).await;
    let asked = json!({"distinct_id": "u"});
    assert_eq!(server.ask(&asked).send().await.status, 503);
    let broken = "burgee_definitions_reads_total{record=\"definitions\",source=\"last_good\",result=\"broken\"}";
    assert_eq!(server.metric(broken).await, 1);
    assert!(!records.has(&name).await, "it is taken away");
    server.faults.set_all(&Fault::None);
    assert_eq!(server.ask(&asked).send().await.status, 200);
    eventually("it is replaced", PATIENCE, || async {
        let record = records.bytes(&name).await;
        record.is_some_and(|record| open_definitions(&token(), &record).is_ok())
    })
    .await;
}

#[tokio::test]
async fn what_changes_is_kept_and_what_is_taken_away_is_removed() {
    let records = TestRecords::new();
    let server = TestServer::builder(contents(true))
        .last_good(&records)
        .start()
        .await;
    server.flags(json!({"distinct_id": "u"})).await;
    poll(&server, KEY).send().await;
    let [definitions, _, grants] = names();
    let revision = || async {
        let record = records.bytes(&definitions).await?;
        Some(
            open_definitions(&token(), &record)
                .unwrap()
                .payload
                .revision,
        )
    };
    eventually("both are kept", PATIENCE, || async {
        revision().await.is_some() && records.has(&grants).await
    })
    .await;
    let before = revision().await;
    server.commit(&contents(false)).await;
    eventually("the change is kept", PATIENCE, || async {
        revision().await > before
    })
    .await;
    let revoke = Change::RevokeKey {
        digest: KeyDigest::of(KEY),
    };
    let changes = ChangeSet {
        expected: Vec::new(),
        changes: vec![revoke],
    };
    server.store.commit(&changes).await.unwrap();
    eventually("the key is gone", PATIENCE, || async {
        !records.has(&grants).await
    })
    .await;
}

#[tokio::test]
async fn what_was_answered_before_anybody_called_it_the_newest_is_kept_when_somebody_does() {
    let (shared, disk) = (TestRecords::new(), TestRecords::new());
    let admin = TestServer::builder(contents(true)).shared(&shared);
    let admin = admin.config(|config| config.role = Role::Admin).start();
    let (admin, list) = (admin.await, RecordName::Revisions);
    eventually("all is shared", PATIENCE, || shared.has(&list)).await;
    let listed = shared.bytes(&list).await.unwrap();
    drop(admin);
    let shared = shared.reopened();
    shared.folder.remove(&list).await.unwrap();

    let server = TestServer::builder(json!({"token": "phc_none"}))
        .config(|config| config.role = Role::Definitions)
        .shared(&shared)
        .last_good(&disk)
        .fault(Fault::gone())
        .start()
        .await;
    assert_eq!(poll(&server, KEY).send().await.status, 200);
    let [_, document, grants] = names();
    assert!(!disk.has(&document).await && !disk.has(&grants).await);
    shared.poison(&list, &listed).await;
    for name in [document, grants] {
        eventually("it is kept", PATIENCE, || disk.has(&name)).await;
    }
}

#[tokio::test]
async fn a_disk_that_takes_nothing_keeps_nobody_waiting() {
    let records = TestRecords::new();
    records.writes.set(Fault::gone());
    let server = TestServer::builder(contents(true))
        .last_good(&records)
        .start()
        .await;
    let answer = server.flags(json!({"distinct_id": "u"})).await;
    assert_eq!(answer["flags"]["beta"]["enabled"], true);
    let failed =
        "burgee_record_writes_total{record=\"definitions\",place=\"last_good\",result=\"failed\"}";
    eventually("it is counted", PATIENCE, || async {
        let metrics = server.get("/metrics").send().await;
        metrics.text().contains(failed)
    })
    .await;
    assert!(!records.has(&RecordName::Definitions(token())).await);
}

#[tokio::test]
async fn a_warm_node_reads_nothing_from_its_disk() {
    let records = TestRecords::new();
    let server = TestServer::builder(contents(true))
        .last_good(&records)
        .start()
        .await;
    for _ in 0..3 {
        server.flags(json!({"distinct_id": "u"})).await;
        poll(&server, KEY).send().await;
    }
    assert_eq!(records.reads.calls(), 0);
}
