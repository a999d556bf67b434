//! Counts of requests, and who is out of quota.

use burgee_store::{Quota, StoreError, USAGE_BUCKET_SECONDS, USAGE_KEPT_DAYS, UsageBatch};
use rusqlite::{Connection, Transaction};

use super::{begin, execute, finish};
use crate::lane::Ticket;

/// Days after which a writer that added nothing is forgotten: nobody sends a batch again for so long.
const WRITER_DAYS_MAX: u32 = 30;

const ADVANCE_WRITER: &str = "INSERT INTO usage_writers (writer, sequence, added_at)
    VALUES (?1, ?2, unixepoch()) ON CONFLICT (writer)
    DO UPDATE SET sequence = excluded.sequence, added_at = excluded.added_at
    WHERE usage_writers.sequence < excluded.sequence";
const ADD_COUNT: &str = "INSERT INTO usage_counts (bucket, environment_id, kind, library, count)
    VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (bucket, environment_id, kind, library)
    DO UPDATE SET count = usage_counts.count + excluded.count";
const FORGET_WRITERS: &str = "DELETE FROM usage_writers WHERE added_at < unixepoch() - ?1 * 86400";
const FORGET_COUNTS: &str =
    "DELETE FROM usage_counts WHERE bucket < (unixepoch() - ?1 * 86400) / ?2";
const PUT_QUOTA: &str = include_str!("../../queries/put_quota.sql");

/// Adds all counts or none; a batch that was added before, not again.
pub(crate) fn add_usage(
    connection: &mut Connection,
    batch: &UsageBatch,
    ticket: &Ticket,
) -> Result<(), StoreError> {
    batch.check()?;
    let transaction = begin(connection)?;
    let writer = (batch.writer_name(), batch.sequence.cast_signed());
    if execute(&transaction, ADVANCE_WRITER, writer)? == 0 {
        return Ok(());
    }
    for count in &batch.counts {
        let row = (
            count.bucket.0,
            count.environment.0,
            count.kind.as_str(),
            count.library.as_str(),
            count.count.cast_signed(),
        );
        execute(&transaction, ADD_COUNT, row)?;
    }
    forget(&transaction)?;
    finish(transaction, ticket)
}

fn forget(transaction: &Transaction<'_>) -> Result<(), StoreError> {
    execute(transaction, FORGET_WRITERS, [WRITER_DAYS_MAX])?;
    let ages = (USAGE_KEPT_DAYS, USAGE_BUCKET_SECONDS);
    execute(transaction, FORGET_COUNTS, ages).map(|_| ())
}

/// Sets the end of an environment's quota.
pub(crate) fn put_quota(
    connection: &mut Connection,
    quota: &Quota,
    ticket: &Ticket,
) -> Result<(), StoreError> {
    let transaction = begin(connection)?;
    let row = (quota.token.as_str(), quota.until_unix_seconds());
    if execute(&transaction, PUT_QUOTA, row)? == 0 {
        let token = &quota.token;
        let message = format!("no environment has the token `{token}`");
        return Err(StoreError::Refused(message));
    }
    finish(transaction, ticket)
}
