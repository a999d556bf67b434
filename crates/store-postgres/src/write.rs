//! Everything that is written. Each write is one transaction, begun and ended here.
//!
//! Two locks keep what SQLite has for free by having one writer. Every change set locks the row of
//! the change mark, so that change sets follow one another. And whatever may give a distinct id to a
//! person locks the subjects of that environment, which claims of hash keys share, so that a claim
//! never looks for a person that is being made.

mod changing;
mod cohort;
mod environment;
mod flag;
mod hash_keys;
mod key;
mod project;
mod revision;
mod setting;
mod subjects;
mod usage;

use std::{collections::BTreeMap, time::Duration};

use burgee_model::{EnvironmentId, HashKeyOverride, Timestamp};
use burgee_store::{
    Change, ChangeSet, Committed, GroupRecord, HashKeyClaim, KeyDigest, PersonRecord, Quota,
    SettingName, StoreError, UsageBatch,
};
use sqlx::{Connection as _, Postgres, Transaction};
use tokio::time::timeout;

use crate::{error::from_sqlx, notice::MOVE_MARK, pool::Pool};

use changing::Changing;
use revision::Extent;

/// How long a caller waits for a commit that has begun before it reports that its outcome is
/// unknown, in milliseconds.
const COMMIT_GRACE_MS: u64 = 5_000;

/// Does `$work` with a [`Changing`] in a transaction of a connection of `$pool`. A macro for the
/// reason that `on!` of `store.rs` is one.
macro_rules! transact {
    ($pool:expr, |$changing:ident| $work:expr) => {{
        let pool: &Pool = $pool;
        let mut lease = pool.acquire().await?;
        let done = {
            let begun = async {
                let begun = lease.connection().begin().await;
                let mut transaction = begun.map_err(from_sqlx)?;
                let mut changing = Changing::new(&mut transaction);
                let $changing = &mut changing;
                let made = $work.await;
                drop(changing);
                match made {
                    Ok(made) => Ok((transaction, made)),
                    Err(error) => {
                        // Gives up its locks now rather than with the next use of the connection.
                        let _ = transaction.rollback().await;
                        Err(error)
                    }
                }
            };
            match timeout(pool.work_timeout(), begun).await {
                Ok(Ok((transaction, made))) => Ok(end(transaction).await.map(|()| made)),
                Ok(Err(error)) => Ok(Err(error)),
                Err(elapsed) => Err(elapsed),
            }
        };
        lease.finish(done)
    }};
}

/// Makes all changes or none.
pub(crate) async fn commit(pool: &Pool, changes: &ChangeSet) -> Result<Committed, StoreError> {
    transact!(pool, |changing| make_all(changing, changes))
}

/// Stores a claim for whoever lacks a row; what is there stays.
pub(crate) async fn claim_hash_keys(
    pool: &Pool,
    claim: &HashKeyClaim,
) -> Result<Vec<HashKeyOverride>, StoreError> {
    transact!(pool, |changing| hash_keys::claim(changing, claim))
}

/// Notes when keys were used last.
pub(crate) async fn touch_keys(
    pool: &Pool,
    used: &[(KeyDigest, Timestamp)],
) -> Result<(), StoreError> {
    transact!(pool, |changing| key::touch(changing, used))
}

/// Creates or replaces persons and groups, all or nothing.
pub(crate) async fn put_subjects(
    pool: &Pool,
    environment: EnvironmentId,
    persons: &[PersonRecord],
    groups: &[GroupRecord],
) -> Result<(), StoreError> {
    transact!(pool, |changing| subjects::put_all(
        changing,
        environment,
        persons,
        groups
    ))
}

/// Adds counts of requests, all or none.
pub(crate) async fn add_usage(pool: &Pool, batch: &UsageBatch) -> Result<(), StoreError> {
    transact!(pool, |changing| usage::add(changing, batch))
}

/// Sets the end of an environment's quota.
pub(crate) async fn put_quota(pool: &Pool, quota: &Quota) -> Result<(), StoreError> {
    transact!(pool, |changing| usage::put_quota(changing, quota))
}

/// Puts a value in the place of what was there, or nothing.
pub(crate) async fn put_setting(
    pool: &Pool,
    name: SettingName,
    value: Option<&str>,
) -> Result<(), StoreError> {
    transact!(pool, |changing| setting::put(changing, name, value))
}

/// Past the grace nobody knows whether the commit was made, and the caller is told so.
async fn end(transaction: Transaction<'_, Postgres>) -> Result<(), StoreError> {
    let grace = Duration::from_millis(COMMIT_GRACE_MS);
    match timeout(grace, transaction.commit()).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => Err(from_sqlx(error)),
        Err(_) => Err(StoreError::Unavailable(
            "a commit was begun and has not been confirmed".to_owned(),
        )),
    }
}

/// What a change did.
#[derive(Debug, PartialEq, Eq)]
enum Effect {
    /// All was as it should be.
    Nothing,
    /// Something that nodes do not hold.
    Quiet,
    /// What keys open, which nodes hold and learn of by the change mark alone.
    Access,
    /// Flags of these environments, whose rows say so, and nothing else.
    Flags(Vec<EnvironmentId>),
    /// Something else that SDKs of these environments see.
    Whole(Vec<EnvironmentId>),
}

async fn make_all(
    changing: &mut Changing<'_>,
    changes: &ChangeSet,
) -> Result<Committed, StoreError> {
    changing
        .execute(sqlx::query("SELECT FROM change_mark FOR UPDATE"))
        .await?;
    revision::check_expected(changing.connection(), &changes.expected).await?;
    let mut committed = Committed::default();
    let mut raised = BTreeMap::new();
    let mut moves_mark = false;
    for change in &changes.changes {
        let effect = make(changing, change).await?;
        if effect == Effect::Nothing {
            committed.unchanged += 1;
        } else {
            committed.changed += 1;
        }
        match effect {
            Effect::Nothing | Effect::Quiet => {}
            Effect::Access => moves_mark = true,
            Effect::Flags(environments) => {
                for environment in environments {
                    raised.entry(environment).or_insert(Extent::Flags);
                }
            }
            Effect::Whole(environments) => {
                raised.extend(environments.into_iter().map(|id| (id, Extent::Whole)));
            }
        }
    }
    for (environment, extent) in raised {
        flag::refuse_shared_key(changing.connection(), environment).await?;
        let raised = revision::raise(changing.connection(), environment, extent).await?;
        committed.revisions.push(raised);
    }
    if moves_mark || !committed.revisions.is_empty() {
        changing.execute(sqlx::query(MOVE_MARK)).await?;
    }
    Ok(committed)
}

async fn make(changing: &mut Changing<'_>, change: &Change) -> Result<Effect, StoreError> {
    match change {
        Change::PutProject { name, group_types } => project::put(changing, name, group_types).await,
        Change::PutEnvironment {
            project,
            name,
            token,
            timezone,
            property_matching,
        } => {
            let wanted = environment::Wanted {
                project,
                name,
                token,
                timezone,
                property_matching: *property_matching,
            };
            environment::put(changing, wanted).await
        }
        Change::PutHoldPolls {
            environment,
            seconds,
        } => environment::put_hold_polls(changing, environment, *seconds).await,
        Change::PutSecretKey { environment, key } => {
            key::put_secret(changing, environment, key).await
        }
        Change::PutPersonalKey { environment, key } => {
            key::put_personal(changing, environment, key).await
        }
        Change::RevokeKey { digest } => key::revoke(changing, *digest).await,
        Change::ExpireKey { digest, expires_at } => {
            key::expire(changing, *digest, *expires_at).await
        }
        Change::PutCohort { project, cohort } => cohort::put(changing, project, cohort).await,
        Change::ArchiveCohort { project, cohort } => {
            cohort::archive(changing, project, *cohort).await
        }
        Change::PutFlag { environment, flag } => flag::put(changing, environment, flag).await,
        Change::ArchiveFlag { environment, flag } => {
            flag::archive(changing, environment, *flag).await
        }
        Change::PutPerson {
            environment,
            person,
        } => {
            let environment = changing.environment_id(environment).await?;
            subjects::put_person(changing, environment, person).await
        }
        Change::PutGroup { environment, group } => {
            let environment = changing.environment_id(environment).await?;
            subjects::put_group(changing, environment, group).await
        }
        Change::AddMembers(members) => subjects::add_members(changing, members).await,
    }
}
