//! What the laws speak of: one project with two environments, and short ways to say the rest.

use burgee_model::{
    BucketingIdentifier, CohortDefinition, CohortId, Definitions, EnvironmentId, EvaluationRuntime,
    FlagDefinition, FlagId, FlagKey, GroupRef, GroupTypeIndex, ProjectToken, PropertyMatching,
    Revision,
};
use serde_json::{Value, json};

use super::Store;
use crate::{
    Change, ChangeSet, Committed, GroupRecord, HashKeyClaim, PersonRecord, StoreError,
    SubjectQuery, SubjectRead,
};

pub(super) const PROJECT: &str = "Acme";
pub(super) const PRODUCTION: &str = "phc_production";
pub(super) const STAGING: &str = "phc_staging";

pub(super) fn token(text: &str) -> ProjectToken {
    ProjectToken::parse(text).unwrap()
}

pub(super) fn key(text: &str) -> FlagKey {
    FlagKey::parse(text).unwrap()
}

pub(super) fn put_project(name: &str) -> Change {
    Change::PutProject {
        name: name.to_owned(),
        group_types: vec![
            Some("organization".to_owned()),
            None,
            Some("team".to_owned()),
        ],
    }
}

pub(super) fn put_environment(project: &str, name: &str, token_text: &str) -> Change {
    Change::PutEnvironment {
        project: project.to_owned(),
        name: name.to_owned(),
        token: token(token_text),
        timezone: "Europe/Berlin".to_owned(),
        property_matching: PropertyMatching::Explicit,
    }
}

/// A flag that sets whatever can be set away from its default.
pub(super) fn flag(id: i32, text: &str) -> FlagDefinition {
    FlagDefinition {
        id: FlagId(id),
        key: key(text),
        name: Some(format!("Flag {text}")),
        filters: json!({"groups": [{"properties": [], "rollout_percentage": 33.3}]}).into(),
        active: true,
        deleted: false,
        ensure_experience_continuity: true,
        version: Some(3),
        evaluation_runtime: EvaluationRuntime::Server,
        evaluation_contexts: vec!["checkout".to_owned(), "ü".to_owned()],
        bucketing_identifier: BucketingIdentifier::DeviceId,
        has_experiment: false,
        has_encrypted_payloads: true,
        is_remote_configuration: true,
    }
}

pub(super) fn put_flag(token_text: &str, flag: FlagDefinition) -> Change {
    Change::PutFlag {
        environment: token(token_text),
        flag,
    }
}

pub(super) fn cohort(id: i32, is_static: bool) -> CohortDefinition {
    CohortDefinition {
        id: CohortId(id),
        name: Some(format!("Cohort {id}")),
        is_static,
        cohort_type: Some("person_property".to_owned()),
        filters: json!({"properties": {"type": "AND", "values": []}}),
        groups: Value::Null,
        deleted: false,
    }
}

pub(super) fn put_cohort(cohort: CohortDefinition) -> Change {
    Change::PutCohort {
        project: PROJECT.to_owned(),
        cohort,
    }
}

pub(super) fn person(distinct_ids: &[&str], properties: &str) -> PersonRecord {
    PersonRecord {
        distinct_ids: distinct_ids.iter().map(|id| (*id).to_owned()).collect(),
        properties: properties.to_owned(),
        created_at: None,
    }
}

pub(super) fn put_person(token_text: &str, distinct_ids: &[&str], properties: &str) -> Change {
    Change::PutPerson {
        environment: token(token_text),
        person: person(distinct_ids, properties),
    }
}

pub(super) fn group(index: i32, group_key: &str, properties: &str) -> GroupRecord {
    GroupRecord {
        index: GroupTypeIndex(index),
        key: group_key.to_owned(),
        properties: properties.to_owned(),
    }
}

pub(super) fn put_group(token_text: &str, group: GroupRecord) -> Change {
    Change::PutGroup {
        environment: token(token_text),
        group,
    }
}

pub(super) fn group_ref(index: i32, group_key: &str) -> GroupRef {
    GroupRef {
        index: GroupTypeIndex(index),
        key: group_key.to_owned(),
    }
}

pub(super) async fn commit(
    store: &impl Store,
    changes: Vec<Change>,
) -> Result<Committed, StoreError> {
    let expected = Vec::new();
    store.commit(&ChangeSet { expected, changes }).await
}

/// The project with production and staging, in that order.
pub(super) async fn found(store: &impl Store) -> (EnvironmentId, EnvironmentId) {
    let changes = vec![
        put_project(PROJECT),
        put_environment(PROJECT, "production", PRODUCTION),
        put_environment(PROJECT, "staging", STAGING),
    ];
    commit(store, changes).await.unwrap();
    (
        read(store, PRODUCTION).await.environment,
        read(store, STAGING).await.environment,
    )
}

pub(super) async fn read(store: &impl Store, token_text: &str) -> Definitions {
    let read = store.read_by_token(&token(token_text)).await.unwrap();
    read.unwrap()
}

pub(super) async fn revision(store: &impl Store, token_text: &str) -> Revision {
    read(store, token_text).await.revision
}

/// Asks for everything about one distinct id.
pub(super) fn query(environment: EnvironmentId, distinct_id: &str) -> SubjectQuery {
    SubjectQuery {
        environment,
        distinct_id: distinct_id.to_owned(),
        anon_distinct_id: None,
        person: true,
        groups: Vec::new(),
        hash_keys: true,
        continuity_flags: Vec::new(),
    }
}

pub(super) async fn read_subject(
    store: &impl Store,
    environment: EnvironmentId,
    distinct_id: &str,
) -> SubjectRead {
    let query = query(environment, distinct_id);
    store.read_subject(query).await.unwrap()
}

/// The properties of whoever has the distinct id.
pub(super) async fn properties(
    store: &impl Store,
    environment: EnvironmentId,
    distinct_id: &str,
) -> Option<String> {
    let read = read_subject(store, environment, distinct_id).await;
    read.facts.person.map(|person| person.properties)
}

pub(super) fn claim(
    environment: EnvironmentId,
    (distinct_id, anon_distinct_id): (&str, &str),
    flags: &[&str],
) -> HashKeyClaim {
    HashKeyClaim {
        environment,
        distinct_id: distinct_id.to_owned(),
        anon_distinct_id: anon_distinct_id.to_owned(),
        flags: flags.iter().map(|flag| key(flag)).collect(),
    }
}

/// Fails unless the change was refused.
pub(super) fn assert_refused(result: &Result<Committed, StoreError>) {
    assert!(matches!(result, Err(StoreError::Refused(_))), "{result:?}");
}
