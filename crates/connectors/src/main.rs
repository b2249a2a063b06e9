//! `connectors serve`, `migrate`, `doctor`, `tokens`, `rotate-keys`, `audit`, `openapi`, `health` and `mcp-probe`.

mod commands;

use anyhow::Context;
use clap::{Parser, Subcommand};
use commands::{
    audit::Audit,
    doctor::{self, Doctor},
    health,
    mcp_probe::{self, McpProbe},
    tokens::{self, Tokens},
};
use connectors::{App, config, workers};
use db::PgPool;
use kernel::{Clock, Env};
use mimalloc::MiMalloc;
use std::{net::SocketAddr, process::ExitCode, sync::Arc};
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
};

#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// Connections per process, beside ten for what nearly every request asks or writes. Postgres' own limit is shared by all replicas.
const POOL: u32 = 10;
/// A command does one thing after the other.
const COMMAND_POOL: u32 = 2;

/// Connects accounts, keeps their tokens fresh, and turns the vendors' webhooks into signals.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Serves requests and runs the workers until SIGTERM, then drains (the default).
    Serve,
    /// Applies the migrations and ends.
    Migrate,
    /// Operator tokens that may do only what they are for.
    #[command(subcommand)]
    Tokens(Tokens),
    /// Put everything that is sealed under the first of ENCRYPTION_KEYS, while the service runs.
    ///
    /// Can be cut off and started again. Ends with status 3 if rows had to be left under other keys.
    RotateKeys,
    /// Say what is missing or wrong, and what to do about it. Changes nothing; ends with status 1 if something is.
    Doctor(Doctor),
    /// Ask this machine's service whether it is ready, for a container's health check.
    Health,
    /// Print the OpenAPI document of this version. Needs no configuration and no database.
    Openapi,
    /// The audit log.
    #[command(subcommand)]
    Audit(Audit),
    /// Open an MCP server as the agent would and say what is there. Needs no configuration and no database.
    McpProbe(McpProbe),
}

#[tokio::main]
async fn main() -> ExitCode {
    let done = match Arguments::parse().command.unwrap_or(Command::Serve) {
        Command::Serve => serve().await.map(|()| ExitCode::SUCCESS),
        Command::Migrate => migrate().await.map(|()| ExitCode::SUCCESS),
        Command::Tokens(command) => tokens(command).await.map(|()| ExitCode::SUCCESS),
        Command::RotateKeys => rotate_keys().await,
        Command::Doctor(asked) => examine(asked).await,
        Command::Health => health::run().await,
        Command::Openapi => openapi().map(|()| ExitCode::SUCCESS),
        Command::Audit(asked) => audit(asked).await,
        Command::McpProbe(asked) => probe(asked).await.map(|()| ExitCode::SUCCESS),
    };
    match done {
        Ok(code) => code,
        Err(error) => {
            eprintln!("connectors: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn migrate() -> anyhow::Result<()> {
    db::migrate(&database()?).await.context("the migrations did not apply")?;
    Ok(())
}

async fn tokens(command: Tokens) -> anyhow::Result<()> {
    let known = config::known_providers(&Env::from_process())?;
    tokens::run(command, &database()?, &Clock::system(), |slug| known.iter().any(|one| one.slug == slug)).await
}

async fn rotate_keys() -> anyhow::Result<ExitCode> {
    let (url, vault) = config::sealing(&Env::from_process())?;
    use_one_cryptography();
    commands::rotate_keys::run(&db::connect(url.expose(), COMMAND_POOL)?, &vault).await
}

fn openapi() -> anyhow::Result<()> {
    println!("{}", serde_json::to_string_pretty(connectors::openapi())?);
    Ok(())
}

async fn audit(asked: Audit) -> anyhow::Result<ExitCode> {
    let (url, vault) = config::sealing(&Env::from_process())?;
    use_one_cryptography();
    commands::audit::run(asked, &db::connect(url.expose(), COMMAND_POOL)?, &vault).await
}

async fn probe(asked: McpProbe) -> anyhow::Result<()> {
    use_one_cryptography();
    let client = outbound::Client::new(concat!("connectors/", env!("CARGO_PKG_VERSION")))?;
    mcp_probe::run(asked, &client, &Clock::system()).await
}

async fn examine(asked: Doctor) -> anyhow::Result<ExitCode> {
    use_one_cryptography();
    doctor::run(asked, &Env::from_process(), &Clock::system()).await
}

/// For the commands that need nothing else of the configuration.
fn database() -> anyhow::Result<PgPool> {
    let env = Env::from_process();
    let url = db::direct_url(&env).or_else(|| db::url(&env));
    env.finish()?;
    use_one_cryptography();
    Ok(db::connect(url.context("no database")?.expose(), COMMAND_POOL)?)
}

/// For every TLS connection (Postgres, Redis). A second installation would change nothing.
fn use_one_cryptography() {
    let _installed = rustls::crypto::aws_lc_rs::default_provider().install_default();
}

/// SIGHUP: the operator's own file of providers is read anew. One with a fault changes nothing.
fn reload_on_hangup(app: &Arc<App>) -> anyhow::Result<()> {
    let mut hangups = signal(SignalKind::hangup())?;
    let app = Arc::clone(app);
    tokio::spawn(async move {
        while hangups.recv().await.is_some() {
            match config::reload_providers(&Env::from_process()) {
                Ok(registry) => {
                    tracing::info!(providers = registry.all().count(), "the providers were read anew");
                    app.providers.replace(registry);
                }
                Err(faults) => tracing::error!(%faults, "the providers stay as they were"),
            }
        }
    });
    Ok(())
}

async fn serve() -> anyhow::Result<()> {
    // What routes there are and what the settings say are the two long parts of a start, and neither needs the other.
    let routes = tokio::task::spawn_blocking(connectors::unbound);
    let config = config::Config::load(&Env::from_process())?;
    use_one_cryptography();
    let mut telling = config.telemetry.begin("connectors").await?;
    let (address, drain_delay) = (SocketAddr::new(config.host, config.port), config.drain_delay);
    let pool = match config.direct_database_url {
        Some(_) => db::connect_to_pooler(config.database_url.expose(), POOL)?,
        None => db::connect(config.database_url.expose(), POOL)?,
    };
    let app = App::new(config, Clock::system(), pool)?;
    let shutdown = app.standing.shutdown.clone();
    shutdown.follow_signals(drain_delay)?;
    let unlocking = Arc::clone(&app);
    let unlocking = tokio::spawn(async move { connectors::unlock_when_possible(&unlocking).await });
    reload_on_hangup(&app)?;
    let listener = TcpListener::bind(address).await.with_context(|| format!("{address} cannot be bound"))?;
    connectors::measure::start(&app, &mut telling);
    tracing::info!(%address, "serving");
    let service = connectors::bind(routes.await.context("the routes panicked")?, &app);
    let serving = tokio::spawn(edge::serve(listener, service, shutdown.clone()));
    // Nothing begins before the keys have been tried. A wrong one ends the process.
    let workers = tokio::select! {
        outcome = unlocking => {
            outcome.context("trying the keys panicked")??;
            Some(workers::start(&app, &shutdown))
        }
        () = shutdown.begun() => None,
    };
    serving.await.context("serving panicked")??;
    if let Some(workers) = workers {
        workers.finished().await;
    }
    app.memory.runs.stop();
    app.memory.unfinished.close();
    app.memory.unfinished.wait().await;
    telling.end().await;
    Ok(())
}
