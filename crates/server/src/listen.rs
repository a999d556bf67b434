//! Connections: accepted up to a limit, each with a deadline for sending a head, and drained when
//! the server stops.
//!
//! ```text
//! accept ─▶ which protocol ─┬─ HTTP/2 ───────────────▶ hyper
//!           connection.rs   └─ HTTP/1.1 ─▶ http1.rs ─┬▶ hyper, request after request
//!                                                    └▶ an answer that may take long: held.rs, bare.rs
//! ```

mod answer;
mod aside;
mod bare;
mod begun;
mod connection;
mod head_timer;
mod held;
mod http1;

use std::{net::SocketAddr, sync::Arc, time::Duration};

use axum::extract::Request;
use burgee_serve::{AllowEveryOrigin, Routes};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore, watch},
    time::{sleep, timeout},
};
use tower::Service;

use crate::clock::SystemClock;
use connection::Connection;

/// A failed `accept` (no file descriptors left, say) is tried again after this.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// What answers requests.
type App = AllowEveryOrigin<Routes>;

/// An answer of it under way.
type Answering = <App as Service<Request>>::Future;

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

/// Serves `app` until `stop` resolves; then lets requests under way come to their end.
pub(crate) async fn serve(
    listener: TcpListener,
    app: App,
    clock: SystemClock,
    limits: ListenLimits,
    stop: impl Future<Output = ()>,
) {
    let places = Arc::new(Semaphore::new(limits.connections_max));
    let stopping = watch::Sender::new(());
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
        let connection = Connection {
            peer,
            app: app.clone(),
            clock,
            head_timeout: limits.head_timeout,
            stop: stopping.subscribe(),
        };
        tokio::spawn(async move {
            if let Err(error) = connection.serve(stream).await {
                tracing::debug!(%error, client.address = %peer, "connection ended");
            }
            drop(place);
        });
    }
    drop(listener);
    stopping.send_replace(());
    // Each connection has a receiver.
    if timeout(limits.drain_timeout, stopping.closed())
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
