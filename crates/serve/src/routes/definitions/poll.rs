//! A poll, as far as its answer depends on it.

use axum::http::{HeaderMap, Uri, header};
use burgee_store::UsageLibrary;

use crate::{
    accept_encoding::{self, Coding},
    claim::Claim,
    conditional,
    keyed_exchange::library,
};

/// A poll.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Poll<'r> {
    pub(super) claim: Claim,
    wishes: Wishes<'r>,
}

/// What it is to be sent.
#[derive(Debug, PartialEq, Eq)]
enum Wishes<'r> {
    /// To be read when it is needed.
    Headers(&'r HeaderMap),
    /// Read, since the headers are gone.
    Kept {
        /// All of `If-None-Match`.
        known: Option<Box<str>>,
        coding: Coding,
        library: UsageLibrary,
    },
}

impl<'r> Poll<'r> {
    pub(super) fn of(headers: &'r HeaderMap, uri: &Uri) -> Self {
        Self {
            claim: Claim::of(headers, uri),
            wishes: Wishes::Headers(headers),
        }
    }

    /// That outlives its request. Thousands are held at once, and most of what it costs to answer one
    /// is to find again, in memory that nothing has touched meanwhile, what it said.
    pub(super) fn kept(headers: &HeaderMap, uri: &Uri) -> Poll<'static> {
        let is_conditional = headers.contains_key(header::IF_NONE_MATCH);
        Poll {
            claim: Claim::of(headers, uri),
            wishes: Wishes::Kept {
                known: is_conditional.then(|| conditional::known(headers).into()),
                coding: accept_encoding::choose(headers),
                library: library(headers),
            },
        }
    }

    /// Whether it wants to hear only of what it does not have.
    pub(super) fn is_conditional(&self) -> bool {
        match &self.wishes {
            Wishes::Headers(headers) => headers.contains_key(header::IF_NONE_MATCH),
            Wishes::Kept { known, .. } => known.is_some(),
        }
    }

    /// Whether it has what `tag` names.
    pub(super) fn has(&self, tag: &str) -> bool {
        match &self.wishes {
            Wishes::Headers(headers) => conditional::is_current(headers, tag),
            Wishes::Kept { known, .. } => known
                .as_deref()
                .is_some_and(|known| conditional::names(known, tag)),
        }
    }

    /// The coding that it likes best.
    pub(super) fn coding(&self) -> Coding {
        match &self.wishes {
            Wishes::Headers(headers) => accept_encoding::choose(headers),
            Wishes::Kept { coding, .. } => *coding,
        }
    }

    /// The SDK that asks.
    pub(super) fn library(&self) -> UsageLibrary {
        match &self.wishes {
            Wishes::Headers(headers) => library(headers),
            Wishes::Kept { library, .. } => *library,
        }
    }
}
