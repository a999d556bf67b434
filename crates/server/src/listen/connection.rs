//! One connection, from its first byte to its end.

use std::{io, net::SocketAddr, pin::pin, time::Duration};

use axum::{
    body::Body,
    extract::{ConnectInfo, Request},
};
use hyper::{body::Incoming, rt::Timer as _, server::conn::http2, service::service_fn};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::{io::AsyncReadExt as _, net::TcpStream, sync::watch};
use tower::Service as _;

use super::{Answering, App, begun::Begun, head_timer::HeadTimer};
use crate::clock::SystemClock;

/// What a client of HTTP/2 sends first (RFC 9113 §3.4); nothing else of ours begins with its first bytes.
const HTTP2_PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// Requests at once on one HTTP/2 connection.
const HTTP2_STREAMS_MAX: u32 = 200;

/// Room for what a client sends first: as a rule, all of its first request.
const FIRST_BYTES: usize = 1_024;

/// What a connection goes by.
pub(super) struct Connection {
    pub(super) peer: SocketAddr,
    pub(super) app: App,
    pub(super) clock: SystemClock,
    pub(super) head_timeout: Duration,
    /// Tells that no further requests are wanted.
    pub(super) stop: watch::Receiver<()>,
}

/// Why a connection ended before its time.
#[derive(Debug, thiserror::Error)]
pub(super) enum ConnectionError {
    #[error(transparent)]
    Http(#[from] hyper::Error),
    #[error(transparent)]
    Io(#[from] io::Error),
    #[error("no request came in time")]
    NoRequest,
}

impl Connection {
    /// HTTP/1.1, or HTTP/2 by prior knowledge. Offers to upgrade are ignored (sdk-protocol trap 19).
    pub(super) async fn serve(mut self, stream: TcpStream) -> Result<(), ConnectionError> {
        // Answers are written in one piece; waiting to fill a packet only delays them.
        let _ = stream.set_nodelay(true);
        let timer = HeadTimer::default();
        let (stream, is_http2) = {
            let beginning = pin!(begin(stream));
            tokio::select! {
                begun = beginning => begun?,
                () = timer.sleep(self.head_timeout) => return Err(ConnectionError::NoRequest),
                _ = self.stop.changed() => return Ok(()),
            }
        };
        if is_http2 {
            // Apart, so that one that speaks HTTP/1.1 keeps no room for it.
            Box::pin(self.serve_http2(stream)).await
        } else {
            self.serve_http1(stream, timer).await
        }
    }

    async fn serve_http2(self, stream: Begun) -> Result<(), ConnectionError> {
        let mut stop = self.stop.clone();
        let service = service_fn(move |request| self.call(request));
        let mut builder = http2::Builder::new(TokioExecutor::new());
        builder
            .timer(TokioTimer::new())
            .max_concurrent_streams(HTTP2_STREAMS_MAX);
        let mut connection = pin!(builder.serve_connection(TokioIo::new(stream), service));
        tokio::select! {
            ended = connection.as_mut() => return Ok(ended?),
            _ = stop.changed() => connection.as_mut().graceful_shutdown(),
        }
        Ok(connection.await?)
    }

    /// Whether no further requests are wanted.
    pub(super) fn is_stopping(&self) -> bool {
        self.stop.has_changed().unwrap_or(true)
    }

    /// The answer to a request.
    pub(super) fn call(&self, request: Request<Incoming>) -> Answering {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(ConnectInfo(self.peer));
        self.app.clone().call(request)
    }
}

/// Receives what says which protocol is spoken; whether it is HTTP/2.
async fn begin(mut stream: TcpStream) -> io::Result<(Begun, bool)> {
    let mut first = Vec::with_capacity(FIRST_BYTES);
    loop {
        let is_end = stream.read_buf(&mut first).await? == 0;
        let shared = first.len().min(HTTP2_PREFACE.len());
        let may_be_http2 = first.get(..shared) == HTTP2_PREFACE.get(..shared);
        if is_end || !may_be_http2 || shared == HTTP2_PREFACE.len() {
            return Ok((Begun::new(stream, first.into()), may_be_http2 && !is_end));
        }
    }
}
