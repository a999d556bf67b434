//! The section `[last_known_good]`: what this node keeps on its own disk, to answer after a start with
//! everything else gone.

use std::path::{Path, PathBuf};

use burgee_last_known_good::FolderConfig;

use super::key::Kind;
use super::section::section;

section! {
    /// What this node keeps on its own disk, to answer after a start with everything else gone.
    LastKnownGood {
        /// Whether it keeps anything. With a database in memory it never does.
        enabled: bool = "last_known_good.enabled", Kind::Switch { default: true };
        /// The folder, which no other node may use. Empty: `last-known-good` in `data_dir`.
        folder: Option<PathBuf> = "last_known_good.folder", Kind::Text {
            default: "",
            form: "a folder",
        };
        /// Most bytes there; what was written longest ago goes first.
        bytes_max: u64 = "last_known_good.bytes_max", Kind::Whole {
            default: 1_073_741_824, least: 1_048_576, most: 1_099_511_627_776, unit: "bytes",
        };
        /// Most files there.
        files_max: usize = "last_known_good.files_max", Kind::Whole {
            default: 100_000, least: 1, most: 10_000_000, unit: "files",
        };
    }
}

impl LastKnownGood {
    /// Where and how much.
    pub(crate) fn config(&self, data_dir: &Path) -> FolderConfig {
        let folder = match &self.folder {
            Some(folder) => folder.clone(),
            None => data_dir.join("last-known-good"),
        };
        FolderConfig {
            folder,
            bytes_max: self.bytes_max,
            files_max: self.files_max,
        }
    }
}
