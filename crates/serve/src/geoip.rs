//! Location properties of an address, from an optional MaxMind file (spec: service §12.2).

use std::{net::IpAddr, path::Path};

use maxminddb::{Reader, geoip2};

/// A city database in memory.
pub struct GeoIp(Reader<Vec<u8>>);

/// Why a city database cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("the GeoIP file {path} cannot be read: {reason}")]
pub struct GeoIpError {
    path: String,
    reason: maxminddb::MaxMindDbError,
}

impl GeoIp {
    /// Reads the file whole.
    pub fn open(path: &Path) -> Result<Self, GeoIpError> {
        Reader::open_readfile(path)
            .map(Self)
            .map_err(|reason| GeoIpError {
                path: path.display().to_string(),
                reason,
            })
    }

    /// Properties of an address; none for loopback and unknown ones.
    pub(crate) fn properties(&self, ip: IpAddr) -> Vec<(&'static str, String)> {
        let found = self
            .0
            .lookup(ip)
            .and_then(|found| found.decode::<geoip2::City<'_>>());
        let Ok(Some(city)) = found else {
            return Vec::new();
        };
        let pairs = [
            ("$geoip_city_name", city.city.names.english),
            ("$geoip_country_name", city.country.names.english),
            ("$geoip_country_code", city.country.iso_code),
            ("$geoip_continent_name", city.continent.names.english),
            ("$geoip_continent_code", city.continent.code),
            ("$geoip_postal_code", city.postal.code),
            ("$geoip_time_zone", city.location.time_zone),
        ];
        let present = |(key, value): (&'static str, Option<&str>)| Some((key, value?.to_owned()));
        pairs.into_iter().filter_map(present).collect()
    }
}

impl std::fmt::Debug for GeoIp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("GeoIp")
            .field(&self.0.metadata().database_type)
            .finish()
    }
}
