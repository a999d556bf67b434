//! Hashes of the next few flags, taken together before the flags are evaluated.
//!
//! Flag by flag, each hash would wait for its message to be written and each decision for its hash.
//! Together they overlap in the processor (see [`crate::hash`]). Only a hash that will be asked for is
//! taken: that of a first condition whose filters hold. All others are taken when they are needed.

use crate::{
    hash::Message,
    snapshot::{Aggregation, Condition, Flag, FlagState},
    split::Rollout,
};

use super::{Walk, condition::Targeting};

/// Flags that are looked at together.
pub(crate) const FLAGS_AHEAD: usize = 8;

/// Ends what is hashed for a variant.
pub(super) const VARIANT_SALT: &str = "variant";

/// What is foreseen of the next flags.
#[derive(Debug, Default)]
pub(crate) struct Ahead(pub(super) [Foreseen; FLAGS_AHEAD]);

/// What one flag will hash.
#[derive(Debug, Default)]
pub(super) struct Foreseen {
    message: Message,
    hash: Option<ForeseenHash>,
}

/// A hash, and what it is of.
#[derive(Debug, Clone, Copy)]
struct ForeseenHash {
    of: HashOf,
    aggregation: Aggregation,
    hash: u64,
}

/// What a hash decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum HashOf {
    Rollout,
    Variant,
}

impl Foreseen {
    /// A hash, if it was foreseen.
    pub(super) fn hash(&self, of: HashOf, aggregation: Aggregation) -> Option<u64> {
        let foreseen = self.hash?;
        (foreseen.of == of && foreseen.aggregation == aggregation).then_some(foreseen.hash)
    }

    /// Takes the hash of what was laid out.
    pub(super) fn settle(&mut self) {
        self.hash = self.hash.and_then(|foreseen| {
            let hash = self.message.hash60()?;
            Some(ForeseenHash { hash, ..foreseen })
        });
    }
}

impl Walk<'_, '_> {
    /// Lays out what a flag will hash first, if that can be told without other flags.
    pub(super) fn foresee(&mut self, flag: &Flag, key: &str, foreseen: &mut Foreseen) {
        foreseen.hash = None;
        if flag.state != FlagState::Active || !flag.is_hash_decisive {
            return;
        }
        let conditions = flag.conditions.of(&self.snapshot.conditions);
        let Some((condition, of)) = conditions.first().zip(self.first_hash(flag, conditions))
        else {
            return;
        };
        let aggregation = condition.aggregation;
        let identifier = self.identifier(flag, key, aggregation);
        if !identifier.is_empty() {
            let salt = match of {
                HashOf::Rollout => "",
                HashOf::Variant => VARIANT_SALT,
            };
            foreseen.message.lay([key, ".", identifier, salt]);
            foreseen.hash = Some(ForeseenHash {
                of,
                aggregation,
                hash: 0,
            });
        }
    }

    /// What the first condition will ask a hash for.
    fn first_hash(&mut self, flag: &Flag, conditions: &[Condition]) -> Option<HashOf> {
        let condition = conditions.first()?;
        let of = match condition.rollout {
            Rollout::Below(_) => HashOf::Rollout,
            Rollout::Everyone if flag.is_split && condition.variant.is_none() => HashOf::Variant,
            Rollout::Everyone => return None,
        };
        let is_asked = !flag.has_dependencies
            && !self.is_withheld(flag, condition)
            && !self.lacks_group(condition)
            && matches!(self.targets(flag, condition), Ok(Targeting::Hit));
        is_asked.then_some(of)
    }
}
