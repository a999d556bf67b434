//! Writes answers: evaluations in, JSON bytes out, in one of the five shapes (spec: service §2.9).
//!
//! No shape is made from another, and there is no tree in between: each evaluation is written as it
//! comes, mostly by copying what was rendered beforehand. Every entry ends in a comma, and the last
//! comma is taken back at the end.

mod conditions;
mod detailed;
mod reasons;

use std::collections::HashMap;

use burgee_eval::{Evaluation, FlagExplanation, FlagValue, Outcome};
use uuid::Uuid;

use crate::quote::push_quoted;
use crate::{Fragments, Shape};

/// What follows a record's fixed part, in bytes: enough for most payloads and variants.
const RECORD_BYTES_GUESS: usize = 220;
/// Everything but the flags, without config, in bytes.
const FRAME_BYTES_GUESS: usize = 256;

/// Config that keeps SDKs content when there is none (spec: service §2.9).
const MINIMAL_CONFIG: &str = r#"{"supportedCompression":["gzip","gzip-js"],"config":{"enable_collect_everything":true},"toolbarParams":{},"isAuthenticated":false,"sessionRecording":false}"#;

/// Writes an answer as its evaluations come.
#[derive(Debug)]
pub struct AnswerEncoder<'f> {
    shape: Shape,
    fragments: &'f Fragments,
    /// By key; empty unless asked for.
    explanations: HashMap<&'f str, &'f FlagExplanation>,
    output: Vec<u8>,
    /// The entries of the payload map, which stands after the flag map ([`Shape::Legacy`]).
    payloads: Vec<u8>,
    failed: usize,
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
    /// JSON object text whose keys are flattened at the top level. It must not repeat keys of the
    /// answer, `quotaLimited` among them.
    pub config: Option<&'a str>,
    /// Whether something went wrong beside the flags that failed.
    pub errors: bool,
}

// === impl AnswerEncoder ===

impl<'f> AnswerEncoder<'f> {
    /// Starts an answer of `shape`.
    pub fn begin(shape: Shape, fragments: &'f Fragments) -> Self {
        let mut output = Vec::with_capacity(FRAME_BYTES_GUESS);
        output.extend_from_slice(match shape {
            Shape::FlagsV2 | Shape::FlagsV4 => b"{\"flags\":{".as_slice(),
            Shape::Legacy | Shape::Decide2 => b"{\"featureFlags\":{",
            Shape::Decide1 => b"{\"featureFlags\":[",
        });
        Self {
            shape,
            fragments,
            explanations: HashMap::new(),
            output,
            payloads: Vec::new(),
            failed: 0,
        }
    }

    /// Makes room for as many flags as will be pushed, so that the answer is not moved as it grows.
    pub fn reserve(&mut self, flags: usize) {
        let per_flag = self.fragments.head_bytes_average() + RECORD_BYTES_GUESS;
        self.output
            .reserve(flags.saturating_mul(per_flag) + FRAME_BYTES_GUESS);
    }

    /// Adds per-condition explanations (spec: engine §13) to the records of [`Shape::FlagsV2`] and
    /// [`Shape::FlagsV4`].
    pub fn explain(&mut self, explanations: &'f [FlagExplanation]) {
        let by_key = explanations.iter().map(|flag| (flag.key.as_str(), flag));
        self.explanations = by_key.collect();
    }

    /// Writes one flag. One that is not among the fragments is left out.
    pub fn push(&mut self, evaluation: &Evaluation<'_>) {
        if matches!(evaluation.outcome, Outcome::Failed(_)) {
            self.failed += 1;
        }
        match self.shape {
            Shape::FlagsV2 => self.push_detailed(evaluation, detailed::Version::V2),
            Shape::FlagsV4 => self.push_detailed(evaluation, detailed::Version::V4),
            Shape::Legacy => self.push_legacy(evaluation),
            Shape::Decide2 => self.push_if_on(evaluation),
            Shape::Decide1 => self.push_key_if_on(evaluation),
        }
    }

    /// How many flags failed so far.
    pub fn failed(&self) -> usize {
        self.failed
    }

    /// Closes the answer.
    pub fn finish(mut self, tail: &AnswerTail<'_>) -> Vec<u8> {
        drop_comma(&mut self.output);
        self.output.push(match self.shape {
            Shape::Decide1 => b']',
            _ => b'}',
        });
        if self.shape == Shape::Legacy {
            drop_comma(&mut self.payloads);
            self.output.extend_from_slice(b",\"featureFlagPayloads\":{");
            self.output.append(&mut self.payloads);
            self.output.push(b'}');
        }
        if !matches!(self.shape, Shape::Decide1 | Shape::Decide2) {
            let errors = tail.errors || self.failed > 0;
            self.output.extend_from_slice(if errors {
                b",\"errorsWhileComputingFlags\":true"
            } else {
                b",\"errorsWhileComputingFlags\":false"
            });
        }
        tail.push_to(&mut self.output);
        self.output
    }

    fn push_detailed(&mut self, evaluation: &Evaluation<'_>, version: detailed::Version) {
        let flag = evaluation.flag;
        let head = self.fragments.push_head(&mut self.output, flag.index);
        if head.is_none() {
            return;
        }
        detailed::push_rest(&mut self.output, evaluation, version);
        if let Some(explanation) = self.explanations.get(&*flag.key) {
            conditions::push(&mut self.output, explanation);
        }
        self.output.extend_from_slice(b"},");
    }

    fn push_legacy(&mut self, evaluation: &Evaluation<'_>) {
        let Some(key) = self.fragments.key(evaluation.flag.index) else {
            return;
        };
        self.output.extend_from_slice(key);
        self.output.push(b':');
        push_value(&mut self.output, &evaluation.outcome);
        self.output.push(b',');
        if let Outcome::Answered {
            payload: Some(payload),
            ..
        } = evaluation.outcome
        {
            self.payloads.extend_from_slice(key);
            self.payloads.push(b':');
            self.payloads.extend_from_slice(payload.as_bytes());
            self.payloads.push(b',');
        }
    }

    fn push_if_on(&mut self, evaluation: &Evaluation<'_>) {
        let key = self.fragments.key(evaluation.flag.index);
        if let Some(key) = key.filter(|_| is_on(&evaluation.outcome)) {
            self.output.extend_from_slice(key);
            self.output.push(b':');
            push_value(&mut self.output, &evaluation.outcome);
            self.output.push(b',');
        }
    }

    fn push_key_if_on(&mut self, evaluation: &Evaluation<'_>) {
        let key = self.fragments.key(evaluation.flag.index);
        if let Some(key) = key.filter(|_| is_on(&evaluation.outcome)) {
            self.output.extend_from_slice(key);
            self.output.push(b',');
        }
    }
}

/// The answer to GET and to bots: no flags, and the config that keeps SDKs content. The shape of a
/// GET is [`Shape::of_version`]'s. Config in `tail` takes the place of the minimal one.
pub fn minimal_envelope(shape: Shape, tail: &AnswerTail<'_>) -> Vec<u8> {
    let tail = AnswerTail {
        config: tail.config.or(Some(MINIMAL_CONFIG)),
        ..*tail
    };
    AnswerEncoder::begin(shape, &Fragments::of(&[])).finish(&tail)
}

// === impl AnswerTail ===

impl AnswerTail<'_> {
    fn push_to(&self, output: &mut Vec<u8>) {
        output.extend_from_slice(b",\"requestId\":\"");
        let mut id = Uuid::encode_buffer();
        let id = self.request_id.hyphenated().encode_lower(&mut id);
        output.extend_from_slice(id.as_bytes());
        output.extend_from_slice(b"\",\"evaluatedAt\":");
        let mut digits = itoa::Buffer::new();
        output.extend_from_slice(digits.format(self.evaluated_at_ms).as_bytes());
        if !self.quota_limited.is_empty() {
            output.extend_from_slice(b",\"quotaLimited\":[");
            for name in self.quota_limited {
                push_quoted(output, name);
                output.push(b',');
            }
            drop_comma(output);
            output.push(b']');
        }
        let members = self.config.map_or("", object_members);
        if !members.is_empty() {
            output.push(b',');
            output.extend_from_slice(members.as_bytes());
        }
        output.push(b'}');
    }
}

// === private ===

/// What stands between the braces of a JSON object; nothing if it is none.
fn object_members(object: &str) -> &str {
    let inner = object.trim().strip_prefix('{');
    inner
        .and_then(|inner| inner.strip_suffix('}'))
        .unwrap_or_default()
        .trim()
}

fn is_on(outcome: &Outcome<'_>) -> bool {
    match outcome {
        Outcome::Answered { value, .. } => *value != FlagValue::Off,
        Outcome::Failed(_) => false,
    }
}

fn push_value(output: &mut Vec<u8>, outcome: &Outcome<'_>) {
    match outcome {
        Outcome::Answered { value, .. } => match value {
            FlagValue::Off => output.extend_from_slice(b"false"),
            FlagValue::On => output.extend_from_slice(b"true"),
            FlagValue::Variant(variant) => push_quoted(output, variant),
        },
        Outcome::Failed(_) => output.extend_from_slice(b"false"),
    }
}

fn drop_comma(output: &mut Vec<u8>) {
    if output.last() == Some(&b',') {
        output.pop();
    }
}

#[cfg(test)]
mod tests;
