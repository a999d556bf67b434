//! A request that comes with a key and without a body, from its first look to its log line. SDKs ask
//! such things by the million: what is answered is counted, and only what is refused is logged.

use std::pin::pin;

use axum::{
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use burgee_store::UsageLibrary;
use tokio::time::error::Elapsed;
use uuid::Uuid;

use crate::{
    clock::Moment,
    deadline::within,
    exchange::millis,
    panic_guard::{Panicked, catch_panic},
    refusal::Refusal,
    request_log::RequestRecord,
    runtime,
    serving::Serving,
    staleness::tell_age,
};

/// The answer, within the deadline of requests. `endpoint` is the name in logs and metrics, where what
/// is refused is named with the `library` that asked.
pub(crate) async fn answer<F>(
    serving: &Serving,
    library: impl FnOnce() -> UsageLibrary,
    endpoint: &'static str,
    answering: impl FnOnce(Moment) -> F,
) -> Response
where
    F: Future<Output = Result<Response, Refusal>>,
{
    match decide(serving, library, endpoint, answering, Response::status).await {
        Ok(mut response) => {
            tell_age(serving, &mut response);
            response
        }
        Err(refused) => refused,
    }
}

/// The same, where it is only decided what is answered, with which `status`; or the answer to what is
/// refused.
pub(crate) async fn decide<F, T>(
    serving: &Serving,
    library: impl FnOnce() -> UsageLibrary,
    endpoint: &'static str,
    deciding: impl FnOnce(Moment) -> F,
    status: impl FnOnce(&T) -> StatusCode,
) -> Result<T, Response>
where
    F: Future<Output = Result<T, Refusal>>,
{
    let asked = Moment::of(&**serving.clock());
    // In its place once: whatever takes a future by value keeps room for it twice.
    let deciding = pin!(deciding(asked));
    let limit = serving.config().request_timeout;
    let decided = match within(limit, catch_panic(deciding)).await {
        Ok(Ok(decided)) => decided,
        Ok(Err(Panicked)) => Err(Refusal::Panicked),
        Err(Elapsed { .. }) => Err(Refusal::Timeout {
            limit_ms: limit.as_millis(),
        }),
    };
    let decided = decided.map_err(|refusal| ((&refusal).into_response(), refusal));
    let status = match &decided {
        Ok(decided) => status(decided),
        Err((response, _)) => response.status(),
    };
    let now = serving.clock().monotonic_micros();
    let micros = now.saturating_sub(asked.monotonic_micros);
    let mut record = RequestRecord {
        endpoint,
        http_status: status.as_u16(),
        ..RequestRecord::default()
    };
    serving.metrics().observe_request(&record, micros);
    decided.map_err(|(response, refusal)| {
        record.duration_ms = millis(micros);
        log(serving, library(), &refusal, record);
        response
    })
}

/// The SDK that asks, by its `User-Agent`.
pub(crate) fn library(headers: &HeaderMap) -> UsageLibrary {
    let agent = headers.get(header::USER_AGENT);
    runtime::library(agent.and_then(|agent| agent.to_str().ok()))
}

fn log(serving: &Serving, library: UsageLibrary, refusal: &Refusal, mut record: RequestRecord) {
    if !serving.log().is_on() {
        return;
    }
    record.request_id = Uuid::new_v4();
    record.lib = library.as_str();
    record.error_code = Some(refusal.code());
    record.error = Some(refusal.to_string());
    let line = record.line(serving.config().log_format, serving.clock().now());
    serving.log().write(line);
}
