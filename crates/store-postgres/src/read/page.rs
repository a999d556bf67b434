//! Persons and groups in a stable order, page by page.

use burgee_model::{CohortId, EnvironmentId, GroupTypeIndex, Timestamp};
use burgee_store::{
    GroupRecord, PAGE_ROWS_MAX, PersonRecord, StoreError, SubjectCursor, SubjectPage,
};
use sqlx::{PgConnection, postgres::PgRow};

use super::{column::plain, end, snapshot};
use crate::error::from_sqlx;

const READ_PERSONS: &str = include_str!("../../queries/read_persons_page.sql");
const READ_GROUPS: &str = include_str!("../../queries/read_groups_page.sql");

/// At most `rows_max` persons and as many groups after `after`; never over [`PAGE_ROWS_MAX`].
pub(crate) async fn read_page(
    connection: &mut PgConnection,
    environment: EnvironmentId,
    after: Option<&str>,
    rows_max: usize,
) -> Result<SubjectPage, StoreError> {
    let cursor = SubjectCursor::parse(after)?;
    let rows_max = rows_max.clamp(1, PAGE_ROWS_MAX);
    let mut transaction = snapshot(connection).await?;
    let answer = read_after(&mut transaction, environment, cursor, rows_max).await;
    end(transaction, answer).await
}

async fn read_after(
    connection: &mut PgConnection,
    environment: EnvironmentId,
    mut cursor: SubjectCursor,
    rows_max: usize,
) -> Result<SubjectPage, StoreError> {
    // At most `PAGE_ROWS_MAX`.
    let limit = i64::try_from(rows_max).unwrap_or(i64::MAX);
    let persons = sqlx::query(READ_PERSONS)
        .bind(environment.0)
        .bind(cursor.person)
        .bind(limit)
        .fetch_all(&mut *connection)
        .await
        .map_err(from_sqlx)?;
    let groups = sqlx::query(READ_GROUPS)
        .bind(environment.0)
        .bind(cursor.group.0)
        .bind(&cursor.group.1)
        .bind(limit)
        .fetch_all(&mut *connection)
        .await
        .map_err(from_sqlx)?;
    let is_full = persons.len() >= rows_max || groups.len() >= rows_max;
    if let Some(row) = persons.last() {
        cursor.person = plain(row, 0)?;
    }
    let groups: Vec<GroupRecord> = groups.iter().map(group_row).collect::<Result<_, _>>()?;
    if let Some(group) = groups.last() {
        cursor.group = (group.index.0, group.key.clone());
    }
    Ok(SubjectPage {
        persons: persons.iter().map(person_row).collect::<Result<_, _>>()?,
        groups,
        next: is_full.then(|| cursor.to_text()),
    })
}

fn person_row(row: &PgRow) -> Result<(PersonRecord, Vec<CohortId>), StoreError> {
    let person = PersonRecord {
        properties: plain(row, 1)?,
        created_at: Some(Timestamp::from_unix_micros(plain(row, 2)?)),
        distinct_ids: plain(row, 3)?,
    };
    let cohorts: Vec<i32> = plain(row, 4)?;
    Ok((person, cohorts.into_iter().map(CohortId).collect()))
}

fn group_row(row: &PgRow) -> Result<GroupRecord, StoreError> {
    Ok(GroupRecord {
        index: GroupTypeIndex(plain(row, 0)?),
        key: plain(row, 1)?,
        properties: plain(row, 2)?,
    })
}
