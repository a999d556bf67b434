//! The way of a request to its handler: a poll for definitions goes there straight, everything else
//! through the router.
//!
//! A router finds the path, clones the route and boxes what it wraps around the handler; that is nothing
//! beside an evaluation, and a tenth of a poll that is answered 304.

use std::{
    convert::Infallible,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use axum::{
    Router,
    extract::Request,
    http::{Version, header},
    response::Response,
    routing::future::RouteFuture,
};
use pin_project_lite::pin_project;
use tower::Service;

use super::definitions::{self, Answering, Hold};
use crate::serving::Serving;

/// Paths on which SDKs ask for definitions; the second is what older ones, and Java, ask.
const DEFINITIONS_PATHS: [&str; 2] = ["/flags/definitions", "/api/feature_flag/local_evaluation"];

/// Where a node's requests go.
#[derive(Clone)]
pub struct Routes {
    router: Router,
    /// Answers polls, on a node that does.
    polled: Option<Arc<Serving>>,
}

impl Routes {
    pub(super) fn new(router: Router, polled: Option<Arc<Serving>>) -> Self {
        Self { router, polled }
    }
}

impl Service<Request> for Routes {
    type Response = Response;
    type Error = Infallible;
    type Future = Trip;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Service::<Request>::poll_ready(&mut self.router, context)
    }

    fn call(&mut self, request: Request) -> Trip {
        match &self.polled {
            Some(serving) if is_poll(request.uri().path()) => {
                let serving = Arc::clone(serving);
                if !definitions::may_be_held(&serving, &request) {
                    return Trip::Straight {
                        answer: definitions::answer(serving, request),
                    };
                }
                let hold = definitions::hold(serving, &request);
                if stands_alone(&request) {
                    Trip::Held { hold: Some(hold) }
                } else {
                    Trip::Straight {
                        answer: definitions::held(hold),
                    }
                }
            }
            _ => Trip::Routed {
                answer: self.router.call(request),
            },
        }
    }
}

/// As everywhere, a trailing slash makes no difference.
fn is_poll(path: &str) -> bool {
    DEFINITIONS_PATHS.contains(&path.strip_suffix('/').unwrap_or(path))
}

pin_project! {
    /// An answer under way.
    #[project = TripProjection]
    pub enum Trip {
        /// Through the router.
        Routed {
            #[pin]
            answer: RouteFuture<Infallible>,
        },
        /// Of a poll.
        Straight {
            answer: Answering,
        },
        /// Of a poll that may have to wait for its answer, and needs nothing else of its connection.
        Held {
            hold: Option<Box<Hold>>,
        },
    }
}

impl Future for Trip {
    type Output = Result<Response, Infallible>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        if let TripProjection::Held { hold } = self.as_mut().project()
            && let Some(hold) = hold.take()
        {
            self.set(Self::Straight {
                answer: definitions::held(hold),
            });
        }
        match self.project() {
            TripProjection::Routed { answer } => answer.poll(context),
            TripProjection::Straight { answer } => answer.as_mut().poll(context).map(Ok),
            // Put aside, it is answered elsewhere.
            TripProjection::Held { .. } => Poll::Pending,
        }
    }
}

impl Trip {
    /// What it waits for, if it may wait long and needs nothing else of its connection.
    pub(crate) fn put_aside(&mut self) -> Option<Box<Hold>> {
        match self {
            Self::Held { hold } => hold.take(),
            Self::Routed { .. } | Self::Straight { .. } => None,
        }
    }
}

/// Whether a request can be answered without regard to anything but itself: HTTP/1.1 without a body, on a
/// connection of which it says nothing, or that it is to be kept.
fn stands_alone(request: &Request) -> bool {
    let headers = request.headers();
    let mut of_connection = headers.get_all(header::CONNECTION).iter();
    request.version() == Version::HTTP_11
        && of_connection.all(|said| said.as_bytes().eq_ignore_ascii_case(b"keep-alive"))
        && !headers.contains_key(header::CONTENT_LENGTH)
        && !headers.contains_key(header::TRANSFER_ENCODING)
}

impl std::fmt::Debug for Routes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Routes")
            .field("answers_polls", &self.polled.is_some())
            .finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Trip {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Routed { .. } => "Routed",
            Self::Straight { .. } => "Straight",
            Self::Held { .. } => "Held",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_poll_is_told_by_its_whole_path() {
        for (path, expected) in [
            ("/flags/definitions", true),
            ("/flags/definitions/", true),
            ("/api/feature_flag/local_evaluation", true),
            ("/api/feature_flag/local_evaluation/", true),
            ("/flags/definitions//", false),
            ("/flags/definition", false),
            ("/flags", false),
            ("/flags/definitions/x", false),
            ("/", false),
            ("", false),
        ] {
            assert_eq!(is_poll(path), expected, "{path}");
        }
    }
}
