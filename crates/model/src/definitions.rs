//! All that evaluation needs to know of one environment.

use serde::{Deserialize, Serialize};

use crate::{
    CohortDefinition, EnvironmentId, FlagDefinition, GroupTypeIndex, ProjectId, ProjectToken,
    Revision,
};

/// The definitions of one environment at one revision, as a store reads them in one go.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Definitions {
    /// The project that the environment belongs to.
    pub project: ProjectId,
    /// The environment.
    pub environment: EnvironmentId,
    /// Its public token.
    pub token: ProjectToken,
    /// The state of the definitions.
    pub revision: Revision,
    /// IANA name of the zone in which dates without one are read, such as `Europe/Berlin`.
    pub timezone: String,
    /// How `exact` and `is_not` compare.
    pub property_matching: PropertyMatching,
    /// How long polls for definitions are held without being asked to, in seconds; 0: they are not.
    #[serde(default)]
    pub hold_polls_seconds: u16,
    /// The environment's flags, inactive ones included, deleted ones not.
    pub flags: Vec<FlagDefinition>,
    /// The project's cohorts, deleted ones not.
    pub cohorts: Vec<CohortDefinition>,
    /// The project's group types.
    pub group_types: Vec<GroupType>,
}

/// A kind of group, such as `organization`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupType {
    /// How filters name it.
    pub index: GroupTypeIndex,
    /// How requests name it.
    pub name: String,
}

/// How `exact` and `is_not` compare (spec: engine §4.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(into = "u8", from = "u8")]
pub enum PropertyMatching {
    /// Version 1: values that look boolean are compared by truthiness.
    #[default]
    Released,
    /// Version 2: no boolean gate, apart from an empty list.
    Explicit,
}

impl From<u8> for PropertyMatching {
    /// 2 is [`Self::Explicit`], all else [`Self::Released`].
    fn from(version: u8) -> Self {
        if version == 2 {
            Self::Explicit
        } else {
            Self::Released
        }
    }
}

impl From<PropertyMatching> for u8 {
    fn from(matching: PropertyMatching) -> Self {
        match matching {
            PropertyMatching::Released => 1,
            PropertyMatching::Explicit => 2,
        }
    }
}
