//! Reads a cohort of an apply file. The rule inside `filters` is kept as it is written.

use burgee_model::CohortId;
use serde_json::Value;

use super::CohortEntry;
use crate::apply::fields::{Fields, kind};
use crate::apply::problem::Problems;

impl CohortEntry {
    pub(super) fn read(value: Value, path: &str, problems: &Problems) -> Option<Self> {
        let mut fields = Fields::read(value, path, problems)?;
        let had_id = fields.has("id");
        let entry = Self {
            path: path.to_owned(),
            id: fields.integer("id", 1..=i32::MAX).map(CohortId),
            name: fields.text("name"),
            is_static: fields.switch("is_static").unwrap_or_default(),
            cohort_type: fields.text("cohort_type"),
            filters: read_filters(&mut fields),
            groups: fields.any("groups").unwrap_or_default(),
            deleted: fields.switch("deleted").unwrap_or_default(),
        };
        if !had_id && entry.name.is_none() {
            problems.add(path, "a cohort needs an `id` or a `name`");
        }
        fields.finish();
        Some(entry)
    }
}

fn read_filters(fields: &mut Fields<'_>) -> Value {
    match fields.any("filters") {
        None => Value::Null,
        Some(filters @ Value::Object(_)) => filters,
        Some(other) => {
            fields.problem(
                "filters",
                format!("expected an object, found {}", kind(&other)),
            );
            Value::Null
        }
    }
}
