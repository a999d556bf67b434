//! stub
use burgee_eval::{Evaluation, FlagExplanation};
use uuid::Uuid;

use crate::{Fragments, Shape};

/// Writes an answer as its evaluations come.
#[derive(Debug)]
pub struct AnswerEncoder<'f> {
    fragments: &'f Fragments,
}

/// What stands after the flags in every shape.
#[derive(Debug, Clone, Copy)]
pub struct AnswerTail<'a> {
    /// Echoed or fresh.
    pub request_id: Uuid,
    /// Milliseconds since the Unix epoch.
    pub evaluated_at_ms: i64,
    /// What is limited; left out when empty (sdk-protocol trap 4).
    pub quota_limited: &'a [&'a str],
    /// JSON object text whose keys are flattened at the top level.
    pub config: Option<&'a str>,
    /// Whether something went wrong beside the flags that failed.
    pub errors: bool,
}

impl<'f> AnswerEncoder<'f> {
    /// Starts an answer of `shape`.
    pub fn begin(shape: Shape, fragments: &'f Fragments) -> Self {
        let _ = shape;
        Self { fragments }
    }

    /// Adds per-condition explanations (spec: engine §13) to the records of [`Shape::FlagsV2`].
    pub fn explain(&mut self, explanations: &'f [FlagExplanation]) {
        let _ = explanations;
    }

    /// Writes one flag.
    pub fn push(&mut self, evaluation: &Evaluation<'_>) {
        let _ = evaluation;
        todo!("{:?}", self.fragments)
    }

    /// How many flags failed so far.
    pub fn failed(&self) -> usize {
        0
    }

    /// Closes the answer.
    pub fn finish(self, tail: &AnswerTail<'_>) -> Vec<u8> {
        todo!("{tail:?}")
    }
}

/// The answer to GET and to bots: no flags, and the config that keeps SDKs content.
pub fn minimal_envelope(shape: Shape, tail: &AnswerTail<'_>) -> Vec<u8> {
    todo!("{shape:?}{tail:?}")
}
