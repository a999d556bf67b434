//! Where a page of subjects ends, as the text that [`crate::SubjectPage::next`] holds.

use crate::StoreError;

/// The last person's id, and the last group's index and key. A kind that has come to its end stays
/// where it is, and the pages after hold nothing of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubjectCursor {
    /// Ids grow; 0 is before the first.
    pub person: i64,
    /// By index, then key.
    pub group: (i32, String),
}

impl SubjectCursor {
    /// Reads the end of the page before; `None`: there was none. Errors: `Refused` for a text that no
    /// page ended with.
    pub fn parse(after: Option<&str>) -> Result<Self, StoreError> {
        let Some(text) = after else {
            return Ok(Self {
                person: 0,
                group: (i32::MIN, String::new()),
            });
        };
        let mut parts = text.splitn(3, ':');
        let mut next = || parts.next().unwrap_or_default();
        let (person, index, key) = (next(), next(), next());
        match (person.parse(), index.parse()) {
            (Ok(person), Ok(index)) => Ok(Self {
                person,
                group: (index, key.to_owned()),
            }),
            _ => Err(StoreError::Refused(format!(
                "`{text}` is not the end of a page"
            ))),
        }
    }

    /// What [`Self::parse`] reads.
    pub fn to_text(&self) -> String {
        let (index, key) = &self.group;
        format!("{}:{index}:{key}", self.person)
    }
}
