//! Remote config: `GET /api/projects/{project}/feature_flags/{key}/remote_config` (spec: service §6).

use burgee_fernet::FernetKeys;
use burgee_model::Timestamp;
use burgee_serve::{LimitMode, RateLimit};
use burgee_store::KeyDigest;
use burgee_testkit::{Fault, PATIENCE, TestServer, eventually};
use serde_json::{Value, json};

const CURRENT_KEY: &str = "cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=";
const OLDER_KEY: &str = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";
const FOREIGN_KEY: &str = "YWJjZGVmZ2hpamtsbW5vcGFiY2RlZmdoaWprbG1ub3A=";

/// `text` as a payload that was encrypted with `key`.
fn encrypted(key: &str, text: &str) -> String {
    let keys: FernetKeys = key.parse().expect("a key");
    keys.encrypt(text, Timestamp::from_unix_millis(0), [7; 16])
}

/// A remote configuration with this payload.
fn config(id: i32, key: &str, payload: Value) -> Value {
    json!({
        "id": id, "key": key, "active": true, "is_remote_configuration": true,
        "filters": {"groups": [], "payloads": {"true": payload}},
    })
}

fn secret(id: i32, key: &str, payload: String) -> Value {
    let mut flag = config(id, key, payload.into());
    flag["has_encrypted_payloads"] = true.into();
    flag
}

fn flags() -> Value {
    let mut inactive = config(11, "inactive", json!("here"));
    inactive["active"] = false.into();
    let mut none = config(12, "none", json!(null));
    none["filters"] = json!({"groups": []});
    json!([
        config(10, "theme", json!("{\"dark\":true}")),
        inactive,
        none,
        config(13, "object", json!({"dark": true})),
        config(14, "empty", json!("")),
        config(15, "with spaces/ü", json!("here")),
        config(16, "404", json!("here")),
        secret(20, "secret", encrypted(CURRENT_KEY, "{\"password\":\"x\"}")),
        secret(21, "old-secret", encrypted(OLDER_KEY, "old")),
        secret(22, "lost-secret", encrypted(FOREIGN_KEY, "lost")),
        secret(23, "plain-secret", "not encrypted".to_owned()),
        secret(24, "empty-secret", String::new()),
        {"id": 30, "key": "plain-flag", "active": true, "filters": {"payloads": {"true": "no"}}},
    ])
}

/// Two environments with keys of every kind, and the numbers by which paths name them.
async fn start(payload_keys: Option<FernetKeys>) -> (TestServer, i64, i64) {
    let server = TestServer::builder(json!({
        "token": "phc_here",
        "flags": flags(),
        "secret_keys": [
            "phs_here",
            {"key": "phs_other_scope", "scopes": ["person:read"]},
            {"key": "phs_expired", "expires_at": 1},
        ],
        "personal_keys": [
            {"key": "phx_here", "scopes": ["feature_flag:read"]},
            {"key": "phx_other_scope", "scopes": ["person:read"]},
            {"key": "phx_both"},
            {"key": "phx_expired", "expires_at": 1},
        ],
    }))
    .contents(json!({
        "token": "phc_there",
        "secret_keys": ["phs_there"],
        "personal_keys": [{"key": "phx_both"}, {"key": "phx_there"}],
    }))
    .config(|config| config.payload_keys = payload_keys)
    .without_keeper()
    .start()
    .await;
    let keys = ["phs_here", "phs_there"].map(KeyDigest::of);
    let grants = server.store.read_grants(&keys).await.expect("grants");
    let [here, there] = [0, 1].map(|key: usize| grants[key][0].environment.0);
    eventually("the node knows its environments", PATIENCE, || async {
        let ready = server.get("/_readiness").send().await;
        ready.text().ends_with("s ago")
    })
    .await;
    (server, here, there)
}

fn keys() -> FernetKeys {
    let keys = format!("{CURRENT_KEY},{OLDER_KEY}");
    keys.parse().expect("keys")
}

const NO_KEY: &str = "";

/// Status and body.
async fn ask(server: &TestServer, path: &str, key: &str) -> (u16, String) {
    let mut request = server.get(path);
    if key != NO_KEY {
        request = request.header("authorization", format!("Bearer {key}"));
    }
    let reply = request.send().await;
    (reply.status, reply.text().to_owned())
}

#[tokio::test]
async fn each_request_is_answered_as_its_project_and_its_key_say() {
    let (server, here, there) = start(Some(keys())).await;
    let long = format!("phs_{}", "a".repeat(10_000));
    for (project, query, key, status) in [
        // The secret key tells the project.
        ("@current", "", "phs_here", 200),
        ("@current", "?token=", "phs_here", 200),
        ("@current", "?token=phc_here", "phs_here", 200),
        ("@current", "?api_key=phc_here", "phs_here", 200),
        ("anything", "?token=phc_here", "phs_here", 200),
        ("{there}", "?token=phc_here", "phs_here", 200),
        ("{here}", "", "phs_here", 200),
        // So does a personal key that opens one.
        ("@current", "", "phx_here", 200),
        ("@current", "?token=phc_here", "phx_both", 200),
        ("{here}", "", "phx_both", 200),
        ("@current", "", "phx_both", 400),
        // Nobody without a key.
        ("@current", "", NO_KEY, 401),
        ("@current", "?token=phc_here", NO_KEY, 401),
        ("@current", "?token=phc_nowhere", NO_KEY, 401),
        ("2147483648", "", NO_KEY, 401),
        // Keys that open nothing.
        ("@current", "?token=phc_here", "phs_nobody", 401),
        ("@current", "?token=phc_here", "phs_her", 401),
        ("@current", "?token=phc_here", &long, 401),
        ("@current", "?token=phc_here", "phs_expired", 401),
        ("@current", "?token=phc_here", "phx_expired", 401),
        ("@current", "", "phx_nobody", 401),
        ("@current", "", "phx_expired", 401),
        ("@current", "", "phc_here", 401),
        ("{here}", "", "phs_nobody", 401),
        ("2147483648", "", "phs_nobody", 401),
        // Keys without the scope.
        ("@current", "?token=phc_here", "phs_other_scope", 401),
        ("@current", "", "phs_other_scope", 401),
        ("@current", "?token=phc_here", "phx_other_scope", 403),
        ("@current", "", "phx_other_scope", 403),
        ("{here}", "", "phx_other_scope", 403),
        // Keys of another project.
        ("@current", "?token=phc_here", "phs_there", 403),
        ("{here}", "", "phs_there", 403),
        ("@current", "?token=phc_here", "phx_there", 401),
        ("{here}", "", "phx_there", 401),
        // Projects that are not there.
        ("@current", "?token=phc_nowhere", "phs_here", 401),
        ("@current", "?token=phc_nowhere", "phx_here", 401),
        ("9999999", "", "phs_here", 404),
        ("2147483647", "", "phx_here", 404),
        ("2147483648", "", "phs_here", 404),
        ("99999999999999999999", "", "phs_here", 404),
        ("-1", "", "phs_here", 404),
        ("anything", "", "phs_here", 404),
    ] {
        let project = project.replace("{here}", &here.to_string());
        let project = project.replace("{there}", &there.to_string());
        for slash in ["", "/"] {
            let path =
                format!("/api/projects/{project}/feature_flags/theme/remote_config{slash}{query}");
            let (got, body) = ask(&server, &path, key).await;
            let brief: String = key.chars().take(30).collect();
            assert_eq!(got, status, "{path} {brief}: {body}");
        }
    }
}

#[tokio::test]
async fn each_flag_is_answered_as_its_payload_is_stored() {
    let (server, ..) = start(Some(keys())).await;
    let redacted = r#""\"********* (encrypted)\"""#;
    let theme = r#""{\"dark\":true}""#;
    for (flag, by_secret_key, by_personal_key) in [
        ("theme", Ok(theme), Ok(theme)),
        ("10", Ok(theme), Ok(theme)),
        ("object", Ok(theme), Ok(theme)),
        ("inactive", Ok(r#""here""#), Ok(r#""here""#)),
        ("with%20spaces%2F%C3%BC", Ok(r#""here""#), Ok(r#""here""#)),
        ("none", Ok("null"), Ok("null")),
        ("empty", Ok("null"), Ok("null")),
        ("secret", Ok(redacted), Ok(r#""{\"password\":\"x\"}""#)),
        ("20", Ok(redacted), Ok(r#""{\"password\":\"x\"}""#)),
        ("old-secret", Ok(redacted), Ok(r#""old""#)),
        ("lost-secret", Ok(redacted), Err(500)),
        ("plain-secret", Ok(redacted), Err(500)),
        ("empty-secret", Ok("null"), Ok("null")),
        // All digits: an id, whatever keys there are.
        ("404", Err(404), Err(404)),
        ("9223372036854775807", Err(404), Err(404)),
        ("9223372036854775808", Err(404), Err(404)),
        ("plain-flag", Err(404), Err(404)),
        ("30", Err(404), Err(404)),
        ("unknown", Err(404), Err(404)),
    ] {
        for (key, expected) in [("phs_here", by_secret_key), ("phx_here", by_personal_key)] {
            let path = format!("/api/projects/@current/feature_flags/{flag}/remote_config");
            let (status, body) = ask(&server, &path, key).await;
            match expected {
                Ok(expected) => assert_eq!((status, &*body), (200, expected), "{path} {key}"),
                Err(expected) => {
                    assert_eq!(status, expected, "{path} {key}: {body}");
                    let told: Value = serde_json::from_str(&body).expect("JSON");
                    assert!(told["detail"].is_string(), "{body}");
                }
            }
        }
    }
}

#[tokio::test]
async fn without_keys_encrypted_payloads_stay_encrypted() {
    let (server, ..) = start(None).await;
    let path = "/api/projects/@current/feature_flags/secret/remote_config";
    let (status, body) = ask(&server, path, "phs_here").await;
    assert_eq!((status, &*body), (200, r#""\"********* (encrypted)\"""#));
    let (status, body) = ask(&server, path, "phx_here").await;
    assert_eq!(status, 500, "{body}");
    assert!(!body.contains("gAAAA"), "{body}");
}

#[tokio::test]
async fn other_methods_and_headers_are_as_clients_expect() {
    let (server, ..) = start(Some(keys())).await;
    let path = "/api/projects/@current/feature_flags/theme/remote_config";
    for (method, status) in [("HEAD", 200), ("OPTIONS", 204), ("POST", 405)] {
        let reply = server.request(method, path).send().await;
        assert_eq!(reply.status, status, "{method}");
    }
    let reply = server
        .get(path)
        .header("authorization", "Bearer phs_here")
        .send()
        .await;
    assert_eq!(reply.header("content-type"), Some("application/json"));
    assert_eq!(reply.header("cache-control"), Some("private, no-store"));
}

#[tokio::test]
async fn once_warm_no_store_is_asked_and_a_change_is_seen_soon() {
    let (server, ..) = start(Some(keys())).await;
    let path = "/api/projects/@current/feature_flags/theme/remote_config";
    ask(&server, path, "phs_here").await;
    server.faults.definitions.set(Fault::gone());
    server.faults.credentials.set(Fault::gone());
    for _ in 0..10 {
        assert_eq!(ask(&server, path, "phs_here").await.0, 200);
    }
    server.faults.definitions.set(Fault::None);
    server.faults.credentials.set(Fault::None);
    let changed = config(10, "theme", json!("light"));
    let changed = json!({"token": "phc_here", "flags": [changed]});
    server.commit(&changed).await;
    eventually("the new payload is answered", PATIENCE, || async {
        ask(&server, path, "phs_here").await.1 == r#""light""#
    })
    .await;
}

#[tokio::test]
async fn a_personal_key_that_asks_too_often_is_refused_and_a_secret_key_is_not() {
    let contents = json!({
        "flags": flags(), "secret_keys": ["phs_here"],
        "personal_keys": ["phx_often", "phx_seldom"],
    });
    let rate = "3/minute".parse().expect("a rate");
    let server = TestServer::builder(contents)
        .config(|config| {
            let mode = LimitMode::Enforce;
            config.rate_limits.remote_config = RateLimit { mode, rate };
        })
        .start()
        .await;
    let path = "/api/projects/@current/feature_flags/theme/remote_config";
    let ask = |key| ask(&server, path, key);
    let mut statuses = Vec::new();
    for _ in 0..10 {
        statuses.push(ask("phx_often").await.0);
    }
    assert_eq!(statuses[..3], [200; 3]);
    assert!(statuses[3..].contains(&429), "{statuses:?}");
    assert_eq!(ask("phx_seldom").await.0, 200);
    for _ in 0..10 {
        assert_eq!(ask("phs_here").await.0, 200);
    }
}
