//! The `burgee` program: flags served, applied, exported, evaluated and checked from one binary.
//!
//! This is the outermost ring. Only here are the environment and the clock read, threads started and
//! texts printed; what a flag *means* is decided in `burgee-eval`.

mod apply;
mod clock;
mod command;
mod config;
mod counted;
mod credential;
mod demo;
mod evaluate;
mod export;
mod keys;
mod listen;
mod moment;
mod output;
mod payloads;
mod runtime;
mod store;
mod stores;
mod telemetry;
mod usage;

use std::process::ExitCode;

/// Answering is mostly small allocations of many threads, which this allocator is made for.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    command::run()
}
