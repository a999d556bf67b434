//! The model: what a store means, in maps.

use std::collections::{BTreeMap, BTreeSet};

pub(crate) const TOKENS: [&str; 2] = ["phc_one", "phc_two"];

/// A change, as small as the model needs it.
#[derive(Debug, Clone)]
pub(crate) enum Command {
    PutFlag {
        environment: usize,
        id: i32,
        key: &'static str,
        active: bool,
        version: Option<i32>,
    },
    Archive {
        environment: usize,
        id: i32,
    },
    PutPerson {
        environment: usize,
        distinct_ids: Vec<&'static str>,
        properties: i32,
    },
}

/// What a commit says it did.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Made {
    pub(crate) changed: usize,
    pub(crate) unchanged: usize,
    pub(crate) revisions: Vec<(String, u64)>,
}

#[derive(Debug, Clone, PartialEq)]
struct Configuration {
    active: bool,
    version: i32,
    archived: bool,
}

#[derive(Debug, Clone)]
struct Person {
    environment: usize,
    distinct_ids: BTreeSet<&'static str>,
    properties: i32,
}

#[derive(Debug, Clone)]
pub(crate) struct Maps {
    revisions: [u64; TOKENS.len()],
    keys: BTreeMap<i32, &'static str>,
    configurations: BTreeMap<(usize, i32), Configuration>,
    persons: Vec<Person>,
}

impl Default for Maps {
    fn default() -> Self {
        Self {
            revisions: [1; TOKENS.len()],
            keys: BTreeMap::new(),
            configurations: BTreeMap::new(),
            persons: Vec::new(),
        }
    }
}

/// The environments that see a change, if anything changed. `Err`: refused.
type Seen = Result<Option<BTreeSet<usize>>, ()>;

impl Maps {
    /// `None`: refused, nothing changed.
    pub(crate) fn commit(&mut self, commands: &[Command]) -> Option<Made> {
        let mut next = self.clone();
        let (mut changed, mut seen) = (0, BTreeSet::new());
        for command in commands {
            if let Some(environments) = next.make(command).ok()? {
                changed += 1;
                seen.extend(environments);
            }
        }
        let mut revisions = Vec::new();
        for environment in seen {
            let keys: Vec<_> = next.live(environment).map(|(_, key, _)| key).collect();
            if keys.len() > keys.iter().collect::<BTreeSet<_>>().len() {
                return None;
            }
            next.revisions[environment] += 1;
            revisions.push((TOKENS[environment].to_owned(), next.revisions[environment]));
        }
        *self = next;
        Some(Made {
            changed,
            unchanged: commands.len() - changed,
            revisions,
        })
    }

    fn make(&mut self, command: &Command) -> Seen {
        match command {
            Command::PutFlag {
                environment,
                id,
                key,
                active,
                version,
            } => Ok(self.put_flag((*environment, *id), key, (*active, *version))),
            Command::Archive { environment, id } => {
                let configuration = self.configurations.get_mut(&(*environment, *id));
                Ok(configuration.filter(|it| !it.archived).map(|it| {
                    it.archived = true;
                    BTreeSet::from([*environment])
                }))
            }
            Command::PutPerson {
                environment,
                distinct_ids,
                properties,
            } => self.put_person(*environment, distinct_ids, *properties),
        }
    }

    fn put_flag(
        &mut self,
        (environment, id): (usize, i32),
        key: &'static str,
        (active, version): (bool, Option<i32>),
    ) -> Option<BTreeSet<usize>> {
        let mut seen = BTreeSet::new();
        let mut has_changed = false;
        if self.keys.insert(id, key) != Some(key) {
            has_changed = true;
            let having = self.configurations.iter();
            seen.extend(
                having
                    .filter(|((_, at), it)| *at == id && !it.archived)
                    .map(|(at, _)| at.0),
            );
        }
        let stored = self.configurations.get(&(environment, id));
        let same = |it: &Configuration| {
            !it.archived && it.active == active && version.is_none_or(|wanted| wanted == it.version)
        };
        if !stored.is_some_and(same) {
            has_changed = true;
            let next = stored.map_or(0, |it| it.version) + 1;
            let configuration = Configuration {
                active,
                version: version.unwrap_or(next),
                archived: false,
            };
            self.configurations.insert((environment, id), configuration);
            seen.insert(environment);
        }
        has_changed.then_some(seen)
    }

    fn put_person(
        &mut self,
        environment: usize,
        distinct_ids: &[&'static str],
        properties: i32,
    ) -> Seen {
        let mut owners = self.persons.iter_mut().filter(|person| {
            person.environment == environment
                && distinct_ids
                    .iter()
                    .any(|id| person.distinct_ids.contains(id))
        });
        let owner = owners.next();
        if owners.next().is_some() {
            return Err(());
        }
        let Some(person) = owner else {
            self.persons.push(Person {
                environment,
                distinct_ids: distinct_ids.iter().copied().collect(),
                properties,
            });
            return Ok(Some(BTreeSet::new()));
        };
        let before = (person.distinct_ids.len(), person.properties);
        person.distinct_ids.extend(distinct_ids);
        person.properties = properties;
        let after = (person.distinct_ids.len(), person.properties);
        Ok((before != after).then(BTreeSet::new))
    }

    fn live(
        &self,
        environment: usize,
    ) -> impl Iterator<Item = (i32, &'static str, &Configuration)> {
        self.configurations
            .iter()
            .filter(move |((at, _), it)| *at == environment && !it.archived)
            .map(|((_, id), it)| (*id, self.keys[id], it))
    }

    /// Everything, as lines.
    pub(crate) fn told(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for (environment, token) in TOKENS.iter().enumerate() {
            lines.push(format!("{token} at {}", self.revisions[environment]));
            for (id, key, it) in self.live(environment) {
                lines.push(format!(
                    "{token} flag {id} {key} {} v{}",
                    it.active, it.version
                ));
            }
            for person in self
                .persons
                .iter()
                .filter(|person| person.environment == environment)
            {
                let ids: Vec<_> = person.distinct_ids.iter().copied().collect();
                let properties = person.properties;
                lines.push(format!(
                    "{token} person {} {{\"n\":{properties}}}",
                    ids.join(",")
                ));
            }
        }
        lines
    }
}
