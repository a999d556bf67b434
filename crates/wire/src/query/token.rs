//! The project token in a query string, where it is a parameter rather than part of a body.

use std::borrow::Cow;

/// The first `token`, or `api_key` as it is called too, that is not empty. Everything else is skipped, `send_cohorts` included: the
/// definitions always have their cohorts (spec: service §5.3).
pub fn query_token(query: &str) -> Option<Cow<'_, str>> {
    form_urlencoded::parse(query.as_bytes())
        .find(|(name, value)| matches!(&**name, "token" | "api_key") && !value.is_empty())
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
