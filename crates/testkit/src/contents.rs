//! What is in a store, written as JSON in a test.
//!
//! Shorter than an apply file, and less forgiving: a flag without an id takes its position from 1,
//! one without `active` is active, and what cannot be read fails the test.
//!
//! ```json
//! {"token": "phc_test", "timezone": "UTC", "group_types": ["organization"],
//!  "flags": [{"key": "beta", "filters": {"groups": [{}]}}],
//!  "cohorts": [{"id": 1, "is_static": true}],
//!  "persons": [{"distinct_ids": ["u1"], "properties": {"plan": "pro"}, "cohorts": [1]}],
//!  "secret_keys": ["phs_test"], "personal_keys": [{"key": "phx_test", "scopes": ["*"]}],
//!  "groups": [{"type": 0, "key": "acme", "properties": {"tier": "gold"}}]}
//! ```

use burgee_model::{
    CohortDefinition, CohortId, FlagDefinition, GroupTypeIndex, ProjectToken, PropertyMatching,
    Timestamp,
};
use burgee_store::{
    Change, ChangeSet, GroupRecord, KeyDigest, MemberChange, PersonRecord, SecretKey,
};
use serde_json::{Value, json};

/// The token of an environment that names none.
pub const TOKEN: &str = "phc_test";

const PROJECT: &str = "Acme";

/// Changes that bring a store to hold `contents`. Each token has a project of its own.
pub fn change_set(contents: &Value) -> ChangeSet {
    let token = contents["token"].as_str().unwrap_or(TOKEN);
    let project = format!("{PROJECT} {token}");
    let environment = ProjectToken::parse(token).expect("a token");
    let mut changes = vec![
        Change::PutProject {
            name: project.clone(),
            group_types: list(contents, "group_types").map(name).collect(),
        },
        Change::PutEnvironment {
            project: project.clone(),
            name: "production".to_owned(),
            token: environment.clone(),
            timezone: contents["timezone"].as_str().unwrap_or("UTC").to_owned(),
            property_matching: matching(contents),
        },
    ];
    if let Some(seconds) = contents["hold_polls_seconds"].as_u64() {
        changes.push(Change::PutHoldPolls {
            environment: environment.clone(),
            seconds: u16::try_from(seconds).expect("seconds"),
        });
    }
    changes.extend(list(contents, "cohorts").map(|cohort| Change::PutCohort {
        project: project.clone(),
        cohort: cohort_definition(cohort),
    }));
    let flags = list(contents, "flags").zip(1..);
    changes.extend(flags.map(|(flag, position)| Change::PutFlag {
        environment: environment.clone(),
        flag: flag_definition(flag, position),
    }));
    for person in list(contents, "persons") {
        put_person(&environment, person, &mut changes);
    }
    changes.extend(list(contents, "groups").map(|group| Change::PutGroup {
        environment: environment.clone(),
        group: group_record(group),
    }));
    for key in list(contents, "secret_keys") {
        changes.push(Change::PutSecretKey {
            environment: environment.clone(),
            key: secret_key(key),
        });
    }
    for key in list(contents, "personal_keys") {
        changes.push(Change::PutPersonalKey {
            environment: environment.clone(),
            key: secret_key(key),
        });
    }
    ChangeSet {
        expected: Vec::new(),
        changes,
    }
}

/// A text, or an object with `key`, `scopes` and `expires_at` (milliseconds since 1970).
fn secret_key(key: &Value) -> SecretKey {
    let text = key.as_str().or(key["key"].as_str()).expect("a key");
    SecretKey {
        digest: KeyDigest::of(text),
        hint: text.chars().take(4).collect(),
        name: None,
        scopes: list(key, "scopes").filter_map(name).collect(),
        expires_at: key["expires_at"].as_i64().map(Timestamp::from_unix_millis),
    }
}

fn list<'v>(contents: &'v Value, key: &str) -> impl Iterator<Item = &'v Value> + use<'v> {
    contents[key].as_array().into_iter().flatten()
}

fn name(group_type: &Value) -> Option<String> {
    group_type.as_str().map(str::to_owned)
}

fn matching(contents: &Value) -> PropertyMatching {
    let version = contents["property_matching_version"].as_u64().unwrap_or(1);
    PropertyMatching::from(u8::try_from(version).unwrap_or(1))
}

fn cohort_definition(cohort: &Value) -> CohortDefinition {
    serde_json::from_value(cohort.clone())
        .unwrap_or_else(|error| panic!("{cohort} is no cohort: {error}"))
}

fn flag_definition(flag: &Value, position: usize) -> FlagDefinition {
    let mut whole = json!({"id": position, "active": true});
    for (key, value) in flag.as_object().expect("a flag is an object") {
        whole[key] = value.clone();
    }
    serde_json::from_value(whole).unwrap_or_else(|error| panic!("{flag} is no flag: {error}"))
}

fn put_person(environment: &ProjectToken, person: &Value, changes: &mut Vec<Change>) {
    let distinct_ids: Vec<String> = list(person, "distinct_ids").filter_map(name).collect();
    changes.push(Change::PutPerson {
        environment: environment.clone(),
        person: PersonRecord {
            distinct_ids: distinct_ids.clone(),
            properties: properties(person),
            created_at: None,
        },
    });
    for cohort in list(person, "cohorts") {
        let cohort = cohort.as_i64().and_then(|id| i32::try_from(id).ok());
        changes.push(Change::AddMembers(MemberChange {
            environment: environment.clone(),
            cohort: CohortId(cohort.expect("a cohort's id")),
            distinct_ids: distinct_ids.clone(),
        }));
    }
}

fn group_record(group: &Value) -> GroupRecord {
    let index = group["type"].as_i64().and_then(|at| i32::try_from(at).ok());
    GroupRecord {
        index: GroupTypeIndex(index.expect("a group type's index")),
        key: group["key"].as_str().expect("a group's key").to_owned(),
        properties: properties(group),
    }
}

fn properties(of: &Value) -> String {
    match &of["properties"] {
        Value::Null => "{}".to_owned(),
        properties => properties.to_string(),
    }
}
