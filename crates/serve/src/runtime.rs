//! What kind of SDK asks, and which (spec: service §8.2, §12.3).

use burgee_eval::RequestRuntime;
use burgee_store::UsageLibrary;

const SERVERS: [&str; 10] = [
    "python", "ruby", "php", "java", "go", "node", "dotnet", "elixir", "rs", "server",
];
const CLIENTS: [&str; 5] = ["js", "android", "ios", "react-native", "flutter"];
const BROWSERS: [&str; 5] = ["Mozilla/", "Chrome/", "Safari/", "Firefox/", "Edge/"];
const SERVER_TOOLS: [&str; 2] = ["python-requests/", "curl/"];

/// `posthog-<name>/<version>`; a missing name, slash or version is no SDK.
pub(crate) fn sdk(user_agent: &str) -> Option<(&str, &str)> {
    let (name, version) = user_agent.strip_prefix("posthog-")?.split_once('/')?;
    (!name.is_empty() && !version.is_empty()).then_some((name, version))
}

/// The library as usage figures name it.
pub(crate) fn library(user_agent: Option<&str>) -> UsageLibrary {
    let is_sdk = user_agent.is_some_and(|agent| sdk(agent).is_some());
    let name = user_agent.and_then(|agent| Some(agent.split_once('/')?.0));
    let known = name.filter(|_| is_sdk).and_then(UsageLibrary::parse);
    known.unwrap_or(UsageLibrary::Other)
}

/// From the headers alone; what the body says wins over this. `has_browser_header`: whether there
/// is an `Origin`, `Referer`, `Sec-Fetch-Mode` or `Sec-Fetch-Site`.
pub(crate) fn detect(user_agent: Option<&str>, has_browser_header: bool) -> RequestRuntime {
    let agent = user_agent.unwrap_or_default();
    let contains = |tokens: &[&str]| tokens.iter().any(|token| agent.contains(token));
    match sdk(agent) {
        Some((name, _)) if SERVERS.contains(&name) => RequestRuntime::Server,
        Some((name, _)) if CLIENTS.contains(&name) => RequestRuntime::Client,
        _ if contains(&BROWSERS) => RequestRuntime::Client,
        _ if contains(&SERVER_TOOLS) => RequestRuntime::Server,
        _ if has_browser_header => RequestRuntime::Client,
        _ => RequestRuntime::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_user_agent_tells_the_runtime() {
        let cases = [
            ("posthog-python/7.91.1", RequestRuntime::Server),
            ("posthog-server/2.14.2", RequestRuntime::Server),
            ("posthog-react-native/4.0.0", RequestRuntime::Client),
            ("posthog-/1.0", RequestRuntime::Unknown),
            ("posthog-python/", RequestRuntime::Unknown),
            ("posthog-python", RequestRuntime::Unknown),
            ("Mozilla/5.0 (X11)", RequestRuntime::Client),
            ("curl/8.0", RequestRuntime::Server),
            ("Go-http-client/1.1", RequestRuntime::Unknown),
        ];
        for (agent, expected) in cases {
            assert_eq!(detect(Some(agent), false), expected, "{agent}");
        }
        assert_eq!(detect(None, true), RequestRuntime::Client);
        assert_eq!(detect(None, false), RequestRuntime::Unknown);
    }

    #[test]
    fn libraries_are_named_as_usage_knows_them() {
        for (agent, expected) in [
            (Some("posthog-rs/0.30.0"), UsageLibrary::Rust),
            (
                Some("posthog-react-native/4.0.0"),
                UsageLibrary::ReactNative,
            ),
            (Some("posthog-cobol/1"), UsageLibrary::Other),
            (Some("posthog-js/"), UsageLibrary::Other),
            (Some("Mozilla/5.0"), UsageLibrary::Other),
            (Some("other/1"), UsageLibrary::Other),
            (None, UsageLibrary::Other),
        ] {
            assert_eq!(library(agent), expected, "{agent:?}");
        }
    }
}
