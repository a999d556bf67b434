//! A kept connection to a node, with as little of HTTP as Burgee's answers need: a head, and a body
//! whose length is stated.
//!
//! Not hyper: ten thousand of these share the machine with the nodes that they measure.

use std::io::{Error, ErrorKind, Result};
use std::net::SocketAddr;
use std::time::Duration;

use memchr::memmem;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::usage::Noted;

/// Bytes that are read at a time.
const CHUNK_BYTES: usize = 32 << 10;

/// Largest head of an answer.
const HEAD_BYTES_MAX: usize = 64 << 10;

/// Longest that any answer may take, in seconds; held polls come back sooner.
const ANSWER_SECS_MAX: u64 = 60;

/// A connection on which one request after the other is asked.
#[derive(Debug)]
pub(crate) struct Connection {
    stream: TcpStream,
    received: Vec<u8>,
}

/// An answer, received whole.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Answer<'c> {
    /// HTTP status.
    pub(crate) status: u16,
    /// As it came.
    pub(crate) body: &'c [u8],
    head: &'c str,
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

    /// Lets go of the last answer's memory, which the next of ten thousand can then use.
    pub(crate) fn release(&mut self) {
        self.received = Vec::new();
    }

    async fn exchange(&mut self, request: &[u8]) -> Result<Answer<'_>> {
        let noted = Noted::of(request);
        self.stream.write_all(request).await?;
        self.received.clear();
        self.stream.readable().await?;
        let head_bytes = loop {
            self.receive().await?;
            if let Some(end) = memmem::find(&self.received, b"\r\n\r\n") {
                break end + 4;
            }
            if self.received.len() > HEAD_BYTES_MAX {
                return Err(odd("a head without an end"));
            }
        };
        let (status, body_bytes) = read_head(&self.received, head_bytes)?;
        while self.received.len() < head_bytes + body_bytes {
            self.receive().await?;
        }
        noted.answered(status);
        let (head, body) = self
            .received
            .split_at_checked(head_bytes)
            .ok_or_else(|| odd("no head"))?;
        Ok(Answer {
            status,
            body,
            head: str::from_utf8(head).map_err(|_| odd("a head that is no text"))?,
        })
    }

    async fn receive(&mut self) -> Result<()> {
        self.received.reserve(CHUNK_BYTES);
        if self.stream.read_buf(&mut self.received).await? == 0 {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        Ok(())
    }
}

impl<'c> Answer<'c> {
    /// The first header of this name.
    pub(crate) fn header(&self, name: &str) -> Option<&'c str> {
        header(self.head, name)
    }
}

/// Status, and bytes of the body.
fn read_head(received: &[u8], head_bytes: usize) -> Result<(u16, usize)> {
    let head = received.get(..head_bytes).map(str::from_utf8);
    let Some(Ok(head)) = head else {
        return Err(odd("a head that is no text"));
    };
    let status = head.get(9..12).and_then(|status| status.parse().ok());
    let status = status.ok_or_else(|| odd("no status"))?;
    if status == 304 || status == 204 {
        return Ok((status, 0));
    }
    let length = header(head, "content-length").and_then(|length| length.parse().ok());
    Ok((status, length.ok_or_else(|| odd("no length"))?))
}

fn header<'h>(head: &'h str, name: &str) -> Option<&'h str> {
    head.lines().find_map(|line| {
        let (its_name, value) = line.split_once(':')?;
        its_name.eq_ignore_ascii_case(name).then(|| value.trim())
    })
}

fn odd(what: &'static str) -> Error {
    Error::new(ErrorKind::InvalidData, what)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_says_how_long_its_body_is() {
        for (head, expected) in [
            (
                "HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n",
                Some((200, 12)),
            ),
            (
                "HTTP/1.1 304 Not Modified\r\netag: W/\"a\"\r\n\r\n",
                Some((304, 0)),
            ),
            (
                "HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n",
                Some((503, 0)),
            ),
            ("HTTP/1.1 200 OK\r\n\r\n", None),
            ("HTTP/1.1\r\n\r\n", None),
        ] {
            let read = read_head(head.as_bytes(), head.len()).ok();
            assert_eq!(read, expected, "{head}");
        }
    }
}
