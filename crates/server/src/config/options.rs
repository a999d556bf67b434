//! The command line options of the configuration: one for each key, made from the keys themselves.

use std::collections::BTreeMap;
use std::marker::PhantomData;
use std::path::PathBuf;

use clap::{Arg, ArgMatches, Args, Command, FromArgMatches};

use super::key::{Key, Kind};

/// Heading of these options in `--help`.
const HEADING: &str = "Configuration (also by environment variable or in burgee.toml)";

/// Which keys a command offers.
pub(crate) trait Offer {
    /// Whether it offers `key`.
    fn offers(key: &Key) -> bool;
}

/// Every key: `serve`.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Everything {}

/// Where the data is, how long it may take, and what its payloads are encrypted with: `apply` and
/// `export`.
#[derive(Debug, Clone, Copy)]
pub(crate) enum StoreOnly {}

impl Offer for Everything {
    fn offers(_: &Key) -> bool {
        true
    }
}

/// Keys of the store's section that only answering requests looks at.
const SERVING_ONLY: [&str; 3] = [
    "store.breaker_failures",
    "store.breaker_pause_ms",
    "store.writes_hash_keys",
];

impl Offer for StoreOnly {
    fn offers(key: &Key) -> bool {
        let is_of_store = key.section() == "store" && !SERVING_ONLY.contains(&key.path);
        is_of_store || matches!(key.path, "data_dir" | "database" | "payloads.secret_keys")
    }
}

/// Where the data is, what nodes share, and how often they ask for it: `usage`, `quota` and
/// `allow-list`.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Counting {}

impl Offer for Counting {
    fn offers(key: &Key) -> bool {
        StoreOnly::offers(key) && key.path != "payloads.secret_keys"
            || key.section() == "shared"
            || matches!(key.path, "redis" | "quotas.refresh_interval_ms")
    }
}

/// What the command line says about the configuration.
#[derive(Debug, Clone)]
pub(crate) struct ConfigOptions<O> {
    /// `--config`.
    pub(crate) file: Option<PathBuf>,
    /// By key path.
    pub(crate) values: BTreeMap<&'static str, String>,
    offer: PhantomData<O>,
}

impl<O: Offer> Args for ConfigOptions<O> {
    fn augment_args(command: Command) -> Command {
        let file = Arg::new("config")
            .long("config")
            .value_name("PATH")
            .help("Configuration file [default: burgee.toml, if it is there] [env: BURGEE_CONFIG]")
            .help_heading(HEADING)
            .value_parser(clap::value_parser!(PathBuf));
        let offered = super::keys().into_iter().filter(O::offers);
        offered.fold(command.arg(file), |command, key| {
            command.arg(argument(&key))
        })
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl<O: Offer> FromArgMatches for ConfigOptions<O> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut values = BTreeMap::new();
        for key in super::keys().into_iter().filter(O::offers) {
            if let Some(text) = matches.get_one::<String>(key.path) {
                values.insert(key.path, text.clone());
            }
        }
        Ok(Self {
            file: matches.get_one("config").cloned(),
            values,
            offer: PhantomData,
        })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

fn argument(key: &Key) -> Arg {
    let (default, variable) = (key.kind.default_text(), key.variable());
    let default = match default.as_ref() {
        "" => String::new(),
        text => format!(" [default: {text}]"),
    };
    let about = key.about.trim();
    let argument = Arg::new(key.path)
        .long(key.option())
        .help(format!("{about}{default} [env: {variable}]"))
        .help_heading(HEADING);
    match key.kind {
        Kind::Whole { unit, .. } => argument.value_name(unit.to_uppercase()),
        Kind::Choice { allowed, .. } => argument.value_name(allowed.join("|")),
        Kind::Secret { .. } | Kind::Text { .. } => argument.value_name(key.name().to_uppercase()),
        // `--prune` alone is true; a value needs `=`, or the next word would be taken for it.
        Kind::Switch { .. } => argument
            .value_name("true|false")
            .num_args(0..=1)
            .require_equals(true)
            .default_missing_value("true"),
    }
}
