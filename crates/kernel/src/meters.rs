//! What can be measured: every metric's name, kind, labels and meaning, once. Rooms count under these names, `edge` describes
//! them to Prometheus, and a house test holds the dashboard, the alerts and the operator's table against [`ALL`].
//!
//! Labels have few values: never an id, a tenant, a path or a host that a stranger chooses.

/// How the values of a metric are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Counter,
    Gauge,
    /// Seconds, in [`BUCKETS`].
    Histogram,
}

/// One metric.
#[derive(Debug, Clone, Copy)]
pub struct Meter {
    pub name: &'static str,
    pub kind: Kind,
    pub labels: &'static [&'static str],
    pub help: &'static str,
}

/// Upper bounds, in seconds: from a cached answer to the longest request.
pub const BUCKETS: [f64; 14] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0];

const fn counter(name: &'static str, labels: &'static [&'static str], help: &'static str) -> Meter {
    Meter { name, kind: Kind::Counter, labels, help }
}

const fn gauge(name: &'static str, labels: &'static [&'static str], help: &'static str) -> Meter {
    Meter { name, kind: Kind::Gauge, labels, help }
}

const fn histogram(name: &'static str, labels: &'static [&'static str], help: &'static str) -> Meter {
    Meter { name, kind: Kind::Histogram, labels, help }
}

pub const HTTP_REQUESTS: Meter = counter(
    "http_requests_total",
    &["method", "route", "status"],
    "Requests answered; route is the template, or unmatched",
);
pub const HTTP_DURATION: Meter =
    histogram("http_request_duration_seconds", &["method", "route"], "Until the head of the answer");
pub const HTTP_IN_FLIGHT: Meter = gauge("http_requests_in_flight", &[], "Requests whose answer has not begun");
pub const LIMIT_DECISIONS: Meter = counter(
    "rate_limit_decisions_total",
    &["limit", "outcome"],
    "Calls counted against a limit: allowed, refused, or closed (the shared limit does not answer, and the door stays shut)",
);
pub const LIMIT_SHARED: Meter =
    gauge("rate_limit_shared_up", &[], "1: Redis counts for all replicas; 0: this process counts for itself");
pub const DELIVERIES: Meter = counter(
    "deliveries_total",
    &["provider", "verdict"],
    "Webhooks: taken (committed, by this request or an earlier one), refused, or a handshake",
);
pub const QUEUE_DEPTH: Meter =
    gauge("queue_depth", &["queue"], "What waits: deliveries, jobs, forwards, hooks, streams that are due");
pub const QUEUE_AGE: Meter = gauge("queue_oldest_age_seconds", &["queue"], "How long the oldest of it has been due");
pub const QUEUE_DEAD: Meter = gauge("queue_dead", &["queue"], "Dead letters: deliveries, jobs, forwards");
pub const SIGNALS: Meter = counter("signals_written_total", &["provider"], "Signals written from deliveries");
pub const REFRESHES: Meter = counter(
    "token_refreshes_total",
    &["provider", "outcome"],
    "Refreshes: renewed, unavailable (tried again later), dead (the person has to reconnect), failed (on our side)",
);
pub const VENDS: Meter =
    counter("token_vends_total", &["provider", "outcome"], "Tokens handed out to operators: vended, refused");
pub const OUTBOUND: Meter = counter(
    "vendor_requests_total",
    &["provider", "outcome"],
    "Calls to vendors: 2xx, 3xx, 4xx, 429, 5xx, or failed; provider is other for calls that are no vendor's",
);
pub const OUTBOUND_DURATION: Meter =
    histogram("vendor_request_duration_seconds", &["provider"], "Until the head of a vendor's answer");
pub const CONNECTIONS: Meter = gauge("connections", &["provider", "status"], "Connections that have not been ended");
pub const POOL_CONNECTIONS: Meter = gauge("db_pool_connections", &["state"], "Connections to Postgres: idle, used");
pub const POOL_LIMIT: Meter = gauge("db_pool_limit", &[], "The most connections to Postgres that this process opens");
pub const JWKS_AGE: Meter = gauge("jwks_age_seconds", &[], "Since the auth service's keys were last fetched");
pub const AGENT_RUNS: Meter = counter("agent_runs_total", &["outcome"], "Runs of the agent that have ended, by how");
pub const SIGN_INS: Meter = counter("sign_ins_total", &["outcome"], "Sign-ins with a password: accepted, refused");
pub const READY: Meter = gauge("service_ready", &[], "1: /health/ready would answer 200");

/// All of them. What the process itself uses (`process_…`) comes from the exporter.
pub const ALL: &[Meter] = &[
    HTTP_REQUESTS,
    HTTP_DURATION,
    HTTP_IN_FLIGHT,
    LIMIT_DECISIONS,
    LIMIT_SHARED,
    DELIVERIES,
    QUEUE_DEPTH,
    QUEUE_AGE,
    QUEUE_DEAD,
    SIGNALS,
    REFRESHES,
    VENDS,
    OUTBOUND,
    OUTBOUND_DURATION,
    CONNECTIONS,
    POOL_CONNECTIONS,
    POOL_LIMIT,
    JWKS_AGE,
    AGENT_RUNS,
    SIGN_INS,
    READY,
];

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    /// Names are Prometheus': counters end with `_total`, nothing else does, times are in seconds, and no name comes twice.
    #[test]
    fn names_are_prometheus() {
        let mut seen = BTreeSet::new();
        for Meter { name, kind, labels, help } in ALL {
            assert!(seen.insert(name), "{name} stands twice");
            assert!(name.chars().all(|c| c.is_ascii_lowercase() || c == '_'), "{name}");
            assert_eq!(name.ends_with("_total"), *kind == Kind::Counter, "{name}");
            assert_eq!(name.ends_with("_duration_seconds"), *kind == Kind::Histogram, "{name}");
            assert!(!help.is_empty() && labels.iter().all(|label| *label != "le"), "{name}");
        }
    }
}
