//! Claims of experience continuity (spec: engine §9.3).

use burgee_model::HashKeyOverride;
use burgee_store::{HashKeyClaim, StoreError};
use rusqlite::{Connection, Transaction};

use super::{NOW_MICROS, begin, execute, find, finish};
use crate::{
    lane::Ticket,
    read::{DistinctIds, read_hash_keys},
};

/// Stores the claim for whoever lacks a row; what is there stays.
pub(crate) fn claim_hash_keys(
    connection: &mut Connection,
    claim: &HashKeyClaim,
    ticket: &Ticket,
) -> Result<Vec<HashKeyOverride>, StoreError> {
    let transaction = begin(connection)?;
    for distinct_id in [&claim.distinct_id, &claim.anon_distinct_id] {
        let sql = "SELECT person_id FROM person_distinct_ids
            WHERE environment_id = ?1 AND distinct_id = ?2";
        let person = find(&transaction, sql, (claim.environment.0, distinct_id))?;
        claim_for(&transaction, claim, distinct_id, person)?;
    }
    let distinct_ids = DistinctIds {
        distinct_id: &claim.distinct_id,
        anon_distinct_id: Some(&claim.anon_distinct_id),
    };
    let stored = read_hash_keys(&transaction, claim.environment, distinct_ids)?;
    finish(transaction, ticket)?;
    Ok(stored.merged())
}

/// A distinct id that nobody has yet keeps its rows until a person comes with it.
fn claim_for(
    transaction: &Transaction<'_>,
    claim: &HashKeyClaim,
    distinct_id: &str,
    person: Option<i64>,
) -> Result<(), StoreError> {
    let pending = format!(
        "INSERT INTO pending_hash_keys
            (environment_id, distinct_id, flag_key, hash_key, claimed_at)
        VALUES (?1, ?2, ?3, ?4, {NOW_MICROS}) ON CONFLICT DO NOTHING"
    );
    let owned = "INSERT INTO hash_key_overrides (environment_id, person_id, flag_key, hash_key)
        VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING";
    let (environment, hash_key) = (claim.environment.0, &claim.anon_distinct_id);
    for flag in &claim.flags {
        match person {
            Some(person) => execute(
                transaction,
                owned,
                (environment, person, flag.as_str(), hash_key),
            )?,
            None => execute(
                transaction,
                &pending,
                (environment, distinct_id, flag.as_str(), hash_key),
            )?,
        };
    }
    Ok(())
}
