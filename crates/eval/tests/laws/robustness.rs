//! No definition and no property makes the evaluator panic, and a broken flag is alone in it.

use burgee_eval::{Scratch, Selection, compile, explain};
use burgee_model::{CohortDefinition, Fetch, FlagDefinition, PersonFacts, SubjectFacts};
use proptest::{collection::vec, option, prelude::*, sample::select};
use serde_json::{Map, Value, json};

use super::world::{empty, who, world};

/// Names that definitions and properties use, so that random documents come near to real ones.
const NAMES: [&str; 30] = [
    "groups",
    "properties",
    "rollout_percentage",
    "variant",
    "multivariate",
    "variants",
    "key",
    "value",
    "type",
    "operator",
    "values",
    "negation",
    "holdout",
    "id",
    "exclusion_percentage",
    "payloads",
    "version",
    "feature_enrollment",
    "early_exit",
    "aggregation_group_type_index",
    "group_type_index",
    "filters",
    "action_id",
    "AND",
    "OR",
    "person",
    "cohort",
    "flag",
    "plan",
    "$os",
];

fn json_value() -> impl Strategy<Value = Value> {
    let scalar = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        (-3..200_i32).prop_map(Value::from),
        select(&NAMES[..]).prop_map(Value::from),
        "\\PC{0,8}".prop_map(Value::from),
    ];
    scalar.prop_recursive(6, 40, 5, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..5).prop_map(Value::from),
            vec((select(&NAMES[..]), inner), 0..6).prop_map(|members| {
                let members = members
                    .into_iter()
                    .map(|(name, value)| (name.to_owned(), value));
                Value::Object(members.collect::<Map<_, _>>())
            }),
        ]
    })
}

/// An object, which random properties and most definitions are.
fn json_object() -> impl Strategy<Value = Value> {
    vec((select(&NAMES[..]), json_value()), 0..6).prop_map(|members| {
        let members = members
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value));
        Value::Object(members.collect::<Map<_, _>>())
    })
}

fn flag(filters: Value) -> FlagDefinition {
    let flag = json!({"id": 1, "key": "odd", "active": true, "filters": filters});
    serde_json::from_value(flag).unwrap()
}

/// Documents that come nearer to a configuration than chance does.
fn filters() -> impl Strategy<Value = Value> {
    let operator = select(vec![
        "exact",
        "regex",
        "gt",
        "between",
        "semver_tilde",
        "is_date_after",
        "icontains_multi",
        "in",
        "flag_evaluates_to",
    ]);
    let kind = select(vec!["person", "group", "cohort", "flag", "person_metadata"]);
    let property = (select(&NAMES[..]), operator, kind, json_value()).prop_map(
        |(key, operator, kind, value)| {
            json!({"key": key, "operator": operator, "type": kind, "value": value})
        },
    );
    let condition = (vec(property, 0..4), option::of(any::<f64>()))
        .prop_map(|(properties, percentage)| {
            json!({"properties": properties, "rollout_percentage": percentage})
        });
    (vec(condition, 0..4), any::<f64>(), json_value()).prop_map(
        |(conditions, exclusion, payloads)| {
            json!({
                "groups": conditions, "payloads": payloads,
                "holdout": {"id": 1, "exclusion_percentage": exclusion},
            })
        },
    )
}

proptest! {
    #[test]
    fn any_document_compiles_and_is_answered_and_explained(
        filters in prop_oneof![json_value(), json_object(), filters()],
        cohort_filters in json_value(),
        cohort_groups in json_value(),
        who in who(),
    ) {
        let mut definitions = empty();
        definitions.flags.push(flag(filters));
        let mut sound = flag(json!({"groups": [{}]}));
        sound.id.0 = 2;
        sound.key = burgee_model::FlagKey::parse("sound").unwrap();
        definitions.flags.push(sound);
        let reads_cohorts = json!({"groups": [{"properties": [
            {"key": "id", "type": "cohort", "value": 1},
        ]}]});
        let mut reads = flag(reads_cohorts);
        reads.id.0 = 3;
        reads.key = burgee_model::FlagKey::parse("reads").unwrap();
        definitions.flags.push(reads);
        let cohort = json!({"id": 1, "filters": cohort_filters, "groups": cohort_groups});
        let cohort: CohortDefinition = serde_json::from_value(cohort).unwrap();
        definitions.cohorts.push(cohort);
        let answers = who.answers_of(&definitions);
        prop_assert_eq!(answers.len(), 3);
        prop_assert!(answers["sound"].starts_with("On ConditionMatch(0)"));
        let explained = who.ask(|subject| explain(&definitions, &Selection::default(), subject));
        prop_assert_eq!(explained.unwrap().len(), 3);
    }

    #[test]
    fn any_property_is_read_and_answered(
        mut world in world(),
        given in json_object(),
        stored in json_object(),
    ) {
        world.who.person = given.to_string();
        world.who.facts.subject = Fetch::Done(SubjectFacts {
            person: Some(PersonFacts {
                properties: stored.to_string(),
                created_at: None,
                static_cohorts: Vec::new(),
            }),
            groups: Vec::new(),
        });
        let active = world.definitions.flags.iter().filter(|flag| flag.active).count();
        prop_assert_eq!(world.who.answers_of(&world.definitions).len(), active);
    }

    /// The reader of properties takes JSON objects and refuses all else, without a panic.
    #[test]
    fn any_text_is_properties_or_refused(world in world(), text in "\\PC{0,30}|[\\[{\"}\\],:0-9a\\\\u]{0,20}") {
        let (snapshot, _) = compile(&world.definitions);
        let mut who = world.who;
        who.person = text;
        who.ask(|subject| {
            let read = snapshot.read_given(subject.given, &mut Scratch::default());
            let is_object = serde_json::from_str::<Map<String, Value>>(
                subject.given.person_properties.unwrap(),
            )
            .is_ok();
            assert!(!is_object || read.is_ok());
        });
    }
}
