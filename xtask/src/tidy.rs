//! `cargo xtask tidy`: the rules of this repository that no compiler lint can hold.
//!
//! Each check is a pure function from what the repository holds to findings. A finding names a place
//! and says what to do; there are no warnings, because a rule that may be ignored is none.

mod borders;
mod documents;
mod places;
mod sources;

use std::fmt;
use std::path::Path;

use crate::workspace::Workspace;

/// One thing that is wrong, and where.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Finding {
    /// A file, with a line where that helps, or a crate's name.
    pub(crate) place: String,
    /// What is wrong, lower case, no full stop.
    pub(crate) message: String,
}

impl Finding {
    fn new(place: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            place: place.into(),
            message: message.into(),
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.place, self.message)
    }
}

/// Everything that is wrong in the workspace, in the order of the checks.
pub(crate) fn findings(workspace: &Workspace) -> Vec<Finding> {
    let mut found = Vec::new();
    for file in &workspace.files {
        if Path::new(&file.path)
            .extension()
            .is_some_and(|extension| extension == "rs")
        {
            sources::check(&file.path, &file.text, &mut found);
        }
        places::check(&workspace.root, file, &mut found);
    }
    borders::check(&workspace.crates, &mut found);
    documents::check(workspace, &mut found);
    found
}
