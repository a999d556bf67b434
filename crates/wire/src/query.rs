//! The query string of an evaluation request (spec: service §2.2).
//!
//! Forgiving where SDKs are careless: unknown parameters are skipped, and a switch that is there
//! counts as on unless it clearly says off. Only a parameter that comes twice, and a time that is no
//! number, are refused.

mod token;

use std::borrow::Cow;

pub use token::query_token;

/// The parameters that mean something.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "three switches of the wire that have nothing to do with each other"
)]
pub struct FlagsQuery<'a> {
    /// `v` or `version` as it was sent; empty counts as absent.
    pub version: Option<Cow<'a, str>>,
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
    pub lib_version: Option<Cow<'a, str>>,
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
    /// Anything else, as it stands in the query string: refused when the body is read.
    Unsupported(&'a str),
}

/// Why a query string cannot be read: answered 400.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("failed to deserialize query string: {0}")]
pub struct QueryError(pub String);

impl<'a> FlagsQuery<'a> {
    /// Reads a raw query string, without its `?`.
    pub fn parse(query: &'a str) -> Result<Self, QueryError> {
        let mut parsed = Self::default();
        let mut seen = 0_u32;
        for pair in query.split('&') {
            let Some((name, value)) = form_urlencoded::parse(pair.as_bytes()).next() else {
                continue;
            };
            let Some(parameter) = Parameter::named(&name) else {
                continue;
            };
            let bit = 1 << parameter as u32;
            if seen & bit != 0 {
                return Err(QueryError(format!("duplicate field `{name}`")));
            }
            seen |= bit;
            let raw = pair.split_once('=').map_or("", |(_, raw)| raw);
            parsed.set(parameter, value, raw)?;
        }
        Ok(parsed)
    }

    fn set(
        &mut self,
        parameter: Parameter,
        value: Cow<'a, str>,
        raw: &'a str,
    ) -> Result<(), QueryError> {
        let filled = |value: Cow<'a, str>| Some(value).filter(|value| !value.is_empty());
        match parameter {
            Parameter::Version => self.version = filled(value),
            Parameter::LibVersion => self.lib_version = filled(value),
            Parameter::Compression => self.compression = Compression::named(&value, raw),
            Parameter::Config => self.config = Some(is_on(&value)),
            Parameter::OnlySurveys => self.only_surveys = is_on(&value),
            Parameter::DetailedAnalysis => self.detailed_analysis = is_on(&value),
            Parameter::OnlyOverrides => self.only_overrides = is_on(&value),
            Parameter::SentAt => {
                self.sent_at_ms = filled(value)
                    .map(|value| value.parse())
                    .transpose()
                    .map_err(|error| QueryError(format!("sent_at: {error}")))?;
            }
        }
        Ok(())
    }
}

impl<'a> Compression<'a> {
    fn named(name: &str, raw: &'a str) -> Option<Self> {
        let is = |known: &str| name.eq_ignore_ascii_case(known);
        if name.is_empty() {
            None
        } else if is("gzip") || is("gzip-js") {
            Some(Self::Gzip)
        } else if is("base64") {
            Some(Self::Base64)
        } else {
            Some(Self::Unsupported(raw))
        }
    }
}

#[derive(Clone, Copy)]
enum Parameter {
    Version,
    Compression,
    Config,
    OnlySurveys,
    DetailedAnalysis,
    OnlyOverrides,
    LibVersion,
    SentAt,
}

impl Parameter {
    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "v" | "version" => Self::Version,
            "compression" => Self::Compression,
            "config" => Self::Config,
            "only_evaluate_survey_feature_flags" => Self::OnlySurveys,
            "detailed_analysis" => Self::DetailedAnalysis,
            "only_use_override_person_properties" => Self::OnlyOverrides,
            "ver" | "lib_version" => Self::LibVersion,
            "_" | "sent_at" => Self::SentAt,
            _ => return None,
        })
    }
}

fn is_on(value: &str) -> bool {
    !["false", "0", "no", "off"]
        .iter()
        .any(|off| value.eq_ignore_ascii_case(off))
}

#[cfg(test)]
mod tests;
