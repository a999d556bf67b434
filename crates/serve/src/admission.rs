//! Who may ask now: rate limits and quotas, at the places of a request's trip where they are looked at
//! (spec: service §2.1, §5.1). What they are is in `rate_limit.rs` and `quotas.rs`.

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use burgee_model::{ProjectToken, Timestamp};
use burgee_store::KeyDigest;

use crate::{
    clock::Moment, head::Head, quotas::Standing, rate_limit::Pass, refusal::Refusal,
    request_log::RequestRecord, serving::Serving,
};

const X_POSTHOG_RATE_LIMIT_WARNING: HeaderName =
    HeaderName::from_static("x-posthog-rate-limit-warning");

/// Says to a client that asks very often that it may soon be refused.
pub(crate) fn warn(headers: &mut HeaderMap) {
    headers.insert(
        X_POSTHOG_RATE_LIMIT_WARNING,
        HeaderValue::from_static("true"),
    );
}

/// Lets in a request for flags by its client's address, before its body is received.
pub(crate) fn admit_client(
    serving: &Serving,
    head: &Head,
    record: &mut RequestRecord,
) -> Result<(), Refusal> {
    let now = serving.clock().monotonic_micros();
    let pass = serving
        .rate_limits()
        .pass_client(head.limited_client, now)?;
    record.rate_limit_warning |= pass == Pass::Warned;
    Ok(())
}

/// Lets in a request for flags by its token, known or not, before that is looked up.
pub(crate) fn admit_token(
    serving: &Serving,
    token: &ProjectToken,
    record: &mut RequestRecord,
) -> Result<(), Refusal> {
    let now = serving.clock().monotonic_micros();
    let pass = serving.rate_limits().pass_flags(token, now)?;
    record.rate_limit_warning |= pass == Pass::Warned;
    Ok(())
}

/// Whether a request for flags is to be answered without any.
pub(crate) fn is_over_quota(serving: &Serving, token: &ProjectToken, now: Timestamp) -> bool {
    let is_over = serving.quotas().standing(token, now) == Standing::OverQuota;
    if is_over {
        serving.metrics().admission.quota_refused.inc();
    }
    is_over
}

/// Lets in a poll for definitions that has shown its key, as far as can be said before the ETags are
/// compared. If the client's is not the newest, [`admit_document`] is to be asked as well. Returns the
/// end of the last time of refusal, for the ETag.
pub(crate) fn admit_poll(
    serving: &Serving,
    token: &ProjectToken,
    is_conditional: bool,
    asked: Moment,
) -> Result<(Pass, Option<i64>), Refusal> {
    let (limits, micros) = (serving.rate_limits(), asked.monotonic_micros);
    let pass = if is_conditional {
        limits.pass_conditional_definitions(token, micros)?
    } else {
        limits.pass_definitions(token, micros)?
    };
    match serving.quotas().standing(token, asked.now) {
        Standing::OverQuota => {
            serving.metrics().admission.quota_refused.inc();
            Err(Refusal::OverQuota)
        }
        Standing::Free { refused_until } => Ok((pass, refused_until)),
    }
}

/// Lets in a request for a remote configuration that came with a personal key.
pub(crate) fn admit_remote_config(
    serving: &Serving,
    key: KeyDigest,
    token: &ProjectToken,
    asked: Moment,
) -> Result<Pass, Refusal> {
    let limits = serving.rate_limits();
    Ok(limits.pass_remote_config(key, token, asked.monotonic_micros)?)
}

/// Lets in a poll whose ETag is no longer the newest. One that named none has been let in already.
pub(crate) fn admit_document(
    serving: &Serving,
    token: &ProjectToken,
    is_conditional: bool,
    asked: Moment,
) -> Result<Pass, Refusal> {
    if !is_conditional {
        return Ok(Pass::Silent);
    }
    let limits = serving.rate_limits();
    Ok(limits.pass_definitions(token, asked.monotonic_micros)?)
}
