//! What holding polls and answering them costs without a server: sockets that are all written to when
//! something is to be told. Whatever is slower than this is the server's doing, and what this takes is
//! the machine's.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use anyhow::Context as _;
use rustix::process::{Resource, getrlimit};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};

use crate::crowd::{Crowd, Question};
use crate::request;
use crate::spread::Spread;

/// For a poll to be held, and to be answered.
const PATIENCE: Duration = Duration::from_secs(30);

/// Largest request.
const REQUEST_BYTES_MAX: usize = 1_024;

/// Files that this process has open besides the two ends of each poll, with room to spare.
const OTHER_FILES_MAX: u64 = 500;

/// How many polls there can be, of this many that are wished for: both ends of each are files of this
/// process.
pub(crate) fn polls_of(wished: u32) -> u32 {
    let files = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
    let polls = files.saturating_sub(OTHER_FILES_MAX) / 2;
    wished.min(u32::try_from(polls).unwrap_or(u32::MAX))
}

/// Holds this many polls, and answers all of them as often as there are `changes`.
pub(crate) async fn measure(
    polls: u32,
    answer_bytes: usize,
    changes: u32,
) -> anyhow::Result<Spread> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let address = listener.local_addr()?;
    let mut answer =
        format!("HTTP/1.1 200 OK\r\netag: bare\r\ncontent-length: {answer_bytes}\r\n\r\n");
    answer.extend(std::iter::repeat_n(' ', answer_bytes));
    let answer: Arc<[u8]> = answer.into_bytes().into();
    let (news, heard) = watch::channel(());
    let held = Arc::new(AtomicU32::new(0));
    let question = Question {
        request: |_| request::get("/bare"),
        etag: "bare".into(),
    };
    let (_stays, address) = watch::channel(Some(address));
    let mut crowd = Crowd::gather(vec![address; polls as usize], &question)?;
    // Ended with this function, whatever its outcome.
    let mut tasks = JoinSet::new();
    for _ in 0..polls {
        let (stream, _) = listener.accept().await?;
        let held = Arc::clone(&held);
        tasks.spawn(hold(stream, Arc::clone(&answer), heard.clone(), held));
    }
    let mut samples = Vec::new();
    for _ in 0..changes {
        let all_held = async {
            while held.load(Ordering::Acquire) < polls {
                sleep(Duration::from_millis(20)).await;
            }
        };
        let waited = timeout(PATIENCE, all_held).await;
        waited.context("not all bare polls are held")?;
        held.store(0, Ordering::Release);
        let at = Instant::now();
        news.send_replace(());
        let mut missing = polls as usize;
        while missing > 0 {
            let told = timeout(PATIENCE, crowd.told()).await;
            let told = told.context("a bare poll was not answered")??;
            missing = missing.saturating_sub(told.len());
            samples.extend(
                told.iter()
                    .map(|told| told.at.saturating_duration_since(at)),
            );
        }
    }
    Ok(Spread::of(samples))
}

/// One held poll after another.
async fn hold(
    mut stream: TcpStream,
    answer: Arc<[u8]>,
    mut heard: watch::Receiver<()>,
    held: Arc<AtomicU32>,
) -> anyhow::Result<()> {
    stream.set_nodelay(true)?;
    let mut request = vec![0; REQUEST_BYTES_MAX];
    while stream.read(&mut request).await? > 0 {
        held.fetch_add(1, Ordering::AcqRel);
        heard.changed().await?;
        stream.write_all(&answer).await?;
    }
    Ok(())
}
