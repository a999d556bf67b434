//! Where a connection's request is put whose answer may take long, so that the connection can wait for
//! it without what it needs to read requests and to write answers.

use std::sync::{Mutex, MutexGuard, PoisonError};

use axum::{
    extract::Request,
    http::{HeaderMap, Version, header},
};

use super::Answering;

/// A place for one answer that is not begun.
#[derive(Default)]
pub(super) struct Aside {
    answer: Mutex<Option<Answering>>,
}

impl Aside {
    pub(super) fn put(&self, answer: Answering) {
        *self.place() = Some(answer);
    }

    pub(super) fn take(&self) -> Option<Answering> {
        self.place().take()
    }

    fn place(&self) -> MutexGuard<'_, Option<Answering>> {
        self.answer.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether the answer to this request can be written without regard to anything but itself: an HTTP/1.1
/// request without a body, on a connection that is to be kept.
pub(super) fn may_go<B>(request: &Request<B>) -> bool {
    let headers = request.headers();
    request.version() == Version::HTTP_11
        && keeps_connection(headers)
        && !headers.contains_key(header::CONTENT_LENGTH)
        && !headers.contains_key(header::TRANSFER_ENCODING)
}

/// By what it says of the connection: nothing, or `keep-alive`.
fn keeps_connection(headers: &HeaderMap) -> bool {
    let mut said = headers.get_all(header::CONNECTION).iter();
    said.all(|value| value.as_bytes().eq_ignore_ascii_case(b"keep-alive"))
}
