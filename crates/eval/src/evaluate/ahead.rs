//! Messages of the next few flags, laid out before the first of them is hashed, which makes hashing
//! half as long (see [`crate::hash`]). A flag that then needs no hash has cost a few nanoseconds.

use crate::{
    Snapshot,
    hash::Message,
    snapshot::{Aggregation, Flag, FlagState},
    split::Rollout,
};

use super::Walk;

/// Flags that are laid out together.
pub(crate) const FLAGS_AHEAD: usize = 8;

/// What the next flags will probably hash.
#[derive(Debug, Default)]
pub(crate) struct Ahead(pub(super) [Laid; FLAGS_AHEAD]);

/// What one flag will probably hash.
#[derive(Debug)]
pub(super) struct Laid {
    /// Whose percentage it is.
    aggregation: Aggregation,
    rollout: Message,
    variant: Message,
}

impl Default for Laid {
    fn default() -> Self {
        Self {
            aggregation: Aggregation::Person,
            rollout: Message::default(),
            variant: Message::default(),
        }
    }
}

impl Laid {
    /// The hash of the flag's percentages, if it was foreseen.
    pub(super) fn rollout(&self, aggregation: Aggregation) -> Option<u64> {
        self.message(&self.rollout, aggregation)
    }

    /// The hash of the flag's variants, if it was foreseen.
    pub(super) fn variant(&self, aggregation: Aggregation) -> Option<u64> {
        self.message(&self.variant, aggregation)
    }

    fn message(&self, message: &Message, aggregation: Aggregation) -> Option<u64> {
        if aggregation == self.aggregation {
            message.hash60()
        } else {
            None
        }
    }
}

impl Snapshot {
    /// Whether a flag's conditions hash for their percentage, and whose percentage that is.
    fn foreseen(&self, flag: &Flag) -> (bool, Aggregation) {
        let conditions = flag.conditions.of(&self.conditions);
        let hashed = conditions
            .iter()
            .find(|condition| condition.rollout != Rollout::Everyone);
        let first = hashed.or(conditions.first());
        let aggregation = first.map_or(flag.aggregation, |condition| condition.aggregation);
        (hashed.is_some(), aggregation)
    }
}

impl Walk<'_, '_> {
    /// Lays out what a flag will probably hash.
    pub(super) fn lay(&self, flag: &Flag, key: &str, laid: &mut Laid) {
        laid.rollout.clear();
        laid.variant.clear();
        if flag.state != FlagState::Active || !flag.is_hash_decisive {
            return;
        }
        let (is_rollout_hashed, aggregation) = self.snapshot.foreseen(flag);
        let identifier = self.identifier(flag, key, aggregation);
        if identifier.is_empty() {
            return;
        }
        laid.aggregation = aggregation;
        if is_rollout_hashed {
            laid.rollout.lay([key, ".", identifier, ""]);
        }
        if flag.is_split {
            laid.variant.lay([key, ".", identifier, VARIANT_SALT]);
        }
    }
}

/// Ends what is hashed for a variant.
pub(super) const VARIANT_SALT: &str = "variant";
