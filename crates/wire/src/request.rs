//! stub
use std::borrow::Cow;

use burgee_eval::{GivenGroup, RequestRuntime};

/// The body of an evaluation request (spec: service §2.5).
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FlagsRequest<'a> {
    /// `None` when missing or empty.
    pub token: Option<Cow<'a, str>>,
    /// Already cut to its limit. `None` when missing or null; may be empty.
    pub distinct_id: Option<Cow<'a, str>>,
    /// Whether location is not to be looked up.
    pub geoip_disable: bool,
    /// Whether nothing is to be evaluated.
    pub disable_flags: bool,
    /// JSON object text.
    pub person_properties: Option<&'a str>,
    /// Group type → JSON text of its key, with the properties of that type; then the types that
    /// have properties alone.
    pub groups: Vec<RequestGroup<'a>>,
    /// Top level, else a string in `person_properties`; never empty.
    pub anon_distinct_id: Option<Cow<'a, str>>,
    /// Top level, else a string in `person_properties`; never empty.
    pub device_id: Option<Cow<'a, str>>,
    /// `flag_keys_to_evaluate`.
    pub flag_keys: Option<Vec<Cow<'a, str>>>,
    /// `evaluation_contexts`.
    pub evaluation_contexts: Vec<Cow<'a, str>>,
    /// What the body says; `None`: to be detected from the headers.
    pub runtime: Option<RequestRuntime>,
}

/// One entry of [`FlagsRequest::groups`].
#[derive(Debug, Clone, PartialEq)]
pub struct RequestGroup<'a> {
    /// The group type's name.
    pub group_type: Cow<'a, str>,
    /// JSON text of the key.
    pub key: Option<&'a str>,
    /// JSON object text.
    pub properties: Option<&'a str>,
}

impl RequestGroup<'_> {
    /// As evaluation takes it.
    pub fn given(&self) -> GivenGroup<'_> {
        GivenGroup {
            group_type: &self.group_type,
            key: self.key,
            properties: self.properties,
        }
    }
}

/// Why a request's fields cannot be read: answered 400.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct RequestError(pub String);

impl<'a> FlagsRequest<'a> {
    /// Reads JSON text from [`crate::decode_body`], borrowing from it.
    pub fn parse(json: &'a str) -> Result<Self, RequestError> {
        todo!("{json}")
    }
}

/// The token of a raw body, if it is plain JSON (spec: service §8.5), for limits before decoding.
pub fn peek_token(body: &[u8]) -> Option<String> {
    todo!("{body:?}")
}
