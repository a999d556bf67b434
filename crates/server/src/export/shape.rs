//! The apply file as it is written: every field that has a default is left out when it has it.

use std::sync::Arc;

use burgee_model::{
    BucketingIdentifier, CohortDefinition, CohortId, EvaluationRuntime, FlagDefinition, FlagId,
    FlagKey, ProjectToken, PropertyMatching, Timestamp,
};
use burgee_store::{GroupRecord, PersonRecord, StoreError};
use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;

#[derive(Debug, Default, Serialize)]
pub(super) struct FileShape {
    pub(super) projects: Vec<ProjectShape>,
}

#[derive(Debug, Serialize)]
pub(super) struct ProjectShape {
    pub(super) name: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) group_types: Vec<Option<String>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) cohorts: Vec<CohortDefinition>,
    pub(super) environments: Vec<EnvironmentShape>,
}

#[derive(Debug, Serialize)]
pub(super) struct EnvironmentShape {
    pub(super) name: String,
    pub(super) token: ProjectToken,
    pub(super) timezone: String,
    #[serde(skip_serializing_if = "is_default")]
    pub(super) property_matching_version: PropertyMatching,
    #[serde(skip_serializing_if = "is_default")]
    pub(super) hold_polls_seconds: u16,
    pub(super) flags: Vec<FlagShape>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) persons: Vec<PersonShape>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) groups: Vec<GroupShape>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) cohort_members: Vec<MembersShape>,
}

#[derive(Debug, Serialize)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "these are the switches of the stored flag, one by one"
)]
pub(super) struct FlagShape {
    id: FlagId,
    key: FlagKey,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    active: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<i32>,
    #[serde(skip_serializing_if = "is_default")]
    ensure_experience_continuity: bool,
    #[serde(skip_serializing_if = "is_default")]
    evaluation_runtime: EvaluationRuntime,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    evaluation_contexts: Vec<String>,
    #[serde(skip_serializing_if = "is_default")]
    bucketing_identifier: BucketingIdentifier,
    #[serde(skip_serializing_if = "is_true")]
    has_experiment: bool,
    #[serde(skip_serializing_if = "is_default")]
    has_encrypted_payloads: bool,
    #[serde(skip_serializing_if = "is_default")]
    is_remote_configuration: bool,
    filters: Arc<Value>,
}

impl From<FlagDefinition> for FlagShape {
    fn from(flag: FlagDefinition) -> Self {
        Self {
            id: flag.id,
            key: flag.key,
            name: flag.name,
            active: flag.active,
            version: flag.version,
            ensure_experience_continuity: flag.ensure_experience_continuity,
            evaluation_runtime: flag.evaluation_runtime,
            evaluation_contexts: flag.evaluation_contexts,
            bucketing_identifier: flag.bucketing_identifier,
            has_experiment: flag.has_experiment,
            has_encrypted_payloads: flag.has_encrypted_payloads,
            is_remote_configuration: flag.is_remote_configuration,
            filters: flag.filters,
        }
    }
}

#[derive(Debug, Serialize)]
pub(super) struct PersonShape {
    distinct_ids: Vec<String>,
    properties: Box<RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    created_at: Option<String>,
}

impl PersonShape {
    /// Fails if the stored properties are not JSON.
    pub(super) fn new(person: PersonRecord) -> Result<Self, StoreError> {
        Ok(Self {
            distinct_ids: person.distinct_ids,
            properties: raw(person.properties)?,
            created_at: person.created_at.and_then(rfc3339),
        })
    }
}

#[derive(Debug, Serialize)]
pub(super) struct GroupShape {
    r#type: String,
    key: String,
    properties: Box<RawValue>,
}

impl GroupShape {
    /// Fails if the stored properties are not JSON, or if the project has no such group type.
    pub(super) fn new(
        group: GroupRecord,
        group_types: &[Option<String>],
    ) -> Result<Self, StoreError> {
        let position = usize::try_from(group.index.0).ok();
        let name = position.and_then(|position| group_types.get(position)?.clone());
        let Some(name) = name else {
            let message = format!(
                "group `{}` is of type {}, which is not there",
                group.key, group.index
            );
            return Err(StoreError::Corrupt(message));
        };
        Ok(Self {
            r#type: name,
            key: group.key,
            properties: raw(group.properties)?,
        })
    }
}

#[derive(Debug, Serialize)]
pub(super) struct MembersShape {
    pub(super) cohort: CohortId,
    pub(super) distinct_ids: Vec<String>,
}

fn raw(json: String) -> Result<Box<RawValue>, StoreError> {
    RawValue::from_string(json).map_err(|error| StoreError::Corrupt(error.to_string()))
}

/// `None` for times beyond the year 262,000.
fn rfc3339(time: Timestamp) -> Option<String> {
    let time = chrono::DateTime::from_timestamp_micros(time.unix_micros())?;
    Some(time.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true))
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "the shape that serde asks for"
)]
fn is_true(value: &bool) -> bool {
    *value
}
