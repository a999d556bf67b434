//! Streams of events: `/ofrep/v1/events` and `/flags/events`.

mod slow_readers;

use burgee_store::{Change, ChangeSet, KeyDigest};
use burgee_testkit::{PATIENCE, TestServer, eventually, within};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

const SECRET: &str = "phs_test";
const OFREP: &str = "/ofrep/v1/events?token=phc_test";
const PROGRAMS: &str = "/flags/events?token=phc_test";

fn contents(version: i32) -> Value {
    json!({"secret_keys": [SECRET], "flags": [flag(version)]})
}

fn flag(version: i32) -> Value {
    json!({"id": 1, "key": "beta", "version": version, "filters": {"groups": [{}]}})
}

/// A client that reads an answer as it comes.
struct Reader {
    stream: TcpStream,
    text: String,
}

impl Reader {
    async fn ask(server: &TestServer, target: &str, headers: &str) -> Self {
        let stream = TcpStream::connect(server.address).await.unwrap();
        Self::ask_on(stream, target, headers).await
    }

    async fn ask_on(mut stream: TcpStream, target: &str, headers: &str) -> Self {
        let head = format!("GET {target} HTTP/1.1\r\nhost: test\r\n{headers}\r\n");
        stream.write_all(head.as_bytes()).await.unwrap();
        let text = String::new();
        Self { stream, text }
    }

    /// Up to the end of the answer's head.
    async fn open(server: &TestServer, target: &str, headers: &str) -> Self {
        let mut reader = Self::ask(server, target, headers).await;
        reader.until("\r\n\r\n").await;
        reader
    }

    async fn program(server: &TestServer) -> Self {
        let key = format!("authorization: Bearer {SECRET}\r\n");
        Self::open(server, PROGRAMS, &key).await
    }

    /// Reads on until `end` was read; what came up to it, and no longer to be seen.
    async fn until(&mut self, end: &str) -> String {
        self.until_any(&[end]).await
    }

    /// The same with the first of these that comes.
    async fn until_any(&mut self, ends: &[&str]) -> String {
        let read = async {
            loop {
                let found = ends
                    .iter()
                    .filter_map(|end| Some(self.text.find(end)? + end.len()));
                if let Some(at) = found.min() {
                    let rest = self.text.split_off(at);
                    return std::mem::replace(&mut self.text, rest);
                }
                let mut bytes = [0; 4_096];
                let count = self.stream.read(&mut bytes).await.unwrap();
                assert!(count > 0, "the stream ended: {}", self.text);
                self.text.push_str(str::from_utf8(&bytes[..count]).unwrap());
            }
        };
        within(&ends.join(" or "), read).await
    }

    /// The next event: its id and its data.
    async fn event(&mut self) -> (String, Value) {
        self.until("id: ").await;
        let id = self.until("\nevent: message\ndata: ").await;
        let data = self.until("\n\n").await;
        let id = id.lines().next().unwrap().to_owned();
        (id, serde_json::from_str(&data).unwrap())
    }

    /// Reads to the end of the answer; what came.
    async fn rest_of_it(mut self) -> String {
        self.until("\r\n0\r\n\r\n").await
    }
}

async fn waiting(server: &TestServer, count: i64) {
    eventually("streams are there", PATIENCE, || async {
        server.metric("burgee_waiting").await == count
    })
    .await;
}

#[tokio::test]
async fn a_provider_is_told_to_fetch_again_with_each_change() {
    let server = TestServer::start(contents(1)).await;
    let mut reader = Reader::ask(&server, OFREP, "origin: https://app.test\r\n").await;
    let head = reader.until("\r\n\r\n").await;
    for part in [
        "HTTP/1.1 200",
        "content-type: text/event-stream",
        "cache-control: no-store",
        "access-control-allow-origin: https://app.test",
    ] {
        assert!(head.contains(part), "{head}");
    }
    reader.until("retry: ").await;
    let retry: u64 = reader.until("\n\n").await.trim().parse().unwrap();
    assert!((2_000..=4_000).contains(&retry), "{retry}");
    for version in 2..4 {
        server.commit(&contents(version)).await;
        let (id, data) = reader.event().await;
        assert_eq!(data["type"], "refetchEvaluation");
        assert_eq!(data["etag"], format!("\"{id}\""));
        assert!(data["lastModified"].as_i64().unwrap() > 1_700_000_000);
        let answer = server.flags(json!({"distinct_id": "u"})).await;
        assert_eq!(answer["flags"]["beta"]["metadata"]["version"], version);
    }
}

#[tokio::test]
async fn the_token_may_come_in_a_header_and_must_be_known() {
    let server = TestServer::start(contents(1)).await;
    for (target, header, status) in [
        (
            "/ofrep/v1/events",
            "authorization: Bearer phc_test\r\n",
            200,
        ),
        ("/ofrep/v1/events", "x-api-key: phc_test\r\n", 200),
        ("/ofrep/v1/events/?token=phc_test", "", 200),
        ("/ofrep/v1/events", "", 401),
        ("/ofrep/v1/events?token=phc_nobody", "", 401),
        (PROGRAMS, "authorization: Bearer phs_test\r\n", 200),
        ("/flags/events", "authorization: Bearer phs_test\r\n", 200),
        (PROGRAMS, "authorization: Bearer phs_nobody\r\n", 401),
        (PROGRAMS, "authorization: Bearer phc_test\r\n", 401),
        (PROGRAMS, "", 401),
    ] {
        let mut reader = Reader::ask(&server, target, header).await;
        let head = reader.until("\r\n\r\n").await;
        assert!(
            head.starts_with(&format!("HTTP/1.1 {status}")),
            "{target} {header}: {head}"
        );
    }
    let reply = server.post(OFREP).send().await;
    assert_eq!(
        (reply.status, reply.header("allow")),
        (405, Some("GET, OPTIONS"))
    );
}

#[tokio::test]
async fn a_program_hears_the_etag_that_it_will_be_given() {
    let server = TestServer::start(contents(1)).await;
    let mut reader = Reader::program(&server).await;
    server.commit(&contents(2)).await;
    let (_, data) = reader.event().await;
    assert_eq!(data["type"], "definitions");
    let document = server
        .get("/flags/definitions?token=phc_test")
        .header("authorization", format!("Bearer {SECRET}"))
        .send()
        .await;
    assert_eq!(document.json()["flags"][0]["version"], 2);
    assert_eq!(data["etag"].as_str(), document.header("etag"));
    assert!(data["revision"].as_u64().unwrap() > 1);
}

#[tokio::test]
async fn whoever_comes_back_is_told_at_once_what_it_missed() {
    let server = TestServer::start(contents(1)).await;
    let mut reader = Reader::open(&server, OFREP, "").await;
    server.commit(&contents(2)).await;
    let (heard, _) = reader.event().await;
    drop(reader);
    waiting(&server, 0).await;

    let back = format!("last-event-id: {heard}\r\n");
    let mut nothing_missed = Reader::open(&server, OFREP, &back).await;
    waiting(&server, 1).await;
    server.commit(&contents(3)).await;
    let (newer, _) = nothing_missed.event().await;
    assert_ne!(newer, heard);
    drop(nothing_missed);

    let mut something_missed = Reader::open(&server, OFREP, &back).await;
    let (told, _) = something_missed.event().await;
    assert_eq!(told, newer);
}

#[tokio::test]
async fn the_stream_of_a_program_whose_key_is_taken_away_ends_at_once() {
    let server = TestServer::start(contents(1)).await;
    let reader = Reader::program(&server).await;
    waiting(&server, 1).await;
    let revoke = Change::RevokeKey {
        digest: KeyDigest::of(SECRET),
    };
    let changes = ChangeSet {
        expected: Vec::new(),
        changes: vec![revoke],
    };
    server.store.commit(&changes).await.expect("revoked");
    let rest = reader.rest_of_it().await;
    assert!(!rest.contains("data:"), "{rest}");
}

#[tokio::test]
async fn places_are_shared_with_polls_and_limited() {
    let server = TestServer::builder(contents(1))
        .config(|config| config.waiting_max = 1)
        .start()
        .await;
    let reader = Reader::open(&server, OFREP, "").await;
    waiting(&server, 1).await;
    let refused = server.get(OFREP).send().await;
    assert_eq!(refused.status, 503);
    let seconds: u64 = refused.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=4).contains(&seconds), "{seconds}");
    assert_eq!(server.metric("burgee_waiting_refused_total").await, 1);
    drop(reader);
    waiting(&server, 0).await;
    Reader::open(&server, OFREP, "").await;
}

#[tokio::test]
async fn a_node_that_stops_ends_its_streams() {
    let server = TestServer::start(contents(1)).await;
    let readers = [
        Reader::open(&server, OFREP, "").await,
        Reader::program(&server).await,
    ];
    waiting(&server, 2).await;
    server.serving.begin_shutdown();
    for reader in readers {
        reader.rest_of_it().await;
    }
    waiting(&server, 0).await;
}
