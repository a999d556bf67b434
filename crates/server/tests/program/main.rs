//! The program as a person runs it: its commands, what they print and how they end.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "these are tests, helpers included"
)]

mod allow_list;
mod apply;
mod checking;
mod configuration;
mod connections;
mod evaluating;
mod fleet;
mod keys;
mod payloads;
mod redis;
mod refusals;
mod roles;
mod running;
mod serving;
mod usage;
