//! Writes lines on a thread of its own. A full queue drops the line and counts it: a log that cannot
//! keep up must not slow an answer down.

use std::io::{BufWriter, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;
use std::time::Duration;

use anyhow::Context;
use burgee_serve::RequestLog;
use tracing_subscriber::fmt::MakeWriter;

/// Bytes that are gathered before they are handed to the system, at most.
const BUFFER_BYTES: usize = 64 * 1024;

/// How long lines are gathered.
const GATHER_TIME: Duration = Duration::from_millis(10);

/// Hands lines to the thread that writes them. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct LogWriter {
    lines: Option<SyncSender<Vec<u8>>>,
    dropped: Arc<AtomicU64>,
    /// Joined when the last clone goes, so that the last lines are written.
    thread: Arc<WriterThread>,
}

#[derive(Debug)]
struct WriterThread(Option<thread::JoinHandle<()>>);

impl LogWriter {
    /// Starts the thread. At most `queue_lines_max` lines wait to be written to `sink`.
    pub(crate) fn start(
        queue_lines_max: usize,
        sink: impl Write + Send + 'static,
    ) -> anyhow::Result<Self> {
        let (sender, receiver) = sync_channel(queue_lines_max);
        let thread = thread::Builder::new()
            .name("burgee-log".to_owned())
            .spawn(move || write_all(&receiver, sink))
            .context("cannot start the log's thread")?;
        Ok(Self {
            lines: Some(sender),
            dropped: Arc::new(AtomicU64::new(0)),
            thread: Arc::new(WriterThread(Some(thread))),
        })
    }

    /// Writes one line, which must end with a line break. Never waits.
    pub(crate) fn write_line(&self, line: Vec<u8>) {
        let sent = self.lines.as_ref().map(|lines| lines.try_send(line));
        if !matches!(sent, Some(Ok(()))) {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl Drop for LogWriter {
    fn drop(&mut self) {
        // The sender must be gone before the thread is waited for, or it would wait for more lines.
        self.lines = None;
        if let Some(thread) = Arc::get_mut(&mut self.thread)
            && let Some(handle) = thread.0.take()
        {
            // A thread that panicked has nothing left to write.
            let _ = handle.join();
        }
    }
}

impl RequestLog for LogWriter {
    fn write(&self, line: String) {
        let mut line = line.into_bytes();
        line.push(b'\n');
        self.write_line(line);
    }

    fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }
}

/// Writes until every sender is gone. After a line it pauses, so that under load one wake-up and one
/// system call serve hundreds of lines: waking up for each costs more than answering a request.
fn write_all(lines: &Receiver<Vec<u8>>, sink: impl Write) {
    let mut sink = BufWriter::with_capacity(BUFFER_BYTES, sink);
    // There is nobody to tell that the log itself cannot be written.
    while let Ok(line) = lines.recv() {
        let _ = sink.write_all(&line);
        thread::park_timeout(GATHER_TIME);
        while let Ok(line) = lines.try_recv() {
            let _ = sink.write_all(&line);
        }
        let _ = sink.flush();
    }
}

/// One event of `tracing`: gathered, then handed over whole.
#[derive(Debug)]
pub(crate) struct EventWriter<'w> {
    writer: &'w LogWriter,
    line: Vec<u8>,
}

impl Write for EventWriter<'_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.line.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Drop for EventWriter<'_> {
    fn drop(&mut self) {
        if !self.line.is_empty() {
            self.writer.write_line(std::mem::take(&mut self.line));
        }
    }
}

impl<'w> MakeWriter<'w> for LogWriter {
    type Writer = EventWriter<'w>;

    fn make_writer(&'w self) -> Self::Writer {
        EventWriter {
            writer: self,
            line: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    /// Writes into memory once it is let.
    #[derive(Clone, Default)]
    struct Gate {
        written: Arc<Mutex<Vec<u8>>>,
        closed: Arc<Mutex<()>>,
    }

    impl Write for Gate {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            let _open = self.closed.lock().unwrap();
            self.written.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn lines_under_way_are_written_when_the_last_writer_goes() {
        let gate = Gate::default();
        let writer = LogWriter::start(1_000, gate.clone()).unwrap();
        let other = writer.clone();
        for number in 0..500 {
            writer.write_line(format!("{number}\n").into_bytes());
        }
        drop(writer);
        other.write_line(b"last\n".to_vec());
        drop(other);
        let written = String::from_utf8(gate.written.lock().unwrap().clone()).unwrap();
        assert_eq!(written.lines().count(), 501);
        assert!(written.ends_with("499\nlast\n"));
    }

    #[test]
    fn a_log_that_is_stuck_drops_lines_and_counts_them() {
        let gate = Gate::default();
        let writer = LogWriter::start(10, gate.clone()).unwrap();
        let closed = gate.closed.lock().unwrap();
        // More than the buffer and the queue can hold together.
        for _ in 0..1_000 {
            writer.write_line(vec![b'x'; 1_024]);
        }
        assert!(writer.dropped() >= 1_000 - 10 - 200, "{}", writer.dropped());
        drop(closed);
    }
}
