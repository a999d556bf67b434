//! `Prefer: wait=N`: how long a client would wait for an answer, in seconds (RFC 7240 §4.3).

use std::time::Duration;

use axum::http::{HeaderMap, HeaderName};

const PREFER: HeaderName = HeaderName::from_static("prefer");

/// The first `wait` of all `Prefer` headers; one that is no whole number is none. `Some(0)` is a wish
/// as well: not to wait.
pub(crate) fn wait(headers: &HeaderMap) -> Option<Duration> {
    headers
        .get_all(PREFER)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|preference| preference.split(';').next()?.split_once('='))
        .find(|(name, _)| name.trim().eq_ignore_ascii_case("wait"))
        .and_then(|(_, seconds)| seconds.trim().trim_matches('"').parse().ok())
        .map(|seconds: u32| Duration::from_secs(seconds.into()))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn the_wish_is_found_among_other_preferences() {
        for (values, expected) in [
            (&[][..], None),
            (&["wait=10"], Some(10)),
            (&["Wait = \"10\""], Some(10)),
            (&["respond-async, wait=10; a=b"], Some(10)),
            (&["respond-async", "wait=3, wait=5"], Some(3)),
            (&["wait=0"], Some(0)),
            (&["wait"], None),
            (&["wait="], None),
            (&["wait=-1"], None),
            (&["wait=1.5"], None),
            (&["wait=99999999999"], None),
            (&["waiting=5"], None),
        ] {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(PREFER, HeaderValue::from_static(value));
            }
            let expected = expected.map(Duration::from_secs);
            assert_eq!(wait(&headers), expected, "{values:?}");
        }
    }
}
