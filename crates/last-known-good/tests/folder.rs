//! The folder as its users see it: across restarts, at its limits, and with things in it that nobody
//! put there.

#![cfg(test)]

use std::{fs, path::Path};

use burgee_last_known_good::{FolderConfig, RecordFolder};
use burgee_model::ProjectToken;
use burgee_store::{RECORD_BYTES_MAX, RecordCache, RecordName, StoreError};
use tempfile::TempDir;

fn name(token: &str) -> RecordName {
    RecordName::Definitions(ProjectToken::parse(token).unwrap())
}

fn limited(place: &TempDir, bytes_max: u64, files_max: usize) -> RecordFolder {
    RecordFolder::new(FolderConfig {
        bytes_max,
        files_max,
        ..FolderConfig::at(place.path().join("records"))
    })
}

fn opened(place: &TempDir) -> RecordFolder {
    limited(place, 1 << 20, 100)
}

async fn read(folder: &RecordFolder, token: &str) -> Option<Vec<u8>> {
    folder.read(&name(token)).await.unwrap()
}

fn files(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect()
}

#[tokio::test]
async fn records_outlive_the_process() {
    let place = TempDir::new().unwrap();
    let folder = opened(&place);
    assert_eq!(read(&folder, "a").await, None);
    assert!(
        !place.path().join("records").exists(),
        "reading makes no folder"
    );
    folder
        .write(&name("a"), 5, b"first".to_vec())
        .await
        .unwrap();
    let folder = opened(&place);
    assert_eq!(read(&folder, "a").await.as_deref(), Some(&b"first"[..]));
    folder
        .write(&name("a"), 1, b"second".to_vec())
        .await
        .unwrap();
    assert_eq!(read(&folder, "a").await.as_deref(), Some(&b"second"[..]));
    folder.remove(&name("a")).await.unwrap();
    folder.remove(&name("a")).await.unwrap();
    assert_eq!(read(&folder, "a").await, None);
}

#[tokio::test]
async fn of_two_writers_the_one_that_knows_less_loses() {
    let place = TempDir::new().unwrap();
    let folder = opened(&place);
    for (version, text, expected) in [(2, "two", "two"), (1, "one", "two"), (2, "again", "again")] {
        let bytes = text.as_bytes().to_vec();
        folder.write(&name("a"), version, bytes).await.unwrap();
        let read = read(&folder, "a").await.unwrap();
        assert_eq!(read, expected.as_bytes(), "{version} {text}");
    }
}

#[tokio::test]
async fn any_token_makes_a_name_of_its_own_within_the_folder() {
    let place = TempDir::new().unwrap();
    let folder = opened(&place);
    let long = "é".repeat(100);
    let tokens = ["../../x", "/etc/passwd", "a/b", "A", "a", ".", "NUL", &long];
    for token in tokens {
        let bytes = token.as_bytes().to_vec();
        folder.write(&name(token), 1, bytes).await.unwrap();
    }
    for token in tokens {
        let read = read(&folder, token).await.unwrap();
        assert_eq!(read, token.as_bytes(), "{token}");
    }
    assert_eq!(files(&place.path().join("records")).len(), tokens.len());
    assert_eq!(files(place.path()), ["records"]);
}

#[cfg(unix)]
#[tokio::test]
async fn nobody_else_may_read_what_keys_open() {
    use std::os::unix::fs::PermissionsExt as _;
    let place = TempDir::new().unwrap();
    let folder = opened(&place);
    folder.write(&name("a"), 1, b"x".to_vec()).await.unwrap();
    let path = place.path().join("records");
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&path), 0o700);
    assert_eq!(mode(&path.join(&files(&path)[0])), 0o600);
}

#[tokio::test]
async fn what_was_written_longest_ago_goes_first() {
    let place = TempDir::new().unwrap();
    let folder = limited(&place, 30, 100);
    for token in ["a", "b", "c"] {
        folder.write(&name(token), 1, vec![0; 10]).await.unwrap();
    }
    folder.write(&name("a"), 1, vec![1; 10]).await.unwrap();
    assert!(read(&folder, "b").await.is_some(), "30 bytes are the limit");
    folder.write(&name("d"), 1, vec![0; 1]).await.unwrap();
    let folder = limited(&place, 31, 3);
    for (token, is_there) in [("a", true), ("b", false), ("c", true), ("d", true)] {
        assert_eq!(read(&folder, token).await.is_some(), is_there, "{token}");
    }
    folder.write(&name("e"), 1, vec![0; 1]).await.unwrap();
    for (token, is_there) in [("a", true), ("c", false), ("d", true), ("e", true)] {
        assert_eq!(read(&folder, token).await.is_some(), is_there, "{token}");
    }
}

#[tokio::test]
async fn a_record_over_the_limit_is_neither_written_nor_read() {
    let place = TempDir::new().unwrap();
    let folder = limited(&place, 1 << 30, 100);
    let over = folder
        .write(&name("a"), 1, vec![0; RECORD_BYTES_MAX + 1])
        .await;
    assert!(matches!(over, Err(StoreError::Refused(_))), "{over:?}");
    folder.write(&name("a"), 1, vec![0; 3]).await.unwrap();
    let path = place.path().join("records");
    let file = fs::File::options()
        .write(true)
        .open(path.join(&files(&path)[0]))
        .unwrap();
    file.set_len(RECORD_BYTES_MAX as u64 * 4).unwrap();
    let bytes = read(&folder, "a").await.unwrap().len();
    assert_eq!(bytes, RECORD_BYTES_MAX + 1, "no reader takes that");
    let small = limited(&place, 2, 100);
    assert!(small.write(&name("b"), 1, vec![0; 3]).await.is_err());
}

#[tokio::test]
async fn what_a_crash_left_behind_is_cleared_away_and_foreign_files_stay() {
    let place = TempDir::new().unwrap();
    let path = place.path().join("records");
    fs::create_dir(&path).unwrap();
    fs::write(path.join("abc.1.unfinished"), "half").unwrap();
    fs::write(path.join("README.record"), "not ours").unwrap();
    let folder = limited(&place, 1 << 20, 1);
    for token in ["a", "b"] {
        folder.write(&name(token), 1, vec![0]).await.unwrap();
    }
    let left = files(&path);
    assert_eq!(left.len(), 2, "{left:?}");
    assert!(left.contains(&"README.record".to_owned()), "{left:?}");
}

#[tokio::test]
async fn a_folder_that_cannot_be_used_fails_the_call_and_nothing_else() {
    let place = TempDir::new().unwrap();
    fs::write(place.path().join("records"), "a file").unwrap();
    let folder = opened(&place);
    let written = folder.write(&name("a"), 1, vec![0]).await;
    assert!(
        matches!(written, Err(StoreError::Unavailable(_))),
        "{written:?}"
    );
    assert!(folder.read(&name("a")).await.is_err());
    fs::remove_file(place.path().join("records")).unwrap();
    folder.write(&name("a"), 1, vec![0]).await.unwrap();
}
