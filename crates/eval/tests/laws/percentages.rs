//! Percentages and variants over many people (spec: engine §1).

use std::sync::Arc;

use burgee_model::FlagDefinition;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::world::{Who, empty, who, world};

fn flag(filters: Value) -> FlagDefinition {
    let flag = json!({"id": 1, "key": "flag-1", "active": true, "filters": filters});
    serde_json::from_value(flag).unwrap()
}

fn answer(who: &Who, filters: Value) -> String {
    let mut definitions = empty();
    definitions.flags.push(flag(filters));
    who.answers_of(&definitions).remove("flag-1").unwrap()
}

fn is_on(answer: &str) -> bool {
    answer.starts_with("On") || answer.starts_with("Variant")
}

/// Shares that add up to 100.
fn shares() -> impl Strategy<Value = Vec<u32>> {
    proptest::collection::vec(0..=100_u32, 1..5).prop_map(|mut cuts| {
        cuts.sort_unstable();
        cuts.push(100);
        let mut last = 0;
        cuts.into_iter()
            .map(|cut| cut - std::mem::replace(&mut last, cut))
            .collect()
    })
}

fn variants(shares: &[u32]) -> Value {
    let variants: Vec<Value> = shares
        .iter()
        .enumerate()
        .map(|(at, share)| json!({"key": format!("v{at}"), "rollout_percentage": share}))
        .collect();
    json!({"variants": variants})
}

proptest! {
    #[test]
    fn raising_a_percentage_removes_nobody(
        who in who(),
        one in 0.0..=100.0_f64,
        other in 0.0..=100.0_f64,
    ) {
        let ask = |percentage: f64| {
            is_on(&answer(&who, json!({"groups": [{"rollout_percentage": percentage}]})))
        };
        let (low, high) = (one.min(other), one.max(other));
        prop_assert!(!ask(low) || ask(high));
    }

    /// Of all conditions of a flag at once; unless it then depends on a flag that failed.
    #[test]
    fn raising_every_percentage_of_a_flag_turns_it_off_for_nobody(world in world()) {
        let before = world.who.answers_of(&world.definitions);
        for at in 0..world.definitions.flags.len() {
            let mut raised = world.definitions.clone();
            let flag = &mut raised.flags[at];
            let filters = Arc::make_mut(&mut flag.filters);
            for group in filters["groups"].as_array_mut().unwrap() {
                let percentage = group["rollout_percentage"].as_f64().unwrap_or(100.0);
                group["rollout_percentage"] = json!((percentage * 1.5).min(100.0));
            }
            let key = world.definitions.flags[at].key.as_str();
            let after = world.who.answers_of(&raised);
            if let (Some(before), Some(after)) = (before.get(key), after.get(key)) {
                prop_assert!(
                    !is_on(before) || is_on(after) || after.starts_with("failed"),
                    "{key}: {before}, then {after}"
                );
            }
        }
    }

    #[test]
    fn variants_are_a_partition(who in who(), shares in shares()) {
        let filters = json!({"groups": [{}], "multivariate": variants(&shares)});
        let answer = answer(&who, filters);
        let chosen = (0..shares.len()).filter(|at| answer.contains(&format!("\"v{at}\"")));
        let chosen: Vec<usize> = chosen.collect();
        prop_assert_eq!(chosen.len(), 1, "{}", answer);
        prop_assert!(shares[chosen[0]] > 0, "nobody has a share of 0");
    }

    /// Moving one border moves only the people at that border.
    #[test]
    fn a_larger_first_variant_keeps_its_people(who in who(), first in 0..=100_u32, more in 0..=100_u32) {
        let ask = |share: u32| {
            let filters = json!({"groups": [{}], "multivariate": variants(&[share, 100 - share])});
            answer(&who, filters).contains("\"v0\"")
        };
        let (low, high) = (first.min(more), first.max(more));
        prop_assert!(!ask(low) || ask(high));
    }

    #[test]
    fn a_rollout_does_not_change_who_gets_which_variant(who in who(), shares in shares()) {
        let ask = |percentage: f64| {
            answer(&who, json!({
                "groups": [{"rollout_percentage": percentage}], "multivariate": variants(&shares),
            }))
        };
        let (part, all) = (ask(40.0), ask(100.0));
        prop_assert!(!is_on(&part) || part == all, "{part}, {all}");
    }
}
