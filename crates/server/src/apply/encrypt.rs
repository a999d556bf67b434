//! Encrypts the payloads of a file that are to be encrypted at rest, before they are compared with
//! what is stored. A payload that says what the stored one says keeps its token: applying a file twice
//! changes nothing.

use burgee_model::FlagDefinition;
use serde_json::{Map, Value};

use super::ApplyError;
use super::problem::Problems;
use super::resolve::ResolvedProject;
use super::stored::Stored;
use crate::payloads::{Given, PayloadKeys, encrypted_payloads};

/// Encrypts in place. A payload that cannot be encrypted refuses the file.
pub(crate) fn encrypt(
    projects: &mut [ResolvedProject],
    stored: &Stored,
    keys: Option<PayloadKeys<'_>>,
) -> Result<(), ApplyError> {
    let problems = Problems::default();
    for project in projects {
        let tree = stored.project(&project.name);
        for environment in &mut project.environments {
            let environments = tree.into_iter().flat_map(|tree| &tree.environments);
            let former = environments
                .filter(|(record, _)| record.name == environment.name)
                .flat_map(|(_, flags)| flags);
            let former: Vec<&FlagDefinition> =
                former.filter(|flag| flag.has_encrypted_payloads).collect();
            for flag in &mut environment.flags {
                let id = flag.value.id;
                let former = former.iter().find(|former| former.id == id);
                let former = former.and_then(|former| former.filters.get("payloads"));
                let former = Former {
                    payloads: former.and_then(Value::as_object),
                    path: &flag.path,
                };
                encrypt_flag(&mut flag.value, former, keys, &problems)?;
            }
        }
    }
    if problems.is_empty() {
        Ok(())
    } else {
        Err(ApplyError::Refused(problems.into_findings()))
    }
}

/// What is stored of a flag, and where the flag is in the file.
#[derive(Clone, Copy)]
struct Former<'f> {
    payloads: Option<&'f Map<String, Value>>,
    path: &'f str,
}

fn encrypt_flag(
    flag: &mut FlagDefinition,
    former: Former<'_>,
    keys: Option<PayloadKeys<'_>>,
    problems: &Problems,
) -> anyhow::Result<()> {
    for (variant, payload) in encrypted_payloads(flag).into_iter().flatten() {
        let former_payload = former.payloads.and_then(|payloads| payloads.get(variant));
        let refuse = |reason| {
            let path = format!("{}.filters.payloads.{variant}", former.path);
            problems.add(&path, reason);
        };
        match (Given::of(payload), keys) {
            (Given::Nothing | Given::Token, _) => {}
            (Given::Marker, _) => match former_payload {
                Some(former) => *payload = former.clone(),
                None => refuse(
                    "is what is shown in the place of an encrypted payload, and none is stored",
                ),
            },
            (Given::Plain(text), Some(keys)) => {
                *payload = keys.encrypt_unless(former_payload, &text)?.into();
            }
            (Given::Plain(_), None) => refuse(
                "cannot be encrypted: no key is configured (payloads.secret_keys, BURGEE_PAYLOADS_SECRET_KEYS)",
            ),
        }
    }
    Ok(())
}
