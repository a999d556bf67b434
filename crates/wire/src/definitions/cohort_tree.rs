//! The rule of one dynamic cohort, as SDKs read it (spec: engine §6.3).
//!
//! Each level has entries of one kind: where a leaf stands beside a group, the Java SDK drops the
//! groups or lets everybody in, by which comes first (spec: sdk-protocol trap 13). A rule that SDKs
//! would decide differently from the server is not written at all, which makes them ask it: one with
//! conditions on behaviour, with empty groups, or in the older form.

use burgee_model::{CohortDefinition, CohortId, FilterKind, PropertyFilter};
use serde_json::{Value, json};

use super::leaf::Leaf;

/// Groups inside groups; one level more cannot be read (spec: engine §6.3).
const GROUPS_MAX: usize = 64;

/// A rule, and what it refers to.
pub(super) struct CohortTree {
    pub(super) json: Value,
    pub(super) references: Vec<CohortId>,
    /// Levels of groups, at least 1.
    pub(super) height: usize,
}

/// Reads the rule. `None`: it cannot be said to SDKs.
pub(super) fn read(cohort: &CohortDefinition) -> Option<CohortTree> {
    let top = cohort.filters.get("properties")?;
    // The alias `property` is for groups further down.
    if !matches!(top.get("type")?.as_str()?, "AND" | "OR") {
        return None;
    }
    let mut reading = Reading::default();
    let json = reading.group(top, 1)?;
    Some(CohortTree {
        json,
        references: reading.references,
        height: reading.height,
    })
}

/// The cohort that a filter's value names: a whole number.
pub(super) fn cohort_id(value: &Value) -> Option<CohortId> {
    let id = i32::try_from(value.as_i64()?).ok()?;
    Some(CohortId(id))
}

/// Everybody who is not in a cohort.
pub(super) fn all_but(id: CohortId) -> Value {
    json!({"type": "AND", "values": [Leaf::cohort(id).negated(true)]})
}

#[derive(Default)]
struct Reading {
    references: Vec<CohortId>,
    height: usize,
}

impl Reading {
    fn group(&mut self, stored: &Value, depth: usize) -> Option<Value> {
        if depth > GROUPS_MAX {
            return None;
        }
        self.height = self.height.max(depth);
        let kind = match stored.get("type")?.as_str()? {
            "AND" | "property" => "AND",
            "OR" => "OR",
            _ => return None,
        };
        let entries = stored.get("values")?.as_array()?;
        // To SDKs everybody is in an empty group, of whichever kind.
        if entries.is_empty() {
            return None;
        }
        let is_mixed = entries.iter().any(is_group) && !entries.iter().all(is_group);
        let mut values = Vec::with_capacity(entries.len());
        for entry in entries {
            values.push(if is_group(entry) {
                self.group(entry, depth + 1)?
            } else if is_mixed {
                self.height = self.height.max(depth + 1);
                json!({"type": "AND", "values": [self.leaf(entry)?]})
            } else {
                self.leaf(entry)?
            });
        }
        Some(json!({"type": kind, "values": values}))
    }

    fn leaf(&mut self, stored: &Value) -> Option<Value> {
        let filter = PropertyFilter::read(stored).ok()?;
        let leaf = match filter.kind {
            FilterKind::Person | FilterKind::PersonMetadata => {
                Leaf::property(&filter).ok()?.negated(filter.negation)
            }
            FilterKind::Cohort => {
                let id = cohort_id(filter.value)?;
                self.references.push(id);
                let is_outside = match filter.operator {
                    None | Some("in") => false,
                    Some("not_in") => true,
                    Some(_) => return None,
                };
                Leaf::cohort(id).negated(is_outside != filter.negation)
            }
            // Holds for nobody on the server.
            FilterKind::Group | FilterKind::Flag => return None,
        };
        serde_json::to_value(leaf).ok()
    }
}

fn is_group(entry: &Value) -> bool {
    entry.get("values").is_some()
}
