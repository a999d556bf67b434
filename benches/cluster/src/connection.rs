//! A kept connection to a node, on which one request after the other is asked.

use std::io::{ErrorKind, Result};
use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::answer::Answer;
use crate::usage::Noted;

/// Bytes that are read at a time.
const CHUNK_BYTES: usize = 32 << 10;

/// Longest that any answer may take, in seconds; held polls come back sooner.
const ANSWER_SECS_MAX: u64 = 60;

/// A connection.
#[derive(Debug)]
pub(crate) struct Connection {
    stream: TcpStream,
    received: Vec<u8>,
}

impl Connection {
    /// Connects.
    pub(crate) async fn open(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            received: Vec::new(),
        })
    }

    /// Sends a request and receives its answer. After an error the connection is of no use.
    pub(crate) async fn ask(&mut self, request: &[u8]) -> Result<Answer<'_>> {
        let limit = Duration::from_secs(ANSWER_SECS_MAX);
        timeout(limit, self.exchange(request)).await?
    }

    async fn exchange(&mut self, request: &[u8]) -> Result<Answer<'_>> {
        let noted = Noted::of(request);
        self.stream.write_all(request).await?;
        self.received.clear();
        while Answer::of(&self.received)?.is_none() {
            self.received.reserve(CHUNK_BYTES);
            if self.stream.read_buf(&mut self.received).await? == 0 {
                return Err(ErrorKind::UnexpectedEof.into());
            }
        }
        let answer = Answer::of(&self.received)?.ok_or(ErrorKind::UnexpectedEof)?;
        noted.answered(answer.status);
        Ok(answer)
    }
}
