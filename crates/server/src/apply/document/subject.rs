//! Reads persons, groups and cohort members of an apply file.

use burgee_model::{CohortId, DistinctId, Timestamp};
use burgee_store::PersonRecord;
use serde_json::{Map, Value};

use super::{CohortReference, GroupEntry, MemberEntry};
use crate::apply::fields::{Fields, kind};
use crate::apply::problem::Problems;

/// Largest properties of one person or group, as JSON text, in bytes. PostHog stops at 640 KiB.
pub(crate) const PROPERTIES_BYTES_MAX: usize = 1024 * 1024;

/// Most distinct ids of one person.
pub(crate) const DISTINCT_IDS_MAX: usize = 10_000;

/// Reads a person.
pub(super) fn read_person(value: Value, path: &str, problems: &Problems) -> Option<PersonRecord> {
    let mut fields = Fields::read(value, path, problems)?;
    let distinct_ids = read_distinct_ids(&mut fields, problems);
    if let Some(distinct_ids) = &distinct_ids
        && !(1..=DISTINCT_IDS_MAX).contains(&distinct_ids.len())
    {
        let count = distinct_ids.len();
        fields.problem(
            "distinct_ids",
            format!("a person has 1 to {DISTINCT_IDS_MAX} distinct ids, not {count}"),
        );
    }
    let person = PersonRecord {
        distinct_ids: distinct_ids.unwrap_or_default(),
        properties: read_properties(&mut fields),
        created_at: read_created_at(&mut fields),
    };
    fields.finish();
    Some(person)
}

impl GroupEntry {
    pub(super) fn read(value: Value, path: &str, problems: &Problems) -> Option<Self> {
        let mut fields = Fields::read(value, path, problems)?;
        let group_type = fields.required_text("type");
        let was_given = fields.has("key");
        let key = fields.identifier("key");
        let key = fields.required("key", key, was_given);
        let properties = read_properties(&mut fields);
        fields.finish();
        Some(Self {
            path: path.to_owned(),
            group_type: group_type?,
            key: key?,
            properties,
        })
    }
}

impl MemberEntry {
    pub(super) fn read(value: Value, path: &str, problems: &Problems) -> Option<Self> {
        let mut fields = Fields::read(value, path, problems)?;
        let cohort = read_cohort(&mut fields);
        let distinct_ids = read_distinct_ids(&mut fields, problems);
        fields.finish();
        Some(Self {
            path: path.to_owned(),
            cohort: cohort?,
            distinct_ids: distinct_ids?,
        })
    }
}

fn read_cohort(fields: &mut Fields<'_>) -> Option<CohortReference> {
    match fields.any("cohort") {
        None => {
            fields.problem("cohort", "is missing");
            None
        }
        Some(Value::String(name)) => Some(CohortReference::Name(name)),
        Some(other) => {
            let id = other.as_i64().and_then(|id| i32::try_from(id).ok());
            if id.is_none() {
                let message = format!("expected a cohort's id or name, found {other}");
                fields.problem("cohort", message);
            }
            id.map(|id| CohortReference::Id(CohortId(id)))
        }
    }
}

fn read_distinct_ids(fields: &mut Fields<'_>, problems: &Problems) -> Option<Vec<String>> {
    let was_given = fields.has("distinct_ids");
    let items = fields.list("distinct_ids");
    let items = fields.required("distinct_ids", items, was_given)?;
    let mut distinct_ids = Vec::with_capacity(items.len());
    for (path, item) in items {
        match item {
            Value::String(text) if DistinctId::truncate(&text) == text => distinct_ids.push(text),
            Value::String(_) => {
                let most = DistinctId::CHARS_MAX;
                problems.add(
                    &path,
                    format!("a distinct id has {most} characters at most"),
                );
            }
            Value::Number(number) => distinct_ids.push(number.to_string()),
            other => problems.add(&path, format!("expected a text, found {}", kind(&other))),
        }
    }
    Some(distinct_ids)
}

/// Properties as JSON text, with keys in order, so that equal ones are equal texts.
fn read_properties(fields: &mut Fields<'_>) -> String {
    let properties: Map<String, Value> = fields.object("properties").unwrap_or_default();
    let text = Value::Object(properties).to_string();
    if text.len() > PROPERTIES_BYTES_MAX {
        let bytes = text.len();
        fields.problem(
            "properties",
            format!("{bytes} bytes of JSON, at most {PROPERTIES_BYTES_MAX} are allowed"),
        );
    }
    text
}

fn read_created_at(fields: &mut Fields<'_>) -> Option<Timestamp> {
    let text = fields.text("created_at")?;
    match chrono::DateTime::parse_from_rfc3339(&text) {
        Ok(time) => Some(Timestamp::from_unix_micros(time.timestamp_micros())),
        Err(error) => {
            fields.problem(
                "created_at",
                format!("`{text}` is no RFC 3339 time: {error}"),
            );
            None
        }
    }
}
