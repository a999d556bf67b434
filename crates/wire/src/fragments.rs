//! stub
use burgee_eval::Snapshot;

/// The parts of an answer that do not depend on the subject, prepared once per snapshot.
#[derive(Debug)]
pub struct Fragments {}

impl Fragments {
    /// Renders what every answer from `snapshot` will copy.
    pub fn prepare(snapshot: &Snapshot) -> Self {
        todo!("{snapshot:?}")
    }

    /// Memory, in bytes.
    pub fn weight_bytes(&self) -> usize {
        todo!()
    }
}
