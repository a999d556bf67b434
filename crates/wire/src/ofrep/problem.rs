//! Error bodies. Every error has one: Java's provider reports a parse error otherwise, and Python's
//! reads both members blindly (spec: sdk-protocol traps 8 and 18).
//!
//! Which status they go with is not known here.

use serde::Serialize;

/// `OpenFeature`'s error codes, as far as a server says them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum OfrepErrorCode {
    /// The body is no JSON object.
    ParseError,
    /// The context has no targeting key.
    TargetingKeyMissing,
    /// The context, or a reserved attribute in it, is not of its type.
    InvalidContext,
    /// There is no such flag for whoever asks.
    FlagNotFound,
    /// Anything else.
    General,
}

/// What is sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OfrepProblem<'a> {
    /// The flag that was asked for, where one was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<&'a str>,
    /// For programs.
    pub error_code: OfrepErrorCode,
    /// For people.
    pub error_details: &'a str,
}

impl OfrepProblem<'_> {
    /// The body.
    pub fn to_json(&self) -> Vec<u8> {
        // Writing texts to memory cannot fail.
        serde_json::to_vec(self).unwrap_or_default()
    }
}
