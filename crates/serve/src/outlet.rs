//! Where the answer to a request goes that may have to wait for it, and an answer that goes to many.

use std::sync::OnceLock;

use axum::{
    body::to_bytes,
    http::{StatusCode, response::Parts},
    response::Response,
};
use bytes::Bytes;

/// Where one answer goes. Whoever has it sends it, as one of thousands that are sent in a row: so it is
/// not to wait for anything.
pub trait Outlet: Send + Sync {
    /// Sends the answer, or leaves to somebody else what cannot be sent at once. Called once.
    fn send(&self, answer: &Prepared);
}

/// An answer, made once for all who are given the same at the same moment.
#[derive(Debug)]
pub struct Prepared {
    parts: Parts,
    body: Bytes,
    head: OnceLock<Bytes>,
}

impl Prepared {
    /// Of a response whose body is in memory: nothing is copied, nor can that fail.
    pub(crate) async fn of(response: Response) -> Self {
        let (parts, body) = response.into_parts();
        let (parts, body) = match to_bytes(body, usize::MAX).await {
            Ok(body) => (parts, body),
            Err(_) => failed(),
        };
        Self {
            parts,
            body,
            head: OnceLock::new(),
        }
    }

    pub(crate) fn response(&self) -> Response<Bytes> {
        Response::from_parts(self.parts.clone(), self.body.clone())
    }

    /// Status and headers.
    #[must_use]
    pub fn parts(&self) -> &Parts {
        &self.parts
    }

    /// The body; nothing is copied.
    #[must_use]
    pub fn body(&self) -> Bytes {
        self.body.clone()
    }

    /// Status and headers in the form in which they are sent, which is made once.
    pub fn head(&self, make: impl FnOnce(&Self) -> Vec<u8>) -> Bytes {
        self.head.get_or_init(|| make(self).into()).clone()
    }
}

fn failed() -> (Parts, Bytes) {
    let mut failed = Response::new(Bytes::new());
    *failed.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
    failed.into_parts()
}
