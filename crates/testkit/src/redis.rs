//! Real Redis servers, with data of their own that is gone when the tests are.
//!
//! One server serves all tests of a process; each test gets a database of it. Tests that stop a
//! server, or want Sentinel, a cluster or TLS, start their own. A guard holds them (`guard.rs`).

use std::{
    net::TcpListener,
    path::PathBuf,
    process::Command,
    sync::{
        OnceLock,
        atomic::{AtomicUsize, Ordering},
    },
};

use crate::guard::{Guard, skip};

const GUARD: &str = include_str!("redis/guard.sh");

/// Databases of a server, as `guard.sh` configures it.
const DATABASES: usize = 1_000;

/// One server, or several that belong together.
#[derive(Debug)]
pub struct RedisServer {
    form: Form,
    ports: Vec<u16>,
    folder: PathBuf,
    guard: Guard,
    /// Number of the next database.
    next: AtomicUsize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    One,
    Tls,
    Sentinel,
    Cluster,
}

impl RedisServer {
    /// The server of this process, started with the first call. `None`, said aloud, where Redis is
    /// not installed; under `CI=true` that fails.
    pub fn shared() -> Option<&'static Self> {
        static SHARED: OnceLock<Option<RedisServer>> = OnceLock::new();
        SHARED.get_or_init(Self::start).as_ref()
    }

    /// A server of its own, called `server`, for tests that stop it. Like all of these it stops when
    /// dropped, and is `None` as of [`RedisServer::shared`].
    pub fn start() -> Option<Self> {
        Self::start_form(Form::One, 0, &[])
    }

    /// A server called `server` that only speaks TLS, with a certificate that no authority has
    /// signed, and wants to be shown one. Its password is `pass/word`.
    pub fn start_tls() -> Option<Self> {
        let name = "127.0.0.1".to_owned();
        let made = rcgen::generate_simple_self_signed([name]).expect("a certificate");
        let (certificate, key) = (made.cert.pem(), made.signing_key.serialize_pem());
        let variables = [("CERTIFICATE", &*certificate), ("KEY", &*key)];
        Self::start_form(Form::Tls, 1, &variables)
    }

    /// A `master`, its `replica`, and a `sentinel` that makes a master of that when the other is gone
    /// for half a second.
    pub fn start_sentinel() -> Option<Self> {
        Self::start_form(Form::Sentinel, 3, &[])
    }

    /// A cluster of `node1`, `node2` and `node3`, each with a third of the slots.
    pub fn start_cluster() -> Option<Self> {
        Self::start_form(Form::Cluster, 6, &[])
    }

    fn start_form(form: Form, ports: usize, variables: &[(&str, &str)]) -> Option<Self> {
        if Command::new("redis-server")
            .arg("--version")
            .output()
            .is_err()
        {
            skip("Redis", "redis-server");
            return None;
        }
        let ports = free_ports(ports);
        let name = match form {
            Form::One => "one",
            Form::Tls => "tls",
            Form::Sentinel => "sentinel",
            Form::Cluster => "cluster",
        };
        let ports_as_text = ports.iter().map(u16::to_string);
        let arguments = std::iter::once(name.to_owned()).chain(ports_as_text);
        let (guard, folder) = Guard::start(GUARD, arguments, variables);
        Some(Self {
            form,
            ports,
            folder: folder.into(),
            guard,
            next: AtomicUsize::new(0),
        })
    }

    /// The URL of an empty database; where there is but one, of that.
    pub fn url(&self) -> String {
        let folder = self.folder.display();
        let ports = &self.ports;
        match self.form {
            Form::One => {
                let database = self.next.fetch_add(1, Ordering::Relaxed);
                assert!(database < DATABASES, "more tests than databases");
                format!("redis+unix://{folder}/redis.sock?database={database}")
            }
            Form::Tls => {
                let (authority, key) = ("certificate.pem", "key.pem");
                let port = ports[0];
                format!(
                    "rediss://:pass%2Fword@127.0.0.1:{port}?ca={folder}/{authority}\
                    &cert={folder}/{authority}&key={folder}/{key}"
                )
            }
            Form::Sentinel => format!("redis+sentinel://127.0.0.1:{}/flags", ports[2]),
            Form::Cluster => {
                format!(
                    "redis-cluster://127.0.0.1:{},127.0.0.1:{}",
                    ports[0], ports[1]
                )
            }
        }
    }

    /// Where one server listens: its socket.
    pub fn socket(&self) -> PathBuf {
        self.folder.join("redis.sock")
    }

    /// Stops a server at once, as if its machine had failed. It keeps no data.
    pub fn stop(&self, name: &str) {
        self.guard.order(&format!("stop {name}"));
    }

    /// Starts it again after [`RedisServer::stop`].
    pub fn resume(&self, name: &str) {
        self.guard.order(&format!("resume {name}"));
    }

    /// Keeps a server from doing anything, as if the network had failed: connections to it stay, and
    /// new ones are made, but nobody answers.
    pub fn freeze(&self, name: &str) {
        self.guard.order(&format!("freeze {name}"));
    }

    /// Lets it go on after [`RedisServer::freeze`].
    pub fn thaw(&self, name: &str) {
        self.guard.order(&format!("thaw {name}"));
    }

    /// Has a command done in the database of `url`, which [`RedisServer::url`] returned, and returns
    /// what is answered. For one server, and a cluster, where it goes to the right node.
    pub fn command(&self, url: &str, arguments: &[&str]) -> String {
        let mut command = Command::new("redis-cli");
        match self.form {
            Form::One => {
                let database = url.rsplit('=').next().expect("a database");
                command.arg("-s").arg(self.socket()).args(["-n", database]);
            }
            Form::Cluster => {
                command.args(["-c", "-p", &self.ports[0].to_string()]);
            }
            Form::Tls | Form::Sentinel => panic!("not for {:?}", self.form),
        }
        let output = command.args(arguments).output().expect("redis-cli");
        String::from_utf8_lossy(&output.stdout)
            .trim_end()
            .to_owned()
    }
}

/// Ports that nobody uses at this moment.
fn free_ports(count: usize) -> Vec<u16> {
    let listeners: Vec<_> = (0..count)
        .map(|_| TcpListener::bind("127.0.0.1:0").expect("a port"))
        .collect();
    let ports = listeners.iter().map(TcpListener::local_addr);
    ports
        .map(|address| address.expect("an address").port())
        .collect()
}
