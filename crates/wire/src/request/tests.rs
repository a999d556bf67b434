//! Fields, aliases, odd types and limits of a request.

use serde_json::json;

use super::*;

fn parse(json: &str) -> FlagsRequest<'_> {
    FlagsRequest::parse(json).unwrap()
}

fn refused(json: &str) -> String {
    FlagsRequest::parse(json).unwrap_err().0
}

#[test]
fn a_full_request_is_read_without_copying() {
    let request = parse(
        r#"{"token":"phc_a","distinct_id":"u1","geoip_disable":true,"disable_flags":true,
            "person_properties":{"plan":"pro"},"groups":{"company":"acme","team":7},
            "group_properties":{"team":{"size":3},"planet":{"name":"mars"}},
            "$anon_distinct_id":"anon","$device_id":"dev","flag_keys_to_evaluate":["a","b"],
            "evaluation_contexts":["web"],"evaluation_runtime":"Server",
            "timezone":5,"sent_at":{"unknown":["fields"]}}"#,
    );
    assert_eq!(
        request,
        FlagsRequest {
            token: Some("phc_a".into()),
            distinct_id: Some("u1".into()),
            geoip_disable: true,
            disable_flags: true,
            person_properties: Some(r#"{"plan":"pro"}"#.into()),
            groups: vec![
                group("company", Some(r#""acme""#), None),
                group("team", Some("7"), Some(r#"{"size":3}"#)),
                group("planet", None, Some(r#"{"name":"mars"}"#)),
            ],
            anon_distinct_id: Some("anon".into()),
            device_id: Some("dev".into()),
            flag_keys: Some(vec!["a".into(), "b".into()]),
            evaluation_contexts: vec!["web".into()],
            runtime: Some(RequestRuntime::Server),
        }
    );
    assert!(matches!(request.token, Some(Cow::Borrowed(_))));
    assert!(matches!(
        request.flag_keys.as_deref(),
        Some([Cow::Borrowed(_), _])
    ));
}

fn group<'a>(name: &'a str, key: Option<&'a str>, properties: Option<&'a str>) -> RequestGroup<'a> {
    RequestGroup {
        group_type: name.into(),
        key: key.map(Into::into),
        properties: properties.map(Into::into),
    }
}

#[test]
fn every_alias_reads_as_its_field() {
    for (alias, field, value) in [
        ("$token", "token", r#""t""#),
        ("api_key", "token", r#""t""#),
        ("$distinct_id", "distinct_id", r#""u""#),
        ("$properties", "person_properties", r#"{"a":1}"#),
        ("$groups", "groups", r#"{"a":"b"}"#),
        ("$group_properties", "group_properties", r#"{"a":{}}"#),
        ("anon_distinct_id", "$anon_distinct_id", r#""a""#),
        ("device_id", "$device_id", r#""d""#),
        ("flag_keys", "flag_keys_to_evaluate", r#"["a"]"#),
        ("evaluation_environments", "evaluation_contexts", r#"["a"]"#),
    ] {
        let (by_alias, by_field) = (
            format!(r#"{{"{alias}":{value}}}"#),
            format!(r#"{{"{field}":{value}}}"#),
        );
        assert_eq!(parse(&by_alias), parse(&by_field), "{alias}");
        assert_ne!(parse(&by_alias), FlagsRequest::default(), "{alias}");
        for (first, second) in [(alias, field), (field, alias), (field, field)] {
            let both = format!(r#"{{"{first}":{value},"{second}":{value}}}"#);
            let message = refused(&both);
            assert!(message.contains("duplicate field"), "{both}: {message}");
        }
    }
}

#[test]
fn null_is_absent_in_every_field() {
    let json = r#"{"token":null,"distinct_id":null,"geoip_disable":null,"disable_flags":null,
        "person_properties":null,"groups":null,"group_properties":null,"$anon_distinct_id":null,
        "device_id":null,"flag_keys_to_evaluate":null,"evaluation_contexts":null,
        "evaluation_runtime":null}"#;
    assert_eq!(parse(json), FlagsRequest::default());
    assert_eq!(parse("{}"), FlagsRequest::default());
    assert_eq!(parse(r#"{"group_properties":{"a":null}}"#).groups, []);
}

#[test]
fn a_distinct_id_is_text_or_a_number_and_is_cut_at_200_characters() {
    let wide = "€".repeat(150);
    let long = "a".repeat(201);
    for (value, expected) in [
        (json!(""), Some("")),
        (json!(0), Some("0")),
        (json!(12345), Some("12345")),
        (json!(-7), Some("-7")),
        (json!(u64::MAX), Some("18446744073709551615")),
        (json!(1.5), Some("1.5")),
        (json!("say \"hi\""), Some("say \"hi\"")),
        (json!("a".repeat(200)), Some(&long[..200])),
        (json!(long), Some(&long[..200])),
        (json!(format!("{long}\n")), Some(&long[..200])),
        (json!(wide), Some(wide.as_str())),
        (json!(null), None),
    ] {
        let json = json!({ "distinct_id": value }).to_string();
        assert_eq!(parse(&json).distinct_id.as_deref(), expected, "{json}");
    }
    assert_eq!(
        parse(r#"{"distinct_id":1.0}"#).distinct_id.as_deref(),
        Some("1.0")
    );
}

#[test]
#[expect(clippy::too_many_lines, reason = "one table")]
fn a_wrong_type_names_its_field_and_hides_what_was_expected() {
    for (json, message) in [
        (
            r#"{"distinct_id":true}"#,
            "distinct_id: invalid type: boolean `true`",
        ),
        (
            r#"{"distinct_id":["u"]}"#,
            "distinct_id: invalid type: sequence",
        ),
        (
            r#"{"distinct_id":{"a":1}}"#,
            "distinct_id: invalid type: map",
        ),
        (r#"{"token":5}"#, "token: invalid type: integer `5`"),
        (r#"{"api_key":["t"]}"#, "token: invalid type: sequence"),
        (
            r#"{"geoip_disable":"yes"}"#,
            "geoip_disable: invalid type: string \"yes\"",
        ),
        (
            r#"{"disable_flags":1}"#,
            "disable_flags: invalid type: integer `1`",
        ),
        (
            r#"{"person_properties":"a"}"#,
            "person_properties: invalid type: string",
        ),
        (
            r#"{"person_properties":[1]}"#,
            "person_properties: invalid type: sequence",
        ),
        (
            r#"{"person_properties":false}"#,
            "person_properties: invalid type: boolean",
        ),
        (
            r#"{"person_properties":1}"#,
            "person_properties: invalid type: number",
        ),
        (
            r#"{"groups":"acme"}"#,
            "groups: invalid type: string \"acme\"",
        ),
        (r#"{"groups":["acme"]}"#, "groups: invalid type: sequence"),
        (
            r#"{"group_properties":3}"#,
            "group_properties: invalid type: integer `3`",
        ),
        (
            r#"{"group_properties":{"a":1}}"#,
            "group_properties: `a` is not an object",
        ),
        (
            r#"{"$device_id":1}"#,
            "$device_id: invalid type: integer `1`",
        ),
        (
            r#"{"anon_distinct_id":{}}"#,
            "$anon_distinct_id: invalid type: map",
        ),
        (
            r#"{"flag_keys":"a"}"#,
            "flag_keys_to_evaluate: invalid type: string \"a\"",
        ),
        (
            r#"{"flag_keys":[1]}"#,
            "flag_keys_to_evaluate: invalid type: integer `1`",
        ),
        (
            r#"{"evaluation_contexts":{}}"#,
            "evaluation_contexts: invalid type: map",
        ),
        (
            r#"{"evaluation_runtime":1}"#,
            "evaluation_runtime: invalid type: integer `1`",
        ),
        (
            r#"{"token":"a","api_key":"a"}"#,
            "duplicate field `token` at line 1 column 22",
        ),
        ("[]", "invalid JSON"),
        ("\"text\"", "invalid JSON"),
        ("null", "invalid JSON"),
        ("", "invalid JSON"),
        ("{", "invalid JSON"),
        ("{} {}", "invalid JSON"),
        (r#"{"token":"a",}"#, "invalid JSON"),
    ] {
        assert_eq!(refused(json), message, "{json}");
    }
}

#[test]
fn a_list_is_an_empty_object_when_it_is_empty() {
    let request = parse(r#"{"person_properties":[],"groups":[],"group_properties":[ ]}"#);
    assert_eq!(request.person_properties.as_deref(), Some("{}"));
    assert_eq!(request.groups, []);
    let request = parse(r#"{"group_properties":{"company":[ ]}}"#);
    assert_eq!(request.groups, [group("company", None, Some("{}"))]);
}

#[test]
fn a_group_named_twice_counts_once_and_its_last_key_counts() {
    let request = parse(r#"{"groups":{"a":"1","b":null,"a":"2"}}"#);
    assert_eq!(
        request.groups,
        [
            group("a", Some(r#""2""#), None),
            group("b", Some("null"), None)
        ]
    );
}

#[test]
fn groups_and_contexts_are_refused_over_their_limits() {
    let groups = |count: usize| {
        let entries = (0..count).map(|at| (format!("type{at}"), json!("key")));
        json!({ "groups": entries.collect::<serde_json::Map<_, _>>() }).to_string()
    };
    assert_eq!(parse(&groups(GROUPS_MAX)).groups.len(), GROUPS_MAX);
    assert_eq!(
        refused(&groups(GROUPS_MAX + 1)),
        "groups: more than 100 group types"
    );
    let contexts = |count| json!({ "evaluation_contexts": vec!["web"; count] }).to_string();
    let at_limit = contexts(EVALUATION_CONTEXTS_MAX);
    assert_eq!(
        parse(&at_limit).evaluation_contexts.len(),
        EVALUATION_CONTEXTS_MAX
    );
    assert_eq!(
        refused(&contexts(EVALUATION_CONTEXTS_MAX + 1)),
        "evaluation_contexts: more than 100 entries"
    );
}

#[test]
fn identifiers_fall_back_to_strings_in_the_person_properties() {
    for (json, anon, device) in [
        (
            r#"{"person_properties":{"$device_id":"d","$anon_distinct_id":"a"}}"#,
            Some("a"),
            Some("d"),
        ),
        (
            r#"{"person_properties":{"\u0024device_id":"d"}}"#,
            None,
            Some("d"),
        ),
        (
            r#"{"device_id":"","person_properties":{"$device_id":"d"}}"#,
            None,
            Some("d"),
        ),
        (
            r#"{"device_id":null,"person_properties":{"$device_id":"d"}}"#,
            None,
            Some("d"),
        ),
        (
            r#"{"device_id":"top","person_properties":{"$device_id":"d"}}"#,
            None,
            Some("top"),
        ),
        (r#"{"person_properties":{"$device_id":""}}"#, None, None),
        (
            r#"{"person_properties":{"$device_id":5,"$anon_distinct_id":null}}"#,
            None,
            None,
        ),
        (r#"{"person_properties":{"note":"$device_id"}}"#, None, None),
        (
            r#"{"person_properties":{"nested":{"$device_id":"d"}}}"#,
            None,
            None,
        ),
        (
            r#"{"$anon_distinct_id":"a","person_properties":{"$anon_distinct_id":"b","$device_id":"d"}}"#,
            Some("a"),
            Some("d"),
        ),
        (r#"{"device_id":""}"#, None, None),
    ] {
        let request = parse(json);
        assert_eq!(request.anon_distinct_id.as_deref(), anon, "{json}");
        assert_eq!(request.device_id.as_deref(), device, "{json}");
    }
}

#[test]
fn a_runtime_nobody_knows_is_every_runtime() {
    for (text, expected) in [
        ("client", RequestRuntime::Client),
        ("SERVER", RequestRuntime::Server),
        ("all", RequestRuntime::All),
        ("edge", RequestRuntime::All),
        ("", RequestRuntime::All),
    ] {
        let json = json!({ "evaluation_runtime": text }).to_string();
        assert_eq!(parse(&json).runtime, Some(expected), "{text}");
    }
}

#[test]
fn an_empty_token_is_none() {
    assert_eq!(parse(r#"{"token":""}"#).token, None);
}

#[test]
fn an_owned_request_says_the_same() {
    let text = r#"{"token":"t","distinct_id":"u","groups":{"g":"k"},"person_properties":{"a":1},
        "flag_keys":["f"],"evaluation_contexts":["c"],"$device_id":"d"}"#;
    let request = FlagsRequest::parse(text).unwrap();
    assert_eq!(request.clone().into_owned(), request);
}
