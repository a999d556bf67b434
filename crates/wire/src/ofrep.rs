//! Answers of the `OpenFeature` remote evaluation protocol, version 0.3.0 of its API document
//! (spec: sdk-protocol "OFREP providers").
//!
//! Bodies are read in `request/ofrep.rs`: they become the same request as that of `/flags`, and the
//! same evaluations are written here, so that the two cannot disagree about a value.

mod answer;
mod path;
mod problem;
mod record;

pub use answer::{OfrepEncoder, ofrep_over_quota};
pub use path::{OFREP_EVENTS_PATH, OFREP_FLAGS_PATH, ofrep_flag_key};
pub use problem::{OfrepErrorCode, OfrepProblem};
pub use record::{ofrep_record, ofrep_switched_off_record};

#[cfg(test)]
mod tests;
