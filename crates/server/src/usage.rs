//! What was counted, for people and for programs.

mod table;

use std::collections::HashMap;
use std::ops::Range;

use anyhow::Context as _;
use burgee_model::{EnvironmentId, ProjectToken, Timestamp};
use burgee_store::{
    DefinitionReader, StoreError, USAGE_BUCKET_SECONDS, UsageBucket, UsageStore, UsageTotal,
};
use serde::Serialize;

/// A span of whole buckets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    first: UsageBucket,
    /// The one after the last.
    end: UsageBucket,
}

/// Requests of a span.
#[derive(Debug)]
pub(crate) struct Usage {
    span: Span,
    totals: Vec<UsageTotal>,
    tokens: HashMap<EnvironmentId, ProjectToken>,
}

/// As `--json` prints it.
#[derive(Debug, Serialize)]
struct Report<'a> {
    since: String,
    until: String,
    usage: Vec<Line<'a>>,
}

#[derive(Debug, Serialize)]
struct Line<'a> {
    environment: i64,
    /// `null`: the database does not know the environment, or is not there.
    token: Option<&'a str>,
    kind: &'static str,
    sdk: &'static str,
    requests: u64,
}

impl Span {
    /// Every bucket that the time from `since` up to `until` touches.
    pub(crate) fn of(since: Timestamp, until: Timestamp) -> Self {
        let first = UsageBucket::of(since);
        let last = UsageBucket::of(Timestamp::from_unix_micros(until.unix_micros() - 1));
        Self {
            first,
            end: UsageBucket(last.0.saturating_add(1)),
        }
    }

    fn buckets(self) -> Range<UsageBucket> {
        self.first..self.end
    }

    /// Both ends, in UTC.
    fn shown(self) -> (String, String) {
        let moment = |bucket: UsageBucket| {
            let seconds = i64::from(bucket.0) * i64::from(USAGE_BUCKET_SECONDS);
            chrono::DateTime::from_timestamp(seconds, 0)
                .unwrap_or_default()
                .to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
        };
        (moment(self.first), moment(self.end))
    }
}

impl Usage {
    /// Reads what was counted; of one environment, if that is said. That tokens are not to be had is no
    /// failure: counts may be in Redis while the database is away.
    pub(crate) async fn read<S: DefinitionReader + ?Sized>(
        usage: &dyn UsageStore,
        names: &S,
        span: Span,
        only: Option<&ProjectToken>,
    ) -> Result<Self, StoreError> {
        let mut totals = usage.read_usage(span.buckets()).await?;
        let revisions = names.read_revisions(None).await;
        let revisions = revisions.ok().flatten().map(|list| list.revisions);
        let tokens: HashMap<EnvironmentId, ProjectToken> = revisions
            .unwrap_or_default()
            .into_iter()
            .map(|(environment, token, _)| (environment, token))
            .collect();
        if let Some(only) = only {
            totals.retain(|total| tokens.get(&total.environment) == Some(only));
        }
        Ok(Self {
            span,
            totals,
            tokens,
        })
    }

    /// For people.
    pub(crate) fn table(&self) -> String {
        table::table(self)
    }

    /// For programs.
    pub(crate) fn json(&self) -> anyhow::Result<String> {
        let (since, until) = self.span.shown();
        let line = |total: &UsageTotal| Line {
            environment: total.environment.0,
            token: self.token(total.environment),
            kind: total.kind.as_str(),
            sdk: total.library.as_str(),
            requests: total.count,
        };
        let report = Report {
            since,
            until,
            usage: self.totals.iter().map(line).collect(),
        };
        let json = serde_json::to_string_pretty(&report).context("cannot write JSON")?;
        Ok(format!("{json}\n"))
    }

    fn token(&self, environment: EnvironmentId) -> Option<&str> {
        self.tokens.get(&environment).map(ProjectToken::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_of_whole_buckets() {
        let seconds = Timestamp::from_unix_seconds;
        for (since, until, first, end) in [
            (0, 120, 0, 1),
            (0, 121, 0, 2),
            (119, 120, 0, 1),
            (119, 241, 0, 3),
            (240, 360, 2, 3),
        ] {
            let span = Span::of(seconds(since), seconds(until));
            let expected = UsageBucket(first)..UsageBucket(end);
            assert_eq!(span.buckets(), expected, "{since} {until}");
        }
        let span = Span::of(seconds(1_767_225_660), seconds(1_767_225_720));
        let shown = ("2026-01-01T00:00:00Z", "2026-01-01T00:02:00Z");
        assert_eq!(span.shown(), (shown.0.to_owned(), shown.1.to_owned()));
    }
}
