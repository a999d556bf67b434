//! CORS on every answer, refusals included (spec: service §3.4): a browser hides the status of an
//! answer that lacks it.
//!
//! A service around the router rather than a layer of it: each layer of a router costs every request
//! a boxed future and a copy of the layer.

use std::{
    convert::Infallible,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use axum::{
    extract::Request,
    http::{HeaderMap, HeaderValue, Method, header},
    response::{IntoResponse, Response},
};
use pin_project_lite::pin_project;
use tower::Service;

use crate::{
    Outlet,
    routes::{Hold, Trip},
};

const METHODS: HeaderValue = HeaderValue::from_static("GET, POST, OPTIONS, HEAD");
const EXPOSED: HeaderValue =
    HeaderValue::from_static("ETag, Retry-After, X-PostHog-Rate-Limit-Warning");
const VARY: HeaderValue = HeaderValue::from_static(
    "Origin, Access-Control-Request-Method, Access-Control-Request-Headers",
);
const TRUE: HeaderValue = HeaderValue::from_static("true");

/// Answers preflights, and mirrors the origin on what `inner` answers.
#[derive(Debug, Clone)]
pub struct AllowEveryOrigin<S> {
    inner: S,
}

impl<S> AllowEveryOrigin<S> {
    pub(crate) fn around(inner: S) -> Self {
        Self { inner }
    }
}

impl<S> Service<Request> for AllowEveryOrigin<S>
where
    S: Service<Request, Response = Response, Error = Infallible>,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Answer<S::Future>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let headers = request.headers();
        let Some(origin) = headers.get(header::ORIGIN).cloned() else {
            let answer = self.inner.call(request);
            return Answer::Inner {
                answer,
                origin: None,
            };
        };
        let is_preflight = request.method() == Method::OPTIONS
            && headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
        if is_preflight {
            let asked = headers.get(header::ACCESS_CONTROL_REQUEST_HEADERS).cloned();
            return Answer::Preflight {
                response: Some(preflight(origin, asked)),
            };
        }
        Answer::Inner {
            answer: self.inner.call(request),
            origin: Some(origin),
        }
    }
}

pin_project! {
    /// The answer under way.
    #[project = AnswerProjection]
    #[derive(Debug)]
    pub enum Answer<F> {
        /// To a request that `inner` was given, with the origin to mirror.
        Inner {
            #[pin]
            answer: F,
            origin: Option<HeaderValue>,
        },
        /// To a preflight.
        Preflight { response: Option<Response> },
    }
}

impl<F: Future<Output = Result<Response, Infallible>>> Future for Answer<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match self.project() {
            AnswerProjection::Inner { answer, origin } => {
                let mut response = ready!(answer.poll(context))?;
                if let Some(origin) = origin.take() {
                    allow(response.headers_mut(), origin);
                }
                Poll::Ready(Ok(response))
            }
            // Asked once more than there is an answer, it stays pending, as a future may.
            AnswerProjection::Preflight { response } => response
                .take()
                .map_or(Poll::Pending, |response| Poll::Ready(Ok(response))),
        }
    }
}

impl Answer<Trip> {
    /// The answer, if it may be seconds in coming and can then be sent without regard to anything else of
    /// its connection. It does not come here any more.
    pub fn put_aside(&mut self) -> Option<PutAside> {
        match self {
            Self::Inner { answer, origin } => answer.put_aside().map(|hold| PutAside {
                hold,
                origin: origin.take(),
            }),
            Self::Preflight { .. } => None,
        }
    }
}

/// An answer that may be seconds in coming. Whoever waits for thousands of such does well to keep little
/// beside them.
pub struct PutAside {
    hold: Box<Hold>,
    origin: Option<HeaderValue>,
}

impl PutAside {
    /// Sends the answer to `outlet` when it is there. This may end before it is sent, by somebody else
    /// then, and long after.
    pub fn answer(self, outlet: Arc<dyn Outlet>) -> impl Future<Output = ()> + Send {
        self.hold.answer(self.origin, outlet)
    }
}

impl std::fmt::Debug for PutAside {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PutAside")
            .field("origin", &self.origin)
            .finish_non_exhaustive()
    }
}

fn preflight(origin: HeaderValue, asked: Option<HeaderValue>) -> Response {
    let mut response = ().into_response();
    let headers = response.headers_mut();
    allow(headers, origin);
    headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, METHODS);
    if let Some(asked) = asked {
        headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, asked);
    }
    response
}

/// Lets a browser see an answer that asks from `origin`.
pub(crate) fn allow(headers: &mut HeaderMap, origin: HeaderValue) {
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    headers.insert(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, TRUE);
    headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
    headers.append(header::VARY, VARY);
}
