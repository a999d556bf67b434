//! No store at all: for a node that serves from what other nodes share. Everything asked of it fails at
//! once, as if it were down, so that nobody takes its silence for "there is no such key".

use std::ops::Range;

use async_trait::async_trait;
use burgee_model::{
    Definitions, EnvironmentId, HashKeyOverride, ProjectToken, Revision, Timestamp,
};
use burgee_store::{
    ChangeListener, ChangeNotices, ChangeSet, Committed, CredentialReader, DefinitionChange,
    DefinitionReader, DefinitionWriter, GroupRecord, HashKeyClaim, KeyDigest, KeyGrant, KeyRecord,
    KeyStore, PersonRecord, ProjectReader, ProjectRecord, ProjectTree, Quota, QuotaReader,
    QuotaWriter, RevisionList, SettingName, SettingReader, SettingWriter, StoreError, SubjectPage,
    SubjectQuery, SubjectRead, SubjectStore, SubjectWriter, UsageBatch, UsageBucket, UsageStore,
    UsageTotal,
};

/// Fails.
#[derive(Debug, Clone, Copy)]
pub(super) struct AbsentStore;

fn absent<T>() -> Result<T, StoreError> {
    let reason = "this node has no database".to_owned();
    Err(StoreError::Unavailable(reason))
}

#[async_trait]
impl DefinitionReader for AbsentStore {
    async fn read_by_token(&self, _: &ProjectToken) -> Result<Option<Definitions>, StoreError> {
        absent()
    }

    async fn read_change(
        &self,
        _: &ProjectToken,
        _: (EnvironmentId, Revision),
    ) -> Result<Option<DefinitionChange>, StoreError> {
        absent()
    }

    async fn read_revisions(&self, _: Option<u64>) -> Result<Option<RevisionList>, StoreError> {
        absent()
    }
}

#[async_trait]
impl ProjectReader for AbsentStore {
    async fn list_projects(&self) -> Result<Vec<ProjectRecord>, StoreError> {
        absent()
    }

    async fn read_project(&self, _: &str) -> Result<Option<ProjectTree>, StoreError> {
        absent()
    }
}

#[async_trait]
impl DefinitionWriter for AbsentStore {
    async fn commit(&self, _: &ChangeSet) -> Result<Committed, StoreError> {
        absent()
    }
}

#[async_trait]
impl CredentialReader for AbsentStore {
    async fn read_grants(&self, _: &[KeyDigest]) -> Result<Vec<Vec<KeyGrant>>, StoreError> {
        absent()
    }

    async fn list_grants(
        &self,
        _: Option<KeyDigest>,
        _: usize,
    ) -> Result<Vec<(KeyDigest, Vec<KeyGrant>)>, StoreError> {
        absent()
    }
}

#[async_trait]
impl KeyStore for AbsentStore {
    async fn list_keys(
        &self,
        _: Option<KeyDigest>,
        _: usize,
    ) -> Result<Vec<KeyRecord>, StoreError> {
        absent()
    }

    async fn touch_keys(&self, _: &[(KeyDigest, Timestamp)]) -> Result<(), StoreError> {
        absent()
    }
}

#[async_trait]
impl SubjectStore for AbsentStore {
    async fn read_subject(&self, _: SubjectQuery) -> Result<SubjectRead, StoreError> {
        absent()
    }

    async fn read_page(
        &self,
        _: EnvironmentId,
        _: Option<String>,
        _: usize,
    ) -> Result<SubjectPage, StoreError> {
        absent()
    }
}

#[async_trait]
impl SubjectWriter for AbsentStore {
    async fn claim_hash_keys(&self, _: HashKeyClaim) -> Result<Vec<HashKeyOverride>, StoreError> {
        absent()
    }

    async fn put_subjects(
        &self,
        _: EnvironmentId,
        _: Vec<PersonRecord>,
        _: Vec<GroupRecord>,
    ) -> Result<(), StoreError> {
        absent()
    }
}

#[async_trait]
impl UsageStore for AbsentStore {
    async fn add_usage(&self, _: &UsageBatch) -> Result<(), StoreError> {
        absent()
    }

    async fn read_usage(&self, _: Range<UsageBucket>) -> Result<Vec<UsageTotal>, StoreError> {
        absent()
    }
}

#[async_trait]
impl QuotaReader for AbsentStore {
    async fn read_quotas(&self, _: Timestamp) -> Result<Vec<Quota>, StoreError> {
        absent()
    }
}

#[async_trait]
impl QuotaWriter for AbsentStore {
    async fn put_quota(&self, _: &Quota) -> Result<(), StoreError> {
        absent()
    }
}

#[async_trait]
impl SettingReader for AbsentStore {
    async fn read_setting(&self, _: SettingName) -> Result<Option<String>, StoreError> {
        absent()
    }
}

#[async_trait]
impl SettingWriter for AbsentStore {
    async fn put_setting(&self, _: SettingName, _: Option<&str>) -> Result<(), StoreError> {
        absent()
    }
}

#[async_trait]
impl ChangeNotices for AbsentStore {
    async fn listen(&self) -> Result<Box<dyn ChangeListener>, StoreError> {
        absent()
    }
}
