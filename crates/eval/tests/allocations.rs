//! After warm-up, reading a request and evaluating it allocates nothing.

#![cfg(test)]

#[path = "../benches/evaluate/mix.rs"]
mod mix;

use allocation_counter::measure;
use burgee_eval::{Given, GivenGroup, Scratch, Selection, Subject, compile};
use burgee_model::{Definitions, Facts, GroupType, GroupTypeIndex, Timestamp};

use mix::{DISTINCT_ID, Mix, PROPERTIES, definitions};

const NOW: Timestamp = Timestamp::from_unix_millis(1_764_000_000_000);

/// Allocations of reading and evaluating the same request for the second time.
fn allocations(definitions: &Definitions, given: &Given<'_>) -> u64 {
    let (snapshot, _) = compile(definitions);
    let facts = Facts::default();
    let plan = snapshot.plan(&Selection::default());
    let mut scratch = Scratch::default();
    let mut answered = 0;
    let mut run = || {
        snapshot.read_given(given, &mut scratch).unwrap();
        assert!(snapshot.needs(&plan, &scratch).groups.is_empty());
        let subject = Subject {
            given,
            facts: &facts,
            now: NOW,
        };
        snapshot.evaluate(&plan, &subject, &mut scratch, |_| answered += 1);
    };
    run();
    let allocated = measure(run).count_total;
    assert_eq!(answered, 2 * plan.len());
    allocated
}

#[test]
fn evaluating_allocates_nothing_after_warm_up_whatever_the_flags_ask() {
    let given = Given {
        distinct_id: DISTINCT_ID,
        person_properties: Some(PROPERTIES),
        ..Given::default()
    };
    let mixes = [
        Mix::Rollout,
        Mix::Text,
        Mix::Cohort,
        Mix::PatternOrVersion,
        Mix::Shared,
        Mix::List,
    ];
    for mix in mixes {
        assert_eq!(allocations(&definitions(mix, 100), &given), 0, "{mix:?}");
    }
}

#[test]
fn plain_values_of_every_kind_and_groups_are_read_without_allocating() {
    let mut definitions = definitions(Mix::Text, 100);
    definitions.group_types.push(GroupType {
        index: GroupTypeIndex(0),
        name: "organization".to_owned(),
    });
    let filters = serde_json::json!({
        "aggregation_group_type_index": 0,
        "multivariate": {"variants": [
            {"key": "a", "rollout_percentage": 50}, {"key": "b", "rollout_percentage": 50},
        ]},
        "groups": [{"properties": [
            {"key": "tier", "type": "group", "operator": "icontains", "value": "GOLD"},
            {"key": "size", "type": "group", "operator": "gt", "value": 5},
            {"key": "$group_key", "type": "group", "operator": "is_not", "value": "x"},
            {"key": "admin", "type": "person", "value": "true"},
            {"key": "ratio", "type": "person", "operator": "lt", "value": 5},
            {"key": "nothing", "type": "person", "operator": "is_set"},
            {"key": "joined", "type": "person", "operator": "is_date_after", "value": "-400d"},
            {"key": "$os_name", "type": "person", "operator": "starts_with", "value": "lin"},
        ]}],
    });
    definitions.flags[0].filters = filters.into();
    let groups = [GivenGroup {
        group_type: "organization",
        key: Some("42"),
        properties: Some(r#"{"tier":"Pure Gold","size":12,"unread":[1,2,"x"]}"#),
    }];
    let given = Given {
        distinct_id: DISTINCT_ID,
        person_properties: Some(
            r#"{"admin":true,"ratio":1.25e0,"nothing":null,"joined":"2025-11-03T09:41:00Z","$os":"Linux","unread":{"a":"b"}}"#,
        ),
        groups: &groups,
        ..Given::default()
    };
    assert_eq!(allocations(&definitions, &given), 0);
}
