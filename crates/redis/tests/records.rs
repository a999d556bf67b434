//! Records: what was written is read, by whom it may be replaced, and what is not taken.

use burgee_model::ProjectToken;
use burgee_redis::{Redis, RedisConfig};
use burgee_store::{KeyDigest, RECORD_BYTES_MAX, RecordCache, RecordName, StoreError};
use burgee_testkit::{RedisServer, patient_redis};

const NAME: RecordName = RecordName::Revisions;
const KEY: &str = "burgee:revisions";

#[tokio::test]
async fn a_record_reads_back_under_its_name_until_it_is_removed() {
    let Some((redis, server, url)) = patient_redis("burgee:") else {
        return;
    };
    let token = ProjectToken::parse("phc_a").unwrap();
    let names = [
        RecordName::Definitions(token.clone()),
        RecordName::Document(token),
        RecordName::Grants(KeyDigest::of("phs_a")),
        RecordName::Revisions,
    ];
    for (version, name) in (0..).zip(&names) {
        assert_eq!(redis.read(name).await, Ok(None));
        let bytes = name.to_string().into_bytes();
        redis.write(name, version, bytes).await.unwrap();
    }
    for name in &names {
        let read = redis.read(name).await;
        assert_eq!(read, Ok(Some(name.to_string().into_bytes())));
        let key = format!("burgee:{name}");
        assert_eq!(server.command(&url, &["EXISTS", &key]), "1", "{key}");
        redis.remove(name).await.unwrap();
        redis.remove(name).await.unwrap();
        assert_eq!(redis.read(name).await, Ok(None));
    }
}

#[tokio::test]
async fn a_lower_version_does_not_replace_a_higher_one() {
    let Some((redis, ..)) = patient_redis("burgee:") else {
        return;
    };
    // Beyond 2^53, where Lua's numbers would see no difference.
    let version = (1 << 53) + 1;
    for (version, written, expected) in [
        (9, "nine", "nine"),
        (10, "ten", "ten"),
        (9, "nine again", "ten"),
        (10, "ten again", "ten again"),
        (version, "later", "later"),
        (version - 1, "earlier", "later"),
        (u64::MAX, "last", "last"),
        (0, "first", "last"),
    ] {
        redis.write(&NAME, version, written.into()).await.unwrap();
        let read = redis.read(&NAME).await.unwrap();
        assert_eq!(read.as_deref(), Some(expected.as_bytes()), "{written}");
    }
    redis.remove(&NAME).await.unwrap();
    redis.write(&NAME, 0, b"anew".to_vec()).await.unwrap();
    assert_eq!(redis.read(&NAME).await, Ok(Some(b"anew".to_vec())));
}

#[tokio::test]
async fn writers_at_the_same_time_leave_the_highest_version() {
    let Some((redis, ..)) = patient_redis("burgee:") else {
        return;
    };
    let writes = (0..100_u64).map(|number| {
        let redis = redis.clone();
        let version = number * 37 % 100;
        tokio::spawn(async move {
            redis
                .write(&NAME, version, vec![u8::try_from(version).unwrap()])
                .await
        })
    });
    for write in writes.collect::<Vec<_>>() {
        write.await.unwrap().unwrap();
    }
    assert_eq!(redis.read(&NAME).await, Ok(Some(vec![99])));
}

#[tokio::test]
async fn a_record_has_a_largest_size_in_both_directions() {
    let Some((redis, server, url)) = patient_redis("burgee:") else {
        return;
    };
    let largest = vec![1; RECORD_BYTES_MAX];
    redis.write(&NAME, 1, largest.clone()).await.unwrap();
    assert!(redis.read(&NAME).await == Ok(Some(largest)));
    let refused = redis.write(&NAME, 2, vec![1; RECORD_BYTES_MAX + 1]).await;
    assert!(
        matches!(refused, Err(StoreError::Refused(_))),
        "{refused:?}"
    );
    assert!(redis.read(&NAME).await.unwrap().is_some(), "it stays");
    let last = (20 + RECORD_BYTES_MAX).to_string();
    server.command(&url, &["SETRANGE", KEY, &last, "x"]);
    let read = redis.read(&NAME).await.map(|record| record.is_some());
    assert!(matches!(read, Err(StoreError::Corrupt(_))), "{read:?}");
}

#[tokio::test]
async fn what_somebody_else_put_there_is_corrupt_and_can_be_replaced() {
    let Some((redis, server, url)) = patient_redis("burgee:") else {
        return;
    };
    for garbage in [
        &["SET", KEY, "short"][..],
        &["SET", KEY, "not twenty digits, but longer than those"],
        &["SET", KEY, "9999999999999999999x"],
        &["LPUSH", KEY, "99999999999999999999"],
        &["HSET", KEY, "field", "value"],
    ] {
        server.command(&url, &["DEL", KEY]);
        server.command(&url, garbage);
        let read = redis.read(&NAME).await;
        assert!(matches!(read, Err(StoreError::Corrupt(_))), "{read:?}");
        redis.write(&NAME, 1, b"sound".to_vec()).await.unwrap();
        let read = redis.read(&NAME).await;
        assert_eq!(read, Ok(Some(b"sound".to_vec())), "{garbage:?}");
    }
}

#[tokio::test]
async fn a_record_lives_as_long_as_configured_since_its_last_write() {
    let Some(server) = RedisServer::shared() else {
        return;
    };
    let url = server.url();
    let config = RedisConfig {
        prefix: "other:".to_owned(),
        record_ttl_ms: 500_000,
        ..RedisConfig::at(url.parse().unwrap())
    };
    let redis = Redis::open(&config).unwrap();
    let lifetime = || {
        let answer = server.command(&url, &["PTTL", "other:revisions"]);
        answer.parse::<i64>().unwrap()
    };
    redis.write(&NAME, 1, b"a".to_vec()).await.unwrap();
    assert!((1..=500_000).contains(&lifetime()), "{}", lifetime());
    server.command(&url, &["PERSIST", "other:revisions"]);
    redis.write(&NAME, 1, b"a".to_vec()).await.unwrap();
    assert!((1..=500_000).contains(&lifetime()), "{}", lifetime());
}
