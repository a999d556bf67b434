//! How many requests in which time.

use std::str::FromStr;

/// Most requests of a rate.
const REQUESTS_MAX: u32 = 1_000_000;

const NANOS_PER_SECOND: u64 = 1_000_000_000;

/// A budget that refills steadily: `burst` requests at once, then one in each `interval`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    burst: u32,
    interval_nanos: u64,
}

/// A text is no rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "not a rate such as `600/minute`: a whole number from 1 to {REQUESTS_MAX}, a slash, and second, minute, hour or day"
)]
pub struct InvalidRate;

impl Rate {
    /// PostHog's budget of a client: 1250 at once, 50 per second.
    pub(super) const FLAGS_IP: Self = Self {
        burst: 1_250,
        interval_nanos: NANOS_PER_SECOND / 50,
    };
    /// PostHog's budget of a token: 625 at once, 10 per second.
    pub(super) const FLAGS_TOKEN: Self = Self {
        burst: 625,
        interval_nanos: NANOS_PER_SECOND / 10,
    };
    /// `600/minute`.
    pub(super) const SIX_HUNDRED_PER_MINUTE: Self = Self {
        burst: 600,
        interval_nanos: NANOS_PER_SECOND / 10,
    };
    /// `6000/minute`.
    pub(super) const SIX_THOUSAND_PER_MINUTE: Self = Self {
        burst: 6_000,
        interval_nanos: NANOS_PER_SECOND / 100,
    };

    /// `burst` requests at once and `per_second` more each second, both 1 to 1,000,000.
    pub fn new(burst: u32, per_second: u32) -> Result<Self, InvalidRate> {
        let is_possible = |requests| (1..=REQUESTS_MAX).contains(&requests);
        if !is_possible(burst) || !is_possible(per_second) {
            return Err(InvalidRate);
        }
        let interval_nanos = NANOS_PER_SECOND / u64::from(per_second);
        Ok(Self {
            burst,
            interval_nanos,
        })
    }

    /// Requests at once.
    pub(crate) fn burst(self) -> u32 {
        self.burst
    }

    /// Until the budget has room for one more request.
    pub(crate) fn interval_nanos(self) -> u64 {
        self.interval_nanos
    }
}

impl FromStr for Rate {
    type Err = InvalidRate;

    /// `N/period`: N at once, and N per period. Only the first letter of the period counts, as with
    /// PostHog, and as there `N/day` is N at once but then one a day (spec: service §8.4). `month` is
    /// refused, since it would be a minute.
    fn from_str(text: &str) -> Result<Self, InvalidRate> {
        let (requests, period) = text.split_once('/').ok_or(InvalidRate)?;
        let burst: u32 = requests.trim().parse().map_err(|_| InvalidRate)?;
        let period = period.trim().to_ascii_lowercase();
        let seconds = match period.as_bytes() {
            [b'm', b'o', ..] => return Err(InvalidRate),
            [b's', ..] => 1,
            [b'm', ..] => 60,
            [b'h', ..] => 3_600,
            [b'd', ..] => 86_400,
            _ => return Err(InvalidRate),
        };
        if !(1..=REQUESTS_MAX).contains(&burst) {
            return Err(InvalidRate);
        }
        let period_nanos = seconds * NANOS_PER_SECOND;
        let refilled = if period.starts_with('d') { 1 } else { burst };
        Ok(Self {
            burst,
            interval_nanos: period_nanos / u64::from(refilled),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_a_number_and_the_first_letter_of_a_period() {
        let rate = |burst, interval_nanos| {
            Ok(Rate {
                burst,
                interval_nanos,
            })
        };
        for (text, expected) in [
            ("10/s", rate(10, 100_000_000)),
            ("600/minute", rate(600, 100_000_000)),
            (" 600 / Min ", rate(600, 100_000_000)),
            ("1/H", rate(1, 3_600_000_000_000)),
            ("50/day", rate(50, 86_400_000_000_000)),
            ("1000000/second", rate(1_000_000, 1_000)),
            ("1000001/second", Err(InvalidRate)),
            ("0/second", Err(InvalidRate)),
            ("-1/second", Err(InvalidRate)),
            ("1.5/second", Err(InvalidRate)),
            ("5/year", Err(InvalidRate)),
            ("5/month", Err(InvalidRate)),
            ("5/", Err(InvalidRate)),
            ("5", Err(InvalidRate)),
            ("/minute", Err(InvalidRate)),
            ("", Err(InvalidRate)),
        ] {
            assert_eq!(text.parse::<Rate>(), expected, "{text}");
        }
        assert_eq!(Rate::new(1_250, 50), rate(1_250, 20_000_000));
        assert_eq!(Rate::new(0, 50), Err(InvalidRate));
        assert_eq!(Rate::new(50, 0), Err(InvalidRate));
    }
}
