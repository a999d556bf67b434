//! What a request brought, without a borrow: for work that moves to another thread.

use burgee_eval::{Given, GivenGroup};

/// A copy of a [`Given`].
#[derive(Debug)]
pub(crate) struct OwnedGiven {
    distinct_id: String,
    device_id: Option<String>,
    anon_distinct_id: Option<String>,
    person_properties: Option<String>,
    geoip: Vec<(String, String)>,
    groups: Vec<OwnedGroup>,
}

#[derive(Debug)]
struct OwnedGroup {
    group_type: String,
    key: Option<String>,
    properties: Option<String>,
}

impl OwnedGiven {
    /// Everything.
    pub(crate) fn of(given: &Given<'_>) -> Self {
        let group = |group: &GivenGroup<'_>| OwnedGroup {
            group_type: group.group_type.to_owned(),
            key: group.key.map(str::to_owned),
            properties: group.properties.map(str::to_owned),
        };
        let pair = |(key, text): &(&str, &str)| ((*key).to_owned(), (*text).to_owned());
        Self {
            person_properties: given.person_properties.map(str::to_owned),
            geoip: given.geoip.iter().map(pair).collect(),
            groups: given.groups.iter().map(group).collect(),
            ..Self::identity_of(given)
        }
    }

    /// Who it is, without properties: enough once these are read.
    pub(crate) fn identity_of(given: &Given<'_>) -> Self {
        Self {
            distinct_id: given.distinct_id.to_owned(),
            device_id: given.device_id.map(str::to_owned),
            anon_distinct_id: given.anon_distinct_id.map(str::to_owned),
            person_properties: None,
            geoip: Vec::new(),
            groups: Vec::new(),
        }
    }

    /// Lends it out as evaluation takes it.
    pub(crate) fn lend<T>(&self, to: impl FnOnce(&Given<'_>) -> T) -> T {
        let geoip: Vec<(&str, &str)> = self
            .geoip
            .iter()
            .map(|(key, text)| (&**key, &**text))
            .collect();
        let groups: Vec<GivenGroup<'_>> = self.groups.iter().map(OwnedGroup::lend).collect();
        to(&Given {
            distinct_id: &self.distinct_id,
            device_id: self.device_id.as_deref(),
            anon_distinct_id: self.anon_distinct_id.as_deref(),
            person_properties: self.person_properties.as_deref(),
            geoip: &geoip,
            groups: &groups,
        })
    }
}

impl OwnedGroup {
    fn lend(&self) -> GivenGroup<'_> {
        GivenGroup {
            group_type: &self.group_type,
            key: self.key.as_deref(),
            properties: self.properties.as_deref(),
        }
    }
}
