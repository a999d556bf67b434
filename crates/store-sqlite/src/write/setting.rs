//! Settings that operators change while nodes run.

use burgee_store::{SettingName, StoreError};
use rusqlite::Connection;

use super::{begin, execute, finish};
use crate::lane::Ticket;

const PUT_SETTING: &str = "INSERT INTO instance_settings (name, value) VALUES (?1, ?2)
    ON CONFLICT (name) DO UPDATE SET value = excluded.value";
const REMOVE_SETTING: &str = "DELETE FROM instance_settings WHERE name = ?1";

/// Puts a value in the place of what was there, or nothing.
pub(crate) fn put_setting(
    connection: &mut Connection,
    (name, value): (SettingName, Option<&str>),
    ticket: &Ticket,
) -> Result<(), StoreError> {
    let transaction = begin(connection)?;
    match value {
        Some(value) => {
            name.check_put(value)?;
            execute(&transaction, PUT_SETTING, (name.as_str(), value))?
        }
        None => execute(&transaction, REMOVE_SETTING, [name.as_str()])?,
    };
    finish(transaction, ticket)
}
