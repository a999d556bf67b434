//! `/flags` and `/decide` (spec: service §1.2, §2): method, deadline, body, then the pipeline; and
//! afterwards, whatever came of it, the figures and the log line.

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
    head::Head,
    pipeline,
    refusal::{Refusal, allowed_methods},
    request_log::RequestRecord,
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
    let started = serving.clock().monotonic_micros();
    serving.metrics().in_flight.inc();
    let (head, body) = split(serving, request, endpoint);
    let head = Arc::new(head);
    let mut record = RequestRecord::default();
    let limit = serving.config().request_timeout;
    let answered = timeout(limit, answer_in_turn(serving, &head, body, &mut record)).await;
    let answer = answered.unwrap_or(Err(Refusal::Timeout {
        limit_ms: limit.as_millis(),
    }));
    let response = match answer {
        Ok(json) => ([(header::CONTENT_TYPE, JSON)], json).into_response(),
        Err(refusal) => {
            record.error_code = Some(refusal.code());
            record.error = Some(refusal.to_string());
            (&refusal).into_response()
        }
    };
    record.http_status = response.status().as_u16();
    conclude(serving, &head, record, started);
    response
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
    head: &Arc<Head>,
    body: Body,
    record: &mut RequestRecord,
) -> Result<Vec<u8>, Refusal> {
    let _place = place(serving).await?;
    let body = receive(body).await?;
    pipeline::evaluate(serving, head, &body, record).await
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

/// Nothing here can change the answer.
fn conclude(serving: &Serving, head: &Head, mut record: RequestRecord, started: u64) {
    let micros = serving.clock().monotonic_micros().saturating_sub(started);
    let metrics = serving.metrics();
    metrics.in_flight.dec();
    record.endpoint = match head.endpoint {
        Endpoint::Flags => "flags",
        Endpoint::Decide => "decide",
    };
    metrics.observe_request(record.endpoint, record.http_status, micros);
    metrics
        .flags_evaluated
        .inc_by(u64::try_from(record.flags_evaluated).unwrap_or(u64::MAX));
    metrics
        .flags_failed
        .inc_by(u64::try_from(record.flags_failed).unwrap_or(u64::MAX));
    record.request_id = head.request_id;
    record.lib = head.library();
    record.duration_ms = millis(micros);
    if serving.config().log_identifiers {
        record.ip = head.client_ip;
        record.user_agent = head.user_agent().map(str::to_owned);
    }
    serving
        .log()
        .write(record.line(serving.config().log_format, serving.clock().now()));
}

#[expect(clippy::cast_precision_loss, reason = "a duration far below 2⁵³ µs")]
fn millis(micros: u64) -> f64 {
    micros as f64 / 1e3
}
