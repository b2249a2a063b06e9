//! The sandbox as a process of its own, beside the services of a development machine.

use anyhow::Context;
use kernel::Env;
use sandbox::Config;
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

/// These two name files that are not to be read as settings, which is what `kernel::Env` does with `…_FILE`.
const PATHS: [(&str, &str); 2] = [("SANDBOX_STATE_FILE", "SANDBOX_STATE_PATH"), ("SANDBOX_CA_FILE", "SANDBOX_CA_PATH")];

fn environment() -> Env {
    Env::from_pairs(std::env::vars().map(|(key, value)| {
        let renamed = PATHS.iter().find(|(from, _)| *from == key).map(|(_, to)| (*to).to_owned());
        (renamed.unwrap_or(key), value)
    }))
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let env = environment();
    let filter = env.or_default("RUST_LOG", "info".to_owned());
    let config = Config::from_env(&env)?;
    tracing_subscriber::fmt().with_env_filter(EnvFilter::try_new(filter).context("RUST_LOG")?).init();

    let mut terminate = signal(SignalKind::terminate())?;
    let running = sandbox::spawn(config).await?;
    tracing::info!(url = %running.url, smtp = running.smtp_url.as_deref(), "the sandbox is ready");
    tokio::select! {
        _ = terminate.recv() => {}
        result = tokio::signal::ctrl_c() => result?,
    }
    tracing::info!("stopping");
    running.stop().await;
    Ok(())
}
