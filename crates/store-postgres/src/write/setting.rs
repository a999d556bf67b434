//! Settings that operators change while nodes run.

use burgee_store::{SettingName, StoreError};

use super::Changing;

const PUT_SETTING: &str = "INSERT INTO instance_settings (name, value) VALUES ($1, $2)
    ON CONFLICT (name) DO UPDATE SET value = excluded.value";
const REMOVE_SETTING: &str = "DELETE FROM instance_settings WHERE name = $1";

/// Puts a value in the place of what was there, or nothing.
pub(super) async fn put(
    changing: &mut Changing<'_>,
    name: SettingName,
    value: Option<&str>,
) -> Result<(), StoreError> {
    let statement = match value {
        Some(value) => {
            name.check_put(value)?;
            sqlx::query(PUT_SETTING).bind(name.as_str()).bind(value)
        }
        None => sqlx::query(REMOVE_SETTING).bind(name.as_str()),
    };
    changing.execute(statement).await.map(|_| ())
}
