//! Which flags a request asks for (spec: engine §2.5, service §2.7).

use std::borrow::Cow;

/// Restricts evaluation. [`Selection::default`] restricts nothing but the runtime.
#[derive(Debug, Clone, Copy, Default)]
pub struct Selection<'a> {
    /// Only these flags and what they depend on; unknown names are ignored. `None`: all.
    pub keys: Option<&'a [Cow<'a, str>]>,
    /// Flags made for another runtime are left out.
    pub runtime: RequestRuntime,
    /// Flags with contexts of their own are left out unless one is named here; empty: no check.
    pub contexts: &'a [Cow<'a, str>],
    /// Only flags whose key starts with `survey-targeting-`.
    pub scope: SelectionScope,
}

/// Whether only survey flags are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SelectionScope {
    /// Every flag.
    #[default]
    All,
    /// Keys that start with `survey-targeting-`.
    Surveys,
}

/// What kind of SDK asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RequestRuntime {
    /// The request wants every flag.
    All,
    /// A browser or an app.
    Client,
    /// A back end.
    Server,
    /// Nobody knows: only flags meant for every runtime.
    #[default]
    Unknown,
}
