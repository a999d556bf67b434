//! Reads a flag of an apply file. `filters` is a document of its own, kept with all that is in it.
//!
//! Surprising: fields that PostHog's API gives with a flag and that mean nothing here are dropped
//! without a word, so that its answers can be pasted; any other unknown field is a typing mistake.

use burgee_model::{BucketingIdentifier, EvaluationRuntime, FlagDefinition, FlagId, FlagKey};
use serde_json::Value;

use super::FlagEntry;
use crate::apply::fields::Fields;
use crate::apply::problem::Problems;

/// Most evaluation contexts of a flag.
const CONTEXTS_MAX: usize = 100;

/// What PostHog's API says of a flag beside what evaluation reads.
const FOREIGN: [&str; 30] = [
    "_create_in_folder",
    "_should_create_usage_dashboard",
    "analytics_dashboards",
    "can_edit",
    "created_at",
    "created_by",
    "creation_context",
    "evaluation_environments",
    "experiment_set",
    "experiment_set_metadata",
    "features",
    "has_enriched_analytics",
    "is_simple_flag",
    "is_used_in_replay_settings",
    "last_called_at",
    "last_modified_by",
    "original_flag",
    "performed_rollback",
    "project_id",
    "rollback_conditions",
    "rollout_percentage",
    "status",
    "surveys",
    "tags",
    "team",
    "team_id",
    "updated_at",
    "updated_by",
    "usage_dashboard",
    "user_access_level",
];

/// What a flag says beside its identity and its rule.
#[derive(Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "these are the switches of the stored flag, one by one"
)]
pub(crate) struct FlagSettings {
    active: bool,
    deleted: bool,
    ensure_experience_continuity: bool,
    version: Option<i32>,
    evaluation_runtime: EvaluationRuntime,
    evaluation_contexts: Vec<String>,
    bucketing_identifier: BucketingIdentifier,
    has_experiment: bool,
    has_encrypted_payloads: bool,
    is_remote_configuration: bool,
}

impl FlagEntry {
    pub(super) fn read(value: Value, path: &str, problems: &Problems) -> Option<Self> {
        let mut fields = Fields::read(value, path, problems)?;
        let id = fields.integer("id", 1..=i32::MAX).map(FlagId);
        let key = read_key(&mut fields);
        let name = fields.text("name");
        let had_filters = fields.has("filters");
        let filters = fields.object("filters");
        let filters = fields.required("filters", filters, had_filters);
        let settings = FlagSettings::read(&mut fields);
        fields.ignore(&FOREIGN);
        fields.finish();
        Some(Self {
            path: path.to_owned(),
            id,
            key: key?,
            name,
            filters: Value::Object(filters?),
            settings,
        })
    }

    /// Whether the file says that the flag is gone.
    pub(crate) fn is_deleted(&self) -> bool {
        self.settings.deleted
    }

    /// The flag as it is stored. One that is said to be deleted is kept as an inactive one, which is
    /// how it reads for its dependents (spec: engine §7.3); an archived one would be missing.
    pub(crate) fn definition(
        &self,
        id: FlagId,
        name: Option<String>,
        filters: Value,
    ) -> FlagDefinition {
        let settings = &self.settings;
        FlagDefinition {
            id,
            key: self.key.clone(),
            name,
            filters: filters.into(),
            active: settings.active && !settings.deleted,
            deleted: false,
            ensure_experience_continuity: settings.ensure_experience_continuity,
            version: settings.version,
            evaluation_runtime: settings.evaluation_runtime,
            evaluation_contexts: settings.evaluation_contexts.clone(),
            bucketing_identifier: settings.bucketing_identifier,
            has_experiment: settings.has_experiment,
            has_encrypted_payloads: settings.has_encrypted_payloads,
            is_remote_configuration: settings.is_remote_configuration,
        }
    }
}

impl FlagSettings {
    fn read(fields: &mut Fields<'_>) -> Self {
        Self {
            active: fields.switch("active").unwrap_or_default(),
            deleted: fields.switch("deleted").unwrap_or_default(),
            ensure_experience_continuity: fields
                .switch("ensure_experience_continuity")
                .unwrap_or_default(),
            version: fields.integer("version", 0..=i32::MAX),
            evaluation_runtime: fields
                .text("evaluation_runtime")
                .map(|text| EvaluationRuntime::from_text(&text))
                .unwrap_or_default(),
            evaluation_contexts: read_contexts(fields),
            bucketing_identifier: match fields.text("bucketing_identifier").as_deref() {
                Some("device_id") => BucketingIdentifier::DeviceId,
                _ => BucketingIdentifier::DistinctId,
            },
            has_experiment: fields.switch("has_experiment").unwrap_or(true),
            has_encrypted_payloads: fields.switch("has_encrypted_payloads").unwrap_or_default(),
            is_remote_configuration: fields.switch("is_remote_configuration").unwrap_or_default(),
        }
    }
}

fn read_key(fields: &mut Fields<'_>) -> Option<FlagKey> {
    let key = fields.required_text("key")?;
    match FlagKey::parse(&key) {
        Ok(key) => Some(key),
        Err(error) => {
            fields.problem("key", error.to_string());
            None
        }
    }
}

/// Both names are read: PostHog renamed `evaluation_tags`.
fn read_contexts(fields: &mut Fields<'_>) -> Vec<String> {
    let older = fields.texts("evaluation_tags");
    let contexts = fields
        .texts("evaluation_contexts")
        .or(older)
        .unwrap_or_default();
    if contexts.len() > CONTEXTS_MAX {
        let count = contexts.len();
        fields.problem(
            "evaluation_contexts",
            format!("{count} contexts, at most {CONTEXTS_MAX} are allowed"),
        );
    }
    contexts
}
