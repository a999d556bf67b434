//! The yardstick: a bare axum handler that does the least a `POST /flags` of a hundred flags can cost.
//!
//! It parses the same body with serde_json, computes one SHA-1 per flag, and answers as many bytes as
//! Burgee does. It evaluates nothing, so its answer is no answer; what it is good for is a figure of
//! requests per second on the same machine in the same minute.
//!
//! With a FILE it also answers `GET /flags/definitions`: the file, whatever is in it, or 304 to who names its
//! ETag. It checks no key.
//!
//! Usage: `burgee-yardstick ADDRESS ANSWER_BYTES [FILE]`.

use std::collections::HashMap;
use std::net::SocketAddr;

use anyhow::Context;
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::serve::ListenerExt;
use serde::Deserialize;
use serde_json::Value;
use sha1::{Digest, Sha1};
use tokio::net::TcpListener;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Flags that a request is about; one hash each.
const FLAGS: usize = 100;

/// The fields that matter; serde skips the others.
#[derive(Deserialize)]
struct FlagsBody {
    distinct_id: String,
    #[serde(default)]
    person_properties: HashMap<String, Value>,
}

/// What every request needs: the keys to hash, and how long an answer is.
struct Yardstick {
    keys: Vec<String>,
    answer_bytes: usize,
    document: Bytes,
}

/// The ETag of the document.
const ETAG: &str = "W/\"0123456789abcdef\"";

fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let address: SocketAddr = arguments.next().context("no ADDRESS")?.parse()?;
    let answer_bytes: usize = arguments.next().context("no ANSWER_BYTES")?.parse()?;
    let document = match arguments.next() {
        Some(path) => std::fs::read(path)?.into(),
        None => Bytes::new(),
    };
    let keys = (0..FLAGS).map(|index| format!("flag-{index}.")).collect();
    let yardstick: &'static Yardstick = Box::leak(Box::new(Yardstick {
        keys,
        answer_bytes,
        document,
    }));
    tokio::runtime::Builder::new_multi_thread()
        .enable_io()
        .build()?
        .block_on(async {
            let listener = TcpListener::bind(address).await?.tap_io(|stream| {
                // Without it, the last part of an answer may wait for the client; a refusal costs nothing.
                let _ = stream.set_nodelay(true);
            });
            let router = Router::new()
                .route("/flags", post(answer))
                .route("/flags/definitions", get(definitions))
                .with_state(yardstick);
            Ok(axum::serve(listener, router).await?)
        })
}

async fn answer(State(yardstick): State<&'static Yardstick>, body: Bytes) -> Response {
    let Ok(body) = serde_json::from_slice::<FlagsBody>(&body) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    // Everything computed reaches the answer, so that the compiler cannot leave any of it out.
    let mut folded = u8::try_from(body.person_properties.len() % 256).unwrap_or_default();
    for key in &yardstick.keys {
        let digest = Sha1::new()
            .chain_update(key)
            .chain_update(&body.distinct_id)
            .finalize();
        folded ^= digest.first().copied().unwrap_or_default();
    }
    let bytes = vec![folded; yardstick.answer_bytes];
    ([(header::CONTENT_TYPE, "application/json")], bytes).into_response()
}

async fn definitions(State(yardstick): State<&'static Yardstick>, headers: HeaderMap) -> Response {
    let asked = headers.get(header::IF_NONE_MATCH);
    if asked.is_some_and(|tag| tag.as_bytes() == ETAG.as_bytes()) {
        return (StatusCode::NOT_MODIFIED, [(header::ETAG, ETAG)]).into_response();
    }
    let headers = [
        (header::CONTENT_TYPE, "application/json"),
        (header::ETAG, ETAG),
    ];
    (headers, yardstick.document.clone()).into_response()
}
