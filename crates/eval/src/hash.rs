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
mod tests {
    use super::*;

    #[test]
    fn both_ways_agree_at_every_length_around_the_block_borders() {
        for length in 0..300 {
            let identifier = "x".repeat(length);
            let pieces = ["flag", ".", identifier.as_str(), "variant"];
            assert_eq!(
                hash60(pieces),
                hash_streaming(pieces),
                "identifier of {length} bytes"
            );
        }
    }

    #[test]
    fn the_published_vectors_hold() {
        let cases = [
            (["beta-search", ".", "user-17", ""], 0x0254_7515_f0f7_6d5),
            (
                ["beta-search-rollout", ".", "user-61", ""],
                0x0115_41ab_fad8_303,
            ),
            (
                ["beta-search-rollout", ".", "user-105", ""],
                0x48fe_3fe1_1eaf_f7b,
            ),
            (
                ["checkout-layout", ".", "user-61", "variant"],
                0x91e0_10d6_e111_202,
            ),
            (["release.v2", ".", "a.b", "variant"], 0xc360_5430_acad_3c2),
            (["holdout-", "", "user-31", ""], 0x04fc_4895_fdca_19f),
            (["holdout-", "", "", ""], 0xed48_336e_9056_a92),
            (["org-dashboard", ".", "42.0", ""], 0x8ed5_0698_6767_f0e),
            (["beta-search", ".", "ünïcødé-😀", ""], 0xbdd4_564f_8af8_aae),
            (
                ["my-flag", ".", "user@example.com", "variant"],
                0x812d_8342_4676_550,
            ),
        ];
        for (pieces, expected) in cases {
            assert_eq!(hash60(pieces), expected, "{pieces:?}");
        }
    }
}
