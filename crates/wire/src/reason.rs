//! The public spelling of reasons and failures (spec: engine §3.6, §11.4).
use burgee_eval::{EvaluationError, Reason};

/// `reason.code` of an answered flag.
pub fn reason_code(reason: Reason) -> &'static str {
    todo!("{reason:?}")
}

/// `reason.description` of an answered flag.
pub fn reason_description(reason: Reason) -> std::borrow::Cow<'static, str> {
    todo!("{reason:?}")
}

/// `reason.code` of a failed flag.
pub fn failure_code(error: EvaluationError) -> &'static str {
    todo!("{error:?}")
}

/// `reason.description` of a failed flag.
pub fn failure_description(error: EvaluationError) -> &'static str {
    todo!("{error:?}")
}
