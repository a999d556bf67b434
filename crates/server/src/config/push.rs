//! The section `[push]`: polls that are held, and streams of events.

use super::key::Kind;
use super::section::section;

section! {
    /// Changes that are told to those who wait for them: polls that are held, and streams of events.
    Push {
        /// Held polls and streams at once. One more poll is answered at once, one more stream is 503.
        waiting_max: usize = "push.waiting_max", Kind::Whole {
            default: 20_000, least: 0, most: 1_000_000, unit: "requests",
        };
        /// Longest time that a poll is held. SDKs whose own timeout is known are answered before it.
        hold_max_ms: u64 = "push.hold_max_ms", Kind::Whole {
            default: 60_000, least: 0, most: 600_000, unit: "ms",
        };
        /// How many of those who wait for the same change are answered in a millisecond. 0: all at
        /// once.
        releases_per_ms: u32 = "push.releases_per_ms", Kind::Whole {
            default: 100, least: 0, most: 100_000, unit: "answers",
        };
        /// Whether OFREP's answers name the stream of events, which providers then open.
        ofrep_streams: bool = "push.ofrep_streams", Kind::Switch { default: true };
    }
}
