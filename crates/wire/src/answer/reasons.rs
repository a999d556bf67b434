//! The `reason` member of a record, rendered once per process for the conditions there usually are.

use std::sync::LazyLock;

use burgee_eval::{EvaluationError, Miss, Reason};

use crate::quote::push_quoted;
use crate::{failure_code, failure_description, reason_code, reason_description};

/// Conditions per flag whose reasons are kept rendered; later ones are rendered when they come.
const PREPARED_CONDITIONS: u32 = 16;

/// The reasons that name a condition. Nearly every answer is one of these.
const KINDS: [fn(u32) -> Reason; 5] = [
    Reason::ConditionMatch,
    Reason::OutOfRollout,
    |index| Reason::NoConditionMatch(index, Miss::Plain),
    |index| Reason::NoConditionMatch(index, Miss::GroupsNotEvaluated),
    |index| Reason::NoConditionMatch(index, Miss::CohortNotEvaluated),
];

/// By kind, then by condition.
static PREPARED: LazyLock<Vec<Box<[u8]>>> = LazyLock::new(|| {
    let every = |kind: fn(u32) -> Reason| (0..PREPARED_CONDITIONS).map(kind);
    KINDS
        .into_iter()
        .flat_map(every)
        .map(|reason| {
            let mut text = Vec::new();
            render(&mut text, reason);
            text.into()
        })
        .collect()
});

/// Writes `"reason":{…}` of an answered flag.
pub(super) fn push(output: &mut Vec<u8>, reason: Reason) {
    match prepared(reason) {
        Some(text) => output.extend_from_slice(text),
        None => render(output, reason),
    }
}

/// Writes `"reason":{…}` of a failed flag.
pub(super) fn push_failure(output: &mut Vec<u8>, error: EvaluationError) {
    push_parts(
        output,
        failure_code(error),
        failure_description(error),
        None,
    );
}

fn prepared(reason: Reason) -> Option<&'static [u8]> {
    let (kind, index) = match reason {
        Reason::ConditionMatch(index) => (0, index),
        Reason::OutOfRollout(index) => (1, index),
        Reason::NoConditionMatch(index, Miss::Plain) => (2, index),
        Reason::NoConditionMatch(index, Miss::GroupsNotEvaluated) => (3, index),
        Reason::NoConditionMatch(index, Miss::CohortNotEvaluated) => (4, index),
        Reason::Enrollment
        | Reason::Holdout
        | Reason::NoGroupType(_)
        | Reason::MissingDependency => return None,
    };
    if index >= PREPARED_CONDITIONS {
        return None;
    }
    let at = kind * PREPARED_CONDITIONS + index;
    PREPARED.get(at as usize).map(|text| &**text)
}

fn render(output: &mut Vec<u8>, reason: Reason) {
    push_parts(
        output,
        reason_code(reason),
        &reason_description(reason),
        reason.condition_index(),
    );
}

fn push_parts(output: &mut Vec<u8>, code: &str, description: &str, index: Option<u32>) {
    output.extend_from_slice(b"\"reason\":{\"code\":");
    push_quoted(output, code);
    output.extend_from_slice(b",\"condition_index\":");
    match index {
        Some(index) => output.extend_from_slice(itoa::Buffer::new().format(index).as_bytes()),
        None => output.extend_from_slice(b"null"),
    }
    output.extend_from_slice(b",\"description\":");
    push_quoted(output, description);
    output.push(b'}');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prepared_reason_is_the_reason_rendered() {
        for kind in KINDS {
            for index in [0, 1, PREPARED_CONDITIONS - 1, PREPARED_CONDITIONS, u32::MAX] {
                let reason = kind(index);
                assert_eq!(prepared(reason).is_some(), index < PREPARED_CONDITIONS);
                let (mut fast, mut slow) = (Vec::new(), Vec::new());
                push(&mut fast, reason);
                render(&mut slow, reason);
                assert_eq!(fast, slow, "{reason:?}");
            }
        }
    }
}
