//! A cohort as it is stored: a named set of persons, by rule or by list.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::CohortId;

/// A cohort of a project (spec: engine §6).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CohortDefinition {
    /// Identity in the project; what filters refer to.
    pub id: CohortId,
    /// For people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// A list of members rather than a rule; decides before `filters`.
    #[serde(default)]
    pub is_static: bool,
    /// `static`, `person_property`, `behavioral`, `realtime` or `analytical`; not read for rules.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cohort_type: Option<String>,
    /// `{"properties": tree}`, or null.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub filters: Value,
    /// The older form of `filters`, read when that is absent (spec: engine §6.4).
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub groups: Value,
    /// A deleted cohort is as one that never was.
    #[serde(default, skip_serializing_if = "is_false")]
    pub deleted: bool,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "the shape that serde asks for"
)]
fn is_false(value: &bool) -> bool {
    !value
}
