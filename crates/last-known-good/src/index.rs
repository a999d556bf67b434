//! What is in the folder, in memory: sizes, versions, and which was written longest ago.

use std::collections::{BTreeMap, HashMap};

use crate::disk::{FileName, Found};

/// The files of the folder.
#[derive(Debug, Default)]
pub(crate) struct Index {
    files: HashMap<FileName, Kept>,
    /// By the order in which they were written.
    by_age: BTreeMap<u64, FileName>,
    bytes: u64,
    writes: u64,
}

#[derive(Debug)]
struct Kept {
    bytes: u64,
    version: u64,
    written: u64,
}

impl Index {
    /// Of what was there before this process, which knows no versions of it.
    pub(crate) fn of(mut found: Vec<Found>) -> Self {
        found.sort_by(|a, b| (a.written, &a.file).cmp(&(b.written, &b.file)));
        let mut index = Self::default();
        for Found { file, bytes, .. } in found {
            index.put(file, bytes, 0);
        }
        index
    }

    /// 0 for what is not there, or was there before.
    pub(crate) fn version(&self, file: &FileName) -> u64 {
        self.files.get(file).map_or(0, |kept| kept.version)
    }

    pub(crate) fn put(&mut self, file: FileName, bytes: u64, version: u64) {
        self.remove(&file);
        self.writes += 1;
        let written = self.writes;
        self.bytes += bytes;
        self.by_age.insert(written, file);
        let kept = Kept {
            bytes,
            version,
            written,
        };
        self.files.insert(file, kept);
    }

    pub(crate) fn remove(&mut self, file: &FileName) {
        if let Some(kept) = self.files.remove(file) {
            self.by_age.remove(&kept.written);
            self.bytes -= kept.bytes;
        }
    }

    /// What was written longest ago.
    pub(crate) fn oldest(&self) -> Option<FileName> {
        self.by_age.values().next().copied()
    }

    /// Of all files together.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    pub(crate) fn len(&self) -> usize {
        self.files.len()
    }
}
