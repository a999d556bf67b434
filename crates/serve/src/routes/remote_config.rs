//! `GET /api/projects/{project}/feature_flags/{key}/remote_config`: the payload of one flag
//! (spec: service §6), answered from what is held beside the definitions document.
//!
//! Surprising: what a path calls a project is an environment here, as everywhere on PostHog's wire.

use std::sync::Arc;

use axum::{
    body::Body,
    extract::{Path, Request, State},
    http::{HeaderMap, HeaderValue, Method, header},
    response::{IntoResponse, Response},
};
use burgee_model::{EnvironmentId, ProjectToken, Timestamp};
use burgee_store::{KeyGrant, KeyKind, UsageKind};

use crate::{
    access::{self, Denial},
    admission,
    claim::named_token,
    clock::Moment,
    head::bearer,
    keyed_exchange::{self, library},
    rate_limit::Pass,
    refusal::{Refusal, allowed_methods},
    remote_config::RemoteConfigError,
    serving::Serving,
    shown_key::ShownKey,
};

const ALLOWED: &str = "GET, OPTIONS, HEAD";
const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// A payload may be a secret, and changes without notice.
const CACHE_CONTROL: HeaderValue = HeaderValue::from_static("private, no-store");

/// In the place of a project: the one that the key belongs to.
const CURRENT: &str = "@current";

/// Any method.
pub(super) async fn answer(
    State(serving): State<Arc<Serving>>,
    Path((project, flag)): Path<(String, String)>,
    request: Request,
) -> Response {
    match *request.method() {
        Method::GET => {
            let (parts, _) = request.into_parts();
            let named = named_token(&parts.headers, &parts.uri);
            let wanted = Wanted {
                token: named.as_deref(),
                project: &project,
                flag: &flag,
            };
            let answering = |asked| find(&serving, &parts.headers, wanted, asked);
            let asker = || library(&parts.headers);
            keyed_exchange::answer(&serving, asker, "remote_config", answering).await
        }
        Method::HEAD => ([(header::CONTENT_TYPE, JSON)], ()).into_response(),
        Method::OPTIONS => allowed_methods(ALLOWED),
        _ => (&Refusal::Method { allowed: ALLOWED }).into_response(),
    }
}

/// What a request names.
#[derive(Debug, Clone, Copy)]
struct Wanted<'r> {
    /// Comes before the project.
    token: Option<&'r str>,
    project: &'r str,
    flag: &'r str,
}

/// The key comes first: one that opens nothing makes nobody look anything up.
async fn find(
    serving: &Serving,
    headers: &HeaderMap,
    wanted: Wanted<'_>,
    asked: Moment,
) -> Result<Response, Refusal> {
    let key = bearer(headers).map(ShownKey::of);
    let key = key.ok_or(Denial::NoCredentials)?;
    let now = asked.now;
    let held = serving.credentials().find(key).await?;
    let held = held.ok_or_else(|| access::unknown(key))?;
    let grants = held.grants();
    access::check_any(key, grants, now)?;
    let token = match wanted.token {
        Some(token) => ProjectToken::parse(token).map_err(|_| Refusal::UnknownToken)?,
        None => token_of(serving, wanted.project, (key, grants), now)?,
    };
    let document = serving.documents().get(&token).await?;
    let kind = access::check_remote_config(key, grants, document.environment, now)?;
    serving.note_key_use(&held, now);
    let pass = match kind {
        KeyKind::Secret => Pass::Silent,
        KeyKind::Personal => admission::admit_remote_config(serving, held.digest(), &token, asked)?,
    };
    let config = document.remote_configs().find(wanted.flag);
    let config = config.ok_or(RemoteConfigError::UnknownFlag)?;
    let body = config.answer(kind, serving.config().payload_keys.as_ref())?;
    let usage = (UsageKind::RemoteConfig, library(headers));
    serving.count_usage(document.environment, usage, now);
    let headers = [
        (header::CONTENT_TYPE, JSON),
        (header::CACHE_CONTROL, CACHE_CONTROL),
    ];
    let mut response = (headers, Body::from(body)).into_response();
    if pass == Pass::Warned {
        admission::warn(response.headers_mut());
    }
    Ok(response)
}

/// The token of the project that a path names, if the key opens it.
fn token_of(
    serving: &Serving,
    project: &str,
    (key, grants): (ShownKey, &[KeyGrant]),
    now: Timestamp,
) -> Result<ProjectToken, Refusal> {
    if project == CURRENT {
        return Ok(access::current_environment(key, grants, now)?.clone());
    }
    // PostHog's ids have 32 bits; a larger number names nothing.
    let id = project
        .parse::<u32>()
        .ok()
        .and_then(|id| i32::try_from(id).ok());
    let environment = EnvironmentId(id.ok_or(RemoteConfigError::UnknownProject)?.into());
    if let Some(grant) = grants.iter().find(|grant| grant.environment == environment) {
        return Ok(grant.token.clone());
    }
    match serving.sources().knows(environment) {
        Some(true) => {
            let denied = access::check_remote_config(key, grants, environment, now);
            Err(denied.err().unwrap_or_else(|| access::unknown(key)).into())
        }
        Some(false) => Err(RemoteConfigError::UnknownProject.into()),
        None => Err(Refusal::DefinitionsUnavailable(
            "nobody has said which environments there are".to_owned(),
        )),
    }
}
