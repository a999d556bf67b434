//! Event endpoints: everything is accepted and nothing kept, so that SDKs whose host is this server
//! stay content (sdk-protocol, "Event ingest"). Bodies are received and thrown away, undecoded.

use axum::{
    body::Body,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use http_body_util::{BodyExt, Limited};

/// Largest body that is received to its end, in bytes: recordings are large.
const EVENT_BODY_BYTES_MAX: usize = 20 << 20;

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

/// Frame by frame, so that nothing of the body stays in memory. One that breaks off or is too large
/// is none of the client's business here.
async fn drain(body: Body) {
    let mut body = Limited::new(body, EVENT_BODY_BYTES_MAX);
    while let Some(Ok(_)) = body.frame().await {}
}
