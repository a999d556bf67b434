//! The form path: base64 JSON in a field named `data`, or alone (spec: service §2.4).
//!
//! Not a form parser: other fields are not understood, and there is no JSON5 here.

use percent_encoding::percent_decode;

use super::{DecodeError, base64};
use crate::Compression;

/// The bytes that the form carries.
pub(super) fn decode(
    body: &[u8],
    compression: Option<Compression<'_>>,
) -> Result<Vec<u8>, DecodeError> {
    match compression {
        None | Some(Compression::Base64) => {}
        Some(Compression::Gzip) => {
            return Err(DecodeError::malformed(
                "Gzip compression not supported for form-urlencoded data",
            ));
        }
        Some(Compression::Unsupported(_)) => return Err(DecodeError::unsupported_compression()),
    }
    if str::from_utf8(body).is_err() {
        return Err(DecodeError::malformed("form data is not UTF-8"));
    }
    let form: Vec<u8> = percent_decode(body).collect();
    let data = match form.strip_prefix(b"data=") {
        // The padding goes too; it is not needed.
        Some(data) => data.split(|&byte| byte == b'=').next().unwrap_or(data),
        None => &form,
    };
    base64::decode(data).ok_or_else(|| DecodeError::malformed("form data is not base64"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_is_found_with_and_without_its_name() {
        for body in [
            "data=eyJhIjoxfQ%3D%3D",
            "data=eyJhIjoxfQ==",
            "data=eyJhIjoxfQ",
            "data=eyJh+IjoxfQ".replace('+', "%20").as_str(),
            "eyJhIjoxfQ==",
            "data%3DeyJhIjoxfQ",
        ] {
            assert_eq!(
                decode(body.as_bytes(), None).unwrap(),
                b"{\"a\":1}",
                "{body}"
            );
        }
    }

    #[test]
    fn other_fields_compression_and_plain_json_are_refused() {
        let cases: [(&[u8], Option<Compression<'_>>, &str); 6] = [
            (b"data=e30&ip=1", None, "form data is not base64"),
            (b"{\"token\":\"a\"}", None, "form data is not base64"),
            (b"data=\xff", None, "form data is not UTF-8"),
            (b"data=%ff", None, "form data is not base64"),
            (
                b"data=e30",
                Some(Compression::Gzip),
                "Gzip compression not supported for form-urlencoded data",
            ),
            (
                b"data=e30",
                Some(Compression::Unsupported("lz64")),
                "Unsupported compression type",
            ),
        ];
        for (body, compression, message) in cases {
            assert_eq!(
                decode(body, compression),
                Err(DecodeError::malformed(message))
            );
        }
    }
}
