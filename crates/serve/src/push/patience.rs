//! How long each SDK may be kept waiting for definitions: less than its own timeout, with room for a
//! slow network (spec: sdk-protocol, "Timeouts, retries, reactions", row "definitions timeout").

use std::time::Duration;

use crate::runtime::sdk;

/// SDK and the longest wait, in seconds. The timeouts are 10 s in Python, Node and Java (which calls
/// itself `posthog-server` or, before, `posthog-java`), 30 s in Rust, 3 s in Go.
const LONGEST: [(&str, u64); 6] = [
    ("python", 8),
    ("node", 8),
    ("server", 8),
    ("java", 8),
    ("rs", 25),
    ("go", 2),
];

/// For a client that does not say how long it waits, and that is not among those.
const UNKNOWN: Duration = Duration::from_secs(2);

/// How long a poll is held. `wish` is the client's own word, `setting` what its environment is set to
/// (zero: no polls are held unasked), `most` the limit of this node.
pub(crate) fn hold_time(
    user_agent: Option<&str>,
    wish: Option<Duration>,
    setting: Duration,
    most: Duration,
) -> Duration {
    let known = user_agent.and_then(sdk).and_then(|(name, _)| {
        let (_, seconds) = LONGEST.iter().find(|(known, _)| *known == name)?;
        Some(Duration::from_secs(*seconds))
    });
    match wish {
        Some(wish) => wish.min(known.unwrap_or(most)),
        None => setting.min(known.unwrap_or(UNKNOWN)),
    }
    .min(most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_sdk_waits_as_long_as_its_timeout_and_nobody_longer_than_the_limit() {
        for (agent, wish, setting, expected) in [
            ("posthog-python/7.91.1", None, 60, 8),
            ("posthog-node/5.70.0", None, 60, 8),
            ("posthog-server/2.3.3", None, 60, 8),
            ("posthog-java/1.2.0", None, 60, 8),
            ("posthog-rs/0.30.0", None, 60, 20),
            ("posthog-go/1.23.1", None, 60, 2),
            ("posthog-go/1.23.1", Some(60), 60, 2),
            ("posthog-python/7.91.1", None, 5, 5),
            ("posthog-python/7.91.1", None, 0, 0),
            ("posthog-python/7.91.1", Some(3), 0, 3),
            ("posthog-python/7.91.1", Some(0), 60, 0),
            ("curl/8.0", None, 60, 2),
            ("curl/8.0", Some(15), 0, 15),
            ("curl/8.0", Some(21), 0, 20),
            ("", None, 60, 2),
        ] {
            let seconds = Duration::from_secs;
            let wish = wish.map(seconds);
            let time = hold_time(Some(agent), wish, seconds(setting), seconds(20));
            assert_eq!(time, seconds(expected), "{agent} {wish:?} {setting}");
        }
        let unnamed = hold_time(None, None, Duration::MAX, Duration::MAX);
        assert_eq!(unnamed, UNKNOWN);
    }
}
