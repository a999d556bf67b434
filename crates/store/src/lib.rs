//! Narrow storage traits, split by who uses them, and the contract suite that every store passes.
//!
//! | trait | used by |
//! |---|---|
//! | [`DefinitionReader`] | flag serving: definitions of an environment, and what changed |
//! | [`ProjectReader`] | `burgee apply` and `export`: a project as a whole |
//! | [`SubjectStore`] | flag serving: one read per request, at most |
//! | [`SubjectWriter`] | continuity, later event ingest |
//! | [`CredentialReader`] | flag serving: what a key opens |
//! | [`DefinitionWriter`] | `burgee apply`, later the management API |
//! | [`RecordCache`] | nodes: what a shared cache or the disk holds of definitions |
//! | [`ChangeNotices`] | nodes: word of a change sooner than by asking |
//!
//! A store is correct when it passes the `contract` suite (behind the feature of that name, for the
//! tests of stores); SQLite and PostgreSQL run the same one.

mod breaker;
mod change;
#[cfg(feature = "contract")]
pub mod contract;
mod credential;
mod definition;
mod error;
mod limit;
mod notice;
mod record;
mod subject;

pub use breaker::Breaker;
pub use change::{Change, ChangeSet, Committed, MemberChange};
pub use credential::{CredentialReader, KEYS_READ_MAX, KeyDigest, KeyGrant, KeyKind, SecretKey};
pub use definition::{
    DefinitionReader, DefinitionWriter, EnvironmentRecord, ProjectReader, ProjectRecord,
    ProjectTree, RevisionList,
};
pub use error::StoreError;
pub use limit::{
    CHANGES_MAX, DISTINCT_IDS_MAX, GROUP_KEY_BYTES_MAX, PAGE_ROWS_MAX, PROPERTIES_BYTES_MAX,
};
pub use notice::{ChangeAnnouncer, ChangeListener, ChangeNotices};
pub use record::{RECORD_BYTES_MAX, RecordCache, RecordName};
pub use subject::{
    GroupRecord, HashKeyClaim, PersonRecord, SubjectPage, SubjectQuery, SubjectRead, SubjectStore,
    SubjectWriter,
};
