//! The project token in a query string, where it is a parameter rather than part of a body.

use std::borrow::Cow;

/// The first `token`, or `api_key` as it is called too, that is not empty. Everything else is skipped, `send_cohorts` included: the
/// definitions always have their cohorts (spec: service §5.3).
pub fn query_token(query: &str) -> Option<Cow<'_, str>> {
    let is_token =
        |name: &str, value: &str| matches!(name, "token" | "api_key") && !value.is_empty();
    // Nothing is to be decoded in what SDKs send, and they send it by the million.
    if !query.contains(['%', '+']) {
        let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        let found = pairs.find(|(name, value)| is_token(name, value));
        return found.map(|(_, value)| Cow::Borrowed(value));
    }
    form_urlencoded::parse(query.as_bytes())
        .find(|(name, value)| is_token(name, value))
        .map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_is_found_among_what_sdks_send() {
        for (query, expected) in [
            ("token=phc_a&send_cohorts", Some("phc_a")),
            ("send_cohorts=true&token=phc_a", Some("phc_a")),
            ("token=&token=phc%5Fa", Some("phc_a")),
            ("token=&token=phc_a=b", Some("phc_a=b")),
            ("%74oken=phc_a+b", Some("phc_a b")),
            ("send_cohorts=%20&api_key=phc_a", Some("phc_a")),
            ("api_key=phc_a", Some("phc_a")),
            ("token=", None),
            ("token", None),
            ("send_cohorts", None),
            ("", None),
        ] {
            assert_eq!(query_token(query).as_deref(), expected, "{query}");
        }
    }
}
