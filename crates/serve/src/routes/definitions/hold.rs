//! A poll that is held: the client has the current document and is answered when there is another,
//! so that an SDK which can only poll hears of a change at once.
//!
//! It is held before it is answered, and answered as if it came when it is let go: with the document
//! of then, and if its key still opens it. It takes no place among the requests at work, and no
//! deadline runs.

use std::{sync::Arc, time::Duration};

use axum::{
    http::{HeaderMap, HeaderName, HeaderValue, Uri, header},
    response::Response,
};
use burgee_model::ProjectToken;
use tokio::time::{Instant, timeout};

use crate::{
    conditional,
    document::Document,
    panic_guard::catch_panic,
    push::{self, Subject, Topic, Waiting, Woken, patience::hold_time, preference},
    quotas::Standing,
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

/// Holds a poll that [`may_be_held`], if its client or its environment wishes it, the client has the
/// current document, and a place is free.
/// `None`: it was not held, and its answer will say all that is wrong with it.
pub(super) async fn hold(serving: &Serving, headers: &HeaderMap, uri: &Uri) -> Option<Hold> {
    let wish = preference::wait(headers);
    let keys = serving.push().key_changes();
    let (token, document) = find(serving, headers, uri).await?;
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
    let mut waiting = serving.push().wait(topic.clone(), &tag, keys)?;
    // A change that came before the place was taken woke nobody.
    let woken = if push::current(serving, &topic).await == tag {
        wait_out(serving, headers, uri, &mut waiting, limit).await
    } else {
        Woken::Change
    };
    Some(Hold {
        woken,
        granted: wish.map(|_| limit.as_secs()),
    })
}

/// As a request finds it: in time, and whatever happens.
async fn find(
    serving: &Serving,
    headers: &HeaderMap,
    uri: &Uri,
) -> Option<(ProjectToken, Arc<Document>)> {
    let now = serving.clock().now();
    // Apart, so that the thousands that are held keep no room for it.
    let finding = Box::pin(catch_panic(super::find(serving, headers, uri, now)));
    let found = timeout(serving.config().request_timeout, finding).await;
    found.ok()?.ok()?.ok()
}

/// Waits, and goes on waiting after a change of keys unless the client's own is refused now.
async fn wait_out(
    serving: &Serving,
    headers: &HeaderMap,
    uri: &Uri,
    waiting: &mut Waiting,
    limit: Duration,
) -> Woken {
    let end = Instant::now() + limit;
    loop {
        let left = end.saturating_duration_since(Instant::now());
        let woken = waiting.wake(left).await;
        if woken != Woken::Keys {
            return woken;
        }
        waiting.note_keys(serving.push().key_changes());
        if find(serving, headers, uri).await.is_none() {
            return woken;
        }
    }
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
