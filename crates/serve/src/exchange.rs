//! A request under way, from its head to its log line.
//!
//! What is to be written about it is written when this is dropped: a client that hangs up drops the
//! request in the middle of some wait, and counts all the same.

use std::sync::Arc;

use crate::{
    head::Head,
    refusal::{CLIENT_GONE, Refusal},
    request_log::RequestRecord,
    serving::Serving,
};

/// One request.
#[derive(Debug)]
pub(crate) struct Exchange<'s> {
    serving: &'s Serving,
    pub(crate) head: Arc<Head>,
    pub(crate) record: RequestRecord,
    started_micros: u64,
}

impl<'s> Exchange<'s> {
    pub(crate) fn begin(serving: &'s Serving, head: Head) -> Self {
        serving.metrics().in_flight.inc();
        let (http_status, error_code) = CLIENT_GONE;
        Self {
            serving,
            head: Arc::new(head),
            record: RequestRecord {
                http_status,
                error_code: Some(error_code),
                ..RequestRecord::default()
            },
            started_micros: serving.clock().monotonic_micros(),
        }
    }

    /// An answer is ready to be sent.
    pub(crate) fn end(&mut self, http_status: u16, refusal: Option<&Refusal>) {
        self.record.http_status = http_status;
        self.record.error_code = refusal.map(Refusal::code);
        self.record.error = refusal.map(ToString::to_string);
    }
}

impl Drop for Exchange<'_> {
    /// Nothing here can change the answer.
    fn drop(&mut self) {
        let (serving, head) = (self.serving, &self.head);
        let record = &mut self.record;
        let now = serving.clock().monotonic_micros();
        let micros = now.saturating_sub(self.started_micros);
        record.endpoint = head.target.name();
        let metrics = serving.metrics();
        metrics.in_flight.dec();
        metrics.observe_request(record, micros);
        if !serving.log().is_on() {
            return;
        }
        record.request_id = head.request_id;
        record.lib = head.library().as_str();
        record.duration_ms = millis(micros);
        if serving.config().log_identifiers {
            record.ip = head.client_ip;
            record.user_agent = head.user_agent().map(str::to_owned);
        }
        let line = record.line(serving.config().log_format, serving.clock().now());
        serving.log().write(line);
    }
}

#[expect(clippy::cast_precision_loss, reason = "a duration far below 2⁵³ µs")]
pub(crate) fn millis(micros: u64) -> f64 {
    micros as f64 / 1e3
}
