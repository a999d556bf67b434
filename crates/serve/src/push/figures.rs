//! What operators see of pushing changes out.

use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family, gauge::Gauge},
    registry::Registry,
};

use super::Woken;

/// Figures of notices, held polls and streams.
#[derive(Debug)]
pub(crate) struct PushFigures {
    pub(crate) notices: Counter,
    pub(crate) notice_failures: Counter,
    pub(crate) waiting: Gauge,
    pub(crate) waiting_refused: Counter,
    wakes: Family<WakeLabels, Counter>,
    /// Of `wakes`, found beforehand: thousands count at once.
    change: Counter,
    keys: Counter,
    time: Counter,
    stop: Counter,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct WakeLabels {
    reason: &'static str,
}

impl Default for PushFigures {
    fn default() -> Self {
        let wakes = Family::<WakeLabels, Counter>::default();
        let counter = |reason| wakes.get_or_create_owned(&WakeLabels { reason });
        Self {
            notices: Counter::default(),
            notice_failures: Counter::default(),
            waiting: Gauge::default(),
            waiting_refused: Counter::default(),
            change: counter("change"),
            keys: counter("keys"),
            time: counter("time"),
            stop: counter("stop"),
            wakes,
        }
    }
}

impl PushFigures {
    pub(crate) fn register(&self, registry: &mut Registry) {
        registry.register(
            "change_notices",
            "Notices of changes that were heard; those that came together count once",
            self.notices.clone(),
        );
        registry.register(
            "change_notice_failures",
            "Times that listening for notices failed or ended",
            self.notice_failures.clone(),
        );
        registry.register(
            "waiting",
            "Held polls and streams of events that wait for a change",
            self.waiting.clone(),
        );
        registry.register(
            "waiting_refused",
            "Polls that were not held, and streams that were refused, because all places were taken",
            self.waiting_refused.clone(),
        );
        registry.register(
            "wakes",
            "Ends of waits: by a change, by one of keys, by time, or because the node stops",
            self.wakes.clone(),
        );
    }

    pub(crate) fn observe_wakes(&self, woken: Woken, count: usize) {
        let counter = match woken {
            Woken::Change => &self.change,
            Woken::Keys => &self.keys,
            Woken::Time => &self.time,
            Woken::Stop => &self.stop,
        };
        counter.inc_by(count as u64);
    }
}
