//! Changes to definitions and declared subjects, as data. Projects are named by name, environments
//! by token, so that a change can refer to what another change of the same set creates.

use burgee_model::{
    CohortDefinition, CohortId, EnvironmentId, FlagDefinition, FlagId, ProjectToken,
    PropertyMatching, Revision, Timestamp,
};

use crate::{GroupRecord, KeyDigest, PersonRecord, SecretKey};

/// Changes that are made together or not at all, in order.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ChangeSet {
    /// Environments that must still be at this revision, else [`crate::StoreError::Conflict`].
    pub expected: Vec<(EnvironmentId, Revision)>,
    /// What to do.
    pub changes: Vec<Change>,
}

/// One change. `Put…` creates or replaces; putting what is already there changes nothing.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// A project and its group types (index = position).
    PutProject {
        /// Its name.
        name: String,
        /// Names of group types by index.
        group_types: Vec<Option<String>>,
    },
    /// An environment of a project.
    PutEnvironment {
        /// The project's name.
        project: String,
        /// The environment's name, unique in its project; an existing one takes the new token.
        name: String,
        /// Unique in the store.
        token: ProjectToken,
        /// IANA name.
        timezone: String,
        /// How `exact` compares.
        property_matching: PropertyMatching,
    },
    /// How long polls for an environment's definitions are held without being asked to, at most
    /// [`crate::HOLD_POLLS_SECONDS_MAX`]; 0, as at first: they are not.
    PutHoldPolls {
        /// The environment.
        environment: ProjectToken,
        /// In seconds.
        seconds: u16,
    },
    /// A secret key (`phs_…`) of an environment.
    PutSecretKey {
        /// The environment.
        environment: ProjectToken,
        /// The key.
        key: SecretKey,
    },
    /// A personal key (`phx_…`) with access to an environment.
    PutPersonalKey {
        /// The environment.
        environment: ProjectToken,
        /// The key.
        key: SecretKey,
    },
    /// Takes a key from everybody it opens: every environment, as whichever kind.
    RevokeKey {
        /// The key.
        digest: KeyDigest,
    },
    /// Lets a key open nothing from a moment on, wherever it opens something now. An expiry only
    /// comes nearer this way, and a key that nobody has stays nobody's.
    ExpireKey {
        /// The key.
        digest: KeyDigest,
        /// From when on.
        expires_at: Timestamp,
    },
    /// A cohort of a project. Bumps every environment of the project.
    PutCohort {
        /// The project's name.
        project: String,
        /// The cohort.
        cohort: CohortDefinition,
    },
    /// Marks a cohort deleted; its id is never given again. One that is not there changes nothing.
    ArchiveCohort {
        /// The project's name.
        project: String,
        /// The cohort.
        cohort: CohortId,
    },
    /// The configuration of a flag in one environment, and its key and name in the project, which
    /// every environment that has the flag sees. Without a name it keeps the one it has. Its stored
    /// version is the given one, or one more than before if that is `None`. Two flags of one
    /// environment cannot have one key once all changes are made. `deleted` archives it.
    PutFlag {
        /// The environment.
        environment: ProjectToken,
        /// The flag.
        flag: FlagDefinition,
    },
    /// Takes a flag out of one environment; its id is never given again. One that is not there
    /// changes nothing.
    ArchiveFlag {
        /// The environment.
        environment: ProjectToken,
        /// The flag.
        flag: FlagId,
    },
    /// A person: every distinct id given becomes theirs, properties are replaced. Distinct ids that
    /// belong to different persons are refused, since it cannot be told who is meant; nobody is
    /// merged in silence. Bumps nothing.
    PutPerson {
        /// The environment.
        environment: ProjectToken,
        /// The person.
        person: PersonRecord,
    },
    /// A group's properties, replaced. Bumps nothing.
    PutGroup {
        /// The environment.
        environment: ProjectToken,
        /// The group.
        group: GroupRecord,
    },
    /// Members of a static cohort in an environment, added. Bumps nothing.
    AddMembers(MemberChange),
}

/// Persons that join a static cohort.
#[derive(Debug, Clone, PartialEq)]
pub struct MemberChange {
    /// The environment.
    pub environment: ProjectToken,
    /// The cohort, which must be static.
    pub cohort: CohortId,
    /// Any distinct id of each person; one that nobody has is refused.
    pub distinct_ids: Vec<String>,
}

/// Whether [`Change::PutFlag`] of `wanted` changes nothing about the configuration `stored`, whose key
/// and name have been put already.
pub fn is_put_already(wanted: &FlagDefinition, stored: &FlagDefinition) -> bool {
    let filled = FlagDefinition {
        name: stored.name.clone(),
        version: wanted.version.or(stored.version),
        ..wanted.clone()
    };
    filled == *stored
}

/// What a commit did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Committed {
    /// How many changes changed something.
    pub changed: usize,
    /// How many found everything as they wanted it.
    pub unchanged: usize,
    /// The environments whose revision grew, with the new one.
    pub revisions: Vec<(ProjectToken, Revision)>,
}
