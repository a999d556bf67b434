//! Polls for definitions that are held until there is something new (spec: service §5, RFC 7240).

use std::time::Duration;

use burgee_serve::{LimitMode, RateLimit};
use burgee_store::{Change, ChangeSet, KeyDigest};
use burgee_testkit::{PATIENCE, Reply, Request, TestServer, eventually, within};
use serde_json::{Value, json};
use tokio::task::JoinHandle;

const SECRET: &str = "phs_test";

fn contents(version: i32) -> Value {
    json!({"secret_keys": [SECRET], "flags": [flag(version)]})
}

fn flag(version: i32) -> Value {
    json!({"id": 1, "key": "beta", "version": version, "filters": {"groups": [{}]}})
}

fn ask(server: &TestServer) -> Request {
    ask_with(server, SECRET)
}

fn ask_with(server: &TestServer, key: &str) -> Request {
    let request = server.get("/flags/definitions?token=phc_test");
    request.header("authorization", format!("Bearer {key}"))
}

async fn etag(server: &TestServer) -> String {
    let reply = ask(server).send().await;
    reply.header("etag").expect("an ETag").to_owned()
}

/// A poll by whoever has the current document and would wait for `seconds`.
async fn poll(server: &TestServer, seconds: u32) -> Request {
    poll_with(server, SECRET, seconds).await
}

async fn poll_with(server: &TestServer, key: &str, seconds: u32) -> Request {
    ask_with(server, key)
        .header("if-none-match", etag(server).await)
        .header("prefer", format!("wait={seconds}"))
}

fn send(request: Request) -> JoinHandle<Reply> {
    tokio::spawn(async { request.try_send().await.expect("an answer") })
}

async fn answered(poll: JoinHandle<Reply>) -> Reply {
    within("an answer", poll).await.expect("an answer")
}

async fn waiting(server: &TestServer, count: i64) {
    eventually("polls are held", PATIENCE, || async {
        server.metric("burgee_waiting").await == count
    })
    .await;
}

#[tokio::test]
async fn a_change_answers_every_poll_that_is_held() {
    let server = TestServer::start(contents(1)).await;
    let request = poll(&server, 50).await;
    let polls: Vec<_> = (0..20).map(|_| send(request.clone())).collect();
    waiting(&server, 20).await;
    server.commit(&contents(2)).await;
    for poll in polls {
        let reply = answered(poll).await;
        assert_eq!(reply.status, 200);
        assert_eq!(reply.json()["flags"][0]["version"], 2);
        assert_eq!(reply.header("preference-applied"), Some("wait=50"));
        assert_eq!(reply.header("etag"), Some(&*etag(&server).await));
        assert_eq!(reply.header("retry-after"), None);
    }
    waiting(&server, 0).await;
    let woken = server.metric("burgee_wakes_total{reason=\"change\"}").await;
    assert_eq!(woken, 20);
}

#[tokio::test]
async fn each_is_answered_as_it_asked() {
    let server = TestServer::start(contents(1)).await;
    let tag = etag(&server).await;
    let codings = [None, Some("gzip"), Some("zstd")];
    let mut polls = Vec::new();
    for number in 0..60 {
        let coding = codings[number % 3];
        let wait = format!("wait={}", 50 + number % 2);
        let request = ask(&server)
            .header("if-none-match", &*tag)
            .header("prefer", &*wait)
            .header("accept-encoding", coding.unwrap_or("identity"));
        polls.push((send(request), coding, wait));
    }
    waiting(&server, 60).await;
    server.commit(&contents(2)).await;
    for (poll, coding, wait) in polls {
        let reply = answered(poll).await;
        assert_eq!(reply.status, 200);
        assert_eq!(reply.header("etag"), Some(&*etag(&server).await));
        assert_eq!(reply.header("preference-applied"), Some(&*wait));
        assert_eq!(reply.header("content-encoding"), coding);
    }
}

#[tokio::test]
async fn each_counts_for_the_rate_limit_by_itself() {
    let server = TestServer::builder(contents(1))
        .config(|config| {
            config.rate_limits.definitions = RateLimit {
                mode: LimitMode::Enforce,
                rate: "4/hour".parse().expect("a rate"),
            };
        })
        .start()
        .await;
    let request = poll(&server, 50).await;
    let polls: Vec<_> = (0..5).map(|_| send(request.clone())).collect();
    waiting(&server, 5).await;
    server.commit(&contents(2)).await;
    let mut statuses = Vec::new();
    for poll in polls {
        statuses.push(answered(poll).await.status);
    }
    statuses.sort_unstable();
    // The poll that asked for the ETag was the first of the four.
    assert_eq!(statuses, [200, 200, 200, 429, 429]);
    let counted = |status| {
        let endpoint = "endpoint=\"definitions\"";
        format!("burgee_requests_total{{{endpoint},status=\"{status}\"}}")
    };
    assert_eq!(server.metric(&counted(200)).await, 4);
    assert_eq!(server.metric(&counted(429)).await, 2);
}

#[tokio::test]
async fn a_change_elsewhere_answers_nobody() {
    let other = |active| json!({"token": "phc_other", "flags": [{"key": "a", "active": active, "filters": {"groups": [{}]}}]});
    let server = TestServer::builder(contents(1))
        .contents(other(false))
        .start()
        .await;
    let held = send(poll(&server, 50).await);
    waiting(&server, 1).await;
    let asked = json!({"token": "phc_other", "distinct_id": "u"});
    server.flags(asked.clone()).await;
    server.commit(&other(true)).await;
    eventually("the other change is seen", PATIENCE, || async {
        server.flags(asked.clone()).await["flags"]["a"]["enabled"] == true
    })
    .await;
    assert_eq!(server.metric("burgee_waiting").await, 1);
    assert!(!held.is_finished());
    server.commit(&contents(2)).await;
    assert_eq!(answered(held).await.status, 200);
}

#[tokio::test]
async fn a_poll_whose_time_is_up_is_told_that_nothing_changed() {
    let server = TestServer::start(contents(1)).await;
    let reply = poll(&server, 1).await.send().await;
    assert_eq!(reply.status, 304);
    assert_eq!(reply.header("preference-applied"), Some("wait=1"));
    assert_eq!(reply.header("etag"), Some(&*etag(&server).await));
    let woken = server.metric("burgee_wakes_total{reason=\"time\"}").await;
    assert_eq!(woken, 1);
}

#[tokio::test]
async fn who_does_not_wish_it_or_has_an_old_document_is_answered_at_once() {
    let server = TestServer::start(contents(1)).await;
    let tag = etag(&server).await;
    for (tag, preference, status) in [
        (&*tag, "", 304),
        (&tag, "respond-async", 304),
        (&tag, "wait=0", 304),
        ("\"0123456789abcdef\"", "wait=50", 200),
    ] {
        let reply = ask(&server)
            .header("if-none-match", tag)
            .header("prefer", preference)
            .send()
            .await;
        assert_eq!(reply.status, status, "{preference}");
        assert_eq!(reply.header("preference-applied"), None, "{preference}");
    }
    let first = ask(&server).header("prefer", "wait=50").send().await;
    assert_eq!(first.status, 200);
}

#[tokio::test]
async fn an_environment_may_have_the_polls_of_unchanged_sdks_held() {
    let holding = json!({"token": "phc_holding", "secret_keys": ["phs_holding"],
        "hold_polls_seconds": 60, "flags": [flag(1)]});
    let server = TestServer::builder(contents(1))
        .contents(holding.clone())
        .start()
        .await;
    let ask = |tag: &str| {
        server
            .get("/api/feature_flag/local_evaluation/?token=phc_holding&send_cohorts")
            .header("authorization", "Bearer phs_holding")
            .header("user-agent", "posthog-python/7.91.1")
            .header("if-none-match", tag)
    };
    let first = ask("").send().await;
    let held = send(ask(first.header("etag").unwrap()));
    waiting(&server, 1).await;
    // The neighbour's polls are not held.
    let neighbour = self::ask(&server).header("if-none-match", etag(&server).await);
    assert_eq!(neighbour.send().await.status, 304);
    assert_eq!(server.metric("burgee_waiting").await, 1);
    let mut changed = holding;
    changed["flags"] = json!([flag(2)]);
    server.commit(&changed).await;
    let reply = answered(held).await;
    assert_eq!(reply.status, 200);
    assert_eq!(reply.json()["flags"][0]["version"], 2);
    assert_eq!(reply.header("preference-applied"), None);

    changed["hold_polls_seconds"] = json!(0);
    server.commit(&changed).await;
    eventually("polls are held no more", PATIENCE, || async {
        let current = ask(reply.header("etag").unwrap()).try_send();
        let answered = tokio::time::timeout(Duration::from_secs(1), current).await;
        answered.is_ok_and(|reply| reply.expect("an answer").status == 304)
    })
    .await;
}

#[tokio::test]
async fn an_sdk_is_answered_before_it_gives_up() {
    let server = TestServer::builder(contents(1))
        .config(|config| config.hold_max = Duration::from_secs(1))
        .start()
        .await;
    let reply = poll(&server, 50).await.send().await;
    assert_eq!(reply.header("preference-applied"), Some("wait=1"));
    let server = TestServer::start(contents(1)).await;
    let request = poll(&server, 50).await;
    let reply = request.header("user-agent", "posthog-go/1.23.1").send();
    let reply = reply.await;
    assert_eq!(reply.status, 304);
    assert_eq!(reply.header("preference-applied"), Some("wait=2"));
}

#[tokio::test]
async fn places_are_limited_and_who_finds_none_is_answered_at_once() {
    let server = TestServer::builder(contents(1))
        .config(|config| config.waiting_max = 3)
        .start()
        .await;
    let request = poll(&server, 50).await;
    let polls: Vec<_> = (0..3).map(|_| send(request.clone())).collect();
    waiting(&server, 3).await;
    let turned_away = request.clone().send().await;
    assert_eq!(turned_away.status, 304);
    assert_eq!(turned_away.header("preference-applied"), None);
    assert_eq!(server.metric("burgee_waiting_refused_total").await, 1);
    server.commit(&contents(2)).await;
    for poll in polls {
        assert_eq!(answered(poll).await.status, 200);
    }
    waiting(&server, 0).await;
    let held = send(poll(&server, 50).await);
    waiting(&server, 1).await;
    held.abort();
    waiting(&server, 0).await;
}

#[tokio::test]
async fn a_poll_that_is_held_takes_no_place_of_a_request() {
    let server = TestServer::builder(contents(1))
        .config(|config| {
            config.concurrency_max = 1;
            config.request_timeout = Duration::from_secs(2);
        })
        .start()
        .await;
    let request = poll(&server, 4).await;
    let polls: Vec<_> = (0..5).map(|_| send(request.clone())).collect();
    waiting(&server, 5).await;
    server.flags(json!({"distinct_id": "u"})).await;
    for poll in polls {
        assert_eq!(
            answered(poll).await.status,
            304,
            "past the request's deadline"
        );
    }
}

#[tokio::test]
async fn a_key_that_is_taken_away_meanwhile_is_told_so_at_once_and_no_other() {
    let mut two_keys = contents(1);
    two_keys["secret_keys"] = json!([SECRET, "phs_other"]);
    let server = TestServer::start(two_keys).await;
    let taken = send(poll(&server, 50).await);
    let other = send(poll_with(&server, "phs_other", 50).await);
    waiting(&server, 2).await;
    let revoke = Change::RevokeKey {
        digest: KeyDigest::of(SECRET),
    };
    let changes = ChangeSet {
        expected: Vec::new(),
        changes: vec![revoke],
    };
    server.store.commit(&changes).await.expect("revoked");
    let reply = answered(taken).await;
    assert_eq!(reply.status, 401);
    assert_eq!(reply.json()["code"], "authentication_failed");
    eventually("the other has looked too", PATIENCE, || async {
        server.metric("burgee_wakes_total{reason=\"keys\"}").await == 2
    })
    .await;
    assert_eq!(server.metric("burgee_waiting").await, 1);
    server.commit(&json!({"flags": [flag(2)]})).await;
    assert_eq!(answered(other).await.status, 200);
}

#[tokio::test]
async fn a_key_that_may_read_less_than_before_is_told_so_at_once() {
    let personal = |scope| json!({"personal_keys": [{"key": "phx_test", "scopes": [scope]}]});
    let server = TestServer::start(contents(1)).await;
    server.commit(&personal("*")).await;
    let held = send(poll_with(&server, "phx_test", 50).await);
    waiting(&server, 1).await;
    server.commit(&personal("person:read")).await;
    let reply = answered(held).await;
    assert_eq!(reply.status, 403);
    assert_eq!(reply.json()["code"], "permission_denied");
}

#[tokio::test]
async fn a_node_that_stops_sends_everybody_away_with_a_time_to_return() {
    let server = TestServer::start(contents(1)).await;
    let request = poll(&server, 50).await;
    let polls: Vec<_> = (0..20).map(|_| send(request.clone())).collect();
    waiting(&server, 20).await;
    server.serving.begin_shutdown();
    for poll in polls {
        let reply = answered(poll).await;
        assert_eq!(reply.status, 304);
        let seconds: u64 = reply.header("retry-after").unwrap().parse().unwrap();
        assert!((1..=4).contains(&seconds), "{seconds}");
    }
    let late = request.send().await;
    assert_eq!(late.status, 304);
    assert_eq!(late.header("preference-applied"), None);
}

#[tokio::test]
async fn an_environment_that_is_gone_is_told_as_unknown() {
    let server = TestServer::start(contents(1)).await;
    let held = send(poll(&server, 50).await);
    waiting(&server, 1).await;
    let change = Change::PutEnvironment {
        project: "Acme phc_test".to_owned(),
        name: "production".to_owned(),
        token: burgee_model::ProjectToken::parse("phc_new").unwrap(),
        timezone: "UTC".to_owned(),
        property_matching: burgee_model::PropertyMatching::Released,
    };
    let changes = ChangeSet {
        expected: Vec::new(),
        changes: vec![change],
    };
    server.store.commit(&changes).await.expect("a new token");
    let reply = answered(held).await;
    assert_eq!(reply.status, 401);
}
