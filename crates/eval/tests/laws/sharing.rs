//! A flag's answer is its own affair: not that of other flags, of their order, or of what was asked
//! before.

use std::{borrow::Cow, collections::BTreeSet, sync::Arc};

use burgee_eval::{Scratch, compile};
use burgee_model::{Definitions, FlagDefinition, FlagId};
use proptest::prelude::*;
use serde_json::Value;

use super::world::{definitions, who, world};

/// The ids that a flag's filters on flags name.
fn named(flag: &FlagDefinition) -> Vec<FlagId> {
    let groups = flag.filters["groups"].as_array().unwrap();
    let filters = groups
        .iter()
        .flat_map(|group| group["properties"].as_array().unwrap());
    filters
        .filter(|filter| filter["type"] == "flag")
        .map(|filter| FlagId(filter["key"].as_str().unwrap().parse().unwrap()))
        .collect()
}

/// The environment as it would be with one flag and what it depends on.
fn alone(definitions: &Definitions, flag: &FlagDefinition) -> Definitions {
    let mut kept = BTreeSet::from([flag.id]);
    let mut pending = named(flag);
    while let Some(id) = pending.pop() {
        if kept.insert(id) {
            pending.extend(
                definitions
                    .flags
                    .iter()
                    .filter(|flag| flag.id == id)
                    .flat_map(named),
            );
        }
    }
    let mut alone = definitions.clone();
    alone.flags.retain(|flag| kept.contains(&flag.id));
    alone
}

proptest! {
    #[test]
    fn the_same_question_has_the_same_answer(world in world()) {
        let first = world.who.answers_of(&world.definitions);
        prop_assert_eq!(first, world.who.answers_of(&world.definitions));
    }

    #[test]
    fn what_was_asked_before_with_the_same_memory_leaves_no_trace(
        world in world(),
        before in definitions(),
        by in who(),
    ) {
        let (snapshot, _) = compile(&world.definitions);
        let mut used = Scratch::default();
        by.answers(&compile(&before).0, None, &mut used);
        by.answers(&snapshot, None, &mut used);
        let answers = world.who.answers(&snapshot, None, &mut used);
        prop_assert_eq!(answers, world.who.answers_of(&world.definitions));
    }

    #[test]
    fn the_stored_order_of_flags_and_cohorts_does_not_matter(world in world(), turn in 0..6_usize) {
        let mut turned = world.definitions.clone();
        let flags = turned.flags.len();
        turned.flags.rotate_left(turn % flags);
        turned.flags.reverse();
        turned.cohorts.reverse();
        prop_assert_eq!(world.who.answers_of(&turned), world.who.answers_of(&world.definitions));
    }

    #[test]
    fn a_flag_that_is_asked_for_alone_answers_as_among_all(world in world()) {
        let (snapshot, _) = compile(&world.definitions);
        let all = world.who.answers_of(&world.definitions);
        for flag in &world.definitions.flags {
            let keys = [Cow::Borrowed(flag.key.as_str())];
            let one = world.who.answers(&snapshot, Some(&keys), &mut Scratch::default());
            prop_assert_eq!(one.get(flag.key.as_str()), all.get(flag.key.as_str()));
        }
    }

    /// Equal predicates are one entry of the snapshot; compiled alone, a flag shares nothing.
    #[test]
    fn a_flag_that_shares_predicates_answers_as_one_that_is_compiled_alone(world in world()) {
        let all = world.who.answers_of(&world.definitions);
        for flag in &world.definitions.flags {
            let one = world.who.answers_of(&alone(&world.definitions, flag));
            prop_assert_eq!(one.get(flag.key.as_str()), all.get(flag.key.as_str()));
        }
    }

    #[test]
    fn many_threads_get_from_one_snapshot_what_one_gets(world in world()) {
        let (snapshot, _) = compile(&world.definitions);
        let alone = world.who.answers(&snapshot, None, &mut Scratch::default());
        std::thread::scope(|scope| {
            let ask = || world.who.answers(&snapshot, None, &mut Scratch::default());
            let threads = [scope.spawn(ask), scope.spawn(ask), scope.spawn(ask)];
            for thread in threads {
                assert_eq!(thread.join().unwrap(), alone);
            }
        });
    }

    #[test]
    fn members_that_nobody_reads_do_not_matter(world in world()) {
        let mut decorated = world.definitions.clone();
        for flag in &mut decorated.flags {
            Arc::make_mut(&mut flag.filters)["sort_key"] = Value::from("x");
            flag.name = Some("for people".to_owned());
        }
        prop_assert_eq!(world.who.answers_of(&decorated), world.who.answers_of(&world.definitions));
    }
}
