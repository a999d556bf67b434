//! CORS on every answer, refusals included (spec: service §3.4): a browser hides the status of an
//! answer that lacks it.

use axum::{
    extract::Request,
    http::{HeaderMap, HeaderValue, Method, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

const METHODS: HeaderValue = HeaderValue::from_static("GET, POST, OPTIONS, HEAD");
const EXPOSED: HeaderValue =
    HeaderValue::from_static("ETag, Retry-After, X-PostHog-Rate-Limit-Warning");
const VARY: HeaderValue = HeaderValue::from_static(
    "Origin, Access-Control-Request-Method, Access-Control-Request-Headers",
);
const TRUE: HeaderValue = HeaderValue::from_static("true");

/// Answers preflights, and mirrors the origin on everything else.
pub(crate) async fn allow_every_origin(request: Request, next: Next) -> Response {
    let Some(origin) = request.headers().get(header::ORIGIN).cloned() else {
        return next.run(request).await;
    };
    let asked = request
        .headers()
        .get(header::ACCESS_CONTROL_REQUEST_HEADERS)
        .cloned();
    let is_preflight = request.method() == Method::OPTIONS
        && request
            .headers()
            .contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    let mut response = if is_preflight {
        ().into_response()
    } else {
        next.run(request).await
    };
    allow(response.headers_mut(), origin);
    if is_preflight {
        response
            .headers_mut()
            .insert(header::ACCESS_CONTROL_ALLOW_METHODS, METHODS);
        if let Some(asked) = asked {
            response
                .headers_mut()
                .insert(header::ACCESS_CONTROL_ALLOW_HEADERS, asked);
        }
    }
    response
}

fn allow(headers: &mut HeaderMap, origin: HeaderValue) {
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    headers.insert(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, TRUE);
    headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
    headers.append(header::VARY, VARY);
}
