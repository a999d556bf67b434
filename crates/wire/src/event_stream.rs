//! Server-sent events: what is said on a stream when something changed. Notices only; whoever hears
//! one asks for what is new.

use serde_json::json;

/// Keeps a connection from being taken for dead; clients skip it.
pub const KEEP_ALIVE: &str = ": still here\n\n";

/// Tells a client after how many milliseconds it is to come back when the stream ends.
pub fn retry_line(milliseconds: u128) -> String {
    format!("retry: {milliseconds}\n\n")
}

/// Evaluations are to be fetched again: `OpenFeature`'s event (protocol's ADR 8). `lastModified` is in
/// seconds since 1970.
pub fn refetch_event(version: &str, last_modified: i64) -> String {
    let data = json!({
        "type": "refetchEvaluation",
        "etag": format!("\"{version}\""),
        "lastModified": last_modified,
    });
    event(version, &data)
}

/// There is another definitions document, with this ETag.
pub fn definitions_event(version: &str, revision: u64, etag: &str) -> String {
    let data = json!({"type": "definitions", "revision": revision, "etag": etag});
    event(version, &data)
}

/// JSON is on one line, and versions are ours, so nothing can begin a line of its own.
fn event(id: &str, data: &serde_json::Value) -> String {
    format!("id: {id}\nevent: message\ndata: {data}\n\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_told_as_their_readers_expect() {
        assert_eq!(
            refetch_event("7", 1_700_000_000),
            "id: 7\nevent: message\n\
             data: {\"etag\":\"\\\"7\\\"\",\"lastModified\":1700000000,\"type\":\"refetchEvaluation\"}\n\n"
        );
        assert_eq!(
            definitions_event("0a1b", 3, "W/\"0a1b\""),
            "id: 0a1b\nevent: message\n\
             data: {\"etag\":\"W/\\\"0a1b\\\"\",\"revision\":3,\"type\":\"definitions\"}\n\n"
        );
        assert_eq!(retry_line(1_500), "retry: 1500\n\n");
    }
}
