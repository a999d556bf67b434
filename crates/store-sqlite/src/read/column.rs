//! Columns that hold more than SQLite knows of: documents and identifiers.
//!
//! A value that cannot be read is a conversion failure of the row, which callers of the store see
//! as `StoreError::Corrupt`.

use burgee_model::{FlagKey, ProjectToken};
use burgee_store::KeyDigest;
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ValueRef};
use serde::de::DeserializeOwned;

/// A column of JSON text.
pub(super) struct Json<T>(pub(super) T);

impl<T: DeserializeOwned> FromSql for Json<T> {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        serde_json::from_str(value.as_str()?)
            .map(Self)
            .map_err(FromSqlError::other)
    }
}

/// A column with a flag's key.
pub(super) struct Key(pub(super) FlagKey);

impl FromSql for Key {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        FlagKey::parse(value.as_str()?)
            .map(Self)
            .map_err(FromSqlError::other)
    }
}

/// A column with an environment's token.
pub(super) struct Token(pub(super) ProjectToken);

impl FromSql for Token {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        ProjectToken::parse(value.as_str()?)
            .map(Self)
            .map_err(FromSqlError::other)
    }
}

/// A column with the digest of a key.
pub(super) struct Digest(pub(super) KeyDigest);

impl FromSql for Digest {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        KeyDigest::parse(value.as_str()?)
            .map(Self)
            .map_err(FromSqlError::other)
    }
}
