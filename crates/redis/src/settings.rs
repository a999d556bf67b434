//! Settings that operators change while nodes run: a key each, under the prefix of ours, so that two
//! installations on one Redis have their own.

use async_trait::async_trait;
use burgee_store::{SETTING_BYTES_MAX, SettingName, SettingReader, SettingWriter, StoreError};
use redis::cmd;

use crate::Redis;

/// Takes key and place of the last byte. Whether there is a value is asked for as well, because the
/// range of none is that of an empty one.
const READ: &str = "return {
    redis.call('EXISTS', KEYS[1]),
    redis.call('GETRANGE', KEYS[1], 0, ARGV[1])
}";

#[async_trait]
impl SettingReader for Redis {
    async fn read_setting(&self, name: SettingName) -> Result<Option<String>, StoreError> {
        let mut command = cmd("EVAL");
        // A byte more than there can be tells a value that is too long.
        command
            .arg(READ)
            .arg(1)
            .arg(self.setting_key(name))
            .arg(SETTING_BYTES_MAX);
        let limit = self.inner.read_timeout;
        let (is_there, value): (bool, Vec<u8>) =
            self.inner.counters.command(limit, &command).await?;
        is_there.then(|| name.check_read(value)).transpose()
    }
}

#[async_trait]
impl SettingWriter for Redis {
    async fn put_setting(&self, name: SettingName, value: Option<&str>) -> Result<(), StoreError> {
        let key = self.setting_key(name);
        let command = match value {
            Some(value) => {
                name.check_put(value)?;
                cmd("SET").arg(key).arg(value).to_owned()
            }
            None => cmd("UNLINK").arg(key).to_owned(),
        };
        let limit = self.inner.write_timeout;
        self.inner.counters.command(limit, &command).await
    }
}

impl Redis {
    fn setting_key(&self, name: SettingName) -> String {
        format!("{}setting:{name}", self.inner.prefix)
    }
}
