//! Whose distinct ids are.

use burgee_model::EnvironmentId;
use burgee_store::StoreError;
use sqlx::PgConnection;

use crate::error::from_sqlx;

const FIND_OWNERS: &str = include_str!("../../../queries/find_owners.sql");

/// What is known of some distinct ids.
#[derive(Debug, Default)]
pub(super) struct Owners {
    /// The person of each distinct id that has one, with the distinct id.
    owned: Vec<(i64, String)>,
    unowned: Vec<String>,
    claimed: Vec<String>,
}

/// Looks up all of them at once.
pub(super) async fn find_owners(
    connection: &mut PgConnection,
    environment: EnvironmentId,
    distinct_ids: &[String],
) -> Result<Owners, StoreError> {
    let rows: Vec<(String, Option<i64>, bool)> = sqlx::query_as(FIND_OWNERS)
        .bind(environment.0)
        .bind(distinct_ids)
        .fetch_all(connection)
        .await
        .map_err(from_sqlx)?;
    let mut owners = Owners::default();
    for (distinct_id, person, is_claimed) in rows {
        if is_claimed {
            owners.claimed.push(distinct_id.clone());
        }
        match person {
            Some(person) => owners.owned.push((person, distinct_id)),
            None => owners.unowned.push(distinct_id),
        }
    }
    Ok(owners)
}

impl Owners {
    /// The one person that the distinct ids belong to, as far as they belong to anybody.
    pub(super) fn person(&self) -> Result<Option<i64>, StoreError> {
        let Some((person, first)) = self.owned.first() else {
            return Ok(None);
        };
        match self.owned.iter().find(|(other, _)| other != person) {
            None => Ok(Some(*person)),
            Some((_, second)) => Err(StoreError::Refused(format!(
                "`{first}` and `{second}` belong to different persons"
            ))),
        }
    }

    /// Every person, perhaps more than once.
    pub(super) fn persons(&self) -> Vec<i64> {
        self.owned.iter().map(|(person, _)| *person).collect()
    }

    /// Distinct ids that nobody has.
    pub(super) fn unowned(&self) -> &[String] {
        &self.unowned
    }

    /// Distinct ids for which hash keys are kept aside.
    pub(super) fn claimed(&self) -> &[String] {
        &self.claimed
    }
}
