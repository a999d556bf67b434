//! `burgee quota` and its commands.

use std::time::Duration;

use burgee_model::{ProjectToken, Timestamp};
use burgee_serve::Clock as _;
use burgee_store::{Quota, QuotaReader};
use clap::{Args, Subcommand};

use super::{Failure, environment};
use crate::clock::SystemClock;
use crate::config::{self, ConfigOptions, Counting};
use crate::counted::{self, Counted};
use crate::keys::Lifetime;
use crate::moment::{self, Moment};
use crate::{output, runtime};

/// Times that servers read quotas before a lifted one is over. One that reads late would refuse an SDK
/// which another has served already, and that SDK may be left without flags (sdk-protocol trap 5).
const LIFT_REFRESHES: u32 = 3;

/// Say which environments are over their quota, and are answered without flags.
///
/// Requests for flags are answered 200 without any and with `quotaLimited`, definitions 402. Servers
/// read quotas every few seconds: from Redis if there is one, in PostHog's form, else from the database.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  burgee quota set Acme/production --for 30d
  burgee quota set phc_x --until 2026-12-01
  burgee quota lift phc_x
  burgee quota list")]
pub(super) struct QuotaCommand {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Set(Set),
    Lift(Lift),
    List(List),
}

/// Refuse an environment from now until its quota is renewed.
#[derive(Debug, Args)]
struct Set {
    /// The environment
    #[arg(value_name = "TOKEN|PROJECT/NAME")]
    environment: String,

    /// For how long: 12h, 30d or 4w
    #[arg(long = "for", value_name = "TIME", required_unless_present = "until")]
    lifetime: Option<Lifetime>,

    /// Up to and with this second: a date, or a moment such as 2026-12-01T12:00:00Z
    #[arg(long, value_name = "MOMENT", conflicts_with = "lifetime")]
    until: Option<Moment>,

    #[command(flatten)]
    options: ConfigOptions<Counting>,
}

/// Serve an environment again.
///
/// That takes a few seconds, after which all servers have heard of it.
#[derive(Debug, Args)]
struct Lift {
    /// The environment
    #[arg(value_name = "TOKEN|PROJECT/NAME")]
    environment: String,

    #[command(flatten)]
    options: ConfigOptions<Counting>,
}

/// Show which environments are over their quota, and until when.
#[derive(Debug, Args)]
struct List {
    #[command(flatten)]
    options: ConfigOptions<Counting>,
}

impl QuotaCommand {
    pub(super) fn run(self) -> Result<(), Failure> {
        match self.command {
            Command::Set(set) => set.run(),
            Command::Lift(lift) => lift.run(),
            Command::List(list) => list.run(),
        }
    }
}

impl Set {
    fn run(self) -> Result<(), Failure> {
        let config = config::load(&self.options)?.config;
        let counted = counted::open(&config)?;
        let now = now();
        let given = self.until.map(|until| until.0);
        let after = |lifetime: Lifetime| lifetime.after(now);
        let until = given.or_else(|| self.lifetime.map(after)).unwrap_or(now);
        if until <= now {
            let message = "a quota that is over already refuses nobody\n";
            return Err(Failure::Refused(message.to_owned()));
        }
        let token = runtime::run(async {
            let token = environment::token(&config, &counted, &self.environment).await?;
            put(&counted, &token, until).await?;
            Ok::<_, Failure>(token)
        })??;
        let until = moment::shown(until);
        output::note(&format!("{token} is refused until {until}\n"));
        Ok(())
    }
}

impl Lift {
    fn run(self) -> Result<(), Failure> {
        let config = config::load(&self.options)?.config;
        let counted = counted::open(&config)?;
        let now = now();
        let refresh = Duration::from_millis(config.quotas.refresh_interval_ms);
        let delay = i64::try_from((refresh * LIFT_REFRESHES).as_micros()).unwrap_or(i64::MAX);
        let soon = Timestamp::from_unix_micros(now.unix_micros().saturating_add(delay));
        let (token, until) = runtime::run(async {
            let token = environment::token(&config, &counted, &self.environment).await?;
            let Some(quota) = find(&*counted.admission, &token, now).await? else {
                let message = format!("{token} is not over its quota\n");
                return Err(Failure::Refused(message));
            };
            let until = quota.until.min(soon);
            put(&counted, &token, until).await?;
            Ok((token, until))
        })??;
        let until = moment::shown(until);
        output::note(&format!("{token} is served again after {until}\n"));
        Ok(())
    }
}

impl List {
    fn run(self) -> Result<(), Failure> {
        let counted = counted::open(&config::load(&self.options)?.config)?;
        let mut quotas = runtime::run(counted.admission.read_quotas(now()))??;
        quotas.sort_by(|one, other| one.token.as_str().cmp(other.token.as_str()));
        let lines = quotas
            .iter()
            .map(|quota| format!("{}  until {}\n", quota.token, moment::shown(quota.until)));
        output::print(&lines.collect::<String>());
        if quotas.is_empty() {
            output::note("nobody is over quota\n");
        }
        Ok(())
    }
}

fn now() -> Timestamp {
    SystemClock::start().now()
}

async fn put(counted: &Counted, token: &ProjectToken, until: Timestamp) -> Result<(), Failure> {
    let token = token.clone();
    let quota = Quota { token, until };
    Ok(counted.admission.put_quota(&quota).await?)
}

async fn find(
    quotas: &dyn QuotaReader,
    token: &ProjectToken,
    now: Timestamp,
) -> Result<Option<Quota>, Failure> {
    let quotas = quotas.read_quotas(now).await?;
    Ok(quotas.into_iter().find(|quota| quota.token == *token))
}
