//! Random change sets against a model that is nothing but maps: the store in a file, the one in
//! memory and the model must agree on every answer.
#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "what a test stands on fails by panicking"
)]

#[path = "model/maps.rs"]
mod maps;

use burgee_model::{EnvironmentId, FlagId, FlagKey, ProjectToken, PropertyMatching};
use burgee_store::{
    Change, ChangeSet, DefinitionReader, DefinitionWriter, PersonRecord, StoreError, SubjectStore,
};
use burgee_store_sqlite::{SqliteConfig, SqliteLocation, SqliteStore};
use maps::{Command, Made, Maps, TOKENS};
use proptest::{collection::vec, prelude::*, sample::select};

fn commands() -> impl Strategy<Value = Command> {
    let environment = 0..TOKENS.len();
    let id = 1..4_i32;
    let put_flag = (
        environment.clone(),
        id.clone(),
        select(vec!["a", "b", "c"]),
        any::<bool>(),
        proptest::option::of(1..4_i32),
    )
        .prop_map(|(environment, id, key, active, version)| Command::PutFlag {
            environment,
            id,
            key,
            active,
            version,
        });
    let archive = (environment.clone(), id)
        .prop_map(|(environment, id)| Command::Archive { environment, id });
    let put_person = (
        environment,
        vec(select(vec!["u", "v", "w"]), 1..3),
        0..3_i32,
    )
        .prop_map(
            |(environment, distinct_ids, properties)| Command::PutPerson {
                environment,
                distinct_ids,
                properties,
            },
        );
    prop_oneof![4 => put_flag, 1 => archive, 3 => put_person]
}

fn change(command: &Command) -> Change {
    let token = |environment: usize| ProjectToken::parse(TOKENS[environment]).unwrap();
    match command {
        Command::PutFlag {
            environment,
            id,
            key,
            active,
            version,
        } => Change::PutFlag {
            environment: token(*environment),
            flag: serde_json::from_value(serde_json::json!({
                "id": id, "key": key, "active": active, "version": version, "filters": {},
            }))
            .unwrap(),
        },
        Command::Archive { environment, id } => Change::ArchiveFlag {
            environment: token(*environment),
            flag: FlagId(*id),
        },
        Command::PutPerson {
            environment,
            distinct_ids,
            properties,
        } => Change::PutPerson {
            environment: token(*environment),
            person: PersonRecord {
                distinct_ids: distinct_ids.iter().map(|id| (*id).to_owned()).collect(),
                properties: format!("{{\"n\":{properties}}}"),
                created_at: Some(burgee_model::Timestamp::from_unix_micros(1)),
            },
        },
    }
}

fn found() -> ChangeSet {
    let project = "Acme".to_owned();
    let mut changes = vec![Change::PutProject {
        name: project.clone(),
        group_types: Vec::new(),
    }];
    changes.extend(TOKENS.map(|token| Change::PutEnvironment {
        project: project.clone(),
        name: token.to_owned(),
        token: ProjectToken::parse(token).unwrap(),
        timezone: "UTC".to_owned(),
        property_matching: PropertyMatching::Released,
    }));
    ChangeSet {
        expected: Vec::new(),
        changes,
    }
}

async fn commit(store: &SqliteStore, set: &ChangeSet) -> Option<Made> {
    match store.commit(set).await {
        Ok(committed) => Some(Made {
            changed: committed.changed,
            unchanged: committed.unchanged,
            revisions: committed
                .revisions
                .iter()
                .map(|(token, revision)| (token.to_string(), revision.0))
                .collect(),
        }),
        Err(StoreError::Refused(_)) => None,
        Err(error) => panic!("{error}"),
    }
}

/// Everything that the model knows, as the store tells it.
async fn told(store: &SqliteStore) -> Vec<String> {
    let mut lines = Vec::new();
    for token in TOKENS {
        let token = ProjectToken::parse(token).unwrap();
        let read = store.read_by_token(&token).await.unwrap().unwrap();
        lines.push(format!("{token} at {}", read.revision));
        for flag in read.flags {
            let FlagId(id) = flag.id;
            let (key, version): (FlagKey, _) = (flag.key, flag.version.unwrap());
            lines.push(format!(
                "{token} flag {id} {key} {} v{version}",
                flag.active
            ));
        }
        lines.extend(
            persons(store, read.environment)
                .await
                .map(|line| format!("{token} {line}")),
        );
    }
    lines
}

async fn persons(store: &SqliteStore, environment: EnvironmentId) -> impl Iterator<Item = String> {
    let page = store.read_page(environment, None, 100).await.unwrap();
    page.persons.into_iter().map(|(person, _)| {
        format!(
            "person {} {}",
            person.distinct_ids.join(","),
            person.properties
        )
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn stores_and_maps_agree(sets in vec(vec(commands(), 1..6), 1..12)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let file = SqliteLocation::File(folder.path().join("burgee.db"));
        let stores = [file, SqliteLocation::Memory].map(|location| {
            let config = SqliteConfig { readers: 1, ..SqliteConfig::at(location) };
            SqliteStore::open(&config).unwrap()
        });
        let mut maps = Maps::default();
        runtime.block_on(async {
            for store in &stores {
                store.commit(&found()).await.unwrap();
            }
            for set in &sets {
                let made = maps.commit(set);
                let changes = ChangeSet {
                    expected: Vec::new(),
                    changes: set.iter().map(change).collect(),
                };
                for store in &stores {
                    assert_eq!(commit(store, &changes).await, made, "{set:?}");
                    assert_eq!(told(store).await, maps.told());
                }
            }
        });
    }
}
