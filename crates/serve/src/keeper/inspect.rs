//! Reading back what was written, a little at a time.

use burgee_store::{KeyFingerprint, RecordName, open_definitions, open_grants};

use super::{Keeper, Written};
use crate::document::Document;

/// Records that are read back in one turn.
const RECORDS_A_TURN: usize = 16;

impl Keeper {
    /// Reads the next few records, and notes those that are not as they should be.
    pub(super) async fn inspect(&self, written: &mut Written) {
        let names = written.names();
        if names.is_empty() {
            return;
        }
        let begin = written.inspected % names.len();
        let turn = names.iter().cycle().skip(begin);
        let mut suspects = Vec::new();
        for name in turn.take(RECORDS_A_TURN.min(names.len())) {
            if !self.is_good(name, written).await {
                suspects.push(name.clone());
            }
        }
        written.inspected = begin + RECORDS_A_TURN;
        written.suspect(suspects);
    }

    /// Whether it is whole, and says what was written last.
    async fn is_good(&self, name: &RecordName, written: &Written) -> bool {
        let name = name.clone();
        match name.clone() {
            RecordName::Definitions(token) => {
                let expected = written.revision(&token);
                let open = move |record: &[u8]| open_definitions(&token, record);
                let record = self.reader.read(name, open).await;
                record.is_some_and(|record| Some(record.payload.revision) == expected)
            }
            RecordName::Document(token) => {
                let expected = written.revision(&token);
                let open = move |record: &[u8]| Document::open(&token, record);
                let record = self.reader.read(name, open).await;
                record.is_some_and(|record| Some(record.payload.revision) == expected)
            }
            RecordName::Grants(digest) => {
                let expected = written.fingerprint(&digest);
                let open = move |record: &[u8]| open_grants(digest, record);
                let record = self.reader.read(name, open).await;
                let says = |grants: &[_]| Some(KeyFingerprint::of(&digest, grants)) == expected;
                record.is_some_and(|record| says(&record.payload))
            }
            RecordName::Revisions => true,
        }
    }
}
