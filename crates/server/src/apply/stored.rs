//! What a store holds of the projects that a file names, read before anything is planned.

use std::collections::HashMap;

use burgee_model::{EnvironmentId, ProjectToken};
use burgee_store::{ProjectTree, StoreError};

use super::Target;
use super::document::Document;

/// The stored state that a file is compared with. The default is an empty store.
#[derive(Debug, Default)]
pub(crate) struct Stored {
    projects: HashMap<String, ProjectTree>,
    owners: HashMap<ProjectToken, EnvironmentId>,
}

impl Stored {
    /// Reads the projects that `document` names, and who has which token.
    pub(crate) async fn read(target: Target<'_>, document: &Document) -> Result<Self, StoreError> {
        let mut stored = Self::default();
        for project in &document.projects {
            if let Some(tree) = target.projects.read_project(&project.name).await? {
                stored.projects.insert(project.name.clone(), tree);
            }
        }
        if let Some(list) = target.definitions.read_revisions(None).await? {
            let owners = list.revisions.into_iter();
            stored.owners = owners.map(|(id, token, _)| (token, id)).collect();
        }
        Ok(stored)
    }

    /// The project of that name.
    pub(crate) fn project(&self, name: &str) -> Option<&ProjectTree> {
        self.projects.get(name)
    }

    /// The id of an environment of a project.
    pub(crate) fn environment(&self, project: &str, name: &str) -> Option<EnvironmentId> {
        let mut environments = self.project(project)?.environments.iter();
        let (record, _) = environments.find(|(record, _)| record.name == name)?;
        Some(record.id)
    }

    /// The environment that has this token.
    pub(crate) fn owner_of(&self, token: &ProjectToken) -> Option<EnvironmentId> {
        self.owners.get(token).copied()
    }
}
