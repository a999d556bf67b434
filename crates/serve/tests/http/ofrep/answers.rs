//! Values, reasons and metadata.

use burgee_testkit::{TOKEN, TestServer};
use serde_json::{Value, json};

use super::{BULK, all, ask, contents, find, one, records, single};

fn vera() -> Value {
    json!({"targetingKey": "vera", "plan": "pro"})
}

#[tokio::test]
async fn one_flag_is_answered_with_a_typed_value_a_reason_and_flat_metadata() {
    let server = TestServer::start(contents()).await;
    let because = |code: &str| json!({"reason_code": code, "condition_index": 0});
    for (key, value, reason, mut metadata, id) in [
        (
            "static",
            json!(true),
            "STATIC",
            because("condition_match"),
            1,
        ),
        (
            "targeted",
            json!(true),
            "TARGETING_MATCH",
            because("condition_match"),
            2,
        ),
        (
            "colour",
            json!("blue"),
            "SPLIT",
            because("condition_match"),
            3,
        ),
        (
            "nobody",
            json!(false),
            "SPLIT",
            because("out_of_rollout_bound"),
            4,
        ),
        ("asleep", json!(false), "DISABLED", json!({}), 5),
        ("acme", json!(false), "DEFAULT", because("no_group_type"), 6),
        (
            "stored",
            json!(true),
            "TARGETING_MATCH",
            because("condition_match"),
            7,
        ),
        (
            "dependent",
            json!(true),
            "TARGETING_MATCH",
            because("condition_match"),
            8,
        ),
    ] {
        metadata["id"] = json!(id);
        metadata["version"] = json!(if key == "static" { 4 } else { 1 });
        match key {
            "static" => metadata["payload"] = json!(r#"{"cta":"Buy"}"#),
            "colour" => metadata["payload"] = json!(r#""b""#),
            _ => {}
        }
        let variant = value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned);
        let expected = json!({
            "key": key, "value": value, "variant": variant, "reason": reason, "metadata": metadata,
        });
        assert_eq!(one(&server, key, vera()).await, expected, "{key}");
    }
}

#[tokio::test]
async fn a_flag_that_is_on_and_missed_is_never_disabled() {
    let server = TestServer::start(contents()).await;
    let nobody = json!({"targetingKey": "nobody"});
    for (key, record) in all(&server, nobody).await {
        let is_asleep = key.starts_with("asleep");
        assert_eq!(record["reason"] == "DISABLED", is_asleep, "{record}");
        assert!(record["value"] == false || record["reason"] != "DISABLED");
    }
}

#[tokio::test]
async fn all_flags_are_those_of_flags_and_the_ones_that_are_switched_off() {
    let server = TestServer::start(contents()).await;
    let subject = json!({
        "distinct_id": "vera", "evaluation_runtime": "client",
        "person_properties": {"plan": "pro"},
    });
    let flags = server.flags(subject).await;
    let reply = ask(&server, BULK, vera())
        .header("user-agent", "Mozilla/5.0")
        .send()
        .await;
    let list = records(&reply.json());
    let mut seen = 0;
    for (key, record) in &list {
        if record["reason"] == "DISABLED" {
            assert_eq!(record["value"], false);
            continue;
        }
        seen += 1;
        let other = &flags["flags"][key];
        let expected = match &other["variant"] {
            Value::Null => &other["enabled"],
            variant => variant,
        };
        assert_eq!(&record["value"], expected, "{key}");
        assert_eq!(record["metadata"]["id"], other["metadata"]["id"]);
        let payload = record["metadata"].get("payload").unwrap_or(&Value::Null);
        assert_eq!(payload, &other["metadata"]["payload"], "{key}");
    }
    assert_eq!(seen, flags["flags"].as_object().unwrap().len());
    assert_eq!(list.len(), seen + 2);
}

#[tokio::test]
async fn one_flag_and_all_of_them_say_the_same() {
    let server = TestServer::start(contents()).await;
    let list = all(&server, vera()).await;
    for key in ["static", "targeted", "colour", "nobody", "asleep", "stored"] {
        let record = one(&server, key, vera()).await;
        assert_eq!(find(&list, key), Some(&record), "{key}");
    }
}

#[tokio::test]
async fn one_flag_is_asked_by_a_server_and_all_by_what_the_headers_say() {
    let server = TestServer::start(contents()).await;
    for agent in [
        "Go-http-client/1.1",
        "Java-http-client/17.0.15",
        "Mozilla/5.0",
    ] {
        for (key, status) in [
            ("on-servers", 200),
            ("on-clients", 404),
            ("asleep-on-clients", 404),
            ("static", 200),
        ] {
            let request = ask(&server, &single(key), vera()).header("user-agent", agent);
            assert_eq!(request.send().await.status, status, "{agent} {key}");
        }
    }
    for (agent, on_servers, on_clients) in [
        ("Mozilla/5.0", false, true),
        ("python-requests/2.32", true, false),
        ("Go-http-client/1.1", false, false),
    ] {
        let request = ask(&server, BULK, vera()).header("user-agent", agent);
        let list = records(&request.send().await.json());
        let has = |key| find(&list, key).is_some();
        assert_eq!(has("on-servers"), on_servers, "{agent}");
        assert_eq!(has("on-clients"), on_clients, "{agent}");
        assert_eq!(has("asleep-on-clients"), on_clients, "{agent}");
    }
}

#[tokio::test]
async fn every_spelling_of_the_paths_is_known() {
    let server = TestServer::start(contents()).await;
    for path in [
        "/ofrep/v1/evaluate/flags/static",
        "/ofrep/v1/evaluate/flags/static/",
        "/ofrep/v1/evaluate/flags/st%61tic",
        "/ofrep/v1/evaluate/flags/static?x=1",
    ] {
        let reply = ask(&server, path, vera()).send().await;
        assert_eq!(
            (reply.status, &reply.json()["key"]),
            (200, &json!("static"))
        );
    }
    for path in [
        "/ofrep/v1/evaluate/flags",
        "/ofrep/v1/evaluate/flags/",
        "/ofrep/v1/evaluate/flags?flagConfigEtag=%22a%22&flagConfigLastModified=1771622898",
        "/ofrep/v1/evaluate/flags?v=1&v=2&sent_at=never&compression=gzip",
    ] {
        let reply = ask(&server, path, vera()).send().await;
        assert_eq!(reply.status, 200, "{path}");
        assert!(reply.json()["flags"].is_array(), "{path}");
    }
}

#[tokio::test]
async fn an_environment_without_flags_has_an_empty_list() {
    let server = TestServer::start(json!({})).await;
    let reply = ask(&server, BULK, vera()).send().await;
    assert_eq!((reply.status, &reply.json()["flags"]), (200, &json!([])));
}

#[tokio::test]
async fn large_plans_and_bodies_are_answered_as_ordinary_ones() {
    let server = TestServer::start(contents()).await;
    let pooled = TestServer::builder(contents())
        .config(|config| {
            config.large_plan_flags = 1;
            config.large_body_bytes = 64;
        })
        .start()
        .await;
    let mut context = vera();
    context["note"] = json!("long enough for the pool to read it: x".repeat(5));
    assert_eq!(
        all(&pooled, context.clone()).await,
        all(&server, context.clone()).await
    );
    for key in ["colour", "dependent", "asleep"] {
        let record = one(&server, key, context.clone()).await;
        assert_eq!(one(&pooled, key, context.clone()).await, record, "{key}");
    }
    let reply = ask(&pooled, &single("nope"), context).send().await;
    assert_eq!(reply.status, 404);
}

#[tokio::test]
async fn the_answer_says_where_changes_are_told_unless_that_is_switched_off() {
    let silent = TestServer::builder(contents())
        .config(|config| config.tells_ofrep_events = false)
        .start()
        .await;
    let reply = ask(&silent, BULK, vera()).send().await;
    assert_eq!(reply.json().get("eventStreams"), None);
    let telling = TestServer::start(contents()).await;
    let reply = ask(&telling, BULK, vera()).send().await;
    let uri = format!("/ofrep/v1/events?token={TOKEN}");
    let expected = json!([{"type": "sse", "endpoint": {"requestUri": uri}}]);
    assert_eq!(reply.json()["eventStreams"], expected);
    assert_eq!(
        one(&telling, "static", vera()).await.get("eventStreams"),
        None
    );
}
