//! The address that a request came from (spec: service §12.1 Advice).
//!
//! `X-Forwarded-For` is written by whoever sends it, so only entries added by the configured number
//! of our own proxies count: the entry that many places from the right. Taking the left-most lets
//! clients choose their address; taking the connection's limits the load balancer.

use std::net::{IpAddr, SocketAddr};

/// The client behind `trusted_hops` proxies.
pub(crate) fn client_ip(
    forwarded_for: &[&str],
    peer: Option<SocketAddr>,
    trusted_hops: usize,
) -> Option<IpAddr> {
    let entries = || forwarded_for.iter().flat_map(|header| header.split(','));
    let from_header = || {
        let places = entries().count();
        // Fewer entries than proxies: the left-most is as far as our proxies vouch for.
        let place = places.saturating_sub(trusted_hops);
        entries().nth(place).and_then(address)
    };
    let trusted = if trusted_hops == 0 {
        None
    } else {
        from_header()
    };
    trusted.or_else(|| peer.map(|peer| peer.ip().to_canonical()))
}

/// Whom a limit by address concerns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LimitedClient {
    /// The client has this address.
    Known(IpAddr),
    /// The connection comes from a proxy, and nobody vouches for who is behind it.
    Unknown,
}

impl LimitedClient {
    /// Stricter than [`client_ip`]: where the header does not have an entry of each trusted proxy, or
    /// is there although no proxy is trusted, the connection's address may be a load balancer's, and
    /// limiting that would limit everybody.
    pub(crate) fn of(
        forwarded_for: &[&str],
        peer: Option<SocketAddr>,
        trusted_hops: usize,
    ) -> Self {
        let entries = || forwarded_for.iter().flat_map(|header| header.split(','));
        let known = if trusted_hops == 0 {
            let peer = peer.filter(|_| forwarded_for.is_empty());
            peer.map(|peer| peer.ip().to_canonical())
        } else {
            let place = entries().count().checked_sub(trusted_hops);
            place.and_then(|place| entries().nth(place).and_then(address))
        };
        known.map_or(Self::Unknown, Self::Known)
    }
}

/// With or without a port; IPv6 with or without brackets.
fn address(entry: &str) -> Option<IpAddr> {
    let entry = entry.trim();
    let plain = || entry.parse::<IpAddr>().ok();
    let with_port = || entry.parse::<SocketAddr>().ok().map(|address| address.ip());
    let bracketed = || {
        entry
            .strip_prefix('[')?
            .strip_suffix(']')?
            .parse::<IpAddr>()
            .ok()
    };
    plain()
        .or_else(with_port)
        .or_else(bracketed)
        .map(|ip| ip.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(headers: &[&str], trusted_hops: usize, expected: &str) {
        let peer = Some("10.0.0.9:443".parse().unwrap());
        let found = client_ip(headers, peer, trusted_hops);
        assert_eq!(
            found,
            Some(expected.parse().unwrap()),
            "{headers:?} {trusted_hops}"
        );
    }

    #[test]
    fn only_what_trusted_proxies_added_counts() {
        check(&["1.2.3.4, 5.6.7.8"], 0, "10.0.0.9");
        check(&["1.2.3.4, 5.6.7.8"], 1, "5.6.7.8");
        check(&["1.2.3.4, 5.6.7.8"], 2, "1.2.3.4");
        check(&["1.2.3.4", "5.6.7.8"], 1, "5.6.7.8");
        check(&["1.2.3.4"], 3, "1.2.3.4");
        check(&[], 1, "10.0.0.9");
        check(&["junk"], 1, "10.0.0.9");
    }

    #[test]
    fn an_address_is_limited_only_when_it_is_surely_that_of_a_client() {
        let peer = Some("10.0.0.9:443".parse().unwrap());
        for (headers, trusted_hops, expected) in [
            (&[][..], 0, Some("10.0.0.9")),
            (&["1.2.3.4"], 0, None),
            (&[], 1, None),
            (&["junk"], 1, None),
            (&["1.2.3.4"], 1, Some("1.2.3.4")),
            (&["9.9.9.9, 1.2.3.4"], 1, Some("1.2.3.4")),
            (&["1.2.3.4"], 2, None),
            (&["1.2.3.4, 5.6.7.8"], 2, Some("1.2.3.4")),
            (&["1.2.3.4", "5.6.7.8"], 2, Some("1.2.3.4")),
        ] {
            let expected = expected.map_or(LimitedClient::Unknown, |address| {
                LimitedClient::Known(address.parse().unwrap())
            });
            let found = LimitedClient::of(headers, peer, trusted_hops);
            assert_eq!(found, expected, "{headers:?} {trusted_hops}");
        }
    }

    #[test]
    fn ports_and_brackets_are_stripped() {
        check(&["1.2.3.4:5678"], 1, "1.2.3.4");
        check(&["[2001:db8::1]:443"], 1, "2001:db8::1");
        check(&["[2001:db8::1]"], 1, "2001:db8::1");
        check(&["2001:db8::1"], 1, "2001:db8::1");
        check(&["::ffff:1.2.3.4"], 1, "1.2.3.4");
    }
}
