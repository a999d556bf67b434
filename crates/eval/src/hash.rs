//! The bucketing hash: the first 60 bits of SHA-1 over prefix, identifier and salt (spec: engine §1.1).
//!
//! The pieces are laid out in message blocks on the stack and compressed directly, which costs
//! little more than the compression itself; longer inputs go through the streaming digest.

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

/// The hash of the concatenated pieces, 0 to 2⁶⁰−1.
pub(crate) fn hash60(pieces: [&str; 4]) -> u64 {
    let length = pieces.iter().map(|piece| piece.len()).sum::<usize>();
    hash_on_stack(pieces, length).unwrap_or_else(|| hash_streaming(pieces))
}

fn hash_on_stack(pieces: [&str; 4], length: usize) -> Option<u64> {
    let block_count = (length + TRAILER_BYTES).div_ceil(BLOCK_BYTES);
    let mut message = [0_u8; BLOCK_BYTES * BLOCKS_MAX];
    let message = message.get_mut(..block_count * BLOCK_BYTES)?;
    let mut at = 0;
    for piece in pieces {
        let end = at + piece.len();
        message.get_mut(at..end)?.copy_from_slice(piece.as_bytes());
        at = end;
    }
    *message.get_mut(at)? = 0x80;
    let bits = u64::try_from(length).ok()?.checked_mul(8)?;
    message
        .last_chunk_mut::<8>()?
        .copy_from_slice(&bits.to_be_bytes());
    let mut state = INITIAL_STATE;
    let (blocks, _) = message.as_chunks::<BLOCK_BYTES>();
    compress(&mut state, blocks);
    let [high, low, ..] = state;
    Some((u64::from(high) << 32 | u64::from(low)) >> (u64::BITS - HASH_BITS))
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
