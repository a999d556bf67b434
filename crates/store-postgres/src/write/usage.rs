//! Counts of requests, and who is out of quota.

use burgee_store::{Quota, StoreError, USAGE_BUCKET_SECONDS, USAGE_KEPT_DAYS, UsageBatch};

use super::Changing;

/// Days after which a writer that added nothing is forgotten: nobody sends a batch again for so long.
const WRITER_DAYS_MAX: i64 = 30;

const ADVANCE_WRITER: &str = "INSERT INTO usage_writers AS kept (writer, sequence, added_at)
    VALUES ($1, $2, extract(epoch FROM now())::bigint) ON CONFLICT (writer)
    DO UPDATE SET sequence = excluded.sequence, added_at = excluded.added_at
    WHERE kept.sequence < excluded.sequence";
const ADD_USAGE: &str = include_str!("../../queries/add_usage.sql");
const FORGET_WRITERS: &str = "DELETE FROM usage_writers
    WHERE added_at < extract(epoch FROM now())::bigint - $1 * 86400";
const FORGET_COUNTS: &str = "DELETE FROM usage_counts
    WHERE bucket < (extract(epoch FROM now())::bigint - $1 * 86400) / $2";
const PUT_QUOTA: &str = include_str!("../../queries/put_quota.sql");

/// Adds all counts or none; a batch that was added before, not again.
pub(super) async fn add(changing: &mut Changing<'_>, batch: &UsageBatch) -> Result<(), StoreError> {
    batch.check()?;
    let advance = sqlx::query(ADVANCE_WRITER)
        .bind(batch.writer_name())
        .bind(batch.sequence.cast_signed());
    if changing.execute(advance).await? == 0 {
        return Ok(());
    }
    let counts = || batch.counts.iter();
    let buckets: Vec<i64> = counts().map(|count| i64::from(count.bucket.0)).collect();
    let environments: Vec<i64> = counts().map(|count| count.environment.0).collect();
    let kinds: Vec<&str> = counts().map(|count| count.kind.as_str()).collect();
    let libraries: Vec<&str> = counts().map(|count| count.library.as_str()).collect();
    let added: Vec<i64> = counts().map(|count| count.count.cast_signed()).collect();
    let add = sqlx::query(ADD_USAGE)
        .bind(buckets)
        .bind(environments)
        .bind(kinds)
        .bind(libraries)
        .bind(added);
    changing.execute(add).await?;
    let forget = sqlx::query(FORGET_WRITERS).bind(WRITER_DAYS_MAX);
    changing.execute(forget).await?;
    let forget = sqlx::query(FORGET_COUNTS)
        .bind(i64::from(USAGE_KEPT_DAYS))
        .bind(i64::from(USAGE_BUCKET_SECONDS));
    changing.execute(forget).await.map(|_| ())
}

/// Sets the end of an environment's quota.
pub(super) async fn put_quota(
    changing: &mut Changing<'_>,
    quota: &Quota,
) -> Result<(), StoreError> {
    let put = sqlx::query(PUT_QUOTA)
        .bind(quota.token.as_str())
        .bind(quota.until_unix_seconds());
    if changing.execute(put).await? == 0 {
        let token = &quota.token;
        let message = format!("no environment has the token `{token}`");
        return Err(StoreError::Refused(message));
    }
    Ok(())
}
