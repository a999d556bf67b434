//! `burgee key create`.

use burgee_store::KeyKind;
use clap::Args;

use super::{Failure, name, now, open, tell};
use crate::config::{ConfigOptions, StoreOnly};
use crate::keys::{self, Expiry, NewKey};
use crate::runtime;

/// Make a key and print it, once.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  burgee key create --environment Acme/production
  burgee key create --environment phc_… --expires 90d --name checkout > key.txt
  burgee key create --personal --environment Acme/production --environment Acme/staging")]
pub(super) struct Create {
    /// What the key opens: the token of an environment, or PROJECT/NAME. A personal key may open several
    #[arg(long, value_name = "TOKEN|PROJECT/NAME", required = true)]
    environment: Vec<String>,

    /// Make a personal key (phx_…), which reads encrypted payloads, rather than a secret key (phs_…)
    #[arg(long)]
    personal: bool,

    /// What the key allows: feature_flag:read, feature_flag:write or `*` let it read flags. May be
    /// given several times [default: all that its kind allows]
    #[arg(long, value_name = "SCOPE", value_parser = scope)]
    scope: Vec<String>,

    /// How long the key is good: 90d, 24h, 30m or `never`
    #[arg(long, value_name = "LIFETIME", default_value = "never")]
    expires: Expiry,

    /// What people call the key
    #[arg(long, value_name = "TEXT", value_parser = name)]
    name: Option<String>,

    #[command(flatten)]
    options: ConfigOptions<StoreOnly>,
}

impl Create {
    pub(super) fn run(self) -> Result<(), Failure> {
        let store = open(&self.options)?;
        let wanted = NewKey {
            kind: if self.personal {
                KeyKind::Personal
            } else {
                KeyKind::Secret
            },
            environments: self.environment,
            scopes: self.scope,
            name: self.name,
            expires_at: self.expires.at(now()),
        };
        let made = runtime::run(keys::create(&*store, wanted))??;
        tell(&made);
        Ok(())
    }
}

/// `*` or `object:action`; which ones mean something is for whoever checks them.
fn scope(text: &str) -> Result<String, String> {
    let is_word = |word: &str| {
        let mut bytes = word.bytes();
        !word.is_empty() && bytes.all(|byte| byte == b'_' || byte.is_ascii_lowercase())
    };
    let is_pair = text
        .split_once(':')
        .is_some_and(|(object, action)| is_word(object) && is_word(action));
    if is_pair || text == "*" {
        Ok(text.to_owned())
    } else {
        Err("neither `*` nor a scope such as feature_flag:read".to_owned())
    }
}
