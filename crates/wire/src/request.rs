//! The fields of an evaluation request, borrowed from its text (spec: service §2.5).
//!
//! Properties and group keys stay JSON text: only evaluation knows which of them matter. `null` is
//! the same as absent everywhere, because SDKs send it for what their caller did not set. A field
//! sent twice, also under two of its names, is refused.

mod fallback;
mod fields;
mod objects;
mod ofrep;
mod text;
mod token;

use std::borrow::Cow;
use std::cell::Cell;

use burgee_eval::{GivenGroup, RequestRuntime};
use burgee_model::DistinctId;
use serde::de::DeserializeSeed;
use serde_json::error::Category;

use fields::{Fields, FieldsSeed};

pub use token::peek_token;

/// Most group types in one request; a project has five at most.
pub const GROUPS_MAX: usize = 100;

/// Most evaluation contexts in one request.
pub const EVALUATION_CONTEXTS_MAX: usize = 100;

/// The body of an evaluation request.
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
    pub person_properties: Option<Cow<'a, str>>,
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
    pub key: Option<Cow<'a, str>>,
    /// JSON object text.
    pub properties: Option<Cow<'a, str>>,
}

impl RequestGroup<'_> {
    /// As evaluation takes it.
    pub fn given(&self) -> GivenGroup<'_> {
        GivenGroup {
            group_type: &self.group_type,
            key: self.key.as_deref(),
            properties: self.properties.as_deref(),
        }
    }
}

impl FlagsRequest<'_> {
    /// The request without its borrow of the text, for another thread.
    pub fn into_owned(self) -> FlagsRequest<'static> {
        let list = |texts: Vec<Cow<'_, str>>| texts.into_iter().map(owned).collect();
        FlagsRequest {
            token: self.token.map(owned),
            distinct_id: self.distinct_id.map(owned),
            geoip_disable: self.geoip_disable,
            disable_flags: self.disable_flags,
            person_properties: self.person_properties.map(owned),
            groups: self
                .groups
                .into_iter()
                .map(RequestGroup::into_owned)
                .collect(),
            anon_distinct_id: self.anon_distinct_id.map(owned),
            device_id: self.device_id.map(owned),
            flag_keys: self.flag_keys.map(list),
            evaluation_contexts: list(self.evaluation_contexts),
            runtime: self.runtime,
        }
    }
}

impl RequestGroup<'_> {
    fn into_owned(self) -> RequestGroup<'static> {
        RequestGroup {
            group_type: owned(self.group_type),
            key: self.key.map(owned),
            properties: self.properties.map(owned),
        }
    }
}

fn owned(text: Cow<'_, str>) -> Cow<'static, str> {
    Cow::Owned(text.into_owned())
}

/// Why a request's fields cannot be read: answered 400.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct RequestError(pub String);

/// Why a text is no request.
#[derive(Debug)]
pub(crate) enum Unread {
    /// It is not a strict JSON object; another dialect or encoding may still be.
    Syntax,
    /// A field is not what it has to be.
    Field(RequestError),
}

impl From<RequestError> for Unread {
    fn from(error: RequestError) -> Self {
        Self::Field(error)
    }
}

impl<'a> FlagsRequest<'a> {
    /// Reads strict JSON, borrowing from it. [`crate::BodyText::request`] is the way in for bodies.
    pub fn parse(json: &'a str) -> Result<Self, RequestError> {
        Self::read(json).map_err(|unread| match unread {
            Unread::Syntax => RequestError("invalid JSON".to_owned()),
            Unread::Field(error) => error,
        })
    }

    /// As [`Self::parse`], but tells apart what is worth another try.
    pub(crate) fn read(json: &'a str) -> Result<Self, Unread> {
        // Base64 can start like a JSON number; only what looks like an object is judged by field.
        if !json.trim_ascii_start().starts_with('{') {
            return Err(Unread::Syntax);
        }
        let current = Cell::new("");
        let mut deserializer = serde_json::Deserializer::from_str(json);
        let fields = FieldsSeed { current: &current }
            .deserialize(&mut deserializer)
            .and_then(|fields| deserializer.end().map(|()| fields))
            .map_err(|error| unread(&error, current.get()))?;
        Self::from_fields(fields).map_err(Unread::Field)
    }

    fn from_fields(fields: Fields<'a>) -> Result<Self, RequestError> {
        let person_properties = fields.person_properties;
        let evaluation_contexts = fields.evaluation_contexts.unwrap_or_default();
        if evaluation_contexts.len() > EVALUATION_CONTEXTS_MAX {
            return Err(RequestError(format!(
                "evaluation_contexts: more than {EVALUATION_CONTEXTS_MAX} entries"
            )));
        }
        let top_level = [fields.anon_distinct_id, fields.device_id].map(not_empty);
        let [anon_distinct_id, device_id] = fallback::from_properties(top_level, person_properties);
        Ok(Self {
            token: not_empty(fields.token),
            distinct_id: fields.distinct_id.map(truncated),
            geoip_disable: fields.geoip_disable.unwrap_or_default(),
            disable_flags: fields.disable_flags.unwrap_or_default(),
            person_properties: person_properties.map(Cow::Borrowed),
            groups: objects::join_groups(fields.groups, fields.group_properties)?,
            anon_distinct_id,
            device_id,
            flag_keys: fields.flag_keys,
            evaluation_contexts,
            runtime: fields.runtime.as_deref().map(runtime),
        })
    }
}

fn unread(error: &serde_json::Error, field: &str) -> Unread {
    if error.classify() != Category::Data {
        return Unread::Syntax;
    }
    let message = error.to_string();
    // What was expected can be a long list of our own names (spec: service §3.1).
    let message = message.split(", expected").next().unwrap_or_default();
    Unread::Field(RequestError(if field.is_empty() {
        message.to_owned()
    } else {
        format!("{field}: {message}")
    }))
}

fn not_empty(text: Option<Cow<'_, str>>) -> Option<Cow<'_, str>> {
    text.filter(|text| !text.is_empty())
}

fn truncated(text: Cow<'_, str>) -> Cow<'_, str> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(DistinctId::truncate(text)),
        Cow::Owned(mut text) => {
            text.truncate(DistinctId::truncate(&text).len());
            Cow::Owned(text)
        }
    }
}

/// A runtime nobody knows wants everything, so that a newer SDK loses no flags.
fn runtime(name: &str) -> RequestRuntime {
    if name.eq_ignore_ascii_case("client") {
        RequestRuntime::Client
    } else if name.eq_ignore_ascii_case("server") {
        RequestRuntime::Server
    } else {
        RequestRuntime::All
    }
}

#[cfg(test)]
mod tests;
