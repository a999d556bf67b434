//! The reads that requests may make, several of them in one statement: persons, static cohorts,
//! groups and hash keys, all in one state of the database.

mod question;
mod stored_hash_keys;

use burgee_model::{CohortId, EnvironmentId, GroupFacts, HashKeyOverride, PersonFacts, Timestamp};
use burgee_store::{StoreError, SubjectQuery, SubjectRead};
use sqlx::{PgConnection, postgres::PgRow};

use self::{question::Questions, stored_hash_keys::StoredHashKeys};
use super::column::{key, plain};
use crate::error::from_sqlx;

const READ_PERSONS: &str = include_str!("../../queries/read_persons.sql");
const READ_SUBJECTS: &str = include_str!("../../queries/read_subjects.sql");

/// Answers all queries, in their order.
pub(crate) async fn read_subjects(
    connection: &mut PgConnection,
    queries: &[&SubjectQuery],
) -> Result<Vec<SubjectRead>, StoreError> {
    let questions = Questions::of(queries);
    if questions.is_empty() {
        return Ok(vec![SubjectRead::default(); queries.len()]);
    }
    // Most requests ask for nothing but a person, and a statement of fewer parts costs less.
    if questions.are_only_persons() {
        return read_persons(connection, &questions, queries.len()).await;
    }
    let rows = sqlx::query(READ_SUBJECTS)
        .bind(&questions.persons.places)
        .bind(&questions.persons.environments)
        .bind(&questions.persons.texts)
        .bind(&questions.groups.places)
        .bind(&questions.groups.environments)
        .bind(&questions.group_indexes)
        .bind(&questions.groups.texts)
        .bind(&questions.hash_keys.places)
        .bind(&questions.hash_keys.environments)
        .bind(&questions.hash_keys.texts)
        .fetch_all(connection)
        .await
        .map_err(from_sqlx)?;
    sort_out(queries, &rows)
}

async fn read_persons(
    connection: &mut PgConnection,
    questions: &Questions<'_>,
    count: usize,
) -> Result<Vec<SubjectRead>, StoreError> {
    let rows = sqlx::query(READ_PERSONS)
        .bind(&questions.persons.places)
        .bind(&questions.persons.environments)
        .bind(&questions.persons.texts)
        .fetch_all(connection)
        .await
        .map_err(from_sqlx)?;
    let mut reads = vec![SubjectRead::default(); count];
    for row in &rows {
        if let Some(read) = reads.get_mut(place(row, 0)?) {
            read.facts.person = Some(person(row, 1, 2, 3)?);
        }
    }
    Ok(reads)
}

/// Gives each row of [`READ_SUBJECTS`] to the query that asked for it. Columns: kind, place, and
/// by kind: properties, nothing, time, cohorts; properties; flag and hash key.
fn sort_out(queries: &[&SubjectQuery], rows: &[PgRow]) -> Result<Vec<SubjectRead>, StoreError> {
    let mut reads = vec![SubjectRead::default(); queries.len()];
    let mut groups = Vec::new();
    let mut hash_keys: Vec<StoredHashKeys> = vec![StoredHashKeys::default(); queries.len()];
    for row in rows {
        let place = place(row, 1)?;
        match plain::<i32>(row, 0)? {
            1 => {
                if let Some(read) = reads.get_mut(place) {
                    read.facts.person = Some(person(row, 2, 4, 5)?);
                }
            }
            2 => groups.push((place, plain::<String>(row, 2)?)),
            // Two places a query: its own identifier, and the one before log-in.
            _ => {
                if let Some(stored) = hash_keys.get_mut(place / 2) {
                    let found = HashKeyOverride {
                        flag: key(row, 2)?,
                        hash_key: plain(row, 3)?,
                    };
                    if place % 2 == 0 {
                        stored.add_own(found);
                    } else {
                        stored.add_anonymous(found);
                    }
                }
            }
        }
    }
    groups.sort_unstable_by_key(|(place, _)| *place);
    let asked = queries.iter().enumerate();
    let asked: Vec<_> = asked
        .flat_map(|(index, query)| query.groups.iter().map(move |group| (index, group)))
        .collect();
    for (place, properties) in groups {
        let Some((index, group)) = asked.get(place) else {
            continue;
        };
        if let Some(read) = reads.get_mut(*index) {
            let group = (*group).clone();
            read.facts.groups.push(GroupFacts { group, properties });
        }
    }
    for ((read, query), stored) in reads.iter_mut().zip(queries).zip(hash_keys) {
        if query.hash_keys {
            read.hash_keys_incomplete =
                query.anon_distinct_id.is_some() && stored.lacks_any(&query.continuity_flags);
            read.hash_keys = stored.merged();
        }
    }
    Ok(reads)
}

/// The rows of the persons behind the identifiers of a request, or what is kept aside for them.
pub(crate) async fn hash_keys_of(
    connection: &mut PgConnection,
    environment: EnvironmentId,
    (distinct_id, anon_distinct_id): (&str, &str),
) -> Result<Vec<HashKeyOverride>, StoreError> {
    let query = SubjectQuery {
        environment,
        distinct_id: distinct_id.to_owned(),
        anon_distinct_id: Some(anon_distinct_id.to_owned()),
        person: false,
        groups: Vec::new(),
        hash_keys: true,
        continuity_flags: Vec::new(),
    };
    let mut reads = read_subjects(connection, &[&query]).await?;
    Ok(reads.pop().unwrap_or_default().hash_keys)
}

fn person(
    row: &PgRow,
    properties: usize,
    created_at: usize,
    cohorts: usize,
) -> Result<PersonFacts, StoreError> {
    let cohorts: Vec<i32> = plain(row, cohorts)?;
    Ok(PersonFacts {
        properties: plain(row, properties)?,
        created_at: Some(Timestamp::from_unix_micros(plain(row, created_at)?)),
        static_cohorts: cohorts.into_iter().map(CohortId).collect(),
    })
}

fn place(row: &PgRow, column: usize) -> Result<usize, StoreError> {
    let place: i32 = plain(row, column)?;
    usize::try_from(place).map_err(|error| StoreError::Corrupt(error.to_string()))
}
