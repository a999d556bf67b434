//! Remote configurations of one environment: flags whose payload is asked for by itself
//! (spec: service §6). Held with the definitions document, so that a node needs no store for them.
//!
//! Payloads that are encrypted stay so in memory and in records; they are decrypted for each request
//! that may read them.

use burgee_fernet::FernetKeys;
use burgee_model::{FlagDefinition, FlagId};
use burgee_store::KeyKind;
use burgee_wire::{REDACTED_PAYLOAD, remote_config_json, remote_config_text};
use serde::{Deserialize, Serialize};

/// What a flag's payload is stored under that has no variants.
const PAYLOAD_KEY: &str = "true";

/// The remote configurations of one environment, by id.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RemoteConfigs(Vec<RemoteConfig>);

/// A flag whose payload is asked for by itself.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RemoteConfig {
    id: i32,
    key: String,
    /// `None`: none that counts as one.
    payload: Option<String>,
    is_encrypted: bool,
}

/// Why there is no payload to answer with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum RemoteConfigError {
    #[error("there is no such remote configuration")]
    UnknownFlag,
    #[error("there is no such project")]
    UnknownProject,
    #[error("no keys for encrypted payloads are configured")]
    NoKeys,
    #[error("the encrypted payload was made with none of the configured keys")]
    Unreadable,
}

impl RemoteConfigs {
    /// Those among `flags`.
    pub(crate) fn of(flags: &[FlagDefinition]) -> Self {
        let wanted = |flag: &&FlagDefinition| flag.is_remote_configuration && !flag.deleted;
        let mut configs: Vec<RemoteConfig> =
            flags.iter().filter(wanted).map(RemoteConfig::of).collect();
        configs.sort_unstable_by_key(|config| config.id);
        Self(configs)
    }

    /// The one that a path names: by id if that is all digits, else by key.
    pub(crate) fn find(&self, name: &str) -> Option<&RemoteConfig> {
        if !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_digit()) {
            let id = name.parse().ok()?;
            let place = self.0.binary_search_by_key(&id, |config| config.id).ok()?;
            return self.0.get(place);
        }
        self.0.iter().find(|config| config.key == name)
    }

    /// Memory, in bytes.
    pub(crate) fn weight_bytes(&self) -> usize {
        let texts = |config: &RemoteConfig| {
            config.key.len() + config.payload.as_ref().map_or(0, String::len)
        };
        let configs = self.0.iter();
        configs
            .map(|config| size_of::<RemoteConfig>() + texts(config))
            .sum()
    }
}

impl RemoteConfig {
    fn of(flag: &FlagDefinition) -> Self {
        let FlagId(id) = flag.id;
        let stored = flag.filters.get("payloads");
        let stored = stored.and_then(|payloads| payloads.get(PAYLOAD_KEY));
        Self {
            id,
            key: flag.key.as_str().to_owned(),
            payload: stored.and_then(remote_config_text),
            is_encrypted: flag.has_encrypted_payloads,
        }
    }

    /// The body for whoever came with a key of this kind.
    pub(crate) fn answer(
        &self,
        kind: KeyKind,
        keys: Option<&FernetKeys>,
    ) -> Result<Vec<u8>, RemoteConfigError> {
        let payload = match &self.payload {
            Some(token) if self.is_encrypted => match kind {
                KeyKind::Secret => return Ok(remote_config_json(Some(REDACTED_PAYLOAD))),
                KeyKind::Personal => {
                    let keys = keys.ok_or(RemoteConfigError::NoKeys)?;
                    let plain = keys.decrypt(token).ok_or(RemoteConfigError::Unreadable)?;
                    return Ok(remote_config_json(Some(&plain)));
                }
            },
            payload => payload.as_deref(),
        };
        Ok(remote_config_json(payload))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn configs() -> RemoteConfigs {
        let flag = |id, key: &str, is_remote_configuration| {
            serde_json::from_value(json!({
                "id": id, "key": key, "filters": {"payloads": {"true": key}},
                "is_remote_configuration": is_remote_configuration,
            }))
        };
        let flags: Result<Vec<FlagDefinition>, _> = [
            flag(30, "c", true),
            flag(2, "40", true),
            flag(1, "plain", false),
        ]
        .into_iter()
        .collect();
        RemoteConfigs::of(&flags.unwrap())
    }

    #[test]
    fn a_name_of_digits_is_an_id() {
        let configs = configs();
        let id = |name: &str| configs.find(name).map(|config| config.id);
        for (name, expected) in [
            ("c", Some(30)),
            ("30", Some(30)),
            ("0030", Some(30)),
            ("2", Some(2)),
            ("40", None),
            ("plain", None),
            ("1", None),
            ("", None),
            ("2147483648", None),
            ("99999999999999999999", None),
        ] {
            assert_eq!(id(name), expected, "{name}");
        }
    }

    #[test]
    fn configurations_survive_being_sealed() {
        let configs = configs();
        let text = serde_json::to_string(&configs).unwrap();
        let read: RemoteConfigs = serde_json::from_str(&text).unwrap();
        assert_eq!(read, configs);
        assert!(configs.weight_bytes() > RemoteConfigs::default().weight_bytes());
    }
}
