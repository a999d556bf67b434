//! Who is let in, and what the others are told (spec: service §4).

use burgee_store::{Change, ChangeSet, KeyDigest};
use burgee_testkit::{PATIENCE, Request, TestServer, eventually};
use serde_json::{Value, json};

use super::{SECRET, ask, bearer, contents};

/// Longest key that is looked at.
const KEY_BYTES_MAX: usize = 1_024;

/// In milliseconds since 1970.
const LONG_AGO_MS: i64 = 1_000_000_000_000;
const FAR_AHEAD_MS: i64 = 4_000_000_000_000;

/// Two environments, with keys of every kind.
async fn start() -> TestServer {
    TestServer::builder(json!({
        "token": "phc_here",
        "secret_keys": [
            "phs_here",
            {"key": "phs_here_scoped", "scopes": ["feature_flag:read"]},
            {"key": "phs_here_other_scope", "scopes": ["person:read"]},
            "unprefixed",
            "k".repeat(KEY_BYTES_MAX),
            "k".repeat(KEY_BYTES_MAX + 1),
            {"key": "phs_expired", "expires_at": LONG_AGO_MS},
            {"key": "phs_rotated", "expires_at": FAR_AHEAD_MS},
        ],
        "personal_keys": [
            {"key": "phx_here", "scopes": ["feature_flag:write"]},
            {"key": "phx_both", "scopes": ["*"]},
            {"key": "phx_other_scope", "scopes": ["person:read", "feature_flag:reader"]},
            {"key": "phx_expired", "expires_at": LONG_AGO_MS},
            {"key": "phx_rotated", "expires_at": FAR_AHEAD_MS},
        ],
    }))
    .contents(json!({
        "token": "phc_there",
        "secret_keys": ["phs_there"],
        "personal_keys": [{"key": "phx_both"}],
    }))
    .start()
    .await
}

const NO_TOKEN: &str = "";

/// What a refusal is known by: its status, and `code` and `detail`, or its text.
async fn told(request: Request) -> (u16, Value) {
    let reply = request.send().await;
    let told = match reply.header("content-type") {
        Some("application/json") => {
            let body = reply.json();
            json!([body["code"], body["detail"]])
        }
        _ => reply.text().into(),
    };
    (reply.status, told)
}

#[tokio::test]
async fn each_credential_opens_what_it_should_and_nothing_else() {
    let server = start().await;
    let no_token = json!([
        "not_authenticated",
        "Authentication credentials were not provided."
    ]);
    let secret = json!(["authentication_failed", "Secret API token is invalid."]);
    let personal = json!(["authentication_failed", "Personal API key is invalid."]);
    let unknown = json!([
        "authentication_failed",
        "The project token is unknown. Check that it belongs to this server.",
    ]);
    let scope = json!([
        "permission_denied",
        "The personal API key lacks the scope `feature_flag:read`.",
    ]);
    let named =
        json!("A personal API key opens several projects: name one with the `token` parameter.");
    let long = format!("phs_{}", "a".repeat(10_000));
    let (longest, too_long) = ("k".repeat(KEY_BYTES_MAX), "k".repeat(KEY_BYTES_MAX + 1));
    let long_personal = format!("phx_{}", "a".repeat(10_000));
    for (token, key, status, expected) in [
        ("phc_here", "phs_here", 200, None),
        ("phc_here", "phs_here_scoped", 200, None),
        ("phc_here", "unprefixed", 200, None),
        ("phc_here", "phs_here_other_scope", 401, Some(&secret)),
        ("phc_here", "phs_there", 401, Some(&secret)),
        ("phc_here", &longest, 200, None),
        ("phc_here", &too_long, 401, Some(&personal)),
        ("phc_here", "phs_rotated", 200, None),
        ("phc_here", "phs_expired", 401, Some(&secret)),
        ("phc_here", "phs_nobody", 401, Some(&secret)),
        ("phc_here", "phs_her", 401, Some(&secret)),
        ("phc_here", "phs_", 401, Some(&secret)),
        ("phc_here", &long, 401, Some(&secret)),
        ("phc_here", "PHS_here", 401, Some(&personal)),
        ("phc_here", "phx_here", 200, None),
        ("phc_here", "phx_both", 200, None),
        ("phc_there", "phx_both", 200, None),
        ("phc_there", "phx_here", 401, Some(&personal)),
        ("phc_here", "phx_rotated", 200, None),
        ("phc_here", "phx_expired", 401, Some(&personal)),
        ("phc_here", "phx_her", 401, Some(&personal)),
        ("phc_here", &long_personal, 401, Some(&personal)),
        ("phc_here", "phx_nobody", 401, Some(&personal)),
        ("phc_here", "phc_here", 401, Some(&personal)),
        ("phc_here", "phx_other_scope", 403, Some(&scope)),
        ("phc_here", "", 401, Some(&no_token)),
        ("phc_nowhere", "phs_here", 401, Some(&unknown)),
        ("phc_nowhere", "", 401, Some(&unknown)),
        (NO_TOKEN, "phs_here", 200, None),
        (NO_TOKEN, "unprefixed", 200, None),
        (NO_TOKEN, "phs_rotated", 200, None),
        (NO_TOKEN, "phs_expired", 401, Some(&secret)),
        (NO_TOKEN, &long, 401, Some(&secret)),
        (NO_TOKEN, "phs_nobody", 401, Some(&secret)),
        (NO_TOKEN, "phs_here_other_scope", 401, Some(&secret)),
        (NO_TOKEN, "phx_here", 400, Some(&named)),
        (NO_TOKEN, "phx_nobody", 400, Some(&named)),
        (NO_TOKEN, "", 401, Some(&no_token)),
    ] {
        let request = server.get(&format!("/flags/definitions?token={token}&send_cohorts"));
        let (got, body) = told(bearer(request, key)).await;
        let brief: String = key.chars().take(30).collect();
        assert_eq!(got, status, "{token} {brief}: {body}");
        if let Some(expected) = expected {
            assert_eq!(&body, expected, "{token} {brief}");
        }
    }
}

#[tokio::test]
async fn a_credential_counts_only_where_it_belongs() {
    let server = start().await;
    let path = "/flags/definitions?token=phc_here";
    for (name, value, status) in [
        ("authorization", "Bearer phs_here", 200),
        ("authorization", "Bearer   phs_here  ", 200),
        ("authorization", "bearer phs_here", 401),
        ("authorization", "Token phs_here", 401),
        ("authorization", "phs_here", 401),
        ("authorization", "Bearer ", 401),
        ("authorization", "Bearer phs_h\u{e9}re", 401),
        ("x-api-key", "phs_here", 401),
    ] {
        let reply = server.get(path).header(name, value).send().await;
        assert_eq!(reply.status, status, "{name}: {value}");
    }
    let in_query = server
        .get("/flags/definitions?token=phc_here&secret_api_key=phs_here&personal_api_key=phx_here");
    assert_eq!(in_query.send().await.status, 401);
}

#[tokio::test]
async fn a_header_may_name_the_project_where_the_query_does_not() {
    let server = start().await;
    for (query, header, status) in [
        ("?send_cohorts", "phc_here", 200),
        ("?send_cohorts", "phc_there", 401),
        ("?send_cohorts", "phc_nowhere", 401),
        ("?send_cohorts", "", 200),
        ("?token=phc_here", "phc_there", 200),
        ("?token=phc_there", "phc_here", 401),
    ] {
        let request = server
            .get(&format!("/flags/definitions/{query}"))
            .header("x-posthog-project-api-key", header);
        let reply = bearer(request, "phs_here").send().await;
        assert_eq!(reply.status, status, "{query} {header}");
    }
}

#[tokio::test]
async fn a_revoked_key_is_refused_soon_and_a_new_one_let_in() {
    let server = TestServer::start(contents()).await;
    assert_eq!(ask(&server).send().await.status, 200);
    let key = || bearer(server.get("/flags/definitions"), "phs_new");
    assert_eq!(key().send().await.status, 401);

    let revoke = Change::RevokeKey {
        digest: KeyDigest::of(SECRET),
    };
    let changes = ChangeSet {
        expected: Vec::new(),
        changes: vec![revoke],
    };
    server.store.commit(&changes).await.expect("revoked");
    server.commit(&json!({"secret_keys": ["phs_new"]})).await;
    eventually("the old key is refused", PATIENCE, || async {
        ask(&server).send().await.status == 401
    })
    .await;
    eventually("the new key is let in", PATIENCE, || async {
        key().send().await.status == 200
    })
    .await;
}

#[tokio::test]
async fn a_scope_that_is_taken_away_is_missed_soon() {
    let server = start().await;
    let key = || {
        let request = server.get("/flags/definitions?token=phc_here");
        bearer(request, "phx_here")
    };
    assert_eq!(key().send().await.status, 200);
    let without = json!([{"key": "phx_here", "scopes": ["person:read"]}]);
    server
        .commit(&json!({"token": "phc_here", "personal_keys": without}))
        .await;
    eventually("the scope is missed", PATIENCE, || async {
        key().send().await.status == 403
    })
    .await;
}
