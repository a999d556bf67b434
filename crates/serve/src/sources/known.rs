//! What was said last of the newest revisions, and by whom.

use std::{
    collections::{HashMap, HashSet},
    sync::{Mutex, PoisonError},
};

use burgee_model::{EnvironmentId, ProjectToken, Revision};
use burgee_store::{KeyDigest, KeyFingerprint, SharedContents};

use super::Origin;

/// The newest revisions.
#[derive(Debug, Default)]
pub(super) struct Known(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    origin: Option<Origin>,
    mark: u64,
    revisions: HashMap<ProjectToken, Revision>,
    environments: HashSet<EnvironmentId>,
    /// By the fingerprint of the key; empty unless the shared cache said so.
    keys: HashMap<u32, u32>,
}

/// What is known of a key without reading its record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum KeyStanding {
    /// Nobody has it.
    Nobodys,
    /// It opens what has this fingerprint.
    Opens(KeyFingerprint),
    /// Nothing.
    Unsure,
}

impl Known {
    /// Replaces everything. `keys` are known if the shared cache is the origin.
    pub(super) fn replace(
        &self,
        origin: Origin,
        mark: u64,
        revisions: &[(EnvironmentId, ProjectToken, Revision)],
        keys: &[KeyFingerprint],
    ) {
        let environments = revisions.iter().map(|(environment, ..)| *environment);
        let environments = environments.collect();
        let revisions = revisions
            .iter()
            .map(|(_, token, revision)| (token.clone(), *revision));
        let state = State {
            origin: Some(origin),
            mark,
            revisions: revisions.collect(),
            environments,
            keys: keys
                .iter()
                .map(|fingerprint| (fingerprint.key, fingerprint.grants))
                .collect(),
        };
        self.with(|held| *held = state);
    }

    /// Whether it is exactly what the shared cache said last. Its mark does not tell: what could not
    /// be written at first is written later under the same.
    pub(super) fn is_of(&self, contents: &SharedContents) -> bool {
        self.with(|state| {
            let (revisions, keys) = (&contents.revisions, &contents.keys);
            state.origin == Some(Origin::Shared)
                && state.revisions.len() == revisions.len()
                && state.keys.len() == keys.len()
                && revisions
                    .iter()
                    .all(|(_, token, revision)| state.revisions.get(token) == Some(revision))
                && keys
                    .iter()
                    .all(|key| state.keys.get(&key.key) == Some(&key.grants))
        })
    }

    /// Whether all of this was said by `origin`, at this mark.
    pub(super) fn is_at(&self, origin: Origin, mark: u64) -> bool {
        self.with(|state| state.origin == Some(origin) && state.mark == mark)
    }

    /// Whether there is such an environment; `None`: nobody said yet which there are.
    pub(super) fn knows(&self, environment: EnvironmentId) -> Option<bool> {
        self.with(|state| {
            state.origin?;
            Some(state.environments.contains(&environment))
        })
    }

    pub(super) fn origin(&self) -> Option<Origin> {
        self.with(|state| state.origin)
    }

    /// The newest revision of the environment, as far as anybody said.
    pub(super) fn announced(&self, token: &ProjectToken) -> Option<Revision> {
        self.with(|state| state.revisions.get(token).copied())
    }

    /// Whether this is the newest revision: nothing newer was announced, and something was.
    pub(super) fn is_newest(&self, token: &ProjectToken, revision: Revision) -> bool {
        self.announced(token)
            .is_some_and(|announced| revision >= announced)
    }

    /// Whether the shared cache names every environment but this one.
    pub(super) fn lacks(&self, token: &ProjectToken) -> bool {
        self.with(|state| {
            state.origin == Some(Origin::Shared) && !state.revisions.contains_key(token)
        })
    }

    pub(super) fn key(&self, digest: &KeyDigest) -> KeyStanding {
        self.with(|state| {
            if state.origin != Some(Origin::Shared) {
                return KeyStanding::Unsure;
            }
            let key = KeyFingerprint::of_key(digest);
            match state.keys.get(&key) {
                None => KeyStanding::Nobodys,
                Some(&grants) => KeyStanding::Opens(KeyFingerprint { key, grants }),
            }
        })
    }

    fn with<T>(&self, look: impl FnOnce(&mut State) -> T) -> T {
        look(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
