//! stub
use std::borrow::Cow;

use crate::Compression;

/// How the body says that it is encoded.
#[derive(Debug, Clone, Copy, Default)]
pub struct BodyEncoding<'a> {
    /// The `Content-Type` header, parameters and all.
    pub content_type: Option<&'a str>,
    /// The `Content-Encoding` header.
    pub content_encoding: Option<&'a str>,
    /// The `compression` query parameter.
    pub compression: Option<Compression<'a>>,
}

/// Why a body cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// 400: the text says what is wrong.
    #[error("{0}")]
    Malformed(String),
    /// 413.
    #[error("the decompressed body is over {bytes_max} bytes")]
    TooLarge {
        /// The limit in bytes.
        bytes_max: usize,
    },
}

/// Undoes compression, form and base64, and yields the JSON text of the request.
pub fn decode_body<'a>(
    body: &'a [u8],
    encoding: &BodyEncoding<'_>,
) -> Result<Cow<'a, str>, DecodeError> {
    let _ = (body, encoding);
    todo!()
}
