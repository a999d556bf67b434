//! What the head of a request says about reading its body and writing its answer: the one place where
//! the protocols differ. Behind it every request is the same request.

use std::borrow::Cow;

use burgee_eval::{RequestRuntime, Selection};
use burgee_wire::{BodyEncoding, BodyError, BodyText, FlagsQuery, FlagsRequest, QueryError, Shape};

use crate::{
    ServeConfig,
    environment::Environment,
    head::{Head, Target},
    work::{Format, OfrepFormat},
};

/// The terms of one request.
#[derive(Debug)]
pub(crate) struct Terms<'h> {
    head: &'h Head,
    /// Of `/flags`; other protocols have no such parameters and get the defaults.
    pub(crate) query: FlagsQuery<'h>,
}

impl<'h> Terms<'h> {
    pub(crate) fn of(head: &'h Head) -> Result<Self, QueryError> {
        let query = match head.target {
            Target::Flags(_) => FlagsQuery::parse(head.query())?,
            // What a change notice told a provider may stand here; nothing is answered from a cache
            // that would have to be told.
            Target::OfrepAll | Target::OfrepOne(_) => FlagsQuery::default(),
        };
        Ok(Self { head, query })
    }

    pub(crate) fn encoding(&self) -> BodyEncoding<'_> {
        self.head.encoding(self.query.compression)
    }

    /// The request in a decoded body.
    pub(crate) fn read<'t>(
        &'t self,
        text: &'t BodyText<'_>,
    ) -> Result<FlagsRequest<'t>, BodyError> {
        match &self.head.target {
            Target::Flags(_) => text.request(),
            Target::OfrepAll => Ok(FlagsRequest {
                token: self.head.api_key().map(Cow::Borrowed),
                ..text.ofrep_request()?
            }),
            // One flag at a time is how back ends ask: their user agents name no SDK
            // (spec: service §12.3), and their address says nothing about the subject.
            Target::OfrepOne(key) => Ok(FlagsRequest {
                token: self.head.api_key().map(Cow::Borrowed),
                flag_keys: Some(vec![Cow::Borrowed(key)]),
                runtime: Some(RequestRuntime::Server),
                geoip_disable: true,
                ..text.ofrep_request()?
            }),
        }
    }

    /// How the answer is to be written.
    pub(crate) fn format(
        &self,
        environment: &Environment,
        selection: &Selection<'_>,
        config: &ServeConfig,
    ) -> Format {
        let snapshot = &environment.snapshot;
        match &self.head.target {
            Target::Flags(endpoint) => {
                let version = self.query.version.as_deref();
                let (shape, with_config) = Shape::choose(*endpoint, version, self.query.config);
                let config = with_config.then(|| environment.config());
                Format::Flags { shape, config }
            }
            Target::OfrepAll => Format::Ofrep(OfrepFormat::all(snapshot, selection, config)),
            Target::OfrepOne(key) => Format::Ofrep(OfrepFormat::one(snapshot, selection, key)),
        }
    }
}
