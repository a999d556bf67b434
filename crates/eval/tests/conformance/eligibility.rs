//! Which flags take part at all (spec: engine §2.1, §2.4 to §2.6).

use burgee_eval::RequestRuntime;
use serde_json::{Value, json};

use super::situation::{Situation, flag, person, with};

const ON: &str = "true condition_match@0";

fn on(id: i32, key: &str, members: Value) -> Value {
    with(flag(id, key, json!({"groups": [{}]})), members)
}

fn keys(situation: &Situation) -> Vec<String> {
    situation.answers().into_keys().collect()
}

#[test]
fn inactive_and_deleted_flags_are_absent() {
    let situation = Situation::flags(json!([
        on(1, "active", json!({})),
        on(2, "inactive", json!({"active": false})),
        on(3, "deleted", json!({"deleted": true})),
        {"id": 4, "key": "unsaid", "filters": {"groups": [{}]}},
    ]));
    assert_eq!(
        keys(&situation),
        ["active"],
        "a flag is inactive unless it says otherwise"
    );
}

#[test]
fn flags_that_are_switched_off_are_known_by_name_runtime_and_context() {
    let off = |members: Value| {
        let Value::Object(mut members) = members else {
            panic!("members are an object");
        };
        members.insert("active".to_owned(), json!(false));
        Value::Object(members)
    };
    let situation = || {
        Situation::flags(json!([
            on(1, "on", json!({})),
            on(2, "off", off(json!({}))),
            on(
                3,
                "off-client",
                off(json!({"evaluation_runtime": "client"}))
            ),
            on(4, "off-docs", off(json!({"evaluation_contexts": ["docs"]}))),
        ]))
    };
    assert_eq!(
        situation().switched_off(),
        ["off", "off-client", "off-docs"]
    );
    let server = situation().runtime(RequestRuntime::Server);
    assert_eq!(server.switched_off(), ["off", "off-docs"]);
    let blog = situation().contexts(&["blog"]);
    assert_eq!(blog.switched_off(), ["off", "off-client"]);
    for (key, expected) in [("off", &["off"][..]), ("on", &[]), ("nope", &[])] {
        assert_eq!(situation().keys(&[key]).switched_off(), expected, "{key}");
    }
}

#[test]
fn an_encrypted_remote_config_is_not_evaluated_and_either_alone_is() {
    let situation = Situation::flags(json!([
        on(
            1,
            "both",
            json!({"has_encrypted_payloads": true, "is_remote_configuration": true})
        ),
        on(2, "config", json!({"is_remote_configuration": true})),
        on(3, "encrypted", json!({"has_encrypted_payloads": true})),
    ]));
    assert_eq!(keys(&situation), ["config", "encrypted"]);
}

#[test]
fn flags_are_for_the_runtimes_that_they_name() {
    let situation = |runtime| {
        Situation::flags(json!([
            on(1, "all", json!({"evaluation_runtime": "all"})),
            on(2, "client", json!({"evaluation_runtime": "Client"})),
            on(3, "server", json!({"evaluation_runtime": "SERVER"})),
            on(4, "unset", json!({"evaluation_runtime": null})),
            on(5, "weird", json!({"evaluation_runtime": "toaster"})),
        ]))
        .runtime(runtime)
    };
    let cases = [
        (
            RequestRuntime::All,
            vec!["all", "client", "server", "unset", "weird"],
        ),
        (
            RequestRuntime::Client,
            vec!["all", "client", "unset", "weird"],
        ),
        (
            RequestRuntime::Server,
            vec!["all", "server", "unset", "weird"],
        ),
        (RequestRuntime::Unknown, vec!["all", "unset", "weird"]),
    ];
    for (runtime, expected) in cases {
        assert_eq!(keys(&situation(runtime)), expected, "{runtime:?}");
        let named = situation(runtime).keys(&["all", "client", "server", "unset", "weird"]);
        assert_eq!(keys(&named), expected, "{runtime:?}, named");
    }
}

#[test]
fn contexts_must_overlap_where_both_sides_name_some() {
    let situation = |contexts: &[&'static str]| {
        Situation::flags(json!([
            on(1, "docs", json!({"evaluation_contexts": ["docs", "blog"]})),
            on(2, "app", json!({"evaluation_tags": ["app"]})),
            on(3, "none", json!({"evaluation_contexts": []})),
            on(4, "null", json!({"evaluation_contexts": null})),
        ]))
        .contexts(contexts)
    };
    assert_eq!(keys(&situation(&[])), ["app", "docs", "none", "null"]);
    assert_eq!(
        keys(&situation(&["blog", "shop"])),
        ["docs", "none", "null"]
    );
    assert_eq!(keys(&situation(&["Blog"])), ["none", "null"], "by case");
    assert_eq!(
        keys(&situation(&["app", "docs"])),
        ["app", "docs", "none", "null"]
    );
}

#[test]
fn surveys_ask_for_their_own_flags() {
    let situation = Situation::flags(json!([
        on(1, "survey-targeting-abc", json!({})),
        on(2, "survey-targeting", json!({})),
        on(3, "checkout", json!({})),
    ]))
    .surveys_only();
    assert_eq!(keys(&situation), ["survey-targeting-abc"]);
}

#[test]
fn unknown_names_are_ignored_and_no_names_are_no_flags() {
    let situation = || Situation::flags(json!([on(1, "a", json!({})), on(2, "b", json!({}))]));
    assert_eq!(keys(&situation().keys(&["b", "nope", "b"])), ["b"]);
    assert!(keys(&situation().keys(&["nope"])).is_empty());
    assert!(keys(&situation().keys(&[])).is_empty());
}

#[test]
fn a_configuration_of_another_format_fails_alone() {
    let formats = [
        (json!(1), ON),
        (json!(1.0), ON),
        (json!(null), ON),
        (json!(2), "failed flag_data_parsing_error"),
        (json!(2.0), "failed flag_data_parsing_error"),
        (json!(3), "failed flag_data_parsing_error"),
        (json!("1"), "failed flag_data_parsing_error"),
    ];
    for (version, expected) in formats {
        let situation = Situation::flags(json!([
            flag(1, "any", json!({"version": version, "groups": [{}]})),
            on(2, "sibling", json!({})),
        ]));
        assert_eq!(situation.ask("any"), expected, "{version}");
        assert_eq!(situation.ask("sibling"), ON);
    }
    let filtered = with(
        flag(1, "any", json!({"version": 2})),
        json!({"active": false}),
    );
    assert_eq!(Situation::flags(json!([filtered])).ask("any"), "absent");
}

#[test]
fn a_flag_that_cannot_be_read_fails_alone() {
    let unreadable = [
        json!({"groups": [{"properties": [{"key": "plan", "value": "pro"}]}]}),
        json!({"groups": [{"properties": [{"key": "plan", "type": "event"}]}]}),
        json!({"groups": {}}),
        json!({"groups": [], "multivariate": {"variants": [{"key": "a"}]}}),
        json!([]),
        json!("filters"),
        json!(null),
    ];
    for filters in unreadable {
        let situation = Situation::flags(json!([
            flag(1, "any", filters.clone()),
            on(2, "sibling", json!({}))
        ]));
        assert_eq!(
            situation.ask("any"),
            "failed flag_data_parsing_error",
            "{filters}"
        );
        assert_eq!(situation.ask("sibling"), ON);
        assert_eq!(situation.warnings().len(), 1, "{filters}");
    }
}

#[test]
fn an_unknown_operator_makes_its_own_filter_miss() {
    let filters = json!({"groups": [
        {"properties": [person("plan", "sounds_like", json!("pro"))]}, {},
    ]});
    let situation =
        Situation::flags(json!([flag(1, "any", filters)])).person(json!({"plan": "pro"}));
    assert_eq!(situation.ask("any"), "true condition_match@1");
    assert_eq!(situation.warnings()[0].path, "groups[0].properties[0]");
}

#[test]
fn unknown_members_are_ignored() {
    let filters = json!({
        "groups": [{"sort_key": "x", "description": "y", "properties": [
            {"key": "plan", "type": "person", "value": "pro", "label": "z", "cohort_name": 5},
        ]}],
        "sort_key": [], "group_key_names": {},
    });
    let flag = with(
        flag(1, "any", filters),
        json!({"team_id": 3, "created_by": {}}),
    );
    let situation = Situation::flags(json!([flag])).person(json!({"plan": "pro"}));
    assert_eq!(situation.ask("any"), ON);
}
