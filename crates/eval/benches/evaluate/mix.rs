//! Environments whose flags are all of one kind, for measuring what that kind costs.

use burgee_model::{
    CohortDefinition, Definitions, EnvironmentId, FlagDefinition, ProjectId, ProjectToken,
    PropertyMatching, Revision,
};
use serde_json::{Value, json};

/// A kind of flag. Filters differ from flag to flag unless the kind says otherwise.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Mix {
    /// A percentage alone.
    Rollout,
    /// One comparison of a text, and a percentage.
    Text,
    /// A cohort of five comparisons, and a percentage.
    Cohort,
    /// A pattern or a version, and a percentage.
    PatternOrVersion,
    /// One of ten comparisons that the flags share, and a percentage.
    Shared,
    /// One comparison with 41 texts that no other flag has, and a percentage.
    List,
}

/// Who is asked about. 36 characters, as most identifiers are.
pub(crate) const DISTINCT_ID: &str = "0192f3a4-7c1e-7b5a-9d2f-4e8c6a1b3d5f";

/// What the caller sends along: a dozen properties, those that the flags read among them.
pub(crate) const PROPERTIES: &str = r#"{"email":"somebody@example.com","plan":"enterprise","country":"DE","age":42,"is_admin":false,"app_version":"4.17.2","signed_up_at":"2025-11-03T09:41:00Z","$browser":"Firefox","$os":"Linux","city":"Wien","language":"de-AT","company":"acme-incorporated"}"#;

/// Properties with a text.
const TEXTS: [&str; 8] = [
    "email", "plan", "country", "$browser", "$os", "city", "language", "company",
];

/// An environment of `count` flags.
pub(crate) fn definitions(mix: Mix, count: i32) -> Definitions {
    let cohorts = match mix {
        Mix::Cohort => (0..count).map(cohort).collect(),
        Mix::Rollout | Mix::Text | Mix::PatternOrVersion | Mix::Shared | Mix::List => Vec::new(),
    };
    Definitions {
        project: ProjectId(1),
        environment: EnvironmentId(1),
        token: ProjectToken::parse("phc_bench").unwrap(),
        revision: Revision(1),
        timezone: "UTC".to_owned(),
        property_matching: PropertyMatching::Released,
        hold_polls_seconds: 0,
        flags: (0..count).map(|at| flag(mix, at)).collect(),
        cohorts,
        group_types: Vec::new(),
    }
}

fn flag(mix: Mix, at: i32) -> FlagDefinition {
    let properties = match mix {
        Mix::Rollout => json!([]),
        Mix::Text => json!([text_filter(at)]),
        Mix::Cohort => json!([{"key": "id", "type": "cohort", "operator": "in", "value": at}]),
        Mix::PatternOrVersion if at % 2 == 0 => {
            let pattern = format!("(?i)^[a-z]+@(example|host-{at})\\.(com|org)$");
            json!([{"key": "email", "type": "person", "operator": "regex", "value": pattern}])
        }
        Mix::PatternOrVersion => {
            let version = format!("4.{}.{at}", at % 17);
            json!([{
                "key": "app_version", "type": "person", "operator": "semver_gte", "value": version,
            }])
        }
        Mix::Shared => json!([text_filter(at % 10)]),
        Mix::List => {
            let plan = |index: i32| format!("annual-{}-business-{at}", index * 7919 % 41);
            let plans: Vec<_> = (0..41).map(plan).collect();
            json!([{"key": "plan", "type": "person", "operator": "exact", "value": plans}])
        }
    };
    let flag = json!({
        "id": at, "key": format!("flag-{at:03}"), "active": true,
        "filters": {"groups": [{"properties": properties, "rollout_percentage": 50}]},
    });
    serde_json::from_value(flag).unwrap()
}

/// A filter that holds, so that the percentage is asked too.
fn text_filter(at: i32) -> Value {
    let key = TEXTS[usize::try_from(at).unwrap() % TEXTS.len()];
    json!({"key": key, "type": "person", "operator": "is_not", "value": format!("not {at}")})
}

fn cohort(at: i32) -> CohortDefinition {
    let leaves: Vec<Value> = (0..5).map(|leaf| text_filter(at * 5 + leaf)).collect();
    let cohort = json!({"id": at, "filters": {"properties": {"type": "AND", "values": leaves}}});
    serde_json::from_value(cohort).unwrap()
}
