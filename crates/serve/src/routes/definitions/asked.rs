//! What is asked by polls that are held, and their answers. Thousands ask the same: then one of this is
//! for all of them.

use std::{borrow::Cow, sync::Arc, time::Duration};

use axum::{
    http::{HeaderName, HeaderValue, header},
    response::Response,
};
use burgee_model::ProjectToken;
use tokio::time::timeout;

use super::{Decided, decide, poll::Poll};
use crate::{
    Outlet, Prepared,
    cors::allow,
    document::Document,
    panic_guard::catch_panic,
    push::{self, Answerer, Answering, Woken},
    quotas::Standing,
    serving::Serving,
};

const PREFERENCE_APPLIED: HeaderName = HeaderName::from_static("preference-applied");

/// What is asked, and how: all that an answer depends on.
pub(super) struct Asked {
    pub(super) serving: Arc<Serving>,
    pub(super) poll: Poll<'static>,
    /// Where a browser asks from.
    pub(super) origin: Option<HeaderValue>,
    /// What is said to have been done about the client's wish.
    pub(super) applied: Option<Duration>,
}

impl Answerer for Asked {
    fn answer(self: Arc<Self>, woken: Woken, outlets: Vec<Arc<dyn Outlet>>) -> Answering {
        Box::pin(async move {
            let mut last: Option<(Decided, Prepared)> = None;
            let mut outlets = outlets.into_iter();
            while let Some(outlet) = outlets.next() {
                // Each is let in and counted by itself.
                let decided = match decide(&self.serving, &self.poll).await {
                    Ok(decided) => decided,
                    Err(refused) => {
                        outlet.send(&self.prepare(Some(woken), refused).await);
                        // That may have taken its time, and the others are not to wait in a row.
                        for outlet in outlets {
                            tokio::spawn(Arc::clone(&self).answer(woken, vec![outlet]));
                        }
                        return;
                    }
                };
                // But what is the same for all is made once.
                let answer = match last {
                    Some((last, answer)) if last.is_same(&decided) => answer,
                    _ => {
                        let response = decided.response(&self.serving, &self.poll);
                        self.prepare(Some(woken), response).await
                    }
                };
                outlet.send(&answer);
                last = Some((decided, answer));
            }
        })
    }
}

/// Whether the answers are the same.
impl PartialEq for Asked {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.serving, &other.serving)
            && self.poll == other.poll
            && self.origin == other.origin
            && self.applied == other.applied
    }
}

impl Asked {
    pub(super) fn of(serving: Arc<Serving>, poll: Poll<'static>) -> Self {
        Self {
            serving,
            poll,
            origin: None,
            applied: None,
        }
    }

    /// As a request finds it: in time, and whatever happens.
    pub(super) async fn find(&self) -> Option<(Cow<'_, ProjectToken>, Arc<Document>)> {
        let now = self.serving.clock().now();
        // Apart, so that the thousands that are held keep no room for it.
        let finding = Box::pin(catch_panic(self.poll.claim.find(&self.serving, now)));
        let found = timeout(self.serving.config().request_timeout, finding).await;
        found.ok()?.ok()?.ok()
    }

    /// Whether the client has what it would be sent. One that is over its quota is not sent anything.
    pub(super) fn has_it(&self, token: &ProjectToken, document: &Document) -> bool {
        let now = self.serving.clock().now();
        match self.serving.quotas().standing(token, now) {
            Standing::OverQuota => false,
            Standing::Free { refused_until } => self.poll.has(&document.tag(refused_until)),
        }
    }

    /// Says on an answer what was done about the client's wish, and when to come back if the node stops.
    pub(super) async fn prepare(&self, woken: Option<Woken>, mut response: Response) -> Prepared {
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
