//! Settings that operators change while nodes run.

use burgee_store::{SETTING_BYTES_MAX, SettingName, StoreError};
use rusqlite::Connection;

use super::rows;

const READ_SETTING: &str = "SELECT substr(value, 1, ?2) FROM instance_settings WHERE name = ?1";

/// A value, if there is one.
pub(crate) fn read_setting(
    connection: &Connection,
    name: SettingName,
) -> Result<Option<String>, StoreError> {
    // A character more than there can be bytes tells a value that is too long.
    let parameters = (name.as_str(), SETTING_BYTES_MAX + 1);
    let mut values = rows(connection, READ_SETTING, parameters, |row| {
        row.get::<_, String>(0)
    })?;
    let value = values.pop().map(String::into_bytes);
    value.map(|value| name.check_read(value)).transpose()
}
