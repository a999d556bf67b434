//! Persons, groups and members of static cohorts.

use burgee_model::{EnvironmentId, Timestamp};
use burgee_store::{GroupRecord, MemberChange, PersonRecord, StoreError};
use rusqlite::{Connection, Row, Transaction};
use serde_json::Value;

use super::{Effect, begin, environment_id, execute, find, finish};
use crate::{error::from_sqlite, lane::Ticket};

const ADOPT_PENDING: &str = include_str!("../../queries/adopt_pending_hash_keys.sql");
const PUT_PERSON: &str = include_str!("../../queries/put_person.sql");
const PUT_DISTINCT_ID: &str = "INSERT INTO person_distinct_ids
    (environment_id, distinct_id, person_id) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING";
pub(super) const FIND_PERSON: &str = "SELECT person_id FROM person_distinct_ids
    WHERE environment_id = ?1 AND distinct_id = ?2";

/// Creates or replaces persons and groups, all or nothing.
pub(crate) fn put_subjects(
    connection: &mut Connection,
    environment: EnvironmentId,
    persons: &[PersonRecord],
    groups: &[GroupRecord],
    ticket: &Ticket,
) -> Result<(), StoreError> {
    let transaction = begin(connection)?;
    for person in persons {
        put_person(&transaction, environment, person)?;
    }
    for group in groups {
        put_group(&transaction, environment, group)?;
    }
    finish(transaction, ticket)
}

/// Creates a person, or gives the one who has any of the distinct ids all of them and these
/// properties. Distinct ids of several persons are refused: which of them is meant cannot be told.
pub(super) fn put_person(
    transaction: &Transaction<'_>,
    environment: EnvironmentId,
    person: &PersonRecord,
) -> Result<Effect, StoreError> {
    person.check()?;
    let created_at = person.created_at.map(Timestamp::unix_micros);
    let known = owner(transaction, environment, &person.distinct_ids)?;
    let (id, mut has_changed) = if let Some(id) = known {
        let wanted = (&*person.properties, created_at);
        (id, update_person(transaction, id, wanted)?)
    } else {
        let row = (environment.0, &person.properties, created_at);
        execute(transaction, PUT_PERSON, row)?;
        (transaction.last_insert_rowid(), true)
    };
    for distinct_id in &person.distinct_ids {
        if execute(
            transaction,
            PUT_DISTINCT_ID,
            (environment.0, distinct_id, id),
        )? > 0
        {
            has_changed = true;
            adopt(transaction, environment, distinct_id, id)?;
        }
    }
    Ok(if has_changed {
        Effect::Quiet
    } else {
        Effect::Nothing
    })
}

/// The person that the distinct ids belong to, as far as they belong to anybody.
fn owner(
    transaction: &Transaction<'_>,
    environment: EnvironmentId,
    distinct_ids: &[String],
) -> Result<Option<i64>, StoreError> {
    let mut known: Option<(i64, &str)> = None;
    for distinct_id in distinct_ids {
        let key = (environment.0, distinct_id);
        match (known, find(transaction, FIND_PERSON, key)?) {
            (_, None) => {}
            (None, Some(person)) => known = Some((person, distinct_id)),
            (Some((owner, _)), Some(person)) if owner == person => {}
            (Some((_, first)), Some(_)) => {
                return Err(StoreError::Refused(format!(
                    "`{first}` and `{distinct_id}` belong to different persons"
                )));
            }
        }
    }
    Ok(known.map(|(person, _)| person))
}

/// Returns whether anything changed.
fn update_person(
    transaction: &Transaction<'_>,
    id: i64,
    (properties, created_at): (&str, Option<i64>),
) -> Result<bool, StoreError> {
    let sql = "SELECT properties, created_at FROM persons WHERE id = ?1";
    let read = |row: &Row<'_>| Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?));
    let (stored, at) = transaction
        .prepare_cached(sql)
        .and_then(|mut statement| statement.query_row([id], read))
        .map_err(from_sqlite)?;
    if same_json(&stored, properties) && created_at.is_none_or(|wanted| wanted == at) {
        return Ok(false);
    }
    let sql = "UPDATE persons SET properties = ?2, created_at = coalesce(?3, created_at)
        WHERE id = ?1";
    execute(transaction, sql, (id, properties, created_at))?;
    Ok(true)
}

/// Gives a person what was kept aside for a distinct id (spec: engine §9.6 BETTER).
fn adopt(
    transaction: &Transaction<'_>,
    environment: EnvironmentId,
    distinct_id: &str,
    person: i64,
) -> Result<(), StoreError> {
    if execute(
        transaction,
        ADOPT_PENDING,
        (environment.0, distinct_id, person),
    )? > 0
    {
        let sql = "DELETE FROM pending_hash_keys WHERE environment_id = ?1 AND distinct_id = ?2";
        execute(transaction, sql, (environment.0, distinct_id))?;
    }
    Ok(())
}

/// Creates or replaces a group.
pub(super) fn put_group(
    transaction: &Transaction<'_>,
    environment: EnvironmentId,
    group: &GroupRecord,
) -> Result<Effect, StoreError> {
    group.check()?;
    let key = (environment.0, group.index.0, &group.key);
    let sql = "SELECT properties FROM group_records
        WHERE environment_id = ?1 AND type_index = ?2 AND key = ?3";
    let stored: Option<String> = find(transaction, sql, key)?;
    if stored.is_some_and(|stored| same_json(&stored, &group.properties)) {
        return Ok(Effect::Nothing);
    }
    let sql = "INSERT INTO group_records (environment_id, type_index, key, properties)
        VALUES (?1, ?2, ?3, ?4)
        ON CONFLICT (environment_id, type_index, key) DO UPDATE SET properties = excluded.properties";
    execute(transaction, sql, (key.0, key.1, key.2, &group.properties))?;
    Ok(Effect::Quiet)
}

/// Adds persons to a static cohort, which must be one.
pub(super) fn add_members(
    transaction: &Transaction<'_>,
    members: &MemberChange,
) -> Result<Effect, StoreError> {
    let environment = environment_id(transaction, &members.environment)?;
    let sql = "SELECT cohorts.is_static FROM cohorts
        JOIN environments ON environments.project_id = cohorts.project_id
        WHERE environments.id = ?1 AND cohorts.id = ?2 AND NOT cohorts.archived";
    if find(transaction, sql, (environment.0, members.cohort.0))? != Some(true) {
        let message = format!(
            "cohort {} is not a static cohort of the project",
            members.cohort
        );
        return Err(StoreError::Refused(message));
    }
    let mut added = 0;
    for distinct_id in &members.distinct_ids {
        let person: Option<i64> = find(transaction, FIND_PERSON, (environment.0, distinct_id))?;
        let person = person.ok_or_else(|| {
            StoreError::Refused(format!("nobody has the distinct id `{distinct_id}`"))
        })?;
        let sql = "INSERT INTO static_cohort_members (environment_id, person_id, cohort_id)
            VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING";
        added += execute(transaction, sql, (environment.0, person, members.cohort.0))?;
    }
    Ok(if added == 0 {
        Effect::Nothing
    } else {
        Effect::Quiet
    })
}

/// Spaces and the order of keys make no difference.
fn same_json(one: &str, two: &str) -> bool {
    one == two
        || matches!(
            (serde_json::from_str::<Value>(one), serde_json::from_str::<Value>(two)),
            (Ok(one), Ok(two)) if one == two
        )
}
