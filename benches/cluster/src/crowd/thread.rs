//! The thread that looks after all polls of a crowd.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use mio::{Events, Poll, Token};
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::Told;
use super::held_poll::HeldPoll;

/// Polls that are looked at before anything else is.
const TOGETHER_MAX: usize = 1_024;

/// After some answers, until the next are looked for. To be woken by each would take the machine, whose
/// cores the nodes need, about as long as to receive it; an answer counts as late as it is seen.
const GATHERING: Duration = Duration::from_millis(2);

/// Longest time in which nothing is looked at.
const TICK: Duration = Duration::from_millis(5);

/// Bytes that are received at a time: more than an answer has.
const CHUNK_BYTES: usize = 64 << 10;

/// After an answer until the next poll, as an SDK has it with the shortest interval that makes sense.
const POLL_INTERVAL: Duration = Duration::from_secs(1);

/// Between two looks for a node that is away.
const AWAY_INTERVAL: Duration = Duration::from_millis(20);

/// The thread.
#[derive(Debug)]
pub(super) struct Thread {
    readiness: Poll,
    polls: Vec<HeldPoll>,
    /// Which polls are to be asked again, and when.
    due: BinaryHeap<Reverse<(Instant, usize)>>,
    /// Where every answer arrives, so that it arrives in memory that is at hand.
    chunk: Box<[u8]>,
    tell: mpsc::Sender<anyhow::Result<Vec<Told>>>,
    is_over: Arc<AtomicBool>,
}

impl Thread {
    pub(super) fn new(
        polls: Vec<HeldPoll>,
        tell: mpsc::Sender<anyhow::Result<Vec<Told>>>,
        is_over: Arc<AtomicBool>,
    ) -> std::io::Result<Self> {
        let now = Instant::now();
        Ok(Self {
            readiness: Poll::new()?,
            due: (0..polls.len()).map(|poll| Reverse((now, poll))).collect(),
            polls,
            chunk: vec![0; CHUNK_BYTES].into(),
            tell,
            is_over,
        })
    }

    /// Polls until the crowd is gone or a poll fails.
    pub(super) fn run(mut self) {
        if let Err(error) = self.work() {
            // With the crowd gone nobody needs to know.
            let _ = self.tell.blocking_send(Err(error));
        }
    }

    fn work(&mut self) -> anyhow::Result<()> {
        let mut events = Events::with_capacity(TOGETHER_MAX);
        while !self.is_over.load(Ordering::Acquire) {
            self.readiness.poll(&mut events, Some(self.idle_time()))?;
            let mut told = Vec::new();
            for event in &events {
                told.extend(self.receive(event.token().0)?);
            }
            if !told.is_empty() {
                self.tell.blocking_send(Ok(told))?;
                gather();
            }
            self.ask_the_due()?;
        }
        Ok(())
    }

    /// Until something is due.
    fn idle_time(&self) -> Duration {
        let next = self.due.peek();
        let until = |Reverse((due, _)): &Reverse<(Instant, usize)>| {
            due.saturating_duration_since(Instant::now())
        };
        next.map_or(TICK, until).min(TICK)
    }

    /// What the poll is answered, if it is there whole and there is something new in it.
    fn receive(&mut self, number: usize) -> anyhow::Result<Option<Told>> {
        let Some(poll) = self.polls.get_mut(number) else {
            return Ok(None);
        };
        match poll.receive(&mut self.chunk) {
            Ok(None) => Ok(None),
            Ok(Some(answered)) => {
                // Those that came with news are spread over as much again, so that they do not
                // come back as a crowd; the others are not waited with.
                let pause = match answered.news {
                    Some(_) => POLL_INTERVAL + spread(number, self.polls.len()),
                    None => Duration::ZERO,
                };
                self.due.push(Reverse((answered.at + pause, number)));
                Ok(answered.news.map(|(etag, bytes)| Told {
                    poll: number,
                    at: answered.at,
                    etag,
                    bytes,
                }))
            }
            Err(error) => {
                poll.leave(error)?;
                self.due.push(Reverse((Instant::now(), number)));
                Ok(None)
            }
        }
    }

    fn ask_the_due(&mut self) -> anyhow::Result<()> {
        let now = Instant::now();
        for _ in 0..TOGETHER_MAX {
            let Some(Reverse((due, number))) = self.due.peek().copied() else {
                break;
            };
            if due > now {
                break;
            }
            self.due.pop();
            let Some(poll) = self.polls.get_mut(number) else {
                continue;
            };
            match poll.ask(self.readiness.registry(), Token(number)) {
                Ok(true) => {}
                Ok(false) => self.due.push(Reverse((now + AWAY_INTERVAL, number))),
                Err(error) => {
                    poll.leave(error)?;
                    self.due.push(Reverse((now, number)));
                }
            }
        }
        Ok(())
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "on a thread that does nothing else"
)]
fn gather() {
    std::thread::sleep(GATHERING);
}

/// Between nothing for the first poll and nearly the whole interval for the last.
fn spread(number: usize, polls: usize) -> Duration {
    let number = u32::try_from(number).unwrap_or(u32::MAX);
    let polls = u32::try_from(polls).unwrap_or(u32::MAX).max(1);
    POLL_INTERVAL * number / polls
}
