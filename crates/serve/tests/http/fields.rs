//! The fields of a request and their other names (spec: service §2.5, §19 items 5 to 7).

use burgee_testkit::{TOKEN, TestServer};
use serde_json::{Value, json};

const MISSING_DISTINCT_ID: &str = "The distinct_id field is missing from the request. Please \
                                   include a valid identifier.";

/// `everyone` is on for all; `vip` for the person `vip`.
async fn server() -> TestServer {
    TestServer::start(json!({"flags": [
        {"key": "everyone", "filters": {"groups": [{}]}},
        {"key": "vip", "filters": {"groups": [{"properties": [
            {"key": "distinct_id", "type": "person", "operator": "exact", "value": "vip"},
        ]}]}},
    ]}))
    .await
}

#[tokio::test]
async fn a_distinct_id_is_a_text_or_a_number_and_may_be_empty() {
    let server = server().await;
    for distinct_id in [
        json!(""),
        json!(0),
        json!(12345),
        json!("a".repeat(201)),
        json!("€".repeat(150)),
    ] {
        let answer = server.flags(json!({"distinct_id": distinct_id})).await;
        assert_eq!(
            answer["flags"]["everyone"]["enabled"], true,
            "{distinct_id}"
        );
        let line = server.log.take().pop().unwrap();
        let logged = match &distinct_id {
            Value::String(text) if text.is_ascii() => text[..text.len().min(200)].to_owned(),
            Value::String(text) => text.clone(),
            number => number.to_string(),
        };
        assert!(
            line.contains(&format!("distinct_id=\"{logged}\"")),
            "{line}"
        );
    }
    for fields in [json!({}), json!({"distinct_id": null})] {
        let reply = server.ask(&fields).send().await;
        assert_eq!((reply.status, reply.text()), (400, MISSING_DISTINCT_ID));
    }
    let reply = server.ask(&json!({"distinct_id": true})).send().await;
    let refused = "Failed to decode request: invalid JSON (distinct_id: invalid type: boolean `true`). \
                   Please check your request format and try again.";
    assert_eq!((reply.status, reply.text()), (400, refused));
}

#[tokio::test]
async fn every_name_of_the_token_and_of_the_distinct_id_is_understood() {
    let server = server().await;
    for token in ["token", "$token", "api_key"] {
        for distinct_id in ["distinct_id", "$distinct_id"] {
            let body = json!({token: TOKEN, distinct_id: "vip"});
            let answer = server.post("/flags?v=2").json(&body).send().await.json();
            assert_eq!(answer["flags"]["vip"]["enabled"], true, "{body}");
        }
    }
}

#[tokio::test]
async fn disabled_flags_need_no_distinct_id_but_a_token() {
    let server = server().await;
    let disabled = json!({"disable_flags": true});
    let answer = server.flags(disabled.clone()).await;
    assert_eq!(answer["flags"], json!({}));
    assert_eq!(answer["errorsWhileComputingFlags"], false);

    let reply = server
        .ask(&json!({"disable_flags": true, "token": "phc_nobody"}))
        .send()
        .await;
    assert_eq!(reply.status, 401);

    let legacy = json!({"token": TOKEN, "disable_flags": true});
    let reply = server.post("/decide?v=1&config=false").json(&legacy);
    assert_eq!(reply.send().await.json()["featureFlags"], json!([]));

    for not_true in [json!(false), json!(null)] {
        let fields = json!({"disable_flags": not_true, "distinct_id": "u"});
        let answer = server.flags(fields).await;
        assert_eq!(answer["flags"]["everyone"]["enabled"], true, "{not_true}");
    }
}

#[tokio::test]
async fn a_bad_token_is_told_before_a_missing_distinct_id() {
    let server = server().await;
    let reply = server.ask(&json!({"token": "phc_nobody"})).send().await;
    assert_eq!(reply.status, 401);
    assert_eq!(reply.json()["code"], "authentication_failed");
    let reply = server.post("/flags?v=2").json(&json!({})).send().await;
    assert_eq!(reply.status, 401);
    assert_eq!(reply.json()["code"], "not_authenticated");
}

#[tokio::test]
async fn unknown_fields_and_parameters_are_ignored() {
    let server = server().await;
    let body = json!({
        "token": TOKEN, "distinct_id": "vip", "sent_at": "now", "timezone": "Europe/Berlin",
        "cookieless_hash_extra": "x", "ip_address": "1.2.3.4", "invented": {"a": [1]},
    });
    let target = "/flags?v=2&ip=1&verbosity=9&ver=1.180.0&_=1767225600123&future=%F0%9F%90%88";
    let answer = server.post(target).json(&body).send().await.json();
    assert_eq!(answer["flags"]["vip"]["enabled"], true);
}

#[tokio::test]
async fn the_bodies_that_sdks_send_are_answered() {
    let server = server().await;
    let python = json!({
        "api_key": TOKEN, "distinct_id": "vip", "groups": {}, "person_properties": {},
        "group_properties": {}, "geoip_disable": true, "device_id": null,
        "sent_at": "2026-11-21T10:00:00+00:00", "flag_keys_to_evaluate": ["vip"],
    });
    let browser = json!({
        "token": TOKEN, "distinct_id": "vip", "groups": {}, "timezone": "Europe/Berlin",
        "$device_id": "d1", "$anon_distinct_id": "a1", "person_properties": {
            "$initial_referrer": "$direct", "$initial_utm_source": null,
        },
    });
    let java = json!({"api_key": TOKEN, "distinct_id": "vip", "timezone": "Etc/UTC"});
    for (target, body) in [
        ("/flags/?v=4", &python),
        ("/flags/?v=2", &browser),
        ("/flags/?v=2", &java),
    ] {
        let reply = server.post(target).json(body).send().await;
        assert_eq!(reply.status, 200, "{body}: {:?}", reply.body);
        assert_eq!(reply.json()["flags"]["vip"]["enabled"], true, "{body}");
    }
}
