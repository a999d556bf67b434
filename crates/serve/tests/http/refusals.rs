//! Requests that are refused: the status and the whole body of each (spec: service §3.1).
//!
//! Style T is text, style J the four-member JSON that SDKs show to their users.

use burgee_testkit::{Request, TOKEN, TestServer};
use serde_json::{Value, json};

use crate::encodings::gzip;

const FORM: &str = "application/x-www-form-urlencoded";
const TEXT: &str = "text/plain; charset=utf-8";

fn decoding(message: &str) -> String {
    format!("Failed to decode request: {message}. Please check your request format and try again.")
}

/// How a field that is not what it has to be is told.
fn field(message: &str) -> String {
    format!("invalid JSON ({message})")
}

/// Sends each body to `/flags?v=2` as JSON and expects 400 with this decoding message.
async fn check_bodies(rows: &[(&str, &str)]) {
    let server = TestServer::start(json!({})).await;
    for (body, message) in rows {
        let body = body.replace("TOKEN", TOKEN);
        let request = server.post("/flags?v=2");
        let request = request.header("content-type", "application/json");
        let reply = request.body(body.clone()).send().await;
        let expected = (400, &*decoding(message));
        assert_eq!((reply.status, reply.text()), expected, "{body}");
        assert_eq!(reply.header("content-type"), Some(TEXT), "{body}");
    }
}

/// The same for bodies in which a field is wrong.
async fn check_fields(rows: &[(&str, &str)]) {
    let rows: Vec<(&str, String)> = rows
        .iter()
        .map(|(body, message)| (*body, field(message)))
        .collect();
    let rows: Vec<(&str, &str)> = rows.iter().map(|(body, text)| (*body, &**text)).collect();
    check_bodies(&rows).await;
}

#[tokio::test]
async fn what_is_no_json_object_is_refused() {
    check_bodies(&[
        ("", "invalid JSON"),
        (" ", "invalid JSON"),
        ("{", "invalid JSON"),
        ("}", "invalid JSON"),
        ("null", "invalid JSON"),
        ("true", "invalid JSON"),
        ("42", "invalid JSON"),
        ("[]", "invalid JSON"),
        (r#""token""#, "invalid JSON"),
        (
            r#"[{"token": "TOKEN", "distinct_id": "u"}]"#,
            "invalid JSON",
        ),
        (
            r#"{"token": "TOKEN", "distinct_id": "u"} {}"#,
            "invalid JSON",
        ),
        (r#"{"token": "TOKEN" "distinct_id": "u"}"#, "invalid JSON"),
        (r#"{"token": "TOKEN", "distinct_id": "u"#, "invalid JSON"),
        (r#"{"token": "TOKEN", "distinct_id": u}"#, "invalid JSON"),
        ("token=TOKEN&distinct_id=u", "invalid JSON"),
        ("<html></html>", "invalid JSON"),
        ("not*base64", "invalid JSON"),
        ("bm90IEpTT04=", "invalid JSON"),
        ("\u{1f6a9}", "invalid JSON"),
        ("\0\0\0\0", "invalid JSON"),
    ])
    .await;
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "one table")]
async fn a_field_of_the_wrong_type_is_named() {
    check_fields(&[
        (r#"{"token": 1}"#, "token: invalid type: integer `1`"),
        (r#"{"token": {}}"#, "token: invalid type: map"),
        (r#"{"api_key": ["TOKEN"]}"#, "token: invalid type: sequence"),
        (
            r#"{"token": "TOKEN", "distinct_id": false}"#,
            "distinct_id: invalid type: boolean `false`",
        ),
        (
            r#"{"token": "TOKEN", "distinct_id": ["u"]}"#,
            "distinct_id: invalid type: sequence",
        ),
        (
            r#"{"token": "TOKEN", "distinct_id": {"id": "u"}}"#,
            "distinct_id: invalid type: map",
        ),
        (
            r#"{"token": "TOKEN", "distinct_id": "u", "disable_flags": "true"}"#,
            "disable_flags: invalid type: string \"true\"",
        ),
        (
            r#"{"token": "TOKEN", "distinct_id": "u", "geoip_disable": 1}"#,
            "geoip_disable: invalid type: integer `1`",
        ),
        (
            r#"{"token": "TOKEN", "distinct_id": "u", "person_properties": "a"}"#,
            "person_properties: invalid type: string",
        ),
        (
            r#"{"token": "TOKEN", "distinct_id": "u", "person_properties": [1]}"#,
            "person_properties: invalid type: sequence",
        ),
        (
            r#"{"token": "TOKEN", "distinct_id": "u", "groups": "acme"}"#,
            "groups: invalid type: string \"acme\"",
        ),
        (
            r#"{"token": "TOKEN", "distinct_id": "u", "groups": ["acme"]}"#,
            "groups: invalid type: sequence",
        ),
        (
            r#"{"token": "TOKEN", "distinct_id": "u", "group_properties": 5}"#,
            "group_properties: invalid type: integer `5`",
        ),
        (
            r#"{"token": "TOKEN", "distinct_id": "u", "group_properties": {"company": "acme"}}"#,
            "group_properties: `company` is not an object",
        ),
        (
            r#"{"token": "TOKEN", "distinct_id": "u", "$anon_distinct_id": 5}"#,
            "$anon_distinct_id: invalid type: integer `5`",
        ),
        (
            r#"{"token": "TOKEN", "distinct_id": "u", "$device_id": []}"#,
            "$device_id: invalid type: sequence",
        ),
        (
            r#"{"token": "TOKEN", "distinct_id": "u", "flag_keys_to_evaluate": "a"}"#,
            "flag_keys_to_evaluate: invalid type: string \"a\"",
        ),
        (
            r#"{"token": "TOKEN", "distinct_id": "u", "flag_keys_to_evaluate": [1]}"#,
            "flag_keys_to_evaluate: invalid type: integer `1`",
        ),
        (
            r#"{"token": "TOKEN", "distinct_id": "u", "evaluation_contexts": {}}"#,
            "evaluation_contexts: invalid type: map",
        ),
        (
            r#"{"token": "TOKEN", "distinct_id": "u", "evaluation_runtime": 2}"#,
            "evaluation_runtime: invalid type: integer `2`",
        ),
    ])
    .await;
}

#[tokio::test]
async fn a_field_that_comes_twice_is_refused() {
    check_fields(&[
        (
            r#"{"token": "TOKEN", "token": "TOKEN"}"#,
            "duplicate field `token` at line 1 column 29",
        ),
        (
            r#"{"token": "TOKEN", "api_key": "TOKEN"}"#,
            "duplicate field `token` at line 1 column 31",
        ),
        (
            r#"{"token": "TOKEN", "distinct_id": "u", "$distinct_id": "u"}"#,
            "duplicate field `distinct_id` at line 1 column 56",
        ),
        (
            r#"{"token": "TOKEN", "distinct_id": "u", "groups": {}, "$groups": {}}"#,
            "duplicate field `groups` at line 1 column 65",
        ),
        (
            r#"{"token": "TOKEN", "distinct_id": "u", "flag_keys": [], "flag_keys_to_evaluate": []}"#,
            "duplicate field `flag_keys_to_evaluate` at line 1 column 82",
        ),
    ])
    .await;
}

#[tokio::test]
async fn too_many_entries_are_refused() {
    let server = TestServer::start(json!({})).await;
    let groups = |count: usize| {
        let groups = (0..count).map(|at| (format!("g{at}"), json!("k")));
        json!({"distinct_id": "u", "groups": groups.collect::<serde_json::Map<_, _>>()})
    };
    let contexts = |count: usize| {
        let contexts: Vec<_> = (0..count).map(|at| json!(format!("c{at}"))).collect();
        json!({"distinct_id": "u", "evaluation_contexts": contexts})
    };
    for (at_limit, over, message) in [
        (
            groups(100),
            groups(101),
            "groups: more than 100 group types",
        ),
        (
            contexts(100),
            contexts(101),
            "evaluation_contexts: more than 100 entries",
        ),
    ] {
        assert_eq!(server.ask(&at_limit).send().await.status, 200);
        let reply = server.ask(&over).send().await;
        let expected = (400, &*decoding(&field(message)));
        assert_eq!((reply.status, reply.text()), expected);
    }
}

#[tokio::test]
async fn an_encoding_that_is_not_understood_is_refused() {
    let server = TestServer::start(json!({})).await;
    let body = json!({"token": TOKEN, "distinct_id": "u"}).to_string();
    let query = |query: &str| server.post(&format!("/flags?v=2{query}"));
    let typed = |content_type: &str| query("").header("content-type", content_type);
    let encoded = |encoding: &str| query("").header("content-encoding", encoding);
    let rows: Vec<(Request, &str)> = vec![
        (
            typed("multipart/form-data; boundary=x").body(body.clone()),
            "unsupported content type: multipart/form-data; boundary=x",
        ),
        (
            typed("application/xml").body(body.clone()),
            "unsupported content type: application/xml",
        ),
        (
            query("&compression=lz64").body(body.clone()),
            "Unsupported compression type",
        ),
        (
            query("&compression=deflate").body(gzip(&body)),
            "Unsupported compression type",
        ),
        (typed(FORM).body(body.clone()), "form data is not base64"),
        (
            typed(FORM).body("data=bm90IEpTT04="),
            "invalid JSON structure",
        ),
        (
            query("&compression=gzip")
                .header("content-type", FORM)
                .body(gzip(&body)),
            "Gzip compression not supported for form-urlencoded data",
        ),
        (
            query("&compression=brotli")
                .header("content-type", FORM)
                .body(body.clone()),
            "Unsupported compression type",
        ),
        (
            encoded("br").body(vec![0x8b, 0x02, 0x80, 0x7b]),
            "invalid JSON",
        ),
        (
            encoded("zstd").body(vec![0x28, 0xb5, 0x2f, 0xfd]),
            "invalid JSON",
        ),
    ];
    for (request, message) in rows {
        let what = format!("{request:?}");
        let reply = request.send().await;
        let expected = (400, &*decoding(message));
        assert_eq!((reply.status, reply.text()), expected, "{what}");
    }
}

#[tokio::test]
async fn gzip_that_is_none_or_breaks_off_is_refused() {
    let server = TestServer::start(json!({})).await;
    let whole = gzip(json!({"token": TOKEN, "distinct_id": "u"}).to_string());
    let mut flipped = whole.clone();
    let middle = flipped.len() / 2;
    flipped[middle] ^= 0xff;
    for body in [
        b"{}".to_vec(),
        Vec::new(),
        vec![0x1f, 0x8b],
        whole[..whole.len() / 2].to_vec(),
        flipped,
    ] {
        let request = server.post("/flags?v=2&compression=gzip");
        let reply = request.body(body.clone()).send().await;
        assert_eq!(reply.status, 400, "{body:?}: {:?}", reply.body);
        let text = reply.text();
        assert!(text.starts_with("Failed to decode request: "), "{text}");
    }
}

#[tokio::test]
async fn a_query_that_contradicts_itself_is_refused() {
    let server = TestServer::start(json!({})).await;
    let body = json!({"token": TOKEN, "distinct_id": "u"});
    for (query, message) in [
        ("v=2&v=2", "duplicate field `v`"),
        ("v=2&version=2", "duplicate field `version`"),
        ("config=1&config=1", "duplicate field `config`"),
        ("_=1&sent_at=1", "duplicate field `sent_at`"),
        ("_=soon", "sent_at: invalid digit found in string"),
        ("sent_at=1.5", "sent_at: invalid digit found in string"),
    ] {
        for method in ["POST", "GET"] {
            let target = format!("/flags?{query}");
            let reply = server.request(method, &target).json(&body).send().await;
            let expected = format!("Failed to deserialize query string: {message}");
            assert_eq!((reply.status, reply.text()), (400, &*expected), "{query}");
            assert_eq!(reply.header("content-type"), Some(TEXT), "{query}");
        }
    }
}

#[tokio::test]
async fn without_a_token_or_with_an_unknown_one_it_is_401_in_json() {
    let server = TestServer::start(json!({})).await;
    let missing = (
        "not_authenticated",
        "No project token was given. Send it as `token` (or `api_key`) in the body.",
    );
    let unknown = (
        "authentication_failed",
        "The project token is unknown. Check that it belongs to this server.",
    );
    let long = "x".repeat(201);
    for (body, (code, detail)) in [
        (json!({}), missing),
        (json!({"token": null}), missing),
        (json!({"token": ""}), missing),
        (json!({"distinct_id": "u"}), missing),
        (json!({"Token": TOKEN, "distinct_id": "u"}), missing),
        (json!({"token": "phc_nobody", "distinct_id": "u"}), unknown),
        (json!({"token": "phc_nobody"}), unknown),
        (
            json!({"token": TOKEN.to_uppercase(), "distinct_id": "u"}),
            unknown,
        ),
        (
            json!({"token": format!("{TOKEN} "), "distinct_id": "u"}),
            unknown,
        ),
        (json!({"token": "phc\0", "distinct_id": "u"}), unknown),
        (json!({"token": long, "distinct_id": "u"}), unknown),
    ] {
        let reply = server.post("/flags?v=2").json(&body).send().await;
        assert_eq!(reply.status, 401, "{body}");
        assert_eq!(reply.header("content-type"), Some("application/json"));
        let expected = json!({
            "type": "authentication_error", "code": code, "detail": detail, "attr": Value::Null,
        });
        assert_eq!(reply.json(), expected, "{body}");
        assert_eq!(reply.header("retry-after"), None);
    }
}

#[tokio::test]
async fn a_body_that_breaks_off_is_refused_if_anybody_still_listens() {
    let server = TestServer::start(json!({})).await;
    let body = json!({"token": TOKEN, "distinct_id": "u"});
    let answer = server.post("/flags?v=2").json(&body).send_cut_off(10).await;
    assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
    assert!(
        answer.ends_with("\r\n\r\nFailed to buffer the request body"),
        "{answer}"
    );
    assert_eq!(
        server.flags(json!({"distinct_id": "u"})).await["flags"],
        json!({})
    );
}
