//! The stored rows of experience continuity behind each identifier of a request.

use burgee_model::{FlagKey, HashKeyOverride};

/// Rows by whose they are.
#[derive(Debug, Clone, Default)]
pub(super) struct StoredHashKeys {
    own: Vec<HashKeyOverride>,
    anonymous: Vec<HashKeyOverride>,
}

impl StoredHashKeys {
    pub(super) fn add_own(&mut self, row: HashKeyOverride) {
        self.own.push(row);
    }

    pub(super) fn add_anonymous(&mut self, row: HashKeyOverride) {
        self.anonymous.push(row);
    }

    /// Whether some identifier lacks a row for some flag.
    pub(super) fn lacks_any(&self, flags: &[FlagKey]) -> bool {
        let lacks =
            |rows: &[HashKeyOverride], flag: &FlagKey| !rows.iter().any(|row| row.flag == *flag);
        flags
            .iter()
            .any(|flag| lacks(&self.own, flag) || lacks(&self.anonymous, flag))
    }

    /// One row per flag: the owner of the distinct id first (spec: engine §9.3).
    pub(super) fn merged(self) -> Vec<HashKeyOverride> {
        let mut rows = self.own;
        for row in self.anonymous {
            if !rows.iter().any(|own| own.flag == row.flag) {
                rows.push(row);
            }
        }
        rows
    }
}
