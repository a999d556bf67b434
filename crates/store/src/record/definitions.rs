//! The record of an environment's definitions.

use burgee_model::{Definitions, ProjectToken, Timestamp};

use super::{OpenRecord, RecordError, RecordName, open_record, seal_record, text};

/// The record of these definitions, under [`RecordName::Definitions`] of their token.
pub fn seal_definitions(
    definitions: &Definitions,
    taken_at: Timestamp,
) -> Result<Vec<u8>, RecordError> {
    let name = RecordName::Definitions(definitions.token.clone());
    seal_record(&name, taken_at, &text::pack(definitions)?)
}

/// The definitions of the environment with this token.
pub fn open_definitions(
    token: &ProjectToken,
    record: &[u8],
) -> Result<OpenRecord<Definitions>, RecordError> {
    let name = RecordName::Definitions(token.clone());
    let OpenRecord { taken_at, payload } = open_record(&name, record)?;
    let definitions: Definitions = text::unpack(payload)?;
    if definitions.token != *token {
        return Err(RecordError::Broken(
            "it holds another environment".to_owned(),
        ));
    }
    Ok(OpenRecord {
        taken_at,
        payload: definitions,
    })
}
