//! Identifiers that SDKs put among the person properties instead of beside them
//! (spec: service §2.5, §2.8).

use std::borrow::Cow;
use std::fmt;

use memchr::memmem;
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::text::Text;

/// In the order of the arrays here.
const KEYS: [&str; 2] = ["$anon_distinct_id", "$device_id"];

/// Fills what is missing of `top_level` from non-empty strings in `person_properties`.
pub(super) fn from_properties<'a>(
    top_level: [Option<Cow<'a, str>>; 2],
    person_properties: Option<&'a str>,
) -> [Option<Cow<'a, str>>; 2] {
    let Some(properties) = person_properties else {
        return top_level;
    };
    let is_wanted = |(own, key): (&Option<_>, &str)| own.is_none() && may_hold(properties, key);
    if !top_level.iter().zip(KEYS).any(is_wanted) {
        return top_level;
    }
    // Text that could not be read is evaluation's to report.
    let Ok(Found(mut found)) = serde_json::from_str(properties) else {
        return top_level;
    };
    let mut filled = top_level;
    for (own, other) in filled.iter_mut().zip(&mut found) {
        if own.is_none() {
            *own = other.take();
        }
    }
    filled
}

/// Whether reading `properties` for `key` is worth its while. A search costs a tenth of a parse.
fn may_hold(properties: &str, key: &str) -> bool {
    let properties = properties.as_bytes();
    memmem::find(properties, key.as_bytes()).is_some() || memmem::find(properties, b"\\u").is_some()
}

struct Found<'a>([Option<Cow<'a, str>>; 2]);

impl<'de> Deserialize<'de> for Found<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(FoundVisitor)
    }
}

struct FoundVisitor;

impl<'de> Visitor<'de> for FoundVisitor {
    type Value = Found<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Found<'de>, A::Error> {
        let mut found = [None, None];
        while let Some(Text(key)) = map.next_key::<Text<'de>>()? {
            let slot = KEYS.iter().zip(&mut found).find(|(name, _)| **name == key);
            match slot {
                Some((_, slot)) => *slot = text(map.next_value::<&'de RawValue>()?),
                None => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(Found(found))
    }
}

fn text(value: &RawValue) -> Option<Cow<'_, str>> {
    let Text(text) = serde_json::from_str(value.get()).ok()?;
    (!text.is_empty()).then_some(text)
}
