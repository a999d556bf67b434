//! The behaviour of the evaluator, item by item (spec: engine §16), through its public functions.
//!
//! Each module is a chapter of the specification. Expected answers are written as one line, such as
//! `true condition_match@0`; [`answer_line`] says how.

#![cfg(test)]
#![expect(
    clippy::needless_pass_by_value,
    reason = "JSON literals are handed over as they are written"
)]

mod answer_line;
mod bases;
mod bucketing;
mod bulk;
mod candidates;
mod cohorts;
mod continuity;
mod corpus;
mod dependencies;
mod derived;
mod device;
mod eligibility;
mod enrollment;
mod explanations;
mod failures;
mod golden;
mod groups;
mod holdouts;
mod legacy_cohorts;
mod loading;
mod operators;
mod payloads;
mod property_states;
mod reasons;
mod situation;
