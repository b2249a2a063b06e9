//! `connectors health`: for images that have no shell to ask with.

use kernel::Env;
use std::process::ExitCode;

pub async fn run() -> anyhow::Result<ExitCode> {
    let port = Env::from_process().or_default("PORT", 5002_u16);
    let is_ready = outbound::is_ready(port).await;
    Ok(if is_ready { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
