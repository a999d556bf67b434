//! Claims of experience continuity (spec: engine §9.3).

use burgee_model::{FlagKey, HashKeyOverride};
use burgee_store::{HashKeyClaim, StoreError};

use super::{Changing, changing::Lock};
use crate::{error::from_sqlx, read};

/// Days for which the claim of a distinct id is kept while no person comes with it.
const PENDING_DAYS_MAX: i32 = 30;

const CLAIM_OWNED: &str = include_str!("../../queries/claim_hash_keys.sql");
const CLAIM_PENDING: &str = include_str!("../../queries/claim_pending_hash_keys.sql");
const FIND_PERSON: &str = "SELECT person_id FROM person_distinct_ids
    WHERE environment_id = $1 AND distinct_id = $2";
const FORGET_PENDING: &str = include_str!("../../queries/forget_pending_hash_keys.sql");

/// Stores the claim for whoever lacks a row; what is there stays.
pub(super) async fn claim(
    changing: &mut Changing<'_>,
    claim: &HashKeyClaim,
) -> Result<Vec<HashKeyOverride>, StoreError> {
    let environment = claim.environment;
    changing.lock_subjects(environment, Lock::Shared).await?;
    let flags: Vec<&str> = claim.flags.iter().map(FlagKey::as_str).collect();
    let mut is_pending = false;
    let mut distinct_ids = [&claim.distinct_id, &claim.anon_distinct_id];
    // In one order, so that two claims wait for each other rather than block each other.
    distinct_ids.sort_unstable();
    for distinct_id in distinct_ids {
        let person: Option<i64> = sqlx::query_scalar(FIND_PERSON)
            .bind(environment.0)
            .bind(distinct_id)
            .fetch_optional(changing.connection())
            .await
            .map_err(from_sqlx)?;
        let claimed = match person {
            Some(person) => sqlx::query(CLAIM_OWNED).bind(environment.0).bind(person),
            None => sqlx::query(CLAIM_PENDING)
                .bind(environment.0)
                .bind(distinct_id),
        };
        let claimed = claimed.bind(&flags).bind(&claim.anon_distinct_id);
        let rows = changing.execute(claimed).await?;
        is_pending |= person.is_none() && rows > 0;
    }
    // Most visitors never become a person.
    if is_pending {
        let forget = sqlx::query(FORGET_PENDING)
            .bind(environment.0)
            .bind(PENDING_DAYS_MAX);
        changing.execute(forget).await?;
    }
    let ids = (&*claim.distinct_id, &*claim.anon_distinct_id);
    read::hash_keys_of(changing.connection(), environment, ids).await
}
