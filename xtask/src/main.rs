//! Checks and chores of the workspace: `cargo xtask tidy`.
//!
//! Nothing here ships. No crate may depend on this one, and `tidy` itself refuses one that does.

mod tidy;
mod workspace;

use std::process::ExitCode;

use workspace::Workspace;

/// What `cargo xtask` answers when it does not know the task.
const USAGE: &str = "usage: cargo xtask tidy";

fn main() -> ExitCode {
    let task = std::env::args().nth(1);
    let result = match task.as_deref() {
        Some("tidy") => Workspace::read().map(|workspace| tidy::findings(&workspace)),
        _ => Err(anyhow::anyhow!(USAGE)),
    };
    report(result)
}

/// Prints the findings, one a line, and turns them into an exit code: 0 none, 1 some, 2 could not look.
#[expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command line tool prints"
)]
fn report(result: anyhow::Result<Vec<tidy::Finding>>) -> ExitCode {
    match result {
        Ok(findings) if findings.is_empty() => {
            println!("tidy: nothing to say");
            ExitCode::SUCCESS
        }
        Ok(findings) => {
            for finding in &findings {
                println!("{finding}");
            }
            println!("tidy: {} finding(s)", findings.len());
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::from(2)
        }
    }
}
