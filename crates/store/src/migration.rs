//! What the databases' migrations have in common: each is recorded with the checksum of its text, so
//! that a database whose history differs is refused rather than bent. Applying them is for each store.

use std::fmt::Write;

use sha2::{Digest, Sha256};

use crate::StoreError;

/// One step of a schema. Its number is its place in the list, counted from 1.
#[derive(Debug, Clone, Copy)]
pub struct Migration {
    /// For people.
    pub name: &'static str,
    /// Its statements.
    pub sql: &'static str,
}

impl Migration {
    /// SHA-256 of the text, in hexadecimal digits, as it is recorded.
    pub fn checksum(&self) -> String {
        let mut text = String::with_capacity(64);
        for byte in Sha256::digest(self.sql.as_bytes()) {
            // Writing to a text cannot fail.
            let _ = write!(text, "{byte:02x}");
        }
        text
    }
}

/// Checks that `applied`, numbers and checksums by number, is how `known` begins.
///
/// Errors: `Refused` when more was applied than is known, `Corrupt` when something else was.
pub fn check_history(applied: &[(i64, String)], known: &[Migration]) -> Result<(), StoreError> {
    for (index, (expected, (number, recorded))) in (1_i64..).zip(applied).enumerate() {
        let Some(migration) = known.get(index) else {
            return Err(StoreError::Refused(format!(
                "the schema is of a newer version (migration {number}; this program knows {})",
                known.len()
            )));
        };
        if *number != expected || *recorded != migration.checksum() {
            return Err(StoreError::Corrupt(format!(
                "migration {number} is not the one that this program knows"
            )));
        }
    }
    Ok(())
}
