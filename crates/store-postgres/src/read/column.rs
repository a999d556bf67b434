//! Columns that hold more than PostgreSQL knows of: documents and identifiers. A value that cannot
//! be read is `StoreError::Corrupt`.

use std::fmt::Display;

use burgee_model::{FlagKey, ProjectToken};
use burgee_store::{KeyDigest, StoreError};
use serde::de::DeserializeOwned;
use sqlx::{Decode, Postgres, Row as _, Type, postgres::PgRow};

use crate::error::from_sqlx;

/// A column of a type that PostgreSQL knows.
pub(crate) fn plain<'r, T>(row: &'r PgRow, index: usize) -> Result<T, StoreError>
where
    T: Decode<'r, Postgres> + Type<Postgres>,
{
    row.try_get(index).map_err(from_sqlx)
}

/// A column of JSON text.
pub(crate) fn json<T: DeserializeOwned>(row: &PgRow, index: usize) -> Result<T, StoreError> {
    serde_json::from_str(plain(row, index)?).map_err(corrupt)
}

/// A column with a flag's key.
pub(crate) fn key(row: &PgRow, index: usize) -> Result<FlagKey, StoreError> {
    FlagKey::parse(plain(row, index)?).map_err(corrupt)
}

/// A column with an environment's token.
pub(crate) fn token(row: &PgRow, index: usize) -> Result<ProjectToken, StoreError> {
    ProjectToken::parse(plain(row, index)?).map_err(corrupt)
}

/// A column with the digest of a key.
pub(crate) fn digest(row: &PgRow, index: usize) -> Result<KeyDigest, StoreError> {
    KeyDigest::parse(plain(row, index)?).map_err(corrupt)
}

/// A number that is never negative, in a column that could be.
pub(crate) fn unsigned(row: &PgRow, index: usize) -> Result<u64, StoreError> {
    plain::<i64>(row, index)?.try_into().map_err(corrupt)
}

fn corrupt(error: impl Display) -> StoreError {
    StoreError::Corrupt(error.to_string())
}
