//! One limiter: its buckets, and what it does when one is empty.

use super::{
    LimitMode, Pass, Rate, RateLimit, RateLimited,
    buckets::{Buckets, Take},
};
use crate::metrics::LimiterFigures;

/// A limiter.
#[derive(Debug)]
pub(super) struct Limiter {
    name: &'static str,
    limit: RateLimit,
    /// Requests of a full budget after which a client is warned.
    warn_above: u64,
    buckets: Buckets,
    figures: LimiterFigures,
}

/// Which budget a key has.
#[derive(Debug, Clone, Copy)]
pub(super) enum Budget {
    /// That of the limiter.
    Common,
    /// One of its own, without a warning before its end.
    Own(Rate),
}

impl Limiter {
    pub(super) fn new(name: &'static str, limit: RateLimit, figures: LimiterFigures) -> Self {
        Self {
            name,
            limit,
            warn_above: u64::from(limit.rate.burst()),
            buckets: Buckets::new(),
            figures,
        }
    }

    /// Warns once this percentage of a budget is used; 0 or 100: only when all of it is.
    pub(super) fn warn_at(&mut self, percent: u32) {
        let burst = u64::from(self.limit.rate.burst());
        self.warn_above = match percent {
            0 => burst,
            _ => burst * u64::from(percent) / 100,
        };
    }

    pub(super) fn figures(&self) -> &LimiterFigures {
        &self.figures
    }

    pub(super) fn is_on(&self) -> bool {
        self.limit.mode != LimitMode::Off
    }

    /// A request by the client, project or key with this hash.
    pub(super) fn pass(
        &self,
        key: u64,
        budget: Budget,
        now_micros: u64,
    ) -> Result<Pass, RateLimited> {
        let (rate, warn_above) = match budget {
            Budget::Common => (self.limit.rate, self.warn_above),
            Budget::Own(rate) => (rate, u64::from(rate.burst())),
        };
        match self
            .buckets
            .take(key, rate, now_micros.saturating_mul(1_000))
        {
            Take::Taken { used } if used <= warn_above => Ok(Pass::Silent),
            Take::Taken { .. } => Ok(self.warn()),
            Take::Empty { wait_nanos } => self.refuse(wait_nanos),
            Take::Untracked => {
                self.figures.untracked.inc();
                Ok(Pass::Silent)
            }
        }
    }

    fn warn(&self) -> Pass {
        match self.limit.mode {
            LimitMode::Off | LimitMode::LogOnly => {
                self.figures.would_warn.inc();
                Pass::Silent
            }
            LimitMode::Warn | LimitMode::Enforce => {
                self.figures.warned.inc();
                Pass::Warned
            }
        }
    }

    fn refuse(&self, wait_nanos: u64) -> Result<Pass, RateLimited> {
        match self.limit.mode {
            LimitMode::Off | LimitMode::LogOnly => {
                self.figures.would_limit.inc();
                Ok(Pass::Silent)
            }
            LimitMode::Warn => {
                self.figures.would_limit.inc();
                Ok(Pass::Warned)
            }
            LimitMode::Enforce => {
                self.figures.limited.inc();
                Err(RateLimited {
                    limiter: self.name,
                    retry_after_seconds: wait_nanos.div_ceil(1_000_000_000).max(1),
                })
            }
        }
    }
}
