//! The bucketing hash: the first 60 bits of SHA-1 over prefix, identifier and salt (spec: engine §1.1).
//!
//! The pieces are laid out in message blocks and compressed directly. Surprising: of a hash whose
//! block was written just before, half the time is spent waiting for those small writes, since the
//! compression reads them in wider pieces. So evaluation lays out a [`Message`] for each of the next
//! few flags before it compresses the first; see the bench `a_rollout`.

use sha1::{Digest, Sha1, block_api::compress};

/// Bits of the hash that count.
pub(crate) const HASH_BITS: u32 = 60;

const BLOCK_BYTES: usize = 64;
/// Blocks that are laid out on the stack: enough for a 200 byte identifier and a 40 byte key.
const BLOCKS_MAX: usize = 4;
/// A message ends with the byte 0x80 and its length in bits as 8 bytes.
const TRAILER_BYTES: usize = 9;
const INITIAL_STATE: [u32; 5] = [
    0x6745_2301,
    0xefcd_ab89,
    0x98ba_dcfe,
    0x1032_5476,
    0xc3d2_e1f0,
];

/// A message of one block, to be laid out in place some time before its hash is taken.
#[derive(Debug)]
pub(crate) struct Message {
    block: [u8; BLOCK_BYTES],
    is_laid: bool,
}

impl Default for Message {
    fn default() -> Self {
        Self {
            block: [0; BLOCK_BYTES],
            is_laid: false,
        }
    }
}

impl Message {
    /// Lays out the concatenated pieces, if they fit.
    pub(crate) fn lay(&mut self, pieces: [&str; 4]) {
        self.is_laid = lay(&mut self.block, pieces).is_some();
    }

    /// The hash of what was laid out, 0 to 2⁶⁰−1; `None` if that did not fit.
    pub(crate) fn hash60(&self) -> Option<u64> {
        self.is_laid
            .then(|| compress60(std::slice::from_ref(&self.block)))
    }
}

/// The hash of the concatenated pieces, 0 to 2⁶⁰−1.
pub(crate) fn hash60(pieces: [&str; 4]) -> u64 {
    hash_on_stack(pieces).unwrap_or_else(|| hash_streaming(pieces))
}

fn hash_on_stack(pieces: [&str; 4]) -> Option<u64> {
    let length = pieces.iter().map(|piece| piece.len()).sum::<usize>();
    let block_count = (length + TRAILER_BYTES).div_ceil(BLOCK_BYTES);
    let mut message = [0_u8; BLOCK_BYTES * BLOCKS_MAX];
    let message = message.get_mut(..block_count * BLOCK_BYTES)?;
    lay(message, pieces)?;
    let (blocks, _) = message.as_chunks::<BLOCK_BYTES>();
    Some(compress60(blocks))
}

/// Writes the pieces and what ends a message into whole blocks. `None`: they are too long.
fn lay(message: &mut [u8], pieces: [&str; 4]) -> Option<()> {
    message.fill(0);
    let mut at = 0;
    for piece in pieces {
        if !piece.is_empty() {
            let end = at + piece.len();
            message.get_mut(at..end)?.copy_from_slice(piece.as_bytes());
            at = end;
        }
    }
    let (text, length) = message.split_last_chunk_mut::<8>()?;
    *text.get_mut(at)? = 0x80;
    let bits = u64::try_from(at).ok()?.checked_mul(8)?;
    *length = bits.to_be_bytes();
    Some(())
}

fn compress60(blocks: &[[u8; BLOCK_BYTES]]) -> u64 {
    let mut state = INITIAL_STATE;
    compress(&mut state, blocks);
    let [high, low, ..] = state;
    (u64::from(high) << 32 | u64::from(low)) >> (u64::BITS - HASH_BITS)
}

fn hash_streaming(pieces: [&str; 4]) -> u64 {
    let mut digest = Sha1::new();
    for piece in pieces {
        digest.update(piece);
    }
    let digest: [u8; 20] = digest.finalize().into();
    let mut first = [0; 8];
    first.copy_from_slice(digest.first_chunk::<8>().unwrap_or(&[0; 8]));
    u64::from_be_bytes(first) >> (u64::BITS - HASH_BITS)
}

#[cfg(test)]
mod tests;
