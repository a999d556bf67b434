//! Settings that operators change while nodes run.

use burgee_store::{SETTING_BYTES_MAX, SettingName, StoreError};
use sqlx::PgConnection;

use crate::error::from_sqlx;

const READ_SETTING: &str = "SELECT left(value, $2) FROM instance_settings WHERE name = $1";

/// A value, if there is one.
pub(crate) async fn read_setting(
    connection: &mut PgConnection,
    name: SettingName,
) -> Result<Option<String>, StoreError> {
    // A character more than there can be bytes tells a value that is too long.
    let characters = i32::try_from(SETTING_BYTES_MAX + 1).unwrap_or(i32::MAX);
    let value: Option<String> = sqlx::query_scalar(READ_SETTING)
        .bind(name.as_str())
        .bind(characters)
        .fetch_optional(connection)
        .await
        .map_err(from_sqlx)?;
    let value = value.map(String::into_bytes);
    value.map(|value| name.check_read(value)).transpose()
}
