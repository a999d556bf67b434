//! Gzip with a bound on what comes out.
//!
//! One member is read and what follows it is ignored, as PostHog does; a stream that ends early is
//! an error.

use flate2::{Decompress, FlushDecompress, Status};

use super::DecodeError;

/// Largest body after decompression, in bytes, inclusive: 4 MiB.
pub const DECOMPRESSED_BYTES_MAX: usize = 4 * 1024 * 1024;

/// JSON from SDKs shrinks to a quarter or less, so this first guess is seldom outgrown.
const EXPANSION_GUESS: usize = 6;
const OUTPUT_BYTES_MIN: usize = 1024;
/// The largest window there is, in bits.
const WINDOW_BITS: u8 = 15;

/// Whether `body` starts as gzip does.
pub(super) fn has_magic(body: &[u8]) -> bool {
    body.starts_with(&[0x1f, 0x8b])
}

/// Decompresses the first member of `body` into at most `bytes_max` bytes.
pub(super) fn decompress(body: &[u8], bytes_max: usize) -> Result<Vec<u8>, DecodeError> {
    // One byte over the limit is room enough to see that the limit is passed.
    let room_max = bytes_max + 1;
    let guess = body.len().saturating_mul(EXPANSION_GUESS);
    let mut output = Vec::with_capacity(guess.clamp(OUTPUT_BYTES_MIN.min(room_max), room_max));
    let mut stream = Decompress::new_gzip(WINDOW_BITS);
    let mut rest = body;
    loop {
        let read_before = stream.total_in();
        let status = stream
            .decompress_vec(rest, &mut output, FlushDecompress::Finish)
            .map_err(|_| invalid())?;
        let read = usize::try_from(stream.total_in() - read_before).unwrap_or(usize::MAX);
        rest = rest.get(read..).unwrap_or_default();
        if output.len() > bytes_max {
            return Err(DecodeError::TooLarge { bytes_max });
        }
        if status == Status::StreamEnd {
            return Ok(output);
        }
        if output.len() < output.capacity() {
            // There was room for more, so the input has ended too early.
            return Err(invalid());
        }
        let room = room_max.saturating_sub(output.len());
        output.reserve_exact(room.min(output.len()).max(1));
    }
}

fn invalid() -> DecodeError {
    DecodeError::malformed("invalid gzip data")
}

#[cfg(test)]
pub(super) mod tests {
    use std::io::Write;

    use super::*;

    pub(in crate::body) fn compress(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::new(6));
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn what_was_compressed_comes_back_at_every_size() {
        for size in [0, 1, 600, 1023, 1024, 1025, 100_000, DECOMPRESSED_BYTES_MAX] {
            let bytes = vec![b'a'; size];
            assert_eq!(
                decompress(&compress(&bytes), DECOMPRESSED_BYTES_MAX)
                    .unwrap()
                    .len(),
                size
            );
        }
    }

    #[test]
    fn a_bomb_is_stopped_one_byte_over_the_limit() {
        for size in [DECOMPRESSED_BYTES_MAX + 1, DECOMPRESSED_BYTES_MAX * 2] {
            assert_eq!(
                decompress(&compress(&vec![b' '; size]), DECOMPRESSED_BYTES_MAX),
                Err(DecodeError::TooLarge {
                    bytes_max: DECOMPRESSED_BYTES_MAX
                })
            );
        }
    }

    #[test]
    fn a_stream_cut_anywhere_is_an_error() {
        let whole = compress(br#"{"token":"phc_a","distinct_id":"u1"}"#);
        for end in 0..whole.len() {
            assert_eq!(
                decompress(&whole[..end], DECOMPRESSED_BYTES_MAX),
                Err(invalid()),
                "cut at {end}"
            );
        }
    }

    #[test]
    fn garbage_after_the_stream_is_ignored() {
        let mut bytes = compress(b"{}");
        bytes.extend_from_slice(b"garbage");
        assert_eq!(decompress(&bytes, DECOMPRESSED_BYTES_MAX).unwrap(), b"{}");
    }

    #[test]
    fn damage_is_an_error() {
        let mut bytes = compress(b"a text long enough to have a middle");
        let middle = bytes.len() / 2;
        bytes[middle] ^= 0xff;
        assert_eq!(decompress(&bytes, DECOMPRESSED_BYTES_MAX), Err(invalid()));
        assert_eq!(decompress(b"{}", DECOMPRESSED_BYTES_MAX), Err(invalid()));
    }
}
