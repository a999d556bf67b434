//! The configuration: command line before environment before `burgee.toml` before default. A value
//! that is not allowed, or a key that nobody knows, keeps the program from starting.
//!
//! Not figment: it merges well, but knows a value's origin only for what serde refuses, while a
//! refusal here names key, value, origin and what is allowed, and the same table of keys makes the
//! options, the help and the documentation. Nothing is reloadable: a change needs a restart.

mod instance;
mod key;
mod keys;
mod last_known_good;
mod limits;
mod log;
mod options;
mod postgres;
mod push;
mod redis;
mod reference;
mod section;
mod serving;
mod sources;
mod store;
mod value;

pub(crate) use instance::Instance;
pub(crate) use keys::{Keys, Payloads};
pub(crate) use last_known_good::LastKnownGood;
pub(crate) use limits::{Quotas, RateLimits, Usage};
pub(crate) use log::{Log, LogFormat, LogLevel};
pub(crate) use options::{ConfigOptions, Counting, Everything, StoreOnly};
pub(crate) use postgres::Postgres;
pub(crate) use push::Push;
pub(crate) use redis::Shared;
pub(crate) use serving::{
    Evaluation, GeoIp, Metrics, Network, Request, Runtime, Shutdown, Snapshots,
};
pub(crate) use store::Store;

use key::Key;
use section::Section;
use sources::Sources;

/// Everything that can be configured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Config {
    /// Top of the file.
    pub(crate) instance: Instance,
    /// `[runtime]`
    pub(crate) runtime: Runtime,
    /// `[request]`
    pub(crate) request: Request,
    /// `[store]`
    pub(crate) store: Store,
    /// `[postgres]`
    pub(crate) postgres: Postgres,
    /// `[shared]`
    pub(crate) shared: Shared,
    /// `[keys]`
    pub(crate) keys: Keys,
    /// `[payloads]`
    pub(crate) payloads: Payloads,
    /// `[usage]`
    pub(crate) usage: Usage,
    /// `[quotas]`
    pub(crate) quotas: Quotas,
    /// `[rate_limits]`
    pub(crate) rate_limits: RateLimits,
    /// `[snapshots]`
    pub(crate) snapshots: Snapshots,
    /// `[last_known_good]`
    pub(crate) last_known_good: LastKnownGood,
    /// `[push]`
    pub(crate) push: Push,
    /// `[evaluation]`
    pub(crate) evaluation: Evaluation,
    /// `[network]`
    pub(crate) network: Network,
    /// `[geoip]`
    pub(crate) geoip: GeoIp,
    /// `[log]`
    pub(crate) log: Log,
    /// `[metrics]`
    pub(crate) metrics: Metrics,
    /// `[shutdown]`
    pub(crate) shutdown: Shutdown,
}

/// A configuration, and how it came about.
#[derive(Debug)]
pub(crate) struct Loaded {
    /// The values.
    pub(crate) config: Config,
    /// `burgee.toml` with every value in force and where it came from.
    pub(crate) effective: String,
    /// What is odd and does not matter, such as a variable that nobody reads.
    pub(crate) warnings: Vec<String>,
}

/// Why there is no configuration.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConfigError {
    /// Every value and key that is refused, one a line.
    #[error("the configuration is refused\n  {}", .0.join("\n  "))]
    Refused(Vec<String>),
    /// The file cannot be read.
    #[error(transparent)]
    File(#[from] anyhow::Error),
}

/// Reads the configuration of this process.
pub(crate) fn load<O>(options: &ConfigOptions<O>) -> Result<Loaded, ConfigError> {
    let mut sources = Sources {
        options: options.values.clone(),
        environment: sources::read_environment(),
        file: None,
    };
    sources.read_file(options.file.as_deref())?;
    read(&sources)
}

/// The page `docs/configuration.md`.
pub(crate) fn reference() -> String {
    reference::markdown()
}

fn read(sources: &Sources) -> Result<Loaded, ConfigError> {
    let mut problems = unknown_keys(sources);
    let config = Config::read(sources, &mut problems);
    match config {
        Some(config) if problems.is_empty() => Ok(Loaded {
            config,
            effective: reference::effective(sources),
            warnings: unknown_variables(sources),
        }),
        _ => Err(ConfigError::Refused(problems)),
    }
}

impl Config {
    /// Every section is read before any is given up, so that all problems are known at once.
    fn read(sources: &Sources, problems: &mut Vec<String>) -> Option<Self> {
        let instance = Instance::read(sources, problems);
        let runtime = Runtime::read(sources, problems);
        let request = Request::read(sources, problems);
        let store = Store::read(sources, problems);
        let postgres = Postgres::read(sources, problems);
        let shared = Shared::read(sources, problems);
        let keys = Keys::read(sources, problems);
        let payloads = Payloads::read(sources, problems);
        let usage = Usage::read(sources, problems);
        let quotas = Quotas::read(sources, problems);
        let rate_limits = RateLimits::read(sources, problems);
        let snapshots = Snapshots::read(sources, problems);
        let last_known_good = LastKnownGood::read(sources, problems);
        let push = Push::read(sources, problems);
        let evaluation = Evaluation::read(sources, problems);
        let network = Network::read(sources, problems);
        let geoip = GeoIp::read(sources, problems);
        let log = Log::read(sources, problems);
        let metrics = Metrics::read(sources, problems);
        let shutdown = Shutdown::read(sources, problems);
        Some(Self {
            instance: instance?,
            runtime: runtime?,
            request: request?,
            store: store?,
            postgres: postgres?,
            shared: shared?,
            keys: keys?,
            payloads: payloads?,
            usage: usage?,
            quotas: quotas?,
            rate_limits: rate_limits?,
            snapshots: snapshots?,
            last_known_good: last_known_good?,
            push: push?,
            evaluation: evaluation?,
            network: network?,
            geoip: geoip?,
            log: log?,
            metrics: metrics?,
            shutdown: shutdown?,
        })
    }
}

/// What each section is about, and its keys, in the order of [`Config`].
fn sections() -> [(&'static str, &'static [Key]); 20] {
    fn of<S: Section>() -> (&'static str, &'static [Key]) {
        (S::ABOUT, S::KEYS)
    }
    [
        of::<Instance>(),
        of::<Runtime>(),
        of::<Request>(),
        of::<Store>(),
        of::<Postgres>(),
        of::<Shared>(),
        of::<Keys>(),
        of::<Payloads>(),
        of::<Usage>(),
        of::<Quotas>(),
        of::<RateLimits>(),
        of::<Snapshots>(),
        of::<LastKnownGood>(),
        of::<Push>(),
        of::<Evaluation>(),
        of::<Network>(),
        of::<GeoIp>(),
        of::<Log>(),
        of::<Metrics>(),
        of::<Shutdown>(),
    ]
}

/// Every key.
fn keys() -> Vec<Key> {
    sections()
        .iter()
        .flat_map(|(_, keys)| *keys)
        .copied()
        .collect()
}

/// A line for each key of the file that nobody knows.
fn unknown_keys(sources: &Sources) -> Vec<String> {
    let Some(file) = &sources.file else {
        return Vec::new();
    };
    let keys = keys();
    let is_section = |name: &str| keys.iter().any(|key| key.section() == name);
    let mut written = Vec::new();
    for (name, value) in &file.table {
        match value {
            toml::Value::Table(section) if is_section(name) => {
                written.extend(section.keys().map(|key| format!("{name}.{key}")));
            }
            _ => written.push(name.clone()),
        }
    }
    written.retain(|path| !keys.iter().any(|key| key.path == path));
    let place = file.path.display();
    written
        .iter()
        .map(|path| format!("{path}: unknown key, from {place}"))
        .collect()
}

/// A line for each variable that looks meant for this program and is not read. Not a refusal, because
/// schedulers set variables of the kind for a service of the same name.
fn unknown_variables(sources: &Sources) -> Vec<String> {
    let known: Vec<String> = keys().iter().map(Key::variable).collect();
    let variables = sources.environment.keys();
    variables
        .filter(|variable| variable.starts_with(sources::PREFIX))
        .filter(|variable| !known.contains(variable) && *variable != sources::FILE_VARIABLE)
        .map(|variable| format!("environment variable {variable} is not known and not read"))
        .collect()
}

#[cfg(test)]
mod tests;
