//! `burgee serve --role`: every role starts with everything away, and only known roles exist
//! (spec: service §1.1, §15.3).

use crate::running::{Folder, Ran};
use crate::serving::Server;

/// Where nobody listens.
const AWAY: [&str; 4] = [
    "--database",
    "postgres://burgee:secret@127.0.0.1:1/burgee",
    "--redis",
    "redis://127.0.0.1:1",
];

fn status(server: &Server, method: &str, path: &str) -> u16 {
    server.request(method, path, "").0
}

#[test]
fn every_role_starts_with_the_database_and_redis_away() {
    for (role, method, path, expected) in [
        ("all", "GET", "/flags", 200),
        ("flags", "GET", "/flags", 200),
        ("definitions", "GET", "/flags/definitions", 401),
        ("ingest", "POST", "/batch", 200),
        ("admin", "GET", "/flags", 404),
    ] {
        let folder = Folder::new();
        let server = Server::start(&folder, &[&AWAY[..], &["--role", role]].concat());
        let (ready, text) = server.request("GET", "/_readiness", "");
        assert_eq!((ready, text.starts_with("ready")), (200, true), "{role}");
        assert_eq!(status(&server, method, path), expected, "{role}");
    }
}

#[test]
fn a_token_nobody_can_look_up_is_503_in_every_role_that_is_asked() {
    let folder = Folder::new();
    let server = Server::start(&folder, &AWAY);
    let asked = r#"{"token": "phc_a", "distinct_id": "u"}"#;
    assert_eq!(server.request("POST", "/flags?v=2", asked).0, 503);
}

#[test]
fn the_variable_service_mode_chooses_a_role_in_any_case() {
    let folder = Folder::new();
    let mut command = folder.command(&[
        "serve",
        "--listen",
        "127.0.0.1:0",
        "--database",
        "sqlite::memory:",
    ]);
    command.env("SERVICE_MODE", "Definitions");
    let server = Server::start_command(command);
    assert_eq!(status(&server, "POST", "/flags"), 404);
    assert_eq!(status(&server, "GET", "/flags/definitions"), 401);
}

#[test]
fn another_role_is_refused_with_those_there_are() {
    let folder = Folder::new();
    let ran = Ran::of(folder.command(&["serve"]).env("SERVICE_MODE", "workers"));
    assert_eq!(ran.code, 2);
    let expected = "role: `workers`, from environment variable SERVICE_MODE, \
                    is not one of all, flags, definitions, ingest, admin";
    assert!(ran.stderr.contains(expected), "{}", ran.stderr);
    let ran = folder.run(&["serve", "--role", "workers"]);
    assert!(
        ran.stderr.contains("command line option --role"),
        "{}",
        ran.stderr
    );
}
