//! Evaluates for an OFREP answer: all flags as a list, or one flag as a record.
//!
//! Both also know the flags that are switched off, which no plan has: an application that asks for
//! one is to hear that it is off, not that it is unknown and its default be taken.

use burgee_eval::{Outcome, Plan, Scratch, Selection, Snapshot, Subject};
use burgee_wire::{OfrepEncoder, ofrep_over_quota, ofrep_record, ofrep_switched_off_record};

use super::Answer;
use crate::{ServeConfig, environment::Environment, refusal::Refusal};

/// What is answered. Flags stand by `FlagInfo::index`.
#[derive(Debug)]
pub(crate) enum OfrepFormat {
    /// Every planned flag, and those that are switched off.
    All {
        switched_off: Vec<u32>,
        /// Whether the answer says where changes are told.
        tells_events: bool,
    },
    /// This flag, if the plan has it.
    One(u32),
    /// This flag, which is switched off.
    SwitchedOff(u32),
    /// A flag that is none.
    Unknown,
}

impl OfrepFormat {
    pub(crate) fn all(
        snapshot: &Snapshot,
        selection: &Selection<'_>,
        config: &ServeConfig,
    ) -> Self {
        let switched_off = snapshot.switched_off(selection);
        Self::All {
            switched_off: switched_off.map(|flag| flag.index).collect(),
            tells_events: config.tells_ofrep_events,
        }
    }

    pub(crate) fn one(snapshot: &Snapshot, selection: &Selection<'_>, key: &str) -> Self {
        if let Some(flag) = snapshot.switched_off(selection).next() {
            return Self::SwitchedOff(flag.index);
        }
        snapshot
            .find(key)
            .map_or(Self::Unknown, |flag| Self::One(flag.index))
    }

    /// The answer when nothing is to be evaluated.
    pub(super) fn empty(&self, environment: &Environment) -> Result<Vec<u8>, Refusal> {
        match self {
            Self::All { .. } => Ok(self.finish(self.begin(environment, 0), environment)),
            Self::One(_) | Self::Unknown => Err(Refusal::UnknownFlag),
            Self::SwitchedOff(index) => {
                let flag = environment.snapshot.flags().get(*index as usize);
                let flag = flag.ok_or(Refusal::UnknownFlag)?;
                Ok(ofrep_switched_off_record(&environment.fragments, flag))
            }
        }
    }

    /// The answer when the quota is used up. One flag cannot be answered for without any.
    pub(super) fn over_quota(&self) -> Result<Vec<u8>, Refusal> {
        match self {
            Self::All { .. } => Ok(ofrep_over_quota()),
            Self::One(_) | Self::SwitchedOff(_) | Self::Unknown => Err(Refusal::OverQuota),
        }
    }

    /// Evaluates and encodes.
    pub(super) fn run(
        &self,
        environment: &Environment,
        plan: &Plan<'_>,
        (subject, scratch): (&Subject<'_>, &mut Scratch),
    ) -> Answer {
        let snapshot = &environment.snapshot;
        let mut answer = Answer {
            content: Err(Refusal::UnknownFlag),
            evaluated: plan.len(),
            failed: 0,
        };
        match self {
            Self::All { .. } => {
                let mut encoder = self.begin(environment, plan.len());
                snapshot.evaluate(plan, subject, scratch, |evaluation| {
                    encoder.push(&evaluation);
                });
                answer.failed = encoder.failed();
                answer.content = Ok(self.finish(encoder, environment));
            }
            Self::One(index) => {
                snapshot.evaluate(plan, subject, scratch, |evaluation| {
                    let failure = match evaluation.outcome {
                        Outcome::Answered { .. } => None,
                        Outcome::Failed(error) => Some(error),
                    };
                    answer.failed += usize::from(failure.is_some());
                    if evaluation.flag.index == *index {
                        answer.content = match failure {
                            Some(error) => Err(Refusal::FlagFailed(error)),
                            None => Ok(ofrep_record(snapshot, &environment.fragments, &evaluation)),
                        };
                    }
                });
            }
            Self::SwitchedOff(_) | Self::Unknown => {
                answer.evaluated = 0;
                answer.content = self.empty(environment);
            }
        }
        answer
    }

    fn begin<'e>(&self, environment: &'e Environment, planned: usize) -> OfrepEncoder<'e> {
        let flags = planned + self.switched_off().len();
        OfrepEncoder::begin(&environment.snapshot, &environment.fragments, flags)
    }

    fn finish(&self, mut encoder: OfrepEncoder<'_>, environment: &Environment) -> Vec<u8> {
        for index in self.switched_off() {
            if let Some(flag) = environment.snapshot.flags().get(*index as usize) {
                encoder.push_switched_off(flag);
            }
        }
        let tells_events = matches!(
            self,
            Self::All {
                tells_events: true,
                ..
            }
        );
        encoder.finish(tells_events.then(|| environment.token()))
    }

    fn switched_off(&self) -> &[u32] {
        match self {
            Self::All { switched_off, .. } => switched_off,
            Self::One(_) | Self::SwitchedOff(_) | Self::Unknown => &[],
        }
    }
}
