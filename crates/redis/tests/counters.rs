//! Usage and quotas, under the names that PostHog gives them. Usage is held to the laws of stores.

use burgee_model::{EnvironmentId, ProjectToken, Timestamp};
use burgee_redis::Redis;
use burgee_store::{
    Quota, QuotaReader, QuotaWriter, UsageBatch, UsageBucket, UsageCount, UsageKind, UsageLibrary,
    UsageStore, UsageTotal,
};
use burgee_testkit::patient_redis;

const QUOTAS: &str = "@posthog/quota-limits/feature_flag_requests";

mod laws {
    use super::*;

    #[expect(
        clippy::unused_async,
        reason = "other stores are opened asynchronously"
    )]
    async fn fresh() -> Option<(Redis, ())> {
        patient_redis("burgee:").map(|(redis, ..)| (redis, ()))
    }

    burgee_store::usage_contract!(fresh);
}

fn batch(sequence: u64, counts: Vec<UsageCount>) -> UsageBatch {
    UsageBatch {
        writer: 7,
        sequence,
        counts,
    }
}

fn count(kind: UsageKind, library: UsageLibrary, bucket: u32, count: u64) -> UsageCount {
    UsageCount {
        environment: EnvironmentId(42),
        kind,
        library,
        bucket: UsageBucket(bucket),
        count,
    }
}

#[tokio::test]
async fn requests_are_counted_where_collectors_look() {
    let Some((redis, server, url)) = patient_redis("burgee:") else {
        return;
    };
    let counts = vec![
        count(UsageKind::Flags, UsageLibrary::Js, 100, 3),
        count(UsageKind::Flags, UsageLibrary::Python, 100, 4),
        count(UsageKind::Flags, UsageLibrary::Js, 101, 5),
        count(UsageKind::Definitions, UsageLibrary::Other, 100, 6),
        count(UsageKind::Ofrep, UsageLibrary::Other, 100, 8),
    ];
    redis.add_usage(&batch(1, counts)).await.unwrap();
    for (key, field, expected) in [
        ("posthog:decide_requests:42", "100", "7"),
        ("posthog:decide_requests:42", "101", "5"),
        ("posthog:decide_requests:sdk:42:posthog-js", "100", "3"),
        ("posthog:decide_requests:sdk:42:posthog-js", "101", "5"),
        ("posthog:decide_requests:sdk:42:posthog-python", "100", "4"),
        ("posthog:local_evaluation_requests:42", "100", "6"),
        ("posthog:local_evaluation_requests:sdk:42:other", "100", "6"),
        ("burgee:ofrep_requests:sdk:42:other", "100", "8"),
    ] {
        let stored = server.command(&url, &["HGET", key, field]);
        assert_eq!(stored, expected, "{key} {field}");
    }
    let total = |kind, library, count| UsageTotal {
        environment: EnvironmentId(42),
        kind,
        library,
        count,
    };
    let read = redis.read_usage(UsageBucket(100)..UsageBucket(101)).await;
    assert_eq!(
        read.unwrap(),
        [
            total(UsageKind::Flags, UsageLibrary::Js, 3),
            total(UsageKind::Flags, UsageLibrary::Python, 4),
            total(UsageKind::Ofrep, UsageLibrary::Other, 8),
            total(UsageKind::Definitions, UsageLibrary::Other, 6),
        ]
    );
    let read = redis.read_usage(UsageBucket(102)..UsageBucket(200)).await;
    assert_eq!(read, Ok(Vec::new()));
}

#[tokio::test]
async fn a_key_that_holds_something_else_keeps_no_other_from_being_counted() {
    let Some((redis, server, url)) = patient_redis("burgee:") else {
        return;
    };
    server.command(&url, &["SET", "posthog:decide_requests:42", "poison"]);
    let counts = vec![count(UsageKind::Flags, UsageLibrary::Js, 1, 3)];
    redis.add_usage(&batch(1, counts)).await.unwrap();
    let key = "posthog:decide_requests:sdk:42:posthog-js";
    assert_eq!(server.command(&url, &["HGET", key, "1"]), "3");
}

#[tokio::test]
async fn quotas_are_those_that_have_not_ended() {
    let Some((redis, server, url)) = patient_redis("burgee:") else {
        return;
    };
    let at = |millis| Timestamp::from_unix_millis(millis);
    assert_eq!(redis.read_quotas(at(0)).await, Ok(Vec::new()));
    // As PostHog's billing job writes them, and what is nobody's token.
    for (score, member) in [("1000", "phc_a"), ("2000.5", "phc_b"), ("3000", "")] {
        server.command(&url, &["ZADD", QUOTAS, score, member]);
    }
    let quota = |token, until| Quota {
        token: ProjectToken::parse(token).unwrap(),
        until: at(until),
    };
    redis.put_quota(&quota("phc_c", 3_000_999)).await.unwrap();
    assert_eq!(server.command(&url, &["ZSCORE", QUOTAS, "phc_c"]), "3000");
    let (a, b, c) = (
        quota("phc_a", 1_000_000),
        quota("phc_b", 2_000_000),
        quota("phc_c", 3_000_000),
    );
    for (since, expected) in [
        (0, &[c.clone(), b.clone(), a.clone()][..]),
        (1_000_000, &[c.clone(), b.clone(), a]),
        (1_000_001, &[c.clone(), b]),
        (3_000_000, &[c]),
        (3_000_001, &[]),
    ] {
        assert_eq!(redis.read_quotas(at(since)).await.unwrap(), expected);
    }
}
