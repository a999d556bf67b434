//! Which servers there are and how to get to the right one: the one, the one that Sentinel says is
//! the master, or whichever of a cluster holds the key. Nothing else knows of the difference.

use std::{
    fmt, fs,
    path::Path,
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use burgee_store::StoreError;
use redis::{
    AsyncConnectionConfig, Client, ClientTlsConfig, Cmd, ConnectionAddr, ConnectionInfo, ErrorKind,
    IntoConnectionInfo, Pipeline, RedisConnectionInfo, RedisFuture, RedisResult, TlsCertificates,
    TlsMode, Value,
    aio::{ConnectionLike, MultiplexedConnection, PubSub},
    cluster::ClusterClient,
    cluster_async::ClusterConnection,
    sentinel::{SentinelClientBuilder, SentinelServerType},
};

use crate::{
    RedisConfig, RedisLocation,
    error::unavailable,
    location::{Address, Servers, Tls},
};

/// How many times a cluster's driver asks again, such as after a key has moved, before the answer is
/// an error. Its own default of 16 takes longer than any deadline here.
const CLUSTER_RETRIES: u32 = 3;

/// Cannot be: a location names at least one server.
const NO_SERVER: (ErrorKind, &str) = (ErrorKind::InvalidClientConfig, "no server is named");

/// The servers.
pub(crate) struct Topology {
    servers: Reach,
    certificates: Option<TlsCertificates>,
    location: RedisLocation,
    /// Where the next attempt starts in a list of servers, so that one that hangs does not keep all
    /// attempts to itself.
    turn: AtomicUsize,
}

enum Reach {
    One(Box<Client>),
    Sentinel {
        service: String,
    },
    Cluster {
        client: Box<ClusterClient>,
        nodes: Vec<Client>,
    },
}

/// A connection that commands share.
#[derive(Clone)]
pub(crate) enum Connection {
    Server(MultiplexedConnection),
    Cluster(ClusterConnection),
}

impl Topology {
    /// Errors: `Refused` when a certificate cannot be read.
    pub(crate) fn new(config: &RedisConfig) -> Result<Self, StoreError> {
        let location = &config.location;
        let certificates = location.tls.as_ref().map(read_certificates).transpose()?;
        let built = build(config, certificates.as_ref());
        let servers = built.map_err(|error| StoreError::Refused(error.to_string()))?;
        Ok(Self {
            servers,
            certificates,
            location: location.clone(),
            turn: AtomicUsize::new(0),
        })
    }

    pub(crate) fn is_cluster(&self) -> bool {
        matches!(self.servers, Reach::Cluster { .. })
    }

    /// A connection for commands. The caller keeps the deadline.
    pub(crate) async fn connect(&self) -> Result<Connection, StoreError> {
        let connected = match &self.servers {
            Reach::Cluster { client, .. } => {
                let connected = client.get_async_connection().await;
                connected.map(Connection::Cluster)
            }
            Reach::One(client) => connect(client).await,
            Reach::Sentinel { service } => match self.find_master(service).await {
                Ok(client) => connect(&client).await,
                Err(error) => Err(error),
            },
        };
        connected.map_err(|error| unavailable(&error))
    }

    /// A connection for a subscription. The caller keeps the deadline.
    pub(crate) async fn subscribe(&self) -> Result<PubSub, StoreError> {
        let connected = match &self.servers {
            Reach::One(client) => client.get_async_pubsub().await,
            Reach::Sentinel { service } => match self.find_master(service).await {
                Ok(client) => client.get_async_pubsub().await,
                Err(error) => Err(error),
            },
            // What is published on one server of a cluster is heard on all.
            Reach::Cluster { nodes, .. } => {
                let turn = self.turn.fetch_add(1, Ordering::Relaxed);
                match nodes.get(turn % nodes.len().max(1)) {
                    Some(node) => node.get_async_pubsub().await,
                    None => Err(NO_SERVER.into()),
                }
            }
        };
        connected.map_err(|error| unavailable(&error))
    }

    async fn find_master(&self, service: &str) -> RedisResult<Client> {
        let location = &self.location;
        let mut sentinels = addresses(location, self.certificates.as_ref())?;
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        let count = sentinels.len().max(1);
        sentinels.rotate_left(turn % count);
        let mut builder =
            SentinelClientBuilder::new(sentinels, service, SentinelServerType::Master)?
                .set_client_to_redis_db(location.database);
        if let Some(username) = &location.username {
            builder = builder.set_client_to_redis_username(username);
        }
        if let Some(password) = &location.password {
            builder = builder.set_client_to_redis_password(password);
        }
        if let Some(username) = &location.sentinel_username {
            builder = builder.set_client_to_sentinel_username(username);
        }
        if let Some(password) = &location.sentinel_password {
            builder = builder.set_client_to_sentinel_password(password);
        }
        if let Some(certificates) = &self.certificates {
            builder = builder
                .set_client_to_redis_tls_mode(TlsMode::Secure)
                .set_client_to_redis_certificates(certificates.clone())
                .set_client_to_sentinel_certificates(certificates.clone());
        }
        builder.build()?.async_get_client().await
    }
}

async fn connect(client: &Client) -> RedisResult<Connection> {
    // Deadlines are kept by the link, which also gives up a connection that missed one.
    let config = AsyncConnectionConfig::new()
        .set_connection_timeout(None)
        .set_response_timeout(None);
    let connected = client.get_multiplexed_async_connection_with_config(&config);
    connected.await.map(Connection::Server)
}

fn build(config: &RedisConfig, certificates: Option<&TlsCertificates>) -> RedisResult<Reach> {
    let location = &config.location;
    let clients = || -> RedisResult<Vec<Client>> {
        let infos = connection_infos(location)?;
        let clients = infos.into_iter().map(|info| match certificates {
            Some(certificates) => Client::build_with_tls(info, certificates.clone()),
            None => Client::open(info),
        });
        clients.collect()
    };
    Ok(match &location.servers {
        Servers::One(_) => {
            let client = clients()?.pop();
            Reach::One(Box::new(client.ok_or(NO_SERVER)?))
        }
        Servers::Sentinel { service, .. } => Reach::Sentinel {
            service: service.clone(),
        },
        Servers::Cluster(_) => {
            let mut builder = ClusterClient::builder(connection_infos(location)?)
                .retries(CLUSTER_RETRIES)
                .connection_timeout(Duration::from_millis(config.connect_timeout_ms))
                .response_timeout(Duration::from_millis(config.write_timeout_ms))
                .overall_response_timeout(None);
            if let Some(certificates) = certificates {
                builder = builder.certs(certificates.clone());
            }
            Reach::Cluster {
                client: Box::new(builder.build()?),
                nodes: clients()?,
            }
        }
    })
}

fn connection_infos(location: &RedisLocation) -> RedisResult<Vec<ConnectionInfo>> {
    let mut settings = RedisConnectionInfo::default()
        .set_db(location.database)
        .set_lib_name("burgee", env!("CARGO_PKG_VERSION"));
    if let Some(username) = &location.username {
        settings = settings.set_username(username);
    }
    if let Some(password) = &location.password {
        settings = settings.set_password(password);
    }
    let addresses = location.servers.addresses().iter();
    let infos = addresses.map(|address| {
        let info = plain_address(address, location.tls.is_some()).into_connection_info()?;
        Ok(info.set_redis_settings(settings.clone()))
    });
    infos.collect()
}

/// Addresses that carry their certificates.
fn addresses(
    location: &RedisLocation,
    certificates: Option<&TlsCertificates>,
) -> RedisResult<Vec<ConnectionAddr>> {
    let addresses = location.servers.addresses().iter();
    let complete = addresses.map(|address| {
        let address = plain_address(address, location.tls.is_some());
        let Some(certificates) = certificates else {
            return Ok(address);
        };
        let client = Client::build_with_tls(address.into_connection_info()?, certificates.clone())?;
        Ok(client.get_connection_info().addr().clone())
    });
    complete.collect()
}

fn plain_address(address: &Address, is_encrypted: bool) -> ConnectionAddr {
    match address {
        Address::Socket(path) => ConnectionAddr::Unix(path.clone()),
        Address::Host { host, port } if is_encrypted => ConnectionAddr::TcpTls {
            host: host.clone(),
            port: *port,
            insecure: false,
            tls_params: None,
        },
        Address::Host { host, port } => ConnectionAddr::Tcp(host.clone(), *port),
    }
}

fn read_certificates(tls: &Tls) -> Result<TlsCertificates, StoreError> {
    let root_cert = tls.authority.as_deref().map(read_file).transpose()?;
    let client_tls = match &tls.client {
        Some((certificate, key)) => Some(ClientTlsConfig {
            client_cert: read_file(certificate)?,
            client_key: read_file(key)?,
        }),
        None => None,
    };
    Ok(TlsCertificates {
        client_tls,
        root_cert,
    })
}

fn read_file(path: &Path) -> Result<Vec<u8>, StoreError> {
    fs::read(path)
        .map_err(|error| StoreError::Refused(format!("cannot read {}: {error}", path.display())))
}

impl fmt::Debug for Topology {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Topology").field(&self.location).finish()
    }
}

// === impl Connection ===

impl ConnectionLike for Connection {
    fn req_packed_command<'a>(&'a mut self, command: &'a Cmd) -> RedisFuture<'a, Value> {
        match self {
            Self::Server(connection) => connection.req_packed_command(command),
            Self::Cluster(connection) => connection.req_packed_command(command),
        }
    }

    fn req_packed_commands<'a>(
        &'a mut self,
        commands: &'a Pipeline,
        offset: usize,
        count: usize,
    ) -> RedisFuture<'a, Vec<Value>> {
        match self {
            Self::Server(connection) => connection.req_packed_commands(commands, offset, count),
            Self::Cluster(connection) => connection.req_packed_commands(commands, offset, count),
        }
    }

    fn get_db(&self) -> i64 {
        match self {
            Self::Server(connection) => connection.get_db(),
            Self::Cluster(connection) => connection.get_db(),
        }
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Server(_) => "Server",
            Self::Cluster(_) => "Cluster",
        })
    }
}
