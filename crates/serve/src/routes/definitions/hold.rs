//! A poll that is held: the client has the current document and is answered when there is another,
//! so that an SDK which can only poll hears of a change at once.
//!
//! It is held before it is answered, and answered as if it came when it is let go: with the document
//! of then, and if its key still opens it. It takes no place among the requests at work, and no
//! deadline runs.

use std::{sync::Arc, time::Duration};

use axum::{
    http::{HeaderMap, HeaderName, HeaderValue, header},
    response::Response,
};
use burgee_model::ProjectToken;
use tokio::time::timeout;

use crate::{
    conditional,
    document::Document,
    panic_guard::catch_panic,
    push::{self, Subject, Topic, Woken, patience::hold_time, preference},
    quotas::Standing,
    refusal::Refusal,
    serving::Serving,
};

const PREFERENCE_APPLIED: HeaderName = HeaderName::from_static("preference-applied");

/// A poll that was held.
#[derive(Debug)]
pub(super) struct Hold {
    woken: Woken,
    /// The wish that was granted, in seconds.
    granted: Option<u64>,
}

/// Whether anybody may wish this poll to be held; costs next to nothing for one that nobody does.
pub(super) fn may_be_held(serving: &Serving, headers: &HeaderMap) -> bool {
    let is_wished = match preference::wait(headers) {
        Some(wish) => !wish.is_zero(),
        None => serving.documents().holds_unasked(),
    };
    is_wished && headers.contains_key(header::IF_NONE_MATCH) && !serving.is_stopping()
}

/// Holds a poll that [`may_be_held`], if its client or its environment wishes it, the client has what
/// `finding` finds, and a place is free.
/// `None`: it was not held, and its answer will say all that is wrong with it.
pub(super) async fn hold(
    serving: &Serving,
    headers: &HeaderMap,
    finding: impl Future<Output = Result<(ProjectToken, Arc<Document>), Refusal>>,
) -> Option<Hold> {
    let wish = preference::wait(headers);
    let found = timeout(serving.config().request_timeout, catch_panic(finding)).await;
    let (token, document) = found.ok()?.ok()?.ok()?;
    let user_agent = headers.get(header::USER_AGENT);
    let user_agent = user_agent.and_then(|agent| agent.to_str().ok());
    let most = serving.config().hold_max;
    let setting = Duration::from_secs(document.hold_polls_seconds.into());
    let limit = hold_time(user_agent, wish, setting, most);
    if limit.is_zero() || !has_it(serving, headers, &token, &document) {
        return None;
    }
    let topic = Topic {
        subject: Subject::Document,
        token,
    };
    let tag = document.tag(None);
    let waiting = serving.push().wait(topic.clone(), &tag)?;
    // A change that came before the place was taken woke nobody.
    let woken = if push::current(serving, &topic).await == tag {
        waiting.wake(limit).await
    } else {
        Woken::Change
    };
    Some(Hold {
        woken,
        granted: wish.map(|_| limit.as_secs()),
    })
}

/// Whether the client has what it would be sent. One that is over its quota is not sent anything.
fn has_it(
    serving: &Serving,
    headers: &HeaderMap,
    token: &ProjectToken,
    document: &Document,
) -> bool {
    match serving.quotas().standing(token, serving.clock().now()) {
        Standing::OverQuota => false,
        Standing::Free { refused_until } => {
            conditional::is_current(headers, &document.tag(refused_until))
        }
    }
}

impl Hold {
    /// Says on the answer what was done about the client's wish, and when to come back if the node
    /// stops.
    pub(super) fn mark(&self, response: &mut Response) {
        let headers = response.headers_mut();
        if let Some(seconds) = self.granted
            && let Ok(applied) = HeaderValue::try_from(format!("wait={seconds}"))
        {
            headers.insert(PREFERENCE_APPLIED, applied);
        }
        if self.woken == Woken::Stop {
            headers.insert(header::RETRY_AFTER, push::return_after().as_secs().into());
        }
    }
}
