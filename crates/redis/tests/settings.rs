//! Settings, held to the laws of those of stores, and under which names they are found.

use burgee_redis::Redis;
use burgee_store::{SettingName, SettingReader, SettingWriter, contract::setting};
use burgee_testkit::patient_redis;

const NAME: SettingName = SettingName::AllowList;

mod laws {
    use super::*;

    #[expect(
        clippy::unused_async,
        reason = "other stores are opened asynchronously"
    )]
    async fn fresh() -> Option<(Redis, ())> {
        patient_redis("burgee:").map(|(redis, ..)| (redis, ()))
    }

    burgee_store::setting_contract!(fresh);
}

#[tokio::test]
async fn a_setting_has_a_key_of_its_own_under_the_prefix() {
    let Some((redis, server, url)) = patient_redis("green:") else {
        return;
    };
    let key = "green:setting:RATE_LIMITING_ALLOW_LIST_TOKENS";
    redis.put_setting(NAME, Some("phc_a")).await.unwrap();
    assert_eq!(server.command(&url, &["GET", key]), "phc_a");
    assert_eq!(
        server.command(&url, &["TTL", key]),
        "-1",
        "it does not expire"
    );
    server.command(&url, &["SET", key, "phc_b"]);
    let read = redis.read_setting(NAME).await;
    assert_eq!(read, Ok(Some("phc_b".to_owned())));
    redis.put_setting(NAME, None).await.unwrap();
    assert_eq!(server.command(&url, &["EXISTS", key]), "0");
}

#[tokio::test]
async fn a_setting_that_others_made_too_long_is_not_read() {
    let Some((redis, server, url)) = patient_redis("burgee:") else {
        return;
    };
    let key = "burgee:setting:RATE_LIMITING_ALLOW_LIST_TOKENS";
    let lengthen = || {
        server.command(&url, &["APPEND", key, "x"]);
    };
    setting::a_setting_that_others_made_too_long_is_not_read(&redis, lengthen).await;
}
