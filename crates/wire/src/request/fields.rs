//! The top level of a request's JSON object: which keys there are, and what type each has.
//!
//! Written out rather than derived so that an error can name its field, and so that texts inside an
//! `Option` are borrowed.

use std::borrow::Cow;
use std::cell::Cell;
use std::fmt;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, Visitor};

use super::objects::{Entries, Properties};
use super::text::{Identifier, Text};

/// What the object held, by its first name.
#[derive(Debug, Default)]
pub(super) struct Fields<'a> {
    pub(super) token: Option<Cow<'a, str>>,
    pub(super) distinct_id: Option<Cow<'a, str>>,
    pub(super) geoip_disable: Option<bool>,
    pub(super) disable_flags: Option<bool>,
    pub(super) person_properties: Option<&'a str>,
    pub(super) groups: Option<Entries<'a>>,
    pub(super) group_properties: Option<Entries<'a>>,
    pub(super) anon_distinct_id: Option<Cow<'a, str>>,
    pub(super) device_id: Option<Cow<'a, str>>,
    pub(super) flag_keys: Option<Vec<Cow<'a, str>>>,
    pub(super) evaluation_contexts: Option<Vec<Cow<'a, str>>>,
    pub(super) runtime: Option<Cow<'a, str>>,
}

/// Reads [`Fields`] and keeps `current` on the name of the field that is being read.
pub(super) struct FieldsSeed<'c> {
    pub(super) current: &'c Cell<&'static str>,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(field_identifier, rename_all = "snake_case")]
enum Field {
    #[serde(alias = "$token", alias = "api_key")]
    Token,
    #[serde(alias = "$distinct_id")]
    DistinctId,
    GeoipDisable,
    DisableFlags,
    #[serde(alias = "$properties")]
    PersonProperties,
    #[serde(alias = "$groups")]
    Groups,
    #[serde(alias = "$group_properties")]
    GroupProperties,
    #[serde(alias = "$anon_distinct_id")]
    AnonDistinctId,
    #[serde(alias = "$device_id")]
    DeviceId,
    #[serde(alias = "flag_keys")]
    FlagKeysToEvaluate,
    #[serde(alias = "evaluation_environments")]
    EvaluationContexts,
    EvaluationRuntime,
    #[serde(other)]
    Unknown,
}

impl Field {
    fn name(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::DistinctId => "distinct_id",
            Self::GeoipDisable => "geoip_disable",
            Self::DisableFlags => "disable_flags",
            Self::PersonProperties => "person_properties",
            Self::Groups => "groups",
            Self::GroupProperties => "group_properties",
            Self::AnonDistinctId => "$anon_distinct_id",
            Self::DeviceId => "$device_id",
            Self::FlagKeysToEvaluate => "flag_keys_to_evaluate",
            Self::EvaluationContexts => "evaluation_contexts",
            Self::EvaluationRuntime => "evaluation_runtime",
            Self::Unknown => "",
        }
    }
}

impl<'de> DeserializeSeed<'de> for FieldsSeed<'_> {
    type Value = Fields<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Fields<'de>, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for FieldsSeed<'_> {
    type Value = Fields<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields<'de>, A::Error> {
        let mut fields = Fields::default();
        let mut seen = 0_u32;
        while let Some(field) = map.next_key::<Field>()? {
            self.current.set(field.name());
            if matches!(field, Field::Unknown) {
                map.next_value::<IgnoredAny>()?;
                continue;
            }
            let bit = 1 << field as u32;
            if seen & bit != 0 {
                self.current.set("");
                return Err(Error::duplicate_field(field.name()));
            }
            seen |= bit;
            fields.read(field, &mut map)?;
        }
        self.current.set("");
        Ok(fields)
    }
}

impl<'de> Fields<'de> {
    fn read<A: MapAccess<'de>>(&mut self, field: Field, map: &mut A) -> Result<(), A::Error> {
        match field {
            Field::Token => self.token = text(map)?,
            Field::DistinctId => {
                let identifier = map.next_value::<Option<Identifier<'de>>>()?;
                self.distinct_id = identifier.map(|identifier| identifier.0);
            }
            Field::GeoipDisable => self.geoip_disable = map.next_value()?,
            Field::DisableFlags => self.disable_flags = map.next_value()?,
            Field::PersonProperties => {
                let properties = map.next_value::<Option<Properties<'de>>>()?;
                self.person_properties = properties.map(|properties| properties.0);
            }
            Field::Groups => self.groups = map.next_value()?,
            Field::GroupProperties => self.group_properties = map.next_value()?,
            Field::AnonDistinctId => self.anon_distinct_id = text(map)?,
            Field::DeviceId => self.device_id = text(map)?,
            Field::FlagKeysToEvaluate => self.flag_keys = texts(map)?,
            Field::EvaluationContexts => self.evaluation_contexts = texts(map)?,
            Field::EvaluationRuntime => self.runtime = text(map)?,
            Field::Unknown => {}
        }
        Ok(())
    }
}

fn text<'de, A: MapAccess<'de>>(map: &mut A) -> Result<Option<Cow<'de, str>>, A::Error> {
    Ok(map.next_value::<Option<Text<'de>>>()?.map(|text| text.0))
}

fn texts<'de, A: MapAccess<'de>>(map: &mut A) -> Result<Option<Vec<Cow<'de, str>>>, A::Error> {
    let texts = map.next_value::<Option<Vec<Text<'de>>>>()?;
    Ok(texts.map(|texts| texts.into_iter().map(|text| text.0).collect()))
}
