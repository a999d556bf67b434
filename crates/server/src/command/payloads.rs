//! `burgee payloads` and its commands.

use burgee_serve::Clock as _;
use clap::{Args, Subcommand};

use super::{Failure, counted};
use crate::clock::SystemClock;
use crate::config::{self, ConfigOptions, StoreOnly};
use crate::payloads::{self, PayloadKeys, Reencrypted};
use crate::{output, runtime, store};

/// Make keys for encrypted payloads, and encrypt them anew.
///
/// Payloads of flags with `has_encrypted_payloads` are encrypted at rest (Fernet), and only personal
/// keys read them through remote config. To change the key: put a new one before the old one in
/// payloads.secret_keys of every server, run `reencrypt`, and take the old one away.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  burgee payloads new-key
  burgee payloads reencrypt")]
pub(super) struct PayloadsCommand {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Print a new key for payloads.secret_keys
    NewKey,
    Reencrypt(Reencrypt),
}

/// Encrypt every payload with the current key that is not yet.
///
/// The first key of payloads.secret_keys is the current one. Payloads that no key decrypts stay as they
/// are, and are named.
#[derive(Debug, Args)]
struct Reencrypt {
    #[command(flatten)]
    options: ConfigOptions<StoreOnly>,
}

impl PayloadsCommand {
    pub(super) fn run(self) -> Result<(), Failure> {
        match self.command {
            Command::NewKey => {
                output::print(&format!("{}\n", payloads::new_key()?));
                Ok(())
            }
            Command::Reencrypt(reencrypt) => reencrypt.run(),
        }
    }
}

impl Reencrypt {
    fn run(self) -> Result<(), Failure> {
        let config = config::load(&self.options)?.config;
        let Some(keys) = &config.payloads.secret_keys else {
            let message = "no key is configured (payloads.secret_keys); `burgee payloads new-key` \
                           makes one\n";
            return Err(Failure::Refused(message.to_owned()));
        };
        let location = config.instance.location();
        if location.is_new() {
            let message = format!("there is no database at {location}\n");
            return Err(Failure::Refused(message));
        }
        let store = store::open(&config)?;
        let now = SystemClock::start().now();
        let work = payloads::reencrypt(&*store, PayloadKeys { keys, now });
        tell(&runtime::run(work)??)
    }
}

/// Some that stay as they are make the command fail: a key must not be taken away that they need.
fn tell(done: &Reencrypted) -> Result<(), Failure> {
    output::print(&format!(
        "{} encrypted anew, {} had the current key\n",
        counted(done.changed, "payload"),
        done.unchanged
    ));
    if done.unreadable.is_empty() {
        return Ok(());
    }
    let count = done.unreadable.len() + done.unreadable_untold;
    Err(Failure::Failed(anyhow::anyhow!(
        "{} can be decrypted with none of the keys:\n  {}",
        counted(count, "payload"),
        done.unreadable.join("\n  ")
    )))
}
