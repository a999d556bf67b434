//! Everything that is written, as plain functions of a connection.

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

use std::collections::BTreeMap;

use burgee_model::{EnvironmentId, ProjectId, ProjectToken};
use burgee_store::{Change, ChangeSet, Committed, StoreError};
use rusqlite::{Connection, OptionalExtension, Params, Transaction, TransactionBehavior};

use crate::{error::from_sqlite, lane::Ticket};

use revision::Extent;

pub(crate) use hash_keys::claim_hash_keys;
pub(crate) use key::touch_keys;
pub(crate) use setting::put_setting;
pub(crate) use subjects::put_subjects;
pub(crate) use usage::{add_usage, put_quota};

/// Makes all changes or none.
pub(crate) fn commit(
    connection: &mut Connection,
    changes: &ChangeSet,
    ticket: &Ticket,
) -> Result<Committed, StoreError> {
    changes.check()?;
    let transaction = begin(connection)?;
    revision::check_expected(&transaction, &changes.expected)?;
    let mut committed = Committed::default();
    let mut raised = BTreeMap::new();
    let mut moves_mark = false;
    for change in &changes.changes {
        let effect = make(&transaction, change)?;
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
        flag::refuse_shared_key(&transaction, environment)?;
        let raised = revision::raise(&transaction, environment, extent)?;
        committed.revisions.push(raised);
    }
    if moves_mark || !committed.revisions.is_empty() {
        execute(&transaction, "UPDATE change_mark SET mark = mark + 1", [])?;
    }
    finish(transaction, ticket)?;
    Ok(committed)
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

fn make(transaction: &Transaction<'_>, change: &Change) -> Result<Effect, StoreError> {
    match change {
        Change::PutProject { name, group_types } => project::put(transaction, name, group_types),
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
            environment::put(transaction, wanted)
        }
        Change::PutHoldPolls {
            environment,
            seconds,
        } => environment::put_hold_polls(transaction, environment, *seconds),
        Change::PutSecretKey { environment, key } => key::put_secret(transaction, environment, key),
        Change::PutPersonalKey { environment, key } => {
            key::put_personal(transaction, environment, key)
        }
        Change::RevokeKey { digest } => key::revoke(transaction, *digest),
        Change::ExpireKey { digest, expires_at } => key::expire(transaction, *digest, *expires_at),
        Change::PutCohort { project, cohort } => cohort::put(transaction, project, cohort),
        Change::ArchiveCohort { project, cohort } => cohort::archive(transaction, project, *cohort),
        Change::PutFlag { environment, flag } => flag::put(transaction, environment, flag),
        Change::ArchiveFlag { environment, flag } => flag::archive(transaction, environment, *flag),
        Change::PutPerson {
            environment,
            person,
        } => {
            let environment = environment_id(transaction, environment)?;
            subjects::put_person(transaction, environment, person)
        }
        Change::PutGroup { environment, group } => {
            let environment = environment_id(transaction, environment)?;
            subjects::put_group(transaction, environment, group)
        }
        Change::AddMembers(members) => subjects::add_members(transaction, members),
    }
}

/// Takes the write lock at once, so that what is read stays true until the end.
fn begin(connection: &mut Connection) -> Result<Transaction<'_>, StoreError> {
    connection
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .map_err(from_sqlite)
}

/// Commits, unless the caller has been told that it was too late.
fn finish(transaction: Transaction<'_>, ticket: &Ticket) -> Result<(), StoreError> {
    ticket.begin_commit()?;
    transaction.commit().map_err(from_sqlite)
}

fn project_id(transaction: &Transaction<'_>, name: &str) -> Result<ProjectId, StoreError> {
    let found = find(
        transaction,
        "SELECT id FROM projects WHERE name = ?1",
        [name],
    )?;
    found
        .map(ProjectId)
        .ok_or_else(|| StoreError::Refused(format!("there is no project `{name}`")))
}

fn environment_id(
    transaction: &Transaction<'_>,
    token: &ProjectToken,
) -> Result<EnvironmentId, StoreError> {
    let sql = "SELECT id FROM environments WHERE token = ?1";
    let found = find(transaction, sql, [token.as_str()])?;
    let missing = || StoreError::Refused(format!("no environment has the token `{token}`"));
    found.map(EnvironmentId).ok_or_else(missing)
}

/// Every environment of a project.
fn environments_of(
    transaction: &Transaction<'_>,
    project: ProjectId,
) -> Result<Vec<EnvironmentId>, StoreError> {
    let sql = "SELECT id FROM environments WHERE project_id = ?1";
    crate::read::rows(transaction, sql, [project.0], |row| {
        row.get(0).map(EnvironmentId)
    })
}

/// The first column of the first row.
fn find<T: rusqlite::types::FromSql>(
    transaction: &Transaction<'_>,
    sql: &str,
    parameters: impl Params,
) -> Result<Option<T>, StoreError> {
    let mut statement = transaction.prepare_cached(sql).map_err(from_sqlite)?;
    statement
        .query_row(parameters, |row| row.get(0))
        .optional()
        .map_err(from_sqlite)
}

/// Returns how many rows it changed.
fn execute(
    transaction: &Transaction<'_>,
    sql: &str,
    parameters: impl Params,
) -> Result<usize, StoreError> {
    let mut statement = transaction.prepare_cached(sql).map_err(from_sqlite)?;
    statement.execute(parameters).map_err(from_sqlite)
}
