//! The asynchronous runtime: how many threads it has, and what tells it to stop.

use std::future::Future;

use anyhow::Context;
use tokio::runtime::{Builder, Runtime};

/// Threads of a command that reads or writes once.
const COMMAND_THREADS: usize = 1;

/// A runtime for a server; 0 threads: one for each core.
pub(crate) fn for_serving(worker_threads: usize) -> anyhow::Result<Runtime> {
    let mut builder = Builder::new_multi_thread();
    if worker_threads > 0 {
        builder.worker_threads(worker_threads);
    }
    build(&mut builder)
}

/// Runs one asynchronous piece of work to its end.
pub(crate) fn run<T>(work: impl Future<Output = T>) -> anyhow::Result<T> {
    let mut builder = Builder::new_multi_thread();
    let runtime = build(builder.worker_threads(COMMAND_THREADS))?;
    Ok(runtime.block_on(work))
}

fn build(builder: &mut Builder) -> anyhow::Result<Runtime> {
    let builder = builder.thread_name("burgee-worker").enable_all();
    builder.build().context("cannot start the runtime")
}

/// Resolves when the program has been told to stop this many times: SIGTERM, SIGINT or Ctrl-C.
#[cfg(unix)]
pub(crate) async fn told_to_stop(times: usize) -> anyhow::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};

    let mut terminate = signal(SignalKind::terminate()).context("cannot wait for SIGTERM")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("cannot wait for SIGINT")?;
    for _ in 0..times {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    }
    Ok(())
}

/// Resolves when the program has been told to stop this many times: Ctrl-C.
#[cfg(not(unix))]
pub(crate) async fn told_to_stop(times: usize) -> anyhow::Result<()> {
    for _ in 0..times {
        tokio::signal::ctrl_c()
            .await
            .context("cannot wait for Ctrl-C")?;
    }
    Ok(())
}
