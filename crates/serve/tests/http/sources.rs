//! Nodes that share records: what the keeper writes, what a node without a database answers from, and
//! what is believed of a cache that says anything (spec: service §10.4, §15.1; invariant 10).

use burgee_model::{ProjectToken, Timestamp};
use burgee_serve::Role;
use burgee_store::{
    Change, ChangeSet, KeyDigest, RECORD_BYTES_MAX, RecordName, open_contents, open_definitions,
    open_grants, seal_record,
};
use burgee_testkit::{
    Fault, PATIENCE, Reply, Request, ServerBuilder, TOKEN, TestRecords, TestServer, eventually,
};
use serde_json::{Value, json};

const KEY: &str = "phs_test";

fn contents(version: i32) -> Value {
    let filters = json!({"groups": [{}]});
    json!({
        "secret_keys": [KEY],
        "flags": [{"id": 1, "key": "beta", "version": version, "filters": filters}],
    })
}

fn token() -> ProjectToken {
    ProjectToken::parse(TOKEN).unwrap()
}

fn poll(server: &TestServer, key: &str) -> Request {
    server
        .get("/flags/definitions?token=phc_test")
        .header("authorization", format!("Bearer {key}"))
}

fn version(reply: &Reply) -> Option<i64> {
    (reply.status == 200).then(|| reply.json()["flags"][0]["version"].as_i64().unwrap())
}

fn node(role: Role, contents: Value, records: &TestRecords) -> ServerBuilder {
    TestServer::builder(contents)
        .shared(records)
        .config(|config| config.role = role)
}

/// A node that administers, when it has shared what it has.
async fn admin(contents: Value, records: &TestRecords) -> TestServer {
    let server = node(Role::Admin, contents, records).start().await;
    eventually("all is shared", PATIENCE, || {
        records.has(&RecordName::Revisions)
    })
    .await;
    server
}

/// A node that hands out definitions and has no database.
async fn without_database(records: &TestRecords) -> TestServer {
    let server = node(Role::Definitions, json!({"token": "phc_none"}), records)
        .fault(Fault::gone())
        .start()
        .await;
    eventually("the node is settled", PATIENCE, || async {
        server
            .get("/_readiness")
            .send()
            .await
            .text()
            .ends_with("s ago")
    })
    .await;
    server
}

fn reads(record: &str, source: &str, result: &str) -> String {
    format!(
        "burgee_definitions_reads_total{{record=\"{record}\",source=\"{source}\",result=\"{result}\"}}"
    )
}

async fn revoke(server: &TestServer, key: &str) {
    let digest = KeyDigest::of(key);
    let changes = ChangeSet {
        expected: Vec::new(),
        changes: vec![Change::RevokeKey { digest }],
    };
    server.store.commit(&changes).await.unwrap();
}

#[tokio::test]
async fn a_node_without_a_database_serves_tokens_and_keys_that_it_never_saw() {
    let records = TestRecords::new();
    let _admin = admin(contents(1), &records).await;
    let server = without_database(&records).await;
    assert_eq!(version(&poll(&server, KEY).send().await), Some(1));
    assert_eq!(poll(&server, "phs_wrong").send().await.status, 401);
    let stranger = server
        .get("/flags/definitions?token=phc_stranger")
        .header("authorization", format!("Bearer {KEY}"));
    assert_eq!(stranger.send().await.status, 401);
    assert_eq!(server.metric("burgee_document_renders_total").await, 0);
    let reply = poll(&server, KEY).send().await;
    assert_eq!(reply.header("x-burgee-definitions-age"), None);
}

#[tokio::test]
async fn an_environment_that_the_keeper_cannot_read_is_taken_for_gone_by_nobody() {
    let records = TestRecords::new();
    let (flags, asked) = (contents(1), json!({"distinct_id": "u"}));
    let server = node(Role::All, flags, &records).fault(Fault::Held);
    let server = server.start().await;
    server.faults.set_all(&Fault::None);
    server.faults.definitions.set(Fault::gone());
    eventually("there is a table of contents", PATIENCE, || {
        records.has(&RecordName::Revisions)
    })
    .await;
    // From now on it is all that the node hears of revisions.
    server.faults.revisions.set(Fault::gone());
    let looks = server.faults.revisions.calls();
    eventually("the table is looked at", PATIENCE, || async {
        server.faults.revisions.calls() > looks + 2
    })
    .await;
    assert_eq!(server.ask(&asked).send().await.status, 503);
    assert_eq!(poll(&server, KEY).send().await.status, 503);
    server.faults.set_all(&Fault::None);
    let record = RecordName::Definitions(token());
    eventually("it is shared after all", PATIENCE, || records.has(&record)).await;
    assert_eq!(server.ask(&asked).send().await.status, 200);
    assert_eq!(version(&poll(&server, KEY).send().await), Some(1));
}

#[tokio::test]
async fn a_node_without_a_database_hears_of_changes_of_flags_and_of_keys() {
    let records = TestRecords::new();
    let admin = admin(contents(1), &records).await;
    let server = without_database(&records).await;
    assert_eq!(version(&poll(&server, KEY).send().await), Some(1));
    admin.commit(&contents(2)).await;
    eventually("the change arrives", PATIENCE, || async {
        version(&poll(&server, KEY).send().await) == Some(2)
    })
    .await;
    admin.commit(&json!({"secret_keys": ["phs_new"]})).await;
    eventually("the new key opens", PATIENCE, || async {
        poll(&server, "phs_new").send().await.status == 200
    })
    .await;
    revoke(&admin, KEY).await;
    eventually("the old key does not", PATIENCE, || async {
        poll(&server, KEY).send().await.status == 401
    })
    .await;
    assert_eq!(poll(&server, "phs_new").send().await.status, 200);
    let record = records.bytes(&RecordName::Grants(KeyDigest::of(KEY))).await;
    let opened = open_grants(KeyDigest::of(KEY), &record.unwrap()).unwrap();
    assert_eq!(opened.payload, [], "its record opens nothing");
}

#[tokio::test]
async fn a_hundred_first_polls_read_each_record_once() {
    let records = TestRecords::new();
    let admin = admin(contents(1), &records).await;
    let server = without_database(&records).await;
    drop(admin);
    let polls: Vec<_> = (0..100)
        .map(|_| tokio::spawn(poll(&server, KEY).send()))
        .collect();
    for poll in polls {
        assert_eq!(poll.await.unwrap().status, 200);
    }
    for record in ["document", "grants"] {
        assert_eq!(server.metric(&reads(record, "shared", "ok")).await, 1);
    }
}

#[tokio::test]
async fn a_record_that_was_lost_is_503_and_never_a_wrong_key_or_token() {
    let records = TestRecords::new();
    let admin = admin(contents(1), &records).await;
    drop(admin);
    for name in [
        RecordName::Grants(KeyDigest::of(KEY)),
        RecordName::Document(token()),
    ] {
        let server = without_database(&records).await;
        let kept = records.bytes(&name).await.unwrap();
        records.poison(&name, b"").await;
        assert_eq!(poll(&server, KEY).send().await.status, 503, "{name}");
        records.poison(&name, &kept).await;
        assert_eq!(poll(&server, KEY).send().await.status, 200, "{name}");
    }
}

#[tokio::test]
async fn a_key_whose_record_is_out_of_date_does_not_open_what_was_closed() {
    let records = TestRecords::new();
    let admin = admin(contents(1), &records).await;
    let name = RecordName::Grants(KeyDigest::of(KEY));
    let old = records.bytes(&name).await.unwrap();
    let narrowed = json!({"secret_keys": [{"key": KEY, "scopes": ["person:read"]}]});
    // The table of contents, which says that the old record is out of date, is written last.
    let before = records.bytes(&RecordName::Revisions).await.unwrap();
    let mark = open_contents(&before).unwrap().payload.mark;
    admin.commit(&narrowed).await;
    eventually("the key is narrowed", PATIENCE, || async {
        let contents = records.bytes(&RecordName::Revisions).await.unwrap();
        open_contents(&contents).unwrap().payload.mark > mark
    })
    .await;
    drop(admin);
    let server = without_database(&records).await;
    records.poison(&name, &old).await;
    assert_eq!(poll(&server, KEY).send().await.status, 503);
}

#[tokio::test]
async fn a_poisoned_record_is_ignored_and_the_store_is_asked() {
    let name = RecordName::Document(token());
    let old = TestRecords::new();
    let first = admin(contents(1), &old).await;
    let old = old.bytes(&name).await.unwrap();
    drop(first);
    let taken_at = Timestamp::from_unix_micros(1);
    let other = RecordName::Definitions(token());
    for (which, bytes, result) in [
        ("garbage", b"garbage".to_vec(), "broken"),
        ("cut off", old[..old.len() - 1].to_vec(), "broken"),
        (
            "of another name",
            seal_record(&other, taken_at, b"{}").unwrap(),
            "broken",
        ),
        (
            "of no document",
            seal_record(&name, taken_at, b"{}").unwrap(),
            "broken",
        ),
        ("too large", vec![0; RECORD_BYTES_MAX], "broken"),
        ("old", old, "out_of_date"),
    ] {
        let records = TestRecords::new();
        let server = node(Role::Definitions, contents(1), &records)
            .contents(contents(2))
            .start()
            .await;
        records.poison(&name, &bytes).await;
        eventually("the node is settled", PATIENCE, || async {
            server
                .get("/_readiness")
                .send()
                .await
                .text()
                .ends_with("s ago")
        })
        .await;
        assert_eq!(
            version(&poll(&server, KEY).send().await),
            Some(2),
            "{which}"
        );
        let count = server.metric(&reads("document", "shared", result)).await;
        assert!(count >= 1, "{which}");
        assert_eq!(
            server.metric("burgee_document_renders_total").await,
            1,
            "{which}"
        );
        let untouched = records.bytes(&name).await;
        assert!(untouched == Some(bytes), "{which}: a reader writes nothing");
    }
}

#[tokio::test]
async fn the_keeper_replaces_what_was_poisoned_or_lost() {
    let records = TestRecords::new();
    let _admin = admin(contents(1), &records).await;
    let (definitions, document) = (
        RecordName::Definitions(token()),
        RecordName::Document(token()),
    );
    let grants = RecordName::Grants(KeyDigest::of(KEY));
    for name in [&definitions, &document, &grants, &RecordName::Revisions] {
        let good = records.bytes(name).await.unwrap();
        for bytes in [&b"garbage"[..], b""] {
            records.poison(name, bytes).await;
            eventually(&format!("{name} is good"), PATIENCE, || async {
                let record = records.bytes(name).await.unwrap_or_default();
                record.len() >= good.len() / 2
            })
            .await;
        }
    }
    let server = without_database(&records).await;
    assert_eq!(version(&poll(&server, KEY).send().await), Some(1));
}

#[tokio::test]
async fn after_a_restore_from_a_backup_lower_revisions_are_the_newest() {
    let records = TestRecords::new();
    let before = admin(contents(1), &records).await;
    for version in 2..5 {
        before.commit(&contents(version)).await;
    }
    let shared = || async {
        let record = records.bytes(&RecordName::Definitions(token())).await?;
        let definitions = open_definitions(&token(), &record).unwrap().payload;
        definitions.flags[0].version
    };
    eventually("all is shared", PATIENCE, || async {
        shared().await == Some(4)
    })
    .await;
    drop(before);
    let _restored = admin(contents(9), &records).await;
    eventually("the older database is shared", PATIENCE, || async {
        shared().await == Some(9)
    })
    .await;
    let server = without_database(&records).await;
    eventually("and answered", PATIENCE, || async {
        version(&poll(&server, KEY).send().await) == Some(9)
    })
    .await;
}

#[tokio::test]
async fn a_keeper_that_starts_writes_only_what_differs() {
    let records = TestRecords::new();
    let first = admin(contents(1), &records).await;
    let contents_of = || async {
        let record = records.bytes(&RecordName::Revisions).await.unwrap();
        open_contents(&record).unwrap().payload
    };
    eventually("the key is named", PATIENCE, || async {
        contents_of().await.keys.len() == 1
    })
    .await;
    drop(first);
    let second = admin(contents(1), &records).await;
    eventually("it says that all is up to date", PATIENCE, || async {
        let written =
            r#"burgee_record_writes_total{record="revisions",place="shared",result="ok"}"#;
        second.get("/metrics").send().await.text().contains(written)
    })
    .await;
    let metrics = second.get("/metrics").send().await;
    for record in ["definitions", "document", "grants"] {
        let written = format!("burgee_record_writes_total{{record=\"{record}\"");
        assert!(!metrics.text().contains(&written), "{record}");
    }
}

#[tokio::test]
async fn a_flags_node_serves_with_the_shared_cache_gone() {
    let records = TestRecords::new();
    records.reads.set(Fault::gone());
    records.writes.set(Fault::gone());
    let server = node(Role::Flags, contents(1), &records).start().await;
    let answer = server.flags(json!({"distinct_id": "u"})).await;
    assert_eq!(answer["flags"]["beta"]["enabled"], true);
    server.commit(&contents(2)).await;
    eventually("the change arrives", PATIENCE, || async {
        let answer = server.flags(json!({"distinct_id": "u"})).await;
        answer["flags"]["beta"]["metadata"]["version"] == 2
    })
    .await;
    assert_eq!(records.writes.calls(), 0, "it is no keeper");
}

#[tokio::test]
async fn a_flags_node_takes_shared_definitions_while_the_store_is_gone() {
    let records = TestRecords::new();
    let admin = admin(contents(1), &records).await;
    let server = node(Role::Flags, json!({"token": "phc_none"}), &records)
        .fault(Fault::gone())
        .start()
        .await;
    let answer = server.flags(json!({"distinct_id": "u"})).await;
    assert_eq!(answer["flags"]["beta"]["metadata"]["version"], 1);
    admin.commit(&contents(2)).await;
    eventually("the change arrives", PATIENCE, || async {
        let answer = server.flags(json!({"distinct_id": "u"})).await;
        answer["flags"]["beta"]["metadata"]["version"] == 2
    })
    .await;
}

#[tokio::test]
async fn a_table_of_contents_that_nobody_renews_makes_the_node_stale() {
    let records = TestRecords::new();
    let admin = admin(contents(1), &records).await;
    drop(admin);
    let server = without_database(&records).await;
    assert_eq!(poll(&server, "phs_wrong").send().await.status, 401);
    let now = {
        use burgee_serve::Clock as _;
        server.clock.now().unix_micros()
    };
    server
        .clock
        .set(Timestamp::from_unix_micros(now + 60_000_000));
    eventually("it says so", PATIENCE, || async {
        let reply = poll(&server, KEY).send().await;
        let age = reply.header("x-burgee-definitions-age");
        reply.status == 200 && age.is_some()
    })
    .await;
    assert_eq!(poll(&server, "phs_other").send().await.status, 503);
}

#[tokio::test]
async fn after_a_restore_keys_that_were_given_since_open_nothing() {
    let records = TestRecords::new();
    let before = admin(contents(1), &records).await;
    let wide = json!({"secret_keys": [{"key": "phs_wide", "scopes": ["*"]}]});
    before.commit(&wide).await;
    let name = RecordName::Grants(KeyDigest::of("phs_wide"));
    eventually("it is shared", PATIENCE, || records.has(&name)).await;
    drop(before);
    let _restored = admin(contents(1), &records).await;
    let server = without_database(&records).await;
    eventually("it is closed", PATIENCE, || async {
        poll(&server, "phs_wide").send().await.status == 401
    })
    .await;
    assert_eq!(poll(&server, KEY).send().await.status, 200);
}
