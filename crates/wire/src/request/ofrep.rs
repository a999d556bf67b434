//! The body of an `OpenFeature` remote evaluation: `{"context": {"targetingKey": …, …}}`
//! (spec: sdk-protocol "OFREP providers").
//!
//! The targeting key is the distinct id, and the context as it stands is the person properties:
//! nothing is copied out of it. Four attributes mean something else besides: `$groups`,
//! `$group_properties`, `$geoip_disable`, and the identifiers `$device_id` and `$anon_distinct_id`.
//! Only names with a dollar sign, so that an application's own `groups` stays a property.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{
    FlagsRequest, RequestError, Unread, fallback, not_empty,
    objects::{Entries, Properties, join_groups},
    text::Identifier,
    truncated, unread,
};

/// The top level. Whatever else is there is not ours.
#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow, default)]
    context: Option<&'a RawValue>,
}

/// The attributes that are more than properties.
#[derive(Deserialize, Default)]
struct Reserved<'a> {
    #[serde(borrow, default, rename = "targetingKey")]
    targeting_key: Option<&'a RawValue>,
    #[serde(borrow, default, rename = "$groups")]
    groups: Option<&'a RawValue>,
    #[serde(borrow, default, rename = "$group_properties")]
    group_properties: Option<&'a RawValue>,
    #[serde(borrow, default, rename = "$geoip_disable")]
    geoip_disable: Option<&'a RawValue>,
}

impl<'a> FlagsRequest<'a> {
    /// Reads strict JSON, borrowing from it. The request has no token, which is in a header, and no
    /// flag keys; an empty targeting key is no targeting key.
    pub(crate) fn read_ofrep(json: &'a str) -> Result<Self, Unread> {
        // A list would do for a struct, says serde.
        if !json.trim_ascii_start().starts_with('{') {
            return Err(Unread::Syntax);
        }
        let envelope: Envelope<'a> =
            serde_json::from_str(json).map_err(|error| unread(&error, ""))?;
        let Some(context) = envelope.context else {
            return Ok(Self::default());
        };
        let Properties(context) = field("context", context)?;
        let reserved: Reserved<'a> =
            serde_json::from_str(context).map_err(|error| unread(&error, "context"))?;
        Self::from_context(context, &reserved).map_err(Unread::Field)
    }

    fn from_context(context: &'a str, reserved: &Reserved<'a>) -> Result<Self, RequestError> {
        let targeting_key = optional::<Identifier<'a>>("targetingKey", reserved.targeting_key)?;
        let targeting_key = not_empty(targeting_key.map(|identifier| identifier.0));
        let groups = optional::<Entries<'a>>("$groups", reserved.groups)?;
        let properties = optional::<Entries<'a>>("$group_properties", reserved.group_properties)?;
        let geoip_disable = optional::<bool>("$geoip_disable", reserved.geoip_disable)?;
        let identifiers = fallback::from_properties([None, None], Some(context));
        let [anon_distinct_id, device_id] = identifiers;
        Ok(Self {
            distinct_id: targeting_key.map(truncated),
            person_properties: Some(Cow::Borrowed(context)),
            groups: join_groups(groups, properties)?,
            geoip_disable: geoip_disable.unwrap_or_default(),
            anon_distinct_id,
            device_id,
            ..Self::default()
        })
    }
}

/// One attribute; null is none.
fn optional<'a, T: Deserialize<'a>>(
    name: &'static str,
    value: Option<&'a RawValue>,
) -> Result<Option<T>, RequestError> {
    value.map(|value| field(name, value)).transpose()
}

fn field<'a, T: Deserialize<'a>>(
    name: &'static str,
    value: &'a RawValue,
) -> Result<T, RequestError> {
    serde_json::from_str(value.get()).map_err(|error| match unread(&error, name) {
        Unread::Field(error) => error,
        Unread::Syntax => RequestError(format!("{name}: invalid JSON")),
    })
}

#[cfg(test)]
mod tests;
