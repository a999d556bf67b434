//! Undoes what SDKs do to a body on its way: compression, base64, forms, JSON5 (spec: service §2.4).
//!
//! Not here: what the fields mean (`request`), and the limit on the body as received, which is for
//! the HTTP layer to hold ([`BODY_BYTES_MAX`]).
//!
//! A plain JSON body is read once and not copied. That is why [`decode_body`] does not judge the
//! grammar: [`BodyText::request`] does so by reading the fields, and only a text that is not strict
//! JSON is rewritten, from JSON5 or base64, and read again.

mod base64;
mod form;
mod gzip;
mod json5;
mod nesting;

use std::borrow::Cow;
use std::sync::OnceLock;

use serde::de::IgnoredAny;

use crate::request::Unread;
use crate::{Compression, FlagsRequest, RequestError};

pub use gzip::DECOMPRESSED_BYTES_MAX;
pub use nesting::JSON_DEPTH_MAX;

/// Largest body as received, in bytes, inclusive: 2 MiB. Held by the HTTP layer.
pub const BODY_BYTES_MAX: usize = 2 * 1024 * 1024;

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

impl DecodeError {
    fn malformed(message: &str) -> Self {
        Self::Malformed(message.to_owned())
    }

    fn invalid_json() -> Self {
        Self::malformed("invalid JSON")
    }

    fn too_deep() -> Self {
        Self::malformed("JSON nesting too deep")
    }

    fn unsupported_compression() -> Self {
        Self::malformed("Unsupported compression type")
    }
}

/// Why a decoded body holds no request.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BodyError {
    /// The text is in no format that is understood.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// The text is a JSON object, but a field is not what it has to be.
    #[error(transparent)]
    Request(#[from] RequestError),
}

/// The text of a body: UTF-8 and not nested too deep, but not yet known to be JSON.
#[derive(Debug)]
pub struct BodyText<'a> {
    text: Cow<'a, str>,
    dialect: Dialect,
    /// The strict JSON that a lenient `text` stands for, once that was needed.
    rewritten: OnceLock<String>,
}

#[derive(Debug, Clone, Copy)]
enum Dialect {
    /// JSON5, or either dialect in base64.
    Lenient,
    /// JSON alone.
    Strict,
}

/// Undoes compression and form encoding. Errors: malformed encodings, and every limit but the one
/// on the received body.
pub fn decode_body<'a>(
    body: &'a [u8],
    encoding: &BodyEncoding<'_>,
) -> Result<BodyText<'a>, DecodeError> {
    decode_body_within(body, encoding, DECOMPRESSED_BYTES_MAX)
}

/// As [`decode_body`], giving up with [`DecodeError::TooLarge`] beyond `bytes_max` bytes, received
/// or decompressed: for a caller that has somewhere else to do the long work.
pub fn decode_body_within<'a>(
    body: &'a [u8],
    encoding: &BodyEncoding<'_>,
    bytes_max: usize,
) -> Result<BodyText<'a>, DecodeError> {
    let bytes_max = bytes_max.min(DECOMPRESSED_BYTES_MAX);
    if body.len() > bytes_max {
        return Err(DecodeError::TooLarge { bytes_max });
    }
    let (bytes, dialect) = match MediaType::of(encoding.content_type)? {
        MediaType::Json => (
            decode_json_path(body, encoding, bytes_max)?,
            Dialect::Lenient,
        ),
        MediaType::Form => (
            Cow::Owned(form::decode(body, encoding.compression)?),
            Dialect::Strict,
        ),
    };
    let text = into_text(bytes);
    if nesting::is_too_deep(&text) {
        return Err(DecodeError::too_deep());
    }
    Ok(BodyText {
        text,
        dialect,
        rewritten: OnceLock::new(),
    })
}

// === impl BodyText ===

impl BodyText<'_> {
    /// Reads the fields of an evaluation request, borrowing from this text.
    pub fn request(&self) -> Result<FlagsRequest<'_>, BodyError> {
        match FlagsRequest::read(&self.text) {
            Ok(request) => Ok(request),
            Err(Unread::Field(error)) => Err(error.into()),
            Err(Unread::Syntax) => Ok(FlagsRequest::parse(self.rewritten()?)?),
        }
    }

    /// Reads the context of an `OpenFeature` remote evaluation, borrowing from this text. Strict
    /// JSON: no provider sends anything else.
    pub fn ofrep_request(&self) -> Result<FlagsRequest<'_>, BodyError> {
        FlagsRequest::read_ofrep(&self.text).map_err(|unread| match unread {
            Unread::Syntax => DecodeError::invalid_json().into(),
            Unread::Field(error) => error.into(),
        })
    }

    fn rewritten(&self) -> Result<&str, DecodeError> {
        if let Some(text) = self.rewritten.get() {
            return Ok(text);
        }
        let text = match self.dialect {
            Dialect::Lenient => rewrite(&self.text)?,
            Dialect::Strict => return Err(DecodeError::malformed("invalid JSON structure")),
        };
        Ok(self.rewritten.get_or_init(|| text))
    }
}

// === private ===

enum MediaType {
    Json,
    Form,
}

impl MediaType {
    fn of(content_type: Option<&str>) -> Result<Self, DecodeError> {
        let Some(value) = content_type else {
            return Ok(Self::Json);
        };
        let name = value.split(';').next().unwrap_or_default().trim();
        let is = |known: &str| name.eq_ignore_ascii_case(known);
        if name.is_empty() || is("application/json") || is("text/plain") {
            Ok(Self::Json)
        } else if is("application/x-www-form-urlencoded") {
            Ok(Self::Form)
        } else {
            Err(DecodeError::Malformed(format!(
                "unsupported content type: {value}"
            )))
        }
    }
}

fn decode_json_path<'a>(
    body: &'a [u8],
    encoding: &BodyEncoding<'_>,
    bytes_max: usize,
) -> Result<Cow<'a, [u8]>, DecodeError> {
    let gzipped = match encoding.compression {
        Some(Compression::Gzip) => true,
        // Left to the fallback, which also finds base64 that nobody announced.
        Some(Compression::Base64) => false,
        Some(Compression::Unsupported(_)) => return Err(DecodeError::unsupported_compression()),
        // posthog-js compresses without saying so (spec: sdk-protocol trap 2).
        None => says_gzip(encoding.content_encoding) || gzip::has_magic(body),
    };
    if gzipped {
        gzip::decompress(body, bytes_max).map(Cow::Owned)
    } else {
        Ok(Cow::Borrowed(body))
    }
}

fn says_gzip(content_encoding: Option<&str>) -> bool {
    content_encoding.is_some_and(|value| value.to_ascii_lowercase().contains("gzip"))
}

/// What is not UTF-8 becomes replacement characters: one odd property loses nobody's flags.
fn into_text(bytes: Cow<'_, [u8]>) -> Cow<'_, str> {
    match bytes {
        Cow::Borrowed(bytes) => match str::from_utf8(bytes) {
            Ok(text) => Cow::Borrowed(text),
            Err(_) => String::from_utf8_lossy(bytes),
        },
        Cow::Owned(bytes) => Cow::Owned(
            String::from_utf8(bytes)
                .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned()),
        ),
    }
}

/// The strict JSON object that `text` stands for: as JSON5, as base64 of JSON, as base64 of JSON5.
fn rewrite(text: &str) -> Result<String, DecodeError> {
    if let Some(json) = json5::to_json(text).filter(|json| is_json_object(json)) {
        return Ok(json);
    }
    let decoded = base64::decode(text.as_bytes()).ok_or_else(DecodeError::invalid_json)?;
    let decoded = into_text(Cow::Owned(decoded)).into_owned();
    if nesting::is_too_deep(&decoded) {
        return Err(DecodeError::too_deep());
    }
    if is_json_object(&decoded) {
        return Ok(decoded);
    }
    json5::to_json(&decoded)
        .filter(|json| is_json_object(json))
        .ok_or_else(DecodeError::invalid_json)
}

fn is_json_object(text: &str) -> bool {
    text.trim_start().starts_with('{') && serde_json::from_str::<IgnoredAny>(text).is_ok()
}

#[cfg(test)]
mod tests;
