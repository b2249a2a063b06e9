//! `auth serve`, `auth migrate` and `auth rotate-keys`.

use anyhow::Context;
use auth::{App, Config, KeysError, Logging, Takeover, database_url, service, sweep_expired_sessions, tend_keys};
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
    /// Make the key that signs JWTs from twelve minutes on, without ending what the present one signed.
    RotateKeys {
        /// Sign with the new key at once and withdraw all others, for a key that somebody else has: every JWT that was
        /// issued before is worthless as soon as its reader asks for the keys again.
        #[arg(long)]
        now: bool,
    },
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
        Command::RotateKeys { now } => {
            let takeover = if now { Takeover::Now } else { Takeover::AfterNotice };
            rotate_keys(&Config::from_env(&env)?, takeover).await
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
    let tending = tokio::spawn(tend_keys(Arc::clone(&app), shutdown.clone()));
    let sweeping = tokio::spawn(sweep_expired_sessions(Arc::clone(&app), shutdown.clone()));
    tracing::info!(address = %config.address, "ready");
    serve(listener, service(config, app), shutdown).await?;
    tending.await.context("the care for the signing keys panicked")?;
    sweeping.await.context("the sweep of expired sessions panicked")
}

/// Running replicas follow within seconds.
async fn rotate_keys(config: &Config, takeover: Takeover) -> anyhow::Result<()> {
    let pool = db::connect(config.database_url.expose(), 1)?;
    let app = App::new(config, pool, Clock::system())?;
    for key in app.rotate_keys(takeover).await.context("the keys were not rotated")? {
        println!("{key}");
    }
    Ok(())
}
