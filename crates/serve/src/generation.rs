//! Tells what was read before a change from what was read after it.
//!
//! A read that was under way when a change came may end after everything held was read anew. What it
//! brings is older than what is known, and nothing but the moment it began gives that away.

use std::sync::atomic::{AtomicU64, Ordering};

/// Reads of one thing before its reader gives up on outrunning changes.
pub(crate) const READS_MAX: usize = 3;

/// The moment at which a read began, as far as changes go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Generation(u64);

/// The generations of one cache.
#[derive(Debug, Default)]
pub(crate) struct Generations {
    newest: AtomicU64,
    /// What is older is not to be used.
    oldest_valid: AtomicU64,
}

impl Generations {
    /// For a read that begins now.
    pub(crate) fn newest(&self) -> Generation {
        Generation(self.newest.load(Ordering::Acquire))
    }

    /// A change was heard of. Everything that is held is to be read anew in this generation, then
    /// [`Self::settle`] is to be called.
    pub(crate) fn begin(&self) -> Generation {
        Generation(self.newest.fetch_add(1, Ordering::AcqRel) + 1)
    }

    /// Everything that was held has been read anew: what is older came too late.
    pub(crate) fn settle(&self, generation: Generation) {
        self.oldest_valid.fetch_max(generation.0, Ordering::AcqRel);
    }

    /// Whether what was read then may still be used.
    pub(crate) fn is_valid(&self, generation: Generation) -> bool {
        generation.0 >= self.oldest_valid.load(Ordering::Acquire)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_read_before_a_change_is_valid_until_all_was_read_anew() {
        let generations = Generations::default();
        let before = generations.newest();
        let after = generations.begin();
        assert_eq!(generations.newest(), after);
        assert!(generations.is_valid(before) && generations.is_valid(after));
        generations.settle(after);
        assert!(!generations.is_valid(before) && generations.is_valid(after));
    }
}
