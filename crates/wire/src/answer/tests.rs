//! Golden answers: every shape, byte for byte, and every outcome in it.

use burgee_eval::{
    ConditionExplanation, EvaluationError, FlagInfo, Miss, PropertyExplanation, Reason,
};
use burgee_model::{FailureCode, FilterKind, FlagId, FlagKey, TimeoutKind};
use serde_json::{Value, json};

use super::*;

const SHAPES: [Shape; 5] = [
    Shape::FlagsV2,
    Shape::FlagsV4,
    Shape::Legacy,
    Shape::Decide2,
    Shape::Decide1,
];

const TAIL: AnswerTail<'_> = AnswerTail {
    request_id: Uuid::from_u128(0x7b0f_1234_5678_4abc_8def_0123_4567_89ab),
    evaluated_at_ms: 1_767_225_600_123,
    quota_limited: &[],
    config: None,
    errors: false,
};

fn flags() -> Vec<FlagInfo> {
    [
        "blue",
        "on",
        "off",
        "held",
        "opted",
        "null",
        "sad",
        "say \"x\"",
    ]
    .iter()
    .zip(0..)
    .map(|(key, index)| FlagInfo {
        index,
        id: FlagId(i32::try_from(index).unwrap() + 40),
        key: (*key).into(),
        version: 7,
        has_experiment: index == 0,
    })
    .collect()
}

fn answered<'s>(value: FlagValue<'s>, reason: Reason, payload: Option<&'s str>) -> Outcome<'s> {
    Outcome::Answered {
        value,
        reason,
        payload,
    }
}

fn outcomes() -> Vec<Outcome<'static>> {
    vec![
        answered(
            FlagValue::Variant("deep \"blue\""),
            Reason::ConditionMatch(0),
            Some(r#""{\"cta\":\"Buy\"}""#),
        ),
        answered(FlagValue::On, Reason::ConditionMatch(16), None),
        answered(
            FlagValue::Off,
            Reason::NoConditionMatch(1, Miss::Plain),
            None,
        ),
        answered(FlagValue::Variant("holdout-3"), Reason::Holdout, None),
        answered(FlagValue::Off, Reason::Enrollment, Some("\"kept\"")),
        answered(FlagValue::On, Reason::OutOfRollout(2), Some("null")),
        Outcome::Failed(EvaluationError::Data(FailureCode::Timeout(
            TimeoutKind::PoolTimeout,
        ))),
        answered(FlagValue::On, Reason::NoGroupType(None), None),
    ]
}

fn answer(shape: Shape, outcomes: &[Outcome<'_>], tail: &AnswerTail<'_>) -> String {
    let flags = flags();
    let fragments = Fragments::of(&flags);
    let mut encoder = AnswerEncoder::begin(shape, &fragments);
    encoder.reserve(outcomes.len());
    for (flag, outcome) in flags.iter().zip(outcomes) {
        encoder.push(&Evaluation {
            flag,
            outcome: *outcome,
        });
    }
    String::from_utf8(encoder.finish(tail)).unwrap()
}

fn read(answer: &str) -> Value {
    serde_json::from_str(answer).unwrap_or_else(|error| panic!("{error}: {answer}"))
}

#[test]
fn a_detailed_record_is_written_byte_for_byte() {
    assert_eq!(
        answer(Shape::FlagsV2, &outcomes()[..1], &TAIL),
        r#"{"flags":{"blue":{"key":"blue","metadata":{"id":40,"version":7,"description":null,"has_experiment":true,"payload":"{\"cta\":\"Buy\"}"},"enabled":true,"variant":"deep \"blue\"","reason":{"code":"condition_match","condition_index":0,"description":"Matched condition set 1"}}},"errorsWhileComputingFlags":false,"requestId":"7b0f1234-5678-4abc-8def-0123456789ab","evaluatedAt":1767225600123}"#
    );
}

/// What is told of a flag: whether it is on, its variant, payload and reason.
type Told<'a> = (bool, Option<&'a str>, Option<&'a str>, Value);

fn detailed(at: usize, (enabled, variant, payload, reason): Told<'_>) -> Value {
    let flag = &flags()[at];
    let mut record = json!({
        "key": &*flag.key, "enabled": enabled, "variant": variant,
        "metadata": {"id": flag.id.0, "version": 7, "description": null, "payload": payload,
            "has_experiment": at == 0},
    });
    record["reason"] = reason;
    record
}

fn reason(code: &str, index: Option<u32>, description: &str) -> Value {
    json!({"code": code, "condition_index": index, "description": description})
}

fn detailed_flags() -> Value {
    let timeout = reason("timeout:pool_timeout", None, "Timeout: pool_timeout");
    let mut failed = detailed(6, (false, None, None, timeout));
    failed["failed"] = true.into();
    let first = reason("condition_match", Some(0), "Matched condition set 1");
    let later = reason("condition_match", Some(16), "Matched condition set 17");
    let miss = reason("no_condition_match", Some(1), "No matching condition set");
    let holdout = reason("holdout_condition_value", None, "Holdout condition value");
    let enrollment = reason("super_condition_value", Some(0), "Super condition value");
    let rollout = reason("out_of_rollout_bound", Some(2), "Out of rollout bound");
    let no_group = reason("no_group_type", None, "No group type");
    json!({
        "blue": detailed(0, (true, Some("deep \"blue\""), Some(r#"{"cta":"Buy"}"#), first)),
        "on": detailed(1, (true, None, None, later)),
        "off": detailed(2, (false, None, None, miss)),
        "held": detailed(3, (true, Some("holdout-3"), None, holdout)),
        "opted": detailed(4, (false, None, Some("kept"), enrollment)),
        "null": detailed(5, (true, None, None, rollout)),
        "sad": failed,
        "say \"x\"": detailed(7, (true, None, None, no_group)),
    })
}

fn framed(mut answer: Value) -> Value {
    answer["requestId"] = "7b0f1234-5678-4abc-8def-0123456789ab".into();
    answer["evaluatedAt"] = 1_767_225_600_123_i64.into();
    answer
}

#[test]
fn v2_has_a_record_for_every_flag() {
    assert_eq!(
        read(&answer(Shape::FlagsV2, &outcomes(), &TAIL)),
        framed(json!({"flags": detailed_flags(), "errorsWhileComputingFlags": true}))
    );
}

#[test]
fn v4_is_v2_with_the_value_in_every_record() {
    let mut flags = detailed_flags();
    for (key, value) in [
        ("blue", json!("deep \"blue\"")),
        ("on", json!(true)),
        ("off", json!(false)),
        ("held", json!("holdout-3")),
        ("opted", json!(false)),
        ("null", json!(true)),
        ("sad", json!(null)),
        ("say \"x\"", json!(true)),
    ] {
        flags[key]["value"] = value;
    }
    assert_eq!(
        read(&answer(Shape::FlagsV4, &outcomes(), &TAIL)),
        framed(json!({"flags": flags, "errorsWhileComputingFlags": true}))
    );
}

#[test]
fn the_legacy_shape_has_every_flag_and_the_payloads_there_are() {
    assert_eq!(
        answer(Shape::Legacy, &outcomes(), &TAIL),
        r#"{"featureFlags":{"blue":"deep \"blue\"","on":true,"off":false,"held":"holdout-3","opted":false,"null":true,"sad":false,"say \"x\"":true},"featureFlagPayloads":{"blue":"{\"cta\":\"Buy\"}","opted":"kept","null":null},"errorsWhileComputingFlags":true,"requestId":"7b0f1234-5678-4abc-8def-0123456789ab","evaluatedAt":1767225600123}"#
    );
}

#[test]
fn decide_2_is_a_map_and_decide_1_a_list_of_what_is_on() {
    assert_eq!(
        answer(Shape::Decide2, &outcomes(), &TAIL),
        r#"{"featureFlags":{"blue":"deep \"blue\"","on":true,"held":"holdout-3","null":true,"say \"x\"":true},"requestId":"7b0f1234-5678-4abc-8def-0123456789ab","evaluatedAt":1767225600123}"#
    );
    assert_eq!(
        answer(Shape::Decide1, &outcomes(), &TAIL),
        r#"{"featureFlags":["blue","on","held","null","say \"x\""],"requestId":"7b0f1234-5678-4abc-8def-0123456789ab","evaluatedAt":1767225600123}"#
    );
}

#[test]
fn no_flags_are_an_empty_map_or_list() {
    for (shape, flags) in [
        (
            Shape::FlagsV2,
            json!({"flags": {}, "errorsWhileComputingFlags": false}),
        ),
        (
            Shape::FlagsV4,
            json!({"flags": {}, "errorsWhileComputingFlags": false}),
        ),
        (
            Shape::Legacy,
            json!({"featureFlags": {}, "featureFlagPayloads": {}, "errorsWhileComputingFlags": false}),
        ),
        (Shape::Decide2, json!({"featureFlags": {}})),
        (Shape::Decide1, json!({"featureFlags": []})),
    ] {
        assert_eq!(read(&answer(shape, &[], &TAIL)), framed(flags), "{shape:?}");
    }
}

#[test]
fn errors_are_told_when_a_flag_failed_or_something_else_did() {
    for (outcomes, errors, expected) in [
        (&outcomes()[..6], false, false),
        (&outcomes()[..6], true, true),
        (&outcomes()[..], false, true),
    ] {
        for shape in SHAPES {
            let told = read(&answer(shape, outcomes, &AnswerTail { errors, ..TAIL }));
            let expected = match shape {
                Shape::Decide1 | Shape::Decide2 => Value::Null,
                _ => expected.into(),
            };
            assert_eq!(told["errorsWhileComputingFlags"], expected, "{shape:?}");
        }
    }
}

#[test]
fn failures_are_counted() {
    let flags = flags();
    let fragments = Fragments::of(&flags);
    for shape in SHAPES {
        let mut encoder = AnswerEncoder::begin(shape, &fragments);
        for (flag, outcome) in flags.iter().zip(outcomes()) {
            encoder.push(&Evaluation { flag, outcome });
        }
        assert_eq!(encoder.failed(), 1);
    }
}

#[test]
fn quota_is_mentioned_only_when_something_is_limited() {
    for shape in SHAPES {
        let free = read(&answer(shape, &outcomes(), &TAIL));
        assert_eq!(free.get("quotaLimited"), None);
        let tail = AnswerTail {
            quota_limited: &["feature_flags", "recordings"],
            ..TAIL
        };
        let limited = read(&answer(shape, &[], &tail));
        assert_eq!(
            limited["quotaLimited"],
            json!(["feature_flags", "recordings"])
        );
    }
}

#[test]
fn config_is_flattened_into_the_answer() {
    for (config, member, expected) in [
        (
            " {\"siteApps\": [], \"n\": {\"a\": 1}} ",
            "n",
            json!({"a": 1}),
        ),
        ("{}", "n", json!(null)),
        ("[1]", "n", json!(null)),
        ("", "n", json!(null)),
    ] {
        for shape in SHAPES {
            let tail = AnswerTail {
                config: Some(config),
                ..TAIL
            };
            let answer = read(&answer(shape, &outcomes(), &tail));
            assert_eq!(answer[member], expected, "{config}");
            assert_eq!(answer["evaluatedAt"], 1_767_225_600_123_i64);
        }
    }
}

#[test]
fn the_minimal_envelope_keeps_sdks_content() {
    for shape in SHAPES {
        let envelope: Value = serde_json::from_slice(&minimal_envelope(shape, &TAIL)).unwrap();
        let mut expected = read(&answer(shape, &[], &TAIL));
        for (member, value) in [
            ("supportedCompression", json!(["gzip", "gzip-js"])),
            ("config", json!({"enable_collect_everything": true})),
            ("toolbarParams", json!({})),
            ("isAuthenticated", json!(false)),
            ("sessionRecording", json!(false)),
        ] {
            expected[member] = value;
        }
        assert_eq!(envelope, expected);
    }
}

#[test]
fn a_flag_from_another_snapshot_is_left_out() {
    let stranger = FlagInfo {
        index: 99,
        ..flags()[0].clone()
    };
    let flags = flags();
    let fragments = Fragments::of(&flags);
    for shape in SHAPES {
        let mut encoder = AnswerEncoder::begin(shape, &fragments);
        encoder.push(&Evaluation {
            flag: &stranger,
            outcome: outcomes()[0],
        });
        let answer = String::from_utf8(encoder.finish(&TAIL)).unwrap();
        assert_eq!(answer, self::answer(shape, &[], &TAIL));
    }
}

#[test]
fn explanations_join_the_records_of_their_flags() {
    let explanations = [FlagExplanation {
        key: FlagKey::parse("on").unwrap(),
        conditions: vec![ConditionExplanation {
            index: -2,
            properties: vec![PropertyExplanation {
                key: "plan".to_owned(),
                operator: "isnot".to_owned(),
                value: json!(["pro"]),
                kind: FilterKind::PersonMetadata,
                actual_value: None,
                matched: true,
                explanation: "plan is missing".to_owned(),
            }],
            rollout_percentage: Some(12.5),
            variant: None,
            matched: true,
            properties_matched: true,
            rollout_excluded: false,
            explanation: "held out".to_owned(),
        }],
    }];
    let flags = flags();
    let fragments = Fragments::of(&flags);
    for shape in SHAPES {
        let mut encoder = AnswerEncoder::begin(shape, &fragments);
        encoder.explain(&explanations);
        for (flag, outcome) in flags.iter().zip(outcomes()) {
            encoder.push(&Evaluation { flag, outcome });
        }
        let mut answer: Value = serde_json::from_slice(&encoder.finish(&TAIL)).unwrap();
        if matches!(shape, Shape::FlagsV2 | Shape::FlagsV4) {
            let record = answer["flags"]["on"].as_object_mut().unwrap();
            assert_eq!(
                record.remove("conditions"),
                Some(json!([{
                    "index": -2, "rollout_percentage": 12.5, "variant": null, "matched": true,
                    "properties_matched": true, "rollout_excluded": false,
                    "explanation": "held out",
                    "properties": [{
                        "key": "plan", "operator": "isnot", "value": ["pro"],
                        "type": "person_metadata", "actual_value": null, "matched": true,
                        "explanation": "plan is missing",
                    }],
                }]))
            );
        }
        assert_eq!(
            answer,
            read(&self::answer(shape, &outcomes(), &TAIL)),
            "{shape:?}"
        );
    }
}
