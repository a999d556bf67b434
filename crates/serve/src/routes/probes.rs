//! Probes, metrics and the root. They answer while requests queue, and ask no dependency.

use std::sync::Arc;

use axum::{
    extract::State,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};

use crate::{refusal::Refusal, serving::Serving};

/// Prometheus' text format.
const METRICS_TEXT: HeaderValue =
    HeaderValue::from_static("application/openmetrics-text; version=1.0.0; charset=utf-8");

/// Names the service.
pub(super) async fn root() -> &'static str {
    "feature flags"
}

/// If the runtime can answer, the process is alive (spec: service §1.5).
pub(super) async fn liveness() -> &'static str {
    "alive"
}

/// Ready until it is asked to stop, so that it leaves the rotation before it drains. A store that is
/// away does not make it unready: it answers from memory.
pub(super) async fn readiness(State(serving): State<Arc<Serving>>) -> Response {
    if serving.is_stopping() {
        return (&Refusal::Stopping).into_response();
    }
    let sources = serving.sources();
    if let Some(age) = sources.stale_seconds() {
        return format!("ready, stale: definitions are from {age} s ago").into_response();
    }
    match sources.freshness().age_seconds() {
        None => "ready, definitions not read yet".into_response(),
        Some(age) => format!("ready, definitions read {age} s ago").into_response(),
    }
}

/// Started as soon as it listens.
pub(super) async fn startup() -> &'static str {
    "started"
}

/// All figures.
pub(super) async fn metrics(State(serving): State<Arc<Serving>>) -> Response {
    let age = serving.sources().freshness().age_seconds();
    let age = age.and_then(|age| i64::try_from(age).ok()).unwrap_or(-1);
    serving.metrics().definitions_age_seconds.set(age);
    let dropped = i64::try_from(serving.log().dropped()).unwrap_or(i64::MAX);
    serving.metrics().log_lines_dropped.set(dropped);
    let waiting = i64::try_from(serving.usage().places()).unwrap_or(i64::MAX);
    serving.metrics().admission.usage_waiting.set(waiting);
    let waiting = i64::try_from(serving.push().waiting()).unwrap_or(i64::MAX);
    serving.metrics().push.waiting.set(waiting);
    serving.environments().report_size();
    (
        [(header::CONTENT_TYPE, METRICS_TEXT)],
        serving.metrics().render(),
    )
        .into_response()
}
