//! A poll that is held: the client has the current document and is answered when there is another,
//! so that an SDK which can only poll hears of a change at once.
//!
//! It is held before it is answered, and answered as if it came when it is let go: with the document
//! of then, and if its key still opens it. It takes no place among the requests at work, and no
//! deadline runs.

use std::{borrow::Cow, sync::Arc, time::Duration};

use axum::{
    http::{HeaderMap, HeaderName, HeaderValue, Uri, header},
    response::Response,
};
use burgee_model::ProjectToken;
use tokio::time::{Instant, timeout};

use super::{answer_now, poll::Poll};
use crate::{
    document::Document,
    panic_guard::catch_panic,
    push::{self, Subject, Topic, Waiting, Woken, patience::Patience, preference},
    quotas::Standing,
    serving::Serving,
};

const PREFERENCE_APPLIED: HeaderName = HeaderName::from_static("preference-applied");

/// Whether anybody may wish this poll to be held; costs next to nothing for one that nobody does.
pub(super) fn is_wished(serving: &Serving, headers: &HeaderMap) -> bool {
    let has_wish = match preference::wait(headers) {
        Some(wish) => !wish.is_zero(),
        None => serving.documents().holds_unasked(),
    };
    has_wish && headers.contains_key(header::IF_NONE_MATCH) && !serving.is_stopping()
}

/// A poll that somebody may wish to be held.
#[derive(Debug)]
pub(super) struct Hold {
    poll: Poll<'static>,
    patience: Patience,
}

/// How a poll was held.
#[derive(Debug)]
struct Held {
    woken: Woken,
    /// For how long at most.
    limit: Duration,
}

impl Hold {
    /// Takes what it needs of its request, which is not needed any more.
    pub(super) fn of(headers: &HeaderMap, uri: &Uri) -> Self {
        Self {
            poll: Poll::kept(headers, uri),
            patience: Patience::of(headers),
        }
    }

    /// Holds the poll if it can be, and answers it.
    pub(super) async fn answer(self, serving: Arc<Serving>) -> Response {
        // Apart, so that the many that are answered at once are not moved about with room for it.
        let held = Box::pin(self.hold(&serving)).await;
        let mut response = answer_now(&serving, &self.poll).await;
        if let Some(held) = held {
            held.mark(self.patience, &mut response);
        }
        response
    }

    /// Holds the poll, if its client or its environment wishes it, the client has the current document,
    /// and a place is free.
    /// `None`: it was not held, and its answer will say all that is wrong with it.
    async fn hold(&self, serving: &Serving) -> Option<Held> {
        let keys = serving.push().key_changes();
        let (token, document) = self.find(serving).await?;
        let setting = Duration::from_secs(document.hold_polls_seconds.into());
        let limit = self.patience.hold_time(setting, serving.config().hold_max);
        if limit.is_zero() || !self.has_it(serving, &token, &document) {
            return None;
        }
        let topic = Topic {
            subject: Subject::Document,
            token: token.into_owned(),
        };
        let tag = document.tag(None);
        let mut waiting = serving.push().wait(&topic, &tag, keys)?;
        // A change that came before the place was taken woke nobody.
        let woken = if push::current(serving, &topic).await == tag {
            self.wait_out(serving, &mut waiting, limit).await
        } else {
            Woken::Change
        };
        Some(Held { woken, limit })
    }

    /// As a request finds it: in time, and whatever happens.
    async fn find(&self, serving: &Serving) -> Option<(Cow<'_, ProjectToken>, Arc<Document>)> {
        let now = serving.clock().now();
        // Apart, so that the thousands that are held keep no room for it.
        let finding = Box::pin(catch_panic(self.poll.claim.find(serving, now)));
        let found = timeout(serving.config().request_timeout, finding).await;
        found.ok()?.ok()?.ok()
    }

    /// Waits, and goes on waiting after a change of keys unless the client's own is refused now.
    async fn wait_out(&self, serving: &Serving, waiting: &mut Waiting, limit: Duration) -> Woken {
        let end = Instant::now() + limit;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            let woken = waiting.wake(left).await;
            if woken != Woken::Keys {
                return woken;
            }
            waiting.note_keys(serving.push().key_changes());
            if self.find(serving).await.is_none() {
                return woken;
            }
        }
    }

    /// Whether the client has what it would be sent. One that is over its quota is not sent anything.
    fn has_it(&self, serving: &Serving, token: &ProjectToken, document: &Document) -> bool {
        match serving.quotas().standing(token, serving.clock().now()) {
            Standing::OverQuota => false,
            Standing::Free { refused_until } => self.poll.has(&document.tag(refused_until)),
        }
    }
}

impl Held {
    /// Says on the answer what was done about the client's wish, and when to come back if the node
    /// stops.
    fn mark(&self, patience: Patience, response: &mut Response) {
        let headers = response.headers_mut();
        if patience.wish.is_some()
            && let Ok(applied) = HeaderValue::try_from(format!("wait={}", self.limit.as_secs()))
        {
            headers.insert(PREFERENCE_APPLIED, applied);
        }
        if self.woken == Woken::Stop {
            headers.insert(header::RETRY_AFTER, push::return_after().as_secs().into());
        }
    }
}
