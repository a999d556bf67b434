//! Each limit at its value and one beyond.

use burgee_model::GroupTypeIndex;

use super::*;
use crate::Change;

fn person(distinct_ids: &[String], properties: &str) -> PersonRecord {
    PersonRecord {
        distinct_ids: distinct_ids.to_vec(),
        properties: properties.to_owned(),
        created_at: None,
    }
}

fn group(key: String, properties: &str) -> GroupRecord {
    GroupRecord {
        index: GroupTypeIndex(0),
        key,
        properties: properties.to_owned(),
    }
}

fn object_of_bytes(bytes: usize) -> String {
    format!(r#"{{"a":"{}"}}"#, "x".repeat(bytes - 8))
}

#[test]
fn a_change_set_is_refused_at_its_limit_plus_one() {
    let change = Change::PutProject {
        name: String::new(),
        group_types: Vec::new(),
    };
    let set = |count| ChangeSet {
        expected: Vec::new(),
        changes: vec![change.clone(); count],
    };
    assert_eq!(set(CHANGES_MAX).check(), Ok(()));
    assert!(set(CHANGES_MAX + 1).check().is_err());
}

#[test]
fn a_person_is_refused_beyond_each_limit() {
    let one = ["u".to_owned()];
    let ids = |count| vec!["u".to_owned(); count];
    let wide = |chars| ["é".repeat(chars)];
    for (person, is_taken) in [
        (person(&one, "{}"), true),
        (person(&[], "{}"), false),
        (person(&ids(DISTINCT_IDS_MAX), "{}"), true),
        (person(&ids(DISTINCT_IDS_MAX + 1), "{}"), false),
        (person(&wide(200), "{}"), true),
        (person(&wide(201), "{}"), false),
        (person(&one, &object_of_bytes(PROPERTIES_BYTES_MAX)), true),
        (
            person(&one, &object_of_bytes(PROPERTIES_BYTES_MAX + 1)),
            false,
        ),
        (person(&one, " {\"a\": 1} "), true),
        (person(&one, "[]"), false),
        (person(&one, "{\"a\":}"), false),
        (person(&one, "{} {}"), false),
        (person(&one, ""), false),
    ] {
        let checked = person.check();
        assert_eq!(
            checked.is_ok(),
            is_taken,
            "{:?} {checked:?}",
            person.distinct_ids.len()
        );
    }
}

#[test]
fn a_group_is_refused_beyond_each_limit() {
    let key = |bytes| "k".repeat(bytes);
    for (group, is_taken) in [
        (group(key(GROUP_KEY_BYTES_MAX), "{}"), true),
        (group(key(GROUP_KEY_BYTES_MAX + 1), "{}"), false),
        (group(key(0), "{}"), false),
        (group(key(1), &object_of_bytes(PROPERTIES_BYTES_MAX)), true),
        (
            group(key(1), &object_of_bytes(PROPERTIES_BYTES_MAX + 1)),
            false,
        ),
        (group(key(1), "null"), false),
    ] {
        assert_eq!(group.check().is_ok(), is_taken, "{}", group.key.len());
    }
}
