//! Persons, groups and members of static cohorts.

mod owners;

use burgee_model::{EnvironmentId, Timestamp};
use burgee_store::{GroupRecord, MemberChange, PersonRecord, StoreError};
use serde_json::Value;

use self::owners::{Owners, find_owners};
use super::{Changing, Effect, changing::Lock};
use crate::error::from_sqlx;

const ADOPT_PENDING: &str = include_str!("../../queries/adopt_pending_hash_keys.sql");
const PUT_PERSON: &str = include_str!("../../queries/put_person.sql");
const PUT_DISTINCT_IDS: &str = "INSERT INTO person_distinct_ids
    (environment_id, distinct_id, person_id)
    SELECT DISTINCT $1, distinct_id, $2 FROM unnest($3::text[]) AS named (distinct_id)
    ON CONFLICT DO NOTHING";
const ADD_MEMBERS: &str = include_str!("../../queries/add_members.sql");

/// Creates or replaces persons and groups of an environment.
pub(super) async fn put_all(
    changing: &mut Changing<'_>,
    environment: EnvironmentId,
    persons: &[PersonRecord],
    groups: &[GroupRecord],
) -> Result<(), StoreError> {
    for person in persons {
        put_person(changing, environment, person).await?;
    }
    for group in groups {
        put_group(changing, environment, group).await?;
    }
    Ok(())
}

/// Creates a person, or gives the one who has any of the distinct ids all of them and these
/// properties. Distinct ids of several persons are refused: which of them is meant cannot be told.
pub(super) async fn put_person(
    changing: &mut Changing<'_>,
    environment: EnvironmentId,
    person: &PersonRecord,
) -> Result<Effect, StoreError> {
    person.check()?;
    changing.lock_subjects(environment, Lock::Alone).await?;
    let created_at = person.created_at.map(Timestamp::unix_micros);
    let owners = find_owners(changing.connection(), environment, &person.distinct_ids).await?;
    let mut has_changed = true;
    let id = if let Some(id) = owners.person()? {
        let key = (environment, id);
        has_changed = update_person(changing, key, (&person.properties, created_at)).await?;
        let put = sqlx::query(PUT_DISTINCT_IDS)
            .bind(environment.0)
            .bind(id)
            .bind(owners.unowned());
        has_changed |= !owners.unowned().is_empty() && changing.execute(put).await? > 0;
        id
    } else {
        sqlx::query_scalar(PUT_PERSON)
            .bind(environment.0)
            .bind(&person.properties)
            .bind(created_at)
            .bind(&person.distinct_ids)
            .fetch_one(changing.connection())
            .await
            .map_err(from_sqlx)?
    };
    adopt(changing, environment, &owners, id).await?;
    Ok(if has_changed {
        Effect::Quiet
    } else {
        Effect::Nothing
    })
}

/// Returns whether anything changed.
async fn update_person(
    changing: &mut Changing<'_>,
    (environment, id): (EnvironmentId, i64),
    (properties, created_at): (&str, Option<i64>),
) -> Result<bool, StoreError> {
    let sql = "SELECT properties, created_at FROM persons WHERE environment_id = $1 AND id = $2";
    let (stored, at): (String, i64) = sqlx::query_as(sql)
        .bind(environment.0)
        .bind(id)
        .fetch_one(changing.connection())
        .await
        .map_err(from_sqlx)?;
    if same_json(&stored, properties) && created_at.is_none_or(|wanted| wanted == at) {
        return Ok(false);
    }
    let sql = "UPDATE persons SET properties = $3, created_at = coalesce($4, created_at)
        WHERE environment_id = $1 AND id = $2";
    let update = sqlx::query(sql)
        .bind(environment.0)
        .bind(id)
        .bind(properties)
        .bind(created_at);
    changing.execute(update).await?;
    Ok(true)
}

/// Gives a person what was kept aside for its distinct ids (spec: engine §9.6 BETTER).
async fn adopt(
    changing: &mut Changing<'_>,
    environment: EnvironmentId,
    owners: &Owners,
    person: i64,
) -> Result<(), StoreError> {
    if owners.claimed().is_empty() {
        return Ok(());
    }
    let adopt = sqlx::query(ADOPT_PENDING)
        .bind(environment.0)
        .bind(person)
        .bind(owners.claimed());
    changing.execute(adopt).await.map(|_| ())
}

/// Creates or replaces a group.
pub(super) async fn put_group(
    changing: &mut Changing<'_>,
    environment: EnvironmentId,
    group: &GroupRecord,
) -> Result<Effect, StoreError> {
    group.check()?;
    let sql = "SELECT properties FROM group_records
        WHERE environment_id = $1 AND type_index = $2 AND key = $3";
    let stored: Option<String> = sqlx::query_scalar(sql)
        .bind(environment.0)
        .bind(group.index.0)
        .bind(&group.key)
        .fetch_optional(changing.connection())
        .await
        .map_err(from_sqlx)?;
    if stored.is_some_and(|stored| same_json(&stored, &group.properties)) {
        return Ok(Effect::Nothing);
    }
    let sql = "INSERT INTO group_records (environment_id, type_index, key, properties)
        VALUES ($1, $2, $3, $4)
        ON CONFLICT (environment_id, type_index, key) DO UPDATE SET properties = excluded.properties";
    let put = sqlx::query(sql)
        .bind(environment.0)
        .bind(group.index.0)
        .bind(&group.key)
        .bind(&group.properties);
    changing.execute(put).await?;
    Ok(Effect::Quiet)
}

/// Adds persons to a static cohort, which must be one.
pub(super) async fn add_members(
    changing: &mut Changing<'_>,
    members: &MemberChange,
) -> Result<Effect, StoreError> {
    let environment = changing.environment_id(&members.environment).await?;
    let sql = "SELECT cohorts.is_static FROM cohorts
        JOIN environments ON environments.project_id = cohorts.project_id
        WHERE environments.id = $1 AND cohorts.id = $2 AND NOT cohorts.archived";
    let is_static: Option<bool> = sqlx::query_scalar(sql)
        .bind(environment.0)
        .bind(members.cohort.0)
        .fetch_optional(changing.connection())
        .await
        .map_err(from_sqlx)?;
    if is_static != Some(true) {
        let message = format!(
            "cohort {} is not a static cohort of the project",
            members.cohort
        );
        return Err(StoreError::Refused(message));
    }
    let owners = find_owners(changing.connection(), environment, &members.distinct_ids).await?;
    if let Some(nobody) = owners.unowned().first() {
        let message = format!("nobody has the distinct id `{nobody}`");
        return Err(StoreError::Refused(message));
    }
    let add = sqlx::query(ADD_MEMBERS)
        .bind(environment.0)
        .bind(members.cohort.0)
        .bind(owners.persons());
    Ok(match changing.execute(add).await? {
        0 => Effect::Nothing,
        _ => Effect::Quiet,
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
