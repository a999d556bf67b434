//! The law of export, for made-up instances: applied to an empty store, an export gives a store with
//! the same export.

use std::path::Path;

use burgee_store_sqlite::{SqliteConfig, SqliteLocation, SqliteStore};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::export;
use crate::apply::examine::Manner;
use crate::apply::progress::Progress;
use crate::apply::{Source, Target, apply};
use crate::runtime;

/// Instances that are tried: each costs two databases.
const CASES: u32 = 16;

async fn exported_after(file: &str) -> String {
    let store = SqliteStore::open(&SqliteConfig::at(SqliteLocation::Memory)).unwrap();
    let source = Source {
        path: Path::new("made-up.json"),
        text: file,
    };
    let manner = Manner::of(true, false);
    apply(Target::of(&store), source, manner, &Progress::hidden())
        .await
        .unwrap();
    export(&store, &store, None).await.unwrap().unwrap()
}

fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "\\PC{0,12}".prop_map(Value::from),
    ]
}

fn properties() -> impl Strategy<Value = Value> {
    prop::collection::btree_map("[a-zé$]{1,6}", scalar(), 0..4)
        .prop_map(|map| map.into_iter().collect())
}

fn flag(id: usize) -> impl Strategy<Value = Value> {
    let rest = (
        any::<bool>(),
        0.0..=100.0_f64,
        scalar(),
        scalar(),
        0..3_usize,
    );
    rest.prop_map(move |(switch, share, value, payload, target)| {
        json!({
            "id": id + 1,
            "key": format!("flag {id}"),
            "name": if switch { Value::Null } else { json!("a name") },
            "active": switch,
            "has_experiment": switch,
            "ensure_experience_continuity": !switch,
            "version": if switch { json!(id) } else { Value::Null },
            "filters": {
                "groups": [
                    {"properties": [{"key": "p", "type": "person", "value": value}],
                     "rollout_percentage": share, "unknown": value},
                    {"properties": [{"key": format!("flag {target}"), "type": "flag",
                        "operator": "flag_evaluates_to", "value": true}]},
                ],
                "payloads": {"true": payload},
            },
        })
    })
}

fn environment(name: &'static str) -> impl Strategy<Value = Value> {
    let flags = (flag(0), flag(1), flag(2)).prop_map(|(a, b, c)| json!([a, b, c]));
    let persons = prop::collection::vec(properties(), 0..5);
    (flags, persons, properties(), any::<bool>()).prop_map(
        move |(flags, persons, group, listed)| {
            let persons = persons.into_iter().enumerate();
            let persons: Vec<Value> = persons
                .map(|(index, properties)| {
                    json!({"distinct_ids": [format!("u{index}"), format!("a{index}")],
                    "properties": properties, "created_at": "2020-01-01T00:00:00Z"})
                })
                .collect();
            let members: Vec<String> = (0..persons.len())
                .map(|index| format!("a{index}"))
                .collect();
            let members = if listed { members } else { Vec::new() };
            json!({
                "name": name,
                "token": format!("phc_{name}"),
                "secret_keys": [],
                "flags": flags,
                "persons": persons,
                "groups": [{"type": "organization", "key": "acme", "properties": group}],
                "cohort_members": [{"cohort": 1, "distinct_ids": members}],
            })
        },
    )
}

fn instance() -> impl Strategy<Value = Value> {
    (environment("production"), environment("staging")).prop_map(|(production, staging)| {
        json!({"projects": [{
            "name": "Acme",
            "group_types": ["organization"],
            "cohorts": [{"id": 1, "name": "Listed", "is_static": true}],
            "environments": [production, staging],
        }]})
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(CASES))]

    #[test]
    fn an_export_applied_to_an_empty_store_is_exported_the_same(file in instance()) {
        let first = runtime::run(exported_after(&file.to_string())).unwrap();
        let second = runtime::run(exported_after(&first)).unwrap();
        prop_assert_eq!(first, second);
    }
}
