//! A document as nodes hand it to each other: in the zstd form, from which the plain one is made, and
//! with the gzip form if somebody has asked for that already. Making it takes longer than all the rest,
//! and everybody who waits for the change would wait for it.
//!
//! ```text
//! environment 8 · revision 8 · seconds of held polls 2 · length of gzip 4 · length of remote configurations 4 · tag 16
//! · gzip · remote configurations as JSON · zstd
//! ```

use std::io;

use burgee_model::{EnvironmentId, ProjectToken, Revision, Timestamp};
use burgee_store::{
    OpenRecord, RECORD_BYTES_MAX, RecordError, RecordName, open_record, seal_record,
};
use bytes::Bytes;
use tokio::sync::OnceCell;

use super::Document;
use crate::{
    accept_encoding::Coding,
    etag::{TAG_DIGITS, weak_etag},
};

/// What comes before the forms.
const HEAD_BYTES: usize = 8 + 8 + 2 + 4 + 4 + TAG_DIGITS;

impl Document {
    /// The record of this document. One whose plain form is over [`RECORD_BYTES_MAX`] has none.
    pub(crate) fn seal(
        &self,
        token: &ProjectToken,
        taken_at: Timestamp,
    ) -> Result<Vec<u8>, RecordError> {
        let plain = self.plain.len();
        let too_large = || RecordError::TooLarge { bytes: plain };
        if plain > RECORD_BYTES_MAX {
            return Err(too_large());
        }
        let broken = |error: io::Error| RecordError::Broken(error.to_string());
        let gzip = self.gzip.get().cloned().unwrap_or_default();
        let zstd = self.make(Coding::Zstd).map_err(broken)?;
        let gzip_bytes = u32::try_from(gzip.len()).map_err(|_| too_large())?;
        let remote_configs = serde_json::to_vec(&self.remote_configs)
            .map_err(|error| RecordError::Broken(error.to_string()))?;
        let remote_config_bytes = u32::try_from(remote_configs.len()).map_err(|_| too_large())?;
        let mut payload =
            Vec::with_capacity(HEAD_BYTES + gzip.len() + remote_configs.len() + zstd.len());
        payload.extend_from_slice(&self.environment.0.to_be_bytes());
        payload.extend_from_slice(&self.revision.0.to_be_bytes());
        payload.extend_from_slice(&self.hold_polls_seconds.to_be_bytes());
        payload.extend_from_slice(&gzip_bytes.to_be_bytes());
        payload.extend_from_slice(&remote_config_bytes.to_be_bytes());
        payload.extend_from_slice(self.tag.as_bytes());
        payload.extend_from_slice(&gzip);
        payload.extend_from_slice(&remote_configs);
        payload.extend_from_slice(&zstd);
        seal_record(&RecordName::Document(token.clone()), taken_at, &payload)
    }

    /// The document of the environment with this token. Takes milliseconds if it is large: not for a
    /// request's thread.
    pub(crate) fn open(
        token: &ProjectToken,
        record: &[u8],
    ) -> Result<OpenRecord<Self>, RecordError> {
        let name = RecordName::Document(token.clone());
        let OpenRecord { taken_at, payload } = open_record(&name, record)?;
        let document = read(payload).ok_or_else(|| {
            RecordError::Broken("it is not a document in the forms that are sent".to_owned())
        })?;
        Ok(OpenRecord {
            taken_at,
            payload: document,
        })
    }
}

fn read(payload: &[u8]) -> Option<Document> {
    let (environment, rest) = payload.split_first_chunk()?;
    let (revision, rest) = rest.split_first_chunk()?;
    let (hold_polls_seconds, rest) = rest.split_first_chunk()?;
    let (gzip_bytes, rest) = rest.split_first_chunk()?;
    let (remote_config_bytes, rest) = rest.split_first_chunk()?;
    let (tag, rest) = rest.split_at_checked(TAG_DIGITS)?;
    let gzip_bytes = usize::try_from(u32::from_be_bytes(*gzip_bytes)).ok()?;
    let (gzip, rest) = rest.split_at_checked(gzip_bytes)?;
    let remote_config_bytes = u32::from_be_bytes(*remote_config_bytes);
    let remote_config_bytes = usize::try_from(remote_config_bytes).ok()?;
    let (remote_configs, zstd) = rest.split_at_checked(remote_config_bytes)?;
    let tag = str::from_utf8(tag).ok()?;
    // Nothing at all would be a document of no bytes.
    let zstd = Some(zstd).filter(|zstd| !zstd.is_empty())?;
    let plain = zstd::bulk::decompress(zstd, RECORD_BYTES_MAX).ok()?;
    Some(Document {
        environment: EnvironmentId(i64::from_be_bytes(*environment)),
        revision: Revision(u64::from_be_bytes(*revision)),
        hold_polls_seconds: u16::from_be_bytes(*hold_polls_seconds),
        etag: weak_etag(tag)?,
        tag: tag.to_owned(),
        plain: plain.into(),
        gzip: OnceCell::new_with((!gzip.is_empty()).then(|| Bytes::copy_from_slice(gzip))),
        zstd: OnceCell::new_with(Some(Bytes::copy_from_slice(zstd))),
        remote_configs: serde_json::from_slice(remote_configs).ok()?,
    })
}

#[cfg(test)]
mod tests {
    use burgee_model::{Definitions, ProjectId, PropertyMatching};

    use super::*;

    const TAKEN: Timestamp = Timestamp::from_unix_micros(7);

    fn document() -> (ProjectToken, Document) {
        let token = ProjectToken::parse("phc_a").unwrap();
        let definitions = Definitions {
            project: ProjectId(1),
            environment: EnvironmentId(2),
            token: token.clone(),
            revision: Revision(3),
            timezone: "UTC".to_owned(),
            property_matching: PropertyMatching::Released,
            hold_polls_seconds: 30,
            flags: Vec::new(),
            cohorts: Vec::new(),
            group_types: Vec::new(),
        };
        (token, Document::render(&definitions).unwrap())
    }

    #[test]
    fn a_document_is_opened_byte_for_byte_as_it_was_sealed() {
        let (token, document) = document();
        let record = document.seal(&token, TAKEN).unwrap();
        let opened = Document::open(&token, &record).unwrap();
        assert_eq!(opened.taken_at, TAKEN);
        let opened = opened.payload;
        assert_eq!(
            (opened.environment, opened.revision),
            (document.environment, document.revision)
        );
        assert_eq!(
            (&opened.etag, opened.tag(None)),
            (&document.etag, document.tag(None))
        );
        for coding in [Coding::Identity, Coding::Gzip, Coding::Zstd] {
            let (opened, made) = (opened.make(coding), document.make(coding));
            assert_eq!(opened.unwrap(), made.unwrap(), "{coding:?}");
        }
    }

    #[test]
    fn a_form_that_was_made_goes_along() {
        let (token, document) = document();
        let lone = document.seal(&token, TAKEN).unwrap();
        let gzip = document.make(Coding::Gzip).unwrap();
        let record = document.seal(&token, TAKEN).unwrap();
        let opened = |record: &[u8]| Document::open(&token, record).unwrap().payload;
        assert_eq!(opened(&lone).gzip.get(), None);
        assert_eq!(opened(&record).gzip.get(), Some(&gzip));
    }

    #[test]
    fn a_whole_record_of_something_else_is_no_document() {
        let (token, document) = document();
        let record = document.seal(&token, TAKEN).unwrap();
        let name = RecordName::Document(token.clone());
        let payload = open_record(&name, &record).unwrap().payload;
        for length in 0..payload.len() {
            let cut = seal_record(&name, TAKEN, &payload[..length]).unwrap();
            assert!(Document::open(&token, &cut).is_err(), "{length}");
        }
    }
}
