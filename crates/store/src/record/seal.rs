//! The wrapping of every record: what it is, when it was taken, and that it is whole.
//!
//! ```text
//! magic 8 · format 2 · name length 2 · taken at 8 · payload length 4 · SHA-256 32 · name · payload
//! ```
//!
//! Numbers are big endian. The checksum is over everything but itself, so that a record under another
//! one's name is as broken as one with a bit turned over. It guards against accidents and against
//! whatever else writes into a shared cache, not against somebody who means to deceive.

use burgee_model::Timestamp;
use sha2::{Digest, Sha256};

use super::{RECORD_BYTES_MAX, RecordName};

const MAGIC: [u8; 8] = *b"BURGEE\0R";

/// Grows when what a payload means changes; a record of another format is none.
const FORMAT: u16 = 1;

/// What comes before the checksum.
const HEAD_BYTES: usize = MAGIC.len() + 2 + 2 + 8 + 4;

/// Why a record cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    /// It is over the limit, so it is not written either.
    #[error("the record is {bytes} bytes long, at most {RECORD_BYTES_MAX} are possible")]
    TooLarge {
        /// Its length.
        bytes: usize,
    },
    /// It is not what its name says.
    #[error("{0}")]
    Broken(String),
}

/// A record that is whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenRecord<P> {
    /// When the payload was read from where it is true.
    pub taken_at: Timestamp,
    /// What it holds.
    pub payload: P,
}

/// Wraps `payload`. Refuses one that makes a record of over [`RECORD_BYTES_MAX`].
pub fn seal_record(
    name: &RecordName,
    taken_at: Timestamp,
    payload: &[u8],
) -> Result<Vec<u8>, RecordError> {
    let name = name.to_string();
    let bytes = HEAD_BYTES + CHECKSUM_BYTES + name.len() + payload.len();
    let too_large = RecordError::TooLarge { bytes };
    if bytes > RECORD_BYTES_MAX {
        return Err(too_large);
    }
    let (Ok(name_bytes), Ok(payload_bytes)) =
        (u16::try_from(name.len()), u32::try_from(payload.len()))
    else {
        return Err(too_large);
    };
    let mut record = Vec::with_capacity(bytes);
    record.extend_from_slice(&MAGIC);
    record.extend_from_slice(&FORMAT.to_be_bytes());
    record.extend_from_slice(&name_bytes.to_be_bytes());
    record.extend_from_slice(&taken_at.unix_micros().to_be_bytes());
    record.extend_from_slice(&payload_bytes.to_be_bytes());
    let checksum = checksum(&record, name.as_bytes(), payload);
    record.extend_from_slice(&checksum);
    record.extend_from_slice(name.as_bytes());
    record.extend_from_slice(payload);
    Ok(record)
}

/// Unwraps what [`seal_record`] made under the same name; anything else is an error. Copies nothing.
pub fn open_record<'r>(
    name: &RecordName,
    record: &'r [u8],
) -> Result<OpenRecord<&'r [u8]>, RecordError> {
    if record.len() > RECORD_BYTES_MAX {
        return Err(RecordError::TooLarge {
            bytes: record.len(),
        });
    }
    let (magic, rest) = take::<8>(record)?;
    let (format, rest) = take::<2>(rest)?;
    if *magic != MAGIC || u16::from_be_bytes(*format) != FORMAT {
        return Err(broken("it is no record of this format"));
    }
    let (name_bytes, rest) = take::<2>(rest)?;
    let (taken_at, rest) = take::<8>(rest)?;
    let (payload_bytes, rest) = take::<4>(rest)?;
    let (written, rest) = take::<CHECKSUM_BYTES>(rest)?;
    let (written_name, payload) = rest
        .split_at_checked(u16::from_be_bytes(*name_bytes).into())
        .ok_or_else(|| broken("it is cut off"))?;
    if u32::try_from(payload.len()) != Ok(u32::from_be_bytes(*payload_bytes)) {
        return Err(broken("it is not as long as it says"));
    }
    let head = record.get(..HEAD_BYTES).unwrap_or_default();
    if *written != checksum(head, written_name, payload) {
        return Err(broken("its checksum is wrong"));
    }
    if written_name != name.to_string().as_bytes() {
        return Err(broken("it is the record of another name"));
    }
    Ok(OpenRecord {
        taken_at: Timestamp::from_unix_micros(i64::from_be_bytes(*taken_at)),
        payload,
    })
}

const CHECKSUM_BYTES: usize = 32;

fn checksum(head: &[u8], name: &[u8], payload: &[u8]) -> [u8; CHECKSUM_BYTES] {
    let mut hash = Sha256::new();
    for part in [head, name, payload] {
        hash.update(part);
    }
    hash.finalize().into()
}

fn take<const N: usize>(bytes: &[u8]) -> Result<(&[u8; N], &[u8]), RecordError> {
    bytes
        .split_first_chunk()
        .ok_or_else(|| broken("it is cut off"))
}

fn broken(why: &str) -> RecordError {
    RecordError::Broken(why.to_owned())
}

#[cfg(test)]
mod tests;
