//! Which path is answered by what. Every path is also there with a trailing slash.

use std::sync::Arc;

use axum::{
    Router,
    routing::{any, get},
};
use burgee_wire::{Endpoint, OFREP_EVENTS_PATH, OFREP_FLAGS_PATH};

use crate::{Role, cors::AllowEveryOrigin, serving::Serving};

pub(crate) use definitions::Hold;
pub use trip::Routes;
pub(crate) use trip::Trip;

mod config;
mod definitions;
mod evaluation;
mod events;
mod flags;
mod ofrep;
mod probes;
mod remote_config;
mod streams;
mod trip;

/// Paths on which SDKs send events, logs and recordings.
const EVENT_PATHS: [&str; 13] = [
    "/batch",
    "/e",
    "/capture",
    "/track",
    "/engage",
    "/s",
    "/i/v0/e",
    "/i/v0/ai/batch",
    "/i/v0/ai",
    "/i/v1/logs",
    "/i/v1/metrics",
    "/i/v1/traces",
    "/report",
];

/// The payload of one flag; what comes in the place of braces is the route's business.
const REMOTE_CONFIG_PATH: &str = "/api/projects/{project}/feature_flags/{flag}/remote_config";

/// The routes of a node in its role (spec: service §1.1). A path of another role is answered as one
/// that never was.
pub fn router(serving: Arc<Serving>) -> AllowEveryOrigin<Routes> {
    let role = serving.config().role;
    let mut router = Router::new()
        .route("/", get(probes::root))
        .route("/_liveness", get(probes::liveness))
        .route("/_readiness", get(probes::readiness))
        .route("/_startup", get(probes::startup));
    if serving.config().serves_metrics {
        router = router.route("/metrics", get(probes::metrics));
    }
    if role.includes(Role::Flags) {
        router = with_flags(router);
    }
    let mut polled = None;
    if role.includes(Role::Definitions) {
        router = with_definitions(router);
        polled = Some(Arc::clone(&serving));
    }
    if role.includes(Role::Ingest) {
        router = with_events(router);
    }
    AllowEveryOrigin::around(Routes::new(router.with_state(serving), polled))
}

/// Evaluation, and what browsers ask beside it.
fn with_flags(mut router: Router<Arc<Serving>>) -> Router<Arc<Serving>> {
    router = both(router, "/flags", || {
        any(|at, request| flags::answer(at, request, Endpoint::Flags))
    });
    router = both(router, "/decide", || {
        any(|at, request| flags::answer(at, request, Endpoint::Decide))
    });
    router = both(router, OFREP_FLAGS_PATH, || any(ofrep::all));
    router = router.route(&format!("{OFREP_FLAGS_PATH}/{{*key}}"), any(ofrep::one));
    router = both(router, OFREP_EVENTS_PATH, || any(streams::ofrep));
    router = both(router, "/array/{token}/config", || get(config::json));
    router = both(router, "/array/{token}/config.js", || get(config::script));
    router = both(router, "/api/surveys", || get(config::surveys));
    both(router, "/api/early_access_features", || {
        get(config::early_access_features)
    })
}

/// What SDKs ask that evaluate themselves, beside the definitions (`routes/trip.rs`).
fn with_definitions(mut router: Router<Arc<Serving>>) -> Router<Arc<Serving>> {
    router = both(router, "/flags/events", || any(streams::programs));
    both(router, REMOTE_CONFIG_PATH, || any(remote_config::answer))
}

/// What SDKs send.
fn with_events(mut router: Router<Arc<Serving>>) -> Router<Arc<Serving>> {
    for path in EVENT_PATHS {
        router = both(router, path, || any(events::accept));
    }
    both(router, "/i/v1/analytics/events", || {
        any(events::accept_analytics)
    })
}

/// With and without the trailing slash.
fn both(
    router: Router<Arc<Serving>>,
    path: &str,
    route: impl Fn() -> axum::routing::MethodRouter<Arc<Serving>>,
) -> Router<Arc<Serving>> {
    router
        .route(path, route())
        .route(&format!("{path}/"), route())
}
