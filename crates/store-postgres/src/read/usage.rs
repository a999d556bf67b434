//! Counts of requests, and who is out of quota.

use std::ops::Range;

use burgee_model::{EnvironmentId, Timestamp};
use burgee_store::{
    QUOTAS_READ_MAX, Quota, StoreError, UsageBucket, UsageKind, UsageLibrary, UsageTotal,
};
use sqlx::{PgConnection, postgres::PgRow};

use super::column::{plain, token, unsigned};
use crate::error::from_sqlx;

const READ_USAGE: &str = include_str!("../../queries/read_usage.sql");
const READ_QUOTAS: &str = include_str!("../../queries/read_quotas.sql");

/// Sums over buckets.
pub(crate) async fn read_usage(
    connection: &mut PgConnection,
    buckets: &Range<UsageBucket>,
) -> Result<Vec<UsageTotal>, StoreError> {
    let rows = sqlx::query(READ_USAGE)
        .bind(i64::from(buckets.start.0))
        .bind(i64::from(buckets.end.0))
        .fetch_all(connection)
        .await
        .map_err(from_sqlx)?;
    let mut totals: Vec<UsageTotal> = rows.iter().map(total_row).collect::<Result<_, _>>()?;
    UsageTotal::sort(&mut totals);
    Ok(totals)
}

fn total_row(row: &PgRow) -> Result<UsageTotal, StoreError> {
    let (kind, library): (String, String) = (plain(row, 1)?, plain(row, 2)?);
    let unknown = |name: &str| StoreError::Corrupt(format!("usage knows no `{name}`"));
    Ok(UsageTotal {
        environment: EnvironmentId(plain(row, 0)?),
        kind: UsageKind::parse(&kind).ok_or_else(|| unknown(&kind))?,
        library: UsageLibrary::parse(&library).ok_or_else(|| unknown(&library))?,
        count: unsigned(row, 3)?,
    })
}

/// Quotas that end at `since` or later.
pub(crate) async fn read_quotas(
    connection: &mut PgConnection,
    since: Timestamp,
) -> Result<Vec<Quota>, StoreError> {
    let rows = sqlx::query(READ_QUOTAS)
        .bind(since.unix_seconds())
        .bind(i64::try_from(QUOTAS_READ_MAX).unwrap_or(i64::MAX))
        .fetch_all(connection)
        .await
        .map_err(from_sqlx)?;
    let quota = |row: &PgRow| {
        Ok(Quota {
            token: token(row, 0)?,
            until: Timestamp::from_unix_seconds(plain(row, 1)?),
        })
    };
    rows.iter().map(quota).collect()
}
