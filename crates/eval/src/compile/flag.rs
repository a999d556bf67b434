//! One flag: its settings, variants, holdout and conditions.

use burgee_model::{BucketingIdentifier, Filters, FlagDefinition, Multivariate};
use serde_json::Value;

use crate::{
    operator::Folding,
    slot::Source,
    snapshot::{
        Aggregation, Condition, Flag, FlagState, Holdout, Identity, Position, Run, Variant,
    },
    split::{self, Rollout},
};

use super::{Compiler, ConfigurationReading, FlagSource, Standing, payload::payload};

/// Reads a configuration document (spec: engine §2.6).
pub(super) fn read(flag: &FlagDefinition) -> ConfigurationReading<'_> {
    match flag.filters.get("version") {
        None | Some(Value::Null) => {}
        Some(version) if version.as_f64() == Some(1.0) => {}
        Some(_) => return ConfigurationReading::Unsupported,
    }
    if !flag.filters.is_object() {
        return ConfigurationReading::Unreadable("`filters` is not an object".to_owned());
    }
    match Filters::read(&flag.filters) {
        Ok(filters) => ConfigurationReading::Format1(Box::new(filters)),
        Err(error) => ConfigurationReading::Unreadable(error.to_string()),
    }
}

impl<'d> Compiler<'d> {
    pub(super) fn flag(&mut self, source: &FlagSource<'d>, standing: Standing) -> Flag {
        let definition = source.definition;
        let mut flag = blank(definition);
        let start = self.arrays.contexts.len();
        let contexts = definition.evaluation_contexts.iter();
        self.arrays
            .contexts
            .extend(contexts.map(|name| Box::from(name.as_str())));
        flag.contexts = Run::from(start, self.arrays.contexts.len());
        let is_live = definition.active && !definition.deleted;
        flag.state = match (&source.reading, standing) {
            _ if !is_live => FlagState::Inactive,
            (ConfigurationReading::Unsupported, _) => FlagState::Unsupported,
            (ConfigurationReading::Unreadable(_), _) => FlagState::Unreadable,
            (ConfigurationReading::Format1(_), Standing::Sound) => FlagState::Active,
            (ConfigurationReading::Format1(_), _) => FlagState::MissingDependency,
        };
        self.warn_about(source, standing);
        // A flag that is never evaluated keeps its conditions only for the graph, which is done.
        if flag.state == FlagState::Active
            && let Some(filters) = source.filters()
        {
            self.fill(&mut flag, definition, filters);
        }
        flag
    }

    fn fill(&mut self, flag: &mut Flag, definition: &FlagDefinition, filters: &Filters<'d>) {
        let true_payload = payload(filters.payloads, "true");
        flag.payload = true_payload.map(|json| self.add_payload(&json));
        flag.early_exit = filters.early_exit;
        flag.aggregation = self.aggregation(filters);
        flag.identity = identity(definition, flag.aggregation);
        if filters.feature_enrollment {
            let key = format!("$feature_enrollment/{}", definition.key);
            flag.enrollment = Some(self.slots.slot(Source::Person, &key, Folding::default()));
        }
        flag.holdout = filters.holdout.as_ref().map(|holdout| {
            let value = format!("holdout-{}", holdout.id);
            let share = holdout.exclusion_percentage.clamp(0.0, 100.0);
            let payload = payload(filters.payloads, &value).map(|json| self.add_payload(&json));
            Box::new(Holdout {
                share: Rollout::from_percentage(Some(share)),
                value: value.into(),
                payload,
            })
        });
        let multivariate = filters.multivariate.as_ref();
        flag.variants = self.variants(multivariate, filters.payloads);
        flag.is_split = multivariate.is_some_and(is_split);
        let dependencies = self.arrays.dependencies.len();
        let (conditions, all_full) = self.conditions(flag, definition, filters);
        flag.conditions = conditions;
        flag.has_dependencies = self.arrays.dependencies.len() > dependencies;
        flag.is_hash_decisive = flag.is_split || !all_full;
    }

    fn aggregation(&mut self, filters: &Filters<'_>) -> Aggregation {
        match filters.aggregation_group_type_index {
            None => Aggregation::Person,
            Some(index) => Aggregation::Group(self.slots.group(index)),
        }
    }

    fn variants(&mut self, multivariate: Option<&Multivariate<'_>>, payloads: &Value) -> Run {
        let start = self.arrays.variants.len();
        let variants = multivariate.map(|all| &*all.variants).unwrap_or_default();
        let bounds = split::cumulative(variants.iter().map(|variant| variant.rollout_percentage));
        for (variant, bound) in variants.iter().zip(bounds) {
            let payload = payload(payloads, variant.key).map(|json| self.add_payload(&json));
            self.arrays.variants.push(Variant {
                key: variant.key.into(),
                bound,
                payload,
            });
        }
        Run::from(start, self.arrays.variants.len())
    }

    fn conditions(
        &mut self,
        flag: &Flag,
        definition: &FlagDefinition,
        filters: &Filters<'d>,
    ) -> (Run, bool) {
        let compiled: Vec<Condition> = filters
            .groups
            .iter()
            .enumerate()
            .map(|(at, condition)| self.condition(flag, (definition, at), condition))
            .collect();
        let all_full = compiled
            .iter()
            .all(|condition| condition.rollout == Rollout::Everyone);
        let start = self.arrays.conditions.len();
        self.arrays.conditions.extend(compiled);
        (Run::from(start, self.arrays.conditions.len()), all_full)
    }

    /// Position of a declared variant.
    pub(super) fn declared_variant(&self, flag: &Flag, key: &str) -> Option<Position> {
        let variants = flag.variants.of(&self.arrays.variants);
        variants
            .iter()
            .position(|variant| &*variant.key == key)
            .map(Position::new)
    }

    fn warn_about(&mut self, source: &FlagSource<'_>, standing: Standing) {
        let flag = source.definition;
        match &source.reading {
            ConfigurationReading::Unsupported => self.warn(
                flag,
                "version".to_owned(),
                "this configuration format is not supported; the flag is answered as failed",
            ),
            ConfigurationReading::Unreadable(why) => {
                let message = format!("cannot be read ({why}); the flag is answered as failed");
                self.warn(flag, String::new(), message);
            }
            ConfigurationReading::Format1(filters) => {
                if let Some(multivariate) = &filters.multivariate {
                    self.warn_about_weights(flag, multivariate);
                }
            }
        }
        match standing {
            Standing::Sound => {}
            Standing::Missing => self.warn(
                flag,
                String::new(),
                "depends, directly or not, on a flag that does not exist; it is always off",
            ),
            Standing::Cyclic => self.warn(
                flag,
                String::new(),
                "depends on itself, or on flags that do; it is always off",
            ),
        }
    }

    fn warn_about_weights(&mut self, flag: &FlagDefinition, multivariate: &Multivariate<'_>) {
        /// Sums such as 33.33 + 33.33 + 33.34 are not exact.
        const ROUNDING: f64 = 1e-6;
        let total: f64 = multivariate
            .variants
            .iter()
            .map(|variant| variant.rollout_percentage)
            .sum();
        if !multivariate.variants.is_empty() && (total - 100.0).abs() > ROUNDING {
            let message = format!("the variants add up to {total} instead of 100");
            self.warn(flag, "multivariate.variants".to_owned(), message);
        }
    }
}

fn blank(definition: &FlagDefinition) -> Flag {
    Flag {
        state: FlagState::Inactive,
        conditions: Run::default(),
        variants: Run::default(),
        payload: None,
        holdout: None,
        enrollment: None,
        aggregation: Aggregation::Person,
        identity: Identity::DistinctId,
        early_exit: false,
        asks_continuity: definition.ensure_experience_continuity,
        is_split: false,
        is_hash_decisive: false,
        has_dependencies: false,
        runtime: definition.evaluation_runtime,
        contexts: Run::default(),
    }
}

/// Continuity is for persons who are bucketed by distinct id (spec: engine §9.1).
fn identity(definition: &FlagDefinition, aggregation: Aggregation) -> Identity {
    match (definition.bucketing_identifier, aggregation) {
        (BucketingIdentifier::DeviceId, _) => Identity::DeviceId,
        (BucketingIdentifier::DistinctId, Aggregation::Person)
            if definition.ensure_experience_continuity =>
        {
            Identity::Continuous
        }
        (BucketingIdentifier::DistinctId, _) => Identity::DistinctId,
    }
}

/// Whether different hashes can give different variants (spec: engine §1.6).
fn is_split(multivariate: &Multivariate<'_>) -> bool {
    let first = multivariate
        .variants
        .iter()
        .find(|variant| variant.rollout_percentage != 0.0);
    first.is_some_and(|variant| variant.rollout_percentage < 100.0)
}
