//! What came of it, for people and as JSON.

use std::fmt::Write as _;

use serde::Serialize;

use crate::changes::NodeChanges;
use crate::cluster::Cluster;
use crate::faults::Outcome;
use crate::held::Held;
use crate::usage::Usage;

/// All figures, and what was promised and not kept.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Report {
    /// Bytes of the definitions document, as it is and compressed.
    pub(crate) document_bytes: (usize, usize),
    /// How soon every node had each change.
    pub(crate) changes: Vec<NodeChanges>,
    /// How soon held polls were answered.
    pub(crate) held: Option<Held>,
    /// What breaking things did.
    pub(crate) faults: Vec<Outcome>,
    /// What was counted.
    pub(crate) usage: Option<Usage>,
    /// Broken promises, for people.
    pub(crate) broken: Vec<String>,
}

impl Report {
    /// A report without figures.
    pub(crate) async fn of(cluster: &Cluster) -> anyhow::Result<Self> {
        Ok(Self {
            document_bytes: cluster.document_bytes().await?,
            changes: Vec::new(),
            held: None,
            faults: Vec::new(),
            usage: None,
            broken: Vec::new(),
        })
    }

    /// Says which promises were broken.
    pub(crate) fn judge(&mut self) {
        for outcome in &self.faults {
            let fault = outcome.fault;
            if outcome.failed > 0 {
                let (failed, first) = (outcome.failed, outcome.complaints.join("; "));
                self.broken.push(format!(
                    "{fault}: {failed} wrong or missing answers: {first}"
                ));
            }
            if !outcome.silent.is_empty() {
                let silent = outcome.silent.join(", ");
                self.broken
                    .push(format!("{fault}: stale and not saying so: {silent}"));
            }
            if outcome.agree_ms.is_none() {
                self.broken
                    .push(format!("{fault}: the nodes did not agree afterwards"));
            }
        }
        if let Some(usage) = &self.usage
            && !usage.is_within_bounds()
        {
            self.broken.push(format!(
                "{} answers were counted, {} were given, {} more may have been, {} may be lost",
                usage.counted, usage.answered, usage.unseen, usage.lost_max
            ));
        }
    }

    /// Tables for people.
    pub(crate) fn table(&self) -> String {
        let mut text = String::new();
        // Writing to a text does not fail.
        let _ = self.write(&mut text);
        text
    }

    fn write(&self, to: &mut String) -> std::fmt::Result {
        let (plain, compressed) = self.document_bytes;
        writeln!(to, "definitions: {plain} bytes, {compressed} compressed")?;
        self.write_changes(to)?;
        self.write_held(to)?;
        self.write_faults(to)?;
        if let Some(usage) = &self.usage {
            writeln!(
                to,
                "\nusage: {} answers given, {} more perhaps, {} counted (bound: {} lost)",
                usage.answered, usage.unseen, usage.counted, usage.lost_max
            )?;
        }
        for promise in &self.broken {
            writeln!(to, "BROKEN: {promise}")?;
        }
        Ok(())
    }

    fn write_changes(&self, to: &mut String) -> std::fmt::Result {
        if self.changes.is_empty() {
            return Ok(());
        }
        writeln!(
            to,
            "\n{:44}{:>8}{:>9}{:>9}{:>9}",
            "change seen (goals: p50 <= 5, p99 <= 25 ms)", "changes", "p50 ms", "p99 ms", "max ms"
        )?;
        for row in &self.changes {
            let name = format!("{}, {}", row.node, row.asked);
            let seen = row.seen;
            writeln!(
                to,
                "{name:44}{:>8}{:>9.2}{:>9.2}{:>9.2}",
                seen.count, seen.p50_ms, seen.p99_ms, seen.max_ms
            )?;
        }
        Ok(())
    }

    fn write_held(&self, to: &mut String) -> std::fmt::Result {
        let Some(held) = &self.held else {
            return Ok(());
        };
        writeln!(
            to,
            "\n{:44}{:>8}{:>9}{:>9}{:>9}",
            "held polls answered (goal: p99 <= 100 ms)", "answers", "p50 ms", "p99 ms", "max ms"
        )?;
        let name = format!("{} polls, {} changes", held.polls, held.changes);
        let bare = format!("{} bare sockets, the same bytes", held.bare_polls);
        for (name, seen) in [(name, held.answered), (bare, held.bare)] {
            writeln!(
                to,
                "{name:44}{:>8}{:>9.1}{:>9.1}{:>9.1}",
                seen.count, seen.p50_ms, seen.p99_ms, seen.max_ms
            )?;
        }
        for (node, bytes) in &held.bytes_per_poll {
            writeln!(to, "{node}: {bytes} bytes of memory for each held poll")?;
        }
        Ok(())
    }

    fn write_faults(&self, to: &mut String) -> std::fmt::Result {
        if self.faults.is_empty() {
            return Ok(());
        }
        writeln!(
            to,
            "\n{:36}{:>8}{:>8}{:>9}{:>10}  said to be stale",
            "faults, under load", "right", "failed", "gap ms", "agree ms"
        )?;
        for outcome in &self.faults {
            let agree = outcome.agree_ms;
            let agree = agree.map_or_else(|| "never".to_owned(), |agree| format!("{agree:.0}"));
            writeln!(
                to,
                "{:36}{:>8}{:>8}{:>9.0}{agree:>10}  {}",
                outcome.fault,
                outcome.right,
                outcome.failed,
                outcome.gap.1,
                outcome.stale.join(" ")
            )?;
            if let Some(meanwhile) = outcome.change_meanwhile_ms {
                writeln!(
                    to,
                    "    a change made meanwhile was seen after {meanwhile:.0} ms"
                )?;
            }
            if let Some(started) = outcome.started_ms {
                writeln!(to, "    a node started anew answered after {started:.0} ms")?;
            }
        }
        Ok(())
    }
}
