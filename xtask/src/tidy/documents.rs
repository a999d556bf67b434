//! The documents a reader starts from exist, and know every crate.

use super::Finding;
use super::borders::short;
use crate::workspace::Workspace;

/// Files without which the repository is not complete.
const REQUIRED: [&str; 4] = ["README.md", "ARCHITECTURE.md", "CHANGELOG.md", "LICENSE"];

/// Adds missing documents, and crates that ARCHITECTURE.md does not name.
pub(super) fn check(workspace: &Workspace, found: &mut Vec<Finding>) {
    for path in REQUIRED {
        if workspace
            .text_of(path)
            .is_none_or(|text| text.trim().is_empty())
        {
            found.push(Finding::new(path, "is missing"));
        }
    }
    if let Some(architecture) = workspace.text_of("ARCHITECTURE.md") {
        let names = workspace
            .crates
            .iter()
            .map(|manifest| short(&manifest.name));
        check_architecture(architecture, names, found);
    }
    if let Some(changelog) = workspace.text_of("CHANGELOG.md") {
        check_changelog(changelog, found);
    }
}

fn check_architecture<'n>(
    text: &str,
    names: impl Iterator<Item = &'n str>,
    found: &mut Vec<Finding>,
) {
    for name in names {
        if !text.contains(&format!("`{name}`")) {
            found.push(Finding::new(
                "ARCHITECTURE.md",
                format!("does not name `{name}`"),
            ));
        }
    }
}

fn check_changelog(text: &str, found: &mut Vec<Finding>) {
    if !text.lines().any(|line| line == "## [Unreleased]") {
        found.push(Finding::new(
            "CHANGELOG.md",
            "has no `## [Unreleased]` section",
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crate_that_the_architecture_does_not_name_is_found() {
        let mut found = Vec::new();
        check_architecture(
            "`model` is read by `eval`",
            ["model", "wire"].into_iter(),
            &mut found,
        );
        assert_eq!(
            found,
            [Finding::new("ARCHITECTURE.md", "does not name `wire`")]
        );
    }

    #[test]
    fn a_changelog_without_an_unreleased_section_is_found() {
        let mut found = Vec::new();
        check_changelog("# Changelog\n\n## [Unreleased]\n", &mut found);
        assert!(found.is_empty());
        check_changelog("# Changelog\n", &mut found);
        assert_eq!(found.len(), 1);
    }
}
