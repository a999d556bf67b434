//! Payloads that are JSON, compressed.

use serde::{Serialize, de::DeserializeOwned};

use super::{RECORD_BYTES_MAX, RecordError};

/// Low: records are written after each change, while somebody waits for it.
const ZSTD_LEVEL: i32 = 3;

/// The payload of a value.
pub(super) fn pack<T: Serialize>(value: &T) -> Result<Vec<u8>, RecordError> {
    let text = serde_json::to_vec(value).map_err(|error| RecordError::Broken(error.to_string()))?;
    if text.len() > RECORD_BYTES_MAX {
        return Err(RecordError::TooLarge { bytes: text.len() });
    }
    zstd::bulk::compress(&text, ZSTD_LEVEL)
        .map_err(|error| RecordError::Broken(format!("it cannot be compressed: {error}")))
}

/// The value of a payload. At most [`RECORD_BYTES_MAX`] are taken for its text, whatever the payload
/// says of itself.
pub(super) fn unpack<T: DeserializeOwned>(payload: &[u8]) -> Result<T, RecordError> {
    let text = zstd::bulk::decompress(payload, RECORD_BYTES_MAX)
        .map_err(|error| RecordError::Broken(format!("it cannot be decompressed: {error}")))?;
    serde_json::from_slice(&text)
        .map_err(|error| RecordError::Broken(format!("it is not what it should be: {error}")))
}
