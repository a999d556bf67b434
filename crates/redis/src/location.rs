//! Where Redis is, as a URL.
//!
//! | form | what it names |
//! |---|---|
//! | `redis://[USER:PASSWORD@]HOST[:6379][/DATABASE]` | one server |
//! | `redis+unix://[USER:PASSWORD@]/PATH[?database=N]` | one server of this machine |
//! | `redis+sentinel://[USER:PASSWORD@]HOST[:26379][,HOST…]/SERVICE[/DATABASE]` | the master that Sentinel knows by that name |
//! | `redis-cluster://[USER:PASSWORD@]HOST[:6379][,HOST…]` | a cluster, found through any of its nodes |
//!
//! With `rediss` for `redis` all connections are encrypted; `?ca=FILE` names the authority to trust
//! instead of the machine's own, `?cert=FILE&key=FILE` what this side shows. Sentinel's own password
//! is `?sentinel_password=…`, with `sentinel_username=…` where it has one. Names and passwords are
//! percent-encoded.

use std::{fmt, path::PathBuf, str::FromStr};

use percent_encoding::percent_decode_str;

/// Most servers that a URL may name.
const SERVERS_MAX: usize = 100;

const SERVER_PORT: u16 = 6_379;
const SENTINEL_PORT: u16 = 26_379;

/// Where Redis is. Shown without what is secret.
#[derive(Clone, PartialEq, Eq)]
pub struct RedisLocation {
    pub(crate) servers: Servers,
    pub(crate) tls: Option<Tls>,
    pub(crate) database: i64,
    pub(crate) username: Option<String>,
    pub(crate) password: Option<String>,
    pub(crate) sentinel_username: Option<String>,
    pub(crate) sentinel_password: Option<String>,
}

#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Servers {
    One([Address; 1]),
    Sentinel {
        service: String,
        sentinels: Vec<Address>,
    },
    Cluster(Vec<Address>),
}

#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Address {
    Host { host: String, port: u16 },
    Socket(PathBuf),
}

/// How connections are encrypted.
#[derive(Clone, PartialEq, Eq, Default)]
pub(crate) struct Tls {
    /// File of the authority to trust; `None`: those of the machine.
    pub(crate) authority: Option<PathBuf>,
    /// Files of certificate and key that this side shows.
    pub(crate) client: Option<(PathBuf, PathBuf)>,
}

/// A text is not the URL of a Redis. The text is not repeated, as it may hold a password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not the URL of a Redis: {0}")]
pub struct InvalidLocation(&'static str);

#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    One,
    Socket,
    Sentinel,
    Cluster,
}

impl Servers {
    pub(crate) fn addresses(&self) -> &[Address] {
        match self {
            Self::One(address) => address,
            Self::Sentinel {
                sentinels: addresses,
                ..
            }
            | Self::Cluster(addresses) => addresses,
        }
    }
}

impl FromStr for RedisLocation {
    type Err = InvalidLocation;

    /// Reads one of the forms above.
    fn from_str(url: &str) -> Result<Self, Self::Err> {
        let (scheme, rest) = url.split_once("://").ok_or(InvalidLocation("no scheme"))?;
        let (form, is_encrypted) = read_scheme(scheme)?;
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (authority, path) = match rest.find('/') {
            Some(at) => rest.split_at(at),
            None => (rest, ""),
        };
        let (user, hosts) = authority.rsplit_once('@').unwrap_or(("", authority));
        let (username, password) = user.split_once(':').unwrap_or((user, ""));
        let (servers, database) = read_servers(form, hosts, path)?;
        let mut location = Self {
            servers,
            tls: is_encrypted.then(Tls::default),
            database: read_database(database)?,
            username: decode_unless_empty(username)?,
            password: decode_unless_empty(password)?,
            sentinel_username: None,
            sentinel_password: None,
        };
        location.read_query(query)?;
        Ok(location)
    }
}

impl RedisLocation {
    fn read_query(&mut self, query: &str) -> Result<(), InvalidLocation> {
        let (mut certificate, mut key) = (None, None);
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let value = decode(value)?;
            match (name, &mut self.tls, &self.servers) {
                ("ca", Some(tls), _) => tls.authority = Some(value.into()),
                ("cert", Some(_), _) => certificate = Some(PathBuf::from(value)),
                ("key", Some(_), _) => key = Some(PathBuf::from(value)),
                ("ca" | "cert" | "key", None, _) => {
                    return Err(InvalidLocation("a certificate, but no `rediss`"));
                }
                ("database", _, Servers::One([Address::Socket(_)])) => {
                    self.database = read_database(&value)?;
                }
                ("sentinel_username", _, Servers::Sentinel { .. }) => {
                    self.sentinel_username = Some(value);
                }
                ("sentinel_password", _, Servers::Sentinel { .. }) => {
                    self.sentinel_password = Some(value);
                }
                _ => return Err(InvalidLocation("a parameter that nobody knows")),
            }
        }
        match (&mut self.tls, certificate, key) {
            (Some(tls), Some(certificate), Some(key)) => tls.client = Some((certificate, key)),
            (_, None, None) => {}
            _ => return Err(InvalidLocation("`cert` and `key` belong together")),
        }
        Ok(())
    }
}

fn read_scheme(scheme: &str) -> Result<(Form, bool), InvalidLocation> {
    Ok(match scheme {
        "redis" => (Form::One, false),
        "rediss" => (Form::One, true),
        "redis+unix" => (Form::Socket, false),
        "redis+sentinel" => (Form::Sentinel, false),
        "rediss+sentinel" => (Form::Sentinel, true),
        "redis-cluster" => (Form::Cluster, false),
        "rediss-cluster" => (Form::Cluster, true),
        _ => return Err(InvalidLocation("another scheme")),
    })
}

/// The servers, and the text of the database.
fn read_servers<'u>(
    form: Form,
    hosts: &str,
    path: &'u str,
) -> Result<(Servers, &'u str), InvalidLocation> {
    let path_without_slash = path.strip_prefix('/').unwrap_or(path);
    Ok(match form {
        Form::Socket => {
            if !hosts.is_empty() || path_without_slash.is_empty() {
                return Err(InvalidLocation("a socket has a path and no host"));
            }
            let socket = Address::Socket(decode(path)?.into());
            (Servers::One([socket]), "")
        }
        Form::One => {
            let server = read_address(hosts, SERVER_PORT)?;
            (Servers::One([server]), path_without_slash)
        }
        Form::Sentinel => {
            let (service, database) = path_without_slash
                .split_once('/')
                .unwrap_or((path_without_slash, ""));
            if service.is_empty() {
                return Err(InvalidLocation("Sentinel's name of the service is missing"));
            }
            let service = decode(service)?;
            let sentinels = read_addresses(hosts, SENTINEL_PORT)?;
            (Servers::Sentinel { service, sentinels }, database)
        }
        Form::Cluster if path_without_slash.is_empty() => {
            (Servers::Cluster(read_addresses(hosts, SERVER_PORT)?), "")
        }
        Form::Cluster => return Err(InvalidLocation("a cluster has no databases")),
    })
}

fn read_addresses(hosts: &str, port: u16) -> Result<Vec<Address>, InvalidLocation> {
    let addresses: Vec<_> = hosts
        .split(',')
        .map(|host| read_address(host, port))
        .collect::<Result<_, _>>()?;
    if addresses.len() > SERVERS_MAX {
        return Err(InvalidLocation("more than 100 servers"));
    }
    Ok(addresses)
}

/// `host`, `host:port`, `[::1]` or `[::1]:port`.
fn read_address(text: &str, default_port: u16) -> Result<Address, InvalidLocation> {
    let (host, port) = match text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((host, "")) => (host, None),
        Some((host, rest)) => (host, Some(rest.strip_prefix(':').unwrap_or(rest))),
        None => match text.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (text, None),
        },
    };
    if host.is_empty() {
        return Err(InvalidLocation("no host"));
    }
    let port = match port {
        Some(port) => port.parse().map_err(|_| InvalidLocation("no port"))?,
        None => default_port,
    };
    Ok(Address::Host {
        host: host.to_owned(),
        port,
    })
}

fn read_database(text: &str) -> Result<i64, InvalidLocation> {
    if text.is_empty() {
        return Ok(0);
    }
    let number: u16 = text
        .parse()
        .map_err(|_| InvalidLocation("a database is a number"))?;
    Ok(number.into())
}

fn decode_unless_empty(text: &str) -> Result<Option<String>, InvalidLocation> {
    (!text.is_empty()).then(|| decode(text)).transpose()
}

fn decode(text: &str) -> Result<String, InvalidLocation> {
    let decoded = percent_decode_str(text).decode_utf8();
    decoded
        .map(std::borrow::Cow::into_owned)
        .map_err(|_| InvalidLocation("not UTF-8"))
}

// === Display ===

impl fmt::Display for RedisLocation {
    /// Servers and database; never a name or a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let secure = if self.tls.is_some() { "s" } else { "" };
        let form = match &self.servers {
            Servers::One([Address::Socket(_)]) => "+unix",
            Servers::One(_) => "",
            Servers::Sentinel { .. } => "+sentinel",
            Servers::Cluster(_) => "-cluster",
        };
        write!(f, "redis{secure}{form}://")?;
        for (at, address) in self.servers.addresses().iter().enumerate() {
            let comma = if at == 0 { "" } else { "," };
            write!(f, "{comma}{address}")?;
        }
        if let Servers::Sentinel { service, .. } = &self.servers {
            write!(f, "/{service}")?;
        }
        match self.database {
            0 => Ok(()),
            database => write!(f, "/{database}"),
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Host { host, port } if host.contains(':') => write!(f, "[{host}]:{port}"),
            Self::Host { host, port } => write!(f, "{host}:{port}"),
            Self::Socket(path) => path.display().fmt(f),
        }
    }
}

impl fmt::Debug for RedisLocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{self}`")
    }
}

#[cfg(test)]
mod tests;
