//! What a store that is away means, and what it never means; what is asked of it at all.

use burgee_testkit::{Fault, PATIENCE, TestServer, eventually, within};
use serde_json::json;

use super::{PATH, SECRET, ask, bearer, contents, etag, flag, settled, version};

#[tokio::test]
async fn once_warm_no_poll_asks_the_store() {
    let server = settled().await;
    let tag = etag(&ask(&server).send().await);
    let asked = |server: &TestServer| {
        let faults = &server.faults;
        (faults.definitions.calls(), faults.credentials.calls())
    };
    let before = asked(&server);
    server.faults.set_all(&Fault::gone());
    for _ in 0..20 {
        let current = ask(&server).header("if-none-match", &tag).send().await;
        assert_eq!(
            (current.status, ask(&server).send().await.status),
            (304, 200)
        );
    }
    assert_eq!(asked(&server), before);
}

#[tokio::test]
async fn a_node_that_is_asked_for_no_definitions_renders_none() {
    let server = TestServer::builder(contents())
        .without_keeper()
        .start()
        .await;
    server.flags(json!({"distinct_id": "u"})).await;
    server.commit(&json!({"flags": [flag(2)]})).await;
    let is_new = || async {
        let answer = server.flags(json!({"distinct_id": "u"})).await;
        answer["flags"]["beta"]["metadata"]["version"] == 2
    };
    eventually("the change is seen", PATIENCE, is_new).await;
    assert_eq!(server.metric("burgee_document_renders_total").await, 0);
}

#[tokio::test]
async fn a_hundred_first_polls_are_one_read() {
    let server = settled().await;
    let polls: Vec<_> = (0..100)
        .map(|_| tokio::spawn(ask(&server).send()))
        .collect();
    for poll in polls {
        let reply = within("a poll", poll).await.expect("an answer");
        assert_eq!(reply.status, 200);
    }
    assert_eq!(server.metric("burgee_document_renders_total").await, 1);
    assert_eq!(server.faults.credentials.calls(), 1);
}

#[tokio::test]
async fn a_store_that_cannot_be_asked_is_503_and_never_a_wrong_key() {
    for (which, definitions, credentials) in [
        ("no definitions", Fault::gone(), Fault::None),
        ("no credentials", Fault::None, Fault::gone()),
        ("neither", Fault::gone(), Fault::gone()),
    ] {
        let server = TestServer::start(contents()).await;
        server.faults.definitions.set(definitions);
        server.faults.credentials.set(credentials);
        let reply = ask(&server).send().await;
        assert_eq!(reply.status, 503, "{which}");
        let log = server.log.take();
        assert!(
            log.iter()
                .any(|line| line.contains("endpoint=definitions http_status=503"))
        );
        server.faults.set_all(&Fault::None);
        assert_eq!(ask(&server).send().await.status, 200, "{which}");
    }
}

#[tokio::test]
async fn a_store_that_panics_is_500_for_that_request_alone() {
    let server = TestServer::start(contents()).await;
    server.faults.credentials.set(Fault::Panic);
    assert_eq!(ask(&server).send().await.status, 500);
    server.faults.credentials.set(Fault::None);
    assert_eq!(ask(&server).send().await.status, 200);
}

#[tokio::test]
async fn an_outage_keeps_the_document_and_its_end_brings_the_change() {
    let server = settled().await;
    assert_eq!(version(&ask(&server).send().await), 1);
    server.faults.definitions.set(Fault::gone());
    server.faults.credentials.set(Fault::gone());
    server.commit(&json!({"flags": [flag(2)]})).await;
    let polls = server.faults.revisions.calls() + 3;
    eventually("the change is noticed", PATIENCE, || async {
        server.faults.revisions.calls() > polls
    })
    .await;
    assert_eq!(version(&ask(&server).send().await), 1);
    server.faults.set_all(&Fault::None);
    eventually("the change arrives", PATIENCE, || async {
        version(&ask(&server).send().await) == 2
    })
    .await;
}

#[tokio::test]
async fn what_is_answered_is_counted_and_what_is_refused_is_logged_too() {
    let server = TestServer::start(contents()).await;
    let tag = etag(&ask(&server).send().await);
    ask(&server).header("if-none-match", tag).send().await;
    bearer(server.get(PATH), "phs_nobody")
        .header("user-agent", "posthog-python/7.91.1")
        .send()
        .await;
    for status in [200, 304, 401] {
        let name = format!("burgee_requests_total{{endpoint=\"definitions\",status=\"{status}\"}}");
        assert_eq!(server.metric(&name).await, 1);
    }
    let lines = server.log.take();
    assert_eq!(lines.len(), 1, "{lines:?}");
    for part in [
        "endpoint=definitions http_status=401",
        "lib=posthog-python",
        "error_code=secret_api_token_invalid",
    ] {
        assert!(lines[0].contains(part), "{part} is not in {}", lines[0]);
    }
    assert!(!lines[0].contains("phs_") && !lines[0].contains(SECRET));
}
