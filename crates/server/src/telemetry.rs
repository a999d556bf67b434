//! The program's log: its own lines through `tracing`, and the line of each request, both written by
//! one thread so that no request ever waits for a disk or a pipe.

mod log_writer;

use std::sync::Arc;

use burgee_serve::RequestLog;
use tracing_subscriber::filter::LevelFilter;

use log_writer::LogWriter;

use crate::config::{Log, LogFormat, LogLevel};

/// What the log was started as.
#[derive(Debug)]
pub(crate) struct StartedLog {
    writer: LogWriter,
    requests: bool,
}

/// Starts the log. Lines that are under way are written when the last clone of the writer is dropped.
pub(crate) fn start(log: &Log) -> anyhow::Result<StartedLog> {
    let writer = LogWriter::start(log.queue_lines_max, std::io::stderr())?;
    let level = match log.level {
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Debug => LevelFilter::DEBUG,
        LogLevel::Trace => LevelFilter::TRACE,
    };
    let builder = tracing_subscriber::fmt()
        .with_max_level(level)
        .with_writer(writer.clone());
    let subscriber: Box<dyn tracing::Subscriber + Send + Sync> = match log.format {
        LogFormat::Json => Box::new(builder.json().flatten_event(true).finish()),
        LogFormat::Text => Box::new(builder.with_ansi(false).finish()),
    };
    tracing::subscriber::set_global_default(subscriber)?;
    Ok(StartedLog {
        writer,
        requests: log.requests,
    })
}

/// Where the line of each request goes.
pub(crate) fn request_log(log: StartedLog) -> Arc<dyn RequestLog> {
    if log.requests {
        Arc::new(log.writer)
    } else {
        Arc::new(Unlogged)
    }
}

/// Requests are not logged.
#[derive(Debug)]
struct Unlogged;

impl RequestLog for Unlogged {
    fn is_on(&self) -> bool {
        false
    }

    fn write(&self, _: String) {}
}
