//! `burgee serve`: everything is put together here, and taken apart again when the server stops.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;

use anyhow::Context;
use burgee_serve::{GeoIp, RequestLog, Serving, Stores, router};
use burgee_store_sqlite::{SqliteLocation, SqliteStore};
use clap::{Args, ValueEnum};
use tokio::net::TcpListener;

use super::{Failure, note_warnings};
use crate::apply::examine::Manner;
use crate::apply::progress::Progress;
use crate::apply::{self as applying, Applied, Source, Target, source};
use crate::clock::SystemClock;
use crate::config::{self, Config, ConfigOptions, Everything, Loaded};
use crate::{demo, listen, output, runtime, telemetry};

/// Answer flags over HTTP.
///
/// On a new machine the database is created with a demo project, and a `curl` to try it is printed.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  burgee serve
  burgee serve --listen 0.0.0.0:8000 --data-dir /var/lib/burgee
  burgee serve --apply flags.json --database sqlite::memory:
  burgee serve --print-config            the configuration in force, and where it comes from")]
pub(super) struct Serve {
    /// Print the configuration in force, or the documentation of all keys, and stop
    #[arg(
        long,
        value_name = "FORM",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "effective"
    )]
    print_config: Option<PrintConfig>,

    #[command(flatten)]
    options: ConfigOptions<Everything>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum PrintConfig {
    /// A burgee.toml with the values in force and where each came from
    Effective,
    /// The page of all keys
    Reference,
}

impl Serve {
    pub(super) fn run(self) -> Result<(), Failure> {
        if self.print_config == Some(PrintConfig::Reference) {
            output::print(&config::reference());
            return Ok(());
        }
        let loaded = config::load(&self.options)?;
        if self.print_config == Some(PrintConfig::Effective) {
            output::print(&loaded.effective);
            return Ok(());
        }
        let Loaded {
            config, warnings, ..
        } = loaded;
        let log = telemetry::start(&config.log)?;
        for warning in warnings {
            tracing::warn!("{warning}");
        }
        let geoip = open_geoip(&config)?;
        let runtime = runtime::for_serving(config.runtime.worker_threads)?;
        runtime.block_on(serve(config, telemetry::request_log(log), geoip))
    }
}

/// Fills the store, serves until the program is told to stop, and lets requests come to their end.
async fn serve(
    config: Config,
    log: Arc<dyn RequestLog>,
    geoip: Option<GeoIp>,
) -> Result<(), Failure> {
    config.instance.create_data_dir()?;
    let location = config.instance.location();
    let is_new = match &location {
        SqliteLocation::Memory => true,
        SqliteLocation::File(path) => !path.exists(),
    };
    let store = SqliteStore::open(&config.store.sqlite(location))?;
    fill(&store, &config, is_new).await?;

    let stores = Stores {
        definitions: Arc::new(store.clone()),
        credentials: Arc::new(store.clone()),
        subjects: Arc::new(store.clone()),
        subject_writer: Arc::new(store.clone()),
    };
    let clock = Arc::new(SystemClock::start());
    let serving = Serving::start(config.serve_config(), stores, clock, log, geoip)
        .context("cannot start the evaluation pool")?;
    let address = config.instance.listen;
    let listener = TcpListener::bind(address)
        .await
        .with_context(|| format!("cannot listen on {address}"))?;
    let address = listener
        .local_addr()
        .context("the listener has no address")?;
    let following = serving.follow_changes();
    greet(&store, address).await;
    tracing::info!(server.address = %address, "serving");

    let stop = async {
        if let Err(error) = runtime::told_to_stop(1).await {
            tracing::error!(error = format!("{error:#}"), "stopping");
        }
        tracing::info!("stopping; a second signal stops at once");
        serving.begin_shutdown();
    };
    let routes = router(Arc::clone(&serving));
    tokio::select! {
        () = listen::serve(listener, routes, config.listen_limits(), stop) => {}
        _ = runtime::told_to_stop(2) => tracing::warn!("stopped at once"),
    }
    if following.await.is_err() {
        tracing::error!("following changes ended before the server did");
    }
    tracing::info!("stopped");
    Ok(())
}

/// Applies the file that the configuration names, or loads the demo into a new store.
async fn fill(store: &SqliteStore, config: &Config, is_new: bool) -> Result<(), Failure> {
    let target = Target::of(store);
    let (name, applied) = match &config.instance.apply {
        Some(path) => (
            path.display().to_string(),
            apply_file(target, path, config).await?,
        ),
        None if is_new => {
            let applied = demo::load(target).await;
            let name = demo::NAME.to_owned();
            let applied = applied.map_err(|error| Failure::applying(&name, error))?;
            (name, applied)
        }
        None => return Ok(()),
    };
    note_warnings(&name, &applied.warnings);
    output::print(&format!("{name} is applied\n{}\n", applied.lines()));
    Ok(())
}

async fn apply_file(target: Target<'_>, path: &Path, config: &Config) -> Result<Applied, Failure> {
    let text = source::read_text(path)?;
    let source = Source { path, text: &text };
    let manner = Manner::of(config.instance.lenient, config.instance.prune);
    let applied = applying::apply(target, source, manner, &Progress::on_terminal()).await;
    applied.map_err(|error| Failure::applying(&path.display().to_string(), error))
}

fn open_geoip(config: &Config) -> Result<Option<GeoIp>, Failure> {
    let path = config.geoip.database.as_deref();
    let opened = path.map(GeoIp::open).transpose();
    opened.map_err(|error| Failure::Refused(format!("geoip.database: {error}\n")))
}

/// Says where the server is, and how to try it if it has the demo.
async fn greet(store: &SqliteStore, address: SocketAddr) {
    let url = format!("http://{}", reachable(address));
    output::print(&if demo::is_loaded(store).await {
        demo::invitation(&url)
    } else {
        format!("Burgee serves at {url}\n")
    });
}

/// An address that a client on this machine can use: "any" is none to connect to.
fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}
