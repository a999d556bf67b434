//! What every evaluation goes through, whatever protocol it speaks: a deadline, a guard against
//! panics, a place among the requests in flight, the body, the pipeline, the log line.

use std::{net::SocketAddr, pin::pin};

use axum::{
    body::Body,
    extract::{ConnectInfo, Request},
    response::Response,
};
use burgee_wire::BODY_BYTES_MAX;
use bytes::Bytes;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use tokio::{
    sync::SemaphorePermit,
    time::{error::Elapsed, timeout},
};

use crate::{
    admission::{admit_client, warn},
    deadline::within,
    exchange::Exchange,
    head::{Head, Target},
    panic_guard::{Panicked, catch_panic},
    pipeline,
    refusal::Refusal,
    serving::Serving,
    staleness::tell_age,
};

/// Evaluates, and lets `respond` make a response of the JSON or the refusal.
pub(super) async fn evaluate(
    serving: &Serving,
    (request, target): (Request, Target),
    respond: impl FnOnce(&Head, Result<Vec<u8>, &Refusal>) -> Response,
) -> Response {
    let (head, body) = split(serving, request, target);
    let mut exchange = Exchange::begin(serving, head);
    let limit = serving.config().request_timeout;
    let answered = {
        // In its place once, as in `keyed_exchange.rs`.
        let answering = pin!(answer_in_turn(serving, &mut exchange, body));
        within(limit, catch_panic(answering)).await
    };
    let answer = match answered {
        Ok(Ok(answer)) => answer,
        Ok(Err(Panicked)) => Err(Refusal::Panicked),
        Err(Elapsed { .. }) => Err(Refusal::Timeout {
            limit_ms: limit.as_millis(),
        }),
    };
    match answer {
        Ok(json) => {
            let mut response = respond(&exchange.head, Ok(json));
            if exchange.record.rate_limit_warning {
                warn(response.headers_mut());
            }
            tell_age(serving, &mut response);
            exchange.end(response.status().as_u16(), None);
            response
        }
        Err(refusal) => {
            let response = respond(&exchange.head, Err(&refusal));
            exchange.end(response.status().as_u16(), Some(&refusal));
            response
        }
    }
}

/// The head of a request, and its body.
pub(super) fn split(serving: &Serving, request: Request, target: Target) -> (Head, Body) {
    let (mut parts, body) = request.into_parts();
    let peer = parts
        .extensions
        .remove::<ConnectInfo<SocketAddr>>()
        .map(|ConnectInfo(peer)| peer);
    let head = Head::new(parts, target, peer, serving.config().trusted_proxy_hops);
    (head, body)
}

async fn answer_in_turn(
    serving: &Serving,
    exchange: &mut Exchange<'_>,
    body: Body,
) -> Result<Vec<u8>, Refusal> {
    admit_client(serving, &exchange.head, &mut exchange.record)?;
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
