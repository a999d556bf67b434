//! `/flags` and `/decide` (spec: service §1.2, §2): method, deadline, body, then the pipeline.

use std::{net::SocketAddr, sync::Arc};

use axum::{
    body::Body,
    extract::{ConnectInfo, Request, State},
    http::{HeaderValue, Method, header},
    response::{IntoResponse, Response},
};
use burgee_wire::{AnswerTail, BODY_BYTES_MAX, Endpoint, FlagsQuery, Shape, minimal_envelope};
use bytes::Bytes;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use tokio::{
    sync::SemaphorePermit,
    time::{error::Elapsed, timeout},
};

use crate::{
    exchange::Exchange,
    head::Head,
    panic_guard::{Panicked, catch_panic},
    pipeline,
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
        Method::POST => post(&serving, request, endpoint).await,
        Method::GET => get(&serving, request, endpoint),
        Method::HEAD => ([(header::CONTENT_TYPE, JSON)], ()).into_response(),
        Method::OPTIONS => allowed_methods(ALLOWED),
        _ => (&Refusal::Method { allowed: ALLOWED }).into_response(),
    }
}

async fn post(serving: &Serving, request: Request, endpoint: Endpoint) -> Response {
    let (head, body) = split(serving, request, endpoint);
    let mut exchange = Exchange::begin(serving, head);
    let limit = serving.config().request_timeout;
    let answering = catch_panic(answer_in_turn(serving, &mut exchange, body));
    let answer = match timeout(limit, answering).await {
        Ok(Ok(answer)) => answer,
        Ok(Err(Panicked)) => Err(Refusal::Panicked),
        Err(Elapsed { .. }) => Err(Refusal::Timeout {
            limit_ms: limit.as_millis(),
        }),
    };
    match answer {
        Ok(json) => {
            let response = ([(header::CONTENT_TYPE, JSON)], json).into_response();
            exchange.end(response.status().as_u16(), None);
            response
        }
        Err(refusal) => {
            let response = (&refusal).into_response();
            exchange.end(response.status().as_u16(), Some(&refusal));
            response
        }
    }
}

/// The answer to GET: no flags, no authentication. The version default of POST does not apply
/// (spec: service §2.9).
fn get(serving: &Serving, request: Request, endpoint: Endpoint) -> Response {
    let (head, _) = split(serving, request, endpoint);
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

fn split(serving: &Serving, request: Request, endpoint: Endpoint) -> (Head, Body) {
    let (mut parts, body) = request.into_parts();
    let peer = parts
        .extensions
        .remove::<ConnectInfo<SocketAddr>>()
        .map(|ConnectInfo(peer)| peer);
    let head = Head::new(parts, endpoint, peer, serving.config().trusted_proxy_hops);
    (head, body)
}

async fn answer_in_turn(
    serving: &Serving,
    exchange: &mut Exchange<'_>,
    body: Body,
) -> Result<Vec<u8>, Refusal> {
    let _place = place(serving).await?;
    let body = receive(body).await?;
    pipeline::evaluate(serving, &exchange.head, &body, &mut exchange.record).await
}

/// A place among the requests in flight; waits a bounded time.
async fn place(serving: &Serving) -> Result<SemaphorePermit<'_>, Refusal> {
    if let Ok(place) = serving.places().try_acquire() {
        return Ok(place);
    }
    let wait = serving.config().concurrency_wait;
    match timeout(wait, serving.places().acquire()).await {
        Ok(Ok(place)) => Ok(place),
        Ok(Err(_)) | Err(Elapsed { .. }) => Err(Refusal::Overloaded {
            waited_ms: wait.as_millis(),
        }),
    }
}

async fn receive(body: Body) -> Result<Bytes, Refusal> {
    match Limited::new(body, BODY_BYTES_MAX).collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(Refusal::BodyTooLarge {
            bytes_max: BODY_BYTES_MAX,
        }),
        Err(_) => Err(Refusal::BodyNotReceived),
    }
}
