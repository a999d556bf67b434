//! One log line per request, whatever became of it (spec: service §14.2).

use std::{
    fmt::{Display, Write as _},
    net::IpAddr,
};

use burgee_model::Timestamp;
use chrono::{DateTime, SecondsFormat};
use serde::Serialize;
use uuid::Uuid;

/// Takes finished lines. Must neither wait nor fail: answering never depends on logging.
pub trait RequestLog: Send + Sync {
    /// Writes one line, or drops it and counts that.
    fn write(&self, line: String);

    /// Whether lines are wanted; otherwise none is made.
    fn is_on(&self) -> bool {
        true
    }

    /// Lines that were dropped since the start.
    fn dropped(&self) -> u64 {
        0
    }
}

/// How lines are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LogFormat {
    /// `key=value`, for people.
    #[default]
    Text,
    /// One JSON object per line.
    Json,
}

/// What is known of a request when it is over.
#[derive(Debug, Default, Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts")]
pub(crate) struct RequestRecord {
    pub(crate) request_id: Uuid,
    pub(crate) endpoint: &'static str,
    pub(crate) http_status: u16,
    pub(crate) duration_ms: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) error_code: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) error: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) environment_id: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) distinct_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) device_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) ip: Option<IpAddr>,
    pub(crate) lib: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) user_agent: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) api_version: Option<String>,
    pub(crate) flags_disabled: bool,
    #[serde(skip_serializing_if = "is_false")]
    pub(crate) rate_limit_warning: bool,
    #[serde(skip_serializing_if = "is_false")]
    pub(crate) quota_limited: bool,
    pub(crate) flags_evaluated: usize,
    pub(crate) flags_failed: usize,
    pub(crate) subject_fetched: bool,
}

/// Message by which these lines are found.
const MESSAGE: &str = "canonical_log_line";

impl RequestRecord {
    /// The line, without a line feed.
    pub(crate) fn line(&self, format: LogFormat, now: Timestamp) -> String {
        let instant = DateTime::from_timestamp_micros(now.unix_micros()).unwrap_or_default();
        let time = instant.to_rfc3339_opts(SecondsFormat::Millis, true);
        match format {
            LogFormat::Json => self.json_line(&time),
            LogFormat::Text => self.text_line(&time),
        }
    }

    fn json_line(&self, time: &str) -> String {
        #[derive(Serialize)]
        struct Line<'a> {
            timestamp: &'a str,
            level: &'static str,
            message: &'static str,
            #[serde(flatten)]
            record: &'a RequestRecord,
        }
        let line = Line {
            timestamp: time,
            level: "INFO",
            message: MESSAGE,
            record: self,
        };
        // Plain data always has a JSON form.
        serde_json::to_string(&line).unwrap_or_default()
    }

    fn text_line(&self, time: &str) -> String {
        let mut line = String::with_capacity(256);
        // Writing to a string does not fail.
        let _ = write!(
            line,
            "{time} INFO {MESSAGE} request_id={} endpoint={} http_status={} duration_ms={:.3} lib={} \
             flags_evaluated={} flags_failed={} subject_fetched={}",
            self.request_id,
            self.endpoint,
            self.http_status,
            self.duration_ms,
            self.lib,
            self.flags_evaluated,
            self.flags_failed,
            self.subject_fetched,
        );
        push(&mut line, "environment_id", self.environment_id.as_ref());
        push(&mut line, "api_version", self.api_version.as_ref());
        push(
            &mut line,
            "flags_disabled",
            self.flags_disabled.then_some(&true),
        );
        let warned = self.rate_limit_warning.then_some(&true);
        push(&mut line, "rate_limit_warning", warned);
        let limited = self.quota_limited.then_some(&true);
        push(&mut line, "quota_limited", limited);
        push(&mut line, "error_code", self.error_code.as_ref());
        push_quoted(&mut line, "error", self.error.as_deref());
        push_quoted(&mut line, "distinct_id", self.distinct_id.as_deref());
        push_quoted(&mut line, "device_id", self.device_id.as_deref());
        push(&mut line, "ip", self.ip.as_ref());
        push_quoted(&mut line, "user_agent", self.user_agent.as_deref());
        line
    }
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "the shape that serde asks for"
)]
fn is_false(value: &bool) -> bool {
    !value
}

fn push(line: &mut String, key: &str, value: Option<&impl Display>) {
    if let Some(value) = value {
        let _ = write!(line, " {key}={value}");
    }
}

/// Quoted and escaped, so that a text from outside cannot forge another field or line.
fn push_quoted(line: &mut String, key: &str, value: Option<&str>) {
    if let Some(value) = value {
        let _ = write!(line, " {key}={value:?}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record() -> RequestRecord {
        RequestRecord {
            endpoint: "flags",
            http_status: 200,
            duration_ms: 0.25,
            lib: "posthog-node",
            distinct_id: Some("u1\" x=\"\n".to_owned()),
            ..RequestRecord::default()
        }
    }

    #[test]
    fn a_text_line_cannot_be_forged() {
        let line = record().line(LogFormat::Text, Timestamp::from_unix_millis(0));
        assert!(line.starts_with("1970-01-01T00:00:00.000Z INFO canonical_log_line request_id="));
        assert!(line.ends_with(r#" distinct_id="u1\" x=\"\n""#), "{line}");
        assert_eq!(line.lines().count(), 1);
    }

    #[test]
    fn a_json_line_is_one_object() {
        let line = record().line(LogFormat::Json, Timestamp::from_unix_millis(0));
        let value: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert_eq!(value["message"], "canonical_log_line");
        assert_eq!(value["distinct_id"], "u1\" x=\"\n");
        assert!(value.get("ip").is_none());
    }
}
