//! What several queries ask for, as the arrays that a statement takes.

use burgee_store::SubjectQuery;

/// Questions of all queries by kind.
#[derive(Debug, Default)]
pub(super) struct Questions<'q> {
    /// Places are those of the queries.
    pub(super) persons: Keys<'q>,
    /// Places count the groups of all queries, one query after another.
    pub(super) groups: Keys<'q>,
    /// The type of each of `groups`.
    pub(super) group_indexes: Vec<i32>,
    /// Two places a query: its identifier, then the one before log-in.
    pub(super) hash_keys: Keys<'q>,
}

/// Parallel arrays, one entry a question.
#[derive(Debug, Default)]
pub(super) struct Keys<'q> {
    pub(super) places: Vec<i32>,
    pub(super) environments: Vec<i64>,
    pub(super) texts: Vec<&'q str>,
}

impl<'q> Questions<'q> {
    pub(super) fn of(queries: &[&'q SubjectQuery]) -> Self {
        let mut questions = Self::default();
        let mut group_place = 0..;
        for (place, query) in (0..).zip(queries) {
            let environment = query.environment.0;
            if query.person {
                questions
                    .persons
                    .ask(place, environment, &query.distinct_id);
            }
            for (group, place) in query.groups.iter().zip(group_place.by_ref()) {
                if questions.groups.ask(place, environment, &group.key) {
                    questions.group_indexes.push(group.index.0);
                }
            }
            if query.hash_keys {
                let (own, anonymous) = (2 * place, 2 * place + 1);
                let keys = &mut questions.hash_keys;
                keys.ask(own, environment, &query.distinct_id);
                if let Some(distinct_id) = &query.anon_distinct_id {
                    keys.ask(anonymous, environment, distinct_id);
                }
            }
        }
        questions
    }

    pub(super) fn is_empty(&self) -> bool {
        self.persons.is_empty() && self.are_only_persons()
    }

    pub(super) fn are_only_persons(&self) -> bool {
        self.groups.is_empty() && self.hash_keys.is_empty()
    }
}

impl<'q> Keys<'q> {
    fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// Returns whether the question is asked. PostgreSQL refuses a text with a NUL, and with it all
    /// other questions of the statement; as nothing can be stored under such a text, nothing is found.
    fn ask(&mut self, place: i32, environment: i64, text: &'q str) -> bool {
        if text.contains('\0') {
            return false;
        }
        self.places.push(place);
        self.environments.push(environment);
        self.texts.push(text);
        true
    }
}
