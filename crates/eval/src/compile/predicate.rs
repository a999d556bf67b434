//! Interning of predicates: equal ones become one entry.

use burgee_model::PropertyFilter;
use hashbrown::HashMap;

use crate::{
    operator::Test,
    slot::{Slot, Source},
    snapshot::{Predicate, PredicateIndex},
};

use super::{Compiler, position};

/// The predicates so far.
#[derive(Default)]
pub(super) struct Predicates {
    pub(super) list: Vec<Predicate>,
    known: HashMap<Identity, PredicateIndex>,
}

/// What makes two predicates equal.
#[derive(PartialEq, Eq, Hash)]
struct Identity {
    slot: Slot,
    operator: String,
    /// JSON text of the filter's value.
    value: String,
}

impl Compiler<'_> {
    /// The predicate of a property filter on `key` of `source`, and what is odd about it. Only the
    /// first of several equal filters is warned about.
    pub(super) fn predicate(
        &mut self,
        source: Source,
        key: &str,
        filter: &PropertyFilter<'_>,
    ) -> (PredicateIndex, Option<String>) {
        let slot = self
            .slots
            .slot(source, key, crate::operator::Folding::default());
        let operator = filter.operator.unwrap_or("exact").to_owned();
        let identity = Identity {
            slot,
            operator,
            value: filter.value.to_string(),
        };
        if let Some(index) = self.predicates.known.get(&identity) {
            return (*index, None);
        }
        let (test, warning) =
            Test::compile(filter.operator, filter.value, self.matching, self.timezone);
        self.slots.slot(source, key, test.folding());
        let index = PredicateIndex(position(self.predicates.list.len()));
        self.predicates.list.push(Predicate { slot, test });
        self.predicates.known.insert(identity, index);
        (index, warning)
    }
}
