//! stub

/// The query string of an evaluation request (spec: service §2.2).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FlagsQuery<'a> {
    /// `v` or `version` as it was sent; empty counts as absent.
    pub version: Option<std::borrow::Cow<'a, str>>,
    /// `compression`.
    pub compression: Option<Compression<'a>>,
    /// `config`, `None` when missing.
    pub config: Option<bool>,
    /// `only_evaluate_survey_feature_flags`.
    pub only_surveys: bool,
    /// `detailed_analysis`.
    pub detailed_analysis: bool,
    /// `only_use_override_person_properties`.
    pub only_overrides: bool,
    /// `ver` or `lib_version`.
    pub lib_version: Option<std::borrow::Cow<'a, str>>,
    /// `_` or `sent_at`, milliseconds.
    pub sent_at_ms: Option<i64>,
}

/// The `compression` parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compression<'a> {
    /// `gzip` or `gzip-js`.
    Gzip,
    /// `base64`.
    Base64,
    /// Anything else: refused when the body is read.
    Unsupported(&'a str),
}

/// Why a query string cannot be read: answered 400.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("failed to deserialize query string: {0}")]
pub struct QueryError(pub String);

impl<'a> FlagsQuery<'a> {
    /// Reads a raw query string, without its `?`.
    pub fn parse(query: &'a str) -> Result<Self, QueryError> {
        todo!("{query}")
    }
}
