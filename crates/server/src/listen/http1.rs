//! A connection that speaks HTTP/1.1. hyper receives its requests and sends its answers, except where an
//! answer may take long: what hyper keeps of a connection, most of it buffers, is let go until the
//! answer is there, which is then written as it is.
//!
//! Thousands wait like this for one change. What each keeps meanwhile is memory, and what of it has to be
//! found again, cold, when all are to be answered at once, is most of the time that it takes.

use std::{
    future::poll_fn,
    pin::{Pin, pin},
    sync::atomic::Ordering,
    task::Poll,
};

use burgee_serve::PutAside;
use hyper::{rt::Timer as _, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;

use super::{
    aside::Aside,
    begun::Begun,
    connection::{Connection, ConnectionError},
    head_timer::HeadTimer,
    held::Held,
};

impl Connection {
    pub(super) async fn serve_http1(
        self,
        mut stream: Begun,
        timer: HeadTimer,
    ) -> Result<(), ConnectionError> {
        let mut stop = self.stop.clone();
        let mut stopping = pin!(async { drop(stop.changed().await) });
        loop {
            // Apart, so that a connection that is idle keeps no room for it.
            let talk = Box::pin(self.talk(stream, timer.clone(), stopping.as_mut()));
            let Some((rest, put_aside)) = talk.await? else {
                return Ok(());
            };
            let held = Box::pin(self.hold(rest, put_aside, &timer, stopping.as_mut()));
            let Held::Answered { stream: rest, at } = held.await? else {
                return Ok(());
            };
            stream = rest;
            tokio::select! {
                readable = stream.readable() => readable?,
                () = timer.sleep(self.head_timeout.saturating_sub(at.elapsed())) => return Ok(()),
                () = stopping.as_mut() => return Ok(()),
            }
        }
    }

    /// Answers requests until the connection ends, or one comes whose answer may take long: then gives
    /// the connection and that answer, not begun.
    async fn talk(
        &self,
        stream: Begun,
        timer: HeadTimer,
        mut stopping: Pin<&mut impl Future<Output = ()>>,
    ) -> hyper::Result<Option<(Begun, PutAside)>> {
        let (aside, is_full) = (Aside::default(), stream.is_full());
        let service = service_fn(|request| aside.sort(self.call(request)));
        let mut builder = http1::Builder::new();
        builder.timer(timer).header_read_timeout(self.head_timeout);
        let mut connection = builder.serve_connection(TokioIo::new(stream), service);
        let mut is_stopping = self.is_stopping();
        if is_stopping {
            Pin::new(&mut connection).graceful_shutdown();
        }
        let ended = poll_fn(|context| {
            if !is_stopping && stopping.as_mut().poll(context).is_ready() {
                is_stopping = true;
                Pin::new(&mut connection).graceful_shutdown();
            }
            match Pin::new(&mut connection).poll(context) {
                Poll::Ready(ended) => Poll::Ready(ended.map(|()| None)),
                // With an earlier answer not yet sent, hyper is not done: it looks at the next request before
                // that if the body of the earlier one was not read.
                Poll::Pending if is_full.load(Ordering::Relaxed) => Poll::Pending,
                Poll::Pending => aside
                    .take()
                    .map_or(Poll::Pending, |put_aside| Poll::Ready(Ok(Some(put_aside)))),
            }
        });
        let Some(put_aside) = ended.await? else {
            return Ok(None);
        };
        let parts = connection.into_parts();
        let mut stream = parts.io.into_inner();
        stream.put_back(&parts.read_buf);
        Ok(Some((stream, put_aside)))
    }
}
