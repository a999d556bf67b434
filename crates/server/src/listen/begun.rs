//! A connection of which some bytes were received already.

use std::{
    future::poll_fn,
    io::{self, IoSlice},
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
};

use bytes::Bytes;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{
        TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
};

/// The connection.
#[derive(Debug)]
pub(super) struct Begun {
    stream: TcpStream,
    /// Received and not yet read.
    received: Bytes,
    is_full: Arc<AtomicBool>,
}

impl Begun {
    pub(super) fn new(stream: TcpStream, received: Bytes) -> Self {
        Self {
            stream,
            received,
            is_full: Arc::default(),
        }
    }

    /// Whether something that was to be sent waits for room; to be known of a connection that is lent.
    pub(super) fn is_full(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.is_full)
    }

    /// Puts back what was read too far.
    pub(super) fn put_back(&mut self, unread: &[u8]) {
        // A copy, as the buffer behind so little is large; usually there is nothing.
        if !unread.is_empty() {
            self.received = [unread, &self.received].concat().into();
        }
    }

    /// Until there is something to be read: the end or an error too.
    pub(super) async fn readable(&self) -> io::Result<()> {
        if !self.received.is_empty() {
            return Ok(());
        }
        poll_fn(|context| self.stream.poll_read_ready(context)).await
    }

    /// Its two sides.
    pub(super) fn split(self) -> (Reading, OwnedWriteHalf) {
        let (stream, writing) = self.stream.into_split();
        let received = self.received;
        (Reading { stream, received }, writing)
    }

    fn note<T>(&self, written: Poll<T>) -> Poll<T> {
        self.is_full.store(written.is_pending(), Ordering::Relaxed);
        written
    }
}

/// The receiving side of a connection.
#[derive(Debug)]
pub(super) struct Reading {
    stream: OwnedReadHalf,
    /// Received and not yet read.
    received: Bytes,
}

impl Reading {
    /// Until the other side sends something, true, or has closed the connection, false.
    pub(super) async fn is_open(&mut self) -> bool {
        if !self.received.is_empty() {
            return true;
        }
        let peeked = self.stream.peek(&mut [0]).await;
        peeked.is_ok_and(|bytes| bytes > 0)
    }

    /// The connection with both its sides.
    pub(super) fn join(self, writing: OwnedWriteHalf) -> io::Result<Begun> {
        let stream = self.stream.reunite(writing).map_err(io::Error::other)?;
        Ok(Begun::new(stream, self.received))
    }
}

impl AsyncRead for Begun {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.received.is_empty() {
            return Pin::new(&mut self.stream).poll_read(context, into);
        }
        let taken = self.received.len().min(into.remaining());
        into.put_slice(&self.received.split_to(taken));
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Begun {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.note(written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, slices);
        self.note(written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
