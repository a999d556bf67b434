//! The definitions document of one environment at one revision, ready to be sent: compressed once,
//! however often it is asked for.
//!
//! A compressed form is made when somebody first asks for it: it takes milliseconds, and whoever waits
//! for a change waits for no form but its own.

use std::{
    borrow::Cow,
    io::{self, Write as _},
    sync::Arc,
};

use axum::http::HeaderValue;
use burgee_model::{Definitions, EnvironmentId, Revision};
use burgee_wire::definitions_json;
use bytes::Bytes;
use flate2::{Compression, write::GzEncoder};
use tokio::sync::OnceCell;

use crate::{
    accept_encoding::Coding,
    cpu_pool::CpuPool,
    environment::EnvironmentError,
    etag::{content_tag, weak_etag},
    remote_config::RemoteConfigs,
};

mod record;

/// Where more effort no longer pays while somebody waits for a change: 135 KB take 0.3 ms, and with
/// level 9, which saves another quarter of the bytes, seven times that.
const ZSTD_LEVEL: i32 = 3;

/// The same: 1.3 ms, and with level 6, which saves 4 % of the bytes, 3.2 ms.
const GZIP_LEVEL: u32 = 4;

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
    gzip: OnceCell<Bytes>,
    zstd: OnceCell<Bytes>,
    /// Beside the document, for those who ask for one payload.
    remote_configs: RemoteConfigs,
}

impl Document {
    /// Takes a millisecond or more: not for a request's thread.
    pub(crate) fn render(definitions: &Definitions) -> io::Result<Self> {
        let plain = definitions_json(definitions);
        let tag = content_tag(&plain);
        let etag = weak_etag(&tag).ok_or_else(|| io::Error::other("no header can be the tag"))?;
        Ok(Self {
            environment: definitions.environment,
            revision: definitions.revision,
            hold_polls_seconds: definitions.hold_polls_seconds,
            etag,
            tag,
            gzip: OnceCell::new(),
            zstd: OnceCell::new(),
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

    /// The bytes in this coding; nothing is copied. The first who asks for a compressed form has it
    /// made, and others who ask meanwhile wait for the same.
    pub(crate) async fn bytes(
        self: &Arc<Self>,
        coding: Coding,
        cpu: &CpuPool,
    ) -> Result<Bytes, EnvironmentError> {
        let Some(form) = self.form(coding) else {
            return Ok(self.plain.clone());
        };
        match form.get() {
            Some(made) => Ok(made.clone()),
            // Boxed, as in `documents.rs`.
            None => Box::pin(self.make_on(cpu, form, coding)).await,
        }
    }

    async fn make_on(
        self: &Arc<Self>,
        cpu: &CpuPool,
        form: &OnceCell<Bytes>,
        coding: Coding,
    ) -> Result<Bytes, EnvironmentError> {
        let making = || async {
            let document = Arc::clone(self);
            let made = cpu.run(move || document.compress(coding)).await?;
            made.map_err(|error| {
                EnvironmentError::Render(format!("definitions cannot be compressed: {error}"))
            })
        };
        form.get_or_try_init(making).await.cloned()
    }

    /// As [`Self::bytes`], for whoever may take milliseconds.
    fn make(&self, coding: Coding) -> io::Result<Bytes> {
        let Some(form) = self.form(coding) else {
            return Ok(self.plain.clone());
        };
        if let Some(made) = form.get() {
            return Ok(made.clone());
        }
        let made = self.compress(coding)?;
        // Somebody else may have been quicker, with the same bytes.
        let _ = form.set(made.clone());
        Ok(made)
    }

    fn form(&self, coding: Coding) -> Option<&OnceCell<Bytes>> {
        match coding {
            Coding::Identity => None,
            Coding::Gzip => Some(&self.gzip),
            Coding::Zstd => Some(&self.zstd),
        }
    }

    fn compress(&self, coding: Coding) -> io::Result<Bytes> {
        Ok(match coding {
            Coding::Identity => self.plain.clone(),
            Coding::Gzip => gzip(&self.plain)?.into(),
            Coding::Zstd => zstd::bulk::compress(&self.plain, ZSTD_LEVEL)?.into(),
        })
    }

    pub(crate) fn remote_configs(&self) -> &RemoteConfigs {
        &self.remote_configs
    }

    /// Memory, in bytes. The compressed forms, made or not, count together as much as the plain one,
    /// which is more than they take.
    pub(crate) fn weight_bytes(&self) -> u64 {
        let forms = 2 * self.plain.len();
        let bytes = size_of::<Self>() + forms + self.remote_configs.weight_bytes();
        bytes as u64
    }
}

fn gzip(plain: &[u8]) -> io::Result<Vec<u8>> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::new(GZIP_LEVEL));
    gzip.write_all(plain)?;
    gzip.finish()
}
