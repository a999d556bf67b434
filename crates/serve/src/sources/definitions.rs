//! Definitions to compile.

use std::sync::Arc;

use burgee_model::{Definitions, ProjectToken};
use burgee_store::{OpenRecord, RecordName, open_definitions};

use super::{Sources, Wanted, newer};
use crate::{environment::EnvironmentError, last_good::Keepsake};

impl Sources {
    /// The definitions of the environment with this token.
    pub(crate) async fn definitions(
        &self,
        token: &ProjectToken,
        wanted: Wanted,
    ) -> Result<Arc<Definitions>, EnvironmentError> {
        let error = match self.read_store(token, wanted).await {
            Ok(found) => {
                let definitions = found.ok_or(EnvironmentError::Unknown)?;
                self.keep(Keepsake::Definitions(Arc::clone(&definitions)));
                return Ok(definitions);
            }
            Err(error) => error,
        };
        let shared = self.shared_definitions(token).await;
        if let Some(record) = &shared
            && self.known.is_newest(token, record.payload.revision)
        {
            let definitions = Arc::clone(&record.payload);
            self.keep(Keepsake::Definitions(Arc::clone(&definitions)));
            return Ok(definitions);
        }
        self.check_known(token)?;
        if wanted == Wanted::Newest {
            return Err(error.into());
        }
        let own = match &self.last_good {
            Some(last_good) => last_good.definitions(token).await,
            None => None,
        };
        let newest = newer(shared, own, |definitions| definitions.revision);
        let keepsake = |definitions: &Arc<_>| Keepsake::Definitions(Arc::clone(definitions));
        self.take_unconfirmed(newest, keepsake)
            .ok_or_else(|| error.into())
    }

    async fn shared_definitions(
        &self,
        token: &ProjectToken,
    ) -> Option<OpenRecord<Arc<Definitions>>> {
        let (name, token) = (RecordName::Definitions(token.clone()), token.clone());
        let open = move |record: &[u8]| open_definitions(&token, record);
        let opened = self.shared.as_ref()?.read(name, open).await?;
        Some(OpenRecord {
            taken_at: opened.taken_at,
            payload: Arc::new(opened.payload),
        })
    }
}
