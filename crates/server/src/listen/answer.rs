//! The head of an answer whose request is gone, in the form in which hyper writes all others: as
//! HTTP/1.1 with a stated length.

use std::{
    io::Write as _,
    time::{Duration, UNIX_EPOCH},
};

use axum::http::{StatusCode, response::Parts};
use burgee_model::Timestamp;
use httpdate::HttpDate;

/// Room for a usual head.
const HEAD_BYTES: usize = 512;

/// The head of an answer with `body_bytes` of body; says so if it is the last one of its connection.
pub(super) fn head(parts: &Parts, body_bytes: usize, is_last: bool, now: Timestamp) -> Vec<u8> {
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
    use axum::{http::header, response::Response};

    use super::*;

    fn written(status: StatusCode, body_bytes: usize, is_last: bool) -> String {
        let response = Response::builder().status(status);
        let response = response.header(header::ETAG, "\"a\"").body(()).unwrap();
        let now = Timestamp::from_unix_seconds(784_111_777);
        let head = head(&response.into_parts().0, body_bytes, is_last, now);
        String::from_utf8(head).unwrap()
    }

    #[test]
    fn a_head_has_its_headers_and_its_length() {
        assert_eq!(
            written(StatusCode::OK, 2, false),
            "HTTP/1.1 200 OK\r\ndate: Sun, 06 Nov 1994 08:49:37 GMT\r\n\
             content-length: 2\r\netag: \"a\"\r\n\r\n"
        );
        assert_eq!(
            written(StatusCode::NOT_MODIFIED, 0, true),
            "HTTP/1.1 304 Not Modified\r\ndate: Sun, 06 Nov 1994 08:49:37 GMT\r\n\
             connection: close\r\netag: \"a\"\r\n\r\n"
        );
        assert_eq!(
            written(StatusCode::UNAUTHORIZED, 0, false),
            "HTTP/1.1 401 Unauthorized\r\ndate: Sun, 06 Nov 1994 08:49:37 GMT\r\n\
             content-length: 0\r\netag: \"a\"\r\n\r\n"
        );
    }
}
