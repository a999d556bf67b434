//! Where a connection's request is put whose answer may take long, so that the connection can wait for
//! it without what it needs to read requests and to write answers.

use std::{
    convert::Infallible,
    pin::Pin,
    sync::{Mutex, MutexGuard, PoisonError},
    task::{Context, Poll},
};

use axum::response::Response;
use burgee_serve::PutAside;
use pin_project_lite::pin_project;

use super::Answering;

/// A place for one answer that is not begun.
#[derive(Default)]
pub(super) struct Aside {
    answer: Mutex<Option<PutAside>>,
}

impl Aside {
    /// Puts an answer here that may be put aside; any other is given back to be waited for.
    pub(super) fn sort(&self, mut answering: Answering) -> Sorted {
        let Some(put_aside) = answering.put_aside() else {
            return Sorted::Soon { answering };
        };
        *self.place() = Some(put_aside);
        Sorted::Aside
    }

    pub(super) fn take(&self) -> Option<PutAside> {
        self.place().take()
    }

    fn place(&self) -> MutexGuard<'_, Option<PutAside>> {
        self.answer.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pin_project! {
    /// An answer, where hyper waits for it.
    #[project = SortedProjection]
    pub(super) enum Sorted {
        /// It is coming.
        Soon {
            #[pin]
            answering: Answering,
        },
        /// Somebody else waits for it.
        Aside,
    }
}

impl Future for Sorted {
    type Output = Result<Response, Infallible>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match self.project() {
            SortedProjection::Soon { answering } => answering.poll(context),
            SortedProjection::Aside => Poll::Pending,
        }
    }
}
