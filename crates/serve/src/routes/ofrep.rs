//! `OpenFeature`'s remote evaluation protocol: one flag, or all of them with an ETag
//! (spec: sdk-protocol "OFREP providers").
//!
//! Every answer but a 304 is JSON, refusals included.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    http::{HeaderValue, Method, header},
    response::{IntoResponse, Response},
};
use burgee_wire::ofrep_flag_key;

use super::evaluation::evaluate;
use crate::{
    conditional::is_current,
    etag::{content_tag, weak_etag},
    head::{Head, Target},
    refusal::{Refusal, allowed_methods, not_modified},
    serving::Serving,
};

const ALLOWED: &str = "POST, OPTIONS";
const JSON: HeaderValue = HeaderValue::from_static("application/json");
/// Answers are about one person. Providers keep them, and the tag, by themselves.
const CACHE_CONTROL: HeaderValue = HeaderValue::from_static("no-store");

/// Any method on the bulk endpoint.
pub(super) async fn all(State(serving): State<Arc<Serving>>, request: Request) -> Response {
    match *request.method() {
        Method::POST => evaluate(&serving, (request, Target::OfrepAll), respond_all).await,
        Method::OPTIONS => allowed_methods(ALLOWED),
        _ => Refusal::Method { allowed: ALLOWED }.ofrep_response(None),
    }
}

/// Any method on the endpoint of one flag.
pub(super) async fn one(State(serving): State<Arc<Serving>>, request: Request) -> Response {
    let key = ofrep_flag_key(request.uri().path()).into_owned();
    match *request.method() {
        Method::POST => evaluate(&serving, (request, Target::OfrepOne(key)), respond_one).await,
        Method::OPTIONS => allowed_methods(ALLOWED),
        _ => Refusal::Method { allowed: ALLOWED }.ofrep_response(Some(&key)),
    }
}

/// The tag is of the result: a provider keeps it while its user's attributes change
/// (spec: sdk-protocol trap 9).
fn respond_all(head: &Head, answer: Result<Vec<u8>, &Refusal>) -> Response {
    let json = match answer {
        Ok(json) => json,
        Err(refusal) => return refusal.ofrep_response(None),
    };
    let tag = content_tag(&json);
    let mut response = if is_current(head.headers(), &tag) {
        not_modified()
    } else {
        ([(header::CONTENT_TYPE, JSON)], json).into_response()
    };
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, CACHE_CONTROL);
    headers.extend(weak_etag(&tag).map(|etag| (header::ETAG, etag)));
    response
}

fn respond_one(head: &Head, answer: Result<Vec<u8>, &Refusal>) -> Response {
    match (answer, &head.target) {
        (Ok(json), _) => (
            [
                (header::CONTENT_TYPE, JSON),
                (header::CACHE_CONTROL, CACHE_CONTROL),
            ],
            json,
        )
            .into_response(),
        (Err(refusal), Target::OfrepOne(key)) => refusal.ofrep_response(Some(key)),
        (Err(refusal), Target::OfrepAll | Target::Flags(_)) => refusal.ofrep_response(None),
    }
}
