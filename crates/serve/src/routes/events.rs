//! Event endpoints: everything is accepted and nothing kept, so that SDKs whose host is this server
//! stay content (sdk-protocol, "Event ingest"). Bodies are received and thrown away, undecoded.

use std::time::Duration;

use axum::{
    body::Body,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use http_body_util::{BodyExt, Limited};
use tokio::time::timeout;

/// Largest body that is received to its end, in bytes: recordings are large.
const EVENT_BODY_BYTES_MAX: usize = 20 << 20;

/// Time for a body to arrive: recordings come over slow links.
const EVENT_RECEIVE_TIMEOUT: Duration = Duration::from_secs(30);

const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// The answer that every SDK takes for success.
pub(super) async fn accept(body: Body) -> Response {
    drain(body).await;
    ([(header::CONTENT_TYPE, JSON)], r#"{"status": 1}"#).into_response()
}

/// The newer endpoint, which answers by event: those not named count as accepted
/// (sdk-protocol trap 20).
pub(super) async fn accept_analytics(body: Body) -> Response {
    drain(body).await;
    ([(header::CONTENT_TYPE, JSON)], r#"{"results":{}}"#).into_response()
}

/// Frame by frame, so that nothing of the body stays in memory. One that breaks off, is too large or
/// too slow is none of the client's business here.
async fn drain(body: Body) {
    let mut body = Limited::new(body, EVENT_BODY_BYTES_MAX);
    let received = async { while let Some(Ok(_)) = body.frame().await {} };
    let _ = timeout(EVENT_RECEIVE_TIMEOUT, received).await;
}
