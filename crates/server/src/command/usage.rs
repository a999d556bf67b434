//! `burgee usage`.

use burgee_serve::Clock as _;
use clap::Args;

use super::Failure;
use crate::clock::SystemClock;
use crate::config::{self, ConfigOptions, Counting};
use crate::keys::{Lifetime, find_environment};
use crate::moment::Moment;
use crate::usage::{Span, Usage as Counts};
use crate::{counted, output, runtime};

/// Show how many requests there were, by environment, kind and SDK.
///
/// Requests are counted in steps of two minutes, and servers store what they counted every ten seconds
/// or so: in Redis if there is one, else in the database. Times are in UTC.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  burgee usage                                   of the last 24 hours
  burgee usage --last 30d --environment Acme/production
  burgee usage --since 2026-11-01 --until 2026-12-01 --json")]
pub(super) struct Usage {
    /// Of the time up to now: 2h, 7d or 4w
    #[arg(long, value_name = "TIME", default_value = "24h", conflicts_with_all = ["since", "until"])]
    last: Lifetime,

    /// From this moment on: a date, or a moment such as 2026-11-01T12:00:00Z
    #[arg(long, value_name = "MOMENT")]
    since: Option<Moment>,

    /// Up to this moment [default: now]
    #[arg(long, value_name = "MOMENT", requires = "since")]
    until: Option<Moment>,

    /// Only of this environment
    #[arg(long, value_name = "TOKEN|PROJECT/NAME")]
    environment: Option<String>,

    /// Print JSON, for programs
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    options: ConfigOptions<Counting>,
}

impl Usage {
    pub(super) fn run(self) -> Result<(), Failure> {
        let counted = counted::open(&config::load(&self.options)?.config)?;
        let span = self.span()?;
        let usage = runtime::run(async {
            let only = match &self.environment {
                Some(named) => Some(find_environment(&*counted.store, named).await?.0),
                None => None,
            };
            let read = Counts::read(&*counted.admission, &*counted.store, span, only.as_ref());
            Ok::<_, Failure>(read.await?)
        })??;
        let text = if self.json {
            usage.json()?
        } else {
            usage.table()
        };
        output::print(&text);
        Ok(())
    }

    fn span(&self) -> Result<Span, Failure> {
        let now = SystemClock::start().now();
        let until = self.until.map_or(now, |until| until.0);
        let since = self
            .since
            .map_or_else(|| self.last.before(now), |since| since.0);
        if since >= until {
            let message = "the time asked for ends before it begins\n";
            return Err(Failure::Refused(message.to_owned()));
        }
        Ok(Span::of(since, until))
    }
}
