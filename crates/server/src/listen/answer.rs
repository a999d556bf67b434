//! Writes an answer whose request is gone, in the form in which hyper writes all others: as HTTP/1.1
//! with a stated length.

use std::{
    io::{self, Write as _},
    time::{Duration, UNIX_EPOCH},
};

use axum::{
    body::to_bytes,
    http::{StatusCode, response::Parts},
    response::Response,
};
use burgee_model::Timestamp;
use burgee_serve::within;
use bytes::Buf as _;
use httpdate::HttpDate;
use tokio::io::{AsyncWrite, AsyncWriteExt as _};

/// Room for a usual head.
const HEAD_BYTES: usize = 512;

/// Largest body, in bytes. Larger than any definitions document; they are bounded by what is held of them.
const BODY_BYTES_MAX: usize = 1 << 30;

/// Time for a client to take an answer, once its connection is full.
const TAKE_TIMEOUT: Duration = Duration::from_secs(30);

/// Writes `response`, and says so if it is the last one of the connection.
pub(super) async fn write(
    stream: &mut (impl AsyncWrite + Unpin),
    response: Response,
    is_last: bool,
    now: Timestamp,
) -> io::Result<()> {
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, BODY_BYTES_MAX).await;
    let body = body.map_err(io::Error::other)?;
    let head = head(&parts, body.len(), is_last, now);
    let mut bytes = head.as_slice().chain(body);
    within(TAKE_TIMEOUT, stream.write_all_buf(&mut bytes)).await?
}

fn head(parts: &Parts, body_bytes: usize, is_last: bool, now: Timestamp) -> Vec<u8> {
    let (status, headers) = (parts.status, &parts.headers);
    let mut head = Vec::with_capacity(HEAD_BYTES);
    let since_1970 = u64::try_from(now.unix_seconds()).unwrap_or_default();
    let date = HttpDate::from(UNIX_EPOCH + Duration::from_secs(since_1970));
    // Writing to memory does not fail.
    let _ = write!(head, "HTTP/1.1 {status}\r\ndate: {date}\r\n");
    if has_length(status) {
        let _ = write!(head, "content-length: {body_bytes}\r\n");
    }
    if is_last {
        head.extend_from_slice(b"connection: close\r\n");
    }
    for (name, value) in headers {
        head.extend_from_slice(name.as_str().as_bytes());
        head.extend_from_slice(b": ");
        head.extend_from_slice(value.as_bytes());
        head.extend_from_slice(b"\r\n");
    }
    head.extend_from_slice(b"\r\n");
    head
}

/// An answer of these has no body, whatever its length would be (RFC 9110 §8.6).
fn has_length(status: StatusCode) -> bool {
    status != StatusCode::NOT_MODIFIED && status != StatusCode::NO_CONTENT
}

#[cfg(test)]
mod tests {
    use axum::{body::Body, http::header};

    use super::*;

    async fn written(response: Response, is_last: bool) -> String {
        let mut written = Vec::new();
        let now = Timestamp::from_unix_seconds(784_111_777);
        write(&mut written, response, is_last, now).await.unwrap();
        String::from_utf8(written).unwrap()
    }

    #[tokio::test]
    async fn an_answer_has_its_headers_its_length_and_its_body() {
        let answer = || Response::builder().header(header::ETAG, "\"a\"");
        let found = answer().body(Body::from("ab")).unwrap();
        assert_eq!(
            written(found, false).await,
            "HTTP/1.1 200 OK\r\ndate: Sun, 06 Nov 1994 08:49:37 GMT\r\n\
             content-length: 2\r\netag: \"a\"\r\n\r\nab"
        );
        let not_modified = answer().status(StatusCode::NOT_MODIFIED);
        assert_eq!(
            written(not_modified.body(Body::empty()).unwrap(), true).await,
            "HTTP/1.1 304 Not Modified\r\ndate: Sun, 06 Nov 1994 08:49:37 GMT\r\n\
             connection: close\r\netag: \"a\"\r\n\r\n"
        );
        let refused = answer().status(StatusCode::UNAUTHORIZED);
        assert_eq!(
            written(refused.body(Body::empty()).unwrap(), false).await,
            "HTTP/1.1 401 Unauthorized\r\ndate: Sun, 06 Nov 1994 08:49:37 GMT\r\n\
             content-length: 0\r\netag: \"a\"\r\n\r\n"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_does_not_take_its_answer_is_given_up() {
        let (mut stream, _client) = tokio::io::duplex(16);
        let answer = Response::new(Body::from("a".repeat(1_000)));
        let began = tokio::time::Instant::now();
        let error = write(&mut stream, answer, false, Timestamp::from_unix_seconds(0))
            .await
            .unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        assert_eq!(began.elapsed(), TAKE_TIMEOUT);
    }
}
