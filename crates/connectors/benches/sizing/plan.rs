//! What so many tenants come to, if each does what is written here.

use crate::costs::Cost;
use serde_json::{Value, json};

/// A working day of a team, in which nine tenths happen in eight hours, and the busiest minutes are three times as busy as those.
pub const TENANT: &str = "A tenant: 5 connections, each refreshed every hour; a day 400 short webhooks and 100 of 10 KB, 2,000 tokens vended, \
     200 pages of signals, 500 records fetched.\n";
const CONNECTIONS: f64 = 5.0;
const A_DAY: [(&str, f64); 6] = [
    ("webhook of 0.6 KB, until it is a signal", 400.0),
    ("webhook of 10 KB, until it is a signal", 100.0),
    ("token vended", 2_000.0),
    ("page of 50 signals", 200.0),
    ("token refreshed", CONNECTIONS * 24.0),
    ("record fetched", 500.0),
];
/// Of the mean of a day: 0.9 in a third of it, and three times that.
const PEAK: f64 = 0.9 * 3.0 * 3.0;
const SECONDS_A_DAY: f64 = 86_400.0;
/// Settings' defaults, in days. Records and connections stay.
const DELIVERIES_KEPT: f64 = 30.0;
const SIGNALS_KEPT: f64 = 400.0;

pub struct Plan {
    tenants: f64,
    requests_at_peak: f64,
    service_cores: f64,
    postgres_cores: f64,
    stored_gb: f64,
    log_gb_a_day: f64,
}

fn cost<'a>(costs: &'a [Cost], name: &str) -> &'a Cost {
    costs.iter().find(|cost| cost.name == name).unwrap_or_else(|| panic!("{name} was not measured"))
}

pub fn of(tenants: f64, costs: &[Cost]) -> Plan {
    let [mut service, mut postgres, mut log, mut requests] = [0.0; 4];
    for (name, number) in A_DAY {
        let cost = cost(costs, name);
        service += number * cost.service_ms;
        postgres += number * cost.postgres_ms;
        log += number * cost.logged;
        requests += number;
    }
    let at_peak = tenants * PEAK / SECONDS_A_DAY;
    // A body goes after a month; what was read from it stays for longer.
    let signal = cost(costs, "signal, stored").stored;
    let webhooks: f64 = A_DAY[..2].iter().map(|(name, number)| number * (cost(costs, name).stored - signal)).sum();
    let signals: f64 = A_DAY[..2].iter().map(|(_, number)| number * signal).sum();
    let stored = webhooks * DELIVERIES_KEPT
        + signals * SIGNALS_KEPT
        + A_DAY[5].1 * cost(costs, "record fetched").stored * SIGNALS_KEPT
        + CONNECTIONS * cost(costs, "connection made").stored;
    Plan {
        tenants,
        requests_at_peak: requests * at_peak,
        service_cores: service * at_peak / 1000.0,
        postgres_cores: postgres * at_peak / 1000.0,
        stored_gb: tenants * stored / 1e9,
        log_gb_a_day: tenants * log / 1e9,
    }
}

impl Plan {
    pub fn json(&self) -> Value {
        json!({
            "tenants": self.tenants, "a_second_at_peak": self.requests_at_peak, "service_cores": self.service_cores,
            "postgres_cores": self.postgres_cores, "stored_gb": self.stored_gb, "wal_gb_a_day": self.log_gb_a_day,
        })
    }
}

/// As Markdown.
pub fn table(plans: &[Plan]) -> String {
    let mut table =
        "| tenants | a second, at the busiest | cores, services | cores, Postgres | stored, in the end | log a day |\n\
                     |---|---|---|---|---|---|\n"
            .to_owned();
    for plan in plans {
        table += &format!(
            "| {:.0} | {:.1} | {:.2} | {:.2} | {:.1} GB | {:.1} GB |\n",
            plan.tenants,
            plan.requests_at_peak,
            plan.service_cores,
            plan.postgres_cores,
            plan.stored_gb,
            plan.log_gb_a_day
        );
    }
    table
}
