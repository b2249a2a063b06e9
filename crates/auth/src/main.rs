//! `auth serve`, `auth migrate`, `auth import` and `auth rotate-keys`.

use anyhow::Context;
use auth::{
    App, Config, KeysError, Mode, Takeover, Target, database_url, import, service, sweep_leftovers, tend_keys, work,
};
use clap::{Parser, Subcommand};
use edge::{Telemetry, measure_pool, serve};
use kernel::{Clock, Env, Secret};
use mimalloc::MiMalloc;
use std::{
    fs::File,
    io::{self, BufWriter, Write},
    path::PathBuf,
    process::ExitCode,
    sync::Arc,
};
use tokio::net::TcpListener;

#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// Connections to Postgres, beside four for looking sessions up. Requests are short; more would only queue there instead of here.
const POOL_SIZE: u32 = 6;

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
    /// Ask this machine's service whether it is ready, for a container's health check.
    Health,
    /// Take people, passwords, linked accounts and live sessions over from a Better Auth database.
    ///
    /// Can be repeated: what is here stays as it is. With the BETTER_AUTH_SECRET of that installation, browsers stay signed
    /// in. Ends with status 3 if something had to be left out.
    Import(Import),
    /// Make the key that signs JWTs from twelve minutes on, without ending what the present one signed.
    RotateKeys {
        /// Sign with the new key at once and withdraw all others, for a key that somebody else has: every JWT that was
        /// issued before is worthless as soon as its reader asks for the keys again.
        #[arg(long)]
        now: bool,
    },
}

#[derive(clap::Args)]
struct Import {
    /// postgres://user@host/database; a password may also come from PGPASSWORD or .pgpass
    #[arg(long)]
    from: Secret,
    /// Where the tables "user", account and session are
    #[arg(long, default_value = "public")]
    schema: String,
    /// Report what would happen, and change nothing
    #[arg(long)]
    dry_run: bool,
    /// Write old_id,new_id of every person to this file
    #[arg(long)]
    mapping: Option<PathBuf>,
}

/// What `import` ends with when something had to be left out.
const INCOMPLETE: u8 = 3;

#[tokio::main]
async fn main() -> anyhow::Result<ExitCode> {
    let arguments = Arguments::parse();
    let env = Env::from_process();
    // One cryptography for every TLS connection (Postgres, Redis). A second installation would change nothing.
    let _installed = rustls::crypto::aws_lc_rs::default_provider().install_default();
    match arguments.command {
        Command::Serve => run(&Config::from_env(&env)?).await?,
        Command::Migrate => {
            Telemetry::from_env(&env).log();
            let pool = db::connect(database_url(&env)?.expose(), 1)?;
            db::migrate(&pool).await.context("the migrations could not be applied")?;
        }
        Command::Health => {
            let is_ready = outbound::is_ready(env.or_default("PORT", 5001)).await;
            return Ok(if is_ready { ExitCode::SUCCESS } else { ExitCode::FAILURE });
        }
        Command::Import(arguments) => return take_over(&Config::from_env(&env)?, arguments).await,
        Command::RotateKeys { now } => {
            let takeover = if now { Takeover::Now } else { Takeover::AfterNotice };
            rotate_keys(&Config::from_env(&env)?, takeover).await?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Runs under the configuration of the service, so that it seals and signs with the same secrets.
async fn take_over(config: &Config, arguments: Import) -> anyhow::Result<ExitCode> {
    config.telemetry.log();
    let pool = db::connect(config.session_url().expose(), 1)?;
    let mut source = db::auth::better_auth::Source::open(&arguments.from, &arguments.schema)
        .await
        .context("the Better Auth database cannot be opened")?;
    let mut mapping: Box<dyn Write + Send> = match &arguments.mapping {
        Some(path) => {
            let file = File::create(path).with_context(|| format!("{} cannot be written", path.display()))?;
            Box::new(BufWriter::new(file))
        }
        None => Box::new(io::sink()),
    };
    let target = Target {
        pool: &pool,
        clock: &Clock::system(),
        better_auth_secret: &config.cookie_secret,
        jwt_secret: &config.jwt_secret,
    };
    let mode = if arguments.dry_run { Mode::DryRun } else { Mode::Store };
    let report = import(&target, &mut source, mode, &mut *mapping).await?;
    print!("{report}");
    Ok(if report.is_complete() { ExitCode::SUCCESS } else { ExitCode::from(INCOMPLETE) })
}

async fn run(config: &Config) -> anyhow::Result<()> {
    let mut telling = config.telemetry.begin("auth").await?;
    let pool = match config.direct_database_url {
        Some(_) => db::connect_to_pooler(config.database_url.expose(), POOL_SIZE)?,
        None => db::connect(config.database_url.expose(), POOL_SIZE)?,
    };
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
    let shutdown = app.shutdown.clone();
    shutdown.follow_signals(config.drain_delay)?;
    let measured = app.pool.clone();
    telling.serve(move || measure_pool(measured.size(), measured.num_idle(), POOL_SIZE));
    let tending = tokio::spawn(tend_keys(Arc::clone(&app), shutdown.clone()));
    let sweeping = tokio::spawn(sweep_leftovers(Arc::clone(&app), shutdown.clone()));
    let working = tokio::spawn(work(Arc::clone(&app), shutdown.clone()));
    tracing::info!(address = %config.address, "ready");
    serve(listener, service(config, app), shutdown).await?;
    tending.await.context("the care for the signing keys panicked")?;
    working.await.context("the worker panicked")?;
    sweeping.await.context("the sweep panicked")?;
    telling.end().await;
    Ok(())
}

/// Running replicas follow within seconds.
async fn rotate_keys(config: &Config, takeover: Takeover) -> anyhow::Result<()> {
    config.telemetry.log();
    let pool = db::connect(config.session_url().expose(), 1)?;
    let app = App::new(config, pool, Clock::system())?;
    for key in app.rotate_keys(takeover).await.context("the keys were not rotated")? {
        println!("{key}");
    }
    Ok(())
}
