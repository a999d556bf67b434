//! What browser SDKs ask for beside flags (spec: service §7.3, sdk-protocol "Other").

use std::sync::Arc;

use axum::{
    extract::{Path, State},
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use burgee_model::ProjectToken;

use crate::{environment::EnvironmentError, refusal::Refusal, serving::Serving};

const JSON: HeaderValue = HeaderValue::from_static("application/json");
const SCRIPT: HeaderValue = HeaderValue::from_static("application/javascript");

/// `GET /array/{token}/config`.
pub(super) async fn json(
    State(serving): State<Arc<Serving>>,
    Path(token): Path<String>,
) -> Response {
    match config(&serving, &token).await {
        Ok(config) => ([(header::CONTENT_TYPE, JSON)], config).into_response(),
        Err(refusal) => (&refusal).into_response(),
    }
}

/// `GET /array/{token}/config.js`: a script that sets nothing, so that the SDK asks for the JSON.
pub(super) async fn script(
    State(serving): State<Arc<Serving>>,
    Path(token): Path<String>,
) -> Response {
    match config(&serving, &token).await {
        Ok(_) => ([(header::CONTENT_TYPE, SCRIPT)], "").into_response(),
        Err(refusal) => (&refusal).into_response(),
    }
}

/// No surveys.
pub(super) async fn surveys() -> Response {
    ([(header::CONTENT_TYPE, JSON)], r#"{"surveys":[]}"#).into_response()
}

/// No early access features.
pub(super) async fn early_access_features() -> Response {
    (
        [(header::CONTENT_TYPE, JSON)],
        r#"{"earlyAccessFeatures":[]}"#,
    )
        .into_response()
}

async fn config(serving: &Serving, token: &str) -> Result<String, Refusal> {
    let token = ProjectToken::parse(token).map_err(|_| Refusal::NoSuchPath)?;
    match serving.environments().get(&token).await {
        Ok(environment) => Ok(environment.config()),
        Err(EnvironmentError::Unknown) => Err(Refusal::NoSuchPath),
        Err(error) => Err(error.into()),
    }
}
