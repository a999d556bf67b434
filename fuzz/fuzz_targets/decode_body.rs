//! Any bytes as a request: decoding never panics, keeps its limits, and hands on only valid JSON.
//!
//! The first byte chooses what the headers and the query string say, the rest is the body.

#![no_main]

use burgee_wire::{
    BodyEncoding, Compression, DECOMPRESSED_BYTES_MAX, FlagsQuery, FlagsRequest, decode_body,
    peek_token,
};
use libfuzzer_sys::fuzz_target;
use serde_json::value::RawValue;

/// A control character takes six bytes where JSON5 needs one.
const REWRITTEN_BYTES_MAX: usize = 6 * DECOMPRESSED_BYTES_MAX;

fuzz_target!(|input: &[u8]| {
    let Some((&choice, body)) = input.split_first() else {
        return;
    };
    let _ = peek_token(body);
    if let Ok(query) = str::from_utf8(body) {
        let _ = FlagsQuery::parse(query);
    }
    let Ok(text) = decode_body(body, &encoding(choice)) else {
        return;
    };
    if let Ok(request) = text.request() {
        check(&request);
    }
    if let Ok(request) = text.ofrep_request() {
        check(&request);
    }
});

fn encoding(choice: u8) -> BodyEncoding<'static> {
    BodyEncoding {
        content_type: match choice & 3 {
            0 => None,
            1 => Some("text/plain"),
            2 => Some("application/json; charset=utf-8"),
            _ => Some("application/x-www-form-urlencoded"),
        },
        content_encoding: (choice & 4 != 0).then_some("gzip"),
        compression: match choice >> 3 & 3 {
            0 => None,
            1 => Some(Compression::Gzip),
            2 => Some(Compression::Base64),
            _ => Some(Compression::Unsupported("lz64")),
        },
    }
}

fn check(request: &FlagsRequest<'_>) {
    let groups = request.groups.iter();
    let of_groups = groups.flat_map(|group| [&group.key, &group.properties]);
    for json in of_groups.chain([&request.person_properties]).flatten() {
        assert!(json.len() <= REWRITTEN_BYTES_MAX);
        serde_json::from_str::<&RawValue>(json).expect("what is handed on is JSON");
    }
    for identifier in [
        &request.token,
        &request.anon_distinct_id,
        &request.device_id,
    ] {
        assert_ne!(identifier.as_deref(), Some(""));
    }
    let distinct_id = request.distinct_id.as_deref().unwrap_or_default();
    assert!(distinct_id.len() <= 200 || distinct_id.chars().count() <= 200);
}
