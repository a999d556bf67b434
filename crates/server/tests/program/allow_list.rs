//! `burgee allow-list`, beside a server that limits.

use burgee_testkit::RedisServer;
use serde_json::json;

use crate::running::{Folder, Ran, environment};
use crate::serving::{Server, eventually};

/// A folder with a database of one environment with one flag.
fn folder() -> Folder {
    let folder = Folder::new();
    let flags = r#""flags": [{"key": "beta", "active": true, "filters": {"groups": [{}]}}]"#;
    let file = folder.write("flags.json", &environment(flags));
    folder.run(&["apply", &file]).success();
    folder
}

/// A server that answers once in an hour, but for those on the list.
fn server(folder: &Folder) -> Server {
    let arguments = [
        "--rate-limits-flags-token-mode=enforce",
        "--rate-limits-flags-token-overrides={\"phc_acme\": \"1/hour\"}",
        "--quotas-refresh-interval-ms=100",
    ];
    Server::start(folder, &arguments)
}

fn becomes(server: &Server, status: u16) {
    let body = json!({"token": "phc_acme", "distinct_id": "u"}).to_string();
    eventually(&format!("it answers {status}"), || {
        server.request("POST", "/flags?v=2", &body);
        server.request("POST", "/flags?v=2", &body).0 == status
    });
}

#[test]
fn a_list_is_set_shown_and_reset_while_a_server_runs() {
    let folder = folder();
    let server = server(&folder);
    becomes(&server, 429);
    let set = folder.run(&["allow-list", "set", "Acme/production", "phc_acme"]);
    assert!(
        set.stderr.contains("1 environment is on the allow list"),
        "{set:?}"
    );
    becomes(&server, 200);
    let shown = folder.run(&["allow-list", "show"]);
    assert_eq!(shown.stderr, "set at runtime\n");
    assert_eq!(shown.success(), "phc_acme\n");
    let reset = folder.run(&["allow-list", "reset", "--quotas-refresh-interval-ms=100"]);
    assert!(reset.stderr.contains("within 100 ms"), "{reset:?}");
    assert_eq!(reset.success(), "");
    becomes(&server, 429);
    assert_eq!(server.stop(), Some(0));
}

#[test]
fn a_list_of_nobody_is_told_from_none_that_was_set() {
    let folder = folder();
    let show = || {
        let mut command = folder.command(&["allow-list", "show"]);
        command.env("BURGEE_RATE_LIMITS_ALLOW_LIST", "phc_b,phc_a");
        Ran::of(&mut command)
    };
    let configured = show();
    assert!(
        configured.stderr.starts_with("not set at runtime"),
        "{configured:?}"
    );
    assert_eq!(configured.success(), "phc_a\nphc_b\n");
    let set = folder.run(&["allow-list", "set", "--none"]);
    assert!(
        set.stderr.contains("nobody is on the allow list"),
        "{set:?}"
    );
    let nobody = show();
    assert_eq!(
        nobody.stderr,
        "nobody is on the allow list\nset at runtime\n"
    );
    assert_eq!(nobody.success(), "");
    for _ in 0..2 {
        folder.run(&["allow-list", "reset"]).success();
        assert_eq!(show().success(), "phc_a\nphc_b\n");
    }
}

#[test]
fn where_nodes_share_a_redis_the_list_is_there_and_needs_no_database() {
    let Some(redis) = RedisServer::shared() else {
        return;
    };
    let url = redis.url();
    let folder = Folder::new();
    let run = |arguments: &[&str]| {
        let all = [arguments, &["--database=none", "--redis", &url]].concat();
        folder.run(&all)
    };
    run(&["allow-list", "set", "phc_b", "phc_a"]).success();
    let key = "burgee:setting:RATE_LIMITING_ALLOW_LIST_TOKENS";
    let stored = redis.command(&url, &["GET", key]);
    assert_eq!(stored, r#"["phc_a","phc_b"]"#);
    redis.command(&url, &["SET", key, "phc_c, phc_d"]);
    assert_eq!(run(&["allow-list", "show"]).success(), "phc_c\nphc_d\n");
    run(&["allow-list", "reset"]).success();
    assert_eq!(redis.command(&url, &["EXISTS", key]), "0");
}

#[test]
fn who_is_on_the_list_must_be_said_and_be_there() {
    let folder = folder();
    for (arguments, reason) in [
        (&["set"][..], "--none"),
        (&["set", "--none", "phc_acme"], "cannot be used with"),
        (
            &["set", "phc_acme", "phc_nobody"],
            "there is no environment `phc_nobody`",
        ),
    ] {
        let ran = folder.run(&[&["allow-list"], arguments].concat());
        assert_eq!(ran.code, 2, "{ran:?}");
        assert!(ran.stderr.contains(reason), "{reason}: {ran:?}");
    }
    let shown = folder.run(&["allow-list", "show"]);
    assert!(
        shown.stderr.contains("not set at runtime"),
        "nothing was set: {shown:?}"
    );
}
