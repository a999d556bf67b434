//! How long each SDK may be kept waiting for definitions: less than its own timeout, with room for a
//! slow network (spec: sdk-protocol, "Timeouts, retries, reactions", row "definitions timeout").

use std::time::Duration;

use axum::http::{HeaderMap, header};

use super::preference;
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

/// How long a client waits, as far as it says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Patience {
    /// Its own word.
    pub(crate) wish: Option<Duration>,
    /// The longest wait of its SDK, if that is known.
    sdk: Option<Duration>,
}

impl Patience {
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let user_agent = headers.get(header::USER_AGENT);
        let user_agent = user_agent.and_then(|agent| agent.to_str().ok());
        Self {
            wish: preference::wait(headers),
            sdk: user_agent.and_then(longest),
        }
    }

    /// How long its poll is held. `setting` is what its environment is set to (zero: no polls are held
    /// unasked), `most` the limit of this node.
    pub(crate) fn hold_time(self, setting: Duration, most: Duration) -> Duration {
        match self.wish {
            Some(wish) => wish.min(self.sdk.unwrap_or(most)),
            None => setting.min(self.sdk.unwrap_or(UNKNOWN)),
        }
        .min(most)
    }
}

fn longest(user_agent: &str) -> Option<Duration> {
    let (name, _) = sdk(user_agent)?;
    let (_, seconds) = LONGEST.iter().find(|(known, _)| *known == name)?;
    Some(Duration::from_secs(*seconds))
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
            let patience = Patience {
                wish: wish.map(seconds),
                sdk: longest(agent),
            };
            let time = patience.hold_time(seconds(setting), seconds(20));
            assert_eq!(time, seconds(expected), "{agent} {wish:?} {setting}");
        }
        let unnamed = Patience::of(&HeaderMap::new());
        let time = unnamed.hold_time(Duration::MAX, Duration::MAX);
        assert_eq!(time, UNKNOWN);
    }
}
