//! A situation to ask flags about: definitions from JSON, a subject, and what the store found.
//!
//! Answers are told as [`super::answer_line`] does.

use std::{borrow::Cow, collections::BTreeMap};

use burgee_eval::{
    Basis, CompileWarning, Evaluation, FlagExplanation, Given, GivenGroup, Outcome, RequestRuntime,
    Scratch, Selection, SelectionScope, Snapshot, Subject, compile, explain,
};
use burgee_model::{
    CohortId, Definitions, EnvironmentId, Facts, FailureCode, Fetch, FlagKey, GroupFacts, GroupRef,
    GroupType, GroupTypeIndex, HashKeyOverride, Needs, PersonFacts, ProjectId, ProjectToken,
    PropertyMatching, Revision, SubjectFacts, TimeoutKind, Timestamp,
};
use serde_json::{Value, json};

use super::answer_line::line;

/// 2020-01-01T12:01:20.134Z, the anchor of relative dates in the specification.
const NOW: Timestamp = Timestamp::from_unix_millis(1_577_880_080_134);

pub(crate) struct Situation {
    definitions: Definitions,
    distinct_id: String,
    device_id: Option<String>,
    anon_distinct_id: Option<String>,
    person: Option<String>,
    geoip: Vec<(&'static str, &'static str)>,
    groups: Vec<Group>,
    facts: Facts,
    runtime: RequestRuntime,
    contexts: Vec<Cow<'static, str>>,
    keys: Option<Vec<Cow<'static, str>>>,
    scope: SelectionScope,
}

struct Group {
    name: &'static str,
    key: Option<String>,
    properties: Option<String>,
}

/// An active flag.
pub(crate) fn flag(id: i32, key: &str, filters: Value) -> Value {
    json!({"id": id, "key": key, "active": true, "filters": filters})
}

/// The same flag with other members.
pub(crate) fn with(mut flag: Value, members: Value) -> Value {
    let Value::Object(members) = members else {
        panic!("members are an object");
    };
    flag.as_object_mut().unwrap().extend(members);
    flag
}

/// A filter on the person.
pub(crate) fn person(key: &str, operator: &str, value: Value) -> Value {
    json!({"key": key, "type": "person", "operator": operator, "value": value})
}

/// A filter on the answer of another flag.
pub(crate) fn evaluates_to(id: i32, value: Value) -> Value {
    json!({"key": id.to_string(), "type": "flag", "operator": "flag_evaluates_to", "value": value})
}

/// A filter on a cohort.
pub(crate) fn cohort(id: i32, operator: &str) -> Value {
    json!({"key": "id", "type": "cohort", "operator": operator, "value": id})
}

impl Situation {
    /// `{"flags": […], "cohorts": […], "group_types": ["organization", …]}`; a subject `user`.
    pub(crate) fn of(definitions: Value) -> Self {
        let list = |name: &str| definitions.get(name).cloned().unwrap_or(json!([]));
        let names: Vec<String> = serde_json::from_value(list("group_types")).unwrap();
        let group_types = (0..).zip(names).map(|(index, name)| GroupType {
            index: GroupTypeIndex(index),
            name,
        });
        Self {
            definitions: Definitions {
                project: ProjectId(1),
                environment: EnvironmentId(1),
                token: ProjectToken::parse("phc_test").unwrap(),
                revision: Revision(1),
                timezone: "UTC".to_owned(),
                property_matching: PropertyMatching::Released,
                hold_polls_seconds: 0,
                flags: serde_json::from_value(list("flags")).unwrap(),
                cohorts: serde_json::from_value(list("cohorts")).unwrap(),
                group_types: group_types.collect(),
            },
            distinct_id: "user".to_owned(),
            device_id: None,
            anon_distinct_id: None,
            person: None,
            geoip: Vec::new(),
            groups: Vec::new(),
            facts: Facts::default(),
            runtime: RequestRuntime::All,
            contexts: Vec::new(),
            keys: None,
            scope: SelectionScope::All,
        }
    }

    /// Flags alone.
    pub(crate) fn flags(flags: Value) -> Self {
        Self::of(json!({"flags": flags}))
    }

    // === what the environment says ===

    pub(crate) fn timezone(mut self, name: &str) -> Self {
        name.clone_into(&mut self.definitions.timezone);
        self
    }

    pub(crate) fn explicit_matching(mut self) -> Self {
        self.definitions.property_matching = PropertyMatching::Explicit;
        self
    }

    // === what the request brings ===

    pub(crate) fn distinct_id(mut self, distinct_id: &str) -> Self {
        distinct_id.clone_into(&mut self.distinct_id);
        self
    }

    pub(crate) fn device_id(mut self, device_id: &str) -> Self {
        self.device_id = Some(device_id.to_owned());
        self
    }

    pub(crate) fn anon_distinct_id(mut self, anon_distinct_id: &str) -> Self {
        self.anon_distinct_id = Some(anon_distinct_id.to_owned());
        self
    }

    pub(crate) fn person(mut self, properties: Value) -> Self {
        self.person = Some(properties.to_string());
        self
    }

    pub(crate) fn geoip(mut self, key: &'static str, value: &'static str) -> Self {
        self.geoip.push((key, value));
        self
    }

    pub(crate) fn group(mut self, group_type: &'static str, key: Value, properties: Value) -> Self {
        self.groups.push(Group {
            name: group_type,
            key: Some(key.to_string()),
            properties: (!properties.is_null()).then(|| properties.to_string()),
        });
        self
    }

    pub(crate) fn group_properties(mut self, group_type: &'static str, properties: Value) -> Self {
        self.groups.push(Group {
            name: group_type,
            key: None,
            properties: Some(properties.to_string()),
        });
        self
    }

    pub(crate) fn runtime(mut self, runtime: RequestRuntime) -> Self {
        self.runtime = runtime;
        self
    }

    pub(crate) fn contexts(mut self, contexts: &[&'static str]) -> Self {
        self.contexts = contexts.iter().map(|name| Cow::Borrowed(*name)).collect();
        self
    }

    pub(crate) fn keys(mut self, keys: &[&'static str]) -> Self {
        self.keys = Some(keys.iter().map(|key| Cow::Borrowed(*key)).collect());
        self
    }

    pub(crate) fn surveys_only(mut self) -> Self {
        self.scope = SelectionScope::Surveys;
        self
    }

    // === what the store says ===

    pub(crate) fn stored_person(mut self, properties: Value, static_cohorts: &[i32]) -> Self {
        self.stored().person = Some(PersonFacts {
            properties: properties.to_string(),
            created_at: Some(NOW),
            static_cohorts: static_cohorts.iter().copied().map(CohortId).collect(),
        });
        self
    }

    /// The store was asked and has nobody of that distinct id.
    pub(crate) fn no_stored_person(mut self) -> Self {
        self.stored();
        self
    }

    pub(crate) fn stored_group(mut self, index: i32, key: &str, properties: Value) -> Self {
        let group = GroupRef {
            index: GroupTypeIndex(index),
            key: key.to_owned(),
        };
        self.stored().groups.push(GroupFacts {
            group,
            properties: properties.to_string(),
        });
        self
    }

    pub(crate) fn stored_hash_key(mut self, flag: &str, hash_key: &str) -> Self {
        if !matches!(self.facts.hash_keys, Fetch::Done(_)) {
            self.facts.hash_keys = Fetch::Done(Vec::new());
        }
        if let Fetch::Done(stored) = &mut self.facts.hash_keys {
            stored.push(HashKeyOverride {
                flag: FlagKey::parse(flag).unwrap(),
                hash_key: hash_key.to_owned(),
            });
        }
        self
    }

    pub(crate) fn subject_unavailable(mut self) -> Self {
        self.facts.subject = Fetch::Failed(FailureCode::Timeout(TimeoutKind::PersonsDeadline));
        self
    }

    pub(crate) fn hash_keys_unavailable(mut self) -> Self {
        self.facts.hash_keys = Fetch::Failed(FailureCode::DatabaseError);
        self
    }

    fn stored(&mut self) -> &mut SubjectFacts {
        if !matches!(self.facts.subject, Fetch::Done(_)) {
            self.facts.subject = Fetch::Done(SubjectFacts::default());
        }
        match &mut self.facts.subject {
            Fetch::Done(stored) => stored,
            Fetch::Skipped | Fetch::Failed(_) => unreachable!("it was set above"),
        }
    }

    // === asking ===

    pub(crate) fn warnings(&self) -> Vec<CompileWarning> {
        compile(&self.definitions).1
    }

    pub(crate) fn needs(&self) -> Needs {
        self.run(|snapshot, given, _, scratch| {
            let plan = snapshot.plan(&self.selection());
            snapshot.read_given(given, scratch).unwrap();
            snapshot.needs(&plan, scratch)
        })
    }

    /// Every answer, by key.
    pub(crate) fn answers(&self) -> BTreeMap<String, String> {
        self.collect(line)
    }

    /// One answer.
    pub(crate) fn ask(&self, key: &str) -> String {
        let answer = self.answers().remove(key);
        answer.unwrap_or_else(|| "absent".to_owned())
    }

    /// The payload of one answer, as JSON.
    pub(crate) fn payload(&self, key: &str) -> Option<String> {
        let payload = |evaluation: &Evaluation<'_>| match evaluation.outcome {
            Outcome::Answered { payload, .. } => payload.map(str::to_owned),
            Outcome::Failed(_) => None,
        };
        self.collect(payload).remove(key).flatten()
    }

    /// What one answer rests on.
    pub(crate) fn basis(&self, key: &str) -> Option<Basis> {
        self.run(|snapshot, given, facts, scratch| {
            let plan = snapshot.plan(&self.selection());
            snapshot.read_given(given, scratch).unwrap();
            let subject = Subject {
                given,
                facts,
                now: NOW,
            };
            let mut basis = None;
            snapshot.evaluate(&plan, &subject, scratch, |evaluation| {
                if let Outcome::Answered { value, reason, .. } = evaluation.outcome
                    && *evaluation.flag.key == *key
                {
                    basis = Some(snapshot.basis(evaluation.flag, value, reason));
                }
            });
            basis
        })
    }

    /// The flags that are asked for and switched off.
    pub(crate) fn switched_off(&self) -> Vec<String> {
        self.run(|snapshot, _, _, _| {
            let selection = self.selection();
            let flags = snapshot.switched_off(&selection);
            flags.map(|flag| flag.key.to_string()).collect()
        })
    }

    pub(crate) fn explain(&self) -> Vec<FlagExplanation> {
        self.run(|_, given, facts, _| {
            let subject = Subject {
                given,
                facts,
                now: NOW,
            };
            explain(&self.definitions, &self.selection(), &subject).unwrap()
        })
    }

    fn collect<T>(&self, of: impl Fn(&Evaluation<'_>) -> T) -> BTreeMap<String, T> {
        self.run(|snapshot, given, facts, scratch| {
            let plan = snapshot.plan(&self.selection());
            snapshot.read_given(given, scratch).unwrap();
            let subject = Subject {
                given,
                facts,
                now: NOW,
            };
            let mut found = BTreeMap::new();
            snapshot.evaluate(&plan, &subject, scratch, |evaluation| {
                let key = evaluation.flag.key.to_string();
                assert!(
                    found.insert(key, of(&evaluation)).is_none(),
                    "answered twice"
                );
            });
            found
        })
    }

    fn run<T>(&self, then: impl FnOnce(&Snapshot, &Given<'_>, &Facts, &mut Scratch) -> T) -> T {
        let (snapshot, _) = compile(&self.definitions);
        let groups: Vec<_> = self.groups.iter().map(Group::given).collect();
        let given = Given {
            distinct_id: &self.distinct_id,
            device_id: self.device_id.as_deref(),
            anon_distinct_id: self.anon_distinct_id.as_deref(),
            person_properties: self.person.as_deref(),
            geoip: &self.geoip,
            groups: &groups,
        };
        then(&snapshot, &given, &self.facts, &mut Scratch::default())
    }

    fn selection(&self) -> Selection<'_> {
        Selection {
            keys: self.keys.as_deref(),
            runtime: self.runtime,
            contexts: &self.contexts,
            scope: self.scope,
        }
    }
}

impl Group {
    fn given(&self) -> GivenGroup<'_> {
        GivenGroup {
            group_type: self.name,
            key: self.key.as_deref(),
            properties: self.properties.as_deref(),
        }
    }
}
