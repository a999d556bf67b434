//! A node's own records in a folder of its machine, so that it can answer after a restart with the
//! database and everything else gone.
//!
//! A [`RecordCache`](burgee_store::RecordCache) and nothing more: what a record holds, and whether it
//! is whole, is for its reader to say. A record appears whole or not at all: it is written beside its
//! place, synchronised and renamed. The folder is bounded in bytes and in files; what was written
//! longest ago goes first.
//!
//! Surprising: nothing touches the folder until the first call, and one that cannot be used fails
//! that call and never the start. Versions are compared within the life of the process alone, since
//! nobody else writes here: after a database was restored from a backup, lower revisions are newer.
//!
//! ```
//! use burgee_last_known_good::{FolderConfig, RecordFolder};
//! use burgee_store::{RecordCache, RecordName};
//!
//! # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
//! # let place = tempfile::tempdir().unwrap();
//! let folder = RecordFolder::new(FolderConfig::at(place.path().join("last-known-good")));
//! folder.write(&RecordName::Revisions, 1, b"a record".to_vec()).await.unwrap();
//! let read = folder.read(&RecordName::Revisions).await.unwrap();
//! assert_eq!(read.as_deref(), Some(&b"a record"[..]));
//! # });
//! ```

mod disk;
mod folder;
mod index;

pub use folder::{FolderConfig, RecordFolder};
