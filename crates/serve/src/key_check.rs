//! A key at the door of an environment: looked up, checked against the present, and noted as used.
//! What is allowed is `access.rs`'s to say; what keys open comes from `credentials.rs`.

use burgee_model::{EnvironmentId, ProjectToken, Timestamp};
use burgee_store::KeyKind;

use crate::{access, refusal::Refusal, serving::Serving, shown_key::ShownKey};

/// Lets `key` into `environment` at `now`; as what kind of key.
pub(crate) async fn admit(
    serving: &Serving,
    key: ShownKey,
    environment: EnvironmentId,
    now: Timestamp,
) -> Result<KeyKind, Refusal> {
    let held = serving.credentials().find(key).await?;
    let grants = held.as_ref().map_or(&[][..], |held| held.grants());
    let kind = access::check(key, grants, environment, now)?;
    if let Some(held) = held {
        serving.note_key_use(&held, now);
    }
    Ok(kind)
}

/// The environment that a request means which names none, and lets `key` into it.
pub(crate) async fn admit_to_own(
    serving: &Serving,
    key: ShownKey,
    now: Timestamp,
) -> Result<ProjectToken, Refusal> {
    let held = serving.credentials().find(key).await?;
    let grants = held.as_ref().map_or(&[][..], |held| held.grants());
    let token = access::own_environment(key, grants, now)?.clone();
    if let Some(held) = held {
        serving.note_key_use(&held, now);
    }
    Ok(token)
}
