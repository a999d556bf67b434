//! What holds for every environment and every subject, tried on random ones.
//!
//! The worlds are small and full of collisions on purpose: few property names, few values, cohorts
//! and flags that refer to each other and to nothing.

#![cfg(test)]
#![expect(
    clippy::needless_pass_by_value,
    reason = "JSON literals are handed over as they are written"
)]

mod agreement;
mod operators;
mod percentages;
mod robustness;
mod sharing;
mod world;
