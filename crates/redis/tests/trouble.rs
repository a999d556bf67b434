//! Servers that are gone, silent, slow or wrong: every call ends in time, and all is well once they
//! are back.
#![expect(
    clippy::unwrap_used,
    reason = "what a test stands on fails by panicking"
)]

use burgee_model::TimeoutKind;
use burgee_redis::{COMMANDS_MAX, PREFIX_BYTES_MAX, Redis, RedisConfig};
use burgee_store::{ChangeAnnouncer, RecordCache, RecordName, StoreError};
use burgee_testkit::{PATIENCE, RedisServer, eventually, within};

const NAME: RecordName = RecordName::Revisions;

/// Deadlines that a busy machine keeps where a server answers.
fn config(url: &str) -> RedisConfig {
    RedisConfig {
        read_timeout_ms: 3_000,
        write_timeout_ms: 3_000,
        connect_timeout_ms: 3_000,
        ..RedisConfig::at(url.parse().unwrap())
    }
}

/// Ends in time, well or not.
async fn read(redis: &Redis) -> Result<Option<Vec<u8>>, StoreError> {
    within("the end of a read", redis.read(&NAME)).await
}

async fn comes_back(redis: &Redis) {
    eventually("reads come back", PATIENCE, async || {
        redis.read(&NAME).await.is_ok()
    })
    .await;
}

#[tokio::test]
async fn a_server_that_is_down_at_the_start_is_found_when_it_comes() {
    let Some(server) = RedisServer::start() else {
        return;
    };
    server.stop("server");
    let redis = Redis::open(&config(&server.url())).unwrap();
    for _ in 0..3 {
        let gone = read(&redis).await;
        assert!(matches!(gone, Err(StoreError::Unavailable(_))), "{gone:?}");
        let gone = redis.announce(1).await;
        assert!(matches!(gone, Err(StoreError::Unavailable(_))), "{gone:?}");
    }
    server.resume("server");
    comes_back(&redis).await;
}

#[tokio::test]
async fn a_server_that_is_restarted_is_found_again() {
    let Some(server) = RedisServer::start() else {
        return;
    };
    let redis = Redis::open(&config(&server.url())).unwrap();
    redis.write(&NAME, 1, b"a".to_vec()).await.unwrap();
    server.stop("server");
    let gone = read(&redis).await;
    assert!(matches!(gone, Err(StoreError::Unavailable(_))), "{gone:?}");
    server.resume("server");
    comes_back(&redis).await;
    redis.write(&NAME, 1, b"b".to_vec()).await.unwrap();
    assert_eq!(redis.read(&NAME).await, Ok(Some(b"b".to_vec())));
}

#[tokio::test]
async fn a_server_that_stops_answering_costs_a_deadline_and_is_then_left_alone() {
    let Some(server) = RedisServer::start() else {
        return;
    };
    let redis = Redis::open(&config(&server.url())).unwrap();
    read(&redis).await.unwrap();
    server.freeze("server");
    let late = StoreError::Timeout(TimeoutKind::QueryCanceled);
    assert_eq!(read(&redis).await, Err(late));
    let gone = read(&redis).await;
    assert!(matches!(gone, Err(StoreError::Unavailable(_))), "{gone:?}");
    server.thaw("server");
    comes_back(&redis).await;
}

#[tokio::test]
async fn a_server_that_is_always_late_is_left_alone_for_a_while() {
    let Some(server) = RedisServer::start() else {
        return;
    };
    let url = server.url();
    let mut config = config(&url);
    config.breaker_failures = 3;
    config.breaker_pause_ms = 60_000;
    config.write_timeout_ms = 100;
    // Connections are made all the while; only scripts and writes wait.
    server.command(&url, &["CLIENT", "PAUSE", "30000", "WRITE"]);
    let redis = Redis::open(&config).unwrap();
    for _ in 0..3 {
        let late = redis.write(&NAME, 1, Vec::new()).await;
        assert!(matches!(late, Err(StoreError::Timeout(_))), "{late:?}");
    }
    let refused = redis.write(&NAME, 1, Vec::new()).await;
    assert!(
        matches!(&refused, Err(StoreError::Unavailable(why)) if why.contains("left alone")),
        "{refused:?}"
    );
}

#[tokio::test]
async fn more_commands_than_may_wait_are_refused_at_once() {
    let Some(server) = RedisServer::start() else {
        return;
    };
    let mut config = config(&server.url());
    config.commands_max = 2;
    config.queue_depth_max = 3;
    let redis = Redis::open(&config).unwrap();
    read(&redis).await.unwrap();
    server.freeze("server");
    let reads = (0..6).map(|_| {
        let redis = redis.clone();
        tokio::spawn(async move { redis.read(&NAME).await })
    });
    let mut refused = 0;
    for read in reads.collect::<Vec<_>>() {
        let read = read.await.unwrap();
        if read == Err(StoreError::Timeout(TimeoutKind::PoolTimeout)) {
            refused += 1;
        }
        assert!(read.is_err(), "{read:?}");
    }
    assert!(refused >= 1, "the sixth has no place");
    server.thaw("server");
}

#[tokio::test]
async fn limits_out_of_range_are_refused() {
    let open = |change: fn(&mut RedisConfig)| {
        let mut config = config("redis://127.0.0.1:1");
        change(&mut config);
        Redis::open(&config).is_ok()
    };
    assert!(open(|config| config.commands_max = COMMANDS_MAX));
    assert!(!open(|config| config.commands_max = COMMANDS_MAX + 1));
    assert!(!open(|config| config.commands_max = 0));
    assert!(open(|config| config.prefix = "a".repeat(PREFIX_BYTES_MAX)));
    assert!(!open(
        |config| config.prefix = "a".repeat(PREFIX_BYTES_MAX + 1)
    ));
    let no_such_file = config("rediss://127.0.0.1:1?ca=/no/such/file");
    assert!(Redis::open(&no_such_file).is_err());
}
