//! The requests that nodes are asked, as bytes.

use serde_json::json;

use crate::contents::{MOVING, PLAN, SECRET, TOKEN};

/// How a poll of definitions is asked.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Poll<'a> {
    /// The document that is known already.
    pub(crate) etag: Option<&'a str>,
    /// Seconds for which the node may hold the poll.
    pub(crate) wait_secs: Option<u32>,
    /// Whether the document may come compressed.
    pub(crate) compressed: bool,
}

/// All flags of a person about whom the request says everything.
pub(crate) fn flags() -> Vec<u8> {
    flags_of(None)
}

/// The flag that moves, and no other: what is asked thousands of times a second is to be no load.
pub(crate) fn moving_flag() -> Vec<u8> {
    flags_of(Some([MOVING]))
}

fn flags_of(keys: Option<[&str; 1]>) -> Vec<u8> {
    let body = json!({
        "token": TOKEN,
        "distinct_id": "person",
        "geoip_disable": true,
        "person_properties": {"plan": PLAN},
        "flag_keys_to_evaluate": keys,
    })
    .to_string();
    let length = body.len();
    format!(
        "POST /flags?v=2 HTTP/1.1\r\nhost: cluster\r\ncontent-type: application/json\r\n\
         content-length: {length}\r\n\r\n{body}"
    )
    .into_bytes()
}

/// The definitions, or word that they are as known.
pub(crate) fn definitions(poll: Poll<'_>) -> Vec<u8> {
    let known = poll.etag.map(|etag| format!("if-none-match: {etag}\r\n"));
    let wait = poll
        .wait_secs
        .map(|seconds| format!("prefer: wait={seconds}\r\n"));
    let coding = poll
        .compressed
        .then(|| "accept-encoding: gzip\r\n".to_owned());
    let optional: String = [known, wait, coding].into_iter().flatten().collect();
    format!(
        "GET /flags/definitions?token={TOKEN}&send_cohorts HTTP/1.1\r\nhost: cluster\r\n\
         authorization: Bearer {SECRET}\r\n{optional}\r\n"
    )
    .into_bytes()
}

/// Any other path, without a key.
pub(crate) fn get(path: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nhost: cluster\r\n\r\n").into_bytes()
}
