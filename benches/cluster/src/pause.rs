//! Pauses shorter than a millisecond, which is how finely the runtime's own timer ticks.

use std::time::Duration;

/// Between two questions to a node that is watched. Shorter ones would be a load of thousands of
/// requests a second beside what is measured, on the same cores.
pub(crate) const SPACING: Duration = Duration::from_micros(500);

/// Waits for [`SPACING`].
pub(crate) async fn spacing() {
    #[expect(
        clippy::disallowed_methods,
        reason = "on a thread that may block; the runtime's timer is too coarse"
    )]
    let slept = tokio::task::spawn_blocking(|| std::thread::sleep(SPACING)).await;
    // Only a runtime that is being shut down does not run it, and then nobody waits any more.
    drop(slept);
}
