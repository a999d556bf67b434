//! From what was written to a typed value. A value is taken as it is or refused, never mended.

use std::borrow::Cow;
use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;

use burgee_fernet::FernetKeys;
use burgee_redis::{PREFIX_BYTES_MAX, RedisLocation};
use burgee_serve::Role;
use burgee_store_postgres::PostgresLocation;

use super::key::Kind;
use super::redis::Prefix;
use crate::store::Location;

/// A value as it was written.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Raw<'a> {
    /// On the command line or in the environment.
    Text(&'a str),
    /// In `burgee.toml`, where a number must be a number.
    Toml(&'a toml::Value),
}

impl<'a> Raw<'a> {
    /// The text of the value, if it is written as `kind` wants it.
    pub(crate) fn text(self, kind: &Kind) -> Option<Cow<'a, str>> {
        match (self, kind) {
            (Self::Text(text), _) => Some(Cow::Borrowed(text)),
            (
                Self::Toml(toml::Value::String(text)),
                Kind::Choice { .. } | Kind::Secret { .. } | Kind::Text { .. },
            ) => Some(Cow::Borrowed(text)),
            (Self::Toml(toml::Value::Integer(number)), Kind::Whole { .. }) => {
                Some(Cow::Owned(number.to_string()))
            }
            (Self::Toml(toml::Value::Boolean(switch)), Kind::Switch { .. }) => {
                Some(Cow::Owned(switch.to_string()))
            }
            (Self::Toml(_), _) => None,
        }
    }

    /// As it was written, for messages.
    pub(crate) fn shown(self, kind: &Kind) -> String {
        let written = match self {
            Self::Text(text) => Cow::Borrowed(text),
            Self::Toml(value) => Cow::Owned(value.to_string()),
        };
        if matches!(kind, Kind::Secret { .. }) {
            "the secret".to_owned()
        } else if may_hold_password(&written) {
            "the URL".to_owned()
        } else {
            format!("`{written}`")
        }
    }
}

/// A type that a key's text can be read as.
pub(crate) trait Value: Sized {
    /// `None`: the text is not allowed.
    fn read(text: &str, kind: &Kind) -> Option<Self>;
}

impl Value for u64 {
    fn read(text: &str, kind: &Kind) -> Option<Self> {
        let number = text.parse().ok()?;
        match kind {
            Kind::Whole { least, most, .. } => (*least..=*most).contains(&number).then_some(number),
            _ => None,
        }
    }
}

impl Value for usize {
    fn read(text: &str, kind: &Kind) -> Option<Self> {
        u64::read(text, kind)?.try_into().ok()
    }
}

impl Value for u32 {
    fn read(text: &str, kind: &Kind) -> Option<Self> {
        u64::read(text, kind)?.try_into().ok()
    }
}

impl Value for bool {
    fn read(text: &str, _: &Kind) -> Option<Self> {
        match text.to_ascii_lowercase().as_str() {
            "true" | "1" | "yes" | "on" => Some(true),
            "false" | "0" | "no" | "off" => Some(false),
            _ => None,
        }
    }
}

impl Value for Role {
    fn read(text: &str, _: &Kind) -> Option<Self> {
        Self::parse(text)
    }
}

impl Value for SocketAddr {
    fn read(text: &str, _: &Kind) -> Option<Self> {
        text.parse().ok()
    }
}

impl Value for PathBuf {
    fn read(text: &str, _: &Kind) -> Option<Self> {
        (!text.is_empty()).then(|| Self::from(text))
    }
}

/// An empty text is no path.
impl Value for Option<PathBuf> {
    fn read(text: &str, _: &Kind) -> Option<Self> {
        Some((!text.is_empty()).then(|| PathBuf::from(text)))
    }
}

/// An empty text is the default place.
impl Value for Option<Location> {
    fn read(text: &str, _: &Kind) -> Option<Self> {
        if text.is_empty() {
            return Some(None);
        }
        text.parse().ok().map(Some)
    }
}

/// An empty text is none.
impl Value for Option<PostgresLocation> {
    fn read(text: &str, _: &Kind) -> Option<Self> {
        if text.is_empty() {
            return Some(None);
        }
        text.parse().ok().map(Some)
    }
}

/// An empty text is none.
impl Value for Option<RedisLocation> {
    fn read(text: &str, _: &Kind) -> Option<Self> {
        if text.is_empty() {
            return Some(None);
        }
        text.parse().ok().map(Some)
    }
}

impl Value for Prefix {
    fn read(text: &str, _: &Kind) -> Option<Self> {
        (text.len() <= PREFIX_BYTES_MAX).then(|| Self(text.to_owned()))
    }
}

/// An empty text is none.
impl Value for Option<FernetKeys> {
    fn read(text: &str, _: &Kind) -> Option<Self> {
        if text.is_empty() {
            return Some(None);
        }
        text.parse().ok().map(Some)
    }
}

/// Whether a text is a URL that may hold a password, and so is not to be shown.
pub(crate) fn may_hold_password(text: &str) -> bool {
    text.split_once("://")
        .is_some_and(|(_, rest)| rest.contains('@') || rest.contains("password="))
}

/// Shortest secret that is taken, in bytes: shorter ones can be guessed.
const SECRET_BYTES_MIN: usize = 16;

/// A text that is never shown.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Secret(pub(crate) Option<String>);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_set = self.0.is_some();
        f.write_str(if is_set {
            "Secret(set)"
        } else {
            "Secret(unset)"
        })
    }
}

impl Value for Secret {
    fn read(text: &str, _: &Kind) -> Option<Self> {
        match text.len() {
            0 => Some(Self(None)),
            SECRET_BYTES_MIN.. => Some(Self(Some(text.to_owned()))),
            _ => None,
        }
    }
}
