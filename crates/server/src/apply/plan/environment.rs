//! What has to change in one environment.

use std::collections::{HashMap, HashSet};

use burgee_model::{FlagDefinition, FlagId, ProjectToken};
use burgee_store::{Change, EnvironmentRecord, MemberChange};

use super::Plan;
use crate::apply::report::{Generated, Kind};
use crate::apply::resolve::{ResolvedEnvironment, Unnamed};
use crate::credential::{new_secret_key, new_token, stored_key};

pub(super) fn plan(
    plan: &mut Plan,
    project: &str,
    mut environment: ResolvedEnvironment,
    stored: Option<&(EnvironmentRecord, Vec<FlagDefinition>)>,
    unnamed: Unnamed,
) -> anyhow::Result<()> {
    let place = format!("{project} / {}", environment.name);
    let token = if let Some(token) = environment.token.take() {
        token
    } else {
        let token = new_token()?;
        plan.report.generated.push(Generated {
            place: place.clone(),
            what: "token",
            text: token.as_str().to_owned(),
        });
        token
    };
    plan_record(
        plan,
        project,
        &environment,
        &token,
        stored.map(|(record, _)| record),
    );
    let stored_flags = stored.map_or(&[][..], |(_, flags)| flags);
    if unnamed == Unnamed::Archived {
        plan_archiving(plan, &environment, &token, stored_flags);
    }
    let stored_flags: HashMap<FlagId, &FlagDefinition> =
        stored_flags.iter().map(|flag| (flag.id, flag)).collect();
    for flag in &environment.flags {
        let former = stored_flags.get(&flag.value.id).copied();
        plan_flag(plan, &token, &flag.value, former);
    }
    plan_keys(plan, &environment, &token, &place)?;
    plan_subjects(plan, environment, &token);
    Ok(())
}

fn plan_record(
    plan: &mut Plan,
    project: &str,
    environment: &ResolvedEnvironment,
    token: &ProjectToken,
    stored: Option<&EnvironmentRecord>,
) {
    let former = stored.map(|record| {
        let (zone, matching) = (&*record.timezone, record.property_matching);
        (&record.token, zone, matching, record.hold_polls_seconds)
    });
    let (zone, matching) = (&*environment.timezone, environment.property_matching);
    let wanted = (token, zone, matching, environment.hold_polls_seconds);
    if plan
        .report
        .count(Kind::Environment, former.as_ref(), &wanted)
    {
        plan.push(Change::PutEnvironment {
            project: project.to_owned(),
            name: environment.name.clone(),
            token: token.clone(),
            timezone: environment.timezone.clone(),
            property_matching: environment.property_matching,
        });
        plan.push(Change::PutHoldPolls {
            environment: token.clone(),
            seconds: environment.hold_polls_seconds,
        });
    }
}

/// Before flags are put, because a flag that is archived gives its key free.
fn plan_archiving(
    plan: &mut Plan,
    environment: &ResolvedEnvironment,
    token: &ProjectToken,
    stored: &[FlagDefinition],
) {
    let named: HashSet<FlagId> = environment.flags.iter().map(|flag| flag.value.id).collect();
    for former in stored {
        if !named.contains(&former.id) {
            plan.report.archived(Kind::Flag);
            plan.push(Change::ArchiveFlag {
                environment: token.clone(),
                flag: former.id,
            });
        }
    }
}

fn plan_flag(
    plan: &mut Plan,
    token: &ProjectToken,
    flag: &FlagDefinition,
    former: Option<&FlagDefinition>,
) {
    let mut wanted = flag.clone();
    if let Some(former) = former {
        // A version that the file does not give is the store's to count.
        wanted.version = wanted.version.or(former.version);
    }
    if plan.report.count(Kind::Flag, former, &wanted) {
        plan.push(Change::PutFlag {
            environment: token.clone(),
            flag: flag.clone(),
        });
    }
}

fn plan_keys(
    plan: &mut Plan,
    environment: &ResolvedEnvironment,
    token: &ProjectToken,
    place: &str,
) -> anyhow::Result<()> {
    let new_key;
    let secret_keys = if let Some(keys) = &environment.secret_keys {
        keys
    } else {
        let key = new_secret_key()?;
        plan.report.generated.push(Generated {
            place: place.to_owned(),
            what: "secret key",
            text: key.clone(),
        });
        new_key = vec![key];
        &new_key
    };
    for key in secret_keys {
        plan.report.declared(Kind::Key, 1);
        plan.push(Change::PutSecretKey {
            environment: token.clone(),
            key: stored_key(key, &[]),
        });
    }
    for personal in &environment.personal_keys {
        plan.report.declared(Kind::Key, 1);
        plan.push(Change::PutPersonalKey {
            environment: token.clone(),
            key: stored_key(&personal.key, &personal.scopes),
        });
    }
    Ok(())
}

fn plan_subjects(plan: &mut Plan, environment: ResolvedEnvironment, token: &ProjectToken) {
    plan.report
        .declared(Kind::Person, environment.persons.len());
    for person in environment.persons {
        plan.push(Change::PutPerson {
            environment: token.clone(),
            person,
        });
    }
    plan.report.declared(Kind::Group, environment.groups.len());
    for group in environment.groups {
        plan.push(Change::PutGroup {
            environment: token.clone(),
            group,
        });
    }
    for members in environment.members {
        plan.report
            .declared(Kind::Member, members.value.distinct_ids.len());
        plan.push(Change::AddMembers(MemberChange {
            environment: token.clone(),
            cohort: members.value.cohort,
            distinct_ids: members.value.distinct_ids,
        }));
    }
}
