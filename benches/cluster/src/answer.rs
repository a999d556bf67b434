//! An answer as it comes over a connection, with as little of HTTP as Burgee's answers need: a head,
//! and a body whose length is stated.

use std::io::{Error, ErrorKind, Result};

use memchr::{memchr, memmem};

/// Largest head.
const HEAD_BYTES_MAX: usize = 64 << 10;

/// Between a head and its body.
const BLANK_LINE: &[u8] = b"\r\n\r\n";

/// What an answer begins with.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Head<'r> {
    /// HTTP status.
    pub(crate) status: u16,
    /// Bytes of it, with the line that ends it.
    pub(crate) bytes: usize,
    /// Bytes of the body that follows.
    pub(crate) body_bytes: usize,
    lines: &'r [u8],
}

impl<'r> Head<'r> {
    /// What `received` begins with, once it is there whole.
    pub(crate) fn of(received: &'r [u8]) -> Result<Option<Self>> {
        let Some(end) = memmem::find(received, BLANK_LINE) else {
            return if received.len() > HEAD_BYTES_MAX {
                Err(odd("a head without an end"))
            } else {
                Ok(None)
            };
        };
        let lines = received.get(..end).unwrap_or_default();
        let status = lines.get(9..12).and_then(number);
        let status = status.ok_or_else(|| odd("no status"))?;
        let body_bytes = match status {
            204 | 304 => 0,
            _ => header(lines, "content-length")
                .and_then(number)
                .ok_or_else(|| odd("no length"))?,
        };
        Ok(Some(Self {
            status,
            bytes: end + BLANK_LINE.len(),
            body_bytes,
            lines,
        }))
    }

    /// The first header of this name, if it is text.
    pub(crate) fn header(&self, name: &str) -> Option<&'r str> {
        str::from_utf8(header(self.lines, name)?).ok()
    }
}

/// An answer that is there whole.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Answer<'r> {
    /// HTTP status.
    pub(crate) status: u16,
    /// As it came.
    pub(crate) body: &'r [u8],
    head: Head<'r>,
}

impl<'r> Answer<'r> {
    /// What `received` begins with, once it is there whole.
    pub(crate) fn of(received: &'r [u8]) -> Result<Option<Self>> {
        let Some(head) = Head::of(received)? else {
            return Ok(None);
        };
        let body = received.get(head.bytes..head.bytes + head.body_bytes);
        let status = head.status;
        Ok(body.map(|body| Self { status, body, head }))
    }

    /// The first header of this name.
    pub(crate) fn header(&self, name: &str) -> Option<&'r str> {
        self.head.header(name)
    }
}

fn header<'h>(mut lines: &'h [u8], name: &str) -> Option<&'h [u8]> {
    while !lines.is_empty() {
        let end = memchr(b'\n', lines).map_or(lines.len(), |end| end + 1);
        let (line, rest) = lines.split_at(end);
        lines = rest;
        let value = line
            .get(name.len()..)
            .and_then(|rest| rest.strip_prefix(b":"));
        let its_name = line.get(..name.len()).unwrap_or_default();
        if let Some(value) = value.filter(|_| its_name.eq_ignore_ascii_case(name.as_bytes())) {
            return Some(value.trim_ascii());
        }
    }
    None
}

fn number<N: std::str::FromStr>(text: &[u8]) -> Option<N> {
    str::from_utf8(text).ok()?.parse().ok()
}

fn odd(what: &'static str) -> Error {
    Error::new(ErrorKind::InvalidData, what)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_says_how_long_its_body_is() {
        for (received, expected) in [
            (
                "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab",
                Some(Some((200, "ab"))),
            ),
            ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\na", Some(None)),
            ("HTTP/1.1 200 OK\r\nContent-Len", Some(None)),
            ("", Some(None)),
            (
                "HTTP/1.1 304 Not Modified\r\netag: W/\"a\"\r\n\r\n",
                Some(Some((304, ""))),
            ),
            (
                "HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n",
                Some(Some((503, ""))),
            ),
            ("HTTP/1.1 200 OK\r\n\r\n", None),
            ("HTTP/1.1\r\n\r\n", None),
        ] {
            let read = Answer::of(received.as_bytes()).ok();
            let read = read.map(|answer| answer.map(|answer| (answer.status, answer.body)));
            let expected = expected
                .map(|answer| answer.map(|(status, body): (u16, &str)| (status, body.as_bytes())));
            assert_eq!(read, expected, "{received}");
        }
    }

    #[test]
    fn a_head_that_never_ends_is_given_up() {
        let endless = vec![b'a'; HEAD_BYTES_MAX + 1];
        assert!(Answer::of(&endless).is_err());
    }
}
