//! What a context says of its subject.

use std::path::Path;

use burgee_serve::GeoIp;
use burgee_testkit::TestServer;
use serde_json::{Value, json};

use super::{BULK, ask, contents, one, person, records, single};

/// The value of one flag, asked for alone.
async fn value(server: &TestServer, key: &str, context: Value) -> Value {
    one(server, key, context).await["value"].clone()
}

#[tokio::test]
async fn attributes_are_properties_and_win_over_what_is_stored() {
    let server = TestServer::start(contents()).await;
    for (key, context, expected) in [
        (
            "targeted",
            json!({"targetingKey": "u", "plan": "pro"}),
            true,
        ),
        (
            "targeted",
            json!({"targetingKey": "u", "plan": "PRO"}),
            true,
        ),
        (
            "targeted",
            json!({"targetingKey": "u", "plan": "free"}),
            false,
        ),
        (
            "targeted",
            json!({"targetingKey": "u", "plan": null}),
            false,
        ),
        ("targeted", json!({"targetingKey": "u"}), false),
        ("stored", json!({"targetingKey": "vera"}), true),
        ("stored", json!({"targetingKey": "u"}), false),
        (
            "stored",
            json!({"targetingKey": "u", "role": "admin"}),
            true,
        ),
        (
            "stored",
            json!({"targetingKey": "vera", "role": "guest"}),
            false,
        ),
    ] {
        let told = value(&server, key, context.clone()).await;
        assert_eq!(told, json!(expected), "{key} {context}");
    }
}

#[tokio::test]
async fn groups_are_an_attribute_with_a_dollar_sign() {
    let server = TestServer::start(contents()).await;
    for (more, expected, reason) in [
        (
            json!({"$groups": {"organization": "acme"}}),
            true,
            "TARGETING_MATCH",
        ),
        (
            json!({"$groups": {"organization": "other"}}),
            false,
            "DEFAULT",
        ),
        (
            json!({"$groups": {"organization": "other"},
                "$group_properties": {"organization": {"tier": "gold"}}}),
            true,
            "TARGETING_MATCH",
        ),
        (
            json!({"groups": {"organization": "acme"}}),
            false,
            "DEFAULT",
        ),
        (
            json!({"groups": ["acme"], "group_properties": 7}),
            false,
            "DEFAULT",
        ),
    ] {
        let mut context = json!({"targetingKey": "u"});
        let members = more.as_object().unwrap().clone();
        context.as_object_mut().unwrap().extend(members);
        let record = one(&server, "acme", context).await;
        assert_eq!(record["value"], expected, "{more}");
        assert_eq!(record["reason"], reason, "{more}");
    }
}

#[tokio::test]
async fn the_device_is_an_attribute_with_a_dollar_sign() {
    let filters = json!({"groups": [{"rollout_percentage": 50}]});
    let server = TestServer::start(json!({"flags": [
        {"id": 1, "key": "by-device", "bucketing_identifier": "device_id", "filters": filters},
    ]}))
    .await;
    for at in 0..8 {
        let device = format!("device-{at}");
        let fields = json!({"distinct_id": "u", "$device_id": device});
        let expected = server.flags(fields).await["flags"]["by-device"]["enabled"].clone();
        let context = json!({"targetingKey": "u", "$device_id": device});
        assert_eq!(value(&server, "by-device", context).await, expected);
    }
}

#[tokio::test]
async fn a_stored_choice_follows_the_anonymous_identifier() {
    let filters = json!({"groups": [{"rollout_percentage": 50}]});
    let server = TestServer::start(json!({
        "flags": [{"id": 1, "key": "kept", "ensure_experience_continuity": true,
            "filters": filters}],
        "persons": [{"distinct_ids": ["vera"]}],
    }))
    .await;
    for at in 0..8 {
        let before = format!("anonymous-{at}");
        let expected = value(&server, "kept", json!({"targetingKey": before})).await;
        let context = json!({"targetingKey": format!("u{at}"), "$anon_distinct_id": before});
        assert_eq!(value(&server, "kept", context).await, expected, "{before}");
    }
}

#[tokio::test]
async fn the_address_tells_where_the_subject_is_only_when_the_subject_asks() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/http/geoip/places.mmdb");
    let server = TestServer::builder(json!({"flags": [{"id": 1, "key": "german", "filters": {
        "groups": [{"properties": [person("$geoip_country_code", "DE")]}],
    }}]}))
    .config(|config| config.trusted_proxy_hops = 1)
    .geoip(GeoIp::open(&file).unwrap())
    .start()
    .await;
    for (target, more, expected) in [
        (BULK.to_owned(), json!({}), true),
        (BULK.to_owned(), json!({"$geoip_disable": true}), false),
        (BULK.to_owned(), json!({"$geoip_country_code": "PT"}), false),
        (single("german"), json!({}), false),
        (single("german"), json!({"$geoip_country_code": "DE"}), true),
    ] {
        let mut context = json!({"targetingKey": "u"});
        let members = more.as_object().unwrap().clone();
        context.as_object_mut().unwrap().extend(members);
        let request = ask(&server, &target, context).header("x-forwarded-for", "203.0.113.7");
        let answer = request.send().await.json();
        let record = match answer.get("flags") {
            Some(_) => records(&answer).remove(0).1,
            None => answer,
        };
        assert_eq!(record["value"], expected, "{target} {more}");
    }
}
