//! The paths of the protocol, and the key of a flag in one.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

/// Where all flags are evaluated; a slash and a key after it make the path of one flag.
pub const OFREP_FLAGS_PATH: &str = "/ofrep/v1/evaluate/flags";

/// Where providers listen for changes: a `GET` with the project token as `token`.
pub const OFREP_EVENTS_PATH: &str = "/ofrep/v1/events";

/// The key in the path of one flag. Some providers escape it and some do not, so it is whatever
/// follows, slashes included; a slash at its end counts only when it is escaped.
pub fn ofrep_flag_key(path: &str) -> Cow<'_, str> {
    let rest = path.strip_prefix(OFREP_FLAGS_PATH).unwrap_or_default();
    let rest = rest.strip_prefix('/').unwrap_or(rest);
    percent_decode_str(rest.strip_suffix('/').unwrap_or(rest)).decode_utf8_lossy()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_is_what_follows_escaped_or_not() {
        for (rest, expected) in [
            ("/new-checkout", "new-checkout"),
            ("/new-checkout/", "new-checkout"),
            ("/new%2Dcheckout", "new-checkout"),
            ("/a/b", "a/b"),
            ("/a%2Fb", "a/b"),
            ("/a%2F", "a/"),
            ("/a//", "a/"),
            ("/a%20b+c", "a b+c"),
            ("/100%", "100%"),
            ("/%E2%82%AC", "€"),
            ("/%FF", "\u{fffd}"),
            ("/", ""),
            ("", ""),
        ] {
            let path = format!("{OFREP_FLAGS_PATH}{rest}");
            assert_eq!(ofrep_flag_key(&path), expected, "{rest}");
        }
    }
}
