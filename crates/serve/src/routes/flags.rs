//! `/flags` and `/decide` (spec: service §1.2, §2): by method.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    http::{HeaderValue, Method, header},
    response::{IntoResponse, Response},
};
use burgee_wire::{AnswerTail, Endpoint, FlagsQuery, Shape, minimal_envelope};

use super::evaluation::{evaluate, split};
use crate::{
    head::{Head, Target},
    refusal::{Refusal, allowed_methods},
    serving::Serving,
};

const JSON: HeaderValue = HeaderValue::from_static("application/json");
const ALLOWED: &str = "GET, POST, OPTIONS, HEAD";

/// Any method on `/flags` or `/decide`.
pub(super) async fn answer(
    State(serving): State<Arc<Serving>>,
    request: Request,
    endpoint: Endpoint,
) -> Response {
    match *request.method() {
        Method::POST => evaluate(&serving, (request, Target::Flags(endpoint)), respond).await,
        Method::GET => get(&serving, request, endpoint),
        Method::HEAD => ([(header::CONTENT_TYPE, JSON)], ()).into_response(),
        Method::OPTIONS => allowed_methods(ALLOWED),
        _ => (&Refusal::Method { allowed: ALLOWED }).into_response(),
    }
}

fn respond(_: &Head, answer: Result<Vec<u8>, &Refusal>) -> Response {
    match answer {
        Ok(json) => ([(header::CONTENT_TYPE, JSON)], json).into_response(),
        Err(refusal) => refusal.into_response(),
    }
}

/// The answer to GET: no flags, no authentication. The version default of POST does not apply
/// (spec: service §2.9).
fn get(serving: &Serving, request: Request, endpoint: Endpoint) -> Response {
    let (head, _) = split(serving, request, Target::Flags(endpoint));
    let query = match FlagsQuery::parse(head.query()) {
        Ok(query) => query,
        Err(error) => return (&Refusal::from(error)).into_response(),
    };
    let shape = Shape::of_version(Endpoint::Flags, query.version.as_deref());
    let tail = AnswerTail {
        request_id: head.request_id,
        evaluated_at_ms: serving.clock().now().unix_millis(),
        quota_limited: &[],
        config: None,
        errors: false,
    };
    (
        [(header::CONTENT_TYPE, JSON)],
        minimal_envelope(shape, &tail),
    )
        .into_response()
}
