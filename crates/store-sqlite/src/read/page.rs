//! Persons and groups in a stable order, page by page.

use burgee_model::{CohortId, EnvironmentId, GroupTypeIndex, Timestamp};
use burgee_store::{GroupRecord, PersonRecord, StoreError, SubjectPage};
use rusqlite::{Connection, Row};

use super::{definitions::rows, snapshot, subject::cohorts_of_text};

const READ_PERSONS: &str = include_str!("../../queries/read_persons_page.sql");
const READ_GROUPS: &str = include_str!("../../queries/read_groups_page.sql");

/// Where a page ends: the last person's id, and the last group's index and key.
#[derive(Debug, Clone)]
struct Cursor {
    person: i64,
    group: (i32, String),
}

/// At most `rows_max` persons and as many groups after `after`.
pub(crate) fn read_page(
    connection: &Connection,
    environment: EnvironmentId,
    after: Option<&str>,
    rows_max: usize,
) -> Result<SubjectPage, StoreError> {
    let start = Cursor {
        person: 0,
        group: (i32::MIN, String::new()),
    };
    let mut cursor = after.map_or(Ok(start), Cursor::parse)?;
    let limit = i64::try_from(rows_max).unwrap_or(i64::MAX);
    snapshot(connection, |connection| {
        let (last, list) = (environment.0, (cursor.group.0, &cursor.group.1));
        let persons = rows(
            connection,
            READ_PERSONS,
            (last, cursor.person, limit),
            person_row,
        )?;
        let groups = rows(
            connection,
            READ_GROUPS,
            (last, list.0, list.1, limit),
            group_row,
        )?;
        let is_full = persons.len() >= rows_max || groups.len() >= rows_max;
        if let Some((id, ..)) = persons.last() {
            cursor.person = *id;
        }
        if let Some(group) = groups.last() {
            cursor.group = (group.index.0, group.key.clone());
        }
        Ok(SubjectPage {
            persons: persons
                .into_iter()
                .map(|(_, person, cohorts)| (person, cohorts))
                .collect(),
            groups,
            next: is_full.then(|| cursor.to_text()),
        })
    })
}

fn person_row(row: &Row<'_>) -> rusqlite::Result<(i64, PersonRecord, Vec<CohortId>)> {
    let (distinct_ids, cohorts): (String, Option<String>) = (row.get(3)?, row.get(4)?);
    let person = PersonRecord {
        // Written by the database itself, so it is a list of texts.
        distinct_ids: serde_json::from_str(&distinct_ids).unwrap_or_default(),
        properties: row.get(1)?,
        created_at: Some(Timestamp::from_unix_micros(row.get(2)?)),
    };
    let cohorts = cohorts.as_deref().map(cohorts_of_text).unwrap_or_default();
    Ok((row.get(0)?, person, cohorts))
}

fn group_row(row: &Row<'_>) -> rusqlite::Result<GroupRecord> {
    let index = GroupTypeIndex(row.get(0)?);
    Ok(GroupRecord {
        index,
        key: row.get(1)?,
        properties: row.get(2)?,
    })
}

impl Cursor {
    fn parse(text: &str) -> Result<Self, StoreError> {
        let mut parts = text.splitn(3, ':');
        let mut next = || parts.next().unwrap_or_default();
        let (person, index, key) = (next(), next(), next());
        match (person.parse(), index.parse()) {
            (Ok(person), Ok(index)) => Ok(Self {
                person,
                group: (index, key.to_owned()),
            }),
            _ => Err(StoreError::Refused(format!(
                "`{text}` is not the end of a page"
            ))),
        }
    }

    fn to_text(&self) -> String {
        format!("{}:{}:{}", self.person, self.group.0, self.group.1)
    }
}
