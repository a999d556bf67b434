//! Definitions that change, tokens that come and go, and who reads them how often
//! (spec: architecture "A change's trip"; service §2.6).

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicI32, Ordering},
    },
    time::Duration,
};

use burgee_store::DefinitionWriter;
use burgee_store_sqlite::{SqliteConfig, SqliteLocation, SqliteStore};
use burgee_testkit::{Fault, Faults, PATIENCE, Switch, TestServer, change_set, eventually};
use serde_json::{Value, json};
use tokio::time::sleep;

fn with_flag(key: &str, active: bool) -> Value {
    json!({"flags": [{"id": 1, "key": key, "active": active, "filters": {"groups": [{}]}}]})
}

async fn is_on(server: &TestServer, key: &str) -> bool {
    server.flags(json!({"distinct_id": "u"})).await["flags"][key]["enabled"] == true
}

#[tokio::test]
async fn a_change_is_seen_within_a_second_at_the_default_interval() {
    let server = TestServer::builder(with_flag("a", false))
        .config(|config| {
            config.revision_poll_interval =
                burgee_serve::ServeConfig::default().revision_poll_interval;
        })
        .start()
        .await;
    assert!(!is_on(&server, "a").await);
    server.commit(&with_flag("a", true)).await;
    eventually("the flag is on", PATIENCE, || is_on(&server, "a")).await;
    server.commit(&with_flag("renamed", true)).await;
    eventually("the flag has its new key", PATIENCE, || {
        is_on(&server, "renamed")
    })
    .await;
    assert!(!is_on(&server, "a").await);
}

/// So long that no test meets the poll.
const NEVER: Duration = Duration::from_hours(1);

#[tokio::test]
async fn a_notice_is_enough() {
    let server = TestServer::builder(with_flag("a", false))
        .config(|config| config.revision_poll_interval = NEVER)
        .start()
        .await;
    assert!(!is_on(&server, "a").await);
    eventually("the node listens", PATIENCE, || async {
        server.faults.notices.calls() > 0
    })
    .await;
    for on in [true, false, true] {
        server.commit(&with_flag("a", on)).await;
        eventually("the change is seen", PATIENCE, || async {
            is_on(&server, "a").await == on
        })
        .await;
    }
}

#[tokio::test]
async fn what_was_missed_while_nobody_listened_is_asked_for_when_somebody_does() {
    let server = TestServer::builder(with_flag("a", false))
        .config(|config| config.revision_poll_interval = NEVER)
        // Whose own notices would be heard through Redis.
        .without_keeper()
        .start()
        .await;
    assert!(!is_on(&server, "a").await);
    stop_listening(&server).await;
    server.commit(&with_flag("a", true)).await;
    let looks = server.faults.revisions.calls();
    server.faults.notices.set(Fault::None);
    // The look is asked for as well: one that began earlier may see the change by chance.
    eventually("the change is seen", PATIENCE, || async {
        server.faults.revisions.calls() > looks && is_on(&server, "a").await
    })
    .await;
}

/// Comes back when the node has noticed that it cannot listen to its store.
async fn stop_listening(server: &TestServer) {
    server.faults.notices.set(Fault::gone());
    let versions = &AtomicI32::new(1);
    eventually("listening fails", PATIENCE, || async move {
        // Something to be noticed, again and again: listening that is just beginning misses what came
        // before.
        let version = versions.fetch_add(1, Ordering::Relaxed);
        let flag = json!({"id": 7, "key": "b", "version": version, "filters": {"groups": [{}]}});
        let elsewhere = json!({"token": "phc_elsewhere", "flags": [flag]});
        server.commit(&elsewhere).await;
        server.metric("burgee_change_notice_failures_total").await > 1
    })
    .await;
}

#[tokio::test]
async fn a_look_that_failed_is_repeated_without_a_further_notice() {
    let switches: [fn(&Faults) -> &Switch; 2] = [
        // What changed cannot be read; or that is known, and the environment cannot.
        |faults| &faults.revisions,
        |faults| &faults.definitions,
    ];
    for switch in switches {
        let server = TestServer::builder(with_flag("a", false))
            .config(|config| config.revision_poll_interval = NEVER)
            .without_keeper()
            .start()
            .await;
        assert!(!is_on(&server, "a").await);
        let switch = switch(&server.faults);
        switch.set(Fault::gone());
        // A look that began before may yet see what comes first, so that is nothing to be seen.
        for on in [false, true] {
            let failed = switch.calls();
            let mut contents = with_flag("a", on);
            contents["flags"][0]["version"] = 2.into();
            server.commit(&contents).await;
            eventually("the look is repeated", PATIENCE, || async {
                switch.calls() > failed + 2
            })
            .await;
        }
        stop_listening(&server).await;
        assert!(!is_on(&server, "a").await);
        switch.set(Fault::None);
        eventually("the change is seen", PATIENCE, || is_on(&server, "a")).await;
    }
}

#[tokio::test]
async fn a_burst_of_changes_is_a_few_looks() {
    let server = TestServer::builder(with_flag("a", false))
        .config(|config| config.revision_poll_interval = NEVER)
        .start()
        .await;
    assert!(!is_on(&server, "a").await);
    // Slow enough for a busy machine to make several changes during one look.
    let slow = Fault::Delay(Duration::from_secs(1));
    server.faults.revisions.set(slow);
    let looks = server.faults.revisions.calls();
    for turn in 0..30 {
        server.commit(&with_flag("a", turn % 2 == 1)).await;
    }
    eventually("the last is seen", PATIENCE, || is_on(&server, "a")).await;
    let looks = server.faults.revisions.calls() - looks;
    assert!(looks < 15, "{looks} looks");
}

/// The looks for revisions so far, once none comes any more.
async fn looks_at_rest(server: &TestServer) -> usize {
    loop {
        let looks = server.faults.revisions.calls();
        sleep(Duration::from_millis(500)).await;
        if server.faults.revisions.calls() == looks {
            return looks;
        }
    }
}

#[tokio::test]
async fn a_change_that_is_told_of_twice_is_looked_for_once() {
    let server = TestServer::builder(with_flag("a", false))
        .config(|config| {
            config.revision_poll_interval = NEVER;
            config.keeper_interval = NEVER;
            // Which SQLite would tell of: it cannot say what was written.
            config.usage_flush_interval = NEVER;
        })
        .start()
        .await;
    assert!(!is_on(&server, "a").await);
    let looks = looks_at_rest(&server).await;
    server.commit(&with_flag("a", true)).await;
    eventually("the change is seen", PATIENCE, || is_on(&server, "a")).await;
    // Once by the node, which the database tells, and then Redis; and once by the keeper.
    let looks = looks_at_rest(&server).await - looks;
    assert!(looks <= 2, "{looks} looks");
}

#[tokio::test]
async fn a_change_by_another_process_is_seen() {
    let folder = Folder::new("burgee-changes");
    let location = SqliteLocation::File(folder.0.join("burgee.db"));
    let server = TestServer::builder(with_flag("a", false))
        .sqlite(|sqlite| sqlite.location = location.clone())
        .start()
        .await;
    assert!(!is_on(&server, "a").await);
    let other = SqliteStore::open(&SqliteConfig::at(location.clone())).unwrap();
    other
        .commit(&change_set(&with_flag("a", true)))
        .await
        .unwrap();
    eventually("the flag is on", PATIENCE, || is_on(&server, "a")).await;
}

/// A folder that is gone with the test, and that no other run of the tests has.
struct Folder(std::path::PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let name = format!("{name}-{}", std::process::id());
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[tokio::test]
async fn a_change_of_one_environment_compiles_no_other() {
    let server = TestServer::builder(with_flag("a", false))
        .contents(json!({"token": "phc_other", "flags": []}))
        .start()
        .await;
    server.flags(json!({"distinct_id": "u"})).await;
    server
        .flags(json!({"token": "phc_other", "distinct_id": "u"}))
        .await;
    assert_eq!(server.metric("burgee_snapshot_compiles_total").await, 2);
    server.commit(&with_flag("a", true)).await;
    eventually("the flag is on", PATIENCE, || is_on(&server, "a")).await;
    assert_eq!(server.metric("burgee_snapshot_compiles_total").await, 3);
    assert_eq!(server.metric("burgee_snapshots").await, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cold_token_is_read_once_however_many_wait() {
    let server = TestServer::builder(with_flag("a", true))
        .without_keeper()
        .start()
        .await;
    server
        .faults
        .definitions
        .set(Fault::Delay(Duration::from_millis(100)));
    let asked = json!({"distinct_id": "u"});
    let waiting: Vec<_> = (0..50)
        .map(|_| tokio::spawn(server.ask(&asked).send()))
        .collect();
    for reply in waiting {
        assert_eq!(reply.await.unwrap().json()["flags"]["a"]["enabled"], true);
    }
    assert_eq!(server.faults.definitions.calls(), 1);
    assert_eq!(server.metric("burgee_snapshot_compiles_total").await, 1);
    for _ in 0..5 {
        server.flags(asked.clone()).await;
    }
    assert_eq!(server.faults.definitions.calls(), 1, "once warm, no read");
}

#[tokio::test]
async fn an_unknown_token_is_remembered_until_it_is_created() {
    let server = TestServer::builder(json!({}))
        .without_keeper()
        .start()
        .await;
    let newcomer = json!({"token": "phc_new", "distinct_id": "u"});
    for _ in 0..5 {
        assert_eq!(server.ask(&newcomer).send().await.status, 401);
    }
    assert_eq!(server.faults.definitions.calls(), 1);
    server.commit(&json!({"token": "phc_new"})).await;
    eventually("the token is known", PATIENCE, || async {
        server.ask(&newcomer).send().await.status == 200
    })
    .await;
}

#[tokio::test]
async fn unknown_tokens_do_not_push_out_what_is_served() {
    let server = TestServer::builder(with_flag("a", true))
        .config(|config| config.unknown_tokens_max = 10)
        .without_keeper()
        .start()
        .await;
    assert!(is_on(&server, "a").await);
    for at in 0..50 {
        let flood = json!({"token": format!("phc_flood_{at}"), "distinct_id": "u"});
        assert_eq!(server.ask(&flood).send().await.status, 401);
    }
    let reads = server.faults.definitions.calls();
    assert!(is_on(&server, "a").await);
    assert_eq!(server.faults.definitions.calls(), reads);
}

#[tokio::test]
async fn what_does_not_fit_into_memory_is_read_again() {
    let environments = 6;
    let big = |token: String| {
        let flags: Vec<_> = (0..200)
            .map(|at| json!({"key": format!("flag-{at}"), "filters": {"groups": [{}]}}))
            .collect();
        json!({"token": token, "flags": flags})
    };
    let mut builder = TestServer::builder(big("phc_0".to_owned()))
        .config(|config| config.snapshot_bytes_max = 100_000);
    for at in 1..environments {
        builder = builder.contents(big(format!("phc_{at}")));
    }
    let server = builder.start().await;
    for round in 0..3 {
        for at in 0..environments {
            let asked = json!({"token": format!("phc_{at}"), "distinct_id": "u"});
            let flags = server.flags(asked).await["flags"].clone();
            assert_eq!(flags.as_object().unwrap().len(), 200, "{round} {at}");
            let bytes = server.metric("burgee_snapshot_bytes").await;
            assert!((1..=100_000).contains(&bytes), "{round} {at}: {bytes}");
        }
    }
    let compiles = server.metric("burgee_snapshot_compiles_total").await;
    assert!(compiles > environments, "some were let go: {compiles}");
}

#[tokio::test]
async fn requests_under_way_are_answered_while_definitions_change() {
    let server = Arc::new(TestServer::start(with_flag("a", true)).await);
    let asking = {
        let server = Arc::clone(&server);
        tokio::spawn(async move {
            for _ in 0..100 {
                let answer = server.flags(json!({"distinct_id": "u"})).await;
                assert_eq!(answer["errorsWhileComputingFlags"], false);
                let keys: Vec<_> = answer["flags"].as_object().unwrap().keys().collect();
                assert!(keys == ["a"] || keys == ["b"], "{keys:?}");
            }
        })
    };
    for turn in 0..10 {
        let key = if turn % 2 == 0 { "b" } else { "a" };
        server.commit(&with_flag(key, true)).await;
        sleep(Duration::from_millis(25)).await;
    }
    asking.await.unwrap();
}
