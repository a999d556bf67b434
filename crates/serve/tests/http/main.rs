//! The serving path as its clients see it: real requests to a real server on a real store
//! (spec: service §2, §3, §19; sdk-protocol).
//!
//! One binary, one module per topic. Expectations are written out, status and body, since SDKs
//! depend on both.

#![cfg(test)]
#![expect(
    clippy::needless_pass_by_value,
    reason = "JSON literals are handed over as they are written"
)]

mod allow_list;
mod analysis;
mod changes;
mod client_address;
mod config;
mod continuity;
mod corpus;
mod cors;
mod definitions;
mod encodings;
mod events;
mod faults;
mod fields;
mod geoip;
mod held_polls;
mod large;
mod last_known_good;
mod limits;
mod local_evaluation;
mod log;
mod ofrep;
mod probes;
mod quotas;
mod rate_limits;
mod refusals;
mod remote_config;
mod roles;
mod selection;
mod shapes;
mod sources;
mod streams;
mod subjects;
mod usage;
