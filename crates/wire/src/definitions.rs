//! The document from which server-side SDKs evaluate flags themselves (spec: service §5.3,
//! sdk-protocol "Definitions").
//!
//! Not a copy of what is stored: six SDKs read this document, each with its own way to lose all of
//! it over one member. So it is written anew from the typed reading of each flag and holds only what
//! SDKs read. What cannot be said so that all of them understand it is not said: such a flag goes
//! out as a [shim](filters), such a cohort is left out, and either makes an SDK ask the server.

mod chains;
mod cohort_tree;
mod cohorts;
mod filters;
mod leaf;
mod percentage;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use burgee_model::{BucketingIdentifier, Definitions, EvaluationRuntime, FlagDefinition};
use serde::Serialize;
use serde_json::Value;

use self::{chains::Chains, cohorts::Cohorts, filters::FlagFilters};

/// Group types that every SDK can hold: Go has eight bits.
const GROUP_TYPE_INDEX_MAX: i32 = 255;

#[derive(Serialize)]
struct Document<'d> {
    flags: Vec<Flag<'d>>,
    group_type_mapping: BTreeMap<i32, &'d str>,
    cohorts: BTreeMap<String, Value>,
    property_matching_version: u8,
}

/// A flag as SDKs read it; never a null among its members.
#[derive(Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "the shape on the wire")]
struct Flag<'d> {
    id: i32,
    team_id: i64,
    name: &'d str,
    key: &'d str,
    filters: FlagFilters<'d>,
    deleted: bool,
    active: bool,
    ensure_experience_continuity: bool,
    has_encrypted_payloads: bool,
    version: i32,
    evaluation_runtime: EvaluationRuntime,
    bucketing_identifier: BucketingIdentifier,
    /// The older name of the next.
    evaluation_tags: &'d [String],
    evaluation_contexts: &'d [String],
    has_experiment: bool,
}

/// Writes the document of an environment: its flags by key, inactive ones included, and what they
/// need. The same definitions always give the same bytes.
pub fn definitions_json(definitions: &Definitions) -> Vec<u8> {
    let mut flags: Vec<(&FlagDefinition, Option<_>)> = definitions
        .flags
        .iter()
        .filter(|flag| flag.is_evaluable() && !flag.deleted)
        .map(|flag| (flag, filters::read(flag)))
        .collect();
    flags.sort_by(|(one, _), (other, _)| one.key.cmp(&other.key));
    let chains = Chains::of(&flags);
    let mut cohorts = Cohorts::of(&definitions.cohorts);
    let flags = flags
        .iter()
        .map(|(flag, filters)| Flag {
            id: flag.id.0,
            team_id: definitions.environment.0,
            name: flag.name.as_deref().unwrap_or_default(),
            key: flag.key.as_str(),
            filters: filters
                .as_ref()
                .filter(|_| !flag.ensure_experience_continuity)
                .and_then(|filters| FlagFilters::of(filters, &chains, &mut cohorts).ok())
                .unwrap_or_else(FlagFilters::shim),
            deleted: false,
            active: flag.active,
            ensure_experience_continuity: flag.ensure_experience_continuity,
            has_encrypted_payloads: flag.has_encrypted_payloads,
            version: flag.version.unwrap_or_default(),
            evaluation_runtime: flag.evaluation_runtime,
            bucketing_identifier: flag.bucketing_identifier,
            evaluation_tags: &flag.evaluation_contexts,
            evaluation_contexts: &flag.evaluation_contexts,
            has_experiment: flag.has_experiment,
        })
        .collect();
    let group_types = definitions.group_types.iter();
    let document = Document {
        flags,
        group_type_mapping: group_types
            .filter(|group_type| (0..=GROUP_TYPE_INDEX_MAX).contains(&group_type.index.0))
            .map(|group_type| (group_type.index.0, group_type.name.as_str()))
            .collect(),
        cohorts: cohorts.into_document(),
        property_matching_version: definitions.property_matching.into(),
    };
    // Plain data always has a JSON form.
    serde_json::to_vec(&document).unwrap_or_default()
}
