//! A flag as it is stored: one identity per project, one configuration per environment.

use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use crate::{FlagId, FlagKey};

/// A flag of one environment (spec: engine §2.1).
///
/// `filters` stays the document that was stored, unknown keys included, so that it survives being
/// read, exported and sent to SDKs; [`crate::Filters`] is its typed reading.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "the stored shape, one column each"
)]
pub struct FlagDefinition {
    /// Identity in the project; what dependencies refer to.
    pub id: FlagId,
    /// What application code asks for. Hashed as it is, case and spaces included.
    pub key: FlagKey,
    /// For people; not used in evaluation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The stored configuration document. Shared: a flag that does not change is the same in one state
    /// of its environment after another.
    pub filters: Arc<Value>,
    /// An inactive flag is absent from answers and reads as `false` for its dependents.
    #[serde(default)]
    pub active: bool,
    /// As inactive.
    #[serde(default)]
    pub deleted: bool,
    /// Keep a person's answer when they log in (spec: engine §9).
    #[serde(default, deserialize_with = "null_as_default")]
    pub ensure_experience_continuity: bool,
    /// Row counter that grows with each change of this flag; `null` is answered as 0.
    #[serde(default)]
    pub version: Option<i32>,
    /// Which kind of SDK is given this flag.
    #[serde(default, deserialize_with = "null_as_default")]
    pub evaluation_runtime: EvaluationRuntime,
    /// Contexts that a request must share when both name some.
    #[serde(
        default,
        deserialize_with = "null_as_default",
        alias = "evaluation_tags"
    )]
    pub evaluation_contexts: Vec<String>,
    /// What identifies a person in this flag's percentages.
    #[serde(default, deserialize_with = "null_as_default")]
    pub bucketing_identifier: BucketingIdentifier,
    /// Whether an experiment is linked. Absent reads as true: over-preserve on purpose.
    #[serde(default = "yes")]
    pub has_experiment: bool,
    /// Payloads are stored encrypted.
    #[serde(default, deserialize_with = "null_as_default")]
    pub has_encrypted_payloads: bool,
    /// Served by the remote config route. With encrypted payloads it is excluded from evaluation.
    #[serde(default, deserialize_with = "null_as_default")]
    pub is_remote_configuration: bool,
}

impl FlagDefinition {
    /// Whether this flag takes part in evaluation at all (spec: engine §2.1, last row).
    pub fn is_evaluable(&self) -> bool {
        !(self.has_encrypted_payloads && self.is_remote_configuration)
    }
}

/// Which kind of SDK a flag is meant for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum EvaluationRuntime {
    /// Every SDK. Also what `null` and unknown texts mean.
    #[default]
    All,
    /// Browsers and apps.
    Client,
    /// Back ends.
    Server,
}

impl EvaluationRuntime {
    /// Reads the text in any case; an unknown one is [`Self::All`].
    pub fn from_text(text: &str) -> Self {
        if text.eq_ignore_ascii_case("client") {
            Self::Client
        } else if text.eq_ignore_ascii_case("server") {
            Self::Server
        } else {
            Self::All
        }
    }

    /// As it is stored and sent.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Client => "client",
            Self::Server => "server",
        }
    }
}

impl<'de> Deserialize<'de> for EvaluationRuntime {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self::from_text(&String::deserialize(deserializer)?))
    }
}

/// What identifies a person in a flag's percentages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum BucketingIdentifier {
    /// The distinct id. Also what `null` and unknown texts mean.
    #[default]
    DistinctId,
    /// The device id: the answer stays when the person logs in.
    DeviceId,
}

impl BucketingIdentifier {
    /// Reads the text; an unknown one is [`Self::DistinctId`].
    pub fn from_text(text: &str) -> Self {
        if text == "device_id" {
            Self::DeviceId
        } else {
            Self::DistinctId
        }
    }

    /// As it is stored and sent.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::DistinctId => "distinct_id",
            Self::DeviceId => "device_id",
        }
    }
}

impl<'de> Deserialize<'de> for BucketingIdentifier {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self::from_text(&String::deserialize(deserializer)?))
    }
}

fn null_as_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

fn yes() -> bool {
    true
}
