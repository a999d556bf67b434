//! `burgee serve --redis`: what goes there, and what is said of it.

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use burgee_testkit::RedisServer;
use serde_json::{Value, json};

use crate::running::{Folder, environment};
use crate::serving::Server;

#[test]
fn requests_are_counted_in_redis_and_definitions_are_shared_there() {
    let Some(redis) = RedisServer::shared() else {
        return;
    };
    let url = redis.url();
    let folder = Folder::new();
    let flags =
        r#""flags": [{"id": 1, "key": "beta", "active": true, "filters": {"groups": [{}]}}]"#;
    let file = folder.write("flags.json", &environment(flags));
    folder.run(&["apply", &file]).success();
    let server = Server::start(&folder, &["--redis", &url]);
    let body = json!({"token": "phc_acme", "distinct_id": "u"}).to_string();
    assert_eq!(server.request("POST", "/flags?v=2", &body).0, 200);
    assert_eq!(server.stop(), Some(0));

    let counted = redis.command(&url, &["HVALS", "posthog:decide_requests:sdk:1:other"]);
    assert_eq!(counted, "1");
    let shown = folder.run(&["usage", "--json", "--redis", &url]).success();
    let shown: Value = serde_json::from_str(&shown).unwrap();
    assert_eq!(shown["usage"][0]["requests"], 1, "{shown}");
    let shown = folder.run(&["usage", "--json"]).success();
    let shown: Value = serde_json::from_str(&shown).unwrap();
    assert_eq!(shown["usage"], json!([]), "nothing in the database");
    for record in ["definitions:phc_acme", "document:phc_acme", "revisions"] {
        let key = format!("burgee:{record}");
        assert_eq!(redis.command(&url, &["EXISTS", &key]), "1", "{key}");
    }
}

#[test]
fn what_a_node_works_with_is_logged_without_passwords() {
    let folder = Folder::new();
    let mut process = folder
        .command(&[
            "serve",
            "--listen",
            "127.0.0.1:0",
            "--log-format=json",
            "--database=postgres://burgee:hidden@127.0.0.1:1/burgee",
            "--postgres-replica=postgres://burgee:hidden@127.0.0.1:2/burgee",
            "--redis=rediss+sentinel://:hidden@127.0.0.1:3/flags?sentinel_password=hidden",
        ])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let log = BufReader::new(process.stderr.take().unwrap());
    let mut lines = log.lines().map_while(Result::ok);
    let line = lines
        .find(|line| line.contains("what this node works with"))
        .unwrap();
    process.kill().unwrap();
    process.wait().unwrap();
    assert!(!line.contains("hidden"), "{line}");
    for part in [
        "127.0.0.1:1/burgee",
        "127.0.0.1:2/burgee",
        "rediss+sentinel://127.0.0.1:3/flags",
    ] {
        assert!(line.contains(part), "{part}: {line}");
    }
}
