//! How often may be asked, and what is said to whoever asks more often (spec: service §8.4, §8.5, §15.4,
//! §19 item 12).

use std::io::Write as _;

use burgee_model::ProjectToken;
use burgee_serve::{LimitMode, RateLimit, RateLimitConfig};
use burgee_testkit::{Reply, Request, TestServer};
use flate2::{Compression, write::GzEncoder};
use serde_json::{Value, json};

const DEFINITIONS: &str = "/flags/definitions?token=phc_test";
const WARNING: &str = "x-posthog-rate-limit-warning";

fn contents() -> Value {
    json!({
        "secret_keys": ["phs_test"],
        "flags": [{"key": "beta", "filters": {"groups": [{}]}}],
    })
}

fn other() -> Value {
    json!({
        "token": "phc_other",
        "flags": [{"key": "beta", "filters": {"groups": [{}]}}],
    })
}

fn limit(mode: LimitMode, rate: &str) -> RateLimit {
    let rate = rate.parse().expect("a rate");
    RateLimit { mode, rate }
}

async fn server(hops: usize, limits: impl FnOnce(&mut RateLimitConfig)) -> TestServer {
    TestServer::builder(contents())
        .contents(other())
        .config(|config| {
            config.trusted_proxy_hops = hops;
            limits(&mut config.rate_limits);
        })
        .start()
        .await
}

fn ask(server: &TestServer) -> Request {
    server.ask(&json!({"distinct_id": "u"}))
}

fn poll(server: &TestServer) -> Request {
    server
        .get(DEFINITIONS)
        .header("authorization", "Bearer phs_test")
}

/// Status and whether there is a warning, of so many requests in turn.
async fn statuses(count: usize, request: impl Fn() -> Request) -> Vec<(u16, bool)> {
    let mut statuses = Vec::new();
    for _ in 0..count {
        let reply = request().send().await;
        statuses.push((reply.status, reply.header(WARNING).is_some()));
    }
    statuses
}

#[track_caller]
fn assert_refused(reply: &Reply) {
    assert_eq!(reply.status, 429);
    let expected = json!({
        "type": "validation_error",
        "code": "rate_limit_exceeded",
        "detail": "Rate limit exceeded",
        "attr": null,
    });
    assert_eq!(reply.json(), expected);
    let seconds = reply.header("retry-after").expect("Retry-After");
    let seconds: u64 = seconds.parse().expect("whole seconds");
    assert!((1..=3_600).contains(&seconds), "{seconds}");
}

#[tokio::test]
async fn a_token_is_warned_at_four_fifths_and_refused_past_its_budget() {
    let server = server(0, |limits| {
        limits.flags_token = limit(LimitMode::Enforce, "5/hour");
    })
    .await;
    let expected = [(200, false); 4]
        .into_iter()
        .chain([(200, true), (429, false)]);
    let expected: Vec<_> = expected.collect();
    assert_eq!(statuses(6, || ask(&server)).await, expected);
    let reply = ask(&server)
        .header("origin", "https://app.example")
        .send()
        .await;
    assert_refused(&reply);
    assert_eq!(
        reply.header("access-control-allow-origin"),
        Some("https://app.example")
    );
    let other = server.ask(&json!({"token": "phc_other", "distinct_id": "u"}));
    assert_eq!(
        other.send().await.status,
        200,
        "each token has its own budget"
    );
    let limited = "burgee_rate_limits_total{limiter=\"flags_token\",outcome=\"limited\"}";
    assert_eq!(server.metric(limited).await, 2);
    let share = "burgee_requests_total{endpoint=\"flags\",status=\"429\"}";
    assert_eq!(server.metric(share).await, 2);
}

#[tokio::test]
async fn the_first_modes_refuse_nobody() {
    for (mode, warns, outcome) in [
        (LimitMode::Off, false, None),
        (LimitMode::LogOnly, false, Some("would_limit")),
        (LimitMode::Warn, true, Some("would_limit")),
    ] {
        let server = server(0, |limits| {
            limits.flags_ip = limit(mode, "1/hour");
            limits.flags_token = limit(mode, "1/hour");
        })
        .await;
        assert_eq!(
            statuses(1, || ask(&server)).await,
            [(200, warns)],
            "{mode:?}"
        );
        assert_eq!(
            statuses(2, || ask(&server)).await,
            [(200, warns); 2],
            "{mode:?}"
        );
        for limiter in ["flags_ip", "flags_token"] {
            let Some(outcome) = outcome else { continue };
            let labels = format!("{{limiter=\"{limiter}\",outcome=\"{outcome}\"}}");
            let name = format!("burgee_rate_limits_total{labels}");
            assert_eq!(server.metric(&name).await, 2, "{mode:?}");
        }
    }
}

#[tokio::test]
async fn a_ratio_of_zero_warns_of_nothing() {
    let server = server(0, |limits| {
        limits.flags_token = limit(LimitMode::Enforce, "2/hour");
        limits.flags_warn_percent = 0;
    })
    .await;
    let expected = [(200, false), (200, false), (429, false)];
    assert_eq!(statuses(3, || ask(&server)).await, expected);
}

#[tokio::test]
async fn a_compressed_body_is_limited_by_its_token_and_not_by_address() {
    let gzip = |text: &str| {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(text.as_bytes()).expect("memory");
        encoder.finish().expect("memory")
    };
    let server = server(0, |limits| {
        limits.flags_token = limit(LimitMode::Enforce, "2/hour");
    })
    .await;
    let body = |token: &str| json!({"api_key": token, "distinct_id": "u"}).to_string();
    let compressed = |token: &str| {
        let request = server.post("/flags?v=2&compression=gzip-js");
        request.body(gzip(&body(token))).send()
    };
    let plain = |token: &str| server.post("/flags?v=2").body(body(token)).send();
    assert_eq!(compressed("phc_test").await.status, 200);
    assert_eq!(plain("phc_test").await.status, 200, "one budget for both");
    assert_refused(&compressed("phc_test").await);
    assert_refused(&plain("phc_test").await);
    assert_eq!(
        compressed("phc_other").await.status,
        200,
        "from the same address"
    );
}

#[tokio::test]
async fn unknown_tokens_are_limited_before_they_are_looked_up() {
    let server = server(0, |limits| {
        limits.flags_token = limit(LimitMode::Enforce, "1/hour");
    })
    .await;
    let unknown = || {
        server
            .ask(&json!({"token": "phc_unknown", "distinct_id": "u"}))
            .send()
    };
    assert_eq!(unknown().await.status, 401);
    assert_refused(&unknown().await);
}

#[tokio::test]
async fn a_token_may_have_a_budget_of_its_own_without_a_warning() {
    let token = ProjectToken::parse("phc_test").expect("a token");
    let server = server(0, |limits| {
        limits.flags_token = limit(LimitMode::Enforce, "1/hour");
        let rate = "5/hour".parse().expect("a rate");
        limits.flags_token_overrides.insert(token, rate);
    })
    .await;
    let mut expected = vec![(200, false); 5];
    expected.push((429, false));
    assert_eq!(statuses(6, || ask(&server)).await, expected);
}

#[tokio::test]
async fn a_project_on_the_allow_list_is_never_limited() {
    let token = ProjectToken::parse("phc_test").expect("a token");
    let server = server(0, |limits| {
        limits.flags_token = limit(LimitMode::Enforce, "1/hour");
        limits.definitions = limit(LimitMode::Enforce, "1/hour");
        limits.definitions_conditional = "1/hour".parse().expect("a rate");
        limits.allow_list.insert(token);
    })
    .await;
    assert_eq!(statuses(3, || ask(&server)).await, [(200, false); 3]);
    assert_eq!(statuses(3, || poll(&server)).await, [(200, false); 3]);
    let bypassed = "burgee_rate_limits_total{limiter=\"definitions\",outcome=\"bypassed\"}";
    assert_eq!(server.metric(bypassed).await, 3);
}

#[tokio::test]
async fn an_address_is_refused_before_its_body_is_read() {
    let server = server(0, |limits| {
        limits.flags_ip = limit(LimitMode::Enforce, "1/hour");
    })
    .await;
    assert_eq!(ask(&server).send().await.status, 200);
    assert_refused(&server.post("/flags?v=2").body("not json").send().await);
    assert_refused(&server.post("/decide").body("not json").send().await);
    let limited = "burgee_rate_limits_total{limiter=\"flags_ip\",outcome=\"limited\"}";
    assert_eq!(server.metric(limited).await, 2);
}

#[tokio::test]
async fn clients_behind_a_proxy_are_told_apart_and_ipv6_goes_by_its_network() {
    let server = server(1, |limits| {
        limits.flags_ip = limit(LimitMode::Enforce, "1/hour");
    })
    .await;
    let from = |address: &str| ask(&server).header("x-forwarded-for", address).send();
    for (address, status) in [
        ("203.0.113.1", 200),
        ("203.0.113.1", 429),
        ("198.51.100.9, 203.0.113.1", 429),
        ("203.0.113.2:4711", 200),
        ("2001:db8:1:2::1", 200),
        ("[2001:db8:1:2:ffff::9]:443", 429),
        ("2001:db8:1:3::1", 200),
        ("::ffff:203.0.113.2", 429),
    ] {
        assert_eq!(from(address).await.status, status, "{address}");
    }
}

#[tokio::test]
async fn the_limiter_never_sees_only_the_load_balancer() {
    for (hops, header) in [
        (1, None),
        (1, Some("junk")),
        (2, Some("203.0.113.1")),
        (0, Some("203.0.113.1")),
    ] {
        let server = server(hops, |limits| {
            limits.flags_ip = limit(LimitMode::Enforce, "1/hour");
        })
        .await;
        let request = || match header {
            Some(header) => ask(&server).header("x-forwarded-for", header),
            None => ask(&server),
        };
        assert_eq!(
            statuses(5, request).await,
            [(200, false); 5],
            "{hops} {header:?}"
        );
        let unknown = "burgee_rate_limits_total{limiter=\"flags_ip\",outcome=\"unknown_client\"}";
        assert_eq!(server.metric(unknown).await, 5, "{hops} {header:?}");
    }
}

#[tokio::test]
async fn polls_with_a_current_etag_have_a_larger_budget_and_stale_ones_need_both() {
    let server = server(0, |limits| {
        limits.definitions = limit(LimitMode::Enforce, "3/hour");
        limits.definitions_conditional = "6/hour".parse().expect("a rate");
    })
    .await;
    let first = poll(&server).send().await;
    let etag = first.header("etag").expect("an ETag").to_owned();
    let with = |etag: &str| poll(&server).header("if-none-match", etag);
    assert_eq!(statuses(2, || with(&etag)).await, [(304, false); 2]);
    assert_eq!(statuses(3, || with("stale")).await[..2], [(200, false); 2]);
    assert_refused(&with("stale").send().await);
    assert_eq!(
        statuses(2, || with(&etag)).await,
        [(429, false); 2],
        "six were asked"
    );
    assert_refused(&poll(&server).send().await);
    let limited = |limiter: &str| {
        format!("burgee_rate_limits_total{{limiter=\"{limiter}\",outcome=\"limited\"}}")
    };
    assert_eq!(server.metric(&limited("definitions")).await, 3);
    assert_eq!(server.metric(&limited("definitions_conditional")).await, 2);
}

#[tokio::test]
async fn a_stranger_does_not_use_up_a_project_s_budget_of_definitions() {
    let server = server(0, |limits| {
        limits.definitions = limit(LimitMode::Enforce, "1/hour");
    })
    .await;
    let stranger = || {
        server
            .get(DEFINITIONS)
            .header("authorization", "Bearer phs_no")
    };
    assert_eq!(statuses(3, stranger).await, [(401, false); 3]);
    assert_eq!(poll(&server).send().await.status, 200);
    assert_refused(&poll(&server).send().await);
}
