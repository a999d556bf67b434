//! What a request brought about its subject: borrowed, unparsed where possible.

/// The subject of a request, as the request tells it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Given<'a> {
    /// The person, already cut to its limit. May be empty (spec: engine §1.5).
    pub distinct_id: &'a str,
    /// The device, never empty when present.
    pub device_id: Option<&'a str>,
    /// The identifier that the person had before they logged in.
    pub anon_distinct_id: Option<&'a str>,
    /// JSON object text of the person properties that the caller sent.
    pub person_properties: Option<&'a str>,
    /// Location properties; each counts only where the caller sent none, or null.
    pub geoip: &'a [(&'a str, &'a str)],
    /// The groups named by the request.
    pub groups: &'a [GivenGroup<'a>],
}

/// One group of a request.
#[derive(Debug, Clone, Copy)]
pub struct GivenGroup<'a> {
    /// The group type's name.
    pub group_type: &'a str,
    /// JSON text of the key; `None` when only properties were sent.
    pub key: Option<&'a str>,
    /// JSON object text of the group's properties that the caller sent.
    pub properties: Option<&'a str>,
}

/// A text that was to be a JSON object of properties is not one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("properties are not a JSON object")]
pub struct PropertiesError;
