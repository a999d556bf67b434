//! The limits of `/flags` hold here too, and requests are logged and counted as theirs are.

use std::time::Duration;

use burgee_serve::LogFormat;
use burgee_testkit::{Fault, PATIENCE, TOKEN, TestServer, eventually, within};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use super::{BULK, ask, contents, single};
use crate::encodings::gzip;

fn vera() -> Value {
    json!({"targetingKey": "vera"})
}

/// A body of exactly so many bytes.
fn body_of(bytes: usize) -> String {
    let mut body = json!({"context": vera()}).to_string();
    body.push_str(&" ".repeat(bytes - body.len()));
    body
}

#[tokio::test]
async fn a_body_of_two_mebibytes_is_read_and_one_byte_more_is_not() {
    let server = TestServer::start(contents()).await;
    for (bytes, status) in [(2 << 20, 200), ((2 << 20) + 1, 413)] {
        let request = server.post(BULK).header("x-api-key", TOKEN);
        let reply = request.body(body_of(bytes)).send().await;
        assert_eq!(reply.status, status, "{bytes}");
        if status == 413 {
            assert_eq!(reply.json()["errorCode"], "GENERAL");
        }
    }
}

#[tokio::test]
async fn a_compressed_body_is_read_up_to_its_limit() {
    let server = TestServer::start(contents()).await;
    for (bytes, status) in [(1_000, 200), (4 << 20, 200), ((4 << 20) + 1, 413)] {
        let reply = server
            .post(BULK)
            .header("x-api-key", TOKEN)
            .header("content-encoding", "gzip")
            .body(gzip(body_of(bytes).as_bytes()))
            .send()
            .await;
        assert_eq!(reply.status, status, "{bytes}");
        assert!(reply.json().is_object());
    }
}

#[tokio::test]
async fn a_request_past_its_deadline_is_answered_in_json() {
    let server = TestServer::builder(contents())
        .config(|config| config.request_timeout = Duration::from_millis(100))
        .start()
        .await;
    server.faults.definitions.set(Fault::Held);
    let reply = ask(&server, &single("static"), vera()).send().await;
    let expected = json!({
        "key": "static", "errorCode": "GENERAL",
        "errorDetails": "The request took longer than 100 ms. Please try again.",
    });
    assert_eq!((reply.status, reply.json()), (503, expected));
}

#[tokio::test]
async fn requests_share_the_places_of_all_evaluations() {
    let server = TestServer::builder(contents())
        .config(|config| {
            config.concurrency_max = 1;
            config.concurrency_wait = Duration::from_millis(150);
        })
        .start()
        .await;
    server.flags(json!({"distinct_id": "u"})).await;
    server.faults.subjects.set(Fault::Held);
    let slow = tokio::spawn(ask(&server, BULK, vera()).send());
    eventually("it is under way", PATIENCE, || async {
        server.metric("burgee_requests_in_flight").await == 1
    })
    .await;
    let second = ask(&server, BULK, vera()).send().await;
    assert_eq!(second.status, 503);
    let details = "Too many requests, waited 150 ms. Please try again.";
    assert_eq!(second.json()["errorDetails"], details);
    server.faults.subjects.set(Fault::None);
    assert_eq!(slow.await.unwrap().status, 200);
}

#[tokio::test]
async fn a_panic_is_answered_in_json() {
    let server = TestServer::start(contents()).await;
    server.flags(json!({"distinct_id": "u"})).await;
    server.faults.subjects.set(Fault::Panic);
    let reply = ask(&server, &single("stored"), vera()).send().await;
    let expected = json!({
        "key": "stored", "errorCode": "GENERAL",
        "errorDetails": "Something went wrong on our side while evaluating. It has been logged.",
    });
    assert_eq!((reply.status, reply.json()), (500, expected));
}

#[tokio::test]
async fn a_request_is_one_line_and_one_count() {
    let server = TestServer::builder(contents())
        .config(|config| config.log_format = LogFormat::Json)
        .start()
        .await;
    let good = ask(&server, &single("dependent"), vera()).send().await;
    let tag = ask(&server, BULK, vera()).send().await;
    let tag = tag.header("etag").unwrap().to_owned();
    let request = ask(&server, BULK, vera()).header("if-none-match", tag);
    assert_eq!((good.status, request.send().await.status), (200, 304));
    ask(&server, &single("nope"), vera()).send().await;
    server.post(BULK).body("{}").send().await;
    let lines: Vec<Value> = server
        .log
        .take()
        .iter()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let told: Vec<_> = lines
        .iter()
        .map(|line| {
            assert_eq!(line["endpoint"], "ofrep");
            (
                line["http_status"].as_u64().unwrap(),
                line["error_code"].as_str(),
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            (200, None),
            (200, None),
            (304, None),
            (404, Some("flag_not_found")),
            (401, Some("missing_token")),
        ]
    );
    assert_eq!(lines[0]["distinct_id"], "vera");
    assert_eq!(lines[0]["flags_evaluated"], 2, "the flag and what it reads");
    assert_eq!(lines[0]["subject_fetched"], true);
    let name = "burgee_requests_total{endpoint=\"ofrep\",status=\"304\"}";
    assert_eq!(server.metric(name).await, 1);
}

/// Java's HTTP client offers HTTP/2 with each request (spec: sdk-protocol trap 19).
#[tokio::test]
async fn an_offer_of_h2c_is_answered_in_http_1_1() {
    let server = TestServer::start(contents()).await;
    let body = json!({"context": vera()}).to_string();
    let head = format!(
        "POST {BULK}/static HTTP/1.1\r\nHost: test\r\nConnection: Upgrade, HTTP2-Settings\r\n\
         Upgrade: h2c\r\nHTTP2-Settings: AAEAAEAAAAIAAAAAAAMAAAAAAAQBAAAAAAUAAEAABgAGAAA\r\n\
         X-API-Key: {TOKEN}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    for _ in 0..2 {
        stream.write_all(head.as_bytes()).await.unwrap();
        stream.write_all(body.as_bytes()).await.unwrap();
        let answer = within("an answer", async {
            let mut answer = Vec::new();
            while !answer.ends_with(b"}}") {
                assert_ne!(stream.read_buf(&mut answer).await.unwrap(), 0);
            }
            String::from_utf8(answer).unwrap()
        })
        .await;
        assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
        assert!(!answer.to_ascii_lowercase().contains("upgrade"), "{answer}");
        assert!(
            answer.contains(r#""key":"static","value":true"#),
            "{answer}"
        );
    }
}
