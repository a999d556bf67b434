//! Where values come from, strongest first: command line, environment, `burgee.toml`, default.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use anyhow::Context;

use super::key::Key;
use super::value::{Raw, Value};

/// Prefix of all environment variables that are read.
pub(crate) const PREFIX: &str = "BURGEE_";

/// PostHog's name for the variable of the key `role`.
const ROLE_VARIABLE: (&str, &str) = ("SERVICE_MODE", "role");

/// Names the configuration file; not a key of it.
pub(crate) const FILE_VARIABLE: &str = "BURGEE_CONFIG";

/// The file that is read when it is there and nobody names another.
const FILE_DEFAULT: &str = "burgee.toml";

/// Largest configuration file, in bytes.
const FILE_BYTES_MAX: u64 = 1024 * 1024;

/// All that was said, unread.
#[derive(Debug, Default)]
pub(crate) struct Sources {
    /// By key path.
    pub(crate) options: BTreeMap<&'static str, String>,
    /// By variable; those with [`PREFIX`] and [`ROLE_VARIABLE`] only.
    pub(crate) environment: BTreeMap<String, String>,
    /// The file that was read, if any.
    pub(crate) file: Option<ConfigFile>,
}

/// A configuration file.
#[derive(Debug)]
pub(crate) struct ConfigFile {
    /// Its name as given.
    pub(crate) path: PathBuf,
    /// What it holds.
    pub(crate) table: toml::Table,
}

/// Where one value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Origin {
    /// An option, with its dashes.
    CommandLine(String),
    /// A variable.
    Environment(String),
    /// A file.
    File(PathBuf),
    /// Nobody said.
    Default,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CommandLine(option) => write!(f, "command line option {option}"),
            Self::Environment(variable) => write!(f, "environment variable {variable}"),
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Default => f.write_str("default"),
        }
    }
}

/// The variables that this program reads.
pub(crate) fn read_environment() -> BTreeMap<String, String> {
    let variables = std::env::vars_os();
    variables
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .filter(|(name, _)| name.starts_with(PREFIX) || name == ROLE_VARIABLE.0)
        .collect()
}

impl Sources {
    /// Reads the file named by `option`, else by the environment, else `burgee.toml` if it is there.
    pub(crate) fn read_file(&mut self, option: Option<&Path>) -> anyhow::Result<()> {
        let named = option.or_else(|| self.environment.get(FILE_VARIABLE).map(Path::new));
        let path = match named {
            Some(path) => path.to_owned(),
            None if Path::new(FILE_DEFAULT).is_file() => PathBuf::from(FILE_DEFAULT),
            None => return Ok(()),
        };
        let shown = path.display().to_string();
        let metadata = std::fs::metadata(&path)
            .with_context(|| format!("cannot read the configuration file {shown}"))?;
        anyhow::ensure!(
            metadata.len() <= FILE_BYTES_MAX,
            "the configuration file {shown} is over {FILE_BYTES_MAX} bytes"
        );
        let text = std::fs::read_to_string(&path)
            .with_context(|| format!("cannot read the configuration file {shown}"))?;
        let table = text
            .parse()
            .with_context(|| format!("the configuration file {shown} is not TOML"))?;
        self.file = Some(ConfigFile { path, table });
        Ok(())
    }

    /// The strongest word on `key`, and who said it.
    pub(crate) fn find(&self, key: &Key) -> (Option<Raw<'_>>, Origin) {
        if let Some(text) = self.options.get(key.path) {
            let option = format!("--{}", key.option());
            return (Some(Raw::Text(text)), Origin::CommandLine(option));
        }
        let variable = key.variable();
        if let Some(text) = self.environment.get(&variable) {
            return (Some(Raw::Text(text)), Origin::Environment(variable));
        }
        let (variable, path) = ROLE_VARIABLE;
        if key.path == path
            && let Some(text) = self.environment.get(variable)
        {
            return (
                Some(Raw::Text(text)),
                Origin::Environment(variable.to_owned()),
            );
        }
        if let Some(file) = &self.file
            && let Some(value) = file.find(key)
        {
            return (Some(Raw::Toml(value)), Origin::File(file.path.clone()));
        }
        (None, Origin::Default)
    }

    /// The value of `key`; notes why there is none.
    pub(crate) fn value<T: Value>(&self, key: &Key, problems: &mut Vec<String>) -> Option<T> {
        let (raw, origin) = self.find(key);
        let default = key.kind.default_text();
        let raw = raw.unwrap_or(Raw::Text(&default));
        let text = raw.text(&key.kind);
        let value = text.and_then(|text| T::read(&text, &key.kind));
        if value.is_none() {
            let (path, shown, allowed) = (key.path, raw.shown(&key.kind), key.kind.allowed());
            problems.push(format!("{path}: {shown}, from {origin}, is not {allowed}"));
        }
        value
    }
}

impl ConfigFile {
    fn find(&self, key: &Key) -> Option<&toml::Value> {
        match key.section() {
            "" => self.table.get(key.name()),
            section => self.table.get(section)?.get(key.name()),
        }
    }
}
