//! The same through Sentinel, in a cluster, and encrypted.
#![expect(
    clippy::unwrap_used,
    reason = "what a test stands on fails by panicking"
)]

use burgee_model::{EnvironmentId, ProjectToken, Timestamp};
use burgee_redis::{Redis, RedisConfig};
use burgee_store::{
    ChangeAnnouncer, ChangeNotices, QuotaReader, RecordCache, RecordName, SettingName,
    SettingReader, SettingWriter, StoreError, UsageBatch, UsageBucket, UsageCount, UsageKind,
    UsageLibrary, UsageStore,
};
use burgee_testkit::{PATIENCE, RedisServer, eventually, within};

const NAME: RecordName = RecordName::Revisions;

fn open(url: &str) -> Redis {
    let config = RedisConfig {
        connect_timeout_ms: 5_000,
        read_timeout_ms: 2_000,
        write_timeout_ms: 2_000,
        ping_interval_ms: 200,
        ..RedisConfig::at(url.parse().unwrap())
    };
    Redis::open(&config).unwrap()
}

fn document(number: usize) -> RecordName {
    RecordName::Document(ProjectToken::parse(&format!("phc_{number}")).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replica_that_becomes_the_master_is_found_through_sentinel() {
    let Some(servers) = RedisServer::start_sentinel() else {
        return;
    };
    let redis = open(&servers.url());
    redis.write(&NAME, 1, b"before".to_vec()).await.unwrap();
    let mut listener = redis.listen().await.unwrap();
    redis.announce(1).await.unwrap();
    within("a notice", listener.next()).await.unwrap();
    servers.stop("master");
    let ended = within("the end", listener.next()).await;
    assert!(ended.is_err());
    eventually("writes to the new master", PATIENCE, async || {
        redis.write(&NAME, 2, b"after".to_vec()).await.is_ok()
    })
    .await;
    assert_eq!(redis.read(&NAME).await, Ok(Some(b"after".to_vec())));
    eventually("notices from the new master", PATIENCE, async || {
        let Ok(mut listener) = redis.listen().await else {
            return false;
        };
        redis.announce(1).await.is_ok() && listener.next().await.is_ok()
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cluster_keeps_each_record_and_count_where_it_belongs() {
    let Some(servers) = RedisServer::start_cluster() else {
        return;
    };
    let url = servers.url();
    let redis = open(&url);
    for number in 0..20 {
        let bytes = number.to_string().into_bytes();
        redis.write(&document(number), 2, bytes).await.unwrap();
        redis.write(&document(number), 1, Vec::new()).await.unwrap();
    }
    for number in 0..20 {
        let read = redis.read(&document(number)).await.unwrap();
        assert_eq!(read, Some(number.to_string().into_bytes()));
    }
    let counts = (0..20).map(|number| UsageCount {
        environment: EnvironmentId(number),
        kind: UsageKind::Flags,
        library: UsageLibrary::Js,
        bucket: UsageBucket(1),
        count: 3,
    });
    let batch = UsageBatch {
        writer: 1,
        sequence: 1,
        counts: counts.collect(),
    };
    for _ in 0..2 {
        redis.add_usage(&batch).await.unwrap();
    }
    let stored = servers.command(&url, &["HGET", "posthog:decide_requests:7", "1"]);
    assert_eq!(stored, "3", "counted once");
    let totals = redis.read_usage(UsageBucket(0)..UsageBucket(9)).await;
    assert_eq!(totals.unwrap().len(), 20);
    let quotas = redis.read_quotas(Timestamp::from_unix_millis(0)).await;
    assert_eq!(quotas, Ok(Vec::new()));
    let name = SettingName::AllowList;
    redis.put_setting(name, Some("phc_a")).await.unwrap();
    let setting = redis.read_setting(name).await;
    assert_eq!(setting, Ok(Some("phc_a".to_owned())));
    let mut listeners = [redis.listen().await.unwrap(), redis.listen().await.unwrap()];
    redis.announce(1).await.unwrap();
    for listener in &mut listeners {
        within("a notice", listener.next()).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_is_encrypted_and_both_sides_are_checked() {
    let Some(server) = RedisServer::start_tls() else {
        return;
    };
    let url = server.url();
    let redis = open(&url);
    redis.write(&NAME, 1, b"secret".to_vec()).await.unwrap();
    assert_eq!(redis.read(&NAME).await, Ok(Some(b"secret".to_vec())));
    redis.listen().await.unwrap();
    let (plain_url, _) = url.split_once('?').unwrap();
    let (without_certificate, _) = url.split_once("&cert").unwrap();
    for (url, why) in [
        (plain_url, "an authority that nobody knows"),
        (without_certificate, "this side shows nothing"),
        (&*url.replace("pass%2Fword", "wrong"), "the password"),
        (&*plain_url.replace("rediss", "redis"), "not encrypted"),
    ] {
        let refused = open(url).read(&NAME).await;
        assert!(
            matches!(refused, Err(StoreError::Unavailable(_))),
            "{why}: {refused:?}"
        );
        assert!(!format!("{refused:?}").contains("wrong"), "{refused:?}");
    }
}
