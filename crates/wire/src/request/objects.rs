//! Properties and groups: JSON objects whose values stay text.
//!
//! An empty list counts as an empty object: PHP writes an empty map that way.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Unexpected, Visitor};
use serde_json::value::RawValue;

use super::text::Text;
use super::{GROUPS_MAX, RequestError, RequestGroup};

/// JSON text of an object.
#[derive(Debug)]
pub(super) struct Properties<'a>(pub(super) &'a str);

/// An object's entries in their order, each value as JSON text.
#[derive(Debug)]
pub(super) struct Entries<'a>(Vec<(Cow<'a, str>, &'a str)>);

/// Brings groups and their properties together. Errors: more than [`GROUPS_MAX`] types, properties
/// that are not an object.
pub(super) fn join_groups<'a>(
    keys: Option<Entries<'a>>,
    properties: Option<Entries<'a>>,
) -> Result<Vec<RequestGroup<'a>>, RequestError> {
    let mut groups: Vec<RequestGroup<'a>> = Vec::new();
    for (group_type, key) in keys.into_iter().flat_map(|entries| entries.0) {
        find_or_add(&mut groups, group_type)?.key = Some(Cow::Borrowed(key));
    }
    for (group_type, text) in properties.into_iter().flat_map(|entries| entries.0) {
        if text == "null" {
            continue;
        }
        let text = object_text(text).ok_or_else(|| {
            RequestError(format!("group_properties: `{group_type}` is not an object"))
        })?;
        find_or_add(&mut groups, group_type)?.properties = Some(Cow::Borrowed(text));
    }
    Ok(groups)
}

/// A linear search: with more than a handful of group types the request is refused anyway.
fn find_or_add<'g, 'a>(
    groups: &'g mut Vec<RequestGroup<'a>>,
    group_type: Cow<'a, str>,
) -> Result<&'g mut RequestGroup<'a>, RequestError> {
    let too_many = || RequestError(format!("groups: more than {GROUPS_MAX} group types"));
    let found = groups
        .iter()
        .position(|group| group.group_type == group_type);
    let at = found.unwrap_or(groups.len());
    if at == GROUPS_MAX {
        return Err(too_many());
    }
    if found.is_none() {
        groups.push(RequestGroup {
            group_type,
            key: None,
            properties: None,
        });
    }
    groups.get_mut(at).ok_or_else(too_many)
}

/// `text` if it is an object, `{}` if it is an empty list.
fn object_text(text: &str) -> Option<&str> {
    match text.as_bytes() {
        [b'{', ..] => Some(text),
        [b'[', inner @ .., b']'] if inner.trim_ascii().is_empty() => Some("{}"),
        _ => None,
    }
}

impl<'de> Deserialize<'de> for Properties<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <&'de RawValue>::deserialize(deserializer)?.get();
        let unexpected = match text.as_bytes().first() {
            Some(b'"') => Unexpected::Other("string"),
            Some(b'[') => Unexpected::Seq,
            Some(b't' | b'f') => Unexpected::Other("boolean"),
            _ => Unexpected::Other("number"),
        };
        object_text(text)
            .map(Self)
            .ok_or_else(|| Error::invalid_type(unexpected, &"an object"))
    }
}

impl<'de> Deserialize<'de> for Entries<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(EntriesVisitor)
    }
}

struct EntriesVisitor;

impl<'de> Visitor<'de> for EntriesVisitor {
    type Value = Entries<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Entries<'de>, A::Error> {
        let mut entries = Vec::new();
        while let Some((key, value)) = map.next_entry::<Text<'de>, &'de RawValue>()? {
            entries.push((key.0, value.get()));
        }
        Ok(Entries(entries))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Entries<'de>, A::Error> {
        match items.next_element::<&'de RawValue>()? {
            None => Ok(Entries(Vec::new())),
            Some(_) => Err(Error::invalid_type(Unexpected::Seq, &self)),
        }
    }
}
