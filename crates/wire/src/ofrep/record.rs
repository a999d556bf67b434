//! One flag: its value and reason, or why there is none.
//!
//! Providers are picky (spec: sdk-protocol traps 8 and 18): `reason` and `variant` are there always,
//! `variant` is text always, `metadata` is flat and holds no null. `DISABLED` is for flags that are
//! switched off and for no other, since Go's provider then takes its caller's default.

use burgee_eval::{Basis, Evaluation, EvaluationError, FlagInfo, FlagValue, Outcome, Snapshot};

use crate::{Fragments, failure_code, failure_description, quote::push_quoted, reason_code};

/// The whole answer about one flag. A flag that failed is a record with an error code.
pub fn ofrep_record(
    snapshot: &Snapshot,
    fragments: &Fragments,
    evaluation: &Evaluation<'_>,
) -> Vec<u8> {
    let mut output = Vec::new();
    push(&mut output, (snapshot, fragments), evaluation);
    output
}

/// The whole answer about one flag that is switched off.
pub fn ofrep_switched_off_record(fragments: &Fragments, flag: &FlagInfo) -> Vec<u8> {
    let mut output = Vec::new();
    push_switched_off(&mut output, fragments, flag);
    output
}

/// Writes a record; nothing for a flag that is not among the fragments.
pub(super) fn push(
    output: &mut Vec<u8>,
    (snapshot, fragments): (&Snapshot, &Fragments),
    evaluation: &Evaluation<'_>,
) -> Option<()> {
    let flag = evaluation.flag;
    let (value, reason, payload) = match evaluation.outcome {
        Outcome::Answered {
            value,
            reason,
            payload,
        } => (value, reason, payload),
        Outcome::Failed(error) => return push_failed(output, fragments, flag, error),
    };
    push_key(output, fragments, flag)?;
    push_value(output, value);
    output.extend_from_slice(match snapshot.basis(flag, value, reason) {
        Basis::Everybody => b",\"reason\":\"STATIC\"".as_slice(),
        Basis::Targeting => b",\"reason\":\"TARGETING_MATCH\"",
        Basis::Percentage => b",\"reason\":\"SPLIT\"",
        Basis::Fallback => b",\"reason\":\"DEFAULT\"",
    });
    push_metadata(output, fragments, flag)?;
    push_reason_code(output, reason_code(reason));
    if let Some(index) = reason.condition_index() {
        output.extend_from_slice(b",\"condition_index\":");
        output.extend_from_slice(itoa::Buffer::new().format(index).as_bytes());
    }
    if let Some(payload) = payload.filter(|payload| *payload != "null") {
        output.extend_from_slice(b",\"payload\":");
        output.extend_from_slice(payload.as_bytes());
    }
    output.extend_from_slice(b"}}");
    Some(())
}

/// Off, so that what is switched off reads as off whatever default the caller has.
pub(super) fn push_switched_off(
    output: &mut Vec<u8>,
    fragments: &Fragments,
    flag: &FlagInfo,
) -> Option<()> {
    push_key(output, fragments, flag)?;
    push_value(output, FlagValue::Off);
    output.extend_from_slice(b",\"reason\":\"DISABLED\"");
    push_metadata(output, fragments, flag)?;
    output.extend_from_slice(b"}}");
    Some(())
}

fn push_failed(
    output: &mut Vec<u8>,
    fragments: &Fragments,
    flag: &FlagInfo,
    error: EvaluationError,
) -> Option<()> {
    push_key(output, fragments, flag)?;
    output.extend_from_slice(b",\"errorCode\":\"GENERAL\",\"errorDetails\":");
    push_quoted(output, failure_description(error));
    push_metadata(output, fragments, flag)?;
    push_reason_code(output, failure_code(error));
    output.extend_from_slice(b"}}");
    Some(())
}

fn push_key(output: &mut Vec<u8>, fragments: &Fragments, flag: &FlagInfo) -> Option<()> {
    let key = fragments.key(flag.index)?;
    output.extend_from_slice(b"{\"key\":");
    output.extend_from_slice(key);
    Some(())
}

/// The value, and the same as text for the variant.
fn push_value(output: &mut Vec<u8>, value: FlagValue<'_>) {
    match value {
        FlagValue::Off => output.extend_from_slice(b",\"value\":false,\"variant\":\"false\""),
        FlagValue::On => output.extend_from_slice(b",\"value\":true,\"variant\":\"true\""),
        FlagValue::Variant(variant) => {
            for member in [b",\"value\":".as_slice(), b",\"variant\":"] {
                output.extend_from_slice(member);
                push_quoted(output, variant);
            }
        }
    }
}

/// Opens the metadata and leaves it open.
fn push_metadata(output: &mut Vec<u8>, fragments: &Fragments, flag: &FlagInfo) -> Option<()> {
    output.extend_from_slice(b",\"metadata\":{\"id\":");
    output.extend_from_slice(fragments.identity(flag.index)?);
    Some(())
}

fn push_reason_code(output: &mut Vec<u8>, code: &str) {
    output.extend_from_slice(b",\"reason_code\":");
    push_quoted(output, code);
}
