//! `GET /flags/definitions` and its older alias (spec: service §5): the prepared document, or word
//! that the client has it already.
//!
//! SDKs poll this by the million. A poll that is answered costs a digest of its key and two look-ups
//! in memory, asks no store, and is counted but not logged; what is refused is logged as well. One
//! that is not to be answered yet is held first (`definitions/hold.rs`).

mod hold;
mod poll;

use std::{future::ready, pin::Pin, sync::Arc};

use axum::{
    body::Body,
    extract::Request,
    http::{HeaderValue, Method, header},
    response::{IntoResponse, Response},
};
use burgee_store::UsageKind;

use crate::{
    admission,
    clock::Moment,
    document::Document,
    keyed_exchange,
    rate_limit::Pass,
    refusal::{Refusal, allowed_methods, not_modified},
    serving::Serving,
};

use hold::Hold;
use poll::Poll;

const ALLOWED: &str = "GET, OPTIONS, HEAD";
const JSON: HeaderValue = HeaderValue::from_static("application/json");
const CACHE_CONTROL: HeaderValue = HeaderValue::from_static("private, must-revalidate");
const VARY: HeaderValue = HeaderValue::from_static("Accept-Encoding, Authorization");

/// An answer under way.
pub(super) type Answering = Pin<Box<dyn Future<Output = Response> + Send>>;

/// Whether this poll may have to wait for its answer: then [`hold`] answers it.
pub(super) fn may_be_held(serving: &Serving, request: &Request) -> bool {
    request.method() == Method::GET && hold::is_wished(serving, request.headers())
}

/// A poll that [`may_be_held`]. It keeps nothing of its request but what its answer depends on.
pub(super) fn hold(serving: Arc<Serving>, request: &Request) -> Answering {
    let hold = Hold::of(request.headers(), request.uri());
    Box::pin(hold.answer(serving))
}

/// Any other, of any method.
pub(super) fn answer(serving: Arc<Serving>, request: Request) -> Answering {
    match *request.method() {
        Method::GET => Box::pin(async move {
            let poll = Poll::of(request.headers(), request.uri());
            answer_now(&serving, &poll).await
        }),
        Method::HEAD => Box::pin(ready(([(header::CONTENT_TYPE, JSON)], ()).into_response())),
        Method::OPTIONS => Box::pin(ready(allowed_methods(ALLOWED))),
        _ => Box::pin(ready(
            (&Refusal::Method { allowed: ALLOWED }).into_response(),
        )),
    }
}

async fn answer_now(serving: &Serving, poll: &Poll<'_>) -> Response {
    let answering = |asked| answer_poll(serving, poll, asked);
    keyed_exchange::answer(serving, || poll.library(), "definitions", answering).await
}

/// Key, rate limit, quota, ETag, document, in this order (spec: service §5.1).
async fn answer_poll(
    serving: &Serving,
    poll: &Poll<'_>,
    asked: Moment,
) -> Result<Response, Refusal> {
    let (token, document) = poll.claim.find(serving, asked.now).await?;
    let is_conditional = poll.is_conditional();
    let (mut pass, refused_until) = admission::admit_poll(serving, &token, is_conditional, asked)?;
    let mut response = if poll.has(&document.tag(refused_until)) {
        not_modified()
    } else {
        let admitted = admission::admit_document(serving, &token, is_conditional, asked)?;
        pass = pass.max(admitted);
        let usage = (UsageKind::Definitions, poll.library());
        serving.count_usage(document.environment, usage, asked.now);
        send(serving, &document, poll).await?
    };
    let headers = response.headers_mut();
    headers.insert(header::ETAG, document.etag(refused_until));
    headers.insert(header::CACHE_CONTROL, CACHE_CONTROL);
    headers.insert(header::VARY, VARY);
    if pass == Pass::Warned {
        admission::warn(headers);
    }
    Ok(response)
}

/// The document in the coding that the client likes best; nothing is copied.
async fn send(
    serving: &Serving,
    document: &Arc<Document>,
    poll: &Poll<'_>,
) -> Result<Response, Refusal> {
    let coding = poll.coding();
    let body = Body::from(document.bytes(coding, serving.cpu()).await?);
    let mut response = ([(header::CONTENT_TYPE, JSON)], body).into_response();
    if let Some(name) = coding.name() {
        let name = HeaderValue::from_static(name);
        response
            .headers_mut()
            .insert(header::CONTENT_ENCODING, name);
    }
    Ok(response)
}
