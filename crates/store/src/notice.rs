//! Word of a change, sooner than by asking for revisions.
//!
//! A notice says that something changed, never what: whoever hears one asks for the revisions, as it
//! does now and then anyway. So a notice that is lost costs time, and one too many costs a cheap read.
//! That read is spared where a notice names the mark of a change that is known already, as when the
//! database and what nodes share both tell of it.

use async_trait::async_trait;

use crate::StoreError;

/// Where notices come from: the database, or what nodes share.
#[async_trait]
pub trait ChangeNotices: Send + Sync {
    /// Starts to listen. Changes made after this returns are heard of.
    async fn listen(&self) -> Result<Box<dyn ChangeListener>, StoreError>;
}

/// Hears notices until it fails; then [`ChangeNotices::listen`] again, after a pause, and ask for the
/// revisions once, since notices may have been missed.
#[async_trait]
pub trait ChangeListener: Send {
    /// Waits for the next notice, however long. Those that came since the last call count as one.
    /// Returns the mark ([`RevisionList::mark`](crate::RevisionList)) that the newest change made, if
    /// they say so.
    async fn next(&mut self) -> Result<Option<u64>, StoreError>;
}

/// Gives notice to the other nodes.
#[async_trait]
pub trait ChangeAnnouncer: Send + Sync {
    /// Says that something changed, and that shared records are up to date with the change that made
    /// this mark.
    async fn announce(&self, mark: u64) -> Result<(), StoreError>;
}
