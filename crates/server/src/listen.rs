//! Connections: accepted up to a limit, each with a deadline for sending a head, and drained when
//! the server stops.

mod head_timer;

use std::{convert::Infallible, net::SocketAddr, sync::Arc, time::Duration};

use axum::{body::Body, extract::ConnectInfo, http::Request};
use burgee_serve::{AllowEveryOrigin, Routes};
use hyper::{body::Incoming, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::{conn::auto::Builder, graceful::GracefulShutdown},
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{sleep, timeout},
};
use tower::Service;

use head_timer::HeadTimer;

/// A failed `accept` (no file descriptors left, say) is tried again after this.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Limits of the listener.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ListenLimits {
    /// Connections that are open at once; further ones wait to be accepted.
    pub(crate) connections_max: usize,
    /// Time for a request's head to arrive, and for a kept connection to stay idle.
    pub(crate) head_timeout: Duration,
    /// Time for requests under way when the server stops.
    pub(crate) drain_timeout: Duration,
}

/// Serves `router` until `stop` resolves; then lets requests under way come to their end.
pub(crate) async fn serve(
    listener: TcpListener,
    router: AllowEveryOrigin<Routes>,
    limits: ListenLimits,
    stop: impl Future<Output = ()>,
) {
    let places = Arc::new(Semaphore::new(limits.connections_max));
    let graceful = GracefulShutdown::new();
    tokio::pin!(stop);
    loop {
        let accepted = tokio::select! {
            accepted = accept(&listener, &places) => accepted,
            () = &mut stop => break,
        };
        let Some((stream, peer, place)) = accepted else {
            sleep(ACCEPT_PAUSE).await;
            continue;
        };
        let connection = connection(stream, peer, router.clone(), limits.head_timeout);
        let connection = graceful.watch(connection);
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, client.address = %peer, "connection ended");
            }
            drop(place);
        });
    }
    drop(listener);
    if timeout(limits.drain_timeout, graceful.shutdown())
        .await
        .is_err()
    {
        tracing::warn!("stopped with requests under way");
    }
}

async fn accept(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> Option<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
    let place = Arc::clone(places).acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, peer)) => Some((stream, peer, place)),
        Err(error) => {
            tracing::warn!(%error, "connection not accepted");
            None
        }
    }
}

/// HTTP/1.1, or HTTP/2 by prior knowledge. Offers to upgrade are ignored (sdk-protocol trap 19).
fn connection(
    stream: TcpStream,
    peer: SocketAddr,
    router: AllowEveryOrigin<Routes>,
    head_timeout: Duration,
) -> impl hyper_util::server::graceful::GracefulConnection<Error: std::fmt::Display + Send> + Send {
    // Answers are written in one piece; waiting to fill a packet only delays them.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request: Request<Incoming>| {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(ConnectInfo(peer));
        let mut router = router.clone();
        async move {
            Ok::<_, Infallible>(
                router
                    .call(request)
                    .await
                    .unwrap_or_else(|never| match never {}),
            )
        }
    });
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(HeadTimer::default())
        .header_read_timeout(head_timeout);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(HTTP2_STREAMS_MAX);
    builder
        .serve_connection(TokioIo::new(stream), service)
        .into_owned()
}

/// Requests at once on one HTTP/2 connection.
const HTTP2_STREAMS_MAX: u32 = 200;
