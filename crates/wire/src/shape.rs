//! Which format an answer has (spec: service §2.3, §2.9).

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
    /// attached.
    pub fn choose(endpoint: Endpoint, version: Option<&str>, config: Option<bool>) -> (Self, bool) {
        todo!("{endpoint:?}{version:?}{config:?}")
    }
}
