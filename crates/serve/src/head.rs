//! The head of a request: what is decided before its body is read.

use std::net::{IpAddr, SocketAddr};

use axum::http::{HeaderMap, HeaderName, header, request::Parts};
use burgee_eval::RequestRuntime;
use burgee_store::{UsageKind, UsageLibrary};
use burgee_wire::{BodyEncoding, Compression, Endpoint};
use uuid::Uuid;

use crate::{
    client_ip::{LimitedClient, client_ip},
    runtime,
};

/// Characters of a `User-Agent` that are logged.
const USER_AGENT_CHARS_MAX: usize = 512;

const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const X_ORIGINAL_ENDPOINT: HeaderName = HeaderName::from_static("x-original-endpoint");
const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const BROWSER_HEADERS: [HeaderName; 4] = [
    header::ORIGIN,
    header::REFERER,
    HeaderName::from_static("sec-fetch-mode"),
    HeaderName::from_static("sec-fetch-site"),
];

const X_API_KEY: HeaderName = HeaderName::from_static("x-api-key");

/// What a path asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Target {
    /// `/flags` and `/decide`.
    Flags(Endpoint),
    /// OFREP: every flag.
    OfrepAll,
    /// OFREP: the flag with this key.
    OfrepOne(String),
}

impl Target {
    /// The endpoint's name in logs and metrics.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Flags(Endpoint::Flags) => "flags",
            Self::Flags(Endpoint::Decide) => "decide",
            Self::OfrepAll | Self::OfrepOne(_) => "ofrep",
        }
    }

    /// As what a request counts.
    pub(crate) fn usage_kind(&self) -> UsageKind {
        match self {
            Self::Flags(_) => UsageKind::Flags,
            Self::OfrepAll | Self::OfrepOne(_) => UsageKind::Ofrep,
        }
    }
}

/// A request without its body.
#[derive(Debug)]
pub(crate) struct Head {
    parts: Parts,
    pub(crate) target: Target,
    pub(crate) request_id: Uuid,
    pub(crate) client_ip: Option<IpAddr>,
    pub(crate) limited_client: LimitedClient,
}

impl Head {
    /// `target` is what the path says; the header that makes it `/decide` is honoured too
    /// (spec: service §1.4 Advice).
    pub(crate) fn new(
        parts: Parts,
        target: Target,
        peer: Option<SocketAddr>,
        trusted_hops: usize,
    ) -> Self {
        let is_decide = text(&parts.headers, &X_ORIGINAL_ENDPOINT) == Some("decide");
        let request_id = text(&parts.headers, &X_REQUEST_ID)
            .and_then(|id| Uuid::parse_str(id).ok())
            .unwrap_or_else(Uuid::new_v4);
        let forwarded: Vec<&str> = parts
            .headers
            .get_all(X_FORWARDED_FOR)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .collect();
        let client_ip = client_ip(&forwarded, peer, trusted_hops);
        let limited_client = LimitedClient::of(&forwarded, peer, trusted_hops);
        let target = match target {
            Target::Flags(_) if is_decide => Target::Flags(Endpoint::Decide),
            target => target,
        };
        Self {
            parts,
            target,
            request_id,
            client_ip,
            limited_client,
        }
    }

    pub(crate) fn query(&self) -> &str {
        self.parts.uri.query().unwrap_or_default()
    }

    pub(crate) fn headers(&self) -> &HeaderMap {
        &self.parts.headers
    }

    pub(crate) fn encoding<'a>(&'a self, compression: Option<Compression<'a>>) -> BodyEncoding<'a> {
        BodyEncoding {
            content_type: self.text(&header::CONTENT_TYPE),
            content_encoding: self.text(&header::CONTENT_ENCODING),
            compression,
        }
    }

    /// As far as it is logged.
    pub(crate) fn user_agent(&self) -> Option<&str> {
        let agent = self.text(&header::USER_AGENT)?;
        let end = agent
            .char_indices()
            .nth(USER_AGENT_CHARS_MAX)
            .map_or(agent.len(), |(at, _)| at);
        agent.get(..end)
    }

    pub(crate) fn library(&self) -> UsageLibrary {
        runtime::library(self.text(&header::USER_AGENT))
    }

    /// As what the request counts.
    pub(crate) fn usage(&self) -> (UsageKind, UsageLibrary) {
        (self.target.usage_kind(), self.library())
    }

    /// The runtime as the headers tell it.
    pub(crate) fn runtime(&self) -> RequestRuntime {
        let has_browser_header = BROWSER_HEADERS
            .iter()
            .any(|name| self.parts.headers.contains_key(name));
        runtime::detect(self.text(&header::USER_AGENT), has_browser_header)
    }

    /// The credential of `Authorization: Bearer …`.
    pub(crate) fn bearer(&self) -> Option<&str> {
        bearer(&self.parts.headers)
    }

    /// The project token of an OFREP request. Where both headers are there, `Authorization` may be
    /// for a gateway on the way; `X-API-Key` is for us alone.
    pub(crate) fn api_key(&self) -> Option<&str> {
        api_key(&self.parts.headers)
    }

    fn text(&self, name: &HeaderName) -> Option<&str> {
        text(&self.parts.headers, name)
    }
}

/// As [`Head::api_key`].
pub(crate) fn api_key(headers: &HeaderMap) -> Option<&str> {
    let key = text(headers, &X_API_KEY).map(str::trim);
    key.filter(|key| !key.is_empty())
        .or_else(|| bearer(headers))
}

/// The credential of `Authorization: Bearer …`; the word is case-sensitive (spec: service §4.1).
pub(crate) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let credential = text(headers, &header::AUTHORIZATION)?
        .strip_prefix("Bearer ")?
        .trim();
    (!credential.is_empty()).then_some(credential)
}

fn text<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Option<&'h str> {
    headers.get(name)?.to_str().ok()
}
