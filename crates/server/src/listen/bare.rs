//! The sending side of a bare connection, for its one answer. The answer is written by whoever sends it,
//! who has a thousand more to send and waits for nothing: what a socket does not take at once is left to
//! the connection's own task.

use std::{
    io::{self, ErrorKind, IoSlice},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use burgee_serve::{Clock as _, Outlet, Prepared, within};
use bytes::{Buf as _, Bytes};
use tokio::{
    io::AsyncWriteExt as _,
    net::tcp::OwnedWriteHalf,
    sync::{Notify, watch},
    time::Instant,
};

use super::answer::head;
use crate::clock::SystemClock;

/// Time for a client to take an answer, once its connection is full.
const TAKE_TIMEOUT: Duration = Duration::from_secs(30);

/// The sending side.
pub(super) struct Bare {
    clock: SystemClock,
    /// Tells that no further requests are wanted.
    stop: watch::Receiver<()>,
    state: Mutex<State>,
    /// For the connection's own task, when it has something to do.
    call: Notify,
}

enum State {
    /// Not yet answered.
    Open {
        writing: OwnedWriteHalf,
        /// Whether the connection's own task waits for it.
        is_awaited: bool,
    },
    /// Answered, and not yet known to the connection's own task.
    Sent(Sent),
    /// Gone.
    Taken,
}

/// An answer that was sent, or begun to be.
pub(super) struct Sent {
    writing: OwnedWriteHalf,
    at: Instant,
    /// What the socket did not take, of head and body.
    rest: [Bytes; 2],
    /// Whether no other is to come on the connection.
    is_last: bool,
}

impl Bare {
    pub(super) fn new(
        writing: OwnedWriteHalf,
        clock: SystemClock,
        stop: watch::Receiver<()>,
    ) -> Self {
        Self {
            clock,
            stop,
            state: Mutex::new(State::Open {
                writing,
                is_awaited: false,
            }),
            call: Notify::new(),
        }
    }

    /// Until somebody sent an answer that needs the connection's own task.
    pub(super) async fn called(&self) {
        self.call.notified().await;
    }

    pub(super) fn is_sent(&self) -> bool {
        !matches!(*self.state(), State::Open { .. })
    }

    /// Until the answer is sent.
    pub(super) async fn sent(&self) -> Sent {
        loop {
            if let Some(sent) = self.take() {
                return sent;
            }
            self.called().await;
        }
    }

    /// The answer; until it is there, to be called for it.
    fn take(&self) -> Option<Sent> {
        let mut state = self.state();
        if let State::Open { is_awaited, .. } = &mut *state {
            *is_awaited = true;
            return None;
        }
        match std::mem::replace(&mut *state, State::Taken) {
            State::Sent(sent) => Some(sent),
            State::Open { .. } | State::Taken => None,
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Outlet for Bare {
    fn send(&self, answer: &Prepared) {
        let is_last = self.stop.has_changed().unwrap_or(true);
        let make_head = |answer: &Prepared| {
            let body_bytes = answer.body().len();
            head(answer.parts(), body_bytes, is_last, self.clock.now())
        };
        let head = if is_last {
            make_head(answer).into()
        } else {
            answer.head(make_head)
        };
        // Whoever wants to know whether it is sent waits until it is, or is seen to wait here.
        let mut state = self.state();
        match std::mem::replace(&mut *state, State::Taken) {
            State::Open {
                writing,
                is_awaited,
            } => {
                let mut rest = [head, answer.body()];
                let is_whole = write(&writing, &mut rest);
                *state = State::Sent(Sent {
                    writing,
                    at: Instant::now(),
                    rest,
                    is_last,
                });
                if is_awaited || is_last || !is_whole {
                    self.call.notify_one();
                }
            }
            // There is but one answer.
            other => *state = other,
        }
    }
}

/// Writes what the socket takes, and leaves the rest; whether there is none.
fn write(writing: &OwnedWriteHalf, parts: &mut [Bytes; 2]) -> bool {
    while parts.iter().any(Bytes::has_remaining) {
        let slices = parts.each_ref().map(|part| IoSlice::new(part));
        match writing.try_write_vectored(&slices) {
            Ok(0) => return false,
            Ok(mut written) => {
                for part in &mut *parts {
                    let of_this = written.min(part.len());
                    part.advance(of_this);
                    written -= of_this;
                }
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            // If there is something wrong with it, its own task sees the same.
            Err(_) => return false,
        }
    }
    true
}

impl Sent {
    /// Sends what is left to be sent. Gives the connection back, unless this was its last answer, and
    /// since when it is idle.
    pub(super) async fn finish(mut self) -> io::Result<(Option<OwnedWriteHalf>, Instant)> {
        let [head, body] = self.rest;
        if head.has_remaining() || body.has_remaining() {
            let mut rest = head.chain(body);
            within(TAKE_TIMEOUT, self.writing.write_all_buf(&mut rest)).await??;
            self.at = Instant::now();
        }
        Ok(((!self.is_last).then_some(self.writing), self.at))
    }
}
