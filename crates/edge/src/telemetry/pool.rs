//! A pool of connections, as both services have one.

use kernel::meters;

/// `open`: connections there are, `idle` of them unused, of at most `limit`.
pub fn measure_pool(open: u32, idle: usize, limit: u32) {
    let idle = u32::try_from(idle).unwrap_or(u32::MAX).min(open);
    metrics::gauge!(meters::POOL_CONNECTIONS.name, "state" => "idle").set(f64::from(idle));
    metrics::gauge!(meters::POOL_CONNECTIONS.name, "state" => "used").set(f64::from(open - idle));
    metrics::gauge!(meters::POOL_LIMIT.name).set(f64::from(limit));
}
