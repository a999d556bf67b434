//! Fetches what the request lacks: one round trip at most, under a deadline, behind a circuit
//! breaker. A store that is slow or gone fails the flags that needed it, never the request.

use burgee_eval::{Given, Plan, Scratch};
use burgee_model::{Facts, FailureCode, Fetch, HashKeyNeed, HashKeyOverride, Needs, TimeoutKind};
use burgee_store::{HashKeyClaim, StoreError, SubjectQuery, SubjectRead};
use tokio::time::{Instant, timeout_at};

use crate::{environment::Environment, serving::Serving};

/// What was fetched, and what it took.
#[derive(Debug, Default)]
pub(crate) struct Gathered {
    pub(crate) facts: Facts,
    /// Whether the store was asked.
    pub(crate) fetched: bool,
    /// Whether it did not answer.
    pub(crate) failure: Option<FailureCode>,
}

impl Serving {
    /// Facts for the flags of `plan`.
    pub(crate) async fn gather(
        &self,
        environment: &Environment,
        plan: &Plan<'_>,
        given: &Given<'_>,
        scratch: &Scratch,
    ) -> Gathered {
        let needs = environment.snapshot.needs(plan, scratch);
        if needs.is_empty() {
            return Gathered::default();
        }
        if !self.breaker().admits(self.clock().monotonic_micros()) {
            return failed(&needs, FailureCode::DatabaseUnavailable);
        }
        let deadline = Instant::now() + self.config().subject_timeout;
        let query = subject_query(environment, &needs, given);
        let claim = self.claim(environment, &query);
        let mut read = match self.read(query, deadline).await {
            Ok(read) => read,
            Err(error) => {
                return Gathered {
                    fetched: true,
                    ..failed(&needs, error.failure_code())
                };
            }
        };
        let stored = std::mem::take(&mut read.hash_keys);
        let claimed = match claim.filter(|_| read.hash_keys_incomplete) {
            Some(claim) => self.store_claim(claim, deadline).await,
            None => Ok(stored),
        };
        let (hash_keys, failure) = match claimed {
            Ok(hash_keys) => (Fetch::Done(hash_keys), None),
            Err(error) => {
                let code = error.failure_code();
                (Fetch::Failed(code), Some(code))
            }
        };
        Gathered {
            facts: wanted(&needs, Fetch::Done(read.facts), hash_keys),
            fetched: true,
            failure,
        }
    }

    async fn read(
        &self,
        query: SubjectQuery,
        deadline: Instant,
    ) -> Result<SubjectRead, StoreError> {
        let started = self.clock().monotonic_micros();
        let read = timeout_at(deadline, self.stores().subjects.read_subject(query)).await;
        let read = read.unwrap_or(Err(StoreError::Timeout(TimeoutKind::PersonsDeadline)));
        let now = self.clock().monotonic_micros();
        let metrics = self.metrics();
        metrics.observe_subject_read(now.saturating_sub(started), read.is_ok());
        self.breaker().note(&read, now);
        note_failure(&read);
        metrics
            .circuit_open
            .set(i64::from(self.breaker().is_open()));
        read
    }

    /// What would be stored if hash keys are due.
    fn claim(&self, environment: &Environment, query: &SubjectQuery) -> Option<HashKeyClaim> {
        let anon_distinct_id = query.anon_distinct_id.clone()?;
        self.config().writes_hash_keys.then(|| HashKeyClaim {
            environment: query.environment,
            distinct_id: query.distinct_id.clone(),
            anon_distinct_id,
            flags: environment.continuity_flags.clone(),
        })
    }

    /// The only write of the hot path, through its own pool and behind its own breaker: what was
    /// read does not depend on it (spec: engine §9.3, §11.3).
    async fn store_claim(
        &self,
        claim: HashKeyClaim,
        deadline: Instant,
    ) -> Result<Vec<HashKeyOverride>, StoreError> {
        let breaker = self.writer_breaker();
        if !breaker.admits(self.clock().monotonic_micros()) {
            return Err(StoreError::Unavailable(
                "the writer is left alone after repeated failures".to_owned(),
            ));
        }
        let writer = &self.stores().subject_writer;
        let claimed = timeout_at(deadline, writer.claim_hash_keys(claim)).await;
        let claimed = claimed.unwrap_or(Err(StoreError::Timeout(TimeoutKind::PersonsDeadline)));
        breaker.note(&claimed, self.clock().monotonic_micros());
        note_failure(&claimed);
        claimed
    }
}

fn note_failure<T>(result: &Result<T, StoreError>) {
    if let Err(error) = result {
        tracing::debug!(%error, "a store did not do what it was asked");
    }
}

fn subject_query(environment: &Environment, needs: &Needs, given: &Given<'_>) -> SubjectQuery {
    let wants_hash_keys = needs.hash_keys == HashKeyNeed::Lookup;
    let anon_distinct_id = given
        .anon_distinct_id
        .filter(|_| wants_hash_keys)
        .map(str::to_owned);
    let is_claiming = anon_distinct_id.is_some();
    SubjectQuery {
        environment: environment.id,
        distinct_id: given.distinct_id.to_owned(),
        anon_distinct_id,
        person: needs.subject,
        groups: needs.groups.clone(),
        hash_keys: wants_hash_keys,
        continuity_flags: if is_claiming {
            environment.continuity_flags.clone()
        } else {
            Vec::new()
        },
    }
}

/// Nothing was to be had.
fn failed(needs: &Needs, code: FailureCode) -> Gathered {
    Gathered {
        facts: wanted(needs, Fetch::Failed(code), Fetch::Failed(code)),
        fetched: false,
        failure: Some(code),
    }
}

fn wanted(
    needs: &Needs,
    subject: Fetch<burgee_model::SubjectFacts>,
    hash_keys: Fetch<Vec<HashKeyOverride>>,
) -> Facts {
    let wants_hash_keys = needs.hash_keys == HashKeyNeed::Lookup;
    Facts {
        subject: if needs.subject {
            subject
        } else {
            Fetch::Skipped
        },
        hash_keys: if wants_hash_keys {
            hash_keys
        } else {
            Fetch::Skipped
        },
    }
}
