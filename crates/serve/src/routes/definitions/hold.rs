//! A poll that is held: the client has the current document and is answered when there is another,
//! so that an SDK which can only poll hears of a change at once.
//!
//! It is held before it is answered, and answered as if it came when it is let go: with the document
//! of then, and if its key still opens it. It takes no place among the requests at work, and no
//! deadline runs.
//!
//! Who answers it is whoever comes along with the change; who waited is not woken (`push/walk.rs`).

use std::{
    borrow::Cow,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::{
    body::Body,
    extract::Request,
    http::{HeaderMap, HeaderName, HeaderValue, header},
    response::{IntoResponse, Response},
};
use burgee_model::ProjectToken;
use bytes::Bytes;
use tokio::{
    sync::oneshot,
    time::{Instant, timeout},
};

use super::{Decided, answer_now, decide, poll::Poll};
use crate::{
    Outlet, Prepared,
    cors::allow,
    document::Document,
    panic_guard::catch_panic,
    push::{
        self, Answerer, Answering, Handover, Subject, Topic, Waiting, Woken, patience::Patience,
        preference,
    },
    quotas::Standing,
    refusal::Refusal,
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
pub(crate) struct Hold {
    asked: Asked,
    patience: Patience,
}

/// What is asked, and how: all that an answer depends on.
struct Asked {
    serving: Arc<Serving>,
    poll: Poll<'static>,
    /// Where a browser asks from.
    origin: Option<HeaderValue>,
    /// What is said to have been done about the client's wish.
    applied: Option<Duration>,
}

impl Hold {
    /// Takes what it needs of its request, which is not needed any more.
    pub(super) fn of(serving: Arc<Serving>, request: &Request) -> Self {
        let headers = request.headers();
        Self {
            asked: Asked {
                serving,
                poll: Poll::kept(headers, request.uri()),
                origin: None,
                applied: None,
            },
            patience: Patience::of(headers),
        }
    }

    /// Holds the poll if it can be, and sends its answer, or leaves that to somebody else: this may end
    /// long after the answer was sent, and before it is.
    pub(crate) async fn answer(
        mut self: Box<Self>,
        origin: Option<HeaderValue>,
        outlet: Arc<dyn Outlet>,
    ) {
        self.asked.origin = origin;
        // Apart, so that the many that are held keep no room for it.
        let Some((waiting, limit)) = Box::pin(self.enter()).await else {
            let response = answer_now(&self.asked.serving, &self.asked.poll).await;
            return outlet.send(&self.asked.prepare(None, response).await);
        };
        let Self {
            mut asked,
            patience,
        } = *self;
        asked.applied = patience.wish.map(|_| limit);
        let answerer = waiting.share(asked);
        let end = Instant::now() + limit;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            let handover = Handover {
                answerer: Arc::clone(&answerer) as Arc<_>,
                outlet: Arc::clone(&outlet),
            };
            let Some(woken) = waiting.wake_or_answer(handover, left).await else {
                return;
            };
            // After a change of keys it goes on waiting unless the client's own is refused now.
            if woken == Woken::Keys {
                waiting.note_keys(answerer.serving.push().key_changes());
                if answerer.find().await.is_some() {
                    continue;
                }
            }
            drop(waiting);
            return answerer.answer(woken, vec![outlet]).await;
        }
    }

    /// The answer, for whoever waits for it.
    pub(super) async fn answered(self: Box<Self>) -> Response {
        let (slot, answer) = oneshot::channel();
        let slot = Arc::new(Slot(Mutex::new(Some(slot))));
        tokio::pin!(answer);
        let answered = tokio::select! {
            biased;
            answered = &mut answer => answered,
            () = self.answer(None, slot) => answer.await,
        };
        match answered {
            Ok(response) => response.map(Body::from),
            // Whoever was to answer panicked where nothing is guarded.
            Err(_) => (&Refusal::Panicked).into_response(),
        }
    }

    /// A place to wait in, and for how long, if its client or its environment wishes the poll to be held,
    /// the client has the current document, and a place is free.
    /// `None`: it is not held, and its answer will say all that is wrong with it.
    async fn enter(&self) -> Option<(Waiting, Duration)> {
        let serving = &self.asked.serving;
        let keys = serving.push().key_changes();
        let (token, document) = self.asked.find().await?;
        let setting = Duration::from_secs(document.hold_polls_seconds.into());
        let limit = self.patience.hold_time(setting, serving.config().hold_max);
        if limit.is_zero() || !self.asked.has_it(&token, &document) {
            return None;
        }
        let topic = Topic {
            subject: Subject::Document,
            token: token.into_owned(),
        };
        let tag = document.tag(None);
        let waiting = serving.push().wait(&topic, &tag, keys)?;
        // A change that came before the place was taken reached nobody there.
        let current = push::current(serving, &topic).await;
        (current == tag).then_some((waiting, limit))
    }
}

impl Answerer for Asked {
    fn answer(self: Arc<Self>, woken: Woken, outlets: Vec<Arc<dyn Outlet>>) -> Answering {
        Box::pin(async move {
            let mut last = None;
            for outlet in outlets {
                last = self.answer_one(woken, &*outlet, last).await;
            }
        })
    }
}

impl PartialEq for Asked {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.serving, &other.serving)
            && self.poll == other.poll
            && self.origin == other.origin
            && self.applied == other.applied
    }
}

impl Asked {
    /// Sends an answer to one, which is let in and counted by itself; but what `last` was answered is not
    /// made again if it is the same.
    async fn answer_one(
        &self,
        woken: Woken,
        outlet: &dyn Outlet,
        last: Option<(Decided, Prepared)>,
    ) -> Option<(Decided, Prepared)> {
        let decided = match decide(&self.serving, &self.poll).await {
            Ok(decided) => decided,
            Err(refused) => {
                outlet.send(&self.prepare(Some(woken), refused).await);
                return last;
            }
        };
        let answer = match last {
            Some((last, answer)) if last.is_same(&decided) => answer,
            _ => {
                let response = decided.response(&self.serving, &self.poll);
                self.prepare(Some(woken), response).await
            }
        };
        outlet.send(&answer);
        Some((decided, answer))
    }

    /// As a request finds it: in time, and whatever happens.
    async fn find(&self) -> Option<(Cow<'_, ProjectToken>, Arc<Document>)> {
        let now = self.serving.clock().now();
        // Apart, so that the thousands that are held keep no room for it.
        let finding = Box::pin(catch_panic(self.poll.claim.find(&self.serving, now)));
        let found = timeout(self.serving.config().request_timeout, finding).await;
        found.ok()?.ok()?.ok()
    }

    /// Whether the client has what it would be sent. One that is over its quota is not sent anything.
    fn has_it(&self, token: &ProjectToken, document: &Document) -> bool {
        let now = self.serving.clock().now();
        match self.serving.quotas().standing(token, now) {
            Standing::OverQuota => false,
            Standing::Free { refused_until } => self.poll.has(&document.tag(refused_until)),
        }
    }

    /// Says on an answer what was done about the client's wish, and when to come back if the node stops.
    async fn prepare(&self, woken: Option<Woken>, mut response: Response) -> Prepared {
        let headers = response.headers_mut();
        if let Some(limit) = self.applied
            && let Ok(applied) = HeaderValue::try_from(format!("wait={}", limit.as_secs()))
        {
            headers.insert(PREFERENCE_APPLIED, applied);
        }
        if woken == Some(Woken::Stop) {
            headers.insert(header::RETRY_AFTER, push::return_after().as_secs().into());
        }
        if let Some(origin) = &self.origin {
            allow(headers, origin.clone());
        }
        Prepared::of(response).await
    }
}

/// Somebody who waits for the answer.
struct Slot(Mutex<Option<oneshot::Sender<Response<Bytes>>>>);

impl Outlet for Slot {
    fn send(&self, answer: &Prepared) {
        let slot = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(slot) = slot {
            // Whoever hung up needs no answer.
            let _ = slot.send(answer.response());
        }
    }
}
