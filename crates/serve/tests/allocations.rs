//! A poll for definitions allocates nothing that grows with the document, whatever the coding.
//!
//! What is counted is what the thread of a connection allocates, from the accepted socket to its end;
//! the client has a thread of its own. Nothing is asserted of how much that is: only that a document of
//! 135 KB costs no more than one of 2 KB.

#![cfg(test)]

use std::{
    convert::Infallible,
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::Arc,
    thread,
};

use allocation_counter::{AllocationInfo, measure};
use axum::{
    body::{Body, Bytes},
    extract::{ConnectInfo, Request},
};
use burgee_serve::router;
use burgee_testkit::{PATIENCE, Reply, TOKEN, TestServer};
use http_body_util::BodyExt as _;
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::{
    runtime::{Builder, Runtime},
    time::timeout,
};
use tower::ServiceExt as _;

const KEY: &str = "phs_test";

/// Connections of which one counts, dearer than a quarter of them: on a busy machine many tidy up a cache
/// or wait for the other side, and hardly any finds a wake-up spared.
const CONNECTIONS: usize = 24;

/// `Content-Length` is a text, and the longer document's has more digits.
const DIGITS_MAX: u64 = 8;

/// A header of the request that chooses the answer, if any.
type Asked<'a> = Option<(&'a str, &'a str)>;

fn runtime() -> Runtime {
    // The server's own tasks run on these, so they are not counted.
    let mut builder = Builder::new_multi_thread();
    builder.worker_threads(2).enable_all().build().unwrap()
}

fn contents(flags: usize) -> Value {
    let flag = |at: usize| {
        let value: Vec<_> = (0..12).map(|it| format!("someone-{at}-{it}")).collect();
        let filter = json!({"key": "email", "type": "person", "operator": "exact", "value": value});
        let filters = json!({"groups": [{"properties": [filter], "rollout_percentage": 50}]});
        json!({"key": format!("flag-{at}"), "filters": filters})
    };
    let flags: Vec<_> = (0..flags).map(flag).collect();
    json!({"secret_keys": [KEY], "flags": flags})
}

async fn poll(server: &TestServer, asked: Asked<'_>) -> Reply {
    let mut request = server.get(&target()).header("authorization", bearer());
    if let Some((name, value)) = asked {
        request = request.header(name, value);
    }
    request.send().await
}

fn target() -> String {
    format!("/flags/definitions?token={TOKEN}")
}

fn bearer() -> String {
    format!("Bearer {KEY}")
}

/// What answering one poll on a connection of its own allocates, and how long the answer is.
fn allocated(runtime: &Runtime, server: &TestServer, asked: Asked<'_>) -> (AllocationInfo, usize) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let chosen = asked.map_or(String::new(), |(name, value)| {
        format!("{name}: {value}\r\n")
    });
    let head = format!(
        "GET {} HTTP/1.1\r\nhost: test\r\nconnection: close\r\nauthorization: {}\r\n{chosen}\r\n",
        target(),
        bearer()
    );
    let client = thread::spawn(move || receive(address, &head));
    let (stream, peer) = listener.accept().unwrap();
    stream.set_nonblocking(true).unwrap();
    // Known to be there before it is waited for: waiting allocates too, or not, as it happens.
    let stream = runtime.block_on(async {
        let stream = tokio::net::TcpStream::from_std(stream).unwrap();
        timeout(PATIENCE, stream.readable()).await.unwrap().unwrap();
        stream
    });
    let router = router(Arc::clone(&server.serving));
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(ConnectInfo(peer));
        let router = router.clone();
        async move { Ok::<_, Infallible>(router.oneshot(request).await.unwrap()) }
    });
    let allocated = measure(|| {
        runtime.block_on(async {
            let stream = TokioIo::new(stream);
            let connection = http1::Builder::new().serve_connection(stream, service);
            connection.await.unwrap();
        });
    });
    (allocated, client.join().unwrap())
}

/// Bytes of the answer, head and all.
fn receive(address: SocketAddr, head: &str) -> usize {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.write_all(head.as_bytes()).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap()
}

/// The frames of the answer's body, as they are handed to the connection.
async fn frames(server: &TestServer, asked: Asked<'_>) -> Vec<Bytes> {
    let mut request = Request::get(target()).header("authorization", bearer());
    if let Some((name, value)) = asked {
        request = request.header(name, value);
    }
    let request = request.body(Body::empty()).unwrap();
    let router = router(Arc::clone(&server.serving));
    let mut body = router.oneshot(request).await.unwrap().into_body();
    let mut frames = Vec::new();
    while let Some(frame) = body.frame().await {
        frames.push(frame.unwrap().into_data().unwrap());
    }
    frames
}

#[test]
fn a_poll_for_a_large_document_allocates_no_more_than_for_a_small_one() {
    let runtime = runtime();
    let start = |flags| runtime.block_on(TestServer::start(contents(flags)));
    let (small, large) = (start(6), start(300));
    let plain = |server| runtime.block_on(poll(server, None));
    let (small_plain, large_plain) = (plain(&small), plain(&large));
    assert!(small_plain.body.len() < 4_000, "{}", small_plain.body.len());
    assert!(
        large_plain.body.len() > 135_000,
        "{}",
        large_plain.body.len()
    );
    for (case, name, values, ratio_min) in [
        ("plain", "accept-encoding", ["identity"; 2], 20),
        ("gzip", "accept-encoding", ["gzip"; 2], 4),
        ("zstd", "accept-encoding", ["zstd"; 2], 4),
        (
            "304",
            "if-none-match",
            [&small_plain, &large_plain].map(tag),
            0,
        ),
    ] {
        let usual = |server, value| {
            runtime.block_on(poll(server, Some((name, value))));
            let mut answers: Vec<_> = (0..CONNECTIONS)
                .map(|_| allocated(&runtime, server, Some((name, value))))
                .collect();
            answers.sort_unstable_by_key(|(allocated, _)| allocated.bytes_total);
            answers[CONNECTIONS / 4]
        };
        let [small, large] = [usual(&small, values[0]), usual(&large, values[1])];
        assert!(
            large.1 >= ratio_min * small.1,
            "{case}: {small:?} {large:?}"
        );
        let (small, large) = (small.0, large.0);
        assert_eq!(large.count_total, small.count_total, "{case}");
        let most = small.bytes_total + DIGITS_MAX;
        assert!(large.bytes_total <= most, "{case}: {small:?} {large:?}");
    }
}

fn tag(reply: &Reply) -> &str {
    reply.header("etag").unwrap()
}

#[tokio::test]
async fn every_answer_is_the_same_memory() {
    let server = TestServer::start(contents(300)).await;
    for coding in ["identity", "gzip", "zstd"] {
        let asked = Some(("accept-encoding", coding));
        let (first, second) = (frames(&server, asked).await, frames(&server, asked).await);
        let places = |frames: &[Bytes]| -> Vec<_> {
            frames
                .iter()
                .map(|frame| (frame.as_ptr(), frame.len()))
                .collect()
        };
        assert_eq!(first.len(), 1, "{coding}");
        assert_eq!(places(&first), places(&second), "{coding}");
    }
}
