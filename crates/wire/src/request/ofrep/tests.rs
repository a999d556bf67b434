//! Contexts of every form, good and bad.

use burgee_eval::RequestRuntime;
use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::{BodyEncoding, BodyError, DecodeError, GROUPS_MAX, decode_body};

fn read(json: &str) -> FlagsRequest<'_> {
    FlagsRequest::read_ofrep(json).unwrap()
}

fn refused(json: &str) -> String {
    let body = decode_body(json.as_bytes(), &BodyEncoding::default());
    match body.map_err(BodyError::from).and_then(|body| {
        let request = body.ofrep_request();
        request.map(FlagsRequest::into_owned)
    }) {
        Ok(request) => panic!("{json} is taken: {request:?}"),
        Err(BodyError::Decode(DecodeError::Malformed(reason))) => format!("no JSON: {reason}"),
        Err(BodyError::Decode(error)) => error.to_string(),
        Err(BodyError::Request(error)) => format!("context: {error}"),
    }
}

#[test]
fn a_context_is_a_person_with_its_attributes_as_properties() {
    let context = r#"{"targetingKey": "u1", "plan": "pro", "age": 3, "note": null}"#;
    let body = format!(r#"{{"context": {context}, "extra": [1]}}"#);
    let request = read(&body);
    assert_eq!(request.distinct_id.as_deref(), Some("u1"));
    assert_eq!(request.person_properties.as_deref(), Some(context));
    assert!(matches!(request.person_properties, Some(Cow::Borrowed(_))));
    let rest = FlagsRequest {
        distinct_id: None,
        person_properties: None,
        ..request
    };
    assert_eq!(rest, FlagsRequest::default());
    assert_eq!(rest.runtime, None::<RequestRuntime>);
}

#[test]
fn the_targeting_key_is_a_text_or_a_number_and_never_empty() {
    for (context, expected) in [
        (r#"{"targetingKey": "u1"}"#, Some("u1")),
        (r#"{"targetingKey": "\u0075"}"#, Some("u")),
        (r#"{"targetingKey": 42}"#, Some("42")),
        (r#"{"targetingKey": " "}"#, Some(" ")),
        (r#"{"targetingKey": ""}"#, None),
        (r#"{"targetingKey": null}"#, None),
        (r#"{"targetingkey": "u1"}"#, None),
        ("{}", None),
        ("[]", None),
    ] {
        let body = format!(r#"{{"context": {context}}}"#);
        assert_eq!(read(&body).distinct_id.as_deref(), expected, "{context}");
    }
    for body in ["{}", r#"{"context": null}"#, r#"{"contexts": {}}"#] {
        assert_eq!(read(body), FlagsRequest::default(), "{body}");
    }
    let long = "x".repeat(201);
    let body = json!({"context": {"targetingKey": long}}).to_string();
    assert_eq!(read(&body).distinct_id.unwrap().len(), 200);
}

#[test]
fn reserved_attributes_have_a_dollar_sign() {
    let body = json!({"context": {
        "targetingKey": "u",
        "$groups": {"organization": "acme", "team": 7},
        "$group_properties": {"organization": {"tier": "gold"}, "region": {"eu": true}},
        "$device_id": "d", "$anon_distinct_id": "a", "$geoip_disable": true,
    }})
    .to_string();
    let request = read(&body);
    let groups: Vec<_> = request
        .groups
        .iter()
        .map(|group| {
            (
                &*group.group_type,
                group.key.as_deref(),
                group.properties.as_deref(),
            )
        })
        .collect();
    assert_eq!(
        groups,
        [
            ("organization", Some("\"acme\""), Some(r#"{"tier":"gold"}"#)),
            ("team", Some("7"), None),
            ("region", None, Some(r#"{"eu":true}"#)),
        ]
    );
    assert_eq!(request.device_id.as_deref(), Some("d"));
    assert_eq!(request.anon_distinct_id.as_deref(), Some("a"));
    assert!(request.geoip_disable);

    let body = json!({"context": {
        "targetingKey": "u", "groups": ["staff"], "group_properties": 5, "device_id": [],
        "$device_id": 5, "$groups": null, "$group_properties": [], "$geoip_disable": null,
    }})
    .to_string();
    let request = read(&body);
    assert_eq!(request.groups, []);
    assert_eq!(request.device_id, None);
    assert!(!request.geoip_disable);
}

#[test]
fn what_is_no_json_object_is_told_from_a_bad_context() {
    let deep = format!(r#"{{"context":{}{}}}"#, "[".repeat(128), "]".repeat(128));
    for (body, expected) in [
        ("", "no JSON: invalid JSON"),
        ("null", "no JSON: invalid JSON"),
        ("[]", "no JSON: invalid JSON"),
        (r#"[{"targetingKey":"u"}]"#, "no JSON: invalid JSON"),
        ("{", "no JSON: invalid JSON"),
        (
            r#"{"context": {"targetingKey": "u"}"#,
            "no JSON: invalid JSON",
        ),
        (
            r#"{"context": {"targetingKey": "u",}}"#,
            "no JSON: invalid JSON",
        ),
        ("{context: {}}", "no JSON: invalid JSON"),
        ("eyJjb250ZXh0Ijp7fX0=", "no JSON: invalid JSON"),
        (&deep, "no JSON: JSON nesting too deep"),
        (
            r#"{"context": 5}"#,
            "context: context: invalid type: number",
        ),
        (
            r#"{"context": "u"}"#,
            "context: context: invalid type: string",
        ),
        (
            r#"{"context": [1]}"#,
            "context: context: invalid type: sequence",
        ),
        (
            r#"{"context": {}, "context": {}}"#,
            "context: duplicate field `context` at line 1 column 25",
        ),
        (
            r#"{"context": {"targetingKey": true}}"#,
            "context: targetingKey: invalid type: boolean `true`",
        ),
        (
            r#"{"context": {"targetingKey": {}}}"#,
            "context: targetingKey: invalid type: map",
        ),
        (
            r#"{"context": {"targetingKey": "u", "$groups": "acme"}}"#,
            "context: $groups: invalid type: string \"acme\"",
        ),
        (
            r#"{"context": {"targetingKey": "u", "$group_properties": {"a": 1}}}"#,
            "context: group_properties: `a` is not an object",
        ),
        (
            r#"{"context": {"targetingKey": "u", "$geoip_disable": "yes"}}"#,
            "context: $geoip_disable: invalid type: string \"yes\"",
        ),
    ] {
        assert_eq!(refused(body), expected, "{body}");
    }
}

#[test]
fn as_many_group_types_are_read_as_in_other_requests() {
    let body = |count: usize| {
        let groups: serde_json::Map<_, _> = (0..count)
            .map(|at| (format!("g{at}"), json!("k")))
            .collect();
        json!({"context": {"targetingKey": "u", "$groups": groups}}).to_string()
    };
    assert_eq!(read(&body(GROUPS_MAX)).groups.len(), GROUPS_MAX);
    assert_eq!(
        refused(&body(GROUPS_MAX + 1)),
        "context: groups: more than 100 group types"
    );
}

proptest! {
    #[test]
    fn reading_never_panics(body in prop::collection::vec(any::<u8>(), 0..200)) {
        if let Ok(text) = decode_body(&body, &BodyEncoding::default()) {
            let _ = text.ofrep_request();
        }
    }

    #[test]
    fn reading_what_is_nearly_a_context_never_panics(
        parts in prop::collection::vec(prop::sample::select(vec![
            "{", "}", "[", "]", ":", ",", "\"context\"", "\"targetingKey\"", "\"$groups\"", "\"u\"",
            "null", "1", "\"\\u0000\"", "true", " ", "\"$group_properties\"", "{\"context\":{",
        ]), 0..24),
    ) {
        let text = parts.concat();
        if let Ok(body) = decode_body(text.as_bytes(), &BodyEncoding::default()) {
            let _ = body.ofrep_request();
        }
    }

    /// A context says of its subject what a body of `/flags` says with the same properties.
    #[test]
    fn a_context_is_the_request_that_flags_would_have_been_sent(
        id in "[a-z]{1,8}", plan in "\\PC{0,8}", key in "[a-z]{0,4}", device in "[a-z]{0,3}",
    ) {
        let groups = json!({"organization": key});
        let context = json!({
            "targetingKey": id, "plan": plan, "$groups": groups, "$device_id": device,
        });
        let body = json!({
            "distinct_id": id, "groups": groups, "person_properties": context,
        })
        .to_string();
        let ofrep = json!({"context": context}).to_string();
        prop_assert_eq!(read(&ofrep), FlagsRequest::parse(&body).unwrap());
    }
}
