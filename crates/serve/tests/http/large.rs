//! What leaves the request's thread is answered as if it had stayed (spec: engine §12).

use burgee_testkit::{TOKEN, TestServer};
use serde_json::{Value, json};

use crate::encodings::gzip;

/// Flags of several kinds, some of which wait for others.
fn contents() -> Value {
    let mut flags = vec![json!({"id": 1, "key": "base", "filters": {"groups": [{
        "properties": [{"key": "plan", "type": "person", "value": ["pro", "team"]}],
    }]}})];
    for id in 2..40 {
        let filters = match id % 4 {
            0 => json!({"groups": [{"rollout_percentage": id}]}),
            1 => json!({"groups": [{"properties": [{
                "key": (id - 1).to_string(), "type": "flag", "operator": "flag_evaluates_to",
                "value": id % 8 == 1,
            }]}]}),
            2 => json!({"groups": [{"properties": [
                {"key": "role", "type": "person", "value": "admin"},
            ], "rollout_percentage": 80}], "multivariate": {"variants": [
                {"key": "a", "rollout_percentage": 30}, {"key": "b", "rollout_percentage": 70},
            ]}}),
            _ => json!({"aggregation_group_type_index": 0, "groups": [{"properties": [
                {"key": "tier", "type": "group", "operator": "icontains", "value": "GO"},
            ]}]}),
        };
        flags.push(json!({"id": id, "key": format!("flag-{id}"), "filters": filters}));
    }
    json!({
        "group_types": ["organization"], "flags": flags,
        "persons": [{"distinct_ids": ["vera"], "properties": {"plan": "team", "role": "admin"}}],
        "groups": [{"type": 0, "key": "acme", "properties": {"tier": "gold"}}],
    })
}

fn requests() -> Vec<Value> {
    let mut requests: Vec<Value> = (0..20)
        .map(|at| json!({"distinct_id": format!("u{at}"), "person_properties": {"plan": "pro"}}))
        .collect();
    requests.push(json!({"distinct_id": "vera", "groups": {"organization": "acme"}}));
    requests.push(json!({
        "distinct_id": "", "groups": {"organization": 5},
        "group_properties": {"organization": {"tier": "gold"}},
    }));
    requests.push(json!({"distinct_id": "u", "flag_keys": ["flag-5", "flag-8", "base"]}));
    requests
}

#[tokio::test]
async fn a_plan_on_the_pool_gives_the_same_answers_as_one_in_place() {
    let pooled = TestServer::builder(contents())
        .config(|config| config.large_plan_flags = 1)
        .start()
        .await;
    let inline = TestServer::builder(contents())
        .config(|config| config.large_plan_flags = usize::MAX)
        .start()
        .await;
    for fields in requests() {
        let (there, here) = (
            pooled.flags(fields.clone()).await,
            inline.flags(fields.clone()).await,
        );
        assert!(!there["flags"].as_object().unwrap().is_empty());
        assert_eq!(there["flags"], here["flags"], "{fields}");
        assert_eq!(there["errorsWhileComputingFlags"], false, "{fields}");
    }
}

#[tokio::test]
async fn a_large_body_gives_the_same_answers_as_a_small_one() {
    let server = TestServer::builder(contents())
        .config(|config| config.large_body_bytes = 4_096)
        .start()
        .await;
    for fields in requests() {
        let small = server.flags(fields.clone()).await;
        let mut padded = fields.clone();
        for at in 0..100 {
            padded["person_properties"][format!("padding-{at}")] = json!("x".repeat(100));
        }
        let large = server.flags(padded.clone()).await;
        assert_eq!(large["flags"], small["flags"], "{fields}");

        padded["token"] = json!(TOKEN);
        let packed = gzip(padded.to_string());
        assert!(packed.len() < 4_096, "small until it is unpacked");
        let packed = server.post("/flags?v=2").body(packed).send().await;
        assert_eq!(packed.json()["flags"], small["flags"], "{fields}, packed");
    }
}

#[tokio::test]
async fn a_large_body_is_refused_as_a_small_one_is() {
    let server = TestServer::builder(json!({}))
        .config(|config| config.large_body_bytes = 64)
        .start()
        .await;
    let padding = " ".repeat(100);
    for body in [
        r#"{"token": "#.to_owned(),
        r#"{"token": 5}"#.to_owned(),
        r#"{"token": "phc_nobody", "distinct_id": "u"}"#.to_owned(),
        format!(r#"{{"token": "{TOKEN}"}}"#),
        format!(r#"{{"token": "{TOKEN}", "distinct_id": true}}"#),
        format!(
            r#"{{"token": "{TOKEN}", "distinct_id": "u", "n": {}1{}}}"#,
            "[".repeat(128),
            "]".repeat(128)
        ),
    ] {
        let small = server.post("/flags?v=2").body(body.clone()).send().await;
        let large = format!("{body}{padding}");
        let large = server.post("/flags?v=2").body(large).send().await;
        assert!(large.status >= 400, "{body}");
        assert_eq!(large.status, small.status, "{body}");
        assert_eq!(large.text(), small.text(), "{body}");
    }
}
