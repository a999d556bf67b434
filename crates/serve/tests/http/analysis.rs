//! Per-condition analysis, for internal callers alone (spec: service §4.6; engine §13).

use burgee_testkit::{TOKEN, TestServer};
use serde_json::{Value, json};

const SECRET: &str = "internal-secret";

async fn server(internal_token: Option<&str>) -> TestServer {
    let contents = json!({
        "flags": [{"key": "beta", "filters": {"groups": [
            {"properties": [
                {"key": "plan", "type": "person", "operator": "exact", "value": "pro"},
            ]},
            {"rollout_percentage": 0},
        ]}}],
        "persons": [{"distinct_ids": ["vera"], "properties": {"plan": "free"}}],
    });
    TestServer::builder(contents)
        .config(|config| config.internal_token = internal_token.map(str::to_owned))
        .start()
        .await
}

async fn record(server: &TestServer, query: &str, authorization: Option<&str>) -> Value {
    let body = json!({"token": TOKEN, "distinct_id": "vera"});
    let mut request = server.post(&format!("/flags?v=2{query}")).json(&body);
    if let Some(authorization) = authorization {
        request = request.header("authorization", authorization);
    }
    let reply = request.send().await;
    assert_eq!(reply.status, 200, "{query} {authorization:?}");
    reply.json()["flags"]["beta"].clone()
}

#[tokio::test]
async fn an_internal_caller_is_told_why() {
    let server = server(Some(SECRET)).await;
    let bearer = format!("Bearer {SECRET}");
    let record = record(&server, "&detailed_analysis=true", Some(&bearer)).await;
    assert_eq!(record["enabled"], false);
    let conditions = record["conditions"].as_array().unwrap();
    assert_eq!(conditions.len(), 2);
    assert_eq!(conditions[0]["index"], 0);
    assert_eq!(conditions[0]["properties_matched"], false);
    let property = &conditions[0]["properties"][0];
    assert_eq!(property["key"], "plan");
    assert_eq!(
        property["actual_value"], "free",
        "what is stored counts too"
    );
    assert_eq!(property["matched"], false);
    assert_eq!(conditions[1]["properties_matched"], true);
    assert_eq!(conditions[1]["rollout_excluded"], true);
}

#[tokio::test]
async fn nobody_else_is() {
    let server = server(Some(SECRET)).await;
    let bearer = format!("Bearer {SECRET}");
    for (query, authorization) in [
        ("&detailed_analysis=true", None),
        ("&detailed_analysis=true", Some("Bearer internal-secre")),
        ("&detailed_analysis=true", Some("Bearer internal-secretx")),
        ("&detailed_analysis=true", Some("Bearer ")),
        ("&detailed_analysis=true", Some("bearer internal-secret")),
        ("&detailed_analysis=true", Some(SECRET)),
        ("&detailed_analysis=false", Some(&*bearer)),
        ("", Some(&*bearer)),
    ] {
        let record = record(&server, query, authorization).await;
        assert_eq!(record.get("conditions"), None, "{query} {authorization:?}");
    }
    for internal_token in [None, Some("")] {
        let server = self::server(internal_token).await;
        for authorization in [None, Some("Bearer "), Some("Bearer None")] {
            let record = record(&server, "&detailed_analysis=true", authorization).await;
            assert_eq!(record.get("conditions"), None, "{internal_token:?}");
        }
    }
}
