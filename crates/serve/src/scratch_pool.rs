//! Working memory for evaluations, kept between requests.

use burgee_eval::Scratch;
use crossbeam_queue::ArrayQueue;

/// Scratches that are kept; more are made when more requests are in flight, and dropped after.
const KEPT_MAX: usize = 64;
/// A scratch that a request blew up beyond this is not kept.
const KEPT_BYTES_MAX: usize = 1 << 20;

/// A bounded pool.
#[derive(Debug)]
pub(crate) struct ScratchPool(ArrayQueue<Box<Scratch>>);

impl ScratchPool {
    pub(crate) fn new() -> Self {
        Self(ArrayQueue::new(KEPT_MAX))
    }

    pub(crate) fn take(&self) -> Box<Scratch> {
        self.0.pop().unwrap_or_default()
    }

    pub(crate) fn give_back(&self, scratch: Box<Scratch>) {
        if scratch.capacity_bytes() <= KEPT_BYTES_MAX {
            // A full pool needs no more.
            let _ = self.0.push(scratch);
        }
    }
}
