//! CORS on every answer, refusals included (spec: service §3.4, §19 item 11; sdk-protocol trap 10).

use burgee_testkit::{Reply, Request, TOKEN, TestServer};
use serde_json::json;

const ORIGIN: &str = "https://app.example:8443";

#[track_caller]
fn check_mirrored(reply: &Reply, what: &str) {
    let allowed = reply.header("access-control-allow-origin");
    assert_eq!(allowed, Some(ORIGIN), "{what}");
    let credentials = reply.header("access-control-allow-credentials");
    assert_eq!(credentials, Some("true"), "{what}");
    let exposed = reply.header("access-control-expose-headers").unwrap();
    for header in ["ETag", "Retry-After", "X-PostHog-Rate-Limit-Warning"] {
        assert!(exposed.contains(header), "{what}: {exposed}");
    }
    let vary = reply.header("vary").unwrap();
    assert!(
        vary.contains("Origin"),
        "an answer is for one origin: {vary}"
    );
}

#[tokio::test]
async fn answers_and_refusals_mirror_the_origin() {
    let server = TestServer::start(json!({})).await;
    let whole = json!({"token": TOKEN, "distinct_id": "u"});
    let rows: Vec<(u16, Request)> = vec![
        (200, server.post("/flags?v=2").json(&whole)),
        (200, server.post("/decide?v=3").json(&whole)),
        (200, server.get("/flags")),
        (200, server.post("/e/").body("anything")),
        (200, server.get(&format!("/array/{TOKEN}/config"))),
        (
            400,
            server.post("/flags?v=2").json(&json!({"token": TOKEN})),
        ),
        (400, server.post("/flags?v=2").body("{")),
        (
            401,
            server.post("/flags?v=2").json(&json!({"token": "phc_x"})),
        ),
        (404, server.get("/array/phc_x/config")),
        (404, server.get("/nowhere")),
        (405, server.request("PUT", "/flags")),
        (
            413,
            server.post("/flags?v=2").body(vec![b' '; (2 << 20) + 1]),
        ),
    ];
    for (status, request) in rows {
        let what = format!("{status} {request:.60?}");
        let reply = request.header("origin", ORIGIN).send().await;
        assert_eq!(reply.status, status, "{what}");
        check_mirrored(&reply, &what);
    }
}

#[tokio::test]
async fn a_preflight_is_answered_200_before_anything_else() {
    let server = TestServer::start(json!({})).await;
    for path in [
        "/flags/?v=2",
        "/decide",
        "/e/",
        "/i/v0/e/",
        "/array/x/config",
    ] {
        let preflight = server
            .request("OPTIONS", path)
            .header("origin", ORIGIN)
            .header("access-control-request-method", "POST")
            .header("access-control-request-headers", "content-type,x-anything")
            .send()
            .await;
        assert_eq!((preflight.status, preflight.text()), (200, ""), "{path}");
        check_mirrored(&preflight, path);
        assert_eq!(
            preflight.header("access-control-allow-headers"),
            Some("content-type,x-anything")
        );
        assert_eq!(
            preflight.header("access-control-allow-methods"),
            Some("GET, POST, OPTIONS, HEAD")
        );
    }
}

#[tokio::test]
async fn without_an_origin_there_is_nothing_to_allow() {
    let server = TestServer::start(json!({})).await;
    let reply = server.get("/flags").send().await;
    assert_eq!(reply.header("access-control-allow-origin"), None);
    let options = server
        .request("OPTIONS", "/flags")
        .header("origin", ORIGIN)
        .send()
        .await;
    assert_eq!(options.status, 204, "no preflight without a method");
    check_mirrored(&options, "OPTIONS");
}
