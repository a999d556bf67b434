//! What can be set about rate limits.

use std::collections::{HashMap, HashSet};

use burgee_model::ProjectToken;

use super::Rate;

/// What a limiter does. A new limit is best taken through them in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LimitMode {
    /// Nothing.
    #[default]
    Off,
    /// Counts at `/metrics` what it would do.
    LogOnly,
    /// Refuses nothing; answers past the limit, and shortly before it, carry
    /// `X-PostHog-Rate-Limit-Warning: true`.
    Warn,
    /// Refuses with 429; answers shortly before the limit carry the warning.
    Enforce,
}

/// A limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateLimit {
    /// What happens when it is reached.
    pub mode: LimitMode,
    /// The budget of each client, project or key.
    pub rate: Rate,
}

/// Settings of all limiters, for each node by itself. Budgets by default are those of PostHog.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RateLimitConfig {
    /// Requests for flags by one client address. Default off, 1250 at once and 50 per second.
    pub flags_ip: RateLimit,
    /// Requests for flags with one token. Default off, 625 at once and 10 per second.
    pub flags_token: RateLimit,
    /// Budgets of their own. Default none.
    pub flags_token_overrides: HashMap<ProjectToken, Rate>,
    /// Percentage of a budget of requests for flags after which clients are warned, 0 to 100; 0: not
    /// before all of it is used. Default 80.
    pub flags_warn_percent: u32,
    /// Definitions sent to one project. Default log-only, 600 per minute.
    pub definitions: RateLimit,
    /// Budgets of their own. Default none.
    pub definitions_overrides: HashMap<ProjectToken, Rate>,
    /// Polls for definitions that name an ETag, by one project; in the mode of `definitions`. Default
    /// 6000 per minute.
    pub definitions_conditional: Rate,
    /// Remote configurations read with one personal key. Default log-only, 600 per minute.
    pub remote_config: RateLimit,
    /// Environments that are never limited, unless others are set at runtime. Default none.
    pub allow_list: HashSet<ProjectToken>,
}

impl Default for RateLimitConfig {
    fn default() -> Self {
        Self {
            flags_ip: RateLimit {
                mode: LimitMode::Off,
                rate: Rate::FLAGS_IP,
            },
            flags_token: RateLimit {
                mode: LimitMode::Off,
                rate: Rate::FLAGS_TOKEN,
            },
            flags_token_overrides: HashMap::new(),
            flags_warn_percent: 80,
            definitions: RateLimit {
                mode: LimitMode::LogOnly,
                rate: Rate::SIX_HUNDRED_PER_MINUTE,
            },
            definitions_overrides: HashMap::new(),
            definitions_conditional: Rate::SIX_THOUSAND_PER_MINUTE,
            remote_config: RateLimit {
                mode: LimitMode::LogOnly,
                rate: Rate::SIX_HUNDRED_PER_MINUTE,
            },
            allow_list: HashSet::new(),
        }
    }
}
