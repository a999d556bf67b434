//! Reading back what was written, a little at a time.

use burgee_store::{RecordName, open_definitions, open_grants};

use super::{Keeper, Written};
use crate::document::Document;

/// Records that are read back in one turn.
const RECORDS_A_TURN: usize = 16;

impl Keeper {
    /// Reads the next few records, and notes those that cannot be had as they should be.
    pub(super) async fn inspect(&self, written: &mut Written) {
        let names = written.names();
        if names.is_empty() {
            return;
        }
        let begin = written.inspected % names.len();
        let turn = names.iter().cycle().skip(begin);
        let mut suspects = Vec::new();
        for name in turn.take(RECORDS_A_TURN.min(names.len())) {
            if !self.is_good(name).await {
                suspects.push(name.clone());
            }
        }
        written.inspected = begin + RECORDS_A_TURN;
        written.suspect(suspects);
    }

    async fn is_good(&self, name: &RecordName) -> bool {
        let name = name.clone();
        match name.clone() {
            RecordName::Definitions(token) => {
                let open = move |record: &[u8]| open_definitions(&token, record);
                self.reader.read(name, open).await.is_some()
            }
            RecordName::Document(token) => {
                let open = move |record: &[u8]| Document::open(&token, record);
                self.reader.read(name, open).await.is_some()
            }
            RecordName::Grants(digest) => {
                let open = move |record: &[u8]| open_grants(digest, record);
                self.reader.read(name, open).await.is_some()
            }
            RecordName::Revisions => true,
        }
    }
}
