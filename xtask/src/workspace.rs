//! What is in the repository: its files with their text, and its crates with their dependencies.
//!
//! Files come from git (tracked, and new ones that are not ignored), so build output is never looked
//! at. Crates come from `cargo metadata`, so that a dependency renamed or inherited is still seen.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, bail};
use serde::Deserialize;

/// The repository as `tidy` sees it.
#[derive(Debug)]
pub(crate) struct Workspace {
    /// Absolute path of the folder that holds the workspace manifest.
    pub(crate) root: PathBuf,
    /// Every text file, by path relative to the root.
    pub(crate) files: Vec<TextFile>,
    /// Every workspace member.
    pub(crate) crates: Vec<CrateManifest>,
}

/// One file that is text; binary files are left out.
#[derive(Debug)]
pub(crate) struct TextFile {
    /// Path relative to the root, with `/` between its parts.
    pub(crate) path: String,
    /// The whole text.
    pub(crate) text: String,
}

/// The part of a manifest that the borders depend on.
#[derive(Debug, Deserialize)]
pub(crate) struct CrateManifest {
    /// Package name, for example `burgee-eval`.
    pub(crate) name: String,
    /// `package.description`, if any.
    pub(crate) description: Option<String>,
    /// Every dependency of every kind.
    pub(crate) dependencies: Vec<Dependency>,
}

/// One dependency of a crate.
#[derive(Debug, Deserialize)]
pub(crate) struct Dependency {
    /// Package name of what is depended on, before any renaming.
    pub(crate) name: String,
    /// `None` for a normal dependency, else `dev` or `build`.
    pub(crate) kind: Option<String>,
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<CrateManifest>,
    workspace_root: PathBuf,
}

impl Workspace {
    /// Reads the workspace that the current folder belongs to.
    pub(crate) fn read() -> anyhow::Result<Self> {
        let text = output(
            "cargo",
            &["metadata", "--no-deps", "--format-version", "1"],
            None,
        )?;
        let metadata: Metadata = serde_json::from_str(&text).context("cargo metadata")?;
        let files = read_files(&metadata.workspace_root)?;
        Ok(Self {
            root: metadata.workspace_root,
            files,
            crates: metadata.packages,
        })
    }

    /// The text of one file, if the repository has it.
    pub(crate) fn text_of(&self, path: &str) -> Option<&str> {
        self.files
            .iter()
            .find(|file| file.path == path)
            .map(|file| file.text.as_str())
    }
}

fn read_files(root: &Path) -> anyhow::Result<Vec<TextFile>> {
    let listed = output(
        "git",
        &["ls-files", "--cached", "--others", "--exclude-standard"],
        Some(root),
    )?;
    let mut files = Vec::new();
    for path in listed.lines() {
        // A path that is listed but gone was deleted and not yet committed; bytes that are no UTF-8
        // are no text.
        let Ok(bytes) = std::fs::read(root.join(path)) else {
            continue;
        };
        let Ok(text) = String::from_utf8(bytes) else {
            continue;
        };
        files.push(TextFile {
            path: path.to_owned(),
            text,
        });
    }
    Ok(files)
}

fn output(program: &str, arguments: &[&str], folder: Option<&Path>) -> anyhow::Result<String> {
    let mut command = Command::new(program);
    command.args(arguments);
    if let Some(folder) = folder {
        command.current_dir(folder);
    }
    let output = command
        .output()
        .with_context(|| format!("cannot run `{program}`"))?;
    if !output.status.success() {
        bail!(
            "`{program}` failed: {}",
            String::from_utf8_lossy(&output.stderr).trim()
        );
    }
    Ok(String::from_utf8(output.stdout)?)
}
