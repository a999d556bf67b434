//! Persons and groups in a stable order, page by page.

use burgee_model::{CohortId, EnvironmentId, GroupTypeIndex, Timestamp};
use burgee_store::{
    GroupRecord, PAGE_ROWS_MAX, PersonRecord, StoreError, SubjectCursor, SubjectPage,
};
use rusqlite::{Connection, Row};

use super::{column::Json, rows, snapshot, subject::cohorts_of_text};

const READ_PERSONS: &str = include_str!("../../queries/read_persons_page.sql");
const READ_GROUPS: &str = include_str!("../../queries/read_groups_page.sql");

/// At most `rows_max` persons and as many groups after `after`; never over [`PAGE_ROWS_MAX`].
pub(crate) fn read_page(
    connection: &Connection,
    environment: EnvironmentId,
    after: Option<&str>,
    rows_max: usize,
) -> Result<SubjectPage, StoreError> {
    let mut cursor = SubjectCursor::parse(after)?;
    let rows_max = rows_max.clamp(1, PAGE_ROWS_MAX);
    snapshot(connection, |connection| {
        let key = (environment.0, cursor.person, rows_max);
        let persons = rows(connection, READ_PERSONS, key, person_row)?;
        let (index, name) = &cursor.group;
        let key = (environment.0, index, name, rows_max);
        let groups = rows(connection, READ_GROUPS, key, group_row)?;
        let is_full = persons.len() >= rows_max || groups.len() >= rows_max;
        if let Some((id, _)) = persons.last() {
            cursor.person = *id;
        }
        if let Some(group) = groups.last() {
            cursor.group = (group.index.0, group.key.clone());
        }
        Ok(SubjectPage {
            persons: persons.into_iter().map(|(_, person)| person).collect(),
            groups,
            next: is_full.then(|| cursor.to_text()),
        })
    })
}

fn person_row(row: &Row<'_>) -> rusqlite::Result<(i64, (PersonRecord, Vec<CohortId>))> {
    let person = PersonRecord {
        properties: row.get(1)?,
        created_at: Some(Timestamp::from_unix_micros(row.get(2)?)),
        distinct_ids: row.get::<_, Json<_>>(3)?.0,
    };
    let cohorts = row.get_ref(4)?.as_str_or_null()?;
    let cohorts = cohorts.map_or_else(Vec::new, cohorts_of_text);
    Ok((row.get(0)?, (person, cohorts)))
}

fn group_row(row: &Row<'_>) -> rusqlite::Result<GroupRecord> {
    Ok(GroupRecord {
        index: GroupTypeIndex(row.get(0)?),
        key: row.get(1)?,
        properties: row.get(2)?,
    })
}
