//! Which of the prepared codings a client is sent (RFC 9110 §12.5.3).

use axum::http::{HeaderMap, header};

/// A content coding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Coding {
    Identity,
    Gzip,
    Zstd,
}

/// The coding that the client likes best; of equals the one that is smallest. A client that refuses
/// even `identity` gets it all the same.
pub(crate) fn choose(headers: &HeaderMap) -> Coding {
    let mut gzip = Wish::default();
    let mut zstd = Wish::default();
    let values = headers.get_all(header::ACCEPT_ENCODING);
    let items = values
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','));
    for item in items {
        let mut parts = item.split(';').map(str::trim);
        let name = parts.next().unwrap_or_default();
        let weight = parts.find_map(quality).unwrap_or(1.0);
        if name.eq_ignore_ascii_case("gzip") || name.eq_ignore_ascii_case("x-gzip") {
            gzip.named = Some(weight);
        } else if name.eq_ignore_ascii_case("zstd") {
            zstd.named = Some(weight);
        } else if name == "*" {
            (gzip.any, zstd.any) = (weight, weight);
        }
    }
    let (gzip, zstd) = (gzip.weight(), zstd.weight());
    if zstd > 0.0 && zstd >= gzip {
        Coding::Zstd
    } else if gzip > 0.0 {
        Coding::Gzip
    } else {
        Coding::Identity
    }
}

/// How much one coding is wanted, 0 to 1.
#[derive(Default)]
struct Wish {
    named: Option<f32>,
    any: f32,
}

impl Wish {
    fn weight(&self) -> f32 {
        self.named.unwrap_or(self.any)
    }
}

/// A `q=0.5`; one that cannot be read refuses the coding.
fn quality(parameter: &str) -> Option<f32> {
    let (name, value) = parameter.split_once('=')?;
    name.trim()
        .eq_ignore_ascii_case("q")
        .then(|| value.trim().parse().unwrap_or(0.0))
}

impl Coding {
    /// As `Content-Encoding` names it; nothing for `identity`.
    pub(crate) fn name(self) -> Option<&'static str> {
        match self {
            Self::Identity => None,
            Self::Gzip => Some("gzip"),
            Self::Zstd => Some("zstd"),
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn the_best_of_what_the_client_takes_is_chosen() {
        for (values, expected) in [
            (&[][..], Coding::Identity),
            (&[""], Coding::Identity),
            (&["gzip"], Coding::Gzip),
            (&["gzip, deflate, br, zstd"], Coding::Zstd),
            (&["GZip;q=1.0"], Coding::Gzip),
            (&["deflate, br"], Coding::Identity),
            (&["gzip", "zstd"], Coding::Zstd),
            (&["zstd;q=0.5, gzip;q=0.8"], Coding::Gzip),
            (&["zstd;q=0, gzip;q=0"], Coding::Identity),
            (&["*"], Coding::Zstd),
            (&["*;q=0.1, zstd;q=0"], Coding::Gzip),
            (&["*;q=0"], Coding::Identity),
            (&["gzip;q=much"], Coding::Identity),
            (&["gzip;level=9"], Coding::Gzip),
            (&["identity;q=0"], Coding::Identity),
            (&["gzipped, zstandard"], Coding::Identity),
        ] {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(header::ACCEPT_ENCODING, HeaderValue::from_static(value));
            }
            assert_eq!(choose(&headers), expected, "{values:?}");
        }
    }
}
