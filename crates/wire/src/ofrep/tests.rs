//! Golden answers, and that they say of each flag what `/flags` says.

use burgee_eval::{
    Evaluation, FlagValue, Given, GivenGroup, Outcome, Scratch, Selection, Snapshot, Subject,
    compile,
};
use burgee_model::{
    Definitions, EnvironmentId, Facts, FailureCode, Fetch, GroupType, GroupTypeIndex, ProjectId,
    ProjectToken, PropertyMatching, Revision, Timestamp,
};
use proptest::prelude::*;
use serde_json::{Value, json};
use uuid::Uuid;

use super::*;
use crate::{AnswerEncoder, AnswerTail, Fragments, Shape};

fn person(key: &str, value: &str) -> Value {
    json!({"key": key, "type": "person", "operator": "exact", "value": value})
}

fn flags() -> Value {
    let split = json!({"variants": [
        {"key": "say \"blue\"", "rollout_percentage": 50}, {"key": "red", "rollout_percentage": 50},
    ]});
    json!([
        {"id": 1, "key": "static", "active": true, "version": 4, "filters": {"groups": [{}],
            "payloads": {"true": {"a": 1}}}},
        {"id": 2, "key": "targeted", "active": true, "filters": {"groups": [
            {"properties": [person("plan", "pro")]}]}},
        {"id": 3, "key": "say \"x\"", "active": true, "filters": {"groups": [{}],
            "multivariate": split}},
        {"id": 4, "key": "nobody", "active": true, "filters": {"groups": [{"rollout_percentage": 0}]}},
        {"id": 5, "key": "reader", "active": true, "filters": {"groups": [
            {"properties": [person("stored", "x")]}]}},
        {"id": 6, "key": "asleep", "active": false, "filters": {"groups": [{}]}},
        {"id": 7, "key": "for-groups", "active": true, "filters": {
            "aggregation_group_type_index": 0, "groups": [{}]}},
    ])
}

fn snapshot() -> Snapshot {
    let definitions = Definitions {
        project: ProjectId(1),
        environment: EnvironmentId(1),
        token: ProjectToken::parse("phc_test").unwrap(),
        revision: Revision(1),
        timezone: "UTC".to_owned(),
        property_matching: PropertyMatching::Released,
        hold_polls_seconds: 0,
        flags: serde_json::from_value(flags()).unwrap(),
        cohorts: Vec::new(),
        group_types: vec![GroupType {
            index: GroupTypeIndex(0),
            name: "organization".to_owned(),
        }],
    };
    compile(&definitions).0
}

/// Evaluates everything for a subject, with or without a store to ask.
fn evaluate(
    snapshot: &Snapshot,
    given: &Given<'_>,
    facts: &Facts,
    emit: impl FnMut(Evaluation<'_>),
) {
    let mut scratch = Scratch::default();
    snapshot.read_given(given, &mut scratch).unwrap();
    let subject = Subject {
        given,
        facts,
        now: Timestamp::from_unix_millis(0),
    };
    let plan = snapshot.plan(&Selection::default());
    snapshot.evaluate(&plan, &subject, &mut scratch, emit);
}

fn gone() -> Facts {
    Facts {
        subject: Fetch::Failed(FailureCode::DatabaseUnavailable),
        ..Facts::default()
    }
}

fn bulk(given: &Given<'_>, facts: &Facts, events: Option<&str>) -> String {
    let snapshot = snapshot();
    let fragments = Fragments::prepare(&snapshot);
    let mut encoder = OfrepEncoder::begin(&snapshot, &fragments, 6);
    evaluate(&snapshot, given, facts, |evaluation| {
        encoder.push(&evaluation);
    });
    for flag in snapshot.switched_off(&Selection::default()) {
        encoder.push_switched_off(flag);
    }
    String::from_utf8(encoder.finish(events)).unwrap()
}

const SUBJECT: Given<'_> = Given {
    distinct_id: "u",
    device_id: None,
    anon_distinct_id: None,
    person_properties: Some(r#"{"plan":"pro"}"#),
    geoip: &[],
    groups: &[],
};

#[test]
fn the_bulk_answer_is_a_list_of_records_in_the_order_of_keys() {
    let answer = bulk(&SUBJECT, &gone(), Some("phc_a b&c"));
    let expected = [
        r#"{"flags":["#,
        r#"{"key":"for-groups","value":false,"variant":"false","reason":"DEFAULT","#,
        r#""metadata":{"id":7,"version":0,"reason_code":"no_group_type","condition_index":0}},"#,
        r#"{"key":"nobody","value":false,"variant":"false","reason":"SPLIT","#,
        r#""metadata":{"id":4,"version":0,"reason_code":"out_of_rollout_bound","condition_index":0}},"#,
        r#"{"key":"reader","errorCode":"GENERAL","errorDetails":"Database connection unavailable","#,
        r#""metadata":{"id":5,"version":0,"reason_code":"database_unavailable"}},"#,
        r#"{"key":"say \"x\"","value":"say \"blue\"","variant":"say \"blue\"","reason":"SPLIT","#,
        r#""metadata":{"id":3,"version":0,"reason_code":"condition_match","condition_index":0}},"#,
        r#"{"key":"static","value":true,"variant":"true","reason":"STATIC","#,
        r#""metadata":{"id":1,"version":4,"reason_code":"condition_match","condition_index":0,"#,
        r#""payload":"{\"a\":1}"}},"#,
        r#"{"key":"targeted","value":true,"variant":"true","reason":"TARGETING_MATCH","#,
        r#""metadata":{"id":2,"version":0,"reason_code":"condition_match","condition_index":0}},"#,
        r#"{"key":"asleep","value":false,"variant":"false","reason":"DISABLED","#,
        r#""metadata":{"id":6,"version":0}}],"#,
        r#""eventStreams":[{"type":"sse","endpoint":{"requestUri":"#,
        r#""/ofrep/v1/events?token=phc_a+b%26c"}}]}"#,
    ];
    assert_eq!(answer, expected.concat());
}

#[test]
fn an_environment_without_flags_is_an_empty_list() {
    let snapshot = snapshot();
    let fragments = Fragments::prepare(&snapshot);
    let empty = OfrepEncoder::begin(&snapshot, &fragments, 0).finish(None);
    assert_eq!(String::from_utf8(empty).unwrap(), r#"{"flags":[]}"#);
}

#[test]
fn one_flag_is_the_record_that_stands_in_the_list() {
    let snapshot = snapshot();
    let fragments = Fragments::prepare(&snapshot);
    let list: Value = serde_json::from_str(&bulk(&SUBJECT, &gone(), None)).unwrap();
    let mut records = Vec::new();
    evaluate(&snapshot, &SUBJECT, &gone(), |evaluation| {
        records.push(ofrep_record(&snapshot, &fragments, &evaluation));
    });
    for flag in snapshot.switched_off(&Selection::default()) {
        records.push(ofrep_switched_off_record(&fragments, flag));
    }
    let records: Vec<Value> = records
        .iter()
        .map(|record| serde_json::from_slice(record).unwrap())
        .collect();
    assert_eq!(Value::Array(records), list["flags"]);
}

#[test]
fn an_error_says_its_code_and_why_and_the_flag_where_one_is_meant() {
    use OfrepErrorCode::{FlagNotFound, General, InvalidContext, ParseError, TargetingKeyMissing};
    for (key, code, expected) in [
        (
            Some("a\"b"),
            FlagNotFound,
            r#"{"key":"a\"b","errorCode":"FLAG_NOT_FOUND","errorDetails":"why"}"#,
        ),
        (
            None,
            ParseError,
            r#"{"errorCode":"PARSE_ERROR","errorDetails":"why"}"#,
        ),
        (
            None,
            TargetingKeyMissing,
            r#"{"errorCode":"TARGETING_KEY_MISSING","errorDetails":"why"}"#,
        ),
        (
            None,
            InvalidContext,
            r#"{"errorCode":"INVALID_CONTEXT","errorDetails":"why"}"#,
        ),
        (
            None,
            General,
            r#"{"errorCode":"GENERAL","errorDetails":"why"}"#,
        ),
    ] {
        let problem = OfrepProblem {
            key,
            error_code: code,
            error_details: "why",
        };
        assert_eq!(String::from_utf8(problem.to_json()).unwrap(), expected);
    }
}

/// Reason names of `OpenFeature`; Python's provider knows no others.
const REASONS: [&str; 5] = ["STATIC", "TARGETING_MATCH", "SPLIT", "DEFAULT", "DISABLED"];

/// What providers insist on.
fn check_record(record: &Value) {
    assert!(record["key"].is_string(), "{record}");
    let metadata = record["metadata"].as_object().unwrap();
    let is_flat = |value: &Value| value.is_string() || value.is_number() || value.is_boolean();
    assert!(metadata.values().all(is_flat), "{record}");
    if record.get("errorCode").is_some() {
        assert!(record["errorDetails"].is_string(), "{record}");
        assert_eq!(record.get("value"), None, "{record}");
        return;
    }
    assert!(REASONS.contains(&record["reason"].as_str().unwrap()));
    let variant = record["variant"].as_str().unwrap();
    match &record["value"] {
        Value::Bool(value) => assert_eq!(variant, value.to_string()),
        Value::String(value) => assert_eq!(variant, value),
        other => panic!("{other}"),
    }
}

proptest! {
    /// Every flag that `/flags` answers has the same value here, or failed in both.
    #[test]
    fn the_value_is_that_of_flags(
        id in "[a-z0-9]{0,6}", plan in prop::sample::select(vec!["pro", "free"]),
        key in "[a-z]{0,3}", is_gone in any::<bool>(),
    ) {
        let properties = json!({"plan": plan}).to_string();
        let key = json!(key).to_string();
        let groups = [GivenGroup { group_type: "organization", key: Some(&key), properties: None }];
        let given = Given {
            distinct_id: &id, person_properties: Some(&properties), groups: &groups,
            ..Given::default()
        };
        let facts = if is_gone { gone() } else { Facts::default() };
        let snapshot = snapshot();
        let fragments = Fragments::prepare(&snapshot);
        let mut encoder = AnswerEncoder::begin(Shape::FlagsV4, &fragments);
        evaluate(&snapshot, &given, &facts, |evaluation| encoder.push(&evaluation));
        let tail = AnswerTail {
            request_id: Uuid::nil(), evaluated_at_ms: 0, quota_limited: &[], config: None,
            errors: false,
        };
        let flags: Value = serde_json::from_slice(&encoder.finish(&tail)).unwrap();
        let list: Value = serde_json::from_str(&bulk(&given, &facts, None)).unwrap();
        let mut seen = 0;
        for record in list["flags"].as_array().unwrap() {
            check_record(record);
            if record["reason"] == "DISABLED" {
                continue;
            }
            let other = &flags["flags"][record["key"].as_str().unwrap()];
            let value = record.get("value").unwrap_or(&Value::Null);
            prop_assert_eq!(value, &other["value"]);
            prop_assert_eq!(record.get("errorCode").is_some(), other.get("failed").is_some());
            let payload = record["metadata"].get("payload").unwrap_or(&Value::Null);
            prop_assert_eq!(payload, &other["metadata"]["payload"]);
            seen += 1;
        }
        prop_assert_eq!(seen, flags["flags"].as_object().unwrap().len());
    }
}

#[test]
fn a_payload_that_is_null_is_left_out() {
    let snapshot = snapshot();
    let fragments = Fragments::prepare(&snapshot);
    let evaluation = Evaluation {
        flag: snapshot.find("static").unwrap(),
        outcome: Outcome::Answered {
            value: FlagValue::On,
            reason: burgee_eval::Reason::ConditionMatch(0),
            payload: Some("null"),
        },
    };
    let record: Value =
        serde_json::from_slice(&ofrep_record(&snapshot, &fragments, &evaluation)).unwrap();
    assert_eq!(record["metadata"].get("payload"), None);
    check_record(&record);
}
