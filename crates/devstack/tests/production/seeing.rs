//! `docs/seeing`: the alert rules, as promtool reads and tries them, and the dashboard. Both name only metrics that there are.

use crate::{
    compose, none,
    promql::{Named, Use, named},
    read, root, run, tool,
};
use kernel::meters;
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    process::Command,
};

fn promtool(words: &[&str]) -> Result<String, String> {
    run(Command::new(tool("bin/promtool")).args(words).current_dir(root().join("docs/seeing")))
}

/// The rules can be read, and so can the configuration that loads them.
#[test]
fn the_rules_can_be_read() {
    promtool(&["check", "config", "prometheus.yml"]).expect("a configuration");
}

/// Each alert fires when it should, and beside it stays silent when it should not.
#[test]
fn each_alert_fires_when_it_should() {
    promtool(&["test", "rules", "alerts.test.yml"]).expect("what was expected");
}

/// Ports and limits that the rules repeat are those of the containers.
fn strays(rules: &str, scraped: &str, production: &Value) -> Vec<String> {
    let mut found = Vec::new();
    for job in ["auth", "connectors"] {
        let service = &production["services"][job];
        let limit = service["deploy"]["resources"]["limits"]["memory"].as_str().expect("a limit");
        if !rules.contains(&format!("process_resident_memory_bytes{{job=\"{job}\"}} > 0.85 * {limit}")) {
            found.push(format!("MemoryNearLimit knows another limit of {job} than {limit}"));
        }
        let address = service["environment"]["METRICS_ADDR"].as_str().expect("an address");
        let port = address.rsplit_once(':').expect("a port").1;
        if !scraped.contains(&format!("names: [{job}], type: A, port: {port},")) {
            found.push(format!("Prometheus asks {job} at another port than {port}"));
        }
    }
    found
}

/// A limit that was raised in one place only would wake nobody, or everybody.
#[test]
fn what_is_said_twice_is_said_alike() {
    let production = compose::production();
    none(&strays(&read("docs/seeing/alerts.yml"), &read("docs/seeing/prometheus.yml"), &production));
    // Planted: another limit, another port.
    let mut other = production;
    other["services"]["auth"]["deploy"]["resources"]["limits"]["memory"] = "1".into();
    other["services"]["connectors"]["environment"]["METRICS_ADDR"] = "0.0.0.0:1".into();
    assert_eq!(strays(&read("docs/seeing/alerts.yml"), &read("docs/seeing/prometheus.yml"), &other).len(), 2);
}

/// The values of a key, of a file whose values stand in their key's line.
fn values(text: &str, key: &str) -> Vec<String> {
    let lines = text.lines().map(|line| line.trim_start().trim_start_matches("- "));
    lines.filter_map(|line| line.strip_prefix(key)?.strip_prefix(": ")).map(ToOwned::to_owned).collect()
}

/// Alerts without a case that expects them, and without a paragraph that says what to do; and paragraphs about none.
fn unprepared(rules: &str, cases: &str, guide: &str) -> Vec<String> {
    let alerts: BTreeSet<String> = values(rules, "alert").into_iter().collect();
    let expected = cases.split("- eval_time:").filter(|case| case.contains("exp_labels"));
    let tried: BTreeSet<String> = expected.flat_map(|case| values(case, "alertname")).collect();
    let told: BTreeSet<String> =
        guide.lines().filter_map(|line| line.strip_prefix("### ")).map(ToOwned::to_owned).collect();
    let untried = alerts.difference(&tried).map(|alert| format!("{alert} has no case in which it fires"));
    let untold = alerts.difference(&told).map(|alert| format!("nobody says what to do when {alert} fires"));
    let gone = told.difference(&alerts).map(|alert| format!("{alert} is explained, and there is no such alert"));
    untried.chain(untold).chain(gone).collect()
}

/// Whoever is woken finds a paragraph under the alert's name.
#[test]
fn each_alert_is_tried_and_explained() {
    none(&unprepared(&read("docs/seeing/alerts.yml"), &read("docs/seeing/alerts.test.yml"), &read("docs/operate.md")));
}

/// Planted: an alert that nobody has tried or explained, and a paragraph about one that is gone.
#[test]
fn an_alert_without_a_paragraph_is_found() {
    let rules = "      - alert: Fire\n        expr: up == 0\n";
    let cases = "      - eval_time: 5m\n        alertname: Fire\n        exp_alerts: []\n";
    assert_eq!(unprepared(rules, cases, "### Water\n").len(), 3);
}

/// What the exporter says of the process by itself, as far as we look at it.
const PROCESS: [&str; 3] = ["process_resident_memory_bytes", "process_open_fds", "process_start_time_seconds"];

/// A metric in the words of the table: its kind and its labels.
fn counted() -> BTreeMap<String, (String, Vec<String>)> {
    let ours = meters::ALL.iter().map(|meter| {
        let labels = meter.labels.iter().map(|label| (*label).to_owned()).collect();
        (meter.name.to_owned(), (format!("{:?}", meter.kind).to_lowercase(), labels))
    });
    let process = PROCESS.iter().map(|name| ((*name).to_owned(), ("gauge".to_owned(), Vec::new())));
    ours.chain(process).collect()
}

/// The lines of a document's table of metrics.
fn told(document: &str) -> BTreeMap<String, (String, Vec<String>)> {
    let names = |cell: &str| -> Vec<String> { cell.split('`').skip(1).step_by(2).map(ToOwned::to_owned).collect() };
    let lines = document.lines().filter_map(|line| line.strip_prefix("| `")).filter_map(|line| {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let [metric, kind @ ("counter" | "gauge" | "histogram"), labels, ..] = cells[..] else { return None };
        Some((metric.trim_end_matches('`').to_owned(), (kind.to_owned(), names(labels))))
    });
    lines.collect()
}

/// The operator's table is what the code counts: names, kinds and labels.
#[test]
fn the_table_is_what_is_counted() {
    assert_eq!(told(&read("docs/seeing/README.md")), counted());
}

/// Planted: another kind, a label too few, a metric that is gone.
#[test]
fn a_wrong_table_is_found() {
    let wrong = told("| `queue_depth` | counter | | x |\n| `dust` | gauge | `a`, `b` | y |\n| `x.yml` | is |\n");
    let labels = ["a", "b"].map(ToOwned::to_owned).to_vec();
    let expected = [("queue_depth", ("counter", Vec::new())), ("dust", ("gauge", labels))];
    let expected = expected.map(|(name, (kind, labels))| (name.to_owned(), (kind.to_owned(), labels)));
    assert_eq!(wrong, expected.into());
    assert!(wrong.iter().all(|(name, line)| counted().get(name) != Some(line)));
}

/// What Prometheus keeps: of a histogram its parts, and beside ours its own.
fn kept(counted: BTreeMap<String, (String, Vec<String>)>) -> BTreeMap<String, BTreeSet<String>> {
    let mut kept = BTreeMap::new();
    for (metric, (kind, labels)) in counted {
        let mut labels: BTreeSet<String> = labels.into_iter().collect();
        labels.extend(["job", "instance"].map(ToOwned::to_owned));
        if kind == "histogram" {
            labels.insert("le".to_owned());
            kept.extend(["bucket", "sum", "count"].map(|part| (format!("{metric}_{part}"), labels.clone())));
        } else {
            kept.insert(metric, labels);
        }
    }
    kept.insert("up".to_owned(), ["job", "instance"].map(ToOwned::to_owned).into());
    kept.insert("ALERTS".to_owned(), ["alertname", "alertstate", "severity"].map(ToOwned::to_owned).into());
    kept
}

fn expressions(dashboard: &Value) -> Vec<String> {
    let panels = dashboard["panels"].as_array().expect("panels").iter();
    let targets = panels.flat_map(|panel| panel["targets"].as_array().into_iter().flatten());
    targets.map(|target| target["expr"].as_str().expect("an expression").to_owned()).collect()
}

fn dashboard() -> Value {
    serde_json::from_str(&read("docs/seeing/grafana/dashboard.json")).expect("JSON")
}

fn unknown(expressions: &[String], known: &BTreeMap<String, BTreeSet<String>>) -> Vec<String> {
    let mut wrong = Vec::new();
    for expression in expressions {
        let Named { uses, groupings } = named(expression);
        let mut all = BTreeSet::new();
        for Use { metric, labels } in uses {
            let Some(of) = known.get(&metric) else {
                wrong.push(format!("there is no metric {metric}"));
                continue;
            };
            wrong.extend(labels.difference(of).map(|label| format!("{metric} has no label {label}")));
            all.extend(of.iter().cloned());
        }
        wrong.extend(groupings.difference(&all).map(|label| format!("nothing in {expression} has a label {label}")));
    }
    wrong
}

/// Rules and dashboard ask for what there is, by the labels that it has.
#[test]
fn only_metrics_that_exist_are_asked_for() {
    let known = kept(counted());
    let rules = values(&read("docs/seeing/alerts.yml"), "expr");
    assert!(!rules.is_empty());
    none(&unknown(&rules, &known));
    none(&unknown(&expressions(&dashboard()), &known));
}

/// Planted: a metric that nobody writes, and a label that a metric does not have.
#[test]
fn a_metric_or_a_label_that_does_not_exist_is_found() {
    let known = kept(told("| `a_total` | counter | `kind` | |\n| `b_seconds` | histogram | | |\n"));
    let asked = [r#"rate(a_total{kind="x", sort="y"}[5m])"#, "b_seconds", "sum by (le, colour) (b_seconds_bucket)"];
    let expected = [
        "a_total has no label sort",
        "there is no metric b_seconds",
        "nothing in sum by (le, colour) (b_seconds_bucket) has a label colour",
    ];
    assert_eq!(unknown(&asked.map(ToOwned::to_owned), &known), expected);
}

/// Each metric is on the dashboard or in a rule: what nobody looks at is not worth counting.
#[test]
fn each_metric_is_looked_at() {
    let mut expressions = expressions(&dashboard());
    expressions.extend(values(&read("docs/seeing/alerts.yml"), "expr"));
    let used: BTreeSet<String> =
        expressions.iter().flat_map(|expression| named(expression).uses).map(|one| one.metric).collect();
    let known = kept(counted());
    let unseen =
        known.keys().filter(|name| !used.contains(*name) && !name.ends_with("_sum") && !name.ends_with("_count"));
    none(&unseen.map(|name| format!("nobody looks at {name}")).collect::<Vec<_>>());
}

/// Panels that say nothing, and panels that cover each other.
fn crooked(dashboard: &Value) -> Vec<String> {
    let panels = dashboard["panels"].as_array().expect("panels");
    let mut found = Vec::new();
    let mut taken = BTreeMap::new();
    let mut ids = BTreeSet::new();
    for panel in panels {
        let title = panel["title"].as_str().unwrap_or_default();
        if title.is_empty() || !ids.insert(panel["id"].as_u64()) {
            found.push(format!("a panel has no title or no id of its own: {title}"));
        }
        if panel["type"] != "row"
            && (panel["targets"].as_array().is_none_or(Vec::is_empty)
                || panel["fieldConfig"]["defaults"]["unit"].is_null())
        {
            found.push(format!("{title} shows nothing, or says not in what unit"));
        }
        let side = |name: &str| panel["gridPos"][name].as_u64().expect("a number");
        for x in side("x")..side("x") + side("w") {
            for y in side("y")..side("y") + side("h") {
                if x >= 24 || taken.insert((x, y), title).is_some_and(|other| other != title) {
                    found.push(format!("{title} lies over another panel or the edge"));
                }
            }
        }
    }
    found.dedup();
    found
}

/// Grafana shows whatever it is given; this is what a person would not want to see.
#[test]
fn the_dashboard_is_tidy() {
    none(&crooked(&dashboard()));
}

/// Planted: two panels at one place, one without a unit.
#[test]
fn a_crooked_dashboard_is_found() {
    let place = serde_json::json!({ "x": 20, "y": 0, "w": 8, "h": 4 });
    let planted = serde_json::json!({ "panels": [
        { "id": 1, "title": "a", "type": "stat", "gridPos": place, "targets": [{}], "fieldConfig": { "defaults": { "unit": "s" } } },
        { "id": 1, "title": "b", "type": "stat", "gridPos": place, "targets": [] },
    ] });
    assert_eq!(crooked(&planted).len(), 4);
}
