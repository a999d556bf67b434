//! What a store takes at most, and the checks that come before any database is asked.
//!
//! The limits are those of the data, so they are the same for every store; a store's own limits
//! (threads, queues, deadlines) are its configuration.

use burgee_model::DistinctId;
use serde::de::IgnoredAny;

use crate::{Change, ChangeSet, GroupRecord, PersonRecord, StoreError};

/// Most changes of one [`ChangeSet`].
pub const CHANGES_MAX: usize = 250_000;

/// Most rows of each kind that one page of subjects holds.
pub const PAGE_ROWS_MAX: usize = 10_000;

/// Longest time that an environment may have polls held for, in seconds.
pub const HOLD_POLLS_SECONDS_MAX: u16 = 600;

/// Longest properties of one person or group, in bytes of JSON text.
pub const PROPERTIES_BYTES_MAX: usize = 2 << 20;

/// Most distinct ids that one [`PersonRecord`] names.
pub const DISTINCT_IDS_MAX: usize = 10_000;

/// Longest key of a group, in bytes.
pub const GROUP_KEY_BYTES_MAX: usize = 1_000;

impl ChangeSet {
    /// Refuses a set of more than [`CHANGES_MAX`] changes, and polls held for longer than
    /// [`HOLD_POLLS_SECONDS_MAX`].
    pub fn check(&self) -> Result<(), StoreError> {
        let count = self.changes.len();
        if count > CHANGES_MAX {
            return Err(StoreError::Refused(format!(
                "{count} changes at once, at most {CHANGES_MAX} are possible"
            )));
        }
        for change in &self.changes {
            if let Change::PutHoldPolls { seconds, .. } = change
                && *seconds > HOLD_POLLS_SECONDS_MAX
            {
                return Err(StoreError::Refused(format!(
                    "polls were to be held for {seconds} s, at most {HOLD_POLLS_SECONDS_MAX} are possible"
                )));
            }
        }
        Ok(())
    }
}

impl PersonRecord {
    /// Refuses a person without distinct ids, with too many, with one that no request could name
    /// (over [`DistinctId::CHARS_MAX`] characters), or with properties that are not a JSON object.
    pub fn check(&self) -> Result<(), StoreError> {
        let count = self.distinct_ids.len();
        let Some(first) = self.distinct_ids.first() else {
            return Err(StoreError::Refused(
                "a person has no distinct id".to_owned(),
            ));
        };
        if count > DISTINCT_IDS_MAX {
            return Err(StoreError::Refused(format!(
                "person `{first}` has {count} distinct ids, at most {DISTINCT_IDS_MAX} are possible"
            )));
        }
        for distinct_id in &self.distinct_ids {
            if distinct_id.chars().nth(DistinctId::CHARS_MAX).is_some() {
                return Err(StoreError::Refused(format!(
                    "distinct id `{distinct_id}` is longer than {} characters",
                    DistinctId::CHARS_MAX
                )));
            }
        }
        check_properties(&self.properties).map_err(|reason| {
            StoreError::Refused(format!("properties of person `{first}` {reason}"))
        })
    }
}

impl GroupRecord {
    /// Refuses a key that is empty or over [`GROUP_KEY_BYTES_MAX`], and properties that are not a
    /// JSON object.
    pub fn check(&self) -> Result<(), StoreError> {
        let bytes = self.key.len();
        if bytes == 0 || bytes > GROUP_KEY_BYTES_MAX {
            return Err(StoreError::Refused(format!(
                "a group key is {bytes} bytes long, 1 to {GROUP_KEY_BYTES_MAX} are possible"
            )));
        }
        check_properties(&self.properties).map_err(|reason| {
            StoreError::Refused(format!("properties of group `{}` {reason}", self.key))
        })
    }
}

/// What is wrong with properties, as the end of a sentence.
fn check_properties(text: &str) -> Result<(), String> {
    if text.len() > PROPERTIES_BYTES_MAX {
        return Err(format!(
            "are {} bytes long, at most {PROPERTIES_BYTES_MAX} are possible",
            text.len()
        ));
    }
    if !text.trim_start().starts_with('{') {
        return Err("are not a JSON object".to_owned());
    }
    match serde_json::from_str::<IgnoredAny>(text) {
        Ok(_) => Ok(()),
        Err(error) => Err(format!("are not JSON: {error}")),
    }
}

#[cfg(test)]
mod tests;
