//! Refusals: the status and the whole body of each; every one has a JSON body.

use burgee_store::StoreError;
use burgee_testkit::{Fault, Reply, Request, TOKEN, TestServer};
use serde_json::{Value, json};

use super::{BULK, ask, contents, single};

const NO_KEY: &str = "The context has no `targetingKey`.";
const UNKNOWN: &str = "The project token is unknown. Check that it belongs to this server.";
const MISSING: &str =
    "No project token was given. Send it as `Authorization: Bearer …` or `X-API-Key`.";

/// Names and values.
type Headers<'h> = &'h [(&'h str, &'h str)];

fn decoding(message: &str) -> String {
    format!("Failed to decode request: {message}. Please check your request format and try again.")
}

#[track_caller]
fn check(reply: &Reply, status: u16, key: Option<&str>, (code, details): (&str, &str)) {
    let mut expected = json!({"errorCode": code, "errorDetails": details});
    if let Some(key) = key {
        expected["key"] = json!(key);
    }
    assert_eq!((reply.status, reply.json()), (status, expected));
    assert_eq!(reply.header("content-type"), Some("application/json"));
}

fn with_token(request: Request) -> Request {
    request.header("x-api-key", TOKEN)
}

#[tokio::test]
async fn a_body_that_says_no_context_is_refused() {
    let server = TestServer::start(contents()).await;
    let unreadable = ("PARSE_ERROR", decoding("invalid JSON"));
    let bad = |what: &str| {
        (
            "INVALID_CONTEXT",
            decoding(&format!("invalid JSON ({what})")),
        )
    };
    let keyless = || ("TARGETING_KEY_MISSING", NO_KEY.to_owned());
    let deep = format!(r#"{{"context":{}{}}}"#, "[".repeat(128), "]".repeat(128));
    let rows: Vec<(&str, (&str, String))> = vec![
        ("", unreadable.clone()),
        ("{", unreadable.clone()),
        ("[]", unreadable.clone()),
        ("null", unreadable.clone()),
        ("context", unreadable.clone()),
        (r#"{"context": {"targetingKey": "u"}} {}"#, unreadable),
        (&deep, ("PARSE_ERROR", decoding("JSON nesting too deep"))),
        ("{}", keyless()),
        (r#"{"context": {}}"#, keyless()),
        (r#"{"context": null}"#, keyless()),
        (r#"{"context": {"targetingKey": ""}}"#, keyless()),
        (r#"{"context": {"targetingKey": null}}"#, keyless()),
        (r#"{"context": {"plan": "pro"}}"#, keyless()),
        (r#"{"context": 5}"#, bad("context: invalid type: number")),
        (r#"{"context": "u"}"#, bad("context: invalid type: string")),
        (
            r#"{"context": {"targetingKey": []}}"#,
            bad("targetingKey: invalid type: sequence"),
        ),
        (
            r#"{"context": {"targetingKey": "u", "$groups": 5}}"#,
            bad("$groups: invalid type: integer `5`"),
        ),
    ];
    for (body, (code, details)) in rows {
        for key in [None, Some("static")] {
            let target = key.map_or_else(|| BULK.to_owned(), single);
            let request =
                with_token(server.post(&target)).header("content-type", "application/json");
            let reply = request.body(body.to_owned()).send().await;
            check(&reply, 400, key, (code, &details));
        }
    }
    let reply = with_token(server.post(BULK))
        .header("content-type", "application/xml")
        .body("<context/>")
        .send()
        .await;
    let details = decoding("unsupported content type: application/xml");
    check(&reply, 400, None, ("PARSE_ERROR", &details));
}

#[tokio::test]
async fn the_token_is_in_either_header() {
    let server = TestServer::start(contents()).await;
    let bearer = format!("Bearer {TOKEN}");
    let rows: [(Headers<'_>, Option<&str>); 13] = [
        (&[("authorization", &bearer)], None),
        (&[("x-api-key", TOKEN)], None),
        (
            &[("X-API-Key", TOKEN), ("authorization", "Bearer gateway")],
            None,
        ),
        (
            &[("x-api-key", TOKEN), ("authorization", "Basic eDp5")],
            None,
        ),
        (&[("x-api-key", ""), ("authorization", &bearer)], None),
        (&[], Some(MISSING)),
        (&[("authorization", TOKEN)], Some(MISSING)),
        (&[("authorization", "Basic eDp5")], Some(MISSING)),
        (&[("authorization", "Bearer ")], Some(MISSING)),
        (&[("authorization", "Bearer phc_nope")], Some(UNKNOWN)),
        (&[("x-api-key", "phc_nope")], Some(UNKNOWN)),
        (
            &[("x-api-key", "phc_nope"), ("authorization", &bearer)],
            Some(UNKNOWN),
        ),
        (&[("x-api-key", "phs_secret")], Some(UNKNOWN)),
    ];
    for (headers, refusal) in rows {
        for key in [None, Some("static")] {
            let target = key.map_or_else(|| BULK.to_owned(), single);
            let body = json!({"token": TOKEN, "context": {"targetingKey": "u"}});
            let mut request = server.post(&target).json(&body);
            for (name, value) in headers {
                request = request.header(name, value);
            }
            let reply = request.send().await;
            match refusal {
                Some(details) => check(&reply, 401, key, ("GENERAL", details)),
                None => assert_eq!(reply.status, 200, "{headers:?}"),
            }
        }
    }
}

#[tokio::test]
async fn a_flag_that_is_none_is_not_found() {
    let server = TestServer::start(contents()).await;
    let context = || json!({"targetingKey": "u"});
    for (path, key) in [
        ("nope", "nope"),
        ("Static", "Static"),
        ("a/b", "a/b"),
        ("a%2Fb", "a/b"),
        ("say%20%22x%22", "say \"x\""),
        ("%FF", "\u{fffd}"),
        ("on-clients", "on-clients"),
        ("static%2F", "static/"),
    ] {
        let reply = ask(&server, &single(path), context()).send().await;
        check(
            &reply,
            404,
            Some(key),
            ("FLAG_NOT_FOUND", "There is no such flag."),
        );
    }
    let long = "x".repeat(4_000);
    let reply = ask(&server, &single(&long), context()).send().await;
    assert_eq!(reply.status, 404);
}

#[tokio::test]
async fn only_post_evaluates() {
    let server = TestServer::start(contents()).await;
    for method in ["GET", "PUT", "DELETE", "PATCH"] {
        for key in [None, Some("static")] {
            let target = key.map_or_else(|| BULK.to_owned(), single);
            let reply = server.request(method, &target).send().await;
            let details = "The method is not allowed. Use POST.";
            check(&reply, 405, key, ("GENERAL", details));
            assert_eq!(reply.header("allow"), Some("POST, OPTIONS"));
        }
    }
    let reply = server.request("OPTIONS", BULK).send().await;
    assert_eq!(
        (reply.status, reply.header("allow")),
        (204, Some("POST, OPTIONS"))
    );
}

#[tokio::test]
async fn a_browser_may_ask_and_read_the_tag() {
    let server = TestServer::start(contents()).await;
    let asked = "content-type,if-none-match,x-api-key,authorization";
    let preflight = server
        .request("OPTIONS", BULK)
        .header("origin", "https://app.example")
        .header("access-control-request-method", "POST")
        .header("access-control-request-headers", asked)
        .send()
        .await;
    assert_eq!(
        preflight.header("access-control-allow-headers"),
        Some(asked)
    );
    let good = ask(&server, BULK, json!({"targetingKey": "u"}));
    for (status, request) in [(200, good), (401, server.post(BULK).body("{}"))] {
        let reply = request.header("origin", "https://app.example").send().await;
        assert_eq!(reply.status, status);
        let allowed = reply.header("access-control-allow-origin");
        assert_eq!(allowed, Some("https://app.example"));
        let exposed = reply.header("access-control-expose-headers").unwrap();
        assert!(exposed.contains("ETag") && exposed.contains("Retry-After"));
    }
}

/// The flags that failed in a bulk answer, with their codes.
fn failures(answer: &Value) -> Vec<(&str, &str)> {
    let records = answer["flags"].as_array().unwrap().iter();
    records
        .filter(|record| record.get("errorCode").is_some())
        .map(|record| {
            assert_eq!(record["errorCode"], "GENERAL");
            assert_eq!(record.get("value"), None);
            let code = record["metadata"]["reason_code"].as_str().unwrap();
            (record["key"].as_str().unwrap(), code)
        })
        .collect()
}

#[tokio::test]
async fn a_store_that_is_gone_fails_the_flags_that_need_it_and_no_other() {
    let server = TestServer::start(contents()).await;
    let context = || json!({"targetingKey": "vera", "plan": "pro"});
    let well = ask(&server, BULK, context()).send().await;
    assert_eq!(failures(&well.json()), []);
    server
        .faults
        .subjects
        .set(Fault::Error(StoreError::Unavailable(
            "on purpose".to_owned(),
        )));
    let reply = ask(&server, BULK, context()).send().await;
    assert_eq!(reply.status, 200);
    assert_ne!(reply.header("etag"), well.header("etag"));
    let answer = reply.json();
    assert_eq!(
        failures(&answer),
        [
            ("stored", "database_unavailable"),
            ("dependent", "dependency_failed"),
        ]
    );
    let count = |answer: &Value| answer["flags"].as_array().unwrap().len();
    assert_eq!(count(&answer), count(&well.json()));
    for (key, status) in [
        ("static", 200),
        ("targeted", 200),
        ("colour", 200),
        ("asleep", 200),
    ] {
        let reply = ask(&server, &single(key), context()).send().await;
        assert_eq!(reply.status, status, "{key}");
    }
    for (key, details) in [
        ("stored", "Database connection unavailable"),
        (
            "dependent",
            "A flag that this flag depends on could not be evaluated",
        ),
    ] {
        let reply = ask(&server, &single(key), context()).send().await;
        check(&reply, 500, Some(key), ("GENERAL", details));
    }
    let mut sufficient = context();
    sufficient["role"] = json!("admin");
    let reply = ask(&server, &single("dependent"), sufficient).send().await;
    assert_eq!((reply.status, &reply.json()["value"]), (200, &json!(true)));
}

#[tokio::test]
async fn definitions_that_cannot_be_read_are_no_unknown_token() {
    let server = TestServer::start(contents()).await;
    server
        .faults
        .definitions
        .set(Fault::Error(StoreError::Unavailable(
            "on purpose".to_owned(),
        )));
    let reply = ask(&server, BULK, json!({"targetingKey": "u"}))
        .send()
        .await;
    let details = "The flag definitions cannot be read at the moment. Please try again.";
    check(&reply, 503, None, ("GENERAL", details));
}

#[tokio::test]
async fn a_flag_that_cannot_be_read_is_an_error_of_its_own() {
    let server = TestServer::start(json!({"flags": [
        {"id": 1, "key": "garbled", "filters": {"groups": "everyone"}},
        {"id": 2, "key": "well", "filters": {"groups": [{}]}},
    ]}))
    .await;
    let context = || json!({"targetingKey": "u"});
    let answer = ask(&server, BULK, context()).send().await.json();
    assert_eq!(failures(&answer), [("garbled", "flag_data_parsing_error")]);
    let reply = ask(&server, &single("garbled"), context()).send().await;
    let details = "The flag's definition could not be read";
    check(&reply, 500, Some("garbled"), ("GENERAL", details));
}
