//! What bodies may look like (spec: service §2.4, §19 items 3 and 4; sdk-protocol trap 2).

use std::io::Write as _;

use base64::{Engine, prelude::BASE64_STANDARD};
use burgee_testkit::{Request, TOKEN, TestServer};
use flate2::{Compression, write::GzEncoder};
use serde_json::json;

const FORM: &str = "application/x-www-form-urlencoded";

pub(crate) fn gzip(bytes: impl AsRef<[u8]>) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes.as_ref()).unwrap();
    encoder.finish().unwrap()
}

async fn server() -> TestServer {
    let flag = json!({"key": "for-vera", "filters": {"groups": [{"properties": [
        {"key": "name", "type": "person", "operator": "exact", "value": "Véra"},
    ]}]}});
    TestServer::start(json!({"flags": [flag]})).await
}

/// Has a length that base64 pads, and characters that base64 writes with `+` and `/`.
fn body() -> String {
    json!({"token": TOKEN, "distinct_id": "uu>>>???", "person_properties": {"name": "Véra"}})
        .to_string()
}

#[track_caller]
fn check_on(reply: &burgee_testkit::Reply, what: &str) {
    assert_eq!(reply.status, 200, "{what}: {:?}", reply.body);
    let answer = reply.json();
    assert_eq!(answer["flags"]["for-vera"]["enabled"], true, "{what}");
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "one table")]
async fn every_way_of_sending_a_body_is_understood() {
    let server = server().await;
    let plain = body();
    let base64 = BASE64_STANDARD.encode(&plain);
    let unpadded = base64.trim_end_matches('=').to_owned();
    let escaped = base64
        .replace('+', "%2B")
        .replace('/', "%2F")
        .replace('=', "%3D");
    assert!(base64.ends_with('=') && escaped.contains("%2B"), "{base64}");
    let compressed = gzip(&plain);
    let encoded = |query: &str| server.post(&format!("/flags?v=2{query}"));
    let typed = |request: Request, content_type: &str| request.header("content-type", content_type);
    let form = |body: String| typed(encoded(""), FORM).body(body);
    let rows: Vec<(&str, Request)> = vec![
        ("plain, no type", encoded("").body(plain.clone())),
        (
            "plain JSON",
            typed(encoded(""), "application/json").body(plain.clone()),
        ),
        (
            "with parameters",
            typed(encoded(""), "application/json; charset=utf-8").body(plain.clone()),
        ),
        (
            "in capitals",
            typed(encoded(""), "Application/JSON").body(plain.clone()),
        ),
        (
            "as text",
            typed(encoded(""), "text/plain").body(plain.clone()),
        ),
        (
            "gzip by query",
            encoded("&compression=gzip").body(compressed.clone()),
        ),
        (
            "gzip-js by query",
            encoded("&compression=gzip-js").body(compressed.clone()),
        ),
        (
            "gzip in capitals",
            encoded("&compression=GZIP").body(compressed.clone()),
        ),
        (
            "gzip by header",
            encoded("")
                .header("content-encoding", "gzip")
                .body(compressed.clone()),
        ),
        (
            "gzip by magic",
            typed(encoded(""), "text/plain").body(compressed.clone()),
        ),
        (
            "an empty compression",
            encoded("&compression=").body(plain.clone()),
        ),
        (
            "base64 announced",
            encoded("&compression=base64").body(base64.clone()),
        ),
        ("base64 unannounced", encoded("").body(base64.clone())),
        ("base64 unpadded", encoded("").body(unpadded.clone())),
        ("base64 escaped", encoded("").body(escaped.clone())),
        ("a form", form(format!("data={base64}"))),
        ("a form, escaped", form(format!("data={escaped}"))),
        ("a form, unpadded", form(format!("data={unpadded}"))),
        ("a form without a name", form(base64.clone())),
        (
            "a form, announced",
            typed(encoded("&compression=base64"), FORM).body(format!("data={escaped}")),
        ),
    ];
    for (what, request) in rows {
        check_on(&request.send().await, what);
    }
}

#[tokio::test]
async fn json5_is_understood_and_what_is_not_finite_is_null() {
    let server = server().await;
    let lenient = [
        format!("{{token: '{TOKEN}', distinct_id: 'u', person_properties: {{name: 'Véra'}}}}"),
        format!(
            "// a comment\n{{\"token\": \"{TOKEN}\", /* and another */ \"distinct_id\": \"u\", \
             \"person_properties\": {{\"name\": \"Véra\", \"score\": NaN, \"more\": -Infinity,}},}}"
        ),
        format!(
            "{{\"token\": \"{TOKEN}\", \"distinct_id\": \"u\", \"geoip_disable\": null, \
             \"person_properties\": {{\"name\": \"V\\u00e9ra\"}}, unquoted: [1, 2,]}}"
        ),
    ];
    for body in lenient {
        let reply = server.post("/flags?v=2").body(body.clone()).send().await;
        check_on(&reply, &body);
    }
    let nobody = format!("{{token: '{TOKEN}', distinct_id: NaN}}");
    let reply = server.post("/flags?v=2").body(nobody).send().await;
    assert_eq!(reply.status, 400);
    assert!(reply.text().contains("distinct_id"), "null is missing");
}

#[tokio::test]
async fn what_is_not_utf8_is_replaced_and_loses_no_flags() {
    let server = server().await;
    let mut body = body().into_bytes();
    body.truncate(body.len() - 1);
    body.extend_from_slice(b", \"odd\": \"\xff\xfe\"}");
    let reply = server.post("/flags?v=2").body(body).send().await;
    check_on(&reply, "invalid UTF-8");
}

#[tokio::test]
async fn a_body_is_taken_up_to_two_mebibytes() {
    let server = server().await;
    let limit = 2 << 20;
    let padded = |bytes: usize| {
        let body = body();
        format!("{}{body}", " ".repeat(bytes - body.len()))
    };
    check_on(
        &server.post("/flags?v=2").body(padded(limit)).send().await,
        "2 MiB",
    );
    let over = server.post("/flags?v=2").body(padded(limit + 1));
    let over = over.send().await;
    let expected = (413, "Failed to buffer the request body");
    assert_eq!((over.status, over.text()), expected);
}

#[tokio::test]
async fn a_body_is_unpacked_up_to_four_mebibytes() {
    let server = server().await;
    let limit = 4 << 20;
    let padded = |bytes: usize| {
        let body = body();
        gzip(format!("{}{body}", " ".repeat(bytes - body.len())))
    };
    check_on(
        &server.post("/flags?v=2").body(padded(limit)).send().await,
        "4 MiB unpacked",
    );
    for bytes in [limit + 1, 8 << 20] {
        let bomb = server.post("/flags?v=2").body(padded(bytes)).send().await;
        assert_eq!(bomb.status, 413, "{bytes}");
        let expected = "The decompressed request body is over the limit of 4194304 bytes";
        assert_eq!(bomb.text(), expected);
        assert_eq!(
            bomb.header("content-type"),
            Some("text/plain; charset=utf-8")
        );
    }
}

#[tokio::test]
async fn json_is_taken_up_to_a_depth_of_128() {
    let server = server().await;
    let nested = |depth: usize| {
        let inside = depth - 1;
        let nest = format!("{}{}", "[".repeat(inside), "]".repeat(inside));
        let body = body();
        format!("{}, \"nest\": {nest}}}", &body[..body.len() - 1])
    };
    check_on(
        &server.post("/flags?v=2").body(nested(128)).send().await,
        "128 deep",
    );
    let too_deep = "Failed to decode request: JSON nesting too deep. Please check your request \
                    format and try again.";
    for (what, body) in [
        ("129 deep", nested(129).into_bytes()),
        ("129 deep, packed", gzip(nested(129))),
        (
            "129 deep, base64",
            BASE64_STANDARD.encode(nested(129)).into_bytes(),
        ),
        ("a million deep", "[".repeat(1_000_000).into_bytes()),
    ] {
        let reply = server.post("/flags?v=2").body(body).send().await;
        assert_eq!((reply.status, reply.text()), (400, too_deep), "{what}");
    }
}
