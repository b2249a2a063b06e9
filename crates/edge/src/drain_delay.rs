//! How long a process that is told to end goes on serving.

use kernel::Env;
use std::time::Duration;

/// A load balancer looks every few seconds; longer than this nobody waits for a process to end.
const LONGEST_S: u64 = 20;

/// `DRAIN_DELAY_SECONDS`: from SIGTERM, when `/health/ready` begins to answer 503, to the end of listening. 0 without a load balancer.
pub fn drain_delay(env: &Env) -> Duration {
    let seconds = env.or_default("DRAIN_DELAY_SECONDS", 0);
    if seconds > LONGEST_S {
        env.fault("DRAIN_DELAY_SECONDS", format!("must be 0 to {LONGEST_S}"), "5");
    }
    Duration::from_secs(seconds.min(LONGEST_S))
}
