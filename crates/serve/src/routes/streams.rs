//! Streams of events that say that something changed, and nothing of what: `/ofrep/v1/events` for
//! OpenFeature's providers, `/flags/events` for programs that keep definitions.
//!
//! A browser's `EventSource` cannot set headers, so the first takes its token, which is public, in the
//! query. The second asks for the same key as the definitions do, again with each event.

use std::{sync::Arc, time::Duration};

use axum::{
    body::Body,
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, Uri, header},
    response::{IntoResponse, Response},
};
use burgee_model::ProjectToken;
use burgee_wire::{KEEP_ALIVE, definitions_event, query_token, refetch_event, retry_line};
use bytes::Bytes;
use http_body_util::{
    BodyExt as _,
    channel::{Channel, Sender},
};
use tokio::{task::JoinHandle, time::timeout};

use crate::{
    claim::Claim,
    clock::Moment,
    document::Document,
    head,
    jitter::jittered,
    keyed_exchange::{self, library},
    push::{self, Subject, Topic, Waiting, Woken},
    refusal::{Refusal, allowed_methods},
    serving::Serving,
};

const ALLOWED: &str = "GET, OPTIONS";

/// Between two signs of life.
const KEEP_ALIVE_INTERVAL: Duration = Duration::from_secs(15);

/// Events that wait for a slow reader; one who takes none for [`SLOW_READER_TIMEOUT`] is let go.
const EVENTS_BUFFERED: usize = 4;

/// How long an event waits for room in that buffer.
const SLOW_READER_TIMEOUT: Duration = Duration::from_secs(5);

/// How soon a client is to come back after its stream ended; each is told another time, at least half
/// of it.
const RETRY: Duration = Duration::from_secs(4);

const EVENT_STREAM: HeaderValue = HeaderValue::from_static("text/event-stream");
const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");
const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");
/// Asks proxies that know it to pass on each event as it comes.
const X_ACCEL_BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");

/// Any method on OpenFeature's stream.
pub(super) async fn ofrep(State(serving): State<Arc<Serving>>, request: Request) -> Response {
    match *request.method() {
        Method::GET => {
            let (headers, uri) = (request.headers(), request.uri());
            let opening = |_| open_ofrep(&serving, headers, uri);
            keyed_exchange::answer(&serving, || library(headers), "ofrep_events", opening).await
        }
        Method::OPTIONS => allowed_methods(ALLOWED),
        _ => (&Refusal::Method { allowed: ALLOWED }).into_response(),
    }
}

/// Any method on the stream for programs.
pub(super) async fn programs(State(serving): State<Arc<Serving>>, request: Request) -> Response {
    match *request.method() {
        Method::GET => {
            let (headers, uri) = (request.headers(), request.uri());
            let opening = |at| open_for_program(&serving, headers, uri, at);
            keyed_exchange::answer(&serving, || library(headers), "flags_events", opening).await
        }
        Method::OPTIONS => allowed_methods(ALLOWED),
        _ => (&Refusal::Method { allowed: ALLOWED }).into_response(),
    }
}

async fn open_ofrep(
    serving: &Arc<Serving>,
    headers: &HeaderMap,
    uri: &Uri,
) -> Result<Response, Refusal> {
    let asker = Asker::of(serving, headers, uri);
    let in_query = uri.query().and_then(query_token);
    let token = in_query.as_deref().or_else(|| head::api_key(headers));
    let token = token.ok_or(Refusal::MissingToken)?;
    let token = ProjectToken::parse(token).map_err(|_| Refusal::UnknownToken)?;
    serving.environments().get(&token).await?;
    let topic = Topic {
        subject: Subject::Flags,
        token,
    };
    open(serving, topic, asker).await
}

async fn open_for_program(
    serving: &Arc<Serving>,
    headers: &HeaderMap,
    uri: &Uri,
    at: Moment,
) -> Result<Response, Refusal> {
    let asker = Asker::of(serving, headers, uri);
    let (token, _) = asker.claim.find(serving, at.now).await?;
    let topic = Topic {
        subject: Subject::Document,
        token: token.into_owned(),
    };
    open(serving, topic, asker).await
}

/// Who listens, as far as it is needed later.
struct Asker {
    claim: Claim,
    /// What it heard last, on a stream that broke off.
    heard: Option<String>,
    /// How often keys had been changed before its own was looked at.
    keys: u64,
}

impl Asker {
    fn of(serving: &Serving, headers: &HeaderMap, uri: &Uri) -> Self {
        let heard = headers.get(LAST_EVENT_ID);
        let heard = heard.and_then(|id| id.to_str().ok());
        Self {
            claim: Claim::of(headers, uri),
            heard: heard.map(str::to_owned),
            keys: serving.push().key_changes(),
        }
    }

    /// The definitions, if its key opens them now.
    async fn document(&self, serving: &Serving) -> Option<Arc<Document>> {
        let now = serving.clock().now();
        let found = self.claim.find(serving, now).await;
        found.ok().map(|(_, document)| document)
    }
}

async fn open(serving: &Arc<Serving>, topic: Topic, asker: Asker) -> Result<Response, Refusal> {
    let version = push::current(serving, &topic).await;
    let waiting = serving.push().wait(&topic, &version, asker.keys);
    let waiting = waiting.ok_or(Refusal::NoPlaceToWait)?;
    // Whoever comes back is told at once if it has missed something.
    let version = asker.heard.clone().unwrap_or(version);
    waiting.note(&version);
    let (sender, channel) = Channel::new(EVENTS_BUFFERED);
    let stream = Stream {
        serving: Arc::clone(serving),
        topic,
        asker,
        waiting,
        version: version.into(),
        sender,
    };
    // When the client hangs up, nobody waits any more.
    let task = AbortOnDrop(tokio::spawn(stream.run()));
    let body = Body::new(channel.map_frame(move |frame| {
        let _task = &task;
        frame
    }));
    let headers = [
        (header::CONTENT_TYPE, EVENT_STREAM),
        (header::CACHE_CONTROL, NO_STORE),
        (X_ACCEL_BUFFERING, HeaderValue::from_static("no")),
    ];
    Ok((headers, body).into_response())
}

/// A stream under way.
struct Stream {
    serving: Arc<Serving>,
    topic: Topic,
    asker: Asker,
    waiting: Waiting,
    /// What its client has.
    version: Arc<str>,
    sender: Sender<Bytes>,
}

impl Stream {
    /// Until the node stops, the client's key opens nothing any more, or it reads no events.
    async fn run(mut self) {
        let retry = retry_line(jittered(RETRY).as_millis());
        if !self.say(retry).await {
            return;
        }
        // A change that came before the place was taken, or that was missed before, woke nobody.
        let current = push::current(&self.serving, &self.topic).await;
        let mut version = Arc::from(current);
        loop {
            if version != self.version {
                self.version = Arc::clone(&version);
                self.waiting.note(&version);
                let Some(event) = self.event(&version).await else {
                    return;
                };
                if !self.say(event).await {
                    return;
                }
            }
            match self.waiting.wake(KEEP_ALIVE_INTERVAL).await {
                Woken::Change => version = self.waiting.newest(),
                Woken::Keys if self.is_let_in().await => {}
                Woken::Time if self.say(KEEP_ALIVE).await => {}
                Woken::Keys | Woken::Time | Woken::Stop => return,
            }
        }
    }

    /// Whether its key still opens what it listens to.
    async fn is_let_in(&mut self) -> bool {
        self.waiting.note_keys(self.serving.push().key_changes());
        match self.topic.subject {
            Subject::Flags => true,
            Subject::Document => self.asker.document(&self.serving).await.is_some(),
        }
    }

    /// `None`: this client is not to hear more.
    async fn event(&self, version: &str) -> Option<String> {
        match self.topic.subject {
            Subject::Flags => {
                let now = self.serving.clock().now().unix_seconds();
                Some(refetch_event(version, now))
            }
            Subject::Document => {
                let document = self.asker.document(&self.serving).await?;
                let etag = document.etag(None);
                let etag = etag.to_str().unwrap_or_default();
                Some(definitions_event(version, document.revision.0, etag))
            }
        }
    }

    /// Whether there was room for it in time.
    async fn say(&mut self, text: impl Into<Bytes>) -> bool {
        let sending = self.sender.send_data(text.into());
        matches!(timeout(SLOW_READER_TIMEOUT, sending).await, Ok(Ok(())))
    }
}

/// A task that ends with this.
struct AbortOnDrop(JoinHandle<()>);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}
