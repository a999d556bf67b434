//! Identifiers. Each is a type of its own with one fallible constructor, so that a flag's id cannot
//! be handed over where a cohort's is meant.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Why a text cannot be an identifier.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidId {
    /// The text is empty.
    #[error("{kind} is empty")]
    Empty {
        /// What the text was to name.
        kind: &'static str,
    },
    /// The text is longer than `bytes_max`.
    #[error("{kind} is {bytes} bytes long, at most {bytes_max} are allowed")]
    TooLong {
        /// What the text was to name.
        kind: &'static str,
        /// Its length in UTF-8 bytes.
        bytes: usize,
        /// The limit in UTF-8 bytes.
        bytes_max: usize,
    },
    /// The text holds a NUL or another control character.
    #[error("{kind} holds a control character")]
    ControlCharacter {
        /// What the text was to name.
        kind: &'static str,
    },
}

fn check(kind: &'static str, text: &str, bytes_max: usize) -> Result<(), InvalidId> {
    if text.is_empty() {
        return Err(InvalidId::Empty { kind });
    }
    if text.len() > bytes_max {
        return Err(InvalidId::TooLong {
            kind,
            bytes: text.len(),
            bytes_max,
        });
    }
    if text.chars().any(char::is_control) {
        return Err(InvalidId::ControlCharacter { kind });
    }
    Ok(())
}

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident, $kind:literal, $bytes_max:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Box<str>);

        impl $name {
            /// Longest text in UTF-8 bytes.
            pub const BYTES_MAX: usize = $bytes_max;

            /// Takes a text that is not empty, not over [`Self::BYTES_MAX`] and free of control
            /// characters.
            pub fn parse(text: &str) -> Result<Self, InvalidId> {
                check($kind, text, Self::BYTES_MAX)?;
                Ok(Self(text.into()))
            }

            /// The text as it was given.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

text_id! {
    /// The public token by which an SDK names its environment, normally `phc_…`.
    ProjectToken, "project token", 200
}
text_id! {
    /// A flag's key: what application code asks for, and the prefix of the flag's hashes.
    FlagKey, "flag key", 400
}

macro_rules! number_id {
    ($(#[$doc:meta])* $name:ident, $number:ty) => {
        $(#[$doc])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
        )]
        #[serde(transparent)]
        pub struct $name(pub $number);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

number_id! {
    /// A project: flags, cohorts and group types in common.
    ProjectId, i64
}
number_id! {
    /// An environment of a project: the unit that SDKs see.
    EnvironmentId, i64
}
number_id! {
    /// A flag, unique in its project. At most 2³¹−1, since the Java SDK holds 32 bits.
    FlagId, i32
}
number_id! {
    /// A cohort, unique in its project.
    CohortId, i32
}
number_id! {
    /// Position of a group type in its project, 0 to 4 in practice.
    GroupTypeIndex, i32
}
number_id! {
    /// Counts the changes of an environment's definitions; a larger one is newer.
    Revision, u64
}

/// The identifier that an application gives a person. May be empty (spec: engine §1.5).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DistinctId(Box<str>);

impl DistinctId {
    /// Characters (Unicode scalar values) that are kept of a longer identifier.
    pub const CHARS_MAX: usize = 200;

    /// Takes any text; one of more than 200 *bytes* is cut to its first 200 *characters*, as
    /// PostHog does (spec: engine §1.4), so 200 two-byte characters survive whole.
    pub fn truncated(text: &str) -> Self {
        Self(Self::truncate(text).into())
    }

    /// The part of `text` that [`Self::truncated`] keeps.
    pub fn truncate(text: &str) -> &str {
        if text.len() <= Self::CHARS_MAX {
            return text;
        }
        match text.char_indices().nth(Self::CHARS_MAX) {
            Some((end, _)) => text.get(..end).unwrap_or(text),
            None => text,
        }
    }

    /// The text that is kept.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for DistinctId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_distinct_id_is_cut_by_characters_only_when_it_is_over_200_bytes() {
        let ascii = "a".repeat(201);
        assert_eq!(DistinctId::truncated(&ascii).as_str().len(), 200);
        let wide = "€".repeat(150);
        assert_eq!(
            DistinctId::truncated(&wide).as_str(),
            wide,
            "450 bytes, 150 characters"
        );
        let cut = format!("{}😀tail", "a".repeat(199));
        assert_eq!(
            DistinctId::truncated(&cut).as_str(),
            format!("{}😀", "a".repeat(199))
        );
        assert_eq!(DistinctId::truncated("").as_str(), "");
    }

    #[test]
    fn a_key_is_refused_at_its_limit_plus_one() {
        assert!(FlagKey::parse(&"k".repeat(400)).is_ok());
        let refused = FlagKey::parse(&"k".repeat(401)).unwrap_err();
        assert_eq!(
            refused.to_string(),
            "flag key is 401 bytes long, at most 400 are allowed"
        );
        assert!(FlagKey::parse("a\0b").is_err());
    }
}
