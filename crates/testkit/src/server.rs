//! The serving path in this process, on a store of its own and a socket that clients can reach.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use axum::ServiceExt;
use burgee_serve::{GeoIp, ServeConfig, Serving, Stores, router};
use burgee_store::DefinitionWriter;
use burgee_store_sqlite::{SqliteConfig, SqliteLocation, SqliteStore};
use hyper::Method;
use serde_json::{Value, json};
use tokio::{net::TcpListener, task::JoinHandle};

use crate::{
    CapturedLog, Fault, Faults, FaultyStore, PATIENCE, Request, TOKEN, TestClock, TestRecords,
    change_set,
};

/// How often a test server asks what changed: often, so that tests need not wait.
const POLL_INTERVAL: Duration = Duration::from_millis(20);

/// A running server. Stops when it is dropped.
#[derive(Debug)]
pub struct TestServer {
    /// Where it listens.
    pub address: SocketAddr,
    /// The store itself, past all faults.
    pub store: SqliteStore,
    /// What stands between the server and the store.
    pub faults: Arc<Faults>,
    /// The date that the server goes by.
    pub clock: Arc<TestClock>,
    /// What the server logs.
    pub log: Arc<CapturedLog>,
    /// The server's insides, as far as they are public.
    pub serving: Arc<Serving>,
    tasks: Vec<JoinHandle<()>>,
}

/// A server to be started.
#[derive(Debug)]
#[must_use = "nothing runs until it is started"]
pub struct ServerBuilder {
    contents: Vec<Value>,
    config: ServeConfig,
    sqlite: SqliteConfig,
    geoip: Option<GeoIp>,
    shared: Option<TestRecords>,
    last_good: Option<TestRecords>,
    fault: Fault,
}

impl ServerBuilder {
    /// Adds another environment; each needs its own `token`.
    pub fn contents(mut self, contents: Value) -> Self {
        self.contents.push(contents);
        self
    }

    /// Changes the configuration of serving.
    pub fn config(mut self, change: impl FnOnce(&mut ServeConfig)) -> Self {
        change(&mut self.config);
        self
    }

    /// Changes the configuration of the store.
    pub fn sqlite(mut self, change: impl FnOnce(&mut SqliteConfig)) -> Self {
        change(&mut self.sqlite);
        self
    }

    /// Locates addresses.
    pub fn geoip(mut self, geoip: GeoIp) -> Self {
        self.geoip = Some(geoip);
        self
    }

    /// Shares records with other nodes.
    pub fn shared(mut self, records: &TestRecords) -> Self {
        self.shared = Some(records.clone());
        self
    }

    /// Keeps records for itself.
    pub fn last_good(mut self, records: &TestRecords) -> Self {
        self.last_good = Some(records.clone());
        self
    }

    /// Starts with this fault in every call of the store.
    pub fn fault(mut self, fault: Fault) -> Self {
        self.fault = fault;
        self
    }

    /// Fills a store and starts to serve.
    pub async fn start(self) -> TestServer {
        let store = SqliteStore::open(&self.sqlite).expect("a store");
        for contents in &self.contents {
            let changes = change_set(contents);
            store.commit(&changes).await.expect("contents are taken");
        }
        let faults = Arc::new(Faults::default());
        faults.set_all(&self.fault);
        let behind_faults = Arc::new(FaultyStore {
            store: store.clone(),
            faults: Arc::clone(&faults),
        });
        let stores = Stores {
            definitions: Arc::clone(&behind_faults) as _,
            credentials: Arc::clone(&behind_faults) as _,
            keys: Arc::clone(&behind_faults) as _,
            usage: Arc::clone(&behind_faults) as _,
            quotas: Arc::clone(&behind_faults) as _,
            subjects: Arc::clone(&behind_faults) as _,
            subject_writer: Arc::clone(&behind_faults) as _,
            notices: vec![behind_faults],
            shared: self.shared.map(|records| Arc::new(records) as _),
            announcer: None,
            last_good: self.last_good.map(|records| Arc::new(records) as _),
        };
        let clock = Arc::new(TestClock::start());
        let log = Arc::new(CapturedLog::default());
        let serving = Serving::start(
            self.config,
            stores,
            Arc::clone(&clock) as _,
            Arc::clone(&log) as _,
            self.geoip,
        )
        .expect("threads");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let tasks = vec![
            serving.follow_changes(),
            serving.keep_last_good(),
            serving.keep_shared(),
            serving.tell_key_uses(),
            serving.flush_usage(),
            serving.follow_quotas(),
            tokio::spawn(listen(listener, Arc::clone(&serving))),
        ];
        TestServer {
            address,
            store,
            faults,
            clock,
            log,
            serving,
            tasks,
        }
    }
}

async fn listen(listener: TcpListener, serving: Arc<Serving>) {
    let service = router(serving);
    let service = ServiceExt::<axum::extract::Request>::into_make_service_with_connect_info::<
        SocketAddr,
    >(service);
    axum::serve(listener, service).await.expect("serving");
}

impl TestServer {
    /// To change what is not to be as it is by default. Deadlines are long by default: on a busy
    /// machine a late answer is not a wrong one.
    pub fn builder(contents: Value) -> ServerBuilder {
        let config = ServeConfig {
            request_timeout: PATIENCE,
            subject_timeout: PATIENCE,
            concurrency_wait: PATIENCE,
            cpu_wait: PATIENCE,
            revision_poll_interval: POLL_INTERVAL,
            store_wait: PATIENCE,
            record_wait: PATIENCE,
            keeper_interval: POLL_INTERVAL,
            usage_flush_interval: POLL_INTERVAL,
            quota_refresh_interval: POLL_INTERVAL,
            ..ServeConfig::default()
        };
        let patience_ms = u64::try_from(PATIENCE.as_millis()).unwrap_or(u64::MAX);
        let sqlite = SqliteConfig {
            acquire_timeout_ms: patience_ms,
            query_timeout_ms: patience_ms,
            write_timeout_ms: patience_ms,
            ..SqliteConfig::at(SqliteLocation::Memory)
        };
        ServerBuilder {
            contents: vec![contents],
            config,
            sqlite,
            geoip: None,
            shared: None,
            last_good: None,
            fault: Fault::None,
        }
    }

    /// Starts with everything as it is by default.
    pub async fn start(contents: Value) -> Self {
        Self::builder(contents).start().await
    }

    /// A request with any method.
    pub fn request(&self, method: &str, target: &str) -> Request {
        let method = Method::from_bytes(method.as_bytes()).expect("a method");
        Request::new(self.address, method, target)
    }

    /// A GET request.
    pub fn get(&self, target: &str) -> Request {
        self.request("GET", target)
    }

    /// A POST request.
    pub fn post(&self, target: &str) -> Request {
        self.request("POST", target)
    }

    /// A `POST /flags?v=2` with `fields` and the token of the first environment, unless they name
    /// one.
    pub fn ask(&self, fields: &Value) -> Request {
        let mut body = json!({"token": TOKEN});
        for (key, value) in fields.as_object().expect("fields") {
            body[key] = value.clone();
        }
        self.post("/flags?v=2").json(&body)
    }

    /// The answer to [`Self::ask`], which must be 200.
    pub async fn flags(&self, fields: Value) -> Value {
        let reply = self.ask(&fields).send().await;
        assert_eq!(reply.status, 200, "{fields}: {:?}", reply.body);
        reply.json()
    }

    /// Changes what is defined, as another process could.
    pub async fn commit(&self, contents: &Value) {
        let changes = change_set(contents);
        self.store
            .commit(&changes)
            .await
            .expect("contents are taken");
    }

    /// The whole-number figure of this name at `/metrics`; labels are part of the name.
    pub async fn metric(&self, name: &str) -> i64 {
        let reply = self.get("/metrics").send().await;
        let line = reply
            .text()
            .lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(' '))
            .unwrap_or_else(|| panic!("{name} is not in {}", reply.text()));
        line.parse().expect("a whole number")
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        self.serving.begin_shutdown();
        for task in &self.tasks {
            task.abort();
        }
    }
}
