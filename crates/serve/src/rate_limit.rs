//! How often one client, project or key may ask (spec: service §8.4, §8.5). In this process only: a
//! fleet allows as many times as much as it has nodes.
//!
//! | limiter | counts by | looked at |
//! |---|---|---|
//! | `flags_ip` | client address; IPv6 by its /64 | before the body is received |
//! | `flags_token` | project token | after the body is read, before anything is looked up |
//! | `definitions`, `definitions_conditional` | project token | once the key is found right |
//! | `remote_config` | personal key | once the key is found right |
//!
//! PostHog finds the token by peeking at the raw body, and limits clients that compress theirs by
//! address instead, which in a data centre is one for all. Bodies are decoded here anyway, in about a
//! microsecond, so the token is always the real one.
//!
//! The address of a load balancer is never limited, even at the price of limiting nobody
//! ([`crate::client_ip::LimitedClient`]): that very mistake answered 97 % of PostHog's requests with
//! 429 for 72 minutes (spec: service §15.4).

mod allow_list;
mod buckets;
mod config;
mod limiter;
mod rate;

use std::{
    collections::HashMap,
    hash::{BuildHasher, Hash, RandomState},
    net::IpAddr,
    sync::atomic::{AtomicBool, Ordering},
};

use burgee_model::ProjectToken;
use burgee_store::KeyDigest;

use crate::{client_ip::LimitedClient, metrics::AdmissionMetrics};

pub use config::{LimitMode, RateLimit, RateLimitConfig};
pub use rate::{InvalidRate, Rate};

use allow_list::AllowList;
use limiter::{Budget, Limiter};

const FLAGS_IP: &str = "flags_ip";
const FLAGS_TOKEN: &str = "flags_token";

/// A request that may go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[must_use = "the client may have to be warned"]
pub(crate) enum Pass {
    /// Nothing to be said.
    Silent,
    /// The client asks so often that it may soon be refused; its answer says so.
    Warned,
}

/// A request that is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("over the rate limit {limiter}")]
pub(crate) struct RateLimited {
    /// Name in logs and metrics.
    pub(crate) limiter: &'static str,
    /// After which it is worth asking again, at least 1.
    pub(crate) retry_after_seconds: u64,
}

impl RateLimited {
    /// Name in logs and metrics of the refusal.
    pub(crate) fn code(self) -> &'static str {
        match self.limiter {
            FLAGS_IP => "ip_rate_limited",
            FLAGS_TOKEN => "token_rate_limited",
            _ => "rate_limited",
        }
    }
}

/// All limiters.
#[derive(Debug)]
pub(crate) struct RateLimits {
    flags_ip: Limiter,
    flags_token: Limiter,
    flags_token_overrides: HashMap<ProjectToken, Rate>,
    definitions: Limiter,
    definitions_overrides: HashMap<ProjectToken, Rate>,
    definitions_conditional: Limiter,
    remote_config: Limiter,
    allow_list: AllowList,
    /// Keys of buckets cannot be made to meet by whoever chooses tokens.
    hasher: RandomState,
    has_told_unknown_clients: AtomicBool,
}

impl RateLimits {
    pub(crate) fn new(config: &RateLimitConfig, metrics: &AdmissionMetrics) -> Self {
        let limiter = |name, limit: RateLimit| Limiter::new(name, limit, metrics.limiter(name));
        let conditional = RateLimit {
            mode: config.definitions.mode,
            rate: config.definitions_conditional,
        };
        Self {
            flags_ip: limiter(FLAGS_IP, config.flags_ip),
            flags_token: limiter(FLAGS_TOKEN, config.flags_token),
            flags_token_overrides: config.flags_token_overrides.clone(),
            definitions: limiter("definitions", config.definitions),
            definitions_overrides: config.definitions_overrides.clone(),
            definitions_conditional: limiter("definitions_conditional", conditional),
            remote_config: limiter("remote_config", config.remote_config),
            allow_list: AllowList::new(config.allow_list.clone()),
            hasher: RandomState::new(),
            has_told_unknown_clients: AtomicBool::new(false),
        }
        .warning_at(config.flags_warn_percent)
    }

    fn warning_at(mut self, percent: u32) -> Self {
        self.flags_ip.warn_at(percent);
        self.flags_token.warn_at(percent);
        self
    }

    /// Who is never limited, which is read anew now and then.
    pub(crate) fn allow_list(&self) -> &AllowList {
        &self.allow_list
    }

    /// A request for flags by this client.
    pub(crate) fn pass_client(
        &self,
        client: LimitedClient,
        now_micros: u64,
    ) -> Result<Pass, RateLimited> {
        if !self.flags_ip.is_on() {
            return Ok(Pass::Silent);
        }
        match client {
            LimitedClient::Known(ip) => {
                let key = self.hasher.hash_one(network(ip));
                self.flags_ip.pass(key, Budget::Common, now_micros)
            }
            LimitedClient::Unknown => {
                self.flags_ip.figures().unknown_client.inc();
                if !self.has_told_unknown_clients.swap(true, Ordering::Relaxed) {
                    tracing::warn!(
                        "requests come through more or fewer proxies than network.trusted_proxy_hops \
                         says; their clients' addresses are not known and not limited"
                    );
                }
                Ok(Pass::Silent)
            }
        }
    }

    /// A request for flags with this token.
    pub(crate) fn pass_flags(
        &self,
        token: &ProjectToken,
        now_micros: u64,
    ) -> Result<Pass, RateLimited> {
        let own = self.flags_token_overrides.get(token).copied();
        self.pass_token(&self.flags_token, own, token, now_micros)
    }

    /// A request for definitions that are to be sent.
    pub(crate) fn pass_definitions(
        &self,
        token: &ProjectToken,
        now_micros: u64,
    ) -> Result<Pass, RateLimited> {
        let own = self.definitions_overrides.get(token).copied();
        self.pass_token(&self.definitions, own, token, now_micros)
    }

    /// A request for definitions that names an ETag. If that is no longer the newest, the request must
    /// pass [`Self::pass_definitions`] as well.
    pub(crate) fn pass_conditional_definitions(
        &self,
        token: &ProjectToken,
        now_micros: u64,
    ) -> Result<Pass, RateLimited> {
        self.pass_token(&self.definitions_conditional, None, token, now_micros)
    }

    /// A request for a remote configuration by a personal key; secret keys are not limited.
    pub(crate) fn pass_remote_config(
        &self,
        key: KeyDigest,
        token: &ProjectToken,
        now_micros: u64,
    ) -> Result<Pass, RateLimited> {
        if !self.remote_config.is_on() || self.is_allowed(&self.remote_config, token) {
            return Ok(Pass::Silent);
        }
        let key = self.hasher.hash_one(key);
        self.remote_config.pass(key, Budget::Common, now_micros)
    }

    fn pass_token(
        &self,
        limiter: &Limiter,
        own: Option<Rate>,
        token: &ProjectToken,
        now_micros: u64,
    ) -> Result<Pass, RateLimited> {
        if !limiter.is_on() || self.is_allowed(limiter, token) {
            return Ok(Pass::Silent);
        }
        let budget = own.map_or(Budget::Common, Budget::Own);
        limiter.pass(self.hasher.hash_one(token), budget, now_micros)
    }

    fn is_allowed(&self, limiter: &Limiter, token: &ProjectToken) -> bool {
        let is_allowed = self.allow_list.contains(token);
        if is_allowed {
            limiter.figures().bypassed.inc();
        }
        is_allowed
    }
}

/// What a client's address is counted by: whoever has one IPv6 address usually has 2⁶⁴.
fn network(ip: IpAddr) -> impl Hash {
    match ip {
        IpAddr::V4(ip) => (4, u64::from(ip.to_bits())),
        IpAddr::V6(ip) => {
            let [a, b, c, d, ..] = ip.segments();
            let prefix = [a, b, c, d];
            (
                6,
                prefix
                    .iter()
                    .fold(0, |bits, part| (bits << 16) | u64::from(*part)),
            )
        }
    }
}
