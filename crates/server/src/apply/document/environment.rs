//! Reads an environment of an apply file.

use std::collections::HashMap;
use std::str::FromStr;

use burgee_model::{ProjectToken, PropertyMatching};
use burgee_store::HOLD_POLLS_SECONDS_MAX;
use serde_json::Value;

use super::project::read_name;
use super::subject::read_person;
use super::{EnvironmentEntry, FlagEntry, GroupEntry, MemberEntry, PersonalKeyEntry, Unique};
use crate::apply::fields::Fields;
use crate::apply::problem::Problems;

/// Longest secret or personal key that is taken, in bytes.
pub(crate) const KEY_BYTES_MAX: usize = 400;

impl EnvironmentEntry {
    pub(super) fn read(value: Value, path: &str, problems: &Problems) -> Option<Self> {
        let mut fields = Fields::read(value, path, problems)?;
        let name = read_name(&mut fields, "name");
        let entry = Self {
            path: path.to_owned(),
            name: name.clone().unwrap_or_default(),
            token: read_token(&mut fields),
            secret_keys: read_secret_keys(&mut fields, problems),
            personal_keys: read_personal_keys(&mut fields, problems),
            timezone: read_timezone(&mut fields),
            property_matching: fields
                .integer("property_matching_version", 1..=2)
                .map(read_matching),
            hold_polls_seconds: fields
                .integer("hold_polls_seconds", 0..=HOLD_POLLS_SECONDS_MAX.into())
                .and_then(|seconds| u16::try_from(seconds).ok()),
            flags: read_each(&mut fields, "flags", problems, FlagEntry::read),
            persons: read_each(&mut fields, "persons", problems, read_person),
            groups: read_each(&mut fields, "groups", problems, GroupEntry::read),
            members: read_each(&mut fields, "cohort_members", problems, MemberEntry::read),
        };
        fields.finish();
        name.map(|_| entry)
    }

    /// Notes names that are given twice within the environment.
    pub(super) fn check_unique(&self, problems: &Problems) {
        let mut keys = Unique::default();
        let mut ids = HashMap::new();
        for flag in &self.flags {
            keys.check("flag key", flag.key.as_str(), &flag.path, problems);
            let Some(id) = flag.id else { continue };
            if let Some(first) = ids.insert(id, &flag.path) {
                problems.add(
                    &flag.path,
                    format!("flag id {id} is already used by {first}"),
                );
            }
        }
        let mut owners: HashMap<&str, usize> = HashMap::new();
        for (index, person) in self.persons.iter().enumerate() {
            for distinct_id in &person.distinct_ids {
                if let Some(first) = owners.insert(distinct_id, index) {
                    let (here, environment) = (index, &self.path);
                    problems.add(
                        &format!("{environment}.persons[{here}].distinct_ids"),
                        format!(
                            "`{distinct_id}` already belongs to {environment}.persons[{first}]"
                        ),
                    );
                }
            }
        }
        let mut groups: HashMap<(&str, &str), &str> = HashMap::new();
        for group in &self.groups {
            let name = (group.group_type.as_str(), group.key.as_str());
            if let Some(first) = groups.insert(name, &group.path) {
                let (group_type, key) = name;
                problems.add(
                    &group.path,
                    format!("{group_type} `{key}` is already declared by {first}"),
                );
            }
        }
    }
}

/// Reads every item of a list that can be read.
fn read_each<T>(
    fields: &mut Fields<'_>,
    field: &'static str,
    problems: &Problems,
    read: impl Fn(Value, &str, &Problems) -> Option<T>,
) -> Vec<T> {
    let items = fields.list(field).unwrap_or_default();
    items
        .into_iter()
        .filter_map(|(path, item)| read(item, &path, problems))
        .collect()
}

/// The number was checked to be 1 or 2.
fn read_matching(version: i32) -> PropertyMatching {
    if version == 2 {
        PropertyMatching::Explicit
    } else {
        PropertyMatching::Released
    }
}

fn read_token(fields: &mut Fields<'_>) -> Option<ProjectToken> {
    let token = fields.text("token")?;
    match ProjectToken::parse(&token) {
        Ok(token) => Some(token),
        Err(error) => {
            fields.problem("token", error.to_string());
            None
        }
    }
}

fn read_secret_keys(fields: &mut Fields<'_>, problems: &Problems) -> Option<Vec<String>> {
    let keys = fields.texts("secret_keys")?;
    let path = fields.at("secret_keys");
    for (index, key) in keys.iter().enumerate() {
        check_key(key, &format!("{path}[{index}]"), problems);
    }
    Some(keys)
}

fn read_personal_keys(fields: &mut Fields<'_>, problems: &Problems) -> Vec<PersonalKeyEntry> {
    read_each(
        fields,
        "personal_api_keys",
        problems,
        |item, path, problems| {
            let mut fields = Fields::read(item, path, problems)?;
            let key = fields.required_text("key");
            let scopes = fields.texts("scopes").unwrap_or_default();
            if let Some(key) = &key {
                check_key(key, &fields.at("key"), problems);
            }
            fields.finish();
            Some(PersonalKeyEntry { key: key?, scopes })
        },
    )
}

/// The key itself is never part of a message.
fn check_key(key: &str, path: &str, problems: &Problems) {
    if !(1..=KEY_BYTES_MAX).contains(&key.len()) {
        let bytes = key.len();
        problems.add(
            path,
            format!("a key has 1 to {KEY_BYTES_MAX} bytes, not {bytes}"),
        );
    }
}

fn read_timezone(fields: &mut Fields<'_>) -> Option<String> {
    let name = fields.text("timezone")?;
    if chrono_tz::Tz::from_str(&name).is_err() {
        fields.problem(
            "timezone",
            format!("`{name}` is no IANA time zone, such as `Europe/Berlin`"),
        );
    }
    Some(name)
}
