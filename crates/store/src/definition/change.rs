//! What is different between two revisions of an environment.

use burgee_model::{Definitions, EnvironmentId, FlagDefinition, FlagId, Revision};

/// What makes one state of an environment another.
#[derive(Debug, Clone, PartialEq)]
pub enum DefinitionChange {
    /// The new state itself.
    Whole(Box<Definitions>),
    /// Nothing but flags changed.
    Flags(FlagChange),
}

/// Flags that changed.
#[derive(Debug, Clone, PartialEq)]
pub struct FlagChange {
    /// Whose flags.
    pub environment: EnvironmentId,
    /// The new state.
    pub revision: Revision,
    /// New ones, and those that replace the one with the same id.
    pub put: Vec<FlagDefinition>,
    /// Those that are not there any more; some never were.
    pub removed: Vec<FlagId>,
}

impl DefinitionChange {
    /// The new state. `known` is the one that the change was asked for.
    pub fn apply(self, known: &Definitions) -> Definitions {
        match self {
            Self::Whole(definitions) => *definitions,
            Self::Flags(change) => change.apply(known),
        }
    }
}

impl FlagChange {
    /// Whether the flag with this id is not what it was.
    pub fn concerns(&self, id: FlagId) -> bool {
        self.removed.contains(&id) || self.put.iter().any(|put| put.id == id)
    }

    fn apply(self, known: &Definitions) -> Definitions {
        let flags = known.flags.iter();
        let kept = flags.filter(|flag| !self.concerns(flag.id)).cloned();
        let mut flags: Vec<_> = kept.chain(self.put.iter().cloned()).collect();
        // As a store gives them.
        flags.sort_by_key(|flag| flag.id);
        Definitions {
            project: known.project,
            environment: known.environment,
            token: known.token.clone(),
            revision: self.revision,
            timezone: known.timezone.clone(),
            property_matching: known.property_matching,
            hold_polls_seconds: known.hold_polls_seconds,
            flags,
            cohorts: known.cohorts.clone(),
            group_types: known.group_types.clone(),
        }
    }
}
