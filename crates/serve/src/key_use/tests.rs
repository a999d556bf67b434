//! Uses are noted now and then, wait within a limit, and survive a store that is gone.

use std::sync::atomic::AtomicBool;

use async_trait::async_trait;
use burgee_store::KeyRecord;

use super::*;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_unix_millis(seconds * 1_000)
}

fn key(number: usize) -> KeyDigest {
    KeyDigest::of(&format!("phs_{number}"))
}

/// Remembers what it was told, unless it is gone.
#[derive(Default)]
struct Told {
    is_gone: AtomicBool,
    calls: Mutex<Vec<Vec<(KeyDigest, Timestamp)>>>,
}

#[async_trait]
impl KeyStore for Told {
    async fn list_keys(
        &self,
        _: Option<KeyDigest>,
        _: usize,
    ) -> Result<Vec<KeyRecord>, StoreError> {
        Ok(Vec::new())
    }

    async fn touch_keys(&self, used: &[(KeyDigest, Timestamp)]) -> Result<(), StoreError> {
        if self.is_gone.load(Ordering::Relaxed) {
            return Err(StoreError::Unavailable("gone".to_owned()));
        }
        self.calls.lock().unwrap().push(used.to_vec());
        Ok(())
    }
}

#[test]
fn a_key_is_noted_once_in_a_while() {
    let noted = NotedUse::default();
    let pause = i64::try_from(NOTED_FOR.as_secs()).unwrap();
    for (second, is_due) in [
        (1_000, true),
        (1_000, false),
        (1_000 + pause - 1, false),
        (1_000 + pause, true),
        // The clock was put back.
        (500, true),
        (501, false),
    ] {
        assert_eq!(noted.is_due(at(second)), is_due, "{second}");
    }
}

#[test]
fn keys_wait_within_a_limit_and_their_uses_go_forward() {
    let uses = KeyUses::default();
    for number in 0..KEY_USES_MAX {
        assert_eq!(uses.note(key(number), at(2)), Ok(()));
    }
    assert_eq!(uses.note(key(KEY_USES_MAX), at(2)), Err(Full));
    assert_eq!(uses.note(key(0), at(3)), Ok(()));
    assert_eq!(uses.note(key(1), at(1)), Ok(()));
    let waiting = uses.waiting.lock().unwrap();
    assert_eq!((waiting[&key(0)], waiting[&key(1)]), (at(3), at(2)));
}

#[tokio::test]
async fn the_store_is_told_in_pieces_and_once() {
    let (uses, store) = (KeyUses::default(), Told::default());
    for number in 0..=KEYS_READ_MAX {
        uses.note(key(number), at(2)).unwrap();
    }
    uses.tell(&store).await.unwrap();
    uses.tell(&store).await.unwrap();
    let calls = store.calls.lock().unwrap();
    let sizes: Vec<usize> = calls.iter().map(Vec::len).collect();
    assert_eq!(sizes, [KEYS_READ_MAX, 1]);
}

#[tokio::test]
async fn a_store_that_is_gone_is_told_later() {
    let (uses, store) = (KeyUses::default(), Told::default());
    uses.note(key(0), at(2)).unwrap();
    store.is_gone.store(true, Ordering::Relaxed);
    let (dropped, error) = uses.tell(&store).await.unwrap_err();
    assert_eq!(dropped, 0);
    assert!(matches!(error, StoreError::Unavailable(_)));
    uses.note(key(0), at(5)).unwrap();
    store.is_gone.store(false, Ordering::Relaxed);
    uses.tell(&store).await.unwrap();
    let calls = store.calls.lock().unwrap();
    assert_eq!(*calls, [vec![(key(0), at(5))]]);
}
