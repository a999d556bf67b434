//! `burgee serve`: everything is put together here, and taken apart again when the server stops.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;

use anyhow::Context;
use burgee_serve::{GeoIp, RequestLog, Serving, router};
use burgee_store::Store;
use clap::{Args, ValueEnum};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::{Failure, note_warnings};
use crate::apply::examine::Manner;
use crate::apply::progress::Progress;
use crate::apply::{self as applying, Applied, Source, Target, source};
use crate::clock::SystemClock;
use crate::config::{self, Config, ConfigOptions, Everything, Loaded};
use crate::store;
use crate::{demo, listen, output, runtime, stores, telemetry};

/// Answer flags over HTTP.
///
/// On a new machine the database is created with a demo project, and a `curl` to try it is printed.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  burgee serve
  burgee serve --listen 0.0.0.0:8000 --data-dir /var/lib/burgee
  burgee serve --apply flags.json --database sqlite::memory:
  burgee serve --database postgres://burgee:secret@db/burgee --redis redis://cache
  burgee serve --role definitions --redis redis://cache:6379
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
    let is_new = config.instance.location().is_new();
    let store = store::open(&config)?;
    fill(&*store, &config, is_new).await?;

    let stores = stores::of_node(&config, &store)?;
    let clock = SystemClock::start();
    let serving = Serving::start(config.serve_config(), stores, Arc::new(clock), log, geoip)
        .context("cannot start the evaluation pool")?;
    let (listener, address) = bind(config.instance.listen).await?;
    let tasks = [
        serving.follow_changes(),
        serving.keep_last_good(),
        serving.keep_shared(),
        serving.tell_key_uses(),
        serving.flush_usage(),
        serving.follow_runtime_settings(),
    ];
    // Not waited for: the database may be away, and requests are not to wait for that.
    let greeting = tokio::spawn(greet(store, address));
    answer(listener, &serving, clock, &config).await;
    greeting.abort();
    serving.finish().await;
    finish(tasks).await;
    Ok(())
}

async fn bind(address: SocketAddr) -> anyhow::Result<(TcpListener, SocketAddr)> {
    let listener = TcpListener::bind(address)
        .await
        .with_context(|| format!("cannot listen on {address}"))?;
    let address = listener
        .local_addr()
        .context("the listener has no address")?;
    Ok((listener, address))
}

/// Answers until the program is told to stop and requests have come to their end, or told twice.
async fn answer(
    listener: TcpListener,
    serving: &Arc<Serving>,
    clock: SystemClock,
    config: &Config,
) {
    let routes = router(Arc::clone(serving));
    tokio::select! {
        () = listen::serve(listener, routes, clock, config.listen_limits(), stop(serving)) => {}
        _ = runtime::told_to_stop(2) => tracing::warn!("stopped at once"),
    }
}

async fn finish(tasks: impl IntoIterator<Item = JoinHandle<()>>) {
    for task in tasks {
        if task.await.is_err() {
            tracing::error!("a task ended before the server did");
        }
    }
    tracing::info!("stopped");
}

/// Waits until the program is told to stop, and tells the server.
async fn stop(serving: &Serving) {
    if let Err(error) = runtime::told_to_stop(1).await {
        tracing::error!(error = format!("{error:#}"), "stopping");
    }
    tracing::info!("stopping; a second signal stops at once");
    serving.begin_shutdown();
}

/// Applies the file that the configuration names, or loads the demo into a new store.
async fn fill(store: &dyn Store, config: &Config, is_new: bool) -> Result<(), Failure> {
    let target = Target::of(store).with_payload_keys(config.payloads.secret_keys.as_ref());
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
async fn greet(store: Arc<dyn Store>, address: SocketAddr) {
    let url = format!("http://{}", reachable(address));
    output::print(&format!("Burgee serves at {url}\n"));
    tracing::info!(server.address = %address, "serving");
    if demo::is_loaded(&*store).await {
        output::print(&demo::invitation(&url));
    }
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
