//! A Redis (or Valkey) of our own. It holds rate-limit counters only, so nothing of it is kept.

use crate::{
    probe,
    process::{Running, Spec},
    stop::Stop,
};
use anyhow::{Context, Result, bail};
use std::{path::Path, time::Duration};

/// Starts it on 127.0.0.1 and waits for its answer. The configuration goes through standard input, because anybody on
/// the machine can read command lines.
pub fn start(
    program: &Path,
    port: u16,
    password: &str,
    (logs, records): (&Path, &Path),
    stop: &Stop,
) -> Result<Running> {
    let mut spec = Spec::new("redis", program).arguments(["-"]);
    spec.input = Some(format!(
        "bind 127.0.0.1\nport {port}\nrequirepass {password}\nsave \"\"\nappendonly no\ndaemonize no\ndir /\n"
    ));
    let mut running = spec.start(logs, records)?;
    let answer = stop.until(Duration::from_secs(20), Duration::from_millis(20), || {
        if let Some(status) = running.ended()? {
            let last = crate::screen::tail(&running.log, 8).join("\n    ");
            bail!("Redis ended with {status}:\n    {last}");
        }
        Ok(probe::redis(port).then_some(()))
    })?;
    answer.with_context(|| format!("Redis does not answer on port {port}; see {}", running.log.display()))?;
    Ok(running)
}

pub fn url(port: u16, password: &str) -> String {
    format!("redis://:{password}@127.0.0.1:{port}/0")
}
