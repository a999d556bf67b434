//! The read that a request may make: person, static cohorts, groups and hash keys in one job.

use burgee_model::{
    CohortId, EnvironmentId, FlagKey, GroupFacts, GroupRef, HashKeyOverride, PersonFacts,
    SubjectFacts, Timestamp,
};
use burgee_store::{StoreError, SubjectQuery, SubjectRead};
use rusqlite::{Connection, OptionalExtension, Row};

use super::{column::Key, rows, snapshot};
use crate::error::from_sqlite;

const READ_PERSON: &str = include_str!("../../queries/read_person.sql");
const READ_HASH_KEYS: &str = include_str!("../../queries/read_hash_keys.sql");
const READ_GROUP: &str = "SELECT properties FROM group_records
    WHERE environment_id = ?1 AND type_index = ?2 AND key = ?3";

/// Answers `query` from one state of the database.
pub(crate) fn read_subject(
    connection: &Connection,
    query: &SubjectQuery,
) -> Result<SubjectRead, StoreError> {
    // A lone statement is its own snapshot, and most reads are one.
    if query.person && query.groups.is_empty() && !query.hash_keys {
        return Ok(SubjectRead {
            facts: SubjectFacts {
                person: read_person(connection, query.environment, &query.distinct_id)?,
                groups: Vec::new(),
            },
            ..SubjectRead::default()
        });
    }
    snapshot(connection, |connection| read_all(connection, query))
}

fn read_all(connection: &Connection, query: &SubjectQuery) -> Result<SubjectRead, StoreError> {
    let mut read = SubjectRead::default();
    if query.person {
        read.facts.person = read_person(connection, query.environment, &query.distinct_id)?;
    }
    for group in &query.groups {
        if let Some(found) = read_group(connection, query.environment, group)? {
            read.facts.groups.push(found);
        }
    }
    if query.hash_keys {
        let distinct_ids = DistinctIds {
            distinct_id: &query.distinct_id,
            anon_distinct_id: query.anon_distinct_id.as_deref(),
        };
        let stored = read_hash_keys(connection, query.environment, distinct_ids)?;
        read.hash_keys_incomplete = stored.lacks_any(&query.continuity_flags);
        read.hash_keys = stored.merged();
    }
    Ok(read)
}

fn read_person(
    connection: &Connection,
    environment: EnvironmentId,
    distinct_id: &str,
) -> Result<Option<PersonFacts>, StoreError> {
    let read = |row: &Row<'_>| {
        let members = row.get_ref(2)?.as_str_or_null()?;
        Ok(PersonFacts {
            properties: row.get(0)?,
            created_at: Some(Timestamp::from_unix_micros(row.get(1)?)),
            static_cohorts: members.map_or_else(Vec::new, cohorts_of_text),
        })
    };
    connection
        .prepare_cached(READ_PERSON)
        .and_then(|mut statement| {
            statement
                .query_row((environment.0, distinct_id), read)
                .optional()
        })
        .map_err(from_sqlite)
}

/// Reads `1,5,9`, which is how the query joins them.
pub(super) fn cohorts_of_text(text: &str) -> Vec<CohortId> {
    text.split(',')
        .filter_map(|id| id.parse().ok().map(CohortId))
        .collect()
}

fn read_group(
    connection: &Connection,
    environment: EnvironmentId,
    group: &GroupRef,
) -> Result<Option<GroupFacts>, StoreError> {
    let properties = connection
        .prepare_cached(READ_GROUP)
        .and_then(|mut statement| {
            statement
                .query_row((environment.0, group.index.0, &group.key), |row| row.get(0))
                .optional()
        })
        .map_err(from_sqlite)?;
    Ok(properties.map(|properties| GroupFacts {
        group: group.clone(),
        properties,
    }))
}

/// The identifiers of one request.
#[derive(Debug, Clone, Copy)]
pub(crate) struct DistinctIds<'a> {
    /// The one that wins.
    pub(crate) distinct_id: &'a str,
    /// The one before log-in.
    pub(crate) anon_distinct_id: Option<&'a str>,
}

/// The stored rows behind each identifier of a request.
#[derive(Debug)]
pub(crate) struct StoredHashKeys {
    own: Vec<HashKeyOverride>,
    anonymous: Option<Vec<HashKeyOverride>>,
}

impl StoredHashKeys {
    /// Whether some identifier lacks a row for some flag; without an anonymous one nothing could
    /// be claimed, so nothing is lacking.
    fn lacks_any(&self, flags: &[FlagKey]) -> bool {
        let Some(anonymous) = &self.anonymous else {
            return false;
        };
        let lacks =
            |rows: &[HashKeyOverride], flag: &FlagKey| !rows.iter().any(|row| row.flag == *flag);
        flags
            .iter()
            .any(|flag| lacks(&self.own, flag) || lacks(anonymous, flag))
    }

    /// One row per flag: the owner of the distinct id first (spec: engine §9.3).
    pub(crate) fn merged(self) -> Vec<HashKeyOverride> {
        let mut rows = self.own;
        for row in self.anonymous.into_iter().flatten() {
            if !rows.iter().any(|own| own.flag == row.flag) {
                rows.push(row);
            }
        }
        rows
    }
}

/// Reads the rows of the persons behind `distinct_ids`, or what is kept aside for them.
pub(crate) fn read_hash_keys(
    connection: &Connection,
    environment: EnvironmentId,
    distinct_ids: DistinctIds<'_>,
) -> Result<StoredHashKeys, StoreError> {
    Ok(StoredHashKeys {
        own: read_rows(connection, environment, distinct_ids.distinct_id)?,
        anonymous: distinct_ids
            .anon_distinct_id
            .map(|distinct_id| read_rows(connection, environment, distinct_id))
            .transpose()?,
    })
}

fn read_rows(
    connection: &Connection,
    environment: EnvironmentId,
    distinct_id: &str,
) -> Result<Vec<HashKeyOverride>, StoreError> {
    rows(
        connection,
        READ_HASH_KEYS,
        (environment.0, distinct_id),
        |row| {
            Ok(HashKeyOverride {
                flag: row.get::<_, Key>(0)?.0,
                hash_key: row.get(1)?,
            })
        },
    )
}
