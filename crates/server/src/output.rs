//! What a person or a program reads: results on standard output, everything about them on standard
//! error. The only place that writes to either, the log apart.
//!
//! A reader that has gone (`burgee export | head`) is no failure worth a message.

use std::io::Write;

/// Writes a result.
pub(crate) fn print(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

/// Writes a remark about a result.
pub(crate) fn note(text: &str) {
    let mut err = std::io::stderr().lock();
    let _ = err.write_all(text.as_bytes()).and_then(|()| err.flush());
}
