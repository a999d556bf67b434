//! Parts that must agree: explanations with answers, needs with what is read.

use burgee_eval::{Evaluation, Outcome, Reason, Scratch, Selection, compile, explain};
use burgee_model::{Facts, Fetch};
use proptest::prelude::*;

use super::world::{World, subject_facts, world};

fn evaluate<T>(world: &World, mut of: impl FnMut(&Evaluation<'_>) -> T) -> Vec<T> {
    let (snapshot, _) = compile(&world.definitions);
    let mut scratch = Scratch::default();
    let mut found = Vec::new();
    world.who.ask(|subject| {
        let plan = snapshot.plan(&Selection::default());
        snapshot.read_given(subject.given, &mut scratch).unwrap();
        snapshot.evaluate(&plan, subject, &mut scratch, |evaluation| {
            found.push(of(&evaluation));
        });
    });
    found
}

/// The row that a reason points at.
fn decisive_row(reason: Reason) -> Option<i32> {
    match reason {
        Reason::Enrollment => Some(-1),
        Reason::Holdout => Some(-2),
        Reason::ConditionMatch(index) => i32::try_from(index).ok(),
        Reason::OutOfRollout(_)
        | Reason::NoConditionMatch(..)
        | Reason::NoGroupType(_)
        | Reason::MissingDependency => None,
    }
}

proptest! {
    #[test]
    fn an_explanation_agrees_with_the_answer(world in world()) {
        let explained = world.who
            .ask(|subject| explain(&world.definitions, &Selection::default(), subject))
            .unwrap();
        let mut reasons = evaluate(&world, |evaluation| {
            let reason = match evaluation.outcome {
                Outcome::Answered { reason, .. } => Some(reason),
                Outcome::Failed(_) => None,
            };
            (evaluation.flag.key.to_string(), reason)
        });
        reasons.sort_by(|one, other| one.0.cmp(&other.0));
        prop_assert_eq!(explained.len(), reasons.len());
        for (flag, (key, reason)) in explained.iter().zip(reasons) {
            prop_assert_eq!(flag.key.as_str(), key);
            let matched: Vec<_> = flag.conditions.iter().filter(|row| row.matched).collect();
            let expected = reason.and_then(decisive_row);
            prop_assert!(matched.len() <= 1);
            prop_assert_eq!(matched.first().map(|row| row.index), expected);
            if let Some(row) = matched.first() {
                prop_assert!(row.properties_matched && !row.rollout_excluded);
            }
            let row = |index: u32| {
                let index = i32::try_from(index).unwrap();
                flag.conditions.iter().find(|row| row.index == index).unwrap()
            };
            match reason {
                Some(Reason::OutOfRollout(index)) => prop_assert!(row(index).rollout_excluded),
                Some(Reason::NoConditionMatch(index, _)) => {
                    prop_assert!(!row(index).properties_matched);
                }
                _ => {}
            }
            for row in &flag.conditions {
                let all = row.properties.iter().all(|property| property.matched);
                prop_assert!(row.index < 0 || !row.properties_matched || all);
                prop_assert!(!row.explanation.is_empty());
            }
        }
    }

    /// A request that needs nothing is answered alike whatever a store would have said.
    #[test]
    fn what_is_not_needed_does_not_matter(mut world in world(), stored in subject_facts()) {
        let (snapshot, _) = compile(&world.definitions);
        let mut scratch = Scratch::default();
        let needs = world.who.ask(|subject| {
            snapshot.read_given(subject.given, &mut scratch).unwrap();
            snapshot.needs(&snapshot.plan(&Selection::default()), &scratch)
        });
        if needs.subject {
            return Ok(());
        }
        world.who.facts = Facts::default();
        let without = world.who.answers_of(&world.definitions);
        world.who.facts.subject = Fetch::Done(stored);
        prop_assert_eq!(without, world.who.answers_of(&world.definitions));
    }
}
