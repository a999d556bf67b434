//! The ETag of a bulk answer is of its result (spec: sdk-protocol trap 9).

use burgee_testkit::{Reply, TestServer, eventually};
use serde_json::{Value, json};

use super::{BULK, ask, contents, single};

async fn bulk(server: &TestServer, context: Value, if_none_match: Option<&str>) -> Reply {
    let mut request = ask(server, BULK, context);
    if let Some(tag) = if_none_match {
        request = request.header("if-none-match", tag);
    }
    request.send().await
}

fn tag(reply: &Reply) -> String {
    reply.header("etag").expect("an ETag").to_owned()
}

fn plan(plan: &str) -> Value {
    json!({"targetingKey": "u", "plan": plan})
}

#[tokio::test]
async fn each_form_of_if_none_match_is_understood() {
    let server = TestServer::start(contents()).await;
    let etag = tag(&bulk(&server, plan("pro"), None).await);
    let strong = etag.strip_prefix("W/").unwrap();
    let bare = strong.trim_matches('"');
    let list = format!("\"other\", {etag}");
    for (sent, status) in [
        (&*etag, 304),
        (strong, 304),
        (bare, 304),
        (&list, 304),
        ("*", 304),
        ("\"other\"", 200),
        ("W/\"0000000000000000\"", 200),
        ("", 200),
    ] {
        let reply = bulk(&server, plan("pro"), Some(sent)).await;
        assert_eq!(reply.status, status, "{sent}");
        assert_eq!(tag(&reply), etag, "{sent}");
        assert_eq!(reply.header("cache-control"), Some("no-store"), "{sent}");
        assert_eq!(reply.body.is_empty(), status == 304, "{sent}");
    }
}

#[tokio::test]
async fn the_tag_is_of_the_result_and_not_of_the_definitions() {
    let server = TestServer::start(contents()).await;
    let pro = tag(&bulk(&server, plan("pro"), None).await);
    assert_eq!(tag(&bulk(&server, plan("pro"), None).await), pro);
    // The attribute changes and the targeting key stays: the provider sends the tag it has.
    let reply = bulk(&server, plan("free"), Some(&pro)).await;
    assert_eq!(reply.status, 200);
    assert_ne!(tag(&reply), pro);
    // An attribute that no flag reads changes nothing.
    let mut context = plan("pro");
    context["shoe_size"] = json!(43);
    assert_eq!(bulk(&server, context, Some(&pro)).await.status, 304);
    // Nor does another subject with the same result; a different variant does.
    let mut tags = std::collections::BTreeSet::new();
    for at in 0..20 {
        let context = json!({"targetingKey": format!("u{at}"), "plan": "pro"});
        tags.insert(tag(&bulk(&server, context, None).await));
    }
    assert_eq!(tags.len(), 2, "blue and red");
}

#[tokio::test]
async fn a_change_of_a_flag_changes_the_tag_of_those_it_concerns() {
    let server = TestServer::start(json!({"flags": [
        {"id": 1, "key": "a", "filters": {"groups": [{"properties": [
            {"key": "plan", "type": "person", "operator": "exact", "value": "pro"},
        ]}]}},
    ]}))
    .await;
    let (pro, free) = (
        tag(&bulk(&server, plan("pro"), None).await),
        tag(&bulk(&server, plan("free"), None).await),
    );
    server
        .commit(&json!({"flags": [
            {"id": 1, "key": "a", "active": false, "filters": {"groups": []}},
        ]}))
        .await;
    eventually("the change is seen", burgee_testkit::PATIENCE, || async {
        bulk(&server, plan("pro"), Some(&pro)).await.status == 200
    })
    .await;
    let reply = bulk(&server, plan("free"), Some(&free)).await;
    assert_eq!(
        reply.status, 200,
        "off for another reason is another result"
    );
    assert_eq!(reply.json()["flags"][0]["reason"], "DISABLED");
}

#[tokio::test]
async fn two_nodes_give_the_same_result_the_same_tag() {
    let servers = [
        TestServer::start(contents()).await,
        TestServer::start(contents()).await,
    ];
    let one = tag(&bulk(&servers[0], plan("pro"), None).await);
    assert_eq!(bulk(&servers[1], plan("pro"), Some(&one)).await.status, 304);
}

#[tokio::test]
async fn one_flag_and_refusals_have_no_tag() {
    let server = TestServer::start(contents()).await;
    let reply = ask(&server, &single("static"), plan("pro"))
        .header("if-none-match", "*")
        .send()
        .await;
    assert_eq!((reply.status, reply.header("etag")), (200, None));
    let reply = bulk(&server, json!({}), Some("*")).await;
    assert_eq!((reply.status, reply.header("etag")), (400, None));
}
