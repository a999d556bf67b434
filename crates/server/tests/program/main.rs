//! The program as a person runs it: its commands, what they print and how they end.

mod apply;
mod checking;
mod configuration;
mod evaluating;
mod refusals;
mod running;
mod serving;
