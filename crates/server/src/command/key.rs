//! `burgee key` and its commands.
//!
//! A key is printed once, alone, on standard output, so that a script can keep it; whatever is said
//! about it goes to standard error. A whole key is never taken from the command line, which others can
//! see: it is read from standard input.

mod create;
mod list;
mod revoke;
mod rotate;

use std::io::Read as _;
use std::sync::Arc;

use anyhow::Context as _;
use burgee_model::Timestamp;
use burgee_serve::Clock as _;
use burgee_store::{KeyDigest, Store};
use clap::{Args, Subcommand};

use super::Failure;
use crate::clock::SystemClock;
use crate::config::{self, ConfigOptions, StoreOnly};
use crate::credential::looks_like_a_key;
use crate::keys::{KeyError, Made, Selector};
use crate::output;
use crate::store;

/// Longest key that is read from standard input, in bytes.
const KEY_BYTES_MAX: u64 = 1_024;

/// Longest name of a key, in characters.
const NAME_CHARS_MAX: usize = 200;

/// Make, list, rotate and revoke the keys of server-side SDKs.
///
/// A secret key (phs_…) opens one environment: it is what an SDK gets that evaluates flags itself or
/// asks for remote config. A personal key (phx_…) opens several, and reads encrypted payloads. Only
/// digests are stored: a key is shown when it is made and never again. Servers that run on the same
/// database take a change over by themselves, within a second.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  burgee key create --environment Acme/production --name checkout
  burgee key list
  burgee key rotate phs_AbCd --overlap 24h       a new key; the old one is good for another day
  burgee key revoke phs_AbCd                     the key opens nothing from now on")]
pub(super) struct KeyCommand {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Create(create::Create),
    List(list::List),
    Rotate(rotate::Rotate),
    Revoke(revoke::Revoke),
}

impl KeyCommand {
    pub(super) fn run(self) -> Result<(), Failure> {
        match self.command {
            Command::Create(create) => create.run(),
            Command::List(list) => list.run(),
            Command::Rotate(rotate) => rotate.run(),
            Command::Revoke(revoke) => revoke.run(),
        }
    }
}

/// Opens the database, which must be there.
fn open(options: &ConfigOptions<StoreOnly>) -> Result<Arc<dyn Store>, Failure> {
    let config = config::load(options)?.config;
    let location = config.instance.location();
    if location.is_in_memory() {
        let message = "a database in memory has no keys that last\n";
        return Err(Failure::Refused(message.to_owned()));
    }
    if location.is_new() {
        let message = format!("there is no database at {location}\n");
        return Err(Failure::Refused(message));
    }
    Ok(store::open(&config)?)
}

fn now() -> Timestamp {
    SystemClock::start().now()
}

/// Which key is meant: `-` reads it from standard input.
fn selector(text: &str) -> Result<Selector, Failure> {
    if text != "-" {
        if looks_like_a_key(text) {
            let message = "others can see what is on a command line: name the key by its first \
                           characters or its id, or give `-` and the key on standard input\n";
            return Err(Failure::Refused(message.to_owned()));
        }
        return Ok(Selector::Shown(text.to_owned()));
    }
    let mut key = String::new();
    let stdin = std::io::stdin().lock();
    let read = stdin.take(KEY_BYTES_MAX + 1).read_to_string(&mut key);
    let bytes = read.context("cannot read the key from standard input")?;
    let key = key.trim();
    if key.is_empty() || u64::try_from(bytes).unwrap_or(u64::MAX) > KEY_BYTES_MAX {
        let message = format!("standard input holds no key of 1 to {KEY_BYTES_MAX} bytes\n");
        return Err(Failure::Refused(message));
    }
    Ok(Selector::Key(KeyDigest::of(key)))
}

/// A name that fits into a line.
fn name(text: &str) -> Result<String, String> {
    let is_fit = !text.is_empty()
        && text.chars().nth(NAME_CHARS_MAX).is_none()
        && !text.chars().any(char::is_control);
    if is_fit {
        Ok(text.to_owned())
    } else {
        Err(format!("not 1 to {NAME_CHARS_MAX} characters on one line"))
    }
}

fn tell(made: &Made) {
    output::print(&format!("{}\n", made.key));
    output::note(&format!(
        "{}this is the only time that the key is shown: it is not stored\n",
        made.remarks
    ));
}

impl From<KeyError> for Failure {
    fn from(error: KeyError) -> Self {
        match error {
            KeyError::Refused(message) => Self::Refused(format!("{message}\n")),
            KeyError::Failed(error) => Self::Failed(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_short_and_on_one_line() {
        let longest = "ü".repeat(NAME_CHARS_MAX);
        for (text, is_taken) in [
            ("check out", true),
            (&*longest, true),
            (&format!("{longest}x"), false),
            ("", false),
            ("two\nlines", false),
        ] {
            assert_eq!(name(text).is_ok(), is_taken, "{text}");
        }
    }
}
