//! Counts of requests, and who is out of quota.

use std::ops::Range;

use burgee_model::{EnvironmentId, Timestamp};
use burgee_store::{
    QUOTAS_READ_MAX, Quota, StoreError, UsageBucket, UsageKind, UsageLibrary, UsageTotal,
};
use rusqlite::{
    Connection,
    types::{FromSql, FromSqlError, FromSqlResult, ValueRef},
};

use super::{column::Token, rows};

const READ_USAGE: &str = include_str!("../../queries/read_usage.sql");
const READ_QUOTAS: &str = include_str!("../../queries/read_quotas.sql");

struct Kind(UsageKind);

impl FromSql for Kind {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let kind = UsageKind::parse(value.as_str()?);
        kind.map(Self).ok_or(FromSqlError::InvalidType)
    }
}

struct Library(UsageLibrary);

impl FromSql for Library {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let library = UsageLibrary::parse(value.as_str()?);
        library.map(Self).ok_or(FromSqlError::InvalidType)
    }
}

/// Sums over buckets.
pub(crate) fn read_usage(
    connection: &Connection,
    buckets: &Range<UsageBucket>,
) -> Result<Vec<UsageTotal>, StoreError> {
    let span = (buckets.start.0, buckets.end.0);
    let mut totals = rows(connection, READ_USAGE, span, |row| {
        Ok(UsageTotal {
            environment: EnvironmentId(row.get(0)?),
            kind: row.get::<_, Kind>(1)?.0,
            library: row.get::<_, Library>(2)?.0,
            count: row.get(3)?,
        })
    })?;
    UsageTotal::sort(&mut totals);
    Ok(totals)
}

/// Quotas that end at `since` or later.
pub(crate) fn read_quotas(
    connection: &Connection,
    since: Timestamp,
) -> Result<Vec<Quota>, StoreError> {
    let since = since.unix_seconds();
    let most = i64::try_from(QUOTAS_READ_MAX).unwrap_or(i64::MAX);
    rows(connection, READ_QUOTAS, (since, most), |row| {
        Ok(Quota {
            token: row.get::<_, Token>(0)?.0,
            until: Timestamp::from_unix_seconds(row.get(1)?),
        })
    })
}
