//! What was answered from before anybody said whether it is the newest, as on a node that was asked
//! before it heard which revisions there are. When somebody says that it is, it is worth keeping.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use burgee_store::RecordName;

use crate::last_good::Keepsake;

/// More are let go, and kept with the next change of each.
const HELD_MAX: usize = 256;

#[derive(Debug, Default)]
pub(super) struct Unconfirmed(Mutex<HashMap<RecordName, Keepsake>>);

impl Unconfirmed {
    pub(super) fn hold(&self, keepsake: Keepsake) {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let name = keepsake.name();
        if held.len() < HELD_MAX || held.contains_key(&name) {
            held.insert(name, keepsake);
        }
    }

    /// All that is held; nothing is, afterwards.
    pub(super) fn take(&self) -> impl Iterator<Item = Keepsake> {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *held).into_values()
    }
}
