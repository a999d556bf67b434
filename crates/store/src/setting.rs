//! What operators set while nodes run, in place of what nodes are configured with: a text under a
//! name. What a text means is for whoever names the setting; stores only keep it.
//!
//! Surprising: an empty text is a value. A setting that is not there is told by `None`, and then the
//! configuration of each node stands.

use std::fmt;

use async_trait::async_trait;

use crate::StoreError;

/// Longest value of a setting, in bytes.
pub const SETTING_BYTES_MAX: usize = 4 << 20;

/// A setting that nodes know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SettingName {
    /// Who is never limited, of which `allow_list.rs` knows the forms.
    AllowList,
}

/// Reads settings.
#[async_trait]
pub trait SettingReader: Send + Sync {
    /// The value, if one was put.
    ///
    /// Errors: `Corrupt` when it is longer than [`SETTING_BYTES_MAX`], which others may have made it.
    async fn read_setting(&self, name: SettingName) -> Result<Option<String>, StoreError>;
}

/// Sets settings. Raises no revision: nodes ask for settings by themselves.
#[async_trait]
pub trait SettingWriter: Send + Sync {
    /// Puts a value in the place of what was there; `None` takes it away.
    ///
    /// Errors: `Refused` when it is longer than [`SETTING_BYTES_MAX`].
    async fn put_setting(&self, name: SettingName, value: Option<&str>) -> Result<(), StoreError>;
}

impl SettingName {
    /// Under which it is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            // PostHog's is `RATE_LIMITING_ALLOW_LIST_TEAMS`, and has ids of projects in it.
            Self::AllowList => "RATE_LIMITING_ALLOW_LIST_TOKENS",
        }
    }

    /// For stores: refuses a value that is too long to be put.
    pub fn check_put(self, value: &str) -> Result<(), StoreError> {
        self.check(value.len()).map_err(StoreError::Refused)
    }

    /// For stores: takes what was read. It is enough to have read one byte more than is possible.
    pub fn check_read(self, value: Vec<u8>) -> Result<String, StoreError> {
        self.check(value.len()).map_err(StoreError::Corrupt)?;
        let corrupt = |error| StoreError::Corrupt(format!("setting `{self}`: {error}"));
        String::from_utf8(value).map_err(corrupt)
    }

    fn check(self, bytes: usize) -> Result<(), String> {
        if bytes > SETTING_BYTES_MAX {
            return Err(format!(
                "setting `{self}` is longer than {SETTING_BYTES_MAX} bytes"
            ));
        }
        Ok(())
    }
}

impl fmt::Display for SettingName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
