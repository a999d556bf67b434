//! The serving path in this process, on a store of its own and a socket that clients can reach.

use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use axum::ServiceExt;
use burgee_serve::{GeoIp, ServeConfig, Serving, router};
use burgee_store::{QuotaWriter, SettingWriter, UsageStore};
use burgee_store_sqlite::SqliteConfig;
use hyper::Method;
use serde_json::{Value, json};
use tokio::{
    net::{TcpListener, TcpSocket},
    task::JoinHandle,
};

use crate::{
    CapturedLog, Fault, Faults, PATIENCE, Request, TOKEN, TestClock, TestRecords, TestStore,
    backend::{Backend, sqlite_with_patience},
    change_set,
};

/// How often a test server asks what changed: often, so that tests need not wait.
const POLL_INTERVAL: Duration = Duration::from_millis(20);

/// Connections that wait to be accepted.
const BACKLOG: u32 = 1_024;

/// A running server. Stops when it is dropped.
pub struct TestServer {
    /// Where it listens.
    pub address: SocketAddr,
    /// The store itself, past all faults.
    pub store: Arc<dyn TestStore>,
    /// Where usage is counted, past all faults.
    pub usage: Arc<dyn UsageStore>,
    /// Where quotas are set.
    pub quotas: Arc<dyn QuotaWriter>,
    /// Where else operators set something.
    pub settings: Arc<dyn SettingWriter>,
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
    /// Set for tests that are about SQLite.
    sqlite: Option<SqliteConfig>,
    geoip: Option<GeoIp>,
    shared: Option<TestRecords>,
    last_good: Option<TestRecords>,
    fault: Fault,
    keeps_shared: bool,
    send_buffer_bytes: Option<u32>,
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

    /// Is about SQLite, and changes its configuration.
    pub fn sqlite(mut self, change: impl FnOnce(&mut SqliteConfig)) -> Self {
        change(self.sqlite.get_or_insert_with(sqlite_with_patience));
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

    /// Leaves filling the shared cache to nobody, so that only what requests and changes need is read
    /// and rendered. Makes no difference where nothing is shared.
    pub fn without_keeper(mut self) -> Self {
        self.keeps_shared = false;
        self
    }

    /// Has the kernel keep no more than about so much of what a client has not read yet; by default it
    /// keeps megabytes.
    pub fn send_buffer_bytes(mut self, bytes: u32) -> Self {
        self.send_buffer_bytes = Some(bytes);
        self
    }

    /// Fills a store and starts to serve.
    pub async fn start(self) -> TestServer {
        let backend = match &self.sqlite {
            Some(sqlite) => Backend::sqlite(sqlite),
            None => Backend::chosen().unwrap_or_else(|| Backend::sqlite(&sqlite_with_patience())),
        };
        for contents in &self.contents {
            let changes = change_set(contents);
            backend
                .store
                .commit(&changes)
                .await
                .expect("contents are taken");
        }
        let faults = Arc::new(Faults::default());
        faults.set_all(&self.fault);
        let mut stores = backend.stores(&faults);
        if let Some(records) = self.shared {
            stores.shared = Some(Arc::new(records));
        }
        stores.last_good = self.last_good.map(|records| Arc::new(records) as _);
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
        let listener = listener(self.send_buffer_bytes).expect("a port");
        let address = listener.local_addr().expect("an address");
        let mut tasks = vec![
            serving.follow_changes(),
            serving.keep_last_good(),
            serving.tell_key_uses(),
            serving.flush_usage(),
            serving.follow_runtime_settings(),
            tokio::spawn(listen(listener, Arc::clone(&serving))),
        ];
        if self.keeps_shared {
            tasks.push(serving.keep_shared());
        }
        TestServer {
            address,
            store: backend.store,
            usage: Arc::clone(&backend.admission) as _,
            quotas: Arc::clone(&backend.admission) as _,
            settings: backend.admission,
            faults,
            clock,
            log,
            serving,
            tasks,
        }
    }
}

fn listener(send_buffer_bytes: Option<u32>) -> io::Result<TcpListener> {
    let socket = TcpSocket::new_v4()?;
    if let Some(bytes) = send_buffer_bytes {
        // Each connection takes it over from the one that listens.
        socket.set_send_buffer_size(bytes)?;
    }
    socket.bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
    socket.listen(BACKLOG)
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
        ServerBuilder {
            contents: vec![contents],
            config,
            sqlite: None,
            keeps_shared: true,
            send_buffer_bytes: None,
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

impl std::fmt::Debug for TestServer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut shown = f.debug_struct("TestServer");
        shown.field("address", &self.address);
        shown.field("store", &self.store).finish_non_exhaustive()
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
