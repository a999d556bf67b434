//! `GET /flags/definitions` and its older alias (spec: service §5): the prepared document, or word
//! that the client has it already.
//!
//! SDKs poll this by the million. A poll that is answered costs a digest of its key and two look-ups
//! in memory, asks no store, and is counted but not logged; what is refused is logged as well. One
//! that is not to be answered yet is held first (`definitions/hold.rs`).

mod hold;

use std::{borrow::Cow, sync::Arc};

use axum::{
    body::Body,
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, Uri, header},
    response::{IntoResponse, Response},
};
use burgee_model::{ProjectToken, Timestamp};
use burgee_store::UsageKind;
use burgee_wire::query_token;

use crate::{
    accept_encoding, access, admission,
    clock::Moment,
    conditional,
    document::Document,
    head::bearer,
    key_check,
    keyed_exchange::{self, library},
    rate_limit::Pass,
    refusal::{Refusal, allowed_methods, not_modified},
    serving::Serving,
};

const ALLOWED: &str = "GET, OPTIONS, HEAD";
const JSON: HeaderValue = HeaderValue::from_static("application/json");
const CACHE_CONTROL: HeaderValue = HeaderValue::from_static("private, must-revalidate");
const VARY: HeaderValue = HeaderValue::from_static("Accept-Encoding, Authorization");
/// How the Rust SDK names its project (spec: sdk-protocol trap 6).
const X_POSTHOG_PROJECT_API_KEY: HeaderName = HeaderName::from_static("x-posthog-project-api-key");

/// Any method.
pub(super) async fn answer(State(serving): State<Arc<Serving>>, request: Request) -> Response {
    match *request.method() {
        Method::GET => get(&serving, request.headers(), request.uri()).await,
        Method::HEAD => ([(header::CONTENT_TYPE, JSON)], ()).into_response(),
        Method::OPTIONS => allowed_methods(ALLOWED),
        _ => (&Refusal::Method { allowed: ALLOWED }).into_response(),
    }
}

async fn get(serving: &Serving, headers: &HeaderMap, uri: &Uri) -> Response {
    let held = if hold::may_be_held(serving, headers) {
        // Apart, so that the many that are not held are not moved about with room for it.
        Box::pin(hold::hold(serving, headers, uri)).await
    } else {
        None
    };
    let answering = |asked| answer_poll(serving, headers, uri, asked);
    let mut response = keyed_exchange::answer(serving, headers, "definitions", answering).await;
    if let Some(held) = held {
        held.mark(&mut response);
    }
    response
}

/// Key, rate limit, quota, ETag, document, in this order (spec: service §5.1).
async fn answer_poll(
    serving: &Serving,
    headers: &HeaderMap,
    uri: &Uri,
    asked: Moment,
) -> Result<Response, Refusal> {
    let (token, document) = find(serving, headers, uri, asked.now).await?;
    let (mut pass, refused_until) = admission::admit_poll(serving, &token, headers, asked)?;
    let mut response = if conditional::is_current(headers, &document.tag(refused_until)) {
        not_modified()
    } else {
        pass = pass.max(admission::admit_document(serving, &token, headers, asked)?);
        let usage = (UsageKind::Definitions, library(headers));
        serving.count_usage(document.environment, usage, asked.now);
        send(serving, &document, headers).await?
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

/// Of `headers`, those that say which project is meant and who asks.
pub(super) fn credentials(headers: &HeaderMap) -> HeaderMap {
    let names = [header::AUTHORIZATION, X_POSTHOG_PROJECT_API_KEY];
    let headers = names
        .into_iter()
        .filter_map(|name| Some((name.clone(), headers.get(name)?.clone())));
    headers.collect()
}

/// Whose definitions are meant, and whether they may be read at `now`. An unknown token comes before a wrong
/// key (spec: service §5.1).
pub(super) async fn find(
    serving: &Serving,
    headers: &HeaderMap,
    uri: &Uri,
    now: Timestamp,
) -> Result<(ProjectToken, Arc<Document>), Refusal> {
    let key = bearer(headers).ok_or(access::Denial::NoCredentials);
    if let Some(token) = named_token(headers, uri) {
        let token = ProjectToken::parse(&token).map_err(|_| Refusal::UnknownToken)?;
        let document = serving.documents().get(&token).await?;
        key_check::admit(serving, key?, document.environment, now).await?;
        return Ok((token, document));
    }
    let token = key_check::admit_to_own(serving, key?, now).await?;
    let document = serving.documents().get(&token).await?;
    Ok((token, document))
}

/// The token that a request names: in its query, else in a header (spec: sdk-protocol trap 6).
pub(super) fn named_token<'r>(headers: &'r HeaderMap, uri: &'r Uri) -> Option<Cow<'r, str>> {
    let in_header = || {
        let token = headers.get(X_POSTHOG_PROJECT_API_KEY)?.to_str().ok()?;
        Some(Cow::Borrowed(token.trim())).filter(|token| !token.is_empty())
    };
    uri.query().and_then(query_token).or_else(in_header)
}

/// The document in the coding that the client likes best; nothing is copied.
async fn send(
    serving: &Serving,
    document: &Arc<Document>,
    headers: &HeaderMap,
) -> Result<Response, Refusal> {
    let coding = accept_encoding::choose(headers);
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
