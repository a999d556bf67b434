//! The part of a detailed record that depends on the subject (spec: service §2.9 flags-2).
//!
//! SDKs read `variant` before `enabled`, so it is null whenever the flag is off, and present always
//! (spec: sdk-protocol trap 11).

use burgee_eval::{Evaluation, FlagValue, Outcome};

use super::reasons;
use crate::quote::push_quoted;

/// Which record.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Version {
    /// `enabled` and `variant`.
    V2,
    /// Those and `value`, whose presence is what makes a v4 record (sdk-protocol: v4).
    V4,
}

/// Writes a record from behind the version in its metadata to its reason; the closing brace is
/// still missing.
pub(super) fn push_rest(output: &mut Vec<u8>, evaluation: &Evaluation<'_>, version: Version) {
    output.extend_from_slice(if evaluation.flag.has_experiment {
        b",\"description\":null,\"has_experiment\":true,\"payload\":".as_slice()
    } else {
        b",\"description\":null,\"has_experiment\":false,\"payload\":"
    });
    match evaluation.outcome {
        Outcome::Answered {
            value,
            reason,
            payload,
        } => {
            output.extend_from_slice(payload.unwrap_or("null").as_bytes());
            push_answer(output, value, version);
            reasons::push(output, reason);
        }
        Outcome::Failed(error) => {
            output.extend_from_slice(match version {
                Version::V2 => {
                    b"null},\"enabled\":false,\"variant\":null,\"failed\":true,".as_slice()
                }
                Version::V4 => {
                    b"null},\"enabled\":false,\"variant\":null,\"value\":null,\"failed\":true,"
                }
            });
            reasons::push_failure(output, error);
        }
    }
}

fn push_answer(output: &mut Vec<u8>, value: FlagValue<'_>, version: Version) {
    output.extend_from_slice(match (value, version) {
        (FlagValue::Off, Version::V2) => b"},\"enabled\":false,\"variant\":null,".as_slice(),
        (FlagValue::On, Version::V2) => b"},\"enabled\":true,\"variant\":null,",
        (FlagValue::Off, Version::V4) => b"},\"enabled\":false,\"variant\":null,\"value\":false,",
        (FlagValue::On, Version::V4) => b"},\"enabled\":true,\"variant\":null,\"value\":true,",
        (FlagValue::Variant(_), _) => b"},\"enabled\":true,\"variant\":",
    });
    if let FlagValue::Variant(variant) = value {
        push_quoted(output, variant);
        if version == Version::V4 {
            output.extend_from_slice(b",\"value\":");
            push_quoted(output, variant);
        }
        output.push(b',');
    }
}
