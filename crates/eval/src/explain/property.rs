//! One filter of a condition: whether it holds, on what, in words.

use burgee_model::{Condition as Stored, FilterKind, PropertyFilter};
use serde_json::Value;

use crate::{
    operator::{Folding, Test, ValueKind},
    scratch::Known,
    slot::{Slot, Source},
    snapshot::{Cohort, CohortTest, Condition, Membership, PredicateIndex, Step},
};

use super::{Explainer, PropertyExplanation, sentence};

/// What became of a filter.
struct Finding {
    matched: bool,
    actual_value: Option<Value>,
    explanation: String,
}

impl Explainer<'_, '_> {
    /// The filters of a condition. Cohort filters were set aside when it was compiled, so that two
    /// lists are followed.
    pub(super) fn properties(
        &mut self,
        stored: &Stored<'_>,
        compiled: &Condition,
    ) -> Vec<PropertyExplanation> {
        let snapshot = self.walk.snapshot;
        let mut steps = compiled.steps.of(&snapshot.steps).iter();
        let mut tests = compiled.cohorts.of(&snapshot.cohort_tests).iter();
        let mut explained = Vec::with_capacity(stored.properties.len());
        for filter in &stored.properties {
            let finding = match filter.kind {
                FilterKind::Cohort => tests.next().map(|test| self.cohort(filter, *test)),
                _ => steps.next().map(|step| self.step(filter, *step)),
            };
            explained.extend(finding.map(|finding| finding.of(filter)));
        }
        explained
    }

    fn step(&mut self, filter: &PropertyFilter<'_>, step: Step) -> Finding {
        match step {
            Step::Predicate(predicate) => self.predicate(filter, predicate),
            Step::Dependency(_) => {
                let dependency = self.walk.snapshot.dependency(step);
                let target = dependency.map_or(usize::MAX, |it| it.target as usize);
                let info = self.walk.snapshot.infos.get(target);
                let key = info.map(|info| &*info.key).unwrap_or_default();
                let matched = dependency.and_then(|it| self.walk.meets(it));
                let verb = match matched {
                    None => "failed, so that it is not known whether it evaluates",
                    Some(true) => "evaluates",
                    Some(false) => "does not evaluate",
                };
                Finding {
                    matched: matched == Some(true),
                    actual_value: None,
                    explanation: format!(
                        "flag `{key}` {verb} to {}",
                        sentence::shown(filter.value)
                    ),
                }
            }
            Step::Never => Finding {
                matched: false,
                actual_value: None,
                explanation: "the filter on another flag is not well formed and never holds"
                    .to_owned(),
            },
        }
    }

    fn predicate(&mut self, filter: &PropertyFilter<'_>, predicate: PredicateIndex) -> Finding {
        let snapshot = self.walk.snapshot;
        let known = self.walk.predicate(predicate);
        let matched = known == Known::Yes;
        let slot = snapshot
            .predicate(predicate)
            .map_or(Slot(0), |predicate| predicate.slot);
        let source = snapshot.slots.spec(slot).source;
        let actual_value = self.actual_value(slot);
        let name = self.name(filter, source);
        let explanation = if let Some(oddity) = self.oddity(filter) {
            oddity
        } else if actual_value.is_none() && self.walk.is_partial(source) {
            format!("{name} is not known, since its owner's properties were not fetched")
        } else if known == Known::Error {
            sentence::incomparable(&name, filter, actual_value.as_ref())
        } else {
            sentence::compared(&name, filter, (actual_value.as_ref(), matched))
        };
        Finding {
            matched,
            actual_value,
            explanation,
        }
    }

    /// What is wrong with a filter whose answer does not depend on what it compares with.
    fn oddity(&self, filter: &PropertyFilter<'_>) -> Option<String> {
        let (test, warning) = Test::compile(
            filter.operator,
            filter.value,
            self.definitions.property_matching,
            self.walk.snapshot.timezone,
        );
        matches!(test, Test::Fixed { .. })
            .then_some(warning)
            .flatten()
    }

    fn name(&self, filter: &PropertyFilter<'_>, source: Source) -> String {
        let key = filter.key;
        match (filter.kind, source) {
            (FilterKind::PersonMetadata, _) => format!("the person's own {key}"),
            (FilterKind::Group, Source::Group(group)) => {
                let group = self.walk.snapshot.slots.group(group);
                let name = group.and_then(|group| group.name.as_deref());
                format!("{key} of the {}", name.unwrap_or("unknown group"))
            }
            (FilterKind::Group, _) => format!("{key} of no group"),
            _ => key.to_owned(),
        }
    }

    fn actual_value(&self, slot: Slot) -> Option<Value> {
        let value = self.walk.reading.slot(slot);
        if !value.is_present() {
            return None;
        }
        let view = value.view(&self.walk.reading.texts, Folding::default());
        Some(match view.kind {
            ValueKind::Null => Value::Null,
            ValueKind::Bool(value) => Value::Bool(value),
            ValueKind::Text => Value::String(view.text.to_owned()),
            ValueKind::Number(_) | ValueKind::Composite => {
                serde_json::from_str(view.text).unwrap_or(Value::Null)
            }
        })
    }

    fn cohort(&mut self, filter: &PropertyFilter<'_>, test: CohortTest) -> Finding {
        let found = test
            .cohort
            .and_then(|index| Ok((index, self.walk.sound_cohort(index)?)));
        let explanation = match (found, test.membership) {
            (Err(error), _) => error.to_string(),
            (Ok(_), Membership::Never) => {
                "a cohort filter has the operator `in` or `not_in`; it never holds".to_owned()
            }
            (Ok(_), _) if self.walk.reading.is_person_partial => {
                "it is not known who the person is, since they were not fetched".to_owned()
            }
            (Ok(cohort), membership) => return self.membership(filter, cohort, membership),
        };
        Finding {
            matched: false,
            actual_value: None,
            explanation,
        }
    }

    fn membership(
        &mut self,
        filter: &PropertyFilter<'_>,
        (index, cohort): (u32, &Cohort),
        membership: Membership,
    ) -> Finding {
        let is_member = self.walk.is_member(index);
        let note = if cohort.is_partly_evaluated {
            " as far as can be told: its conditions on behaviour are not evaluated here"
        } else {
            ""
        };
        let verb = if is_member { "is" } else { "is not" };
        Finding {
            matched: membership.holds(is_member),
            actual_value: None,
            explanation: format!("the person {verb} in cohort {}{note}", filter.value),
        }
    }
}

impl Finding {
    fn of(self, filter: &PropertyFilter<'_>) -> PropertyExplanation {
        PropertyExplanation {
            key: filter.key.to_owned(),
            operator: sentence::operator(filter).replace('_', ""),
            value: filter.value.clone(),
            kind: filter.kind,
            actual_value: self.actual_value,
            matched: self.matched,
            explanation: self.explanation,
        }
    }
}
