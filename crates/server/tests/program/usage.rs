//! `burgee usage` and `burgee quota`, beside a server that counts and refuses.

use serde_json::{Value, json};

use crate::running::{Folder, Ran, environment};
use crate::serving::Server;

/// A folder with a database of one environment with one flag.
fn folder() -> Folder {
    let folder = Folder::new();
    let flags =
        r#""flags": [{"id": 1, "key": "beta", "active": true, "filters": {"groups": [{}]}}]"#;
    let file = folder.write("flags.json", &environment(flags));
    folder.run(&["apply", &file]).success();
    folder
}

fn refused(ran: &Ran, reason: &str) {
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(ran.stderr.contains(reason), "{reason}: {ran:?}");
}

/// What a server answers that knows the quotas.
fn answer(folder: &Folder) -> Value {
    let server = Server::start(folder, &[]);
    let body = json!({"token": "phc_acme", "distinct_id": "u"}).to_string();
    let (status, answer) = server.request("POST", "/flags?v=2", &body);
    assert_eq!(status, 200, "{answer}");
    assert_eq!(server.stop(), Some(0));
    serde_json::from_str(&answer).unwrap()
}

#[test]
fn what_was_counted_is_shown_as_a_table_and_as_json() {
    let folder = folder();
    let none = folder.run(&["usage"]).success();
    assert!(none.starts_with("requests from 20"), "{none}");
    assert!(none.ends_with("\nnone\n"), "{none}");
    for _ in 0..2 {
        answer(&folder);
    }
    let table = folder.run(&["usage", "--last", "1h"]).success();
    let rows: Vec<Vec<&str>> = table
        .lines()
        .map(|line| line.split_whitespace().collect())
        .collect();
    assert_eq!(
        rows[1..],
        [
            vec!["ENVIRONMENT", "TOKEN", "KIND", "SDK", "REQUESTS"],
            vec!["1", "phc_acme", "flags", "other", "2"],
            vec!["all", "2"],
        ]
    );
    let named = ["usage", "--environment", "Acme/production", "--json"];
    let report: Value = serde_json::from_str(&folder.run(&named).success()).unwrap();
    let expected = json!([{
        "environment": 1, "token": "phc_acme", "kind": "flags", "sdk": "other", "requests": 2,
    }]);
    assert_eq!(report["usage"], expected);
    let before = [
        "usage",
        "--since",
        "2020-01-01",
        "--until",
        "2020-02-01T12:00:00Z",
    ];
    assert_eq!(
        folder.run(&before).success(),
        "requests from 2020-01-01T00:00:00Z to 2020-02-01T12:00:00Z\nnone\n"
    );
}

#[test]
fn a_quota_is_set_listed_and_lifted() {
    let folder = folder();
    let list = || folder.run(&["quota", "list"]);
    assert!(list().stderr.contains("nobody is over quota"));
    let set = folder.run(&["quota", "set", "Acme/production", "--for", "30d"]);
    assert!(
        set.stderr.contains("phc_acme is refused until 20"),
        "{set:?}"
    );
    assert!(list().success().starts_with("phc_acme  until 20"));
    assert_eq!(answer(&folder)["quotaLimited"], json!(["feature_flags"]));
    let end = [
        "quota",
        "lift",
        "phc_acme",
        "--quotas-refresh-interval-ms",
        "100",
    ];
    let after = folder.run(&end);
    assert!(
        after.stderr.contains("phc_acme is served again after 20"),
        "{after:?}"
    );
    // Each look starts the program, which is all the waiting there is to do.
    let is_served_again = (0..1_000).any(|_| list().success().is_empty());
    assert!(is_served_again, "{:?}", list());
    assert!(answer(&folder).get("quotaLimited").is_none());
    refused(&folder.run(&end), "phc_acme is not over its quota");
}

#[test]
fn what_cannot_be_is_refused() {
    let folder = folder();
    for (arguments, reason) in [
        (
            &["quota", "set", "phc_nobody", "--for", "1d"][..],
            "there is no environment `phc_nobody`",
        ),
        (&["quota", "set", "phc_acme"], "--for"),
        (
            &["quota", "set", "phc_acme", "--until", "2020-01-01"],
            "over already",
        ),
        (&["quota", "set", "phc_acme", "--for", "0d"], "over already"),
        (
            &["quota", "set", "phc_acme", "--until", "soon"],
            "neither a date",
        ),
        (
            &["usage", "--since", "2026-02-01", "--until", "2026-01-01"],
            "ends before it begins",
        ),
        (&["usage", "--last", "0h"], "ends before it begins"),
        (
            &["usage", "--environment", "Acme/nowhere"],
            "there is no environment",
        ),
        (
            &["serve", "--rate-limits-definitions-rate", "0/minute"],
            "rate_limits.definitions_rate: `0/minute`, from command line option \
             --rate-limits-definitions-rate, is not a rate such as `600/minute`",
        ),
        (
            &["serve", "--rate-limits-flags-ip-mode", "on"],
            "is not one of off, log-only, warn, enforce",
        ),
        (
            &[
                "serve",
                "--rate-limits-flags-token-overrides",
                "{\"phc_x\": \"5/year\"}",
            ],
            "is not a JSON object of at most 100 rates by token",
        ),
        (
            &["serve", "--rate-limits-flags-ip-burst", "0"],
            "requests from 1 to 1000000",
        ),
    ] {
        refused(&folder.run(arguments), reason);
    }
}
