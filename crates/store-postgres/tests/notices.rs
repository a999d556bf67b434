//! Notices when the server goes away: in so many words, or without one.
#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "what a test stands on fails by panicking"
)]

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use burgee_model::{ProjectToken, PropertyMatching};
use burgee_store::{
    Change, ChangeNotices, ChangeSet, DefinitionReader as _, DefinitionWriter, StoreError,
};
use burgee_store_postgres::{PostgresConfig, PostgresStore};
use burgee_testkit::{PostgresServer, within};
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{
        UnixListener, UnixStream,
        unix::{OwnedReadHalf, OwnedWriteHalf},
    },
    time::timeout,
};

/// What PostgreSQL calls its socket.
const SOCKET: &str = ".s.PGSQL.5432";

fn open(url: &str) -> PostgresStore {
    PostgresStore::open(&PostgresConfig {
        acquire_timeout_ms: 30_000,
        connect_timeout_ms: 30_000,
        ..PostgresConfig::at(url.parse().unwrap())
    })
    .unwrap()
}

async fn put_environment(store: &PostgresStore, timezone: &str) {
    let changes = vec![
        Change::PutProject {
            name: "Acme".to_owned(),
            group_types: Vec::new(),
        },
        Change::PutEnvironment {
            project: "Acme".to_owned(),
            name: "production".to_owned(),
            token: ProjectToken::parse("phc_a").unwrap(),
            timezone: timezone.to_owned(),
            property_matching: PropertyMatching::Explicit,
        },
    ];
    let expected = Vec::new();
    let changes = ChangeSet { expected, changes };
    store.commit(&changes).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn another_process_is_heard_and_another_schema_is_not() {
    let Some(server) = PostgresServer::shared() else {
        return;
    };
    let schema = server.create_schema();
    let url = server.schema_url(&schema);
    let (here, there) = (open(&url), open(&url));
    let elsewhere = open(&server.schema_url(&server.create_schema()));
    let mut listener = here.listen().await.unwrap();
    put_environment(&elsewhere, "UTC").await;
    let silence = timeout(Duration::from_millis(300), listener.next()).await;
    assert!(silence.is_err(), "{silence:?}");
    put_environment(&there, "UTC").await;
    let mark = within("a notice", listener.next()).await.unwrap();
    let list = here.read_revisions(None).await.unwrap().unwrap();
    assert_eq!(mark, Some(list.mark));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_stops_ends_the_listening_and_one_that_is_back_can_be_listened_to() {
    let Some(server) = PostgresServer::start() else {
        return;
    };
    let url = server.url(&server.create_database());
    let store = open(&url);
    put_environment(&store, "UTC").await;
    let mut listener = store.listen().await.unwrap();
    server.stop();
    let ended = within("the end", listener.next()).await;
    assert!(
        matches!(ended, Err(StoreError::Unavailable(_))),
        "{ended:?}"
    );
    let refused = store.listen().await.map(|_| ());
    assert!(
        matches!(refused, Err(StoreError::Unavailable(_))),
        "{refused:?}"
    );
    server.resume();
    let mut listener = store.listen().await.unwrap();
    put_environment(&open(&url), "Europe/Berlin").await;
    within("a notice", listener.next()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_falls_silent_is_given_up() {
    let Some(server) = PostgresServer::shared() else {
        return;
    };
    let url = server.url(&server.create_database());
    let wall = Wall::before(server.folder());
    let store = open(&url.replace(
        &server.folder().display().to_string(),
        &wall.folder.path().display().to_string(),
    ));
    put_environment(&store, "UTC").await;
    let mut listener = store.listen().await.unwrap();
    wall.is_shut.store(true, Ordering::Relaxed);
    let ended = within("the end", listener.next()).await;
    assert!(
        matches!(ended, Err(StoreError::Unavailable(_))),
        "{ended:?}"
    );
}

/// Passes everything on until it is shut, then nothing, and closes no connection: a cable that was
/// pulled.
struct Wall {
    folder: TempDir,
    is_shut: Arc<AtomicBool>,
}

impl Wall {
    fn before(server: &Path) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let is_shut = Arc::new(AtomicBool::new(false));
        let listener = UnixListener::bind(folder.path().join(SOCKET)).unwrap();
        let (behind, shut) = (server.join(SOCKET), Arc::clone(&is_shut));
        tokio::spawn(async move {
            while let Ok((outer, _)) = listener.accept().await {
                let inner = UnixStream::connect(&behind).await.unwrap();
                let (from_outer, to_outer) = outer.into_split();
                let (from_inner, to_inner) = inner.into_split();
                tokio::spawn(pass(from_outer, to_inner, Arc::clone(&shut)));
                tokio::spawn(pass(from_inner, to_outer, Arc::clone(&shut)));
            }
        });
        Self { folder, is_shut }
    }
}

async fn pass(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, is_shut: Arc<AtomicBool>) {
    let mut bytes = [0; 4_096];
    while let Ok(count @ 1..) = from.read(&mut bytes).await {
        if !is_shut.load(Ordering::Relaxed) && to.write_all(&bytes[..count]).await.is_err() {
            return;
        }
    }
}
