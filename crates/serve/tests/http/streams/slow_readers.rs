//! A reader that has gone to sleep: little is kept for it, nobody waits for it, and when it reads on it
//! comes to the newest, on the same stream or, if it was let go meanwhile, on another.

use burgee_testkit::TestServer;
use serde_json::json;
use tokio::net::TcpSocket;

use super::{OFREP, Reader, contents, waiting};

/// Changes while it sleeps.
const CHANGES: i32 = 200;

/// Of these, what may be kept for it: with the kernel's buffers as small as they can be, some eighty.
const KEPT_MAX: usize = 150;

/// Bytes that are asked for; the kernel makes more of them.
const BUFFER_BYTES: u32 = 4_096;

/// What a stream says next.
#[derive(Debug, PartialEq)]
enum Said {
    Event(String),
    /// A sign of life, or when to come back.
    Nothing,
    End,
}

impl Reader {
    async fn asleep(server: &TestServer) -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(BUFFER_BYTES).unwrap();
        let stream = socket.connect(server.address).await.unwrap();
        Self::ask_on(stream, OFREP, "").await
    }

    async fn next(&mut self) -> Said {
        let last = "\r\n0\r\n\r\n";
        let said = self.until_any(&["\n\n", last]).await;
        if said.ends_with(last) {
            return Said::End;
        }
        let id = said.lines().find_map(|line| line.strip_prefix("id: "));
        id.map_or(Said::Nothing, |id| Said::Event(id.to_owned()))
    }
}

#[tokio::test]
async fn a_reader_that_sleeps_is_kept_little_and_comes_to_the_newest() {
    let server = TestServer::builder(contents(1))
        .send_buffer_bytes(BUFFER_BYTES)
        .start()
        .await;
    let mut sleeper = Reader::asleep(&server).await;
    let mut other = Reader::open(&server, OFREP, "").await;
    waiting(&server, 2).await;
    let mut newest = String::new();
    for version in 2..2 + CHANGES {
        server.commit(&contents(version)).await;
        (newest, _) = other.event().await;
    }
    server.flags(json!({"distinct_id": "u"})).await;

    sleeper.until("\r\n\r\n").await;
    let mut kept = Vec::new();
    while kept.last() != Some(&newest) {
        match sleeper.next().await {
            Said::Event(id) => kept.push(id),
            Said::Nothing => {}
            Said::End => {
                let heard = kept.last().unwrap();
                let back = format!("last-event-id: {heard}\r\n");
                let mut again = Reader::open(&server, OFREP, &back).await;
                let (told, _) = again.event().await;
                assert_eq!(told, newest);
                break;
            }
        }
    }
    assert!(kept.len() <= KEPT_MAX, "{} events were kept", kept.len());
    assert!(kept.is_sorted_by_key(|id| id.parse::<u64>().unwrap()));
}
