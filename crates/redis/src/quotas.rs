//! Environments that are over their quota: PostHog's sorted set, with the token as the member and the
//! last second of the refusal as its score (spec: service §8.1).

use async_trait::async_trait;
use burgee_model::{ProjectToken, Timestamp};
use burgee_store::{QUOTAS_READ_MAX, Quota, QuotaReader, QuotaWriter, StoreError};
use redis::cmd;

use crate::Redis;

const KEY: &str = "@posthog/quota-limits/feature_flag_requests";

#[async_trait]
impl QuotaReader for Redis {
    async fn read_quotas(&self, since: Timestamp) -> Result<Vec<Quota>, StoreError> {
        let mut command = cmd("ZREVRANGEBYSCORE");
        command
            .arg(KEY)
            .arg("+inf")
            .arg(first_second(since))
            .arg("WITHSCORES")
            .arg("LIMIT")
            .arg(0)
            .arg(QUOTAS_READ_MAX);
        let limit = self.inner.read_timeout;
        let stored: Vec<(Vec<u8>, f64)> = self.inner.counters.command(limit, &command).await?;
        Ok(stored.into_iter().filter_map(quota).collect())
    }
}

#[async_trait]
impl QuotaWriter for Redis {
    async fn put_quota(&self, quota: &Quota) -> Result<(), StoreError> {
        let mut command = cmd("ZADD");
        command
            .arg(KEY)
            .arg(quota.until_unix_seconds())
            .arg(quota.token.as_str());
        let limit = self.inner.write_timeout;
        self.inner.counters.command(limit, &command).await
    }
}

/// The first whole second that is not before `moment`.
fn first_second(moment: Timestamp) -> i64 {
    moment.unix_millis().saturating_add(999).div_euclid(1_000)
}

/// `None`: a member that is nobody's token; others write here too.
fn quota((member, score): (Vec<u8>, f64)) -> Option<Quota> {
    let token = ProjectToken::parse(std::str::from_utf8(&member).ok()?).ok()?;
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a score beyond all times is the last of them"
    )]
    let until = Timestamp::from_unix_millis((score.floor() as i64).saturating_mul(1_000));
    Some(Quota { token, until })
}
