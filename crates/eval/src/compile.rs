//! Compiling: from stored definitions to a [`Snapshot`].
//!
//! Never fails as a whole. What cannot be read fails alone: a filter misses, a cohort fails the
//! flags that use it, a flag is answered as failed, and a warning says so (spec: engine §2.4 BETTER).

use std::collections::BTreeMap;

use burgee_model::{
    CohortId, Definitions, FilterKind, Filters, FlagDefinition, FlagId, GroupTypeIndex,
    PropertyMatching,
};
use chrono_tz::Tz;

use crate::{
    CompileWarning, FlagInfo, Snapshot,
    exact::exact_list,
    plan::Plans,
    slot::SlotTableBuilder,
    snapshot::{
        Cohort, CohortTest, Condition, Dependency, Flag, Node, PayloadIndex, Position, Step,
        Variant,
    },
};

use self::{
    cohort::CohortIndex,
    order::{Graph, Standing},
    predicate::Predicates,
};

mod cohort;
mod cohort_tree;
mod condition;
mod flag;
mod order;
mod payload;
mod predicate;

/// Compiles definitions. What is odd is kept with the meaning that evaluation gives it, and warned
/// about.
pub fn compile(definitions: &Definitions) -> (Snapshot, Vec<CompileWarning>) {
    let names: BTreeMap<GroupTypeIndex, &str> = definitions
        .group_types
        .iter()
        .map(|group| (group.index, &*group.name))
        .collect();
    let mut warnings = Vec::new();
    let timezone = timezone(definitions, &mut warnings);
    let sources = readable_flags(definitions);
    let graph = Graph::of(&sources);
    let mut compiler = Compiler {
        timezone,
        matching: definitions.property_matching,
        slots: SlotTableBuilder::new(&names),
        predicates: Predicates::default(),
        arrays: Arrays::default(),
        cohorts: CohortIndex::default(),
        positions: positions(&sources),
        warnings,
    };
    compiler.add_cohorts(&definitions.cohorts, &referenced_cohorts(&sources));
    let mut flags = Vec::with_capacity(sources.len());
    for (source, standing) in sources.iter().zip(&graph.standings) {
        flags.push(compiler.flag(source, *standing));
    }
    compiler.finish(definitions, infos(&sources), (flags, graph.order))
}

/// The stored conditions of a flag, in the order of the compiled ones, if it is of a form that is
/// evaluated.
pub(crate) fn stored_filters(flag: &FlagDefinition) -> Option<Filters<'_>> {
    match flag::read(flag) {
        ConfigurationReading::Format1(filters) => Some(*filters),
        ConfigurationReading::Unsupported | ConfigurationReading::Unreadable(_) => None,
    }
}

/// A flag and the reading of its configuration.
struct FlagSource<'d> {
    definition: &'d FlagDefinition,
    reading: ConfigurationReading<'d>,
}

/// What a flag's configuration document turned out to be.
enum ConfigurationReading<'d> {
    Format1(Box<Filters<'d>>),
    /// Another `filters.version` (spec: engine §2.6).
    Unsupported,
    Unreadable(String),
}

impl<'d> FlagSource<'d> {
    fn filters(&self) -> Option<&Filters<'d>> {
        match &self.reading {
            ConfigurationReading::Format1(filters) => Some(filters),
            ConfigurationReading::Unsupported | ConfigurationReading::Unreadable(_) => None,
        }
    }
}

/// Everything under construction.
struct Compiler<'d> {
    timezone: Tz,
    matching: PropertyMatching,
    slots: SlotTableBuilder<'d>,
    predicates: Predicates<'d>,
    arrays: Arrays,
    cohorts: CohortIndex,
    positions: BTreeMap<FlagId, u32>,
    warnings: Vec<CompileWarning>,
}

/// The snapshot's arrays.
#[derive(Default)]
struct Arrays {
    conditions: Vec<Condition>,
    steps: Vec<Step>,
    dependencies: Vec<Dependency>,
    cohort_tests: Vec<CohortTest>,
    variants: Vec<Variant>,
    payloads: Vec<Box<str>>,
    cohorts: Vec<Cohort>,
    nodes: Vec<Node>,
    contexts: Vec<Box<str>>,
}

impl Compiler<'_> {
    fn warn(&mut self, flag: &FlagDefinition, path: String, message: impl Into<String>) {
        let flag = Some((flag.id, flag.key.clone()));
        self.warnings.push(CompileWarning {
            flag,
            path,
            message: message.into(),
        });
    }

    fn finish(
        self,
        definitions: &Definitions,
        infos: Box<[FlagInfo]>,
        (flags, order): (Vec<Flag>, Vec<u32>),
    ) -> (Snapshot, Vec<CompileWarning>) {
        let arrays = self.arrays;
        let mut snapshot = Snapshot {
            revision: definitions.revision,
            timezone: self.timezone,
            slots: self.slots.finish(),
            infos,
            flags: exact_list(flags),
            conditions: exact_list(arrays.conditions),
            steps: exact_list(arrays.steps),
            dependencies: exact_list(arrays.dependencies),
            cohort_tests: exact_list(arrays.cohort_tests),
            predicates: exact_list(self.predicates.list),
            variants: exact_list(arrays.variants),
            payloads: exact_list(arrays.payloads),
            cohorts: exact_list(arrays.cohorts),
            nodes: exact_list(arrays.nodes),
            contexts: exact_list(arrays.contexts),
            plans: Plans::of_order(order),
        };
        snapshot.prepare_plans();
        (snapshot, self.warnings)
    }

    fn add_payload(&mut self, json: &str) -> PayloadIndex {
        self.arrays.payloads.push(Box::from(json));
        PayloadIndex(Position::new(self.arrays.payloads.len() - 1))
    }
}

fn position(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

fn timezone(definitions: &Definitions, warnings: &mut Vec<CompileWarning>) -> Tz {
    definitions.timezone.parse().unwrap_or_else(|_| {
        let message = format!(
            "unknown time zone `{}`; dates are read in UTC",
            definitions.timezone
        );
        warnings.push(CompileWarning {
            flag: None,
            path: String::new(),
            message,
        });
        Tz::UTC
    })
}

/// The flags that take part, by key.
fn readable_flags(definitions: &Definitions) -> Vec<FlagSource<'_>> {
    let flags = definitions.flags.iter().filter(|flag| flag.is_evaluable());
    let mut sources: Vec<_> = flags
        .map(|flag| FlagSource {
            definition: flag,
            reading: flag::read(flag),
        })
        .collect();
    sources.sort_by(|one, two| one.definition.key.cmp(&two.definition.key));
    sources
}

fn positions(sources: &[FlagSource<'_>]) -> BTreeMap<FlagId, u32> {
    sources
        .iter()
        .zip(0..)
        .map(|(source, at)| (source.definition.id, at))
        .collect()
}

fn infos(sources: &[FlagSource<'_>]) -> Box<[FlagInfo]> {
    let info = |(source, index): (&FlagSource<'_>, u32)| FlagInfo {
        index,
        id: source.definition.id,
        key: source.definition.key.as_str().into(),
        version: source.definition.version.unwrap_or(0),
        has_experiment: source.definition.has_experiment,
    };
    sources.iter().zip(0..).map(info).collect()
}

/// The cohorts that some flag names, in the order of their first mention.
fn referenced_cohorts(sources: &[FlagSource<'_>]) -> Vec<CohortId> {
    let filters = sources.iter().filter_map(FlagSource::filters);
    let properties = filters
        .flat_map(|filters| &filters.groups)
        .flat_map(|group| &group.properties);
    properties
        .filter(|filter| filter.kind == FilterKind::Cohort)
        .filter_map(|filter| cohort::cohort_id(filter.value))
        .collect()
}
