//! A connection while its one answer is not there yet: the bare connection, and nothing else.
//!
//! Whoever sends the answer writes it, and this is not woken for it (`bare.rs`): what wakes it is the
//! client's next request, its hanging up, the end of the time to wait, or the end of the node.

use std::{io, pin::Pin, sync::Arc, time::Duration};

use burgee_serve::PutAside;
use hyper::rt::Timer as _;
use tokio::time::{Instant, timeout};

use super::{bare::Bare, begun::Begun, connection::Connection, head_timer::HeadTimer};

/// Time for whoever took an answer upon itself to send it: past any deadline that a request can have.
const ANSWER_TIMEOUT: Duration = Duration::from_mins(10);

/// What became of the connection.
pub(super) enum Held {
    /// The answer was sent, then.
    Answered { stream: Begun, at: Instant },
    /// It is at its end.
    Ended,
}

impl Connection {
    /// Until the answer is sent.
    pub(super) async fn hold(
        &self,
        stream: Begun,
        put_aside: PutAside,
        timer: &HeadTimer,
        stopping: Pin<&mut impl Future<Output = ()>>,
    ) -> io::Result<Held> {
        let (mut reading, writing) = stream.split();
        let bare = Arc::new(Bare::new(writing, self.clock, self.stop.clone()));
        let answered = async {
            put_aside.answer(Arc::clone(&bare) as Arc<_>).await;
            // If it is not sent by now, somebody is at it.
            timeout(ANSWER_TIMEOUT, bare.sent()).await.ok()
        };
        let disturbed = async {
            let is_open = tokio::select! {
                biased;
                () = bare.called() => true,
                is_open = reading.is_open() => is_open,
                () = self.found_sent(&bare, timer) => true,
                () = stopping => true,
            };
            // Whoever hung up needs no answer.
            if is_open {
                Some(bare.sent().await)
            } else {
                None
            }
        };
        let sent = tokio::select! {
            biased;
            sent = answered => sent,
            sent = disturbed => sent,
        };
        let Some(sent) = sent else {
            return Ok(Held::Ended);
        };
        let (writing, at) = sent.finish().await?;
        Ok(match writing {
            Some(writing) if !self.is_stopping() => Held::Answered {
                stream: reading.join(writing)?,
                at,
            },
            _ => Held::Ended,
        })
    }

    /// Until the answer is found sent, by a look now and then that is soon enough for a connection that is
    /// idle since then.
    async fn found_sent(&self, bare: &Bare, timer: &HeadTimer) {
        while !bare.is_sent() {
            timer.sleep(self.head_timeout).await;
        }
    }
}
