//! Every way in which a request is refused, and its status: the one file that knows HTTP status
//! codes of this service (spec: service §3.1).
//!
//! Infrastructure trouble is never a 401: an SDK that hears 401 throws its flags away.

mod ofrep;

use std::borrow::Cow;

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use burgee_eval::{EvaluationError, PropertiesError};
use burgee_store::StoreError;
use burgee_wire::{BodyError, DecodeError, Problem, QueryError, failure_code, failure_description};

use crate::{
    access::Denial, cpu_pool::CpuPoolError, environment::EnvironmentError, push,
    rate_limit::RateLimited, remote_config::RemoteConfigError,
};

/// What the log says of a client that hung up before its answer.
pub(crate) const CLIENT_GONE: (u16, &str) = (499, "client_gone");

/// Why a request is not answered. The text of a variant is what the log says.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    #[error("{0}")]
    Query(#[from] QueryError),
    #[error("{0}")]
    Body(#[from] BodyError),
    #[error("the body is over {bytes_max} bytes")]
    BodyTooLarge { bytes_max: usize },
    #[error("the body could not be received")]
    BodyNotReceived,
    #[error("no token")]
    MissingToken,
    #[error("unknown token")]
    UnknownToken,
    #[error("{0}")]
    Access(#[from] Denial),
    #[error("credentials are not to be had: {0}")]
    CredentialsUnavailable(#[from] StoreError),
    #[error("no distinct_id")]
    MissingDistinctId,
    #[error("definitions are not to be had: {0}")]
    DefinitionsUnavailable(String),
    #[error("the request took longer than {limit_ms} ms")]
    Timeout { limit_ms: u128 },
    #[error("too many requests in flight for {waited_ms} ms")]
    Overloaded { waited_ms: u128 },
    #[error("all places for those who wait for changes are taken")]
    NoPlaceToWait,
    #[error("no thread for {waited_ms} ms")]
    PoolBusy { waited_ms: u64 },
    #[error("evaluation panicked")]
    Panicked,
    #[error("the method is not one of {allowed}")]
    Method { allowed: &'static str },
    #[error("this path names no environment")]
    NoSuchPath,
    #[error("there is no such flag for this request")]
    UnknownFlag,
    #[error("{0}")]
    RemoteConfig(#[from] RemoteConfigError),
    #[error("{0}")]
    FlagFailed(EvaluationError),
    #[error("{0}")]
    RateLimited(#[from] RateLimited),
    #[error("the quota is used up")]
    OverQuota,
    #[error("the node is stopping")]
    Stopping,
}

/// What is sent.
struct RefusalAnswer {
    status: StatusCode,
    style: Style,
    /// For people.
    text: Cow<'static, str>,
}

/// What the body looks like.
enum Style {
    /// The text alone.
    Text,
    /// JSON with the text as its `detail`.
    Problem {
        kind: &'static str,
        code: &'static str,
    },
}

const TEXT: &str = "text/plain; charset=utf-8";
const JSON: &str = "application/json";

impl Refusal {
    /// Name in logs and metrics.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Query(_) => "bad_query",
            Self::Body(BodyError::Decode(DecodeError::TooLarge { .. }))
            | Self::BodyTooLarge { .. } => "payload_too_large",
            Self::Body(_) => "request_decoding_error",
            Self::BodyNotReceived => "body_not_received",
            Self::MissingToken => "missing_token",
            Self::UnknownToken => "invalid_token",
            Self::MissingDistinctId => "missing_distinct_id",
            Self::Access(denial) => denial_code(*denial),
            Self::DefinitionsUnavailable(_) | Self::CredentialsUnavailable(_) => {
                "database_unavailable"
            }
            Self::Timeout { .. } => "timeout",
            Self::Overloaded { .. } => "overloaded",
            Self::NoPlaceToWait => "no_place_to_wait",
            Self::PoolBusy { .. } => "cpu_pool_timeout",
            Self::Panicked => "batch_evaluation_panicked",
            Self::Method { .. } => "method_not_allowed",
            Self::NoSuchPath => "not_found",
            Self::UnknownFlag => "flag_not_found",
            Self::RemoteConfig(error) => remote_config_code(*error),
            Self::FlagFailed(error) => failure_code(*error),
            Self::RateLimited(limited) => limited.code(),
            Self::OverQuota => "billing_limit",
            Self::Stopping => "stopping",
        }
    }

    /// Status and body for the client.
    fn answer(&self) -> RefusalAnswer {
        match self {
            Self::Query(QueryError(reason)) => text(
                StatusCode::BAD_REQUEST,
                format!("Failed to deserialize query string: {reason}"),
            ),
            Self::Body(error) => body_refused(error),
            Self::BodyTooLarge { .. } => text(
                StatusCode::PAYLOAD_TOO_LARGE,
                "Failed to buffer the request body",
            ),
            Self::BodyNotReceived => {
                text(StatusCode::BAD_REQUEST, "Failed to buffer the request body")
            }
            Self::MissingToken => problem(
                StatusCode::UNAUTHORIZED,
                ("authentication_error", "not_authenticated"),
                "No project token was given. Send it as `token` (or `api_key`) in the body.",
            ),
            Self::UnknownToken => problem(
                StatusCode::UNAUTHORIZED,
                ("authentication_error", "authentication_failed"),
                "The project token is unknown. Check that it belongs to this server.",
            ),
            Self::Access(denial) => denied(*denial),
            Self::MissingDistinctId => text(
                StatusCode::BAD_REQUEST,
                "The distinct_id field is missing from the request. Please include a valid identifier.",
            ),
            Self::DefinitionsUnavailable(_) | Self::CredentialsUnavailable(_) => text(
                StatusCode::SERVICE_UNAVAILABLE,
                "The flag definitions cannot be read at the moment. Please try again.",
            ),
            Self::Timeout { limit_ms } => text(
                StatusCode::SERVICE_UNAVAILABLE,
                format!("The request took longer than {limit_ms} ms. Please try again."),
            ),
            Self::NoPlaceToWait => text(StatusCode::SERVICE_UNAVAILABLE, "Too many wait already."),
            Self::Overloaded { waited_ms } => text(
                StatusCode::SERVICE_UNAVAILABLE,
                format!("Too many requests, waited {waited_ms} ms. Please try again."),
            ),
            Self::PoolBusy { waited_ms } => text(
                StatusCode::GATEWAY_TIMEOUT,
                format!("Evaluation pool busy, timed out after {waited_ms}ms. Please retry."),
            ),
            Self::Panicked => text(
                StatusCode::INTERNAL_SERVER_ERROR,
                "Something went wrong on our side while evaluating. It has been logged.",
            ),
            Self::Method { .. } => text(StatusCode::METHOD_NOT_ALLOWED, ""),
            Self::NoSuchPath => text(StatusCode::NOT_FOUND, ""),
            Self::UnknownFlag => text(StatusCode::NOT_FOUND, "There is no such flag."),
            Self::RemoteConfig(error) => remote_config_refused(*error),
            Self::FlagFailed(error) => text(
                StatusCode::INTERNAL_SERVER_ERROR,
                failure_description(*error),
            ),
            Self::RateLimited(_) => problem(
                StatusCode::TOO_MANY_REQUESTS,
                ("validation_error", "rate_limit_exceeded"),
                "Rate limit exceeded",
            ),
            Self::OverQuota => problem(
                StatusCode::PAYMENT_REQUIRED,
                ("quota_limited", "payment_required"),
                "You have exceeded your feature flag request quota",
            ),
            Self::Stopping => text(StatusCode::SERVICE_UNAVAILABLE, "stopping"),
        }
    }
}

impl IntoResponse for &Refusal {
    fn into_response(self) -> Response {
        let RefusalAnswer {
            status,
            style,
            text,
        } = self.answer();
        let (content_type, body) = match style {
            Style::Text => (TEXT, text.into_owned().into_bytes()),
            Style::Problem { kind, code } => {
                let detail = &*text;
                (JSON, Problem { kind, code, detail }.to_json())
            }
        };
        let content_type = HeaderValue::from_static(content_type);
        let mut response = (status, [(header::CONTENT_TYPE, content_type)], body).into_response();
        let headers = response.headers_mut();
        match self {
            Refusal::Method { allowed } => {
                headers.insert(header::ALLOW, HeaderValue::from_static(allowed));
            }
            Refusal::NoPlaceToWait => {
                let seconds = HeaderValue::from(push::return_after().as_secs());
                headers.insert(header::RETRY_AFTER, seconds);
            }
            Refusal::RateLimited(limited) => {
                let seconds = HeaderValue::from(limited.retry_after_seconds);
                headers.insert(header::RETRY_AFTER, seconds);
            }
            _ => {}
        }
        response
    }
}

/// A body that was received and cannot be read.
fn body_refused(error: &BodyError) -> RefusalAnswer {
    match error {
        BodyError::Decode(DecodeError::TooLarge { bytes_max }) => text(
            StatusCode::PAYLOAD_TOO_LARGE,
            format!("The decompressed request body is over the limit of {bytes_max} bytes"),
        ),
        BodyError::Request(error) => text(
            StatusCode::BAD_REQUEST,
            format!(
                "Failed to decode request: invalid JSON ({error}). Please check your request format and try again."
            ),
        ),
        BodyError::Decode(error) => text(
            StatusCode::BAD_REQUEST,
            format!(
                "Failed to decode request: {error}. Please check your request format and try again."
            ),
        ),
    }
}

fn remote_config_code(error: RemoteConfigError) -> &'static str {
    match error {
        RemoteConfigError::UnknownFlag => "remote_config_not_found",
        RemoteConfigError::UnknownProject => "project_not_found",
        RemoteConfigError::NoKeys => "no_payload_keys",
        RemoteConfigError::Unreadable => "payload_unreadable",
    }
}

fn remote_config_refused(error: RemoteConfigError) -> RefusalAnswer {
    match error {
        RemoteConfigError::UnknownFlag | RemoteConfigError::UnknownProject => problem(
            StatusCode::NOT_FOUND,
            ("invalid_request", "not_found"),
            "Not found.",
        ),
        // Which of the two is for the log: it tells how the server is set up.
        RemoteConfigError::NoKeys | RemoteConfigError::Unreadable => problem(
            StatusCode::INTERNAL_SERVER_ERROR,
            ("server_error", "error"),
            "The payload cannot be decrypted.",
        ),
    }
}

fn denial_code(denial: Denial) -> &'static str {
    match denial {
        Denial::NoCredentials => "no_authentication",
        Denial::SecretKey => "secret_api_token_invalid",
        Denial::PersonalKey => "personal_api_key_invalid",
        Denial::PersonalKeyScope => "personal_api_key_insufficient_scopes",
        Denial::ForeignSecretKey => "secret_api_token_foreign",
        Denial::TokenRequired => "bad_request",
    }
}

fn denied(denial: Denial) -> RefusalAnswer {
    const KIND: &str = "authentication_error";
    match denial {
        Denial::NoCredentials => problem(
            StatusCode::UNAUTHORIZED,
            (KIND, "not_authenticated"),
            "Authentication credentials were not provided.",
        ),
        Denial::SecretKey => problem(
            StatusCode::UNAUTHORIZED,
            (KIND, "authentication_failed"),
            "Secret API token is invalid.",
        ),
        Denial::PersonalKey => problem(
            StatusCode::UNAUTHORIZED,
            (KIND, "authentication_failed"),
            "Personal API key is invalid.",
        ),
        Denial::PersonalKeyScope => problem(
            StatusCode::FORBIDDEN,
            (KIND, "permission_denied"),
            "The personal API key lacks the scope `feature_flag:read`.",
        ),
        Denial::ForeignSecretKey => problem(
            StatusCode::FORBIDDEN,
            (KIND, "permission_denied"),
            "The secret API token belongs to another project.",
        ),
        Denial::TokenRequired => text(
            StatusCode::BAD_REQUEST,
            "A personal API key opens several projects: name one with the `token` parameter.",
        ),
    }
}

/// The client has what it asks for already.
pub(crate) fn not_modified() -> Response {
    StatusCode::NOT_MODIFIED.into_response()
}

/// The answer to OPTIONS that is no preflight.
pub(crate) fn allowed_methods(allowed: &'static str) -> Response {
    let allowed = HeaderValue::from_static(allowed);
    (StatusCode::NO_CONTENT, [(header::ALLOW, allowed)]).into_response()
}

impl From<DecodeError> for Refusal {
    fn from(error: DecodeError) -> Self {
        Self::Body(error.into())
    }
}

impl From<PropertiesError> for Refusal {
    fn from(PropertiesError: PropertiesError) -> Self {
        Self::Body(BodyError::Decode(DecodeError::Malformed(
            "invalid JSON".into(),
        )))
    }
}

impl From<EnvironmentError> for Refusal {
    fn from(error: EnvironmentError) -> Self {
        match error {
            EnvironmentError::Unknown => Self::UnknownToken,
            EnvironmentError::Compile(error) => error.into(),
            EnvironmentError::Store(error) => Self::DefinitionsUnavailable(error.to_string()),
            EnvironmentError::Render(reason) => Self::DefinitionsUnavailable(reason),
        }
    }
}

impl From<CpuPoolError> for Refusal {
    fn from(error: CpuPoolError) -> Self {
        match error {
            CpuPoolError::Busy { waited_ms } => Self::PoolBusy { waited_ms },
            CpuPoolError::Panicked | CpuPoolError::NotStarted => Self::Panicked,
        }
    }
}

fn text(status: StatusCode, text: impl Into<Cow<'static, str>>) -> RefusalAnswer {
    RefusalAnswer {
        status,
        style: Style::Text,
        text: text.into(),
    }
}

fn problem(
    status: StatusCode,
    (kind, code): (&'static str, &'static str),
    detail: &'static str,
) -> RefusalAnswer {
    RefusalAnswer {
        status,
        style: Style::Problem { kind, code },
        text: Cow::Borrowed(detail),
    }
}
