//! Claims of experience continuity (spec: engine §9.3).

use burgee_model::HashKeyOverride;
use burgee_store::{HashKeyClaim, StoreError};
use rusqlite::{Connection, Transaction};

use super::{begin, execute, find, finish, subjects::FIND_PERSON};
use crate::{
    lane::Ticket,
    read::{DistinctIds, read_hash_keys},
};

/// Days for which the claim of a distinct id is kept while no person comes with it.
const PENDING_DAYS_MAX: u32 = 30;

const CLAIM_OWNED: &str = "INSERT INTO hash_key_overrides
    (environment_id, person_id, flag_key, hash_key) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING";
const CLAIM_PENDING: &str = include_str!("../../queries/claim_pending_hash_key.sql");
const FORGET_PENDING: &str = "DELETE FROM pending_hash_keys
    WHERE claimed_at < CAST((unixepoch('subsec') - ?1 * 86400) * 1000000 AS INTEGER)";

/// Stores the claim for whoever lacks a row; what is there stays.
pub(crate) fn claim_hash_keys(
    connection: &mut Connection,
    claim: &HashKeyClaim,
    ticket: &Ticket,
) -> Result<Vec<HashKeyOverride>, StoreError> {
    let transaction = begin(connection)?;
    for distinct_id in [&claim.distinct_id, &claim.anon_distinct_id] {
        let key = (claim.environment.0, distinct_id);
        match find(&transaction, FIND_PERSON, key)? {
            Some(person) => claim_owned(&transaction, claim, person)?,
            None => claim_pending(&transaction, claim, distinct_id)?,
        }
    }
    let distinct_ids = DistinctIds {
        distinct_id: &claim.distinct_id,
        anon_distinct_id: Some(&claim.anon_distinct_id),
    };
    let stored = read_hash_keys(&transaction, claim.environment, distinct_ids)?;
    finish(transaction, ticket)?;
    Ok(stored.merged())
}

fn claim_owned(
    transaction: &Transaction<'_>,
    claim: &HashKeyClaim,
    person: i64,
) -> Result<(), StoreError> {
    let hash_key = &claim.anon_distinct_id;
    for flag in &claim.flags {
        let row = (claim.environment.0, person, flag.as_str(), hash_key);
        execute(transaction, CLAIM_OWNED, row)?;
    }
    Ok(())
}

/// A distinct id that nobody has yet keeps its rows until a person comes with it, for a while: most
/// visitors never become a person.
fn claim_pending(
    transaction: &Transaction<'_>,
    claim: &HashKeyClaim,
    distinct_id: &str,
) -> Result<(), StoreError> {
    let mut is_new = false;
    let hash_key = &claim.anon_distinct_id;
    for flag in &claim.flags {
        let row = (claim.environment.0, distinct_id, flag.as_str(), hash_key);
        is_new |= execute(transaction, CLAIM_PENDING, row)? > 0;
    }
    if is_new {
        execute(transaction, FORGET_PENDING, [PENDING_DAYS_MAX])?;
    }
    Ok(())
}
