//! Narrow storage traits, split by who uses them, and the contract suite that every store passes.
//!
//! | trait | used by |
//! |---|---|
//! | [`DefinitionReader`] | flag serving: definitions of an environment, and what changed |
//! | [`ProjectReader`] | `burgee apply` and `export`: a project as a whole |
//! | [`SubjectStore`] | flag serving: one read per request, at most |
//! | [`SubjectWriter`] | continuity, later event ingest |
//! | [`CredentialReader`] | flag serving: what a key opens |
//! | [`KeyStore`] | `burgee key`, and nodes that tell when keys were used |
//! | [`DefinitionWriter`] | `burgee apply`, later the management API |
//! | [`UsageStore`] | nodes, which count requests, and `burgee usage` |
//! | [`QuotaReader`], [`QuotaWriter`] | nodes · `burgee quota` |
//! | [`SettingReader`], [`SettingWriter`] | what operators set at runtime: nodes · `burgee allow-list` |
//! | [`RecordCache`] | nodes: what a shared cache or the disk holds of definitions |
//! | [`ChangeNotices`] | nodes: word of a change sooner than by asking |
//!
//! A store is correct when it passes the `contract` suite (behind the feature of that name, for the
//! tests of stores); SQLite and PostgreSQL run the same one.

mod allow_list;
mod breaker;
mod change;
#[cfg(feature = "contract")]
pub mod contract;
mod credential;
mod cursor;
mod definition;
mod error;
mod limit;
mod migration;
mod notice;
mod quota;
mod record;
mod setting;
mod subject;
mod usage;
mod whole;

pub use allow_list::{ALLOW_LIST_MAX, put_allow_list, read_allow_list};
pub use breaker::Breaker;
pub use change::{Change, ChangeSet, Committed, MemberChange, is_put_already};
pub use credential::{
    CredentialReader, InvalidDigest, KEYS_READ_MAX, KeyDigest, KeyGrant, KeyKind, KeyPlace,
    KeyRecord, KeyStore, SecretKey, check_key_count, check_key_page,
};
pub use cursor::SubjectCursor;
pub use definition::{
    DefinitionChange, DefinitionReader, DefinitionWriter, EnvironmentRecord, FlagChange,
    ProjectReader, ProjectRecord, ProjectTree, RevisionList,
};
pub use error::StoreError;
pub use limit::{
    CHANGES_MAX, DISTINCT_IDS_MAX, GROUP_KEY_BYTES_MAX, HOLD_POLLS_SECONDS_MAX, PAGE_ROWS_MAX,
    PROPERTIES_BYTES_MAX,
};
pub use migration::{Migration, check_history};
pub use notice::{ChangeAnnouncer, ChangeListener, ChangeNotices};
pub use quota::{QUOTAS_READ_MAX, Quota, QuotaReader, QuotaWriter};
pub use record::{
    KeyFingerprint, OpenRecord, RECORD_BYTES_MAX, RecordCache, RecordError, RecordName,
    SharedContents, open_contents, open_definitions, open_grants, open_record, seal_contents,
    seal_definitions, seal_grants, seal_record,
};
pub use setting::{SETTING_BYTES_MAX, SettingName, SettingReader, SettingWriter};
pub use subject::{
    GroupRecord, HashKeyClaim, PersonRecord, SubjectPage, SubjectQuery, SubjectRead, SubjectStore,
    SubjectWriter,
};
pub use usage::{
    USAGE_BATCH_COUNTS_MAX, USAGE_BUCKET_SECONDS, USAGE_KEPT_DAYS, UsageBatch, UsageBucket,
    UsageCount, UsageKind, UsageLibrary, UsageStore, UsageTotal,
};
pub use whole::{AdmissionStore, Store};
