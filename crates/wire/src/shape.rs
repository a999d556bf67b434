//! Which format an answer has (spec: service §2.3, §2.9).
//!
//! A version that nobody knows yet gets the newest shape, never the oldest: SDKs that ask for more
//! read what they know, while the old map loses reasons, ids and payload versions
//! (spec: sdk-protocol trap 1).

/// Which family of shapes a request speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Endpoint {
    /// `/flags`.
    Flags,
    /// `/decide`, or any path with the header `X-Original-Endpoint: decide`.
    Decide,
}

/// The format of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Detailed records: `/flags?v=2`, `/decide?v=4`.
    FlagsV2,
    /// The v2 record plus `value`: `/flags?v=4` and above (sdk-protocol: v4).
    FlagsV4,
    /// Flat map and payload map: `/flags?v=1`, `/decide?v=3`.
    Legacy,
    /// Map of enabled flags: `/decide?v=2`.
    Decide2,
    /// List of enabled keys: `/decide?v=1`.
    Decide1,
}

impl Shape {
    /// Applies the defaults of service §2.3 and chooses: returns the shape and whether config is
    /// attached. For POST; see [`Self::of_version`].
    pub fn choose(endpoint: Endpoint, version: Option<&str>, config: Option<bool>) -> (Self, bool) {
        match (endpoint, version, config) {
            (Endpoint::Flags, None, None) => (Self::FlagsV2, true),
            (Endpoint::Decide, _, None) => (Self::of_version(endpoint, version), true),
            (_, _, config) => (
                Self::of_version(endpoint, version),
                config.unwrap_or_default(),
            ),
        }
    }

    /// The shape that a version asks for, without defaults: what GET is answered with, which is
    /// always [`Endpoint::Flags`].
    pub fn of_version(endpoint: Endpoint, version: Option<&str>) -> Self {
        match (endpoint, version.map_or(1, number)) {
            (Endpoint::Flags, ..=1) => Self::Legacy,
            (Endpoint::Flags, 2..=3) => Self::FlagsV2,
            (Endpoint::Flags, 4..) => Self::FlagsV4,
            (Endpoint::Decide, ..=1) => Self::Decide1,
            (Endpoint::Decide, 2) => Self::Decide2,
            (Endpoint::Decide, 3) => Self::Legacy,
            (Endpoint::Decide, 4..) => Self::FlagsV2,
        }
    }
}

/// What is no whole number is 1; one that is too large is the largest.
fn number(version: &str) -> i64 {
    let is_digits = !version.is_empty() && version.bytes().all(|byte| byte.is_ascii_digit());
    version
        .parse()
        .unwrap_or(if is_digits { i64::MAX } else { 1 })
}

#[cfg(test)]
mod tests {
    use super::Endpoint::{Decide, Flags};
    use super::*;

    #[test]
    fn every_version_gets_the_shape_that_its_sdks_read() {
        for (version, flags, decide) in [
            (None, Shape::Legacy, Shape::Decide1),
            (Some("1"), Shape::Legacy, Shape::Decide1),
            (Some("0"), Shape::Legacy, Shape::Decide1),
            (Some("-7"), Shape::Legacy, Shape::Decide1),
            (Some("two"), Shape::Legacy, Shape::Decide1),
            (Some("2.5"), Shape::Legacy, Shape::Decide1),
            (Some("2"), Shape::FlagsV2, Shape::Decide2),
            (Some("3"), Shape::FlagsV2, Shape::Legacy),
            (Some("4"), Shape::FlagsV4, Shape::FlagsV2),
            (Some("5"), Shape::FlagsV4, Shape::FlagsV2),
            (Some("99999999999999999999"), Shape::FlagsV4, Shape::FlagsV2),
        ] {
            assert_eq!(Shape::of_version(Flags, version), flags, "{version:?}");
            assert_eq!(Shape::of_version(Decide, version), decide, "{version:?}");
        }
    }

    #[test]
    fn the_defaults_depend_on_what_is_missing() {
        for (endpoint, version, config, expected) in [
            (Flags, None, None, (Shape::FlagsV2, true)),
            (Flags, None, Some(false), (Shape::Legacy, false)),
            (Flags, None, Some(true), (Shape::Legacy, true)),
            (Flags, Some("2"), None, (Shape::FlagsV2, false)),
            (Flags, Some("2"), Some(true), (Shape::FlagsV2, true)),
            (Flags, Some("1"), None, (Shape::Legacy, false)),
            (Flags, Some("4"), Some(false), (Shape::FlagsV4, false)),
            (Decide, None, None, (Shape::Decide1, true)),
            (Decide, None, Some(false), (Shape::Decide1, false)),
            (Decide, Some("2"), None, (Shape::Decide2, true)),
            (Decide, Some("3"), None, (Shape::Legacy, true)),
            (Decide, Some("3"), Some(false), (Shape::Legacy, false)),
            (Decide, Some("4"), None, (Shape::FlagsV2, true)),
        ] {
            assert_eq!(
                Shape::choose(endpoint, version, config),
                expected,
                "{endpoint:?} {version:?} {config:?}"
            );
        }
    }
}
