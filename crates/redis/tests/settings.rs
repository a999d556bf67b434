//! Settings, held to the laws of those of stores, and under which names they are found.
#![expect(
    clippy::unwrap_used,
    reason = "what a test stands on fails by panicking"
)]

use burgee_redis::{Redis, RedisConfig};
use burgee_store::{SettingName, SettingReader, SettingWriter, contract::setting};
use burgee_testkit::RedisServer;

const NAME: SettingName = SettingName::AllowList;

/// Redis with patience, and the URL of its database.
fn open(prefix: &str) -> Option<(Redis, &'static RedisServer, String)> {
    let server = RedisServer::shared()?;
    let url = server.url();
    let config = RedisConfig {
        prefix: prefix.to_owned(),
        connect_timeout_ms: 20_000,
        read_timeout_ms: 20_000,
        write_timeout_ms: 20_000,
        ..RedisConfig::at(url.parse().unwrap())
    };
    Some((Redis::open(&config).unwrap(), server, url))
}

mod laws {
    use super::*;

    #[expect(
        clippy::unused_async,
        reason = "other stores are opened asynchronously"
    )]
    async fn fresh() -> Option<(Redis, ())> {
        open("burgee:").map(|(redis, ..)| (redis, ()))
    }

    burgee_store::setting_contract!(fresh);
}

#[tokio::test]
async fn a_setting_has_a_key_of_its_own_under_the_prefix() {
    let Some((redis, server, url)) = open("green:") else {
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
    let Some((redis, server, url)) = open("burgee:") else {
        return;
    };
    let key = "burgee:setting:RATE_LIMITING_ALLOW_LIST_TOKENS";
    let lengthen = || {
        server.command(&url, &["APPEND", key, "x"]);
    };
    setting::a_setting_that_others_made_too_long_is_not_read(&redis, lengthen).await;
}
