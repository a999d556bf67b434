//! Everything that can be said about a document without changing anything: `check`, `eval` and the
//! first half of `apply`.

use std::collections::HashMap;

use burgee_eval::{CompileWarning, compile};
use burgee_model::FlagId;

use super::after::{cohorts_after, definitions_after};
use super::document::Document;
use super::problem::{Findings, Problems};
use super::resolve::{Context, ResolvedProject, Unnamed, resolve};
use super::rules;
use super::stored::Stored;

/// How a file is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Manner {
    /// Whether broken rules refuse the file.
    pub(crate) strictness: Strictness,
    /// What becomes of what it does not name.
    pub(crate) unnamed: Unnamed,
}

impl Manner {
    /// As the options `--lenient` and `--prune` say.
    #[expect(
        clippy::fn_params_excessive_bools,
        reason = "two switches of the command line become two named values here, and only here"
    )]
    pub(crate) fn of(lenient: bool, prune: bool) -> Self {
        Self {
            strictness: if lenient {
                Strictness::Lenient
            } else {
                Strictness::Strict
            },
            unnamed: if prune {
                Unnamed::Archived
            } else {
                Unnamed::Kept
            },
        }
    }
}

/// Whether broken rules refuse a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Strictness {
    /// They do.
    Strict,
    /// They are warnings: evaluation has an answer for them (`--lenient`).
    Lenient,
}

/// A document that can be applied.
#[derive(Debug)]
pub(crate) struct Examined {
    /// What is to be.
    pub(crate) projects: Vec<ResolvedProject>,
    /// What is odd about it.
    pub(crate) warnings: Findings,
}

/// Resolves a document against what is stored and checks it. `problems` are those of its shape; any
/// problem refuses it.
pub(crate) fn examine(
    document: Document,
    problems: Problems,
    stored: &Stored,
    manner: Manner,
) -> Result<Examined, Findings> {
    let warnings = Problems::default();
    let context = Context {
        stored,
        problems: &problems,
        warnings: &warnings,
        unnamed: manner.unnamed,
    };
    let projects = document.projects.into_iter();
    let projects: Vec<ResolvedProject> =
        projects.map(|project| resolve(project, context)).collect();
    let broken_rules = match manner.strictness {
        Strictness::Strict => &problems,
        Strictness::Lenient => &warnings,
    };
    for project in &projects {
        examine_project(project, context, broken_rules);
    }
    if problems.is_empty() {
        let warnings = warnings.into_findings();
        Ok(Examined { projects, warnings })
    } else {
        Err(problems.into_findings())
    }
}

fn examine_project(project: &ResolvedProject, context: Context<'_>, broken_rules: &Problems) {
    let tree = context.stored.project(&project.name);
    let cohorts = cohorts_after(project, tree, context.unnamed);
    rules::check_cohort_cycles(project, &cohorts, broken_rules);
    for environment in &project.environments {
        rules::check_variants(environment, broken_rules);
        let after = definitions_after(project, environment, tree, context.unnamed);
        let Some(after) = after else { continue };
        rules::check_flag_cycles(environment, &after, broken_rules);
        let (_, warnings) = compile(&after);
        let paths: HashMap<FlagId, &str> = environment
            .flags
            .iter()
            .map(|flag| (flag.value.id, flag.path.as_str()))
            .collect();
        for warning in &warnings {
            match &warning.flag {
                None => context
                    .warnings
                    .add(&environment.path, warning.message.as_str()),
                Some((id, _)) => place(warning, paths.get(id).copied(), context.warnings),
            }
        }
    }
}

/// Turns what compiling found odd about a flag into a warning about the file. Oddities of stored
/// flags that the file does not name are left out.
fn place(warning: &CompileWarning, path: Option<&str>, warnings: &Problems) {
    let Some(path) = path else { return };
    let path = if warning.path.is_empty() {
        path.to_owned()
    } else {
        format!("{path}.filters.{}", warning.path)
    };
    warnings.add(&path, warning.message.as_str());
}
