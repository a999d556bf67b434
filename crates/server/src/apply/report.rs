//! What an apply did, for people.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use burgee_store::Committed;

/// What a change is about. Ordered as it is reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// Projects.
    Project,
    /// Environments.
    Environment,
    /// Cohorts of projects.
    Cohort,
    /// Flags of environments.
    Flag,
    /// Secret and personal keys.
    Key,
    /// Persons.
    Person,
    /// Groups.
    Group,
    /// Members of static cohorts.
    Member,
}

impl Kind {
    fn plural(self) -> &'static str {
        match self {
            Self::Project => "projects",
            Self::Environment => "environments",
            Self::Cohort => "cohorts",
            Self::Flag => "flags",
            Self::Key => "keys",
            Self::Person => "persons",
            Self::Group => "groups",
            Self::Member => "cohort members",
        }
    }
}

/// A secret that was made and is shown this once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Generated {
    /// Project and environment.
    pub(crate) place: String,
    /// What it is.
    pub(crate) what: &'static str,
    /// The secret.
    pub(crate) text: String,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Tally {
    created: usize,
    updated: usize,
    unchanged: usize,
    archived: usize,
    declared: usize,
}

/// Counts by kind, and what was generated.
#[derive(Debug, Default)]
pub(crate) struct Report {
    tallies: BTreeMap<Kind, Tally>,
    /// What was made because the file left it out.
    pub(crate) generated: Vec<Generated>,
}

impl Report {
    /// Counts one thing that is compared here; true if it must be sent to the store.
    pub(crate) fn count<T: PartialEq>(
        &mut self,
        kind: Kind,
        former: Option<&T>,
        wanted: &T,
    ) -> bool {
        let tally = self.tallies.entry(kind).or_default();
        match former {
            None => tally.created += 1,
            Some(former) if former == wanted => tally.unchanged += 1,
            Some(_) => tally.updated += 1,
        }
        former != Some(wanted)
    }

    /// Counts one thing that is archived.
    pub(crate) fn archived(&mut self, kind: Kind) {
        self.tallies.entry(kind).or_default().archived += 1;
    }

    /// Counts things whose difference only the store knows.
    pub(crate) fn declared(&mut self, kind: Kind, count: usize) {
        if count > 0 {
            self.tallies.entry(kind).or_default().declared += count;
        }
    }

    /// One line for each kind, and one for what the store found.
    pub(crate) fn lines(&self, committed: &Committed) -> String {
        let mut lines = String::new();
        for (kind, tally) in &self.tallies {
            let counts = [
                (tally.created, "created"),
                (tally.updated, "updated"),
                (tally.archived, "archived"),
                (tally.unchanged, "unchanged"),
                (tally.declared, "declared"),
            ];
            let counts = counts.iter().filter(|(count, _)| *count > 0);
            let counts: Vec<String> = counts
                .map(|(count, word)| format!("{count} {word}"))
                .collect();
            // Writing to a string cannot fail.
            let _ = writeln!(lines, "  {:<15} {}", kind.plural(), counts.join(", "));
        }
        if committed.changed == 0 {
            lines.push_str("nothing had to be changed\n");
        }
        for (token, revision) in &committed.revisions {
            let _ = writeln!(lines, "  {token} is at revision {revision}");
        }
        lines
    }
}
