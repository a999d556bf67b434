//! Reads a JSON object of properties into slots, in one pass, without keeping what nobody reads.

use std::{borrow::Cow, fmt, fmt::Write as _};

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::{Number, Value, value::RawValue};

use crate::{
    given::PropertiesError,
    operator::{ValueKind, is_truthy, text_of},
    scratch::{Origin, Reading, SlotValue, Texts},
    slot::{Slot, SlotTable, Source},
};

/// Reads the JSON object `json` of `source`. A value from the store does not replace one that the
/// request gave.
pub(crate) fn read_properties(
    json: &str,
    (source, origin): (Source, Origin),
    table: &SlotTable,
    reading: &mut Reading,
) -> Result<(), PropertiesError> {
    let mut deserializer = serde_json::Deserializer::from_str(json);
    let reader = ObjectReader {
        source,
        origin,
        table,
        reading,
    };
    deserializer
        .deserialize_map(reader)
        .map_err(|_| PropertiesError)?;
    deserializer.end().map_err(|_| PropertiesError)
}

/// Sets `slot` to the JSON value `json`.
pub(crate) fn read_value(
    json: &str,
    (slot, origin): (Slot, Origin),
    table: &SlotTable,
    reading: &mut Reading,
) -> Result<(), PropertiesError> {
    let value = classify(json, origin, &mut reading.texts)?;
    let folded = value.folded(&mut reading.texts, table.spec(slot).folding);
    reading.set(slot, folded);
    Ok(())
}

/// Sets `slot` to a text.
pub(crate) fn set_text(
    text: &str,
    (slot, origin): (Slot, Origin),
    table: &SlotTable,
    reading: &mut Reading,
) {
    let span = reading.texts.push(text);
    let value = SlotValue::new(origin, ValueKind::Text, span)
        .with_truth(text.eq_ignore_ascii_case("true"))
        .folded(&mut reading.texts, table.spec(slot).folding);
    reading.set(slot, value);
}

struct ObjectReader<'r> {
    source: Source,
    origin: Origin,
    table: &'r SlotTable,
    reading: &'r mut Reading,
}

impl<'de> Visitor<'de> for ObjectReader<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object of properties")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(found) = map.next_key_seed(KeyLookup(self.source, self.table))? {
            let slot = found.filter(|slot| {
                self.origin == Origin::Given || self.reading.slot(*slot).origin != Origin::Given
            });
            let Some(slot) = slot else {
                map.next_value::<IgnoredAny>()?;
                continue;
            };
            let json = map.next_value::<&RawValue>()?.get();
            read_value(json, (slot, self.origin), self.table, self.reading)
                .map_err(serde::de::Error::custom)?;
        }
        Ok(())
    }
}

/// Looks a key up without copying it.
struct KeyLookup<'t>(Source, &'t SlotTable);

impl<'de> DeserializeSeed<'de> for KeyLookup<'_> {
    type Value = Option<Slot>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for KeyLookup<'_> {
    type Value = Option<Slot>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a property name")
    }

    fn visit_str<E>(self, key: &str) -> Result<Self::Value, E> {
        Ok(self.1.find(self.0, key))
    }
}

/// One JSON value in the form in which it is compared (spec: engine §4.1).
pub(crate) fn classify(
    json: &str,
    origin: Origin,
    texts: &mut Texts,
) -> Result<SlotValue, PropertiesError> {
    match json.as_bytes().first() {
        Some(b'"') => {
            let text = unquote(json)?;
            let is_truthy = text.eq_ignore_ascii_case("true");
            let span = texts.push(&text);
            Ok(SlotValue::new(origin, ValueKind::Text, span).with_truth(is_truthy))
        }
        Some(b't') => Ok(SlotValue::new(
            origin,
            ValueKind::Bool(true),
            texts.push("true"),
        )),
        Some(b'f') => Ok(SlotValue::new(
            origin,
            ValueKind::Bool(false),
            texts.push("false"),
        )),
        Some(b'n') => Ok(null(origin, texts)),
        Some(b'[' | b'{') => {
            let value: Value = serde_json::from_str(json).map_err(|_| PropertiesError)?;
            let span = texts.push(&text_of(&value));
            let composite = SlotValue::new(origin, ValueKind::Composite, span);
            Ok(composite.with_truth(is_truthy(&value)))
        }
        _ => Ok(number(json, origin, texts)),
    }
}

/// The text of a JSON string; borrowed unless it holds an escape.
pub(crate) fn unquote(json: &str) -> Result<Cow<'_, str>, PropertiesError> {
    let inner = json
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'));
    match inner {
        Some(inner) if memchr::memchr(b'\\', inner.as_bytes()).is_none() => {
            Ok(Cow::Borrowed(inner))
        }
        _ => serde_json::from_str(json)
            .map(Cow::Owned)
            .map_err(|_| PropertiesError),
    }
}

fn null(origin: Origin, texts: &mut Texts) -> SlotValue {
    SlotValue::new(origin, ValueKind::Null, texts.push("null"))
}

/// Whole numbers up to 64 bits keep their spelling, all others are written as binary64; one that is
/// beyond binary64 is not a number and counts as null (spec: service §2.4).
fn number(json: &str, origin: Origin, texts: &mut Texts) -> SlotValue {
    let whole = if json == "-0" {
        None
    } else {
        whole_number(json)
    };
    if let Some(whole) = whole {
        return SlotValue::new(origin, ValueKind::Number(whole), texts.push(json));
    }
    let float = json.parse::<f64>().unwrap_or(f64::NAN);
    let Some(number) = Number::from_f64(float) else {
        return null(origin, texts);
    };
    let span = texts.write(|buffer| {
        // Writing to a string does not fail.
        let _ = write!(buffer, "{number}");
    });
    SlotValue::new(origin, ValueKind::Number(float), span)
}

#[expect(
    clippy::cast_precision_loss,
    reason = "comparisons of numbers are in binary64"
)]
fn whole_number(json: &str) -> Option<f64> {
    if let Ok(whole) = json.parse::<i64>() {
        return Some(whole as f64);
    }
    json.parse::<u64>().ok().map(|whole| whole as f64)
}
