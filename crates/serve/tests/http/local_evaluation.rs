//! Definitions for SDKs that evaluate themselves: `GET /flags/definitions` (spec: service §5, §19
//! item 9).

mod access;
mod delivery;
mod key_life;
mod outages;

use burgee_testkit::{PATIENCE, Reply, Request, TestServer, eventually};
use serde_json::{Value, json};

const SECRET: &str = "phs_test";
const PATH: &str = "/flags/definitions?token=phc_test&send_cohorts";

/// An environment with one flag and one secret key.
fn contents() -> Value {
    json!({"secret_keys": [SECRET], "flags": [flag(1)]})
}

fn flag(version: i32) -> Value {
    let rollout = json!({"groups": [{"properties": [], "rollout_percentage": 50}]});
    json!({"id": 1, "key": "beta", "version": version, "filters": rollout})
}

/// A server that has heard from its store what is new: what it reads from now on, it keeps.
async fn settled() -> TestServer {
    let server = TestServer::builder(contents())
        .without_keeper()
        .start()
        .await;
    eventually("the node is settled", PATIENCE, || async {
        let ready = server.get("/_readiness").send().await;
        ready.text().ends_with("s ago")
    })
    .await;
    server
}

/// Asks with the secret key.
fn ask(server: &TestServer) -> Request {
    bearer(server.get(PATH), SECRET)
}

fn bearer(request: Request, key: &str) -> Request {
    request.header("authorization", format!("Bearer {key}"))
}

fn etag(reply: &Reply) -> String {
    reply.header("etag").expect("an ETag").to_owned()
}

/// Which version of the flag the document holds.
fn version(reply: &Reply) -> i64 {
    reply.json()["flags"][0]["version"]
        .as_i64()
        .expect("a version")
}
