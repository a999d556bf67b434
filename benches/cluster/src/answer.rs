//! An answer as it comes over a connection, with as little of HTTP as Burgee's answers need: a head,
//! and a body whose length is stated.

use std::io::{Error, ErrorKind, Result};

use memchr::memmem;

/// Largest head.
const HEAD_BYTES_MAX: usize = 64 << 10;

/// An answer that is there whole.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Answer<'r> {
    /// HTTP status.
    pub(crate) status: u16,
    /// As it came.
    pub(crate) body: &'r [u8],
    head: &'r str,
}

impl<'r> Answer<'r> {
    /// What `received` begins with, once it is there whole.
    pub(crate) fn of(received: &'r [u8]) -> Result<Option<Self>> {
        let Some(head_bytes) = memmem::find(received, b"\r\n\r\n") else {
            return if received.len() > HEAD_BYTES_MAX {
                Err(odd("a head without an end"))
            } else {
                Ok(None)
            };
        };
        let (head, rest) = received.split_at(head_bytes);
        let head = str::from_utf8(head).map_err(|_| odd("a head that is no text"))?;
        let status = head.get(9..12).and_then(|status| status.parse().ok());
        let status = status.ok_or_else(|| odd("no status"))?;
        let body_bytes = match status {
            204 | 304 => 0,
            _ => header(head, "content-length")
                .and_then(|length| length.parse().ok())
                .ok_or_else(|| odd("no length"))?,
        };
        let body = rest.get(4..).and_then(|rest| rest.get(..body_bytes));
        Ok(body.map(|body| Self { status, body, head }))
    }

    /// The first header of this name.
    pub(crate) fn header(&self, name: &str) -> Option<&'r str> {
        header(self.head, name)
    }
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
