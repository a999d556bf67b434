//! A store that can be slow, gone or broken, at will and while it is used.

use std::{
    fmt::{self, Debug, Formatter},
    ops::Range,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use burgee_model::{
    Definitions, EnvironmentId, HashKeyOverride, ProjectToken, Revision, Timestamp,
};
use burgee_store::{
    AdmissionStore, ChangeListener, ChangeNotices, CredentialReader, DefinitionChange,
    DefinitionReader, GroupRecord, HashKeyClaim, KeyDigest, KeyGrant, KeyRecord, KeyStore,
    PersonRecord, Quota, QuotaReader, RevisionList, SettingName, SettingReader, StoreError,
    SubjectPage, SubjectQuery, SubjectRead, SubjectStore, SubjectWriter, UsageBatch, UsageBucket,
    UsageStore, UsageTotal,
};
use tokio::{sync::watch, time::sleep};

use crate::TestStore;

/// What befalls a call before the real store sees it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Fault {
    /// Nothing.
    #[default]
    None,
    /// The call waits until the fault is another, and meets that one then: what is to happen
    /// meanwhile has all the time it needs.
    Held,
    /// The call is late.
    Delay(Duration),
    /// The call fails.
    Error(StoreError),
    /// The call is late and fails: what a store does that keeps a deadline.
    Late(Duration, StoreError),
    /// The call panics.
    Panic,
}

impl Fault {
    /// The store is away.
    pub fn gone() -> Self {
        Self::Error(StoreError::Unavailable("gone".to_owned()))
    }
}

/// A fault that can be switched, and a count of the calls it was asked about.
#[derive(Debug, Default)]
pub struct Switch {
    fault: watch::Sender<Fault>,
    calls: AtomicUsize,
}

impl Switch {
    /// From now on.
    pub fn set(&self, fault: Fault) {
        self.fault.send_replace(fault);
    }

    /// Calls so far, failed ones included.
    pub fn calls(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }

    pub(crate) async fn pass(&self) -> Result<(), StoreError> {
        self.calls.fetch_add(1, Ordering::SeqCst);
        let mut fault = self.fault.subscribe();
        // The sender is here, so this cannot fail.
        let fault = fault.wait_for(|fault| *fault != Fault::Held).await;
        match fault.map_or(Fault::None, |fault| fault.clone()) {
            Fault::None | Fault::Held => Ok(()),
            Fault::Delay(delay) => {
                sleep(delay).await;
                Ok(())
            }
            Fault::Error(error) => Err(error),
            Fault::Late(delay, error) => {
                sleep(delay).await;
                Err(error)
            }
            Fault::Panic => panic!("a fault that the test asked for"),
        }
    }
}

/// One switch per kind of call.
#[derive(Debug, Default)]
pub struct Faults {
    /// Definitions by token or id.
    pub definitions: Switch,
    /// What keys open.
    pub credentials: Switch,
    /// Word of the use of keys.
    pub touches: Switch,
    /// What changed.
    pub revisions: Switch,
    /// Word that something changed: beginning to listen, and each notice.
    pub notices: Switch,
    /// Persons and groups.
    pub subjects: Switch,
    /// Hash keys of experience continuity.
    pub claims: Switch,
    /// Counts of requests.
    pub usage: Switch,
    /// Who is over quota.
    pub quotas: Switch,
    /// What else operators set at runtime.
    pub settings: Switch,
}

impl Faults {
    /// Everything at once.
    pub fn set_all(&self, fault: &Fault) {
        for switch in [
            &self.definitions,
            &self.credentials,
            &self.touches,
            &self.revisions,
            &self.notices,
            &self.subjects,
            &self.claims,
            &self.usage,
            &self.quotas,
            &self.settings,
        ] {
            switch.set(fault.clone());
        }
    }
}

/// The real store behind [`Faults`].
#[derive(Clone)]
pub struct FaultyStore {
    /// The real one.
    pub store: Arc<dyn TestStore>,
    /// Where usage is counted, and quotas and settings are, which may be elsewhere.
    pub admission: Arc<dyn AdmissionStore>,
    /// What stands before it.
    pub faults: Arc<Faults>,
}

impl Debug for FaultyStore {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_tuple("FaultyStore").field(&self.store).finish()
    }
}

#[async_trait]
impl DefinitionReader for FaultyStore {
    async fn read_by_token(&self, token: &ProjectToken) -> Result<Option<Definitions>, StoreError> {
        self.faults.definitions.pass().await?;
        self.store.read_by_token(token).await
    }

    async fn read_change(
        &self,
        token: &ProjectToken,
        known: (EnvironmentId, Revision),
    ) -> Result<Option<DefinitionChange>, StoreError> {
        self.faults.definitions.pass().await?;
        self.store.read_change(token, known).await
    }

    async fn read_revisions(
        &self,
        unless: Option<u64>,
    ) -> Result<Option<RevisionList>, StoreError> {
        self.faults.revisions.pass().await?;
        self.store.read_revisions(unless).await
    }
}

#[async_trait]
impl CredentialReader for FaultyStore {
    async fn read_grants(&self, keys: &[KeyDigest]) -> Result<Vec<Vec<KeyGrant>>, StoreError> {
        self.faults.credentials.pass().await?;
        self.store.read_grants(keys).await
    }

    async fn list_grants(
        &self,
        after: Option<KeyDigest>,
        limit: usize,
    ) -> Result<Vec<(KeyDigest, Vec<KeyGrant>)>, StoreError> {
        self.faults.credentials.pass().await?;
        self.store.list_grants(after, limit).await
    }
}

#[async_trait]
impl KeyStore for FaultyStore {
    async fn list_keys(
        &self,
        after: Option<KeyDigest>,
        limit: usize,
    ) -> Result<Vec<KeyRecord>, StoreError> {
        self.store.list_keys(after, limit).await
    }

    async fn touch_keys(&self, used: &[(KeyDigest, Timestamp)]) -> Result<(), StoreError> {
        self.faults.touches.pass().await?;
        self.store.touch_keys(used).await
    }
}

#[async_trait]
impl ChangeNotices for FaultyStore {
    async fn listen(&self) -> Result<Box<dyn ChangeListener>, StoreError> {
        self.faults.notices.pass().await?;
        Ok(Box::new(FaultyListener {
            listener: self.store.listen().await?,
            faults: Arc::clone(&self.faults),
        }))
    }
}

struct FaultyListener {
    listener: Box<dyn ChangeListener>,
    faults: Arc<Faults>,
}

#[async_trait]
impl ChangeListener for FaultyListener {
    async fn next(&mut self) -> Result<Option<u64>, StoreError> {
        let mark = self.listener.next().await?;
        self.faults.notices.pass().await?;
        Ok(mark)
    }
}

#[async_trait]
impl SubjectStore for FaultyStore {
    async fn read_subject(&self, query: SubjectQuery) -> Result<SubjectRead, StoreError> {
        self.faults.subjects.pass().await?;
        self.store.read_subject(query).await
    }

    async fn read_page(
        &self,
        environment: EnvironmentId,
        after: Option<String>,
        rows_max: usize,
    ) -> Result<SubjectPage, StoreError> {
        self.store.read_page(environment, after, rows_max).await
    }
}

#[async_trait]
impl SubjectWriter for FaultyStore {
    async fn claim_hash_keys(
        &self,
        claim: HashKeyClaim,
    ) -> Result<Vec<HashKeyOverride>, StoreError> {
        self.faults.claims.pass().await?;
        self.store.claim_hash_keys(claim).await
    }

    async fn put_subjects(
        &self,
        environment: EnvironmentId,
        persons: Vec<PersonRecord>,
        groups: Vec<GroupRecord>,
    ) -> Result<(), StoreError> {
        self.store.put_subjects(environment, persons, groups).await
    }
}

#[async_trait]
impl UsageStore for FaultyStore {
    async fn add_usage(&self, batch: &UsageBatch) -> Result<(), StoreError> {
        self.faults.usage.pass().await?;
        self.admission.add_usage(batch).await
    }

    async fn read_usage(&self, buckets: Range<UsageBucket>) -> Result<Vec<UsageTotal>, StoreError> {
        self.admission.read_usage(buckets).await
    }
}

#[async_trait]
impl QuotaReader for FaultyStore {
    async fn read_quotas(&self, since: Timestamp) -> Result<Vec<Quota>, StoreError> {
        self.faults.quotas.pass().await?;
        self.admission.read_quotas(since).await
    }
}

#[async_trait]
impl SettingReader for FaultyStore {
    async fn read_setting(&self, name: SettingName) -> Result<Option<String>, StoreError> {
        self.faults.settings.pass().await?;
        self.admission.read_setting(name).await
    }
}
