//! The section `[log]`.

use super::key::Kind;
use super::section::section;
use super::value::Value;

section! {
    /// What is logged, on standard error.
    Log {
        /// Least important kind of line that is written.
        level: LogLevel = "log.level", Kind::Choice {
            default: "info", allowed: &["error", "warn", "info", "debug", "trace"],
        };
        /// How lines are written: for programs or for people.
        format: LogFormat = "log.format", Kind::Choice {
            default: "json", allowed: &["json", "text"],
        };
        /// Whether each request is logged, in one line.
        requests: bool = "log.requests", Kind::Switch { default: true };
        /// Whether those lines hold distinct ids, device ids and addresses.
        identifiers: bool = "log.identifiers", Kind::Switch { default: true };
        /// Lines that may wait to be written; further ones are dropped and counted, because a slow
        /// log must not slow an answer.
        queue_lines_max: usize = "log.queue_lines_max", Kind::Whole {
            default: 65_536, least: 1, most: 10_000_000, unit: "lines",
        };
    }
}

/// How important a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LogLevel {
    /// Something failed.
    Error,
    /// Something is odd.
    Warn,
    /// What happens.
    Info,
    /// How it happens.
    Debug,
    /// Everything.
    Trace,
}

/// How a line is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LogFormat {
    /// One JSON object a line.
    Json,
    /// For people.
    Text,
}

impl Value for LogLevel {
    fn read(text: &str, _: &Kind) -> Option<Self> {
        match text {
            "error" => Some(Self::Error),
            "warn" => Some(Self::Warn),
            "info" => Some(Self::Info),
            "debug" => Some(Self::Debug),
            "trace" => Some(Self::Trace),
            _ => None,
        }
    }
}

impl Value for LogFormat {
    fn read(text: &str, _: &Kind) -> Option<Self> {
        match text {
            "json" => Some(Self::Json),
            "text" => Some(Self::Text),
            _ => None,
        }
    }
}
