//! `connectors serve` and `connectors migrate`.

use anyhow::Context;
use clap::{Parser, Subcommand};
use connectors::{App, config};
use edge::Shutdown;
use kernel::{Clock, Env};
use std::{net::SocketAddr, process::ExitCode};
use tokio::net::TcpListener;

/// Connections per process. Postgres' own limit is shared by all replicas.
const POOL: u32 = 20;

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
}

#[tokio::main]
async fn main() -> ExitCode {
    let done = match Arguments::parse().command.unwrap_or(Command::Serve) {
        Command::Serve => serve().await,
        Command::Migrate => migrate().await,
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("connectors: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn migrate() -> anyhow::Result<()> {
    let env = Env::from_process();
    let url = db::url(&env);
    env.finish()?;
    let url = url.context("no database")?;
    let pool = db::connect(url.expose(), 2)?;
    db::migrate(&pool).await.context("the migrations did not apply")?;
    Ok(())
}

async fn serve() -> anyhow::Result<()> {
    let config = config::Config::load(&Env::from_process())?;
    // One cryptography for every TLS connection (Postgres, Redis). A second installation would change nothing.
    let _installed = rustls::crypto::aws_lc_rs::default_provider().install_default();
    edge::init_logging(config.log_format, &config.log_filter);
    let address = SocketAddr::new(config.host, config.port);
    let pool = db::connect(config.database_url.expose(), POOL)?;
    connectors::unlock(&pool, &config.vault).await?;
    let shutdown = Shutdown::on_signals()?;
    let app = App::new(config, Clock::system(), pool)?;
    let workers = connectors::workers::start(&app, &shutdown);
    let listener = TcpListener::bind(address).await.with_context(|| format!("{address} cannot be bound"))?;
    tracing::info!(%address, "serving");
    edge::serve(listener, connectors::router(&app), shutdown).await?;
    workers.finished().await;
    app.memory.unfinished.close();
    app.memory.unfinished.wait().await;
    Ok(())
}
