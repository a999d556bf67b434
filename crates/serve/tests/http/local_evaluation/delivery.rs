//! What is sent, and in which form (spec: service §5.2, §5.3).

use std::io::Read as _;

use burgee_testkit::{PATIENCE, Reply, TestServer, eventually};
use serde_json::json;

use super::{PATH, SECRET, ask, bearer, contents, etag, flag, version};

#[tokio::test]
async fn the_document_is_the_same_under_every_spelling_of_its_path() {
    let server = TestServer::start(contents()).await;
    let first = ask(&server).send().await;
    assert_eq!(first.status, 200);
    assert_eq!(first.header("content-type"), Some("application/json"));
    assert_eq!(
        first.header("cache-control"),
        Some("private, must-revalidate")
    );
    assert_eq!(first.header("vary"), Some("Accept-Encoding, Authorization"));
    assert_eq!(
        first.json(),
        json!({
            "flags": [{
                "id": 1, "team_id": 1, "name": "", "key": "beta", "deleted": false, "active": true,
                "filters": {"payloads": {},
                    "groups": [{"properties": [], "rollout_percentage": 50, "variant": null}]},
                "ensure_experience_continuity": false, "has_encrypted_payloads": false,
                "version": 1, "evaluation_runtime": "all", "bucketing_identifier": "distinct_id",
                "evaluation_tags": [], "evaluation_contexts": [], "has_experiment": true,
            }],
            "group_type_mapping": {}, "cohorts": {}, "property_matching_version": 1,
        })
    );
    for path in [
        "/flags/definitions/?send_cohorts",
        "/flags/definitions?send_cohorts=true&token=phc_test",
        "/api/feature_flag/local_evaluation?token=phc_test",
        "/api/feature_flag/local_evaluation/?token=phc_test&send_cohorts",
    ] {
        let reply = bearer(server.get(path), SECRET).send().await;
        assert_eq!(reply.body, first.body, "{path}");
        assert_eq!(etag(&reply), etag(&first), "{path}");
    }
}

#[tokio::test]
async fn an_etag_is_weak_and_of_the_content_alone() {
    let server = TestServer::start(contents()).await;
    let tag = etag(&ask(&server).send().await);
    let hex = tag
        .strip_prefix("W/\"")
        .and_then(|tag| tag.strip_suffix('"'));
    let hex = hex.expect("a weak ETag");
    assert_eq!(hex.len(), 16);
    assert!(hex.bytes().all(|digit| digit.is_ascii_hexdigit()));

    let other = TestServer::start(contents()).await;
    assert_eq!(etag(&ask(&other).send().await), tag);
}

#[tokio::test]
async fn a_client_that_has_the_document_is_told_so_in_every_form_of_etag() {
    let server = TestServer::start(contents()).await;
    let first = ask(&server).send().await;
    let tag = etag(&first);
    let hex = tag.trim_start_matches("W/").trim_matches('"').to_owned();
    let (strong, list) = (format!("\"{hex}\""), format!("\"a\", {tag}"));
    for (if_none_match, status) in [
        (tag.as_str(), 304),
        (&strong, 304),
        (&hex, 304),
        (&list, 304),
        ("*", 304),
        ("\"0000000000000000\"", 200),
        (&hex[1..], 200),
        ("", 200),
    ] {
        let reply = ask(&server)
            .header("if-none-match", if_none_match)
            .send()
            .await;
        assert_eq!(reply.status, status, "{if_none_match}");
        assert_eq!(etag(&reply), tag, "{if_none_match}");
        assert_eq!(reply.header("cache-control"), first.header("cache-control"));
        assert_eq!(reply.body.is_empty(), status == 304);
    }
}

#[tokio::test]
async fn an_etag_opens_nothing_by_itself() {
    let server = TestServer::start(contents()).await;
    let tag = etag(&ask(&server).send().await);
    for key in ["phs_nobody", ""] {
        let request = bearer(server.get(PATH), key).header("if-none-match", &tag);
        assert_eq!(request.send().await.status, 401, "{key}");
    }
}

#[tokio::test]
async fn each_coding_holds_the_same_document() {
    let server = TestServer::start(contents()).await;
    let plain = ask(&server).send().await;
    let ungzip = |reply: &Reply| {
        let mut bytes = Vec::new();
        flate2::read::GzDecoder::new(&*reply.body)
            .read_to_end(&mut bytes)
            .expect("gzip");
        bytes
    };
    let unzstd = |reply: &Reply| zstd::bulk::decompress(&reply.body, 1 << 20).expect("zstd");
    for (accepted, coding) in [
        ("gzip", Some("gzip")),
        ("gzip, deflate", Some("gzip")),
        ("gzip, deflate, br, zstd", Some("zstd")),
        ("zstd;q=0.1, gzip", Some("gzip")),
        ("br", None),
        ("identity", None),
    ] {
        let reply = ask(&server)
            .header("accept-encoding", accepted)
            .send()
            .await;
        assert_eq!(reply.header("content-encoding"), coding, "{accepted}");
        let bytes = match coding {
            Some("gzip") => ungzip(&reply),
            Some(_) => unzstd(&reply),
            None => reply.body.to_vec(),
        };
        assert_eq!(bytes, plain.body, "{accepted}");
        assert_eq!(etag(&reply), etag(&plain), "{accepted}");
    }
}

#[tokio::test]
async fn methods_that_read_nothing_are_answered_without_a_key() {
    let server = TestServer::start(contents()).await;
    for (method, status) in [
        ("HEAD", 200),
        ("OPTIONS", 204),
        ("POST", 405),
        ("DELETE", 405),
    ] {
        for path in ["/flags/definitions", "/api/feature_flag/local_evaluation/"] {
            let reply = server.request(method, path).send().await;
            assert_eq!(reply.status, status, "{method} {path}");
            assert!(reply.body.is_empty(), "{method} {path}");
            let allowed = (status != 200).then_some("GET, OPTIONS, HEAD");
            assert_eq!(reply.header("allow"), allowed, "{method} {path}");
        }
    }
}

#[tokio::test]
async fn a_browser_may_read_the_answer_and_caches_keep_codings_apart() {
    let server = TestServer::start(contents()).await;
    let reply = ask(&server)
        .header("origin", "https://app.test")
        .send()
        .await;
    assert_eq!(
        reply.header("access-control-allow-origin"),
        Some("https://app.test")
    );
    let vary: Vec<_> = reply.headers.get_all("vary").iter().collect();
    assert_eq!(vary.len(), 2, "{vary:?}");
    let refused = server
        .get(PATH)
        .header("origin", "https://app.test")
        .send()
        .await;
    assert_eq!(refused.status, 401);
    assert_eq!(
        refused.header("access-control-allow-origin"),
        Some("https://app.test")
    );
}

#[tokio::test]
async fn a_change_is_sent_to_those_who_have_the_old_document() {
    let server = TestServer::start(contents()).await;
    let old = etag(&ask(&server).send().await);
    server.commit(&json!({"flags": [flag(2)]})).await;
    let changed = || async {
        let reply = ask(&server).header("if-none-match", &old).send().await;
        reply.status == 200 && version(&reply) == 2 && etag(&reply) != old
    };
    eventually("the new document is sent", PATIENCE, changed).await;
    server.commit(&json!({"flags": [flag(1)]})).await;
    let back = || async { etag(&ask(&server).send().await) == old };
    eventually("equal content has its old ETag again", PATIENCE, back).await;
}

#[tokio::test]
async fn environments_do_not_see_each_others_flags() {
    let other = json!({"token": "phc_other", "secret_keys": ["phs_other"], "flags": []});
    let server = TestServer::builder(contents())
        .contents(other)
        .start()
        .await;
    let reply = bearer(server.get("/flags/definitions"), "phs_other")
        .send()
        .await;
    assert_eq!(reply.json()["flags"], json!([]));
    assert_eq!(version(&ask(&server).send().await), 1);
}
