//! `auth serve` and `auth migrate`.

use anyhow::Context;
use auth::{App, Config, KeysError, Logging, database_url, service, sweep_leftovers, work};
use clap::{Parser, Subcommand};
use edge::{Shutdown, init_logging, serve};
use kernel::{Clock, Env};
use std::sync::Arc;
use tokio::net::TcpListener;

/// Connections to Postgres. Requests are short; more would only queue there instead of here.
const POOL_SIZE: u32 = 10;

#[derive(Parser)]
#[command(about = "Signs people in, issues JWTs, serves the JWKS")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve until SIGTERM, then drain.
    Serve,
    /// Apply the migrations that are missing.
    Migrate,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let env = Env::from_process();
    let logging = Logging::from_env(&env);
    init_logging(logging.format, &logging.filter);
    // One cryptography for every TLS connection (Postgres, Redis). A second installation would change nothing.
    let _installed = rustls::crypto::aws_lc_rs::default_provider().install_default();
    match arguments.command {
        Command::Serve => run(&Config::from_env(&env)?).await,
        Command::Migrate => {
            let pool = db::connect(database_url(&env)?.expose(), 1)?;
            db::migrate(&pool).await.context("the migrations could not be applied")
        }
    }
}

async fn run(config: &Config) -> anyhow::Result<()> {
    let pool = db::connect(config.database_url.expose(), POOL_SIZE)?;
    let app = Arc::new(App::new(config, pool, Clock::system())?);
    match app.load_keys().await {
        // The database may come up after us; until then /health/ready says so.
        Err(error @ KeysError::Database(_)) => {
            tracing::warn!(error = &error as &dyn std::error::Error, "not ready yet");
        }
        outcome => outcome?,
    }
    let listener =
        TcpListener::bind(config.address).await.with_context(|| format!("cannot listen on {}", config.address))?;
    let shutdown = Shutdown::on_signals()?;
    let sweeping = tokio::spawn(sweep_leftovers(Arc::clone(&app), shutdown.clone()));
    let working = tokio::spawn(work(Arc::clone(&app), shutdown.clone()));
    tracing::info!(address = %config.address, "ready");
    serve(listener, service(config, app), shutdown).await?;
    working.await.context("the worker panicked")?;
    sweeping.await.context("the sweep panicked")
}
