//! A wire between a node and something it depends on that can be cut: then it carries nothing either
//! way and says nothing, as a network that drops packets does. What was under way arrives once it is
//! mended.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// Bytes that are carried at a time.
const CHUNK_BYTES: usize = 16 << 10;

/// A link; it ends when it is dropped.
#[derive(Debug)]
pub(crate) struct Link {
    /// Its near end.
    pub(crate) address: SocketAddr,
    is_cut: watch::Sender<bool>,
    accepting: JoinHandle<()>,
}

impl Link {
    /// Listens on a free port and carries every connection to the socket `end`.
    pub(crate) async fn to(end: PathBuf) -> std::io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let (is_cut, cut) = watch::channel(false);
        let accepting = tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                let (end, cut) = (end.clone(), cut.clone());
                tokio::spawn(async move {
                    // How a connection ended is its two ends' business.
                    let _ = carry(near, end, cut).await;
                });
            }
        });
        Ok(Self {
            address,
            is_cut,
            accepting,
        })
    }

    /// From now on nothing passes.
    pub(crate) fn cut(&self) {
        self.is_cut.send_replace(true);
    }

    /// From now on everything does.
    pub(crate) fn mend(&self) {
        self.is_cut.send_replace(false);
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

/// Carries until either end closes.
async fn carry(
    near: TcpStream,
    end: PathBuf,
    mut cut: watch::Receiver<bool>,
) -> std::io::Result<()> {
    near.set_nodelay(true)?;
    // While it is cut a connection is neither made nor refused.
    let _ = cut.wait_for(|cut| !cut).await;
    let (near_reads, near_writes) = near.into_split();
    let (far_reads, far_writes) = UnixStream::connect(end).await?.into_split();
    tokio::select! {
        done = one_way(near_reads, far_writes, cut.clone()) => done,
        done = one_way(far_reads, near_writes, cut) => done,
    }
}

async fn one_way(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    mut cut: watch::Receiver<bool>,
) -> std::io::Result<()> {
    let mut chunk = Vec::with_capacity(CHUNK_BYTES);
    loop {
        chunk.clear();
        let ended = from.read_buf(&mut chunk).await? == 0;
        if cut.wait_for(|cut| !cut).await.is_err() || ended {
            return Ok(());
        }
        to.write_all(&chunk).await?;
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::net::UnixListener;
    use tokio::time::timeout;

    use super::*;

    #[tokio::test]
    async fn a_link_that_is_cut_is_silent_and_loses_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let end = folder.path().join("socket");
        let far = UnixListener::bind(&end).unwrap();
        let link = Link::to(end).await.unwrap();
        let mut near = TcpStream::connect(link.address).await.unwrap();
        let (mut far, _) = far.accept().await.unwrap();
        near.write_all(b"one").await.unwrap();
        let mut received = [0; 3];
        far.read_exact(&mut received).await.unwrap();
        assert_eq!(&received, b"one");

        link.cut();
        near.write_all(b"two").await.unwrap();
        let silent = timeout(Duration::from_millis(50), far.read_exact(&mut received)).await;
        assert!(silent.is_err());

        link.mend();
        far.read_exact(&mut received).await.unwrap();
        assert_eq!(&received, b"two");
    }
}
