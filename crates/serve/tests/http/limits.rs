//! Too many requests, requests that take too long, processors that are busy (spec: service §1.3,
//! §3.1, §15.2).

use std::time::Duration;

use burgee_testkit::{Fault, PATIENCE, TestServer, eventually, within};
use serde_json::{Value, json};

/// A flag that reads the stored person.
fn contents() -> Value {
    json!({"flags": [{"key": "a", "filters": {"groups": [{"properties": [
        {"key": "plan", "type": "person", "operator": "is_not_set"},
    ]}]}}]})
}

#[tokio::test]
async fn a_request_past_its_deadline_is_answered_503() {
    let server = TestServer::builder(contents())
        .config(|config| config.request_timeout = Duration::from_millis(100))
        .start()
        .await;
    server.faults.definitions.set(Fault::Held);
    let asked = json!({"distinct_id": "u"});
    let reply = within("an answer", server.ask(&asked).send()).await;
    let expected = "The request took longer than 100 ms. Please try again.";
    assert_eq!((reply.status, reply.text()), (503, expected));
    let line = server.log.take().pop().unwrap();
    assert!(line.contains("error_code=timeout"), "{line}");
}

#[tokio::test]
async fn a_body_that_does_not_arrive_is_not_waited_for_past_the_deadline() {
    let server = TestServer::builder(contents())
        .config(|config| config.request_timeout = Duration::from_millis(100))
        .start()
        .await;
    let body = json!({"token": "phc_test", "distinct_id": "u"}).to_string();
    let answer = server.post("/flags").body(body).send_and_stall(10).await;
    assert!(answer.starts_with("HTTP/1.1 503 "), "{answer}");
}

#[tokio::test]
async fn requests_beyond_the_limit_wait_their_turn_and_then_give_up() {
    let server = TestServer::builder(contents())
        .config(|config| {
            config.concurrency_max = 2;
            config.concurrency_wait = Duration::from_millis(150);
        })
        .start()
        .await;
    let asked = json!({"distinct_id": "u"});
    server.flags(asked.clone()).await;
    server.faults.subjects.set(Fault::Held);
    let slow = [
        tokio::spawn(server.ask(&asked).send()),
        tokio::spawn(server.ask(&asked).send()),
    ];
    eventually("both are under way", PATIENCE, || async {
        server.metric("burgee_requests_in_flight").await == 2
    })
    .await;
    let third = server.ask(&asked).send().await;
    let expected = "Too many requests, waited 150 ms. Please try again.";
    assert_eq!((third.status, third.text()), (503, expected));
    assert_eq!(server.get("/_liveness").send().await.status, 200);
    assert_eq!(server.get("/_readiness").send().await.status, 200);

    server.faults.subjects.set(Fault::None);
    for reply in slow {
        assert_eq!(reply.await.unwrap().status, 200);
    }
    assert_eq!(server.ask(&asked).send().await.status, 200);
}

#[tokio::test]
async fn a_request_that_waits_less_than_the_limit_is_answered() {
    let server = TestServer::builder(contents())
        .config(|config| config.concurrency_max = 1)
        .start()
        .await;
    let asked = json!({"distinct_id": "u"});
    server.flags(asked.clone()).await;
    server
        .faults
        .subjects
        .set(Fault::Delay(Duration::from_millis(20)));
    let replies: Vec<_> = (0..10)
        .map(|_| tokio::spawn(server.ask(&asked).send()))
        .collect();
    for reply in replies {
        assert_eq!(reply.await.unwrap().status, 200);
    }
}

/// Flags that take a while: each looks through the whole of a long text.
fn costly() -> Value {
    let flags: Vec<_> = (0..150)
        .map(|at| {
            json!({"key": format!("costly-{at}"), "filters": {"groups": [{"properties": [{
                "key": "text", "type": "person", "operator": "regex",
                "value": format!("[a-z][0-9]|[a-z]={at}"),
            }]}]}})
        })
        .collect();
    json!({"flags": flags})
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_busy_pool_is_a_504_and_other_requests_do_not_notice() {
    let server = TestServer::builder(costly())
        .contents(
            json!({"token": "phc_small", "flags": [{"key": "s", "filters": {"groups": [{}]}}]}),
        )
        .config(|config| {
            config.large_plan_flags = 100;
            config.cpu_threads = 1;
            config.cpu_permits = 1;
            config.cpu_wait = Duration::from_millis(1);
        })
        .without_keeper()
        .start()
        .await;
    let text = format!("x{}", "a".repeat(100_000));
    let asked = json!({"distinct_id": "u", "person_properties": {"text": text}});
    server
        .flags(json!({"distinct_id": "u", "disable_flags": true}))
        .await;
    server
        .flags(json!({"token": "phc_small", "distinct_id": "u"}))
        .await;
    let many: Vec<_> = (0..12)
        .map(|_| tokio::spawn(server.ask(&asked).send()))
        .collect();
    let small = server.flags(json!({"token": "phc_small", "distinct_id": "u"}));
    assert_eq!(small.await["flags"]["s"]["enabled"], true);
    let mut statuses = Vec::new();
    for reply in many {
        let reply = reply.await.unwrap();
        statuses.push(reply.status);
        if reply.status == 504 {
            let expected = "Evaluation pool busy, timed out after 1ms. Please retry.";
            assert_eq!(reply.text(), expected);
        }
    }
    assert!(statuses.contains(&200), "{statuses:?}");
    assert!(statuses.contains(&504), "{statuses:?}");
    let unexpected = statuses.iter().find(|status| ![200, 504].contains(status));
    assert_eq!(unexpected, None);
}
