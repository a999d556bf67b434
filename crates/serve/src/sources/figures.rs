//! What operators see of where definitions come from.

use burgee_store::RecordName;
use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family},
    registry::Registry,
};

use super::{Origin, ReadOutcome};

/// The figures of sources.
#[derive(Debug, Default)]
pub(crate) struct SourceFigures {
    reads: Family<ReadLabels, Counter>,
    writes: Family<WriteLabels, Counter>,
    dropped: Counter,
    keeper_failures: Counter,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ReadLabels {
    record: &'static str,
    source: &'static str,
    result: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct WriteLabels {
    record: &'static str,
    place: &'static str,
    result: &'static str,
}

impl SourceFigures {
    pub(crate) fn register(&self, registry: &mut Registry) {
        registry.register(
            "definitions_reads",
            "Reads of what was not in memory, by where it was looked for",
            self.reads.clone(),
        );
        registry.register(
            "record_writes",
            "Writes of records that nodes share (`shared`) or keep for themselves (`last_good`)",
            self.writes.clone(),
        );
        registry.register(
            "last_good_dropped",
            "Records that were not kept because too many waited to be written",
            self.dropped.clone(),
        );
        registry.register(
            "keeper_failures",
            "Times that the shared cache could not be brought up to date; tried again",
            self.keeper_failures.clone(),
        );
    }

    pub(crate) fn note_keeper_failure(&self) {
        self.keeper_failures.inc();
    }

    pub(crate) fn note_read(&self, source: Origin, name: &RecordName, outcome: ReadOutcome) {
        let labels = ReadLabels {
            record: name.kind(),
            source: source.label(),
            result: match outcome {
                ReadOutcome::Read => "ok",
                ReadOutcome::Absent => "absent",
                ReadOutcome::OutOfDate => "out_of_date",
                ReadOutcome::Broken => "broken",
                ReadOutcome::Failed => "failed",
            },
        };
        self.reads.get_or_create(&labels).inc();
    }

    pub(crate) fn note_write(&self, place: Origin, name: &RecordName, is_ok: bool) {
        let labels = WriteLabels {
            record: name.kind(),
            place: place.label(),
            result: if is_ok { "ok" } else { "failed" },
        };
        self.writes.get_or_create(&labels).inc();
    }

    pub(crate) fn note_dropped(&self) {
        self.dropped.inc();
    }
}
