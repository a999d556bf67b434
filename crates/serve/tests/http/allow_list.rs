//! Who is never limited, as it is set while a server runs (spec: service §8.4, §19 item 12).

use std::collections::BTreeSet;

use burgee_model::ProjectToken;
use burgee_serve::{LimitMode, RateLimit};
use burgee_store::{ALLOW_LIST_MAX, SettingName, put_allow_list};
use burgee_testkit::{Fault, PATIENCE, TestServer, eventually};
use serde_json::{Value, json};

fn contents(token: &str) -> Value {
    json!({
        "token": token,
        "secret_keys": [format!("phs_{token}")],
        "flags": [{"key": "beta", "filters": {"groups": [{}]}}],
    })
}

fn token(text: &str) -> ProjectToken {
    ProjectToken::parse(text).expect("a token")
}

/// One request an hour for each token, of two environments. `configured` are on the list from the
/// start, unless others are set.
async fn server(configured: &[&str]) -> TestServer {
    let limit = RateLimit {
        mode: LimitMode::Enforce,
        rate: "1/hour".parse().expect("a rate"),
    };
    let configured = configured.iter().copied().map(token).collect();
    TestServer::builder(contents("phc_test"))
        .contents(contents("phc_other"))
        .config(|config| {
            config.rate_limits.flags_token = limit;
            config.rate_limits.definitions = limit;
            config.rate_limits.allow_list = configured;
        })
        .start()
        .await
}

async fn set(server: &TestServer, tokens: Option<&[&str]>) {
    let tokens = tokens.map(|tokens| tokens.iter().copied().map(token).collect::<BTreeSet<_>>());
    let put = put_allow_list(&*server.settings, tokens.as_ref()).await;
    put.expect("a list");
}

/// As somebody else may write it.
async fn set_text(server: &TestServer, text: &str) {
    let put = server
        .settings
        .put_setting(SettingName::AllowList, Some(text));
    put.await.expect("a setting");
}

/// Whether a request is refused that is beyond the token's budget unless it has none.
async fn is_limited(server: &TestServer, token: &str) -> bool {
    let body = json!({"token": token, "distinct_id": "u"});
    let mut statuses = Vec::new();
    for _ in 0..2 {
        statuses.push(server.ask(&body).send().await.status);
    }
    assert!([200, 429].contains(&statuses[1]), "{statuses:?}");
    statuses[1] == 429
}

/// Waits until the server limits exactly the others.
async fn become_free(server: &TestServer, tokens: &[&str]) {
    eventually(&format!("{tokens:?} are free"), PATIENCE, || async {
        is_limited(server, "phc_test").await != tokens.contains(&"phc_test")
            && is_limited(server, "phc_other").await != tokens.contains(&"phc_other")
    })
    .await;
}

/// Waits until the server has tried so many more times to read the list.
async fn reads(server: &TestServer, count: usize) {
    let calls = server.faults.settings.calls();
    let has_tried = || async { server.faults.settings.calls() >= calls + count };
    eventually("the list was read some times", PATIENCE, has_tried).await;
}

async fn definitions_status(server: &TestServer) -> u16 {
    let request = server.get("/flags/definitions?token=phc_test");
    let request = request.header("authorization", "Bearer phs_phc_test");
    request.send().await.status
}

#[tokio::test]
async fn a_limited_token_is_freed_while_the_server_runs_and_limited_again_after_a_reset() {
    let server = server(&[]).await;
    assert_eq!(definitions_status(&server).await, 200);
    assert_eq!(definitions_status(&server).await, 429);
    become_free(&server, &[]).await;
    set(&server, Some(&["phc_test"])).await;
    become_free(&server, &["phc_test"]).await;
    assert_eq!(definitions_status(&server).await, 200);
    for limiter in ["flags_token", "definitions"] {
        let labels = format!("{{limiter=\"{limiter}\",outcome=\"bypassed\"}}");
        let name = format!("burgee_rate_limits_total{labels}");
        assert!(server.metric(&name).await > 0, "{limiter}");
    }
    set(&server, None).await;
    become_free(&server, &[]).await;
    assert_eq!(definitions_status(&server).await, 429);
}

#[tokio::test]
async fn a_list_that_is_set_stands_in_the_place_of_the_configured_one() {
    let server = server(&["phc_test"]).await;
    become_free(&server, &["phc_test"]).await;
    for (tokens, free) in [
        (Some(&["phc_other"][..]), &["phc_other"][..]),
        (Some(&["phc_other", "phc_test"]), &["phc_other", "phc_test"]),
        (Some(&[]), &[]),
        (None, &["phc_test"]),
    ] {
        set(&server, tokens).await;
        become_free(&server, free).await;
    }
}

#[tokio::test]
async fn the_list_is_read_in_every_form_that_a_database_may_hold() {
    let server = server(&["phc_test"]).await;
    let both = &["phc_test", "phc_other"][..];
    for (text, free) in [
        ("phc_test, phc_other", both),
        ("null", &[]),
        (r#""phc_other,phc_test""#, both),
        ("", &[]),
        (r#"["phc_other", "", 7, null]"#, &["phc_other"]),
        ("[]", &[]),
        ("phc_other", &["phc_other"]),
        ("7", &[]),
    ] {
        set_text(&server, text).await;
        become_free(&server, free).await;
    }
}

#[tokio::test]
async fn a_list_that_cannot_be_read_stands_as_it_was() {
    let server = server(&[]).await;
    set(&server, Some(&["phc_test"])).await;
    become_free(&server, &["phc_test"]).await;
    server.faults.settings.set(Fault::gone());
    // A read that was under way when the fault came would see what is set next.
    reads(&server, 2).await;
    set(&server, Some(&["phc_other"])).await;
    reads(&server, 2).await;
    become_free(&server, &["phc_test"]).await;
    let failures = "burgee_allow_list_refresh_failures_total";
    assert!(server.metric(failures).await > 0);
    let of_quotas = "burgee_quota_refresh_failures_total";
    assert_eq!(server.metric(of_quotas).await, 0, "quotas were read");
    server.faults.settings.set(Fault::None);
    become_free(&server, &["phc_other"]).await;
}

#[tokio::test]
async fn a_list_that_is_too_long_changes_nothing() {
    let server = server(&[]).await;
    set(&server, Some(&["phc_test"])).await;
    become_free(&server, &["phc_test"]).await;
    let too_long: Vec<_> = (0..=ALLOW_LIST_MAX).map(|it| format!("phc_{it}")).collect();
    set_text(&server, &too_long.join(",")).await;
    eventually("it was read", PATIENCE, || async {
        let failures = "burgee_allow_list_refresh_failures_total";
        server.metric(failures).await > 0
    })
    .await;
    become_free(&server, &["phc_test"]).await;
}

#[tokio::test]
async fn a_node_goes_by_the_configured_list_while_it_cannot_read_another() {
    let server = server(&["phc_test"]).await;
    server.faults.settings.set(Fault::gone());
    reads(&server, 2).await;
    set(&server, Some(&[])).await;
    reads(&server, 2).await;
    become_free(&server, &["phc_test"]).await;
}

#[tokio::test]
async fn quotas_that_cannot_be_read_do_not_hold_up_the_list() {
    let server = server(&[]).await;
    server.faults.quotas.set(Fault::Held);
    reads(&server, 2).await;
    set(&server, Some(&["phc_test"])).await;
    become_free(&server, &["phc_test"]).await;
}
