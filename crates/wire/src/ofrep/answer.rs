//! The bulk answer: every flag of the environment for one context.
//!
//! The bytes depend on the result alone, not on when or by which node it was worked out: their hash
//! is the ETag (spec: sdk-protocol trap 9).

use burgee_eval::{Evaluation, FlagInfo, Outcome, Snapshot};

use super::{path::OFREP_EVENTS_PATH, record};
use crate::Fragments;

/// What a record has beside key and identity, in bytes: enough for most payloads and variants.
const RECORD_BYTES_GUESS: usize = 200;
/// Everything but the flags, in bytes.
const FRAME_BYTES_GUESS: usize = 256;

/// Writes a bulk answer as its evaluations come.
#[derive(Debug)]
pub struct OfrepEncoder<'f> {
    snapshot: &'f Snapshot,
    fragments: &'f Fragments,
    output: Vec<u8>,
    failed: usize,
}

impl<'f> OfrepEncoder<'f> {
    /// Starts an answer with room for so many flags. `fragments` are those of `snapshot`.
    pub fn begin(snapshot: &'f Snapshot, fragments: &'f Fragments, flags: usize) -> Self {
        let per_flag = fragments.head_bytes_average() + RECORD_BYTES_GUESS;
        let mut output = Vec::with_capacity(flags.saturating_mul(per_flag) + FRAME_BYTES_GUESS);
        output.extend_from_slice(b"{\"flags\":[");
        Self {
            snapshot,
            fragments,
            output,
            failed: 0,
        }
    }

    /// Writes one flag; one that failed as a record with an error code.
    pub fn push(&mut self, evaluation: &Evaluation<'_>) {
        if matches!(evaluation.outcome, Outcome::Failed(_)) {
            self.failed += 1;
        }
        let written = record::push(
            &mut self.output,
            (self.snapshot, self.fragments),
            evaluation,
        );
        if written.is_some() {
            self.output.push(b',');
        }
    }

    /// Writes one flag that is switched off.
    pub fn push_switched_off(&mut self, flag: &FlagInfo) {
        let written = record::push_switched_off(&mut self.output, self.fragments, flag);
        if written.is_some() {
            self.output.push(b',');
        }
    }

    /// How many flags failed so far.
    pub fn failed(&self) -> usize {
        self.failed
    }

    /// Closes the answer. With `events_token` it says where that project's changes are told: at this
    /// server's own address, which the provider knows and we may not, behind a proxy.
    pub fn finish(mut self, events_token: Option<&str>) -> Vec<u8> {
        if self.output.last() == Some(&b',') {
            self.output.pop();
        }
        self.output.push(b']');
        if let Some(token) = events_token {
            let head = b",\"eventStreams\":[{\"type\":\"sse\",\"endpoint\":{\"requestUri\":\"";
            self.output.extend_from_slice(head);
            self.output.extend_from_slice(OFREP_EVENTS_PATH.as_bytes());
            self.output.extend_from_slice(b"?token=");
            for piece in form_urlencoded::byte_serialize(token.as_bytes()) {
                self.output.extend_from_slice(piece.as_bytes());
            }
            self.output.extend_from_slice(b"\"}}]");
        }
        self.output.push(b'}');
        self.output
    }
}

/// The answer when the quota is used up: no flags, and a word why.
pub fn ofrep_over_quota() -> Vec<u8> {
    br#"{"flags":[],"metadata":{"quotaLimited":"feature_flags"}}"#.to_vec()
}
