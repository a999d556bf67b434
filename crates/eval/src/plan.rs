//! Which flags a request gets, in dependency order (spec: engine §2.5, §7.1).
//!
//! The plan of a request that restricts nothing but the runtime is worked out once per snapshot;
//! named flags are closed over their dependencies per request.

use std::borrow::Cow;

use burgee_model::EvaluationRuntime;

use crate::{
    FlagInfo, RequestRuntime, Selection, SelectionScope, Snapshot,
    exact::exact_list,
    needs::Requirements,
    snapshot::{Flag, FlagState},
};

/// Keys of flags that surveys make for themselves.
const SURVEY_PREFIX: &str = "survey-targeting-";
/// Keys of flags that product tours make for themselves.
const TOUR_PREFIX: &str = "product-tour-targeting-";

/// Which flags are evaluated, in dependency order.
#[derive(Debug, Clone)]
pub struct Plan<'s> {
    snapshot: &'s Snapshot,
    flags: Cow<'s, [u32]>,
    requirements: Cow<'s, Requirements>,
}

/// A plan on its way to another thread; [`Snapshot::resume`] of the same snapshot takes it up.
#[derive(Debug, Clone)]
pub struct PlannedFlags {
    flags: Vec<u32>,
    requirements: Requirements,
}

/// The plans that are worked out beforehand.
#[derive(Debug, Default)]
pub(crate) struct Plans {
    /// Every flag, inactive ones included, in dependency order.
    order: Box<[u32]>,
    everything: Prepared,
    /// `None`: no flag is meant for one runtime alone, so all plans are the same.
    by_runtime: Option<Box<[Prepared; 3]>>,
}

#[derive(Debug, Default)]
struct Prepared {
    flags: Box<[u32]>,
    requirements: Requirements,
}

impl Plan<'_> {
    /// How many flags will be evaluated.
    pub fn len(&self) -> usize {
        self.flags.len()
    }

    /// Whether nothing will be evaluated.
    pub fn is_empty(&self) -> bool {
        self.flags.is_empty()
    }

    /// Whether no planned flag counts as usage: their keys all start with `survey-targeting-` or
    /// `product-tour-targeting-` (spec: service §8.2).
    pub fn is_unbilled(&self) -> bool {
        self.flags.iter().all(|index| {
            let info = self.snapshot.infos.get(*index as usize);
            info.is_none_or(|info| {
                info.key.starts_with(SURVEY_PREFIX) || info.key.starts_with(TOUR_PREFIX)
            })
        })
    }

    /// The plan without its borrow of the snapshot.
    pub fn detach(self) -> PlannedFlags {
        PlannedFlags {
            flags: self.flags.into_owned(),
            requirements: self.requirements.into_owned(),
        }
    }

    /// Positions of the flags in [`Snapshot::flags`], in the order in which they are evaluated.
    pub(crate) fn flags(&self) -> &[u32] {
        &self.flags
    }

    pub(crate) fn requirements(&self) -> &Requirements {
        &self.requirements
    }
}

impl Snapshot {
    /// Decides which flags are evaluated, in dependency order.
    pub fn plan(&self, selection: &Selection<'_>) -> Plan<'_> {
        let is_plain = selection.keys.is_none()
            && selection.contexts.is_empty()
            && selection.scope == SelectionScope::All;
        if is_plain {
            let prepared = self.plans.prepared(selection.runtime);
            return Plan {
                snapshot: self,
                flags: Cow::Borrowed(&prepared.flags),
                requirements: Cow::Borrowed(&prepared.requirements),
            };
        }
        let flags = match selection.keys {
            None => self.eligible(selection, &self.plans.order),
            Some(keys) => self.eligible(selection, &self.closure(keys)),
        };
        let requirements = Requirements::of(self, &flags);
        Plan {
            snapshot: self,
            flags: Cow::Owned(flags),
            requirements: Cow::Owned(requirements),
        }
    }

    /// The flags that `selection` asks for by name, or all, and that are switched off: they are in
    /// no plan. By key.
    pub fn switched_off<'a>(
        &'a self,
        selection: &'a Selection<'_>,
    ) -> impl Iterator<Item = &'a FlagInfo> {
        let is_named = |info: &FlagInfo| {
            let keys = selection.keys;
            keys.is_none_or(|keys| keys.iter().any(|key| **key == *info.key))
        };
        self.flags
            .iter()
            .zip(&self.infos)
            .filter(move |(flag, info)| {
                flag.state == FlagState::Inactive
                    && self.is_asked_for(flag, &info.key, selection)
                    && is_named(info)
            })
            .map(|(_, info)| info)
    }

    /// Takes up a plan of this snapshot.
    pub fn resume(&self, planned: PlannedFlags) -> Plan<'_> {
        Plan {
            snapshot: self,
            flags: Cow::Owned(planned.flags),
            requirements: Cow::Owned(planned.requirements),
        }
    }

    /// Works out the plans that are kept; the last step of compiling.
    pub(crate) fn prepare_plans(&mut self) {
        let prepare = |runtime| {
            let selection = Selection {
                runtime,
                ..Selection::default()
            };
            let flags = self.eligible(&selection, &self.plans.order);
            Prepared {
                requirements: Requirements::of(self, &flags),
                flags: exact_list(flags),
            }
        };
        let everything = prepare(RequestRuntime::All);
        let is_restricted = self
            .flags
            .iter()
            .any(|flag| flag.runtime != EvaluationRuntime::All);
        let by_runtime = is_restricted.then(|| {
            [
                RequestRuntime::Client,
                RequestRuntime::Server,
                RequestRuntime::Unknown,
            ]
            .map(prepare)
        });
        self.plans.everything = everything;
        self.plans.by_runtime = by_runtime.map(Box::new);
    }

    fn eligible(&self, selection: &Selection<'_>, order: &[u32]) -> Vec<u32> {
        let is_eligible = |index: &u32| {
            let at = *index as usize;
            match (self.flags.get(at), self.infos.get(at)) {
                (Some(flag), Some(info)) => {
                    flag.state != FlagState::Inactive
                        && self.is_asked_for(flag, &info.key, selection)
                }
                _ => false,
            }
        };
        order.iter().copied().filter(is_eligible).collect()
    }

    /// Whether a flag is of the kind that is asked for, whatever its name and state.
    fn is_asked_for(&self, flag: &Flag, key: &str, selection: &Selection<'_>) -> bool {
        (selection.scope == SelectionScope::All || key.starts_with(SURVEY_PREFIX))
            && suits_runtime(flag.runtime, selection.runtime)
            && shares_context(flag.contexts.of(&self.contexts), selection.contexts)
    }

    /// The named flags and all they depend on, in dependency order.
    fn closure(&self, keys: &[Cow<'_, str>]) -> Vec<u32> {
        let mut is_wanted = vec![false; self.flags.len()];
        let mut pending: Vec<u32> = keys
            .iter()
            .filter_map(|key| Some(self.find(key)?.index))
            .collect();
        while let Some(index) = pending.pop() {
            let Some(wanted) = is_wanted.get_mut(index as usize) else {
                continue;
            };
            if !std::mem::replace(wanted, true) {
                pending.extend(self.dependencies(index));
            }
        }
        let is_wanted = |index: &u32| is_wanted.get(*index as usize).is_some_and(|wanted| *wanted);
        self.plans.order.iter().copied().filter(is_wanted).collect()
    }

    /// The flags that a flag's conditions name.
    pub(crate) fn dependencies(&self, index: u32) -> impl Iterator<Item = u32> {
        let conditions = self.flags.get(index as usize).map(|flag| flag.conditions);
        let conditions = conditions.unwrap_or_default().of(&self.conditions);
        let steps = conditions
            .iter()
            .flat_map(|condition| condition.steps.of(&self.steps));
        steps.filter_map(|step| Some(self.dependency(*step)?.target))
    }
}

impl Plans {
    /// With the order alone; [`Snapshot::prepare_plans`] does the rest.
    pub(crate) fn of_order(order: Vec<u32>) -> Self {
        Self {
            order: exact_list(order),
            ..Self::default()
        }
    }

    fn prepared(&self, runtime: RequestRuntime) -> &Prepared {
        let Some(by_runtime) = &self.by_runtime else {
            return &self.everything;
        };
        let [client, server, unknown] = &**by_runtime;
        match runtime {
            RequestRuntime::All => &self.everything,
            RequestRuntime::Client => client,
            RequestRuntime::Server => server,
            RequestRuntime::Unknown => unknown,
        }
    }

    pub(crate) fn weight_bytes(&self) -> usize {
        let prepared =
            |plan: &Prepared| size_of_val(&*plan.flags) + plan.requirements.weight_bytes();
        let by_runtime = self.by_runtime.as_ref();
        size_of_val(&*self.order)
            + prepared(&self.everything)
            + by_runtime.map_or(0, |plans| {
                size_of_val(&**plans) + plans.iter().map(prepared).sum::<usize>()
            })
    }
}

fn suits_runtime(flag: EvaluationRuntime, request: RequestRuntime) -> bool {
    match (request, flag) {
        (RequestRuntime::All, _)
        | (_, EvaluationRuntime::All)
        | (RequestRuntime::Client, EvaluationRuntime::Client)
        | (RequestRuntime::Server, EvaluationRuntime::Server) => true,
        (RequestRuntime::Client, EvaluationRuntime::Server)
        | (RequestRuntime::Server, EvaluationRuntime::Client)
        | (RequestRuntime::Unknown, EvaluationRuntime::Client | EvaluationRuntime::Server) => false,
    }
}

fn shares_context(flag: &[Box<str>], request: &[Cow<'_, str>]) -> bool {
    request.is_empty()
        || flag.is_empty()
        || flag
            .iter()
            .any(|own| request.iter().any(|asked| **own == **asked))
}
