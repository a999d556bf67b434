//! Redis as tests open it: with the patience of a busy machine.

use burgee_redis::{Redis, RedisConfig};

use crate::RedisServer;

/// Longer than a command takes on a busy machine.
const COMMAND_PATIENCE_MS: u64 = 20_000;

/// A database of its own on the shared server, with keys under `prefix`; with the server and the URL,
/// for a look at it from outside. `None`: there is no Redis here.
pub fn patient_redis(prefix: &str) -> Option<(Redis, &'static RedisServer, String)> {
    let server = RedisServer::shared()?;
    let url = server.url();
    let redis = open_redis(&url, prefix, COMMAND_PATIENCE_MS);
    Some((redis, server, url))
}

/// The Redis at `url`, with keys under `prefix`, and with one deadline for everything.
pub(crate) fn open_redis(url: &str, prefix: &str, patience_ms: u64) -> Redis {
    let config = RedisConfig {
        prefix: prefix.to_owned(),
        connect_timeout_ms: patience_ms,
        read_timeout_ms: patience_ms,
        write_timeout_ms: patience_ms,
        ..RedisConfig::at(url.parse().expect("a URL"))
    };
    Redis::open(&config).expect("a Redis")
}
