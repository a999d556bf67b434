//! One configuration key: its name, what it may be, and what it is when nobody says. Command line
//! options, environment variables, `burgee.toml`, `--help` and the documentation all come from here.

use std::borrow::Cow;

/// A key of the configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Key {
    /// Name in `burgee.toml`, with its section: `store.query_timeout_ms`.
    pub(crate) path: &'static str,
    /// What it does, for people.
    pub(crate) about: &'static str,
    /// What it may be.
    pub(crate) kind: Kind,
}

/// What a key may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A whole number within both bounds.
    Whole {
        /// When nobody says.
        default: u64,
        /// Least allowed.
        least: u64,
        /// Most allowed.
        most: u64,
        /// What is counted, such as `ms`.
        unit: &'static str,
    },
    /// True or false.
    Switch {
        /// When nobody says.
        default: bool,
    },
    /// One of a few words.
    Choice {
        /// When nobody says.
        default: &'static str,
        /// The words.
        allowed: &'static [&'static str],
    },
    /// A text that is never shown; empty when nobody says.
    Secret {
        /// The form, for people.
        form: &'static str,
    },
    /// A text of a certain form.
    Text {
        /// When nobody says.
        default: &'static str,
        /// The form, for people.
        form: &'static str,
    },
}

impl Key {
    /// Its command line option without dashes: `store-query-timeout-ms`.
    pub(crate) fn option(&self) -> String {
        self.path.replace(['.', '_'], "-")
    }

    /// Its environment variable: `BURGEE_STORE_QUERY_TIMEOUT_MS`.
    pub(crate) fn variable(&self) -> String {
        format!("BURGEE_{}", self.path.replace('.', "_").to_uppercase())
    }

    /// Its section in `burgee.toml`; empty at the top.
    pub(crate) fn section(&self) -> &'static str {
        self.path.split_once('.').map_or("", |(section, _)| section)
    }

    /// Its name within the section.
    pub(crate) fn name(&self) -> &'static str {
        self.path
            .split_once('.')
            .map_or(self.path, |(_, name)| name)
    }
}

impl Kind {
    /// The value when nobody says, as text.
    pub(crate) fn default_text(&self) -> Cow<'static, str> {
        match self {
            Self::Whole { default, .. } => Cow::Owned(default.to_string()),
            Self::Switch { default } => Cow::Owned(default.to_string()),
            Self::Secret { .. } => Cow::Borrowed(""),
            Self::Choice { default, .. } | Self::Text { default, .. } => Cow::Borrowed(default),
        }
    }

    /// What is allowed, for people.
    pub(crate) fn allowed(&self) -> String {
        match self {
            Self::Whole {
                least, most, unit, ..
            } => {
                format!("a whole number of {unit} from {least} to {most}")
            }
            Self::Switch { .. } => "true or false".to_owned(),
            Self::Choice { allowed, .. } => format!("one of {}", allowed.join(", ")),
            Self::Secret { form } | Self::Text { form, .. } => (*form).to_owned(),
        }
    }
}
