//! What one of each costs.

use serde_json::{Value, json};

pub struct Cost {
    pub name: &'static str,
    /// In milliseconds of one core.
    pub service_ms: f64,
    pub postgres_ms: f64,
    /// In bytes: what stays in tables and indices, and what goes through the log.
    pub stored: f64,
    pub logged: f64,
}

impl Cost {
    pub fn json(&self) -> Value {
        json!({
            "what": self.name, "service_cpu_ms": self.service_ms, "postgres_cpu_ms": self.postgres_ms,
            "stored_bytes": self.stored, "wal_bytes": self.logged,
        })
    }
}

/// As Markdown.
pub fn table(costs: &[Cost]) -> String {
    let head = "| one | CPU, service | CPU, Postgres | stored | log |\n|---|---|---|---|---|\n";
    let rows = costs.iter().map(|cost| {
        let [service, postgres] = [cost.service_ms, cost.postgres_ms]
            .map(|ms| if ms > 0.0 { format!("{ms:.2} ms") } else { "as above".to_owned() });
        let [stored, logged] = [cost.stored, cost.logged]
            .map(|bytes| if bytes < 50.0 { "nothing".to_owned() } else { format!("{:.1} KB", bytes / 1000.0) });
        format!("| {} | {service} | {postgres} | {stored} | {logged} |\n", cost.name)
    });
    head.to_owned() + &rows.collect::<Vec<_>>().concat()
}
