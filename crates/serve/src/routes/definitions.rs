//! `GET /flags/definitions` and its older alias (spec: service §5): the prepared document, or word
//! that the client has it already.
//!
//! SDKs poll this by the million. A poll that is answered costs a digest of its key and two look-ups
//! in memory, asks no store, and is counted but not logged; what is refused is logged as well. One
//! that is not to be answered yet is held first (`definitions/hold.rs`).

mod asked;
mod hold;
mod poll;

use std::{future::ready, pin::Pin, sync::Arc};

use axum::{
    body::Body,
    extract::Request,
    http::{HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use burgee_store::UsageKind;
use bytes::Bytes;

use crate::{
    accept_encoding::Coding,
    admission,
    clock::Moment,
    document::Document,
    keyed_exchange,
    rate_limit::Pass,
    refusal::{Refusal, allowed_methods, not_modified},
    serving::Serving,
    staleness::tell_age,
};

pub(crate) use hold::Hold;
use poll::Poll;

const ALLOWED: &str = "GET, OPTIONS, HEAD";
const JSON: HeaderValue = HeaderValue::from_static("application/json");
const CACHE_CONTROL: HeaderValue = HeaderValue::from_static("private, must-revalidate");
const VARY: HeaderValue = HeaderValue::from_static("Accept-Encoding, Authorization");

/// An answer under way.
pub(super) type Answering = Pin<Box<dyn Future<Output = Response> + Send>>;

/// Whether this poll may have to wait for its answer: then [`hold()`] takes it.
pub(super) fn may_be_held(serving: &Serving, request: &Request) -> bool {
    request.method() == Method::GET && hold::is_wished(serving, request.headers())
}

/// A poll that [`may_be_held`]. It keeps nothing of its request but what its answer depends on.
pub(super) fn hold(serving: Arc<Serving>, request: &Request) -> Box<Hold> {
    Box::new(Hold::of(serving, request))
}

/// Its answer, for whoever waits for it.
pub(super) fn held(hold: Box<Hold>) -> Answering {
    Box::pin(hold.answered())
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
    match decide(serving, poll).await {
        Ok(decided) => decided.response(serving, poll),
        Err(refused) => refused,
    }
}

/// What a poll is answered.
#[derive(Debug)]
struct Decided {
    document: Arc<Document>,
    /// The document in the coding that the client likes best. `None`: it has it.
    body: Option<Bytes>,
    pass: Pass,
    /// The end of the last time of refusal, for the ETag.
    refused_until: Option<i64>,
}

/// What a poll is answered now, or the answer to one that is refused. It counts as answered.
async fn decide(serving: &Serving, poll: &Poll<'_>) -> Result<Decided, Response> {
    let deciding = |asked| admit(serving, poll, asked);
    let library = || poll.library();
    keyed_exchange::decide(serving, library, "definitions", deciding, Decided::status).await
}

/// Key, rate limit, quota, ETag, document, in this order (spec: service §5.1).
async fn admit(serving: &Serving, poll: &Poll<'_>, asked: Moment) -> Result<Decided, Refusal> {
    let (token, document) = poll.claim.find(serving, asked.now).await?;
    let is_conditional = poll.is_conditional();
    let (mut pass, refused_until) = admission::admit_poll(serving, &token, is_conditional, asked)?;
    let mut body = None;
    if !poll.has(&document.tag(refused_until)) {
        let admitted = admission::admit_document(serving, &token, is_conditional, asked)?;
        pass = pass.max(admitted);
        let usage = (UsageKind::Definitions, poll.library());
        serving.count_usage(document.environment, usage, asked.now);
        body = Some(document.bytes(poll.coding(), serving.cpu()).await?);
    }
    Ok(Decided {
        document,
        body,
        pass,
        refused_until,
    })
}

impl Decided {
    fn status(&self) -> StatusCode {
        match self.body {
            Some(_) => StatusCode::OK,
            None => StatusCode::NOT_MODIFIED,
        }
    }

    /// Whether whoever asks the same is answered the same at the same moment.
    fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.document, &other.document)
            && self.body.is_some() == other.body.is_some()
            && self.pass == other.pass
            && self.refused_until == other.refused_until
    }

    fn response(&self, serving: &Serving, poll: &Poll<'_>) -> Response {
        let mut response = match &self.body {
            None => not_modified(),
            Some(body) => document_response(body.clone(), poll.coding()),
        };
        let headers = response.headers_mut();
        headers.insert(header::ETAG, self.document.etag(self.refused_until));
        headers.insert(header::CACHE_CONTROL, CACHE_CONTROL);
        headers.insert(header::VARY, VARY);
        if self.pass == Pass::Warned {
            admission::warn(headers);
        }
        tell_age(serving, &mut response);
        response
    }
}

fn document_response(body: Bytes, coding: Coding) -> Response {
    let mut response = ([(header::CONTENT_TYPE, JSON)], Body::from(body)).into_response();
    if let Some(name) = coding.name() {
        let name = HeaderValue::from_static(name);
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_ENCODING, name);
    }
    response
}
