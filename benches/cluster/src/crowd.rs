//! Many held polls at once, as SDKs that wait for a change would have them.
//!
//! All are looked after by one thread, which does for each answer hardly more than receive it, and of
//! its body only counts the bytes: they share the machine with the nodes that they measure, and clients
//! elsewhere would take none of its time.

mod held_poll;
mod thread;

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Context as _;
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;

use held_poll::HeldPoll;
use thread::Thread;

/// Polls that go on until this is dropped.
#[derive(Debug)]
pub(crate) struct Crowd {
    told: mpsc::Receiver<anyhow::Result<Vec<Told>>>,
    is_over: Arc<AtomicBool>,
}

/// An answer to a held poll.
#[derive(Debug, Clone)]
pub(crate) struct Told {
    /// Which poll, by its position among the addresses.
    pub(crate) poll: usize,
    /// When it was there.
    pub(crate) at: Instant,
    /// The document.
    pub(crate) etag: Arc<str>,
    /// Of its body, compressed.
    pub(crate) bytes: usize,
}

/// What is polled.
#[derive(Debug, Clone)]
pub(crate) struct Question {
    /// The request of somebody who has the document with this ETag.
    pub(crate) request: fn(&str) -> Vec<u8>,
    /// The document that all have at first.
    pub(crate) etag: Arc<str>,
}

impl Crowd {
    /// Begins a poll of each address. One whose address becomes another goes on there.
    pub(crate) fn gather(
        addresses: Vec<watch::Receiver<Option<SocketAddr>>>,
        question: &Question,
    ) -> anyhow::Result<Self> {
        // An answer of each poll can wait to be taken before the thread waits for that.
        let (tell, told) = mpsc::channel(addresses.len().max(1));
        let is_over = Arc::new(AtomicBool::new(false));
        let polls = addresses
            .into_iter()
            .map(|address| HeldPoll::new(address, question));
        let thread = Thread::new(polls.collect(), tell, Arc::clone(&is_over))?;
        std::thread::Builder::new()
            .name("crowd".to_owned())
            .spawn(move || thread.run())?;
        Ok(Self { told, is_over })
    }

    /// The next answers; fails when a poll does whose node is not away.
    pub(crate) async fn told(&mut self) -> anyhow::Result<Vec<Told>> {
        self.told.recv().await.context("no poll is left")?
    }
}

impl Drop for Crowd {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Release);
    }
}
