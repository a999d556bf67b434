//! A fleet of programs on a real Redis: a node that administers has the database, a node of definitions
//! has Redis, then garbage in it, then nothing but its own disk.

use std::io::{Read, Write};
use std::net::TcpStream;

use burgee_testkit::RedisServer;

use crate::running::{Folder, environment};
use crate::serving::{PATIENCE, Server, eventually};

const KEY: &str = "phs_of_the_fleet";
const DOCUMENT: &str = "burgee:document:phc_acme";

/// Asks for definitions with a key; gives the head and the body of the answer.
fn poll(server: &Server, key: &str) -> (String, String) {
    let mut stream = TcpStream::connect(&server.address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    write!(
        stream,
        "GET /flags/definitions?token=phc_acme HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\
         Authorization: Bearer {key}\r\n\r\n",
        server.address
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.to_lowercase(), body.to_owned())
}

fn is_answered(server: &Server) -> bool {
    let (head, body) = poll(server, KEY);
    head.starts_with("http/1.1 200") && body.contains("\"key\":\"beta\"")
}

#[test]
fn a_node_of_definitions_needs_redis_alone_and_then_its_disk_alone() {
    let Some(redis) = RedisServer::start() else {
        return;
    };
    let url = redis.url();
    let (administers, defines) = (Folder::new(), Folder::new());
    let fields = format!(
        r#""secret_keys": ["{KEY}"], "flags": [{{"key": "beta", "filters": {{"groups": [{{}}]}}}}]"#
    );
    let file = administers.write("flags.json", &environment(&fields));
    let admin = Server::start(
        &administers,
        &["--role", "admin", "--redis", &url, "--apply", &file],
    );
    let alone = ["--role", "definitions", "--redis", &url];
    let node = Server::start(&defines, &alone);
    eventually("the node answers", || is_answered(&node));
    assert!(!defines.path().join("burgee.db").exists());
    assert!(poll(&node, "phs_wrong").0.starts_with("http/1.1 401"));

    let good = redis.command(&url, &["STRLEN", DOCUMENT]);
    redis.command(&url, &["SET", DOCUMENT, "garbage"]);
    assert!(is_answered(&node), "from memory");
    eventually("the keeper replaces it", || {
        redis.command(&url, &["STRLEN", DOCUMENT]) == good
    });
    let another = Folder::new();
    let cold = Server::start(&another, &alone);
    eventually("a cold node answers", || is_answered(&cold));

    redis.stop("server");
    assert_eq!(admin.stop(), Some(0));
    assert!(is_answered(&node), "from memory");
    assert_eq!(node.stop(), Some(0));
    let restarted = Server::start(
        &defines,
        &[&alone[..], &["--snapshots-stale-after-ms", "1000"]].concat(),
    );
    assert!(is_answered(&restarted), "from disk");
    eventually("it says so", || {
        poll(&restarted, KEY)
            .0
            .contains("x-burgee-definitions-age: ")
    });
    assert!(poll(&restarted, "phs_wrong").0.starts_with("http/1.1 503"));
    redis.resume("server");
}
