//! One of the polls that are held.

use std::io::{ErrorKind, Read as _, Result, Write as _};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use mio::net::TcpStream;
use mio::{Interest, Registry, Token};
use tokio::sync::watch;
use tokio::time::Instant;

use super::Question;
use crate::answer::Answer;
use crate::usage::Noted;

/// Time for a connection to this machine.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

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
    /// What was received of an answer that did not come in one piece.
    begun: Vec<u8>,
    asked: Option<Noted>,
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
        loop {
            let received = match connected.stream.read(chunk) {
                Ok(0) => return Err(std::io::Error::from(ErrorKind::UnexpectedEof).into()),
                Ok(bytes) => chunk.get(..bytes).unwrap_or_default(),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(None),
                Err(error) => return Err(error.into()),
            };
            let is_all = received.len() < chunk.len();
            let received = if connected.begun.is_empty() {
                received
            } else {
                connected.begun.extend_from_slice(received);
                &connected.begun
            };
            if let Some(answer) = Answer::of(received)? {
                let at = Instant::now();
                if let Some(asked) = connected.asked.take() {
                    asked.answered(answer.status);
                }
                let news = news(&answer, &mut self.question.etag)?;
                connected.begun = Vec::new();
                return Ok(Some(Answered { at, news }));
            }
            if connected.begun.is_empty() {
                connected.begun = received.to_vec();
            }
            if is_all {
                return Ok(None);
            }
        }
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
            asked: None,
        })
    }
}

/// The new document, if there is one; `etag` is then its.
fn news(answer: &Answer<'_>, etag: &mut Arc<str>) -> anyhow::Result<Option<(Arc<str>, usize)>> {
    match answer.status {
        // Nothing changed for as long as a node holds a poll.
        304 => Ok(None),
        200 => {
            *etag = answer.header("etag").context("no ETag")?.into();
            Ok(Some((Arc::clone(etag), answer.body.len())))
        }
        status => anyhow::bail!("a held poll was answered {status}"),
    }
}
