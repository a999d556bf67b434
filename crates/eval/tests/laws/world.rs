//! Random environments and subjects.

use std::{borrow::Cow, collections::BTreeMap};

use burgee_eval::{Given, GivenGroup, Outcome, Scratch, Selection, Snapshot, Subject, compile};
use burgee_model::{
    CohortId, Definitions, EnvironmentId, Facts, FailureCode, Fetch, FlagKey, GroupFacts, GroupRef,
    GroupType, GroupTypeIndex, HashKeyOverride, PersonFacts, ProjectId, ProjectToken,
    PropertyMatching, Revision, SubjectFacts, Timestamp,
};
use proptest::{collection::vec, option, prelude::*, sample::select};
use serde_json::{Map, Value, json};

/// Flags and cohorts of a world; references go one further, to what does not exist.
const FLAGS_MAX: i32 = 6;
const COHORTS_MAX: i32 = 4;
const NOW: Timestamp = Timestamp::from_unix_millis(1_764_000_000_000);

/// Definitions and somebody to ask about.
#[derive(Debug, Clone)]
pub(crate) struct World {
    pub(crate) definitions: Definitions,
    pub(crate) who: Who,
}

/// The subject of a request and what the store says of it.
#[derive(Debug, Clone)]
pub(crate) struct Who {
    pub(crate) distinct_id: String,
    pub(crate) device_id: Option<String>,
    pub(crate) anon_distinct_id: Option<String>,
    pub(crate) person: String,
    pub(crate) group: Option<(String, String)>,
    pub(crate) facts: Facts,
}

// === definitions ===

const FILTERS: [(&str, &str); 22] = [
    ("exact", r#""pro""#),
    ("exact", r#"["pro","free"]"#),
    ("exact", r#""true""#),
    ("is_not", r#""pro""#),
    ("is_not", "[]"),
    ("icontains", r#""R""#),
    ("not_icontains", r#""r""#),
    ("icontains_multi", r#"["x","R"]"#),
    ("starts_with", r#""P""#),
    ("not_ends_with", r#""e""#),
    ("regex", r#""^p|2$""#),
    ("not_regex", r#""(?!p)e""#),
    ("regex", r#""(""#),
    ("gt", "2"),
    ("lte", r#""2""#),
    ("between", "[1,2.5]"),
    ("not_between", "[1,2.5]"),
    ("is_set", "null"),
    ("is_not_set", "null"),
    ("semver_gte", r#""1.2""#),
    ("is_date_before", r#""-3d""#),
    ("sounds_like", r#""pro""#),
];
const KEYS: [&str; 5] = ["plan", "age", "$os", "$os_name", "$initial_os"];
const VALUES: [&str; 11] = [
    r#""pro""#,
    r#""Free""#,
    r#""2""#,
    r#""1.2.3""#,
    r#""2025-01-01""#,
    r#""true""#,
    "2",
    "2.5",
    "true",
    "null",
    r#"["true"]"#,
];

fn json_of(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

fn property_filter(kind: &'static str) -> impl Strategy<Value = Value> {
    (select(&KEYS[..]), select(&FILTERS[..]), any::<bool>()).prop_map(
        move |(key, (operator, value), negation)| {
            json!({
                "key": key, "type": kind, "operator": operator, "value": json_of(value),
                "group_type_index": 0, "negation": negation,
            })
        },
    )
}

fn cohort_filter() -> impl Strategy<Value = Value> {
    (1..=COHORTS_MAX + 1, select(&["in", "not_in", "exact"][..])).prop_map(
        |(id, operator)| json!({"key": "id", "type": "cohort", "operator": operator, "value": id}),
    )
}

fn flag_filter() -> impl Strategy<Value = Value> {
    let values = [json!(true), json!(false), json!("a"), json!("holdout-7")];
    (1..=FLAGS_MAX + 1, select(values.to_vec())).prop_map(|(id, value)| {
        json!({
            "key": id.to_string(), "type": "flag", "operator": "flag_evaluates_to", "value": value,
        })
    })
}

fn condition() -> impl Strategy<Value = Value> {
    let filter = prop_oneof![
        6 => property_filter("person"),
        1 => property_filter("group"),
        2 => cohort_filter(),
        2 => flag_filter(),
    ];
    // Above 0: a condition at 0 % asks no store, and what it then sees depends on what others ask.
    let percentage = select(vec![
        json!(null),
        json!(100),
        json!(50),
        json!(33.3),
        json!(0.001),
    ]);
    let aggregation = select(vec![None, Some(json!(null)), Some(json!(0))]);
    let variant = option::of(select(&["a", "b", "undeclared"][..]));
    (vec(filter, 0..3), percentage, aggregation, variant).prop_map(
        |(properties, percentage, aggregation, variant)| {
            let mut condition = json!({
                "properties": properties, "rollout_percentage": percentage, "variant": variant,
            });
            if let Some(aggregation) = aggregation {
                condition["aggregation_group_type_index"] = aggregation;
            }
            condition
        },
    )
}

fn flag() -> impl Strategy<Value = Value> {
    let variants = select(vec![
        json!(null),
        json!({"variants": [{"key": "a", "rollout_percentage": 100}]}),
        json!({"variants": [
            {"key": "a", "rollout_percentage": 30.5}, {"key": "b", "rollout_percentage": 69.5},
        ]}),
    ]);
    let holdout = select(vec![
        json!(null),
        json!(null),
        json!({"id": 7, "exclusion_percentage": 20}),
    ]);
    let settings = (
        prop::bool::weighted(0.2),
        prop::bool::weighted(0.2),
        prop::bool::weighted(0.9),
        prop::bool::weighted(0.2),
        select(vec![json!(null), json!("device_id")]),
        select(vec![json!(null), json!(null), json!(0)]),
    );
    (vec(condition(), 0..4), variants, holdout, settings).prop_map(
        |(conditions, variants, holdout, settings)| {
            let (early_exit, enrollment, active, continuity, bucketing, aggregation) = settings;
            json!({
                "active": active,
                "ensure_experience_continuity": continuity,
                "bucketing_identifier": bucketing,
                "filters": {
                    "groups": conditions, "multivariate": variants, "holdout": holdout,
                    "early_exit": early_exit, "feature_enrollment": enrollment,
                    "aggregation_group_type_index": aggregation,
                    "payloads": {"true": "1", "a": {"of": "a"}},
                },
            })
        },
    )
}

fn tree() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        4 => property_filter("person"),
        1 => cohort_filter(),
        1 => Just(json!({"type": "behavioral", "key": "$pageview"})),
    ];
    let group = |values: BoxedStrategy<Value>| {
        (select(&["AND", "OR"][..]), vec(values, 0..3))
            .prop_map(|(kind, values)| json!({"type": kind, "values": values}))
    };
    group(prop_oneof![leaf.clone(), group(leaf.boxed())].boxed())
}

fn cohort() -> impl Strategy<Value = Value> {
    prop_oneof![
        4 => tree().prop_map(|tree| json!({"filters": {"properties": tree}})),
        1 => Just(json!({"is_static": true})),
    ]
}

fn numbered(mut values: Vec<Value>, key: Option<&str>) -> Value {
    for (id, value) in (1..).zip(&mut values) {
        value["id"] = json!(id);
        if let Some(key) = key {
            value["key"] = json!(format!("{key}-{id}"));
        }
    }
    Value::Array(values)
}

/// An environment.
pub(crate) fn definitions() -> impl Strategy<Value = Definitions> {
    let flags = vec(flag(), 1..=usize::try_from(FLAGS_MAX).unwrap());
    let cohorts = vec(cohort(), 0..=usize::try_from(COHORTS_MAX).unwrap());
    (flags, cohorts).prop_map(|(flags, cohorts)| Definitions {
        flags: serde_json::from_value(numbered(flags, Some("flag"))).unwrap(),
        cohorts: serde_json::from_value(numbered(cohorts, None)).unwrap(),
        ..empty()
    })
}

/// An environment with one group type and nothing else.
pub(crate) fn empty() -> Definitions {
    Definitions {
        project: ProjectId(1),
        environment: EnvironmentId(1),
        token: ProjectToken::parse("phc_laws").unwrap(),
        revision: Revision(1),
        timezone: "Europe/Vienna".to_owned(),
        property_matching: PropertyMatching::Released,
        hold_polls_seconds: 0,
        flags: Vec::new(),
        cohorts: Vec::new(),
        group_types: vec![GroupType {
            index: GroupTypeIndex(0),
            name: "organization".to_owned(),
        }],
    }
}

// === subjects ===

fn properties() -> impl Strategy<Value = String> {
    let keys = select([&KEYS[..], &["$feature_enrollment/flag-1", "unread"]].concat());
    vec((keys, select(&VALUES[..])), 0..4).prop_map(|pairs| {
        let pairs = pairs
            .into_iter()
            .map(|(key, value)| (key.to_owned(), json_of(value)));
        Value::Object(pairs.collect::<Map<_, _>>()).to_string()
    })
}

fn person_facts() -> impl Strategy<Value = PersonFacts> {
    (properties(), vec(1..=COHORTS_MAX, 0..3)).prop_map(|(properties, cohorts)| PersonFacts {
        properties,
        created_at: Some(NOW),
        static_cohorts: cohorts.into_iter().map(CohortId).collect(),
    })
}

/// The store's answer; `acme` is the group that people here have.
pub(crate) fn subject_facts() -> impl Strategy<Value = SubjectFacts> {
    (option::of(person_facts()), option::of(properties())).prop_map(|(person, group)| {
        let group = group.map(|properties| GroupFacts {
            group: GroupRef {
                index: GroupTypeIndex(0),
                key: "acme".to_owned(),
            },
            properties,
        });
        SubjectFacts {
            person,
            groups: group.into_iter().collect(),
        }
    })
}

fn facts() -> impl Strategy<Value = Facts> {
    let subject = prop_oneof![
        1 => Just(Fetch::Skipped),
        4 => subject_facts().prop_map(Fetch::Done),
        1 => Just(Fetch::Failed(FailureCode::DatabaseUnavailable)),
    ];
    let hash_keys = prop_oneof![
        3 => Just(Fetch::Skipped),
        2 => Just(Fetch::Done(vec![HashKeyOverride {
            flag: FlagKey::parse("flag-1").unwrap(),
            hash_key: "earlier".to_owned(),
        }])),
        1 => Just(Fetch::Failed(FailureCode::DatabaseError)),
    ];
    (subject, hash_keys).prop_map(|(subject, hash_keys)| Facts { subject, hash_keys })
}

/// Somebody.
pub(crate) fn who() -> impl Strategy<Value = Who> {
    let identifier = || "[a-z]{1,8}";
    let group = select(vec![r#""acme""#, r#""""#, "7"]);
    (
        (
            identifier(),
            option::of(identifier()),
            option::of(identifier()),
        ),
        properties(),
        option::of((group, properties())),
        facts(),
    )
        .prop_map(
            |((distinct_id, device_id, anon_distinct_id), person, group, facts)| Who {
                distinct_id,
                device_id,
                anon_distinct_id,
                person,
                group: group.map(|(key, properties)| (key.to_owned(), properties)),
                facts,
            },
        )
}

/// An environment and somebody.
pub(crate) fn world() -> impl Strategy<Value = World> {
    (definitions(), who()).prop_map(|(definitions, who)| World { definitions, who })
}

// === asking ===

impl Who {
    pub(crate) fn ask<T>(&self, then: impl FnOnce(&Subject<'_>) -> T) -> T {
        let group = self.group.as_ref().map(|(key, properties)| GivenGroup {
            group_type: "organization",
            key: Some(key),
            properties: Some(properties),
        });
        let given = Given {
            distinct_id: &self.distinct_id,
            device_id: self.device_id.as_deref(),
            anon_distinct_id: self.anon_distinct_id.as_deref(),
            person_properties: Some(&self.person),
            geoip: &[("$os", "Linux")],
            groups: group.as_slice(),
        };
        then(&Subject {
            given: &given,
            facts: &self.facts,
            now: NOW,
        })
    }

    /// The answers of the named flags, or of all, in words that can be compared.
    pub(crate) fn answers(
        &self,
        snapshot: &Snapshot,
        keys: Option<&[Cow<'_, str>]>,
        scratch: &mut Scratch,
    ) -> BTreeMap<String, String> {
        let mut answers = BTreeMap::new();
        let selection = Selection {
            keys,
            ..Selection::default()
        };
        self.ask(|subject| {
            let plan = snapshot.plan(&selection);
            snapshot.read_given(subject.given, scratch).unwrap();
            snapshot.evaluate(&plan, subject, scratch, |evaluation| {
                let answer = match evaluation.outcome {
                    Outcome::Answered {
                        value,
                        reason,
                        payload,
                    } => {
                        format!("{value:?} {reason:?} {payload:?}")
                    }
                    Outcome::Failed(error) => format!("failed {error:?}"),
                };
                answers.insert(evaluation.flag.key.to_string(), answer);
            });
        });
        answers
    }

    /// The answers of all flags of an environment.
    pub(crate) fn answers_of(&self, definitions: &Definitions) -> BTreeMap<String, String> {
        self.answers(&compile(definitions).0, None, &mut Scratch::default())
    }
}
