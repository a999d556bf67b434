//! Notices: heard by whoever listens, and a subscription that is dead is known to be.
#![expect(
    clippy::unwrap_used,
    reason = "what a test stands on fails by panicking"
)]

use std::time::Duration;

use burgee_redis::{Redis, RedisConfig};
use burgee_store::{ChangeAnnouncer, ChangeListener, ChangeNotices, StoreError};
use burgee_testkit::{PATIENCE, RedisServer, eventually, within};
use tokio::time::timeout;

/// Two nodes' connections. The channel is the server's, not the database's, so it gets a name.
fn nodes(server: &RedisServer, prefix: &str) -> [Redis; 2] {
    let config = RedisConfig {
        prefix: prefix.to_owned(),
        ping_interval_ms: 200,
        ..RedisConfig::at(server.url().parse().unwrap())
    };
    [(); 2].map(|()| Redis::open(&config).unwrap())
}

/// Announcements in a row, some of which are heard as one.
const ANNOUNCED: u32 = 50;

/// After which nothing more is expected to be heard.
const SILENCE: Duration = Duration::from_millis(500);

async fn hears_nothing(listener: &mut dyn ChangeListener) {
    let heard = timeout(SILENCE, listener.next()).await;
    assert!(heard.is_err(), "{heard:?}");
}

#[tokio::test]
async fn a_notice_is_heard_by_every_node_and_several_count_as_one() {
    let Some(server) = RedisServer::shared() else {
        return;
    };
    let [one, other] = nodes(server, "heard:");
    let [stranger, _] = nodes(server, "unheard:");
    let mut listeners = [one.listen().await.unwrap(), other.listen().await.unwrap()];
    stranger.announce(1).await.unwrap();
    for listener in &mut listeners {
        hears_nothing(&mut **listener).await;
    }
    one.announce(7).await.unwrap();
    for listener in &mut listeners {
        let mark = within("a notice", listener.next()).await.unwrap();
        assert_eq!(mark, Some(7));
    }
    for mark in 1..=ANNOUNCED {
        other.announce(mark.into()).await.unwrap();
    }
    for listener in &mut listeners {
        let mut newest = within("notices", listener.next()).await.unwrap();
        let mut heard = 1;
        while let Ok(next) = timeout(SILENCE, listener.next()).await {
            newest = next.unwrap();
            heard += 1;
        }
        assert_eq!(newest, Some(ANNOUNCED.into()));
        // The last may be on their way when the first is heard.
        assert!(heard < ANNOUNCED, "{heard} notices");
    }
}

#[tokio::test]
async fn a_server_that_is_restarted_is_listened_to_anew() {
    let Some(server) = RedisServer::start() else {
        return;
    };
    let [one, other] = nodes(&server, "burgee:");
    let mut listener = one.listen().await.unwrap();
    server.stop("server");
    let ended = within("the end", listener.next()).await;
    assert!(
        matches!(ended, Err(StoreError::Unavailable(_))),
        "{ended:?}"
    );
    assert!(one.listen().await.is_err());
    server.resume("server");
    let mut listener = one.listen().await.unwrap();
    eventually("an announcement", PATIENCE, async || {
        other.announce(1).await.is_ok()
    })
    .await;
    within("a notice", listener.next()).await.unwrap();
}

#[tokio::test]
async fn a_server_that_says_nothing_any_more_is_noticed_by_pings() {
    let Some(server) = RedisServer::start() else {
        return;
    };
    let [one, _] = nodes(&server, "burgee:");
    let mut listener = one.listen().await.unwrap();
    server.freeze("server");
    let ended = within("the end", listener.next()).await;
    assert!(
        matches!(ended, Err(StoreError::Unavailable(_))),
        "{ended:?}"
    );
    assert!(within("a refusal", one.listen()).await.is_err());
    server.thaw("server");
}
