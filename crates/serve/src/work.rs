//! The work of an answer once everything is gathered: evaluate and encode. On the request's own
//! thread for ordinary plans, on the CPU pool for large ones; the same code either way.

mod ofrep;

use std::sync::Arc;

use burgee_eval::{FlagExplanation, Given, Plan, PlannedFlags, Scratch, Subject};
use burgee_model::{Facts, FailureCode, Timestamp};
use burgee_wire::{AnswerEncoder, AnswerTail, Shape};
use uuid::Uuid;

use crate::{environment::Environment, owned_given::OwnedGiven, refusal::Refusal};

pub(crate) use self::ofrep::OfrepFormat;

/// What is limited when flags are (spec: service §8.1).
const QUOTA_LIMITED: &str = "feature_flags";

/// An answer to be made.
#[derive(Debug)]
pub(crate) struct Work {
    environment: Arc<Environment>,
    format: Format,
    request_id: Uuid,
    now: Timestamp,
    has_failure: bool,
    is_over_quota: bool,
    explanations: Vec<FlagExplanation>,
}

/// How an answer is written.
#[derive(Debug)]
pub(crate) enum Format {
    Flags {
        shape: Shape,
        /// JSON object whose members are added to the answer.
        config: Option<String>,
    },
    Ofrep(OfrepFormat),
}

/// An answer, and what it took.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) content: Result<Vec<u8>, Refusal>,
    pub(crate) evaluated: usize,
    pub(crate) failed: usize,
}

impl Work {
    pub(crate) fn new(
        environment: Arc<Environment>,
        format: Format,
        (request_id, now): (Uuid, Timestamp),
    ) -> Self {
        Self {
            environment,
            format,
            request_id,
            now,
            has_failure: false,
            is_over_quota: false,
            explanations: Vec::new(),
        }
    }

    /// Adds per-condition explanations to an answer of `/flags`.
    pub(crate) fn add_explanations(&mut self, explanations: Vec<FlagExplanation>) {
        self.explanations = explanations;
    }

    /// Data was wanted and not to be had, whether a flag came to grief over it or not
    /// (spec: engine §11.2).
    pub(crate) fn note_failure(&mut self, failure: Option<FailureCode>) {
        self.has_failure = failure.is_some();
    }

    /// The answer when the quota is used up: no flags, and a word why.
    pub(crate) fn over_quota(mut self) -> Result<Vec<u8>, Refusal> {
        self.is_over_quota = true;
        match &self.format {
            Format::Flags { .. } => self.empty(),
            Format::Ofrep(format) => format.over_quota(),
        }
    }

    /// The answer when no flag is to be evaluated.
    pub(crate) fn empty(&self) -> Result<Vec<u8>, Refusal> {
        match &self.format {
            Format::Flags { shape, config } => {
                let encoder = AnswerEncoder::begin(*shape, &self.environment.fragments);
                Ok(encoder.finish(&self.tail(config.as_deref())))
            }
            Format::Ofrep(format) => format.empty(&self.environment),
        }
    }

    /// Evaluates and encodes; each flag is written as it is evaluated.
    pub(crate) fn run(
        &self,
        plan: &Plan<'_>,
        (given, facts): (&Given<'_>, &Facts),
        scratch: &mut Scratch,
    ) -> Answer {
        let Environment {
            snapshot,
            fragments,
            ..
        } = &*self.environment;
        let subject = Subject {
            given,
            facts,
            now: self.now,
        };
        let (shape, config) = match &self.format {
            Format::Flags { shape, config } => (*shape, config.as_deref()),
            Format::Ofrep(format) => {
                return format.run(&self.environment, plan, (&subject, scratch));
            }
        };
        let mut encoder = AnswerEncoder::begin(shape, fragments);
        encoder.reserve(plan.len());
        encoder.explain(&self.explanations);
        snapshot.evaluate(plan, &subject, scratch, |evaluation| {
            encoder.push(&evaluation);
        });
        let failed = encoder.failed();
        Answer {
            content: Ok(encoder.finish(&self.tail(config))),
            evaluated: plan.len(),
            failed,
        }
    }

    fn tail<'a>(&'a self, config: Option<&'a str>) -> AnswerTail<'a> {
        AnswerTail {
            request_id: self.request_id,
            evaluated_at_ms: self.now.unix_millis(),
            quota_limited: if self.is_over_quota {
                &[QUOTA_LIMITED]
            } else {
                &[]
            },
            config,
            errors: self.has_failure,
        }
    }
}

/// The same with nothing borrowed from the request, for another thread.
#[derive(Debug)]
pub(crate) struct LargeWork {
    pub(crate) work: Work,
    pub(crate) planned: PlannedFlags,
    pub(crate) given: OwnedGiven,
    pub(crate) facts: Facts,
}

impl LargeWork {
    /// `scratch` has read what the request brought.
    pub(crate) fn run(self, mut scratch: Box<Scratch>) -> (Answer, Box<Scratch>) {
        let plan = self.work.environment.snapshot.resume(self.planned);
        let answer = self
            .given
            .lend(|given| self.work.run(&plan, (given, &self.facts), &mut scratch));
        (answer, scratch)
    }
}
