//! One of the polls that are held.

use std::io::{Error, ErrorKind, Read as _, Result, Write as _};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use mio::net::TcpStream;
use mio::{Interest, Registry, Token};
use rustix::io::Errno;
use rustix::net::{RecvFlags, recv};
use tokio::sync::watch;
use tokio::time::Instant;

use super::Question;
use crate::answer::Head;
use crate::usage::Noted;

/// Time for a connection to this machine.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Bytes that are looked at of what comes: a head has less.
const HEAD_BYTES: usize = 1 << 10;

/// A poll.
#[derive(Debug)]
pub(super) struct HeldPoll {
    addresses: watch::Receiver<Option<SocketAddr>>,
    question: Question,
    connected: Option<Connected>,
}

#[derive(Debug)]
struct Connected {
    stream: TcpStream,
    to: SocketAddr,
    /// What was received of a head that did not come in one piece.
    begun: Vec<u8>,
    /// The answer whose body is still on its way.
    coming: Option<Coming>,
    asked: Option<Noted>,
}

/// An answer of which the head is there.
#[derive(Debug)]
struct Coming {
    status: u16,
    etag: Option<Arc<str>>,
    /// Of its body.
    bytes: usize,
    /// Of those, how many are still to come.
    missing: usize,
}

/// An answer that is there whole.
#[derive(Debug)]
pub(super) struct Answered {
    /// Since when.
    pub(super) at: Instant,
    /// The document's ETag and the bytes of its body, if there is another document.
    pub(super) news: Option<(Arc<str>, usize)>,
}

impl HeldPoll {
    pub(super) fn new(addresses: watch::Receiver<Option<SocketAddr>>, question: &Question) -> Self {
        Self {
            addresses,
            question: question.clone(),
            connected: None,
        }
    }

    /// Asks; `false`: its node is away.
    pub(super) fn ask(&mut self, registry: &Registry, token: Token) -> Result<bool> {
        let address = *self.addresses.borrow();
        if let (None, Some(address)) = (&self.connected, address) {
            self.connected = Some(Connected::to(address, registry, token)?);
        }
        let Some(connected) = &mut self.connected else {
            return Ok(false);
        };
        let request = (self.question.request)(&self.question.etag);
        connected.asked = Some(Noted::of(&request));
        // A kept connection of which nothing waits to be sent takes a request whole.
        connected.stream.write_all(&request)?;
        Ok(true)
    }

    /// Receives what is there.
    pub(super) fn receive(&mut self, chunk: &mut [u8]) -> anyhow::Result<Option<Answered>> {
        let Some(connected) = &mut self.connected else {
            return Ok(None);
        };
        let coming = match connected.coming.take() {
            Some(coming) => Some(coming),
            None => connected.receive_head(chunk)?,
        };
        let Some(mut coming) = coming else {
            return Ok(None);
        };
        if !connected.skip_body(&mut coming, chunk)? {
            connected.coming = Some(coming);
            return Ok(None);
        }
        let at = Instant::now();
        if let Some(asked) = connected.asked.take() {
            asked.answered(coming.status);
        }
        let news = coming.news()?;
        if let Some((etag, _)) = &news {
            self.question.etag = Arc::clone(etag);
        }
        Ok(Some(Answered { at, news }))
    }

    /// Gives its connection up because of `error`, which is returned unless its node was stopped on
    /// purpose or is elsewhere by now.
    pub(super) fn leave(&mut self, error: impl Into<anyhow::Error>) -> anyhow::Result<()> {
        let was_at = self.connected.take().map(|connected| connected.to);
        let is_at = *self.addresses.borrow();
        if is_at.is_some() && (was_at.is_none() || was_at == is_at) {
            return Err(error.into());
        }
        Ok(())
    }
}

impl Connected {
    fn to(address: SocketAddr, registry: &Registry, token: Token) -> Result<Self> {
        let stream = std::net::TcpStream::connect_timeout(&address, CONNECT_TIMEOUT)?;
        stream.set_nonblocking(true)?;
        let mut stream = TcpStream::from_std(stream);
        stream.set_nodelay(true)?;
        registry.register(&mut stream, token, Interest::READABLE)?;
        Ok(Self {
            stream,
            to: address,
            begun: Vec::new(),
            coming: None,
            asked: None,
        })
    }

    /// The next head, once it is there, and with it as much of the body as came along.
    fn receive_head(&mut self, chunk: &mut [u8]) -> anyhow::Result<Option<Coming>> {
        let piece = chunk.get_mut(..HEAD_BYTES).context("no room for a head")?;
        loop {
            let received = match self.stream.read(piece) {
                Ok(0) => return Err(Error::from(ErrorKind::UnexpectedEof).into()),
                Ok(bytes) => piece.get(..bytes).unwrap_or_default(),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(None),
                Err(error) => return Err(error.into()),
            };
            let received = if self.begun.is_empty() {
                received
            } else {
                self.begun.extend_from_slice(received);
                &self.begun
            };
            if let Some(head) = Head::of(received)? {
                let coming = Coming {
                    status: head.status,
                    etag: head.header("etag").map(Arc::from),
                    bytes: head.body_bytes,
                    missing: (head.bytes + head.body_bytes).saturating_sub(received.len()),
                };
                self.begun = Vec::new();
                return Ok(Some(coming));
            }
            if self.begun.is_empty() {
                self.begun = received.to_vec();
            }
        }
    }

    /// Takes what has come of a body and looks at none of it; whether it has come whole.
    fn skip_body(&self, coming: &mut Coming, chunk: &mut [u8]) -> anyhow::Result<bool> {
        while coming.missing > 0 {
            let room = coming.missing.min(chunk.len());
            let skipped = chunk.get_mut(..room).unwrap_or_default();
            // Of a TCP socket this flag means that nothing is copied: tcp(7).
            match recv(&self.stream, skipped, RecvFlags::TRUNC) {
                Ok((_, 0)) => return Err(Error::from(ErrorKind::UnexpectedEof).into()),
                Ok((_, bytes)) => coming.missing -= bytes,
                Err(Errno::AGAIN) => return Ok(false),
                Err(error) => return Err(error.into()),
            }
        }
        Ok(true)
    }
}

impl Coming {
    /// The new document's ETag and bytes, if there is one.
    fn news(self) -> anyhow::Result<Option<(Arc<str>, usize)>> {
        match self.status {
            // Nothing changed for as long as a node holds a poll.
            304 => Ok(None),
            200 => Ok(Some((self.etag.context("no ETag")?, self.bytes))),
            status => anyhow::bail!("a held poll was answered {status}"),
        }
    }
}
