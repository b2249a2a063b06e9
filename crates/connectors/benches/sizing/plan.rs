//! What so many tenants come to, if each does what is written here.

use crate::costs::Cost;
use serde_json::{Value, json};

/// Nine tenths of a day happen in eight hours, and the busiest minutes are three times as busy as those.
pub const TENANT: &str = "A tenant: 5 connections, each refreshed every hour; a day 400 short webhooks and 100 of 10 KB, 500 tokens vended, \
     200 pages of signals, 500 records fetched, a fifth of them new ones.\n";
const CONNECTIONS: f64 = 5.0;
const WEBHOOKS: [(&str, f64); 2] = [("webhook of 0.6 KB (Slack)", 400.0), ("webhook of 10 KB (GitHub)", 100.0)];
/// With the days for which what is stored of one stays: the audit log's, and as long as there is a record.
const OTHERS: [(&str, f64, f64); 4] = [
    ("token vended", 500.0, LOG_KEPT),
    ("page of 50 signals", 200.0, 0.0),
    ("token refreshed", CONNECTIONS * 24.0, LOG_KEPT),
    ("record fetched", 500.0, LOG_KEPT / 5.0),
];
/// Of the mean of a day: 0.9 in a third of it, and three times that.
const PEAK: f64 = 0.9 * 3.0 * 3.0;
const SECONDS_A_DAY: f64 = 86_400.0;
/// In days, as the settings have them by themselves.
const DELIVERIES_KEPT: f64 = 30.0;
const SIGNALS_KEPT: f64 = 400.0;
const LOG_KEPT: f64 = 400.0;

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
    let mut stored = CONNECTIONS * cost(costs, "connection made").stored;
    let day = WEBHOOKS.into_iter().chain(OTHERS.map(|(name, number, _)| (name, number)));
    for (name, number) in day {
        let cost = cost(costs, name);
        service += number * cost.service_ms;
        postgres += number * cost.postgres_ms;
        log += number * cost.logged;
        requests += number;
    }
    // A body goes after a month; what was read from it stays for longer.
    let signal = cost(costs, "signal, stored").stored;
    for (name, number) in WEBHOOKS {
        let body = cost(costs, name).stored - signal;
        stored += number * (body * DELIVERIES_KEPT + signal * SIGNALS_KEPT);
    }
    for (name, number, days) in OTHERS {
        stored += number * cost(costs, name).stored * days;
    }
    let at_peak = tenants * PEAK / SECONDS_A_DAY;
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
    let head = "| tenants | requests a second at the busiest | cores, connectors | cores, Postgres | stored after 400 days | log a day |\n\
                |---|---|---|---|---|---|\n";
    let rows = plans.iter().map(|plan| {
        let Plan { tenants, requests_at_peak, service_cores, postgres_cores, stored_gb, log_gb_a_day } = plan;
        format!(
            "| {tenants:.0} | {requests_at_peak:.0} | {service_cores:.2} | {postgres_cores:.2} | {stored_gb:.0} GB | {log_gb_a_day:.1} GB |\n"
        )
    });
    head.to_owned() + &rows.collect::<Vec<_>>().concat()
}
