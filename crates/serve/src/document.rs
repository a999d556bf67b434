//! The definitions document of one environment at one revision, ready to be sent: compressed once,
//! however often it is asked for.

use std::{
    borrow::Cow,
    io::{self, Write as _},
};

use axum::http::HeaderValue;
use burgee_model::{Definitions, EnvironmentId, Revision};
use burgee_wire::definitions_json;
use bytes::Bytes;
use flate2::{Compression, write::GzEncoder};

use crate::{
    accept_encoding::Coding,
    etag::{content_tag, weak_etag},
    remote_config::RemoteConfigs,
};

mod record;

/// Where more effort no longer pays: 135 KB take some milliseconds, once a revision.
const ZSTD_LEVEL: i32 = 9;

/// A rendered document.
#[derive(Debug)]
pub(crate) struct Document {
    pub(crate) environment: EnvironmentId,
    pub(crate) revision: Revision,
    /// How long polls are held that do not ask for it.
    pub(crate) hold_polls_seconds: u16,
    /// `W/"…"`: weak, since it is one for all codings.
    pub(crate) etag: HeaderValue,
    /// What is between the quotes.
    tag: String,
    plain: Bytes,
    gzip: Bytes,
    zstd: Bytes,
    /// Beside the document, for those who ask for one payload.
    remote_configs: RemoteConfigs,
}

impl Document {
    /// Renders and compresses. Takes milliseconds: not for a request's thread.
    pub(crate) fn render(definitions: &Definitions) -> io::Result<Self> {
        let plain = definitions_json(definitions);
        let tag = content_tag(&plain);
        let etag = weak_etag(&tag).ok_or_else(|| io::Error::other("no header can be the tag"))?;
        // Each takes milliseconds, and a change is waited for: both at once.
        let (gzip, zstd) =
            rayon::join(|| gzip(&plain), || zstd::bulk::compress(&plain, ZSTD_LEVEL));
        Ok(Self {
            environment: definitions.environment,
            revision: definitions.revision,
            hold_polls_seconds: definitions.hold_polls_seconds,
            etag,
            tag,
            gzip: gzip?.into(),
            zstd: zstd?.into(),
            plain: plain.into(),
            remote_configs: RemoteConfigs::of(&definitions.flags),
        })
    }

    /// What an `If-None-Match` must name. `refused_until`: the end of the last time of refusal, after
    /// which clients may have kept the tag and not the document (`quotas.rs`).
    pub(crate) fn tag(&self, refused_until: Option<i64>) -> Cow<'_, str> {
        match refused_until {
            None => Cow::Borrowed(&self.tag),
            Some(end) => Cow::Owned(format!("{}-{end:x}", self.tag)),
        }
    }

    /// The header for [`Self::tag`].
    pub(crate) fn etag(&self, refused_until: Option<i64>) -> HeaderValue {
        let refused = refused_until.and_then(|_| weak_etag(&self.tag(refused_until)));
        refused.unwrap_or_else(|| self.etag.clone())
    }

    /// The bytes in this coding; nothing is copied.
    pub(crate) fn bytes(&self, coding: Coding) -> Bytes {
        match coding {
            Coding::Identity => self.plain.clone(),
            Coding::Gzip => self.gzip.clone(),
            Coding::Zstd => self.zstd.clone(),
        }
    }

    pub(crate) fn remote_configs(&self) -> &RemoteConfigs {
        &self.remote_configs
    }

    /// Memory, in bytes.
    pub(crate) fn weight_bytes(&self) -> u32 {
        let forms = self.plain.len() + self.gzip.len() + self.zstd.len();
        let bytes = size_of::<Self>() + forms + self.remote_configs.weight_bytes();
        u32::try_from(bytes).unwrap_or(u32::MAX)
    }
}

fn gzip(plain: &[u8]) -> io::Result<Vec<u8>> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
    gzip.write_all(plain)?;
    gzip.finish()
}
