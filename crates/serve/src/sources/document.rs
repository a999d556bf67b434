//! Documents to send.

use std::sync::Arc;

use burgee_model::{Definitions, ProjectToken};
use burgee_store::{OpenRecord, RecordName};

use super::{ReadOutcome, Sources, Wanted, newer};
use crate::{document::Document, environment::EnvironmentError, last_good::Keepsake};

impl Sources {
    /// The document of the environment with this token.
    pub(crate) async fn document(
        &self,
        token: &ProjectToken,
        wanted: Wanted,
    ) -> Result<Arc<Document>, EnvironmentError> {
        // Nobody has written a document yet that is newer than the change.
        if wanted == Wanted::Newest
            && self.recent.holds(token)
            && let Ok(found) = self.read_store(token, wanted).await
        {
            return self.render_found(token, found).await;
        }
        let shared = self.shared_document(token).await;
        if let Some(record) = &shared
            && self.known.is_newest(token, record.payload.revision)
        {
            self.keep(Keepsake::Document(
                token.clone(),
                Arc::clone(&record.payload),
            ));
            return Ok(Arc::clone(&record.payload));
        }
        let error = match self.read_store(token, wanted).await {
            Ok(found) => return self.render_found(token, found).await,
            Err(error) => error,
        };
        self.check_known(token)?;
        if wanted == Wanted::Newest {
            return Err(error.into());
        }
        let own = match &self.last_good {
            Some(last_good) => last_good.document(token).await,
            None => None,
        };
        let newest = newer(shared, own, |document| document.revision);
        let keepsake = |document: &Arc<_>| Keepsake::Document(token.clone(), Arc::clone(document));
        self.take_unconfirmed(newest, keepsake)
            .ok_or_else(|| error.into())
    }

    async fn shared_document(&self, token: &ProjectToken) -> Option<OpenRecord<Arc<Document>>> {
        let shared = self.shared.as_ref()?;
        let (name, token) = (RecordName::Document(token.clone()), token.clone());
        let asked = token.clone();
        let open = move |record: &[u8]| Document::open(&asked, record);
        let opened = shared.read(name.clone(), open).await?;
        let announced = self.known.announced(&token);
        if announced.is_some_and(|announced| opened.payload.revision < announced) {
            shared.count(&name, ReadOutcome::OutOfDate);
        }
        Some(OpenRecord {
            taken_at: opened.taken_at,
            payload: Arc::new(opened.payload),
        })
    }

    async fn render_found(
        &self,
        token: &ProjectToken,
        found: Option<Arc<Definitions>>,
    ) -> Result<Arc<Document>, EnvironmentError> {
        let definitions = found.ok_or(EnvironmentError::Unknown)?;
        let rendered = self.cpu.run(move || Document::render(&definitions)).await?;
        let document = rendered.map_err(|error| {
            EnvironmentError::Render(format!("definitions cannot be rendered: {error}"))
        })?;
        self.metrics.document_renders.inc();
        let document = Arc::new(document);
        self.keep(Keepsake::Document(token.clone(), Arc::clone(&document)));
        Ok(document)
    }
}
