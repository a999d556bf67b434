//! Records that are whole, and every way in which one is not.

use burgee_model::{
    CohortDefinition, Definitions, EnvironmentId, GroupType, GroupTypeIndex, ProjectId,
    ProjectToken, PropertyMatching, Revision, Timestamp,
};
use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::{
    KeyDigest, KeyFingerprint, KeyGrant, KeyKind, SharedContents, open_contents, open_definitions,
    open_grants, seal_contents, seal_definitions, seal_grants,
};

const TAKEN: Timestamp = Timestamp::from_unix_micros(1_700_000_000_000_001);

fn token(text: &str) -> ProjectToken {
    ProjectToken::parse(text).unwrap()
}

fn definitions() -> Definitions {
    let flag = json!({
        "id": 7, "key": "beta flag", "name": "Beta", "active": true, "version": 3,
        "evaluation_runtime": "server", "evaluation_contexts": ["a", "b"],
        "bucketing_identifier": "device_id", "has_experiment": false,
        "ensure_experience_continuity": true,
        "filters": {"groups": [{"rollout_percentage": 33.3, "properties": []}], "odd": [null, 1.5]},
    });
    let cohort = json!({"id": 2, "name": "Staff", "is_static": true, "filters": {"a": {"b": [1]}}});
    Definitions {
        project: ProjectId(1),
        environment: EnvironmentId(2),
        token: token("phc_a"),
        revision: Revision(u64::MAX),
        timezone: "Europe/Berlin".to_owned(),
        property_matching: PropertyMatching::Explicit,
        hold_polls_seconds: 0,
        flags: vec![serde_json::from_value(flag).unwrap()],
        cohorts: vec![serde_json::from_value::<CohortDefinition>(cohort).unwrap()],
        group_types: vec![GroupType {
            index: GroupTypeIndex(1),
            name: "organization".to_owned(),
        }],
    }
}

fn grants() -> Vec<KeyGrant> {
    let grant = |kind, expires_at| KeyGrant {
        kind,
        environment: EnvironmentId(2),
        token: token("phc_a"),
        scopes: vec!["feature_flag:read".to_owned()],
        expires_at,
    };
    vec![
        grant(KeyKind::Secret, None),
        grant(KeyKind::Personal, Some(Timestamp::from_unix_micros(-5))),
    ]
}

#[test]
fn what_is_sealed_is_opened_as_it_was() {
    let record = seal_definitions(&definitions(), TAKEN).unwrap();
    let opened = open_definitions(&token("phc_a"), &record).unwrap();
    assert_eq!((opened.taken_at, opened.payload), (TAKEN, definitions()));

    let digest = KeyDigest::of("phs_a");
    for grants in [grants(), vec![]] {
        let record = seal_grants(digest, &grants, TAKEN).unwrap();
        assert_eq!(open_grants(digest, &record).unwrap().payload, grants);
    }

    let contents = SharedContents {
        mark: 9,
        revisions: vec![(EnvironmentId(2), token("phc_a"), Revision(4))],
        keys: vec![KeyFingerprint::of(&digest, &grants())],
    };
    let record = seal_contents(&contents, TAKEN).unwrap();
    assert_eq!(open_contents(&record).unwrap().payload, contents);
}

#[test]
fn a_record_under_another_name_is_not_taken() {
    let record = seal_definitions(&definitions(), TAKEN).unwrap();
    let other = open_definitions(&token("phc_b"), &record).unwrap_err();
    assert_eq!(other.to_string(), "it is the record of another name");
    let kind = open_record(&RecordName::Document(token("phc_a")), &record).unwrap_err();
    assert_eq!(kind, other);
    let grants = seal_grants(KeyDigest::of("a"), &grants(), TAKEN).unwrap();
    assert!(open_grants(KeyDigest::of("b"), &grants).is_err());
}

#[test]
fn a_record_with_any_bit_turned_over_or_any_end_cut_off_is_broken() {
    let digest = KeyDigest::of("phs_a");
    let record = seal_grants(digest, &grants(), TAKEN).unwrap();
    for bit in 0..record.len() * 8 {
        let mut turned = record.clone();
        turned[bit / 8] ^= 1 << (bit % 8);
        assert!(open_grants(digest, &turned).is_err(), "bit {bit}");
    }
    for length in 0..record.len() {
        assert!(
            open_grants(digest, &record[..length]).is_err(),
            "{length} bytes"
        );
    }
    let longer = [record.as_slice(), &[0]].concat();
    assert!(open_grants(digest, &longer).is_err());
}

#[test]
fn a_record_has_a_limit() {
    let name = RecordName::Revisions;
    let around = HEAD_BYTES + CHECKSUM_BYTES + name.to_string().len();
    let at_limit = vec![0; RECORD_BYTES_MAX - around];
    let record = seal_record(&name, TAKEN, &at_limit).unwrap();
    assert_eq!(record.len(), RECORD_BYTES_MAX);
    assert_eq!(open_record(&name, &record).unwrap().payload, at_limit);
    let over = vec![0; at_limit.len() + 1];
    let bytes = RECORD_BYTES_MAX + 1;
    let refused = Err(RecordError::TooLarge { bytes });
    assert_eq!(seal_record(&name, TAKEN, &over), refused);
    let over = [record.as_slice(), &[0]].concat();
    assert_eq!(
        open_record(&name, &over),
        Err(RecordError::TooLarge { bytes })
    );
}

#[test]
fn a_payload_that_unpacks_to_more_than_the_limit_is_broken() {
    for (bytes, is_taken) in [(RECORD_BYTES_MAX, true), (RECORD_BYTES_MAX + 1, false)] {
        let mut text = vec![b' '; bytes];
        text[..2].copy_from_slice(b"[]");
        let payload = zstd::bulk::compress(&text, 1).unwrap();
        let digest = KeyDigest::of("a");
        let record = seal_record(&RecordName::Grants(digest), TAKEN, &payload).unwrap();
        assert_eq!(open_grants(digest, &record).is_ok(), is_taken, "{bytes}");
    }
}

#[test]
fn a_fingerprint_tells_keys_and_what_they_open_apart() {
    let digest = KeyDigest::of("a");
    let of = KeyFingerprint::of(&digest, &grants());
    assert_eq!(of, KeyFingerprint::of(&digest, &grants()));
    let less = KeyFingerprint::of(&digest, &grants()[..1]);
    assert_eq!(of.key, less.key);
    assert_ne!(of.grants, less.grants);
    assert_ne!(of.key, KeyFingerprint::of_key(&KeyDigest::of("b")));
}

proptest! {
    #[test]
    fn opening_anything_is_an_error_and_never_a_panic(
        bytes in proptest::collection::vec(any::<u8>(), 0..400),
        has_magic in any::<bool>(),
    ) {
        let mut bytes = bytes;
        if has_magic {
            let mut head = MAGIC.to_vec();
            head.extend_from_slice(&FORMAT.to_be_bytes());
            bytes.splice(0..0, head);
        }
        prop_assert!(open_definitions(&token("phc_a"), &bytes).is_err());
        prop_assert!(open_contents(&bytes).is_err());
    }

    #[test]
    fn a_whole_record_with_any_payload_is_opened_or_refused(
        payload in proptest::collection::vec(any::<u8>(), 0..200),
    ) {
        let name = RecordName::Definitions(token("phc_a"));
        let record = seal_record(&name, TAKEN, &payload).unwrap();
        prop_assert_eq!(open_record(&name, &record).unwrap().payload, &payload[..]);
        prop_assert!(open_definitions(&token("phc_a"), &record).is_err());
    }
}
