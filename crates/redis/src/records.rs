//! Records: one key each, so that a cluster may put them anywhere.
//!
//! What is stored is the version as [`VERSION_BYTES`] digits, then the record. Digits of fixed length
//! compare as numbers do, also in Lua, whose own numbers would lose those above 2^53.

use async_trait::async_trait;
use burgee_store::{RECORD_BYTES_MAX, RecordCache, RecordName, StoreError};
use redis::cmd;

use crate::Redis;

/// Digits of the largest `u64`.
const VERSION_BYTES: usize = 20;

/// Takes key, value and lifetime in milliseconds. Leaves what was written with a higher version;
/// anything that is no record, of whichever type, is replaced.
const WRITE: &str = include_str!("records/write.lua");

#[async_trait]
impl RecordCache for Redis {
    async fn read(&self, name: &RecordName) -> Result<Option<Vec<u8>>, StoreError> {
        let mut command = cmd("GETRANGE");
        // One byte more than allowed tells a record that is too large from one that just fits, and
        // is all that is ever taken of it.
        command
            .arg(self.record_key(name))
            .arg(0)
            .arg(VERSION_BYTES + RECORD_BYTES_MAX);
        let limit = self.inner.read_timeout;
        let stored: Vec<u8> = self.inner.records.command(limit, &command).await?;
        if stored.is_empty() {
            return Ok(None);
        }
        open(stored)
            .map(Some)
            .map_err(|reason| StoreError::Corrupt(format!("record `{name}` {reason}")))
    }

    async fn write(
        &self,
        name: &RecordName,
        version: u64,
        bytes: Vec<u8>,
    ) -> Result<(), StoreError> {
        if bytes.len() > RECORD_BYTES_MAX {
            return Err(StoreError::Refused(format!(
                "record `{name}` is {} bytes long, at most {RECORD_BYTES_MAX} are possible",
                bytes.len()
            )));
        }
        let mut command = cmd("EVAL");
        command
            .arg(WRITE)
            .arg(1)
            .arg(self.record_key(name))
            .arg(seal(version, &bytes))
            .arg(self.inner.record_ttl_ms);
        let limit = self.inner.write_timeout;
        self.inner.records.command(limit, &command).await
    }

    async fn remove(&self, name: &RecordName) -> Result<(), StoreError> {
        let mut command = cmd("UNLINK");
        command.arg(self.record_key(name));
        let limit = self.inner.write_timeout;
        self.inner.records.command(limit, &command).await
    }
}

impl Redis {
    fn record_key(&self, name: &RecordName) -> String {
        format!("{}{name}", self.inner.prefix)
    }
}

fn seal(version: u64, bytes: &[u8]) -> Vec<u8> {
    let mut stored = format!("{version:0VERSION_BYTES$}").into_bytes();
    stored.extend_from_slice(bytes);
    stored
}

/// The record, or what is wrong with it as the end of a sentence.
fn open(mut stored: Vec<u8>) -> Result<Vec<u8>, &'static str> {
    if stored.len() > VERSION_BYTES + RECORD_BYTES_MAX {
        return Err("is longer than records can be");
    }
    let Some(version) = stored.get(..VERSION_BYTES) else {
        return Err("has no version");
    };
    if !version.iter().all(u8::is_ascii_digit) {
        return Err("has no version");
    }
    stored.drain(..VERSION_BYTES);
    Ok(stored)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_opens_as_it_was_sealed_up_to_the_limit() {
        for bytes in [Vec::new(), vec![0, 255], vec![7; RECORD_BYTES_MAX]] {
            for version in [0, 1, u64::MAX] {
                assert!(open(seal(version, &bytes)) == Ok(bytes.clone()));
            }
        }
        assert!(open(seal(1, &vec![7; RECORD_BYTES_MAX + 1])).is_err());
    }

    #[test]
    fn versions_sort_as_numbers() {
        let sealed = [0, 9, 10, 1 << 53, (1 << 53) + 1, u64::MAX].map(|version| seal(version, &[]));
        assert!(sealed.is_sorted_by(|earlier, later| earlier < later));
    }

    #[test]
    fn what_has_no_version_is_no_record() {
        for stored in ["x", "1234567890123456789", "1234567890123456789x record"] {
            assert!(open(stored.into()).is_err(), "{stored}");
        }
    }
}
