//! `GET /flags/definitions` and its older alias (spec: service §5): the prepared document, or word
//! that the client has it already.
//!
//! SDKs poll this by the million. A poll that is answered costs a digest of its key and two look-ups
//! in memory, asks no store, and is counted but not logged; what is refused is logged as well.

use std::sync::Arc;

use axum::{
    body::Body,
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, Uri, header},
    response::{IntoResponse, Response},
};
use burgee_model::ProjectToken;
use burgee_store::{UsageKind, UsageLibrary};
use burgee_wire::query_token;
use tokio::time::{error::Elapsed, timeout};
use uuid::Uuid;

use crate::{
    accept_encoding, access, admission, conditional,
    document::Document,
    exchange::millis,
    head::bearer,
    key_check,
    panic_guard::{Panicked, catch_panic},
    rate_limit::Pass,
    refusal::{Refusal, allowed_methods, not_modified},
    request_log::RequestRecord,
    runtime,
    serving::Serving,
    staleness::tell_age,
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
    let started_micros = serving.clock().monotonic_micros();
    let limit = serving.config().request_timeout;
    let answering = catch_panic(answer_poll(serving, headers, uri));
    let answered = match timeout(limit, answering).await {
        Ok(Ok(answered)) => answered,
        Ok(Err(Panicked)) => Err(Refusal::Panicked),
        Err(Elapsed { .. }) => Err(Refusal::Timeout {
            limit_ms: limit.as_millis(),
        }),
    };
    let (response, refusal) = match answered {
        Ok(mut response) => {
            tell_age(serving, &mut response);
            (response, None)
        }
        Err(refusal) => ((&refusal).into_response(), Some(refusal)),
    };
    let micros = serving
        .clock()
        .monotonic_micros()
        .saturating_sub(started_micros);
    let mut record = RequestRecord {
        endpoint: "definitions",
        http_status: response.status().as_u16(),
        ..RequestRecord::default()
    };
    serving.metrics().observe_request(&record, micros);
    if let Some(refusal) = refusal {
        record.duration_ms = millis(micros);
        log(serving, headers, &refusal, record);
    }
    response
}

/// Key, rate limit, quota, ETag, document, in this order (spec: service §5.1).
async fn answer_poll(
    serving: &Serving,
    headers: &HeaderMap,
    uri: &Uri,
) -> Result<Response, Refusal> {
    let (token, document) = find(serving, headers, uri).await?;
    let (mut pass, refused_until) = admission::admit_poll(serving, &token, headers)?;
    let mut response = if conditional::is_current(headers, &document.tag(refused_until)) {
        not_modified()
    } else {
        pass = pass.max(admission::admit_document(serving, &token, headers)?);
        let usage = (UsageKind::Definitions, library(headers));
        serving.count_usage(document.environment, usage, serving.clock().now());
        send(&document, headers)
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

/// Whose definitions are meant, and whether they may be read. An unknown token comes before a wrong
/// key (spec: service §5.1).
async fn find(
    serving: &Serving,
    headers: &HeaderMap,
    uri: &Uri,
) -> Result<(ProjectToken, Arc<Document>), Refusal> {
    let key = bearer(headers).ok_or(access::Denial::NoCredentials);
    let in_query = uri.query().and_then(query_token);
    let in_header = || {
        Some(
            headers
                .get(X_POSTHOG_PROJECT_API_KEY)?
                .to_str()
                .ok()?
                .trim(),
        )
    };
    let token = match &in_query {
        Some(token) => Some(&**token),
        None => in_header().filter(|token| !token.is_empty()),
    };
    if let Some(token) = token {
        let token = ProjectToken::parse(token).map_err(|_| Refusal::UnknownToken)?;
        let document = serving.documents().get(&token).await?;
        key_check::admit(serving, key?, document.environment).await?;
        return Ok((token, document));
    }
    let token = key_check::admit_to_own(serving, key?).await?;
    let document = serving.documents().get(&token).await?;
    Ok((token, document))
}

/// The document in the coding that the client likes best; nothing is copied.
fn send(document: &Document, headers: &HeaderMap) -> Response {
    let coding = accept_encoding::choose(headers);
    let body = Body::from(document.bytes(coding));
    let mut response = ([(header::CONTENT_TYPE, JSON)], body).into_response();
    if let Some(name) = coding.name() {
        let name = HeaderValue::from_static(name);
        response
            .headers_mut()
            .insert(header::CONTENT_ENCODING, name);
    }
    response
}

fn library(headers: &HeaderMap) -> UsageLibrary {
    let agent = headers.get(header::USER_AGENT);
    runtime::library(agent.and_then(|agent| agent.to_str().ok()))
}

fn log(serving: &Serving, headers: &HeaderMap, refusal: &Refusal, mut record: RequestRecord) {
    if !serving.log().is_on() {
        return;
    }
    record.request_id = Uuid::new_v4();
    record.lib = library(headers).as_str();
    record.error_code = Some(refusal.code());
    record.error = Some(refusal.to_string());
    let line = record.line(serving.config().log_format, serving.clock().now());
    serving.log().write(line);
}
