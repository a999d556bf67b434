//! What definitions take in memory, about.

use burgee_model::{CohortDefinition, Definitions, FlagDefinition};
use burgee_store::FlagChange;
use serde_json::Value;

/// In bytes. Texts and documents are counted, the allocator's own needs are not.
pub(super) fn of(definitions: &Definitions) -> u32 {
    let flags = definitions.flags.iter().map(flag).sum::<usize>();
    let cohorts = definitions.cohorts.iter().map(cohort).sum::<usize>();
    let bytes = size_of::<Definitions>() + flags + cohorts;
    u32::try_from(bytes).unwrap_or(u32::MAX)
}

/// As [`of`] the state after a change, of which `bytes` was the weight before.
pub(super) fn after(bytes: u32, known: &Definitions, change: &FlagChange) -> u32 {
    let flags = known.flags.iter();
    let gone = flags.filter(|known| change.concerns(known.id)).map(flag);
    let (gone, come) = (gone.sum::<usize>(), change.put.iter().map(flag).sum());
    let small = |bytes| u32::try_from(bytes).unwrap_or(u32::MAX);
    bytes
        .saturating_sub(small(gone))
        .saturating_add(small(come))
}

fn flag(flag: &FlagDefinition) -> usize {
    let contexts = flag.evaluation_contexts.iter();
    size_of::<FlagDefinition>()
        + flag.key.as_str().len()
        + flag.name.as_ref().map_or(0, String::len)
        + contexts
            .map(|context| size_of::<String>() + context.len())
            .sum::<usize>()
        + behind(&flag.filters)
}

fn cohort(cohort: &CohortDefinition) -> usize {
    size_of::<CohortDefinition>()
        + cohort.name.as_ref().map_or(0, String::len)
        + behind(&cohort.filters)
        + behind(&cohort.groups)
}

/// What a value points to. As deep as its document, whose depth reading it has bounded.
fn behind(value: &Value) -> usize {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => 0,
        Value::String(text) => text.len(),
        Value::Array(items) => items
            .iter()
            .map(|item| size_of::<Value>() + behind(item))
            .sum(),
        Value::Object(members) => {
            let entry = size_of::<(String, Value)>();
            let members = members.iter();
            members
                .map(|(name, member)| entry + name.len() + behind(member))
                .sum()
        }
    }
}

#[cfg(test)]
mod tests {
    use burgee_model::{
        EnvironmentId, FlagId, ProjectId, ProjectToken, PropertyMatching, Revision,
    };
    use burgee_store::DefinitionChange;
    use serde_json::json;

    use super::*;

    fn definitions(flags: Vec<FlagDefinition>) -> Definitions {
        Definitions {
            project: ProjectId(1),
            environment: EnvironmentId(2),
            token: ProjectToken::parse("phc_a").unwrap(),
            revision: Revision(3),
            timezone: "UTC".to_owned(),
            property_matching: PropertyMatching::Released,
            hold_polls_seconds: 0,
            flags,
            cohorts: Vec::new(),
            group_types: Vec::new(),
        }
    }

    fn flag(id: i32, text: &str) -> FlagDefinition {
        let groups = json!([{"properties": [{"key": text, "value": [text, text]}]}]);
        let flag = json!({"id": id, "key": text, "filters": {"groups": groups}});
        serde_json::from_value(flag).unwrap()
    }

    #[test]
    fn what_changed_weighs_as_if_all_were_weighed() {
        let known = definitions(vec![flag(1, "a"), flag(2, "of some length"), flag(3, "b")]);
        for (put, removed) in [
            (vec![], vec![]),
            (vec![flag(2, "c")], vec![]),
            (
                vec![flag(4, "another"), flag(1, "longer than it was")],
                vec![],
            ),
            (vec![flag(4, "another")], vec![FlagId(2), FlagId(7)]),
            (vec![], vec![FlagId(1), FlagId(2), FlagId(3)]),
        ] {
            let change = FlagChange {
                environment: known.environment,
                revision: Revision(4),
                put,
                removed,
            };
            let weight = after(of(&known), &known, &change);
            let newest = DefinitionChange::Flags(change).apply(&known);
            assert_eq!(weight, of(&newest));
        }
    }

    #[test]
    fn an_environment_weighs_more_than_its_texts() {
        let texts: Vec<String> = (0..100)
            .map(|at| format!("a text of length {at}"))
            .collect();
        let text_bytes: usize = texts.iter().map(String::len).sum();
        let flag = serde_json::from_value(json!({
            "id": 1, "key": "a", "filters": {"groups": [{"properties": [{"value": texts}]}]},
        }));
        let (empty, full) = (
            of(&definitions(Vec::new())),
            of(&definitions(vec![flag.unwrap()])),
        );
        let more = usize::try_from(full - empty).unwrap();
        assert!(
            (text_bytes..4 * (text_bytes + 100 * size_of::<Value>())).contains(&more),
            "{more}"
        );
    }
}
