//! A poll that is held: the client has the current document and is answered when there is another,
//! so that an SDK which can only poll hears of a change at once.
//!
//! It is held before it is answered, and answered as if it came when it is let go: with the document
//! of then, and if its key still opens it. It takes no place among the requests at work, and no
//! deadline runs.
//!
//! Who answers it is whoever comes along with the change; who waited is not woken (`push/walk.rs`).

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::{
    body::Body,
    extract::Request,
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use tokio::{sync::oneshot, time::Instant};

use super::{answer_now, asked::Asked, poll::Poll};
use crate::{
    Outlet, Prepared,
    push::{
        self, Answerer as _, Handover, Subject, Topic, Waiting, Woken, patience::Patience,
        preference,
    },
    refusal::Refusal,
    serving::Serving,
};

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

impl Hold {
    /// Takes what it needs of its request, which is not needed any more.
    pub(super) fn of(serving: Arc<Serving>, request: &Request) -> Self {
        let headers = request.headers();
        Self {
            asked: Asked::of(serving, Poll::kept(headers, request.uri())),
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
