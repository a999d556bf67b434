//! Log lines in memory.

use std::sync::{Mutex, PoisonError};

use burgee_serve::RequestLog;

/// Keeps what is logged. A request's line is there before its answer is.
#[derive(Debug, Default)]
pub struct CapturedLog {
    lines: Mutex<Vec<String>>,
}

impl CapturedLog {
    /// Takes the lines so far.
    pub fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.lines.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl RequestLog for CapturedLog {
    fn write(&self, line: String) {
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        lines.push(line);
    }
}
