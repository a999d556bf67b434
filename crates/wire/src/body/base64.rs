//! Base64 as it arrives: percent-encoded, with or without its padding (spec: service §2.4).

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use percent_encoding::percent_decode;

/// Padding is cut off before decoding, so it may be there, missing or of the wrong length.
const UNPADDED: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::RequireNone),
);

/// Undoes percent-encoding, then base64; spaces do not count. `None`: it is not base64.
pub(super) fn decode(text: &[u8]) -> Option<Vec<u8>> {
    let mut digits: Vec<u8> = percent_decode(text)
        .filter(|byte| !byte.is_ascii_whitespace())
        .collect();
    while digits.last() == Some(&b'=') {
        digits.pop();
    }
    UNPADDED.decode(digits).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn padding_spaces_and_percent_encoding_do_not_matter() {
        for text in [
            "eyJhIjoxfQ==",
            "eyJhIjoxfQ=",
            "eyJhIjoxfQ",
            "eyJhIjoxfQ%3D%3D",
            "eyJh IjoxfQ==\n",
            "%65yJhIjoxfQ",
        ] {
            assert_eq!(
                decode(text.as_bytes()).as_deref(),
                Some(&b"{\"a\":1}"[..]),
                "{text}"
            );
        }
        assert_eq!(decode(b"Pz8/Pj4+").as_deref(), Some(&b"???>>>"[..]));
        assert_eq!(decode(b""), Some(Vec::new()));
    }

    #[test]
    fn what_is_not_base64_is_refused() {
        for text in ["{\"a\":1}", "eyJhI", "a=b=", "Pz8_", "é", "%"] {
            assert_eq!(decode(text.as_bytes()), None, "{text}");
        }
    }
}
