//! Fetches what the request lacks: one round trip at most, under a deadline, behind a circuit
//! breaker. A store that is slow or gone fails the flags that needed it, never the request.

use burgee_eval::{Given, Plan, Scratch};
use burgee_model::{Facts, FailureCode, Fetch, HashKeyNeed, HashKeyOverride, Needs, TimeoutKind};
use burgee_store::{HashKeyClaim, StoreError, SubjectQuery, SubjectRead};
use tokio::time::timeout;

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
        let started = self.clock().monotonic_micros();
        let query = subject_query(environment, &needs, given);
        let read = if self.breaker().admits(started) {
            let deadline = self.config().subject_timeout;
            let read = timeout(deadline, self.read_and_claim(environment, query)).await;
            read.unwrap_or(Err(StoreError::Timeout(TimeoutKind::PersonsDeadline)))
        } else {
            Err(StoreError::Unavailable(
                "left alone after repeated failures".to_owned(),
            ))
        };
        self.settle(&needs, read, started)
    }

    /// Reads, and stores hash keys that are due: the only write of the hot path, through its own
    /// pool (spec: engine §9.3).
    async fn read_and_claim(
        &self,
        environment: &Environment,
        query: SubjectQuery,
    ) -> Result<SubjectRead, StoreError> {
        let claim = query
            .anon_distinct_id
            .clone()
            .map(|anon_distinct_id| HashKeyClaim {
                environment: query.environment,
                distinct_id: query.distinct_id.clone(),
                anon_distinct_id,
                flags: environment.continuity_flags.clone(),
            });
        let mut read = self.stores().subjects.read_subject(query).await?;
        if let Some(claim) = claim
            && read.hash_keys_incomplete
            && self.config().writes_hash_keys
        {
            read.hash_keys = self.stores().subject_writer.claim_hash_keys(claim).await?;
        }
        Ok(read)
    }

    fn settle(
        &self,
        needs: &Needs,
        read: Result<SubjectRead, StoreError>,
        started: u64,
    ) -> Gathered {
        let now = self.clock().monotonic_micros();
        self.metrics()
            .observe_subject_read(now.saturating_sub(started), read.is_ok());
        match read {
            Ok(read) => {
                self.breaker().succeeded();
                Gathered {
                    facts: facts(needs, read),
                    fetched: true,
                    failure: None,
                }
            }
            Err(error) => {
                self.breaker().failed(now);
                self.metrics()
                    .circuit_open
                    .set(i64::from(self.breaker().is_open()));
                tracing::debug!(%error, "subject data could not be read");
                let code = error.failure_code();
                Gathered {
                    facts: failed(needs, code),
                    fetched: true,
                    failure: Some(code),
                }
            }
        }
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

fn facts(needs: &Needs, read: SubjectRead) -> Facts {
    wanted(needs, Fetch::Done(read.facts), Fetch::Done(read.hash_keys))
}

fn failed(needs: &Needs, code: FailureCode) -> Facts {
    wanted(needs, Fetch::Failed(code), Fetch::Failed(code))
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
