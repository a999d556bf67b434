//! The sections `[usage]`, `[quotas]` and `[rate_limits]`: how requests are counted, and who may ask how
//! often.

use std::collections::{HashMap, HashSet};

use burgee_model::ProjectToken;
use burgee_serve::{LimitMode, Rate, RateLimit, RateLimitConfig};
use burgee_store::ALLOW_LIST_MAX;

use super::key::Kind;
use super::section::section;
use super::value::Value;

/// Budgets that can be set by token.
const OVERRIDES_MAX: usize = 100;

const MODES: &[&str] = &["off", "log-only", "warn", "enforce"];
const RATE_FORM: &str = "a rate such as `600/minute` (1 to 1000000; second, minute, hour, or day, \
    which is that many at once and then one a day)";
const OVERRIDES_FORM: &str = "a JSON object of at most 100 rates by token, such as \
    `{\"phc_x\": \"1200/minute\"}`";

section! {
    /// Requests counted by environment, kind and SDK, in Redis if there is one, else in the database.
    Usage {
        /// How often counts are stored. What was counted since is lost when the program is killed; a
        /// stop that is asked for stores it.
        flush_interval_ms: u64 = "usage.flush_interval_ms", Kind::Whole {
            default: 10_000, least: 100, most: 600_000, unit: "ms",
        };
    }
}

section! {
    /// Who is over quota (`burgee quota`), from Redis if there is one, else from the database.
    Quotas {
        /// How often that is read, and the list of those who are never limited (`burgee allow-list`). While
        /// it cannot be, what was read last stands. `burgee quota lift` takes effect after three times
        /// this, so set it alike everywhere.
        refresh_interval_ms: u64 = "quotas.refresh_interval_ms", Kind::Whole {
            default: 5_000, least: 100, most: 60_000, unit: "ms",
        };
    }
}

section! {
    /// How often may be asked, of each node by itself. A new limit is best taken through the modes:
    /// `off`; `log-only` counts at `/metrics` what it would do; `warn` adds
    /// `X-PostHog-Rate-Limit-Warning: true` to answers; `enforce` refuses with 429.
    RateLimits {
        /// Requests for flags by one client address (IPv6: by its /64). Behind proxies,
        /// `network.trusted_proxy_hops` must be right: an address that may be a proxy's is not limited.
        flags_ip_mode: LimitMode = "rate_limits.flags_ip_mode", Kind::Choice {
            default: "off", allowed: MODES,
        };
        /// As many at once.
        flags_ip_burst: u32 = "rate_limits.flags_ip_burst", Kind::Whole {
            default: 1_250, least: 1, most: 1_000_000, unit: "requests",
        };
        /// So many more each second.
        flags_ip_per_second: u32 = "rate_limits.flags_ip_per_second", Kind::Whole {
            default: 50, least: 1, most: 1_000_000, unit: "requests",
        };
        /// Requests for flags with one project token.
        flags_token_mode: LimitMode = "rate_limits.flags_token_mode", Kind::Choice {
            default: "off", allowed: MODES,
        };
        /// As many at once.
        flags_token_burst: u32 = "rate_limits.flags_token_burst", Kind::Whole {
            default: 625, least: 1, most: 1_000_000, unit: "requests",
        };
        /// So many more each second.
        flags_token_per_second: u32 = "rate_limits.flags_token_per_second", Kind::Whole {
            default: 10, least: 1, most: 1_000_000, unit: "requests",
        };
        /// Tokens with another budget for flags, without a warning before its end.
        flags_token_overrides: Overrides = "rate_limits.flags_token_overrides", Kind::Text {
            default: "", form: OVERRIDES_FORM,
        };
        /// Part of a budget for flags after which a client is warned. 0: when all of it is used.
        flags_warn_percent: u32 = "rate_limits.flags_warn_percent", Kind::Whole {
            default: 80, least: 0, most: 100, unit: "percent",
        };
        /// Definitions of one project, of both kinds below.
        definitions_mode: LimitMode = "rate_limits.definitions_mode", Kind::Choice {
            default: "log-only", allowed: MODES,
        };
        /// Documents that are sent.
        definitions_rate: Rate = "rate_limits.definitions_rate", Kind::Text {
            default: "600/minute", form: RATE_FORM,
        };
        /// Polls that name an ETag. If it is no longer the newest they need room for a document too.
        definitions_conditional_rate: Rate = "rate_limits.definitions_conditional_rate", Kind::Text {
            default: "6000/minute", form: RATE_FORM,
        };
        /// Tokens with another budget of documents.
        definitions_overrides: Overrides = "rate_limits.definitions_overrides", Kind::Text {
            default: "", form: OVERRIDES_FORM,
        };
        /// Remote configurations read with one personal key; secret keys are not limited.
        remote_config_mode: LimitMode = "rate_limits.remote_config_mode", Kind::Choice {
            default: "log-only", allowed: MODES,
        };
        /// As many.
        remote_config_rate: Rate = "rate_limits.remote_config_rate", Kind::Text {
            default: "600/minute", form: RATE_FORM,
        };
        /// Environments that are never limited, by token, unless others are set at runtime (`burgee
        /// allow-list`).
        allow_list: AllowList = "rate_limits.allow_list", Kind::Text {
            default: "", form: "at most 10000 project tokens, separated by commas",
        };
    }
}

/// Rates by token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Overrides(HashMap<ProjectToken, Rate>);

/// Tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AllowList(HashSet<ProjectToken>);

impl Value for Rate {
    fn read(text: &str, _: &Kind) -> Option<Self> {
        text.parse().ok()
    }
}

impl Value for LimitMode {
    fn read(text: &str, _: &Kind) -> Option<Self> {
        match text {
            "off" => Some(Self::Off),
            "log-only" => Some(Self::LogOnly),
            "warn" => Some(Self::Warn),
            "enforce" => Some(Self::Enforce),
            _ => None,
        }
    }
}

impl Value for Overrides {
    fn read(text: &str, _: &Kind) -> Option<Self> {
        if text.trim().is_empty() {
            return Some(Self(HashMap::new()));
        }
        let written: HashMap<String, String> = serde_json::from_str(text).ok()?;
        let rate = |(token, rate): (&String, &String)| {
            Some((ProjectToken::parse(token).ok()?, rate.parse().ok()?))
        };
        let rates: Option<HashMap<_, _>> = written.iter().map(rate).collect();
        rates.filter(|rates| rates.len() <= OVERRIDES_MAX).map(Self)
    }
}

impl Value for AllowList {
    fn read(text: &str, _: &Kind) -> Option<Self> {
        if text.trim().is_empty() {
            return Some(Self(HashSet::new()));
        }
        let tokens = text.split(',').map(str::trim);
        let tokens: Option<HashSet<_>> = tokens
            .map(|token| ProjectToken::parse(token).ok())
            .collect();
        tokens
            .filter(|tokens| tokens.len() <= ALLOW_LIST_MAX)
            .map(Self)
    }
}

impl RateLimits {
    /// The settings of all limiters.
    pub(crate) fn config(&self) -> RateLimitConfig {
        let defaults = RateLimitConfig::default();
        // Bounds of the keys are those of a rate, so none is out of range here.
        let steady = |burst, per_second, default: RateLimit| {
            Rate::new(burst, per_second).unwrap_or(default.rate)
        };
        RateLimitConfig {
            flags_ip: RateLimit {
                mode: self.flags_ip_mode,
                rate: steady(
                    self.flags_ip_burst,
                    self.flags_ip_per_second,
                    defaults.flags_ip,
                ),
            },
            flags_token: RateLimit {
                mode: self.flags_token_mode,
                rate: steady(
                    self.flags_token_burst,
                    self.flags_token_per_second,
                    defaults.flags_token,
                ),
            },
            flags_token_overrides: self.flags_token_overrides.0.clone(),
            flags_warn_percent: self.flags_warn_percent,
            definitions: RateLimit {
                mode: self.definitions_mode,
                rate: self.definitions_rate,
            },
            definitions_overrides: self.definitions_overrides.0.clone(),
            definitions_conditional: self.definitions_conditional_rate,
            remote_config: RateLimit {
                mode: self.remote_config_mode,
                rate: self.remote_config_rate,
            },
            allow_list: self.allow_list.0.clone(),
        }
    }
}
