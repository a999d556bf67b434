//! Payloads that are encrypted at rest: on their way into a store, and anew when keys change. They are
//! decrypted in `burgee-serve`, for each request that may read them.

use std::sync::Arc;

use anyhow::Context as _;
use burgee_fernet::{FernetKeys, is_token, key_text};
use burgee_model::{FlagDefinition, Timestamp};
use burgee_store::{Change, ChangeSet, DefinitionWriter, ProjectReader, ProjectTree, StoreError};
use burgee_wire::{REDACTED_PAYLOAD, remote_config_text};
use serde_json::{Map, Value};

/// How often a project is encrypted anew because it changed meanwhile.
const ATTEMPTS_MAX: usize = 5;

/// Most payloads that are named because they cannot be decrypted; the rest are counted.
const UNREADABLE_TOLD_MAX: usize = 100;

/// The keys, and the time that tokens are told to be made at.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PayloadKeys<'k> {
    pub(crate) keys: &'k FernetKeys,
    pub(crate) now: Timestamp,
}

/// What a payload of a flag with encrypted payloads is, before it is stored.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Given {
    /// Nothing that could be encrypted.
    Nothing,
    /// Encrypted already.
    Token,
    /// What is shown to those who may not read it: the one that is stored is meant.
    Marker,
    /// A text to be encrypted.
    Plain(String),
}

impl Given {
    pub(crate) fn of(payload: &Value) -> Self {
        match remote_config_text(payload) {
            None => Self::Nothing,
            Some(text) if payload.is_string() && is_token(&text) => Self::Token,
            Some(text) if text == REDACTED_PAYLOAD => Self::Marker,
            Some(text) => Self::Plain(text),
        }
    }
}

/// What encrypting anew came to.
#[derive(Debug, Default)]
pub(crate) struct Reencrypted {
    /// Payloads that the current key encrypts since now.
    pub(crate) changed: usize,
    /// Payloads that it did before.
    pub(crate) unchanged: usize,
    /// `PROJECT/ENVIRONMENT/FLAG` of payloads that none of the keys decrypts, the first 100.
    pub(crate) unreadable: Vec<String>,
    /// How many more there are.
    pub(crate) unreadable_untold: usize,
}

impl PayloadKeys<'_> {
    /// The token of `text` by the current key.
    pub(crate) fn encrypt(&self, text: &str) -> anyhow::Result<String> {
        let mut random = [0; 16];
        getrandom::fill(&mut random)
            .map_err(|error| anyhow::anyhow!("no randomness to encrypt with: {error}"))?;
        Ok(self.keys.encrypt(text, self.now, random))
    }

    /// The token of `text`: `former` if it says the same, so that equal payloads are no change.
    pub(crate) fn encrypt_unless(
        &self,
        former: Option<&Value>,
        text: &str,
    ) -> anyhow::Result<String> {
        let former = former.and_then(Value::as_str);
        match former.filter(|token| self.keys.decrypt(token).as_deref() == Some(text)) {
            Some(token) => Ok(token.to_owned()),
            None => self.encrypt(text),
        }
    }
}

/// A new key, as the configuration takes it.
pub(crate) fn new_key() -> anyhow::Result<String> {
    let mut random = [0; 32];
    getrandom::fill(&mut random)
        .map_err(|error| anyhow::anyhow!("no randomness for a key: {error}"))?;
    Ok(key_text(random))
}

/// The payloads of a flag, if they are to be encrypted.
pub(crate) fn encrypted_payloads(flag: &mut FlagDefinition) -> Option<&mut Map<String, Value>> {
    if !flag.has_encrypted_payloads {
        return None;
    }
    let filters = Arc::make_mut(&mut flag.filters);
    filters.get_mut("payloads")?.as_object_mut()
}

/// Encrypts every payload anew that the current key did not encrypt, one transaction a project.
pub(crate) async fn reencrypt<S>(store: &S, keys: PayloadKeys<'_>) -> anyhow::Result<Reencrypted>
where
    S: ProjectReader + DefinitionWriter + ?Sized,
{
    let mut all = Reencrypted::default();
    for project in store.list_projects().await? {
        let done = reencrypt_project(store, &project.name, keys).await?;
        all.changed += done.changed;
        all.unchanged += done.unchanged;
        all.unreadable_untold += done.unreadable_untold;
        for place in done.unreadable {
            all.note_unreadable(place);
        }
    }
    Ok(all)
}

async fn reencrypt_project<S>(
    store: &S,
    name: &str,
    keys: PayloadKeys<'_>,
) -> anyhow::Result<Reencrypted>
where
    S: ProjectReader + DefinitionWriter + ?Sized,
{
    let mut attempt = 1;
    loop {
        let Some(tree) = store.read_project(name).await? else {
            return Ok(Reencrypted::default());
        };
        let (changes, done) = plan(tree, keys)?;
        if changes.changes.is_empty() {
            return Ok(done);
        }
        match store.commit(&changes).await {
            Err(StoreError::Conflict(_)) if attempt < ATTEMPTS_MAX => attempt += 1,
            committed => {
                committed.with_context(|| format!("project {name}"))?;
                return Ok(done);
            }
        }
    }
}

fn plan(tree: ProjectTree, keys: PayloadKeys<'_>) -> anyhow::Result<(ChangeSet, Reencrypted)> {
    let (mut changes, mut done) = (ChangeSet::default(), Reencrypted::default());
    for (environment, flags) in tree.environments {
        let expected = (environment.id, environment.revision);
        changes.expected.push(expected);
        for mut flag in flags {
            let place = format!("{}/{}/{}", tree.project.name, environment.name, flag.key);
            if reencrypt_flag(&mut flag, keys, &place, &mut done)? {
                changes.changes.push(Change::PutFlag {
                    environment: environment.token.clone(),
                    flag,
                });
            }
        }
    }
    Ok((changes, done))
}

/// Returns whether a payload changed.
fn reencrypt_flag(
    flag: &mut FlagDefinition,
    keys: PayloadKeys<'_>,
    place: &str,
    done: &mut Reencrypted,
) -> anyhow::Result<bool> {
    let mut has_changed = false;
    for payload in encrypted_payloads(flag)
        .into_iter()
        .flat_map(Map::values_mut)
    {
        let plain = match Given::of(payload) {
            Given::Nothing => continue,
            Given::Token => {
                let token = payload.as_str().unwrap_or_default();
                if keys.keys.is_current(token) {
                    done.unchanged += 1;
                    continue;
                }
                keys.keys.decrypt(token)
            }
            Given::Marker => None,
            Given::Plain(text) => Some(text),
        };
        let Some(plain) = plain else {
            done.note_unreadable(place.to_owned());
            continue;
        };
        *payload = keys.encrypt(&plain)?.into();
        done.changed += 1;
        has_changed = true;
    }
    Ok(has_changed)
}

impl Reencrypted {
    fn note_unreadable(&mut self, place: String) {
        if self.unreadable.len() < UNREADABLE_TOLD_MAX {
            self.unreadable.push(place);
        } else {
            self.unreadable_untold += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_a_payload_is_is_told_by_its_form() {
        let keys: FernetKeys = key_text([1; 32]).parse().unwrap();
        let now = Timestamp::from_unix_millis(0);
        let token = keys.encrypt("x", now, [2; 16]);
        for (payload, given) in [
            (json!(null), Given::Nothing),
            (json!(""), Given::Nothing),
            (json!({}), Given::Nothing),
            (json!(token), Given::Token),
            (
                json!(format!("{token}!")),
                Given::Plain(format!("{token}!")),
            ),
            (json!(REDACTED_PAYLOAD), Given::Marker),
            (json!("text"), Given::Plain("text".to_owned())),
            (json!({"a": 1}), Given::Plain("{\"a\":1}".to_owned())),
        ] {
            assert_eq!(Given::of(&payload), given, "{payload}");
        }
    }

    #[test]
    fn an_equal_payload_keeps_its_token() {
        let keys: FernetKeys = key_text([1; 32]).parse().unwrap();
        let now = Timestamp::from_unix_millis(0);
        let keys = PayloadKeys { keys: &keys, now };
        let former = json!(keys.encrypt("same").unwrap());
        assert_eq!(keys.encrypt_unless(Some(&former), "same").unwrap(), former);
        assert_ne!(keys.encrypt_unless(Some(&former), "other").unwrap(), former);
        assert_ne!(keys.encrypt_unless(None, "same").unwrap(), former);
    }
}
