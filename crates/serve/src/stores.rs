//! What a node is given to work with, by what it is used for. Serving knows nothing else about where
//! anything is kept.

use std::sync::Arc;

use burgee_store::{
    ChangeAnnouncer, ChangeNotices, CredentialReader, DefinitionReader, KeyStore, QuotaReader,
    RecordCache, SettingReader, SubjectStore, SubjectWriter, UsageStore,
};

/// The stores, by what they are used for.
#[derive(Clone)]
pub struct Stores {
    /// Definitions.
    pub definitions: Arc<dyn DefinitionReader>,
    /// What keys open.
    pub credentials: Arc<dyn CredentialReader>,
    /// When keys were used last.
    pub keys: Arc<dyn KeyStore>,
    /// How often who asked.
    pub usage: Arc<dyn UsageStore>,
    /// Who is over quota.
    pub quotas: Arc<dyn QuotaReader>,
    /// What else operators set at runtime.
    pub settings: Arc<dyn SettingReader>,
    /// Persons and groups.
    pub subjects: Arc<dyn SubjectStore>,
    /// Hash keys of experience continuity.
    pub subject_writer: Arc<dyn SubjectWriter>,
    /// Records that the nodes of a fleet share; `None`: this node has none to share with.
    pub shared: Option<Arc<dyn RecordCache>>,
    /// Where word of changes comes from; empty: changes are found by asking now and then.
    pub notices: Vec<Arc<dyn ChangeNotices>>,
    /// Tells the other nodes that shared records changed.
    pub announcer: Option<Arc<dyn ChangeAnnouncer>>,
    /// This node's own records, for a start with everything else gone.
    pub last_good: Option<Arc<dyn RecordCache>>,
}

impl std::fmt::Debug for Stores {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Stores").finish_non_exhaustive()
    }
}
