//! What a request brought about its subject: borrowed, unparsed where possible; and reading it.

use crate::{
    Scratch, Snapshot,
    properties::{read_properties, read_value, set_text},
    scratch::{GroupValue, Origin, Reading, SlotValue},
    slot::{DISTINCT_ID, GROUP_KEY, GroupSlot, Source},
};

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

impl Snapshot {
    /// Reads what the request brought into `scratch`, which is cleared first.
    pub fn read_given(
        &self,
        given: &Given<'_>,
        scratch: &mut Scratch,
    ) -> Result<(), PropertiesError> {
        let reading = &mut scratch.reading;
        reading.clear(self.slots.len(), self.slots.groups().len());
        if let Some(properties) = given.person_properties {
            read_properties(
                properties,
                (Source::Person, Origin::Given),
                &self.slots,
                reading,
            )?;
        }
        self.fill_in(
            DISTINCT_ID,
            given.distinct_id,
            SlotValue::is_present,
            reading,
        );
        for (key, value) in given.geoip {
            self.fill_in(
                key,
                value,
                |slot| slot.is_present() && !slot.is_null(),
                reading,
            );
        }
        for group in given.groups {
            self.read_group(group, reading)?;
        }
        Ok(())
    }

    /// Sets a person property to a text unless the caller's own value stands.
    fn fill_in(
        &self,
        key: &str,
        text: &str,
        stands: impl Fn(&SlotValue) -> bool,
        reading: &mut Reading,
    ) {
        if let Some(slot) = self.slots.find(Source::Person, key)
            && !stands(reading.slot(slot))
        {
            set_text(text, (slot, Origin::Given), &self.slots, reading);
        }
    }

    fn read_group(
        &self,
        given: &GivenGroup<'_>,
        reading: &mut Reading,
    ) -> Result<(), PropertiesError> {
        reading.has_group_context |= given.has_properties() || given.has_usable_key();
        for (group, slots) in self.slots.groups() {
            if slots.name.as_deref() != Some(given.group_type) {
                continue;
            }
            let origin = (Source::Group(group), Origin::Given);
            if let Some(properties) = given.properties {
                read_properties(properties, origin, &self.slots, reading)?;
            }
            if let Some(key) = given.key {
                self.read_group_key(key, group, reading)?;
            }
        }
        Ok(())
    }

    /// The key wins over a `$group_key` among the properties (spec: engine §5.1).
    fn read_group_key(
        &self,
        key: &str,
        group: GroupSlot,
        reading: &mut Reading,
    ) -> Result<(), PropertiesError> {
        if let Some(slot) = self.slots.find(Source::Group(group), GROUP_KEY) {
            read_value(key, (slot, Origin::Given), &self.slots, reading)?;
        }
        let value = crate::properties::classify(key, Origin::Given, &mut reading.texts)?;
        let identifier = value.identifier();
        if let Some(place) = reading.group_mut(group) {
            *place = GroupValue {
                identifier,
                ..GroupValue::default()
            };
        }
        Ok(())
    }
}

impl GivenGroup<'_> {
    /// Whether any property was sent.
    fn has_properties(&self) -> bool {
        self.properties
            .is_some_and(|properties| properties.contains('"'))
    }

    /// A text that is not empty, or a number (spec: engine §8.2).
    fn has_usable_key(&self) -> bool {
        match self.key.map(str::as_bytes) {
            Some([b'"', b'"']) | None => false,
            Some(key) => matches!(key.first(), Some(b'"' | b'-' | b'0'..=b'9')),
        }
    }
}
