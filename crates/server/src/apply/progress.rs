//! Shows on a terminal that a long apply is alive; silent anywhere else and for short ones.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Redraws a second: enough to look alive.
const REDRAWS_PER_SECOND: u8 = 10;

/// Stages of an apply, drawn on standard error when that is a terminal.
#[derive(Debug)]
pub(crate) struct Progress {
    bar: ProgressBar,
}

impl Progress {
    /// Draws if standard error is a terminal.
    pub(crate) fn on_terminal() -> Self {
        let bar = ProgressBar::no_length();
        bar.set_draw_target(ProgressDrawTarget::stderr_with_hz(REDRAWS_PER_SECOND));
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} ({elapsed})") {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(100));
        Self { bar }
    }

    /// Draws nothing.
    pub(crate) fn hidden() -> Self {
        let bar = ProgressBar::hidden();
        Self { bar }
    }

    /// What is being done now.
    pub(crate) fn stage(&self, text: impl Into<String>) {
        self.bar.set_message(text.into());
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
