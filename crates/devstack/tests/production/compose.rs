//! The compose files, as Docker Compose reads them: it needs no engine for that.

use crate::{folder, none, read, root, run, tool};
use serde_json::Value;
use std::{collections::BTreeMap, fs, process::Command};

pub const PRODUCTION: [&str; 2] = ["docker-compose.yml", "docker-compose.prod.yml"];

/// The containers whose image is ours, with its test of readiness.
const OURS: [&str; 3] = ["auth", "connectors", "migrate"];

/// Keys that the services know and compose does not hand on, each with the reason.
const WITHHELD: &[(&str, &str)] = &[
    ("HOST", "the image says it"),
    ("PORT", "the image says it"),
    ("TRUSTED_PROXIES", "the network in front of the services"),
    ("DATABASE_URL", "made of DB_PASSWORD"),
    ("POSTGRES_HOST", "DATABASE_URL says it"),
    ("POSTGRES_PORT", "DATABASE_URL says it"),
    ("POSTGRES_USER", "DATABASE_URL says it"),
    ("POSTGRES_PASSWORD", "DATABASE_URL says it"),
    ("POSTGRES_DB", "DATABASE_URL says it"),
    ("REDIS_URL", "made of REDIS_PASSWORD"),
    ("AUTH_ISSUER", "the public address"),
    ("AUTH_AUDIENCE", "the public address"),
    ("AUTH_JWKS_URL", "auth's address between containers"),
    ("AUTH_RATE_LIMIT", "off is refused in production"),
    ("AIT_ENCRYPTION_KEY", "another name"),
    ("OPERATOR_TOKEN", "OPERATOR_TOKENS takes one as well"),
    ("POBLYSH_OPERATOR_TOKENS", "another name"),
    ("POBLYSH_OPERATOR_TOKEN", "another name"),
    ("SMTP_CA_PATH", "wants a volume of one's own"),
    ("GITHUB_PRIVATE_KEY_PATH", "a file of development; production has GITHUB_PRIVATE_KEY"),
    ("METRICS_ADDR", "a port of each container's own"),
];

/// The keys of a file of settings.
pub fn keys(settings: &str) -> Vec<String> {
    let lines = settings.lines().filter(|line| !line.starts_with('#'));
    lines.filter_map(|line| line.split_once('=')).map(|(key, _)| key.to_owned()).collect()
}

/// A value that tells which key it is of, and not of a longer one. Of a folder, a path: a mere name would be a volume's.
fn mark(key: &str) -> String {
    let root = if key.ends_with("_FOLDER") { "/" } else { "" };
    format!("{root}of-{key}-")
}

/// Each key of production's example with its mark.
pub fn marked() -> BTreeMap<String, String> {
    keys(&read(".env.prod.example")).into_iter().map(|key| (key.clone(), mark(&key))).collect()
}

/// Files and settings as one configuration, or Compose's complaint.
pub fn composed(files: &[&str], profiles: &[&str], settings: &BTreeMap<String, String>) -> Result<Value, String> {
    let name = format!("compose-{}", uuid::Uuid::now_v7());
    let own = folder(&name);
    let lines: Vec<String> = settings.iter().map(|(key, value)| format!("{key}={value}\n")).collect();
    fs::write(own.join("env"), lines.concat()).expect("a file");
    let mut command = Command::new(tool("python/bin/docker-compose"));
    // Nothing of the environment of whoever runs the tests.
    command.env_clear().arg("--env-file").arg(own.join("env")).arg("--project-directory").arg(root());
    for file in files {
        command.arg("--file").arg(root().join(file));
    }
    for profile in profiles {
        command.args(["--profile", profile]);
    }
    let answer = run(command.args(["config", "--format", "json"]));
    fs::remove_dir_all(own).expect("the folder is ours");
    Ok(serde_json::from_str(&answer?).expect("JSON"))
}

/// Everything of production.
pub fn production() -> Value {
    let mut settings = marked();
    settings.remove("COMPOSE_PROFILES");
    composed(&PRODUCTION, &["seeing"], &settings).expect("a configuration")
}

/// `${KEY:?…}` of both files.
fn demanded() -> Vec<String> {
    let text = PRODUCTION.map(read).concat();
    let starts = text.split("${").skip(1).filter_map(|rest| rest.split_once(":?")).map(|(key, _)| key);
    let named = |key: &&str| key.chars().all(|c| c.is_ascii_uppercase() || c == '_');
    let mut keys: Vec<String> = starts.filter(named).map(ToOwned::to_owned).collect();
    keys.sort();
    keys.dedup();
    keys
}

fn services(configuration: &Value) -> impl Iterator<Item = (&String, &Value)> {
    configuration["services"].as_object().expect("services").iter()
}

fn words(value: &Value) -> Vec<&str> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

/// The example, filled in, is all that production needs.
#[test]
fn the_filled_in_example_is_a_whole_configuration() {
    let production = production();
    let names: Vec<&String> = services(&production).map(|(name, _)| name).collect();
    let all = ["auth", "backup", "connectors", "grafana", "migrate", "postgres", "prometheus", "redis", "traefik"];
    assert_eq!(names, all);
}

/// Who forgets something is told by name, before a container starts; an empty line is not a value.
#[test]
fn what_is_missing_is_named() {
    let (listed, demanded) = (keys(&read(".env.prod.example")), demanded());
    assert!(demanded.len() > 8, "{demanded:?}");
    let unlisted = demanded.iter().filter(|key| !listed.contains(key));
    none(&unlisted.map(|key| format!("{key} is demanded, and .env.prod.example does not list it")).collect::<Vec<_>>());
    for key in &demanded {
        let mut settings = marked();
        settings.insert(key.clone(), String::new());
        // One of the two is enough, and the list is the one that is named.
        if key == "ENCRYPTION_KEYS" {
            settings.remove("ENCRYPTION_KEY");
        }
        let complaint = composed(&PRODUCTION, &[], &settings).expect_err("a complaint");
        assert!(complaint.contains(&format!("required variable {key} is missing a value")), "{key}: {complaint}");
    }
}

/// A line of the example that nobody reads would be filled in for nothing.
#[test]
fn every_line_of_the_example_arrives_somewhere() {
    let mut settings = marked();
    settings.insert("COMPOSE_PROFILES".to_owned(), "seeing".to_owned());
    let text = composed(&PRODUCTION, &[], &settings).expect("a configuration").to_string();
    let lost = settings.keys().filter(|key| *key != "COMPOSE_PROFILES" && !text.contains(&mark(key)));
    none(&lost.map(|key| format!("{key} is listed in .env.prod.example and goes nowhere")).collect::<Vec<_>>());
    assert!(text.contains("grafana/grafana"), "COMPOSE_PROFILES does not switch the profile on");
}

/// Each setting that the services know reaches them in containers too, or there is a reason.
#[test]
fn what_the_services_ask_for_is_handed_on() {
    let mut settings = marked();
    let asked = keys(&read(".env.example"));
    settings.extend(asked.iter().map(|key| (key.clone(), mark(key))));
    let text = composed(&PRODUCTION[..1], &[], &settings).expect("a configuration").to_string();
    let arrives = |key: &str| text.contains(&mark(key));
    let withheld = |key: &str| WITHHELD.iter().any(|(name, _)| *name == key);
    let mut wrong: Vec<String> = asked
        .iter()
        .filter(|key| !arrives(key) && !withheld(key))
        .map(|key| format!("{key} is in .env.example, and docker-compose.yml does not hand it on"))
        .collect();
    let needless = WITHHELD.iter().filter(|(key, _)| arrives(key));
    wrong.extend(needless.map(|(key, _)| format!("{key} is withheld, and arrives")));
    none(&wrong);
}

/// What is missing of what every container has.
fn softness(name: &str, service: &Value) -> Vec<String> {
    let limits = &service["deploy"]["resources"]["limits"];
    let image = service["image"].as_str().unwrap_or_default();
    let tag = image.rsplit_once(':').map_or("", |(_, tag)| tag);
    let own = service["build"].is_object();
    let checks = [
        (service["read_only"] == true, "can write to its file system"),
        (words(&service["cap_drop"]) == ["ALL"] && service["cap_add"].is_null(), "has capabilities"),
        (words(&service["security_opt"]).contains(&"no-new-privileges:true"), "may gain privileges"),
        (service["privileged"].is_null() && service["pid"].is_null(), "is more than a container"),
        (service["logging"]["options"]["max-size"].is_string(), "may fill the disk with its log"),
        (limits["memory"].is_string() && limits["pids"].is_number(), "may take the whole machine"),
        (own || tag.contains(|c: char| c.is_ascii_digit()), "has an image without a version"),
        (OURS.contains(&name) || service["user"] != Value::Null || !own, "runs as nobody knows whom"),
        (
            OURS.contains(&name) || service["healthcheck"]["test"].is_array() || name == "grafana",
            "is not asked for its health",
        ),
        (!service["volumes"].to_string().contains("docker.sock"), "holds the engine"),
    ];
    checks.into_iter().filter(|(well, _)| !well).map(|(_, what)| format!("{name} {what}")).collect()
}

/// Every container, without exception: read-only, no capabilities, limits, a bounded log, a pinned image.
#[test]
fn every_container_is_hardened() {
    let production = production();
    none(&services(&production).flat_map(|(name, service)| softness(name, service)).collect::<Vec<_>>());
}

/// Planted: a container as it comes.
#[test]
fn a_soft_container_is_found() {
    let soft = serde_json::json!({ "image": "redis:latest", "cap_add": ["NET_ADMIN"] });
    let found = softness("redis", &soft);
    assert_eq!(found.len(), 7, "{found:?}");
}

/// The ways in from outside that are not Traefik's, and the networks that lead further than they should.
fn openings(configuration: &Value) -> Vec<String> {
    let mut found = Vec::new();
    for (name, service) in services(configuration) {
        for port in service["ports"].as_array().into_iter().flatten() {
            // Grafana is for this machine, and for whoever may log in to it.
            if name != "traefik" && !(name == "grafana" && port["host_ip"] == "127.0.0.1") {
                found.push(format!("{name} has the port {}", port["published"]));
            }
        }
        if !service["network_mode"].is_null() {
            found.push(format!("{name} has another network than its own"));
        }
        let networks: Vec<&String> = service["networks"].as_object().into_iter().flat_map(|n| n.keys()).collect();
        let expected: &[&str] = match name.as_str() {
            "auth" | "connectors" => &["data", "front", "seeing"],
            "postgres" | "redis" | "migrate" | "backup" => &["data"],
            "traefik" => &["front"],
            "prometheus" => &["seeing"],
            "grafana" => &["seeing", "seeing-door"],
            _ => &[],
        };
        if networks != expected {
            found.push(format!("{name} is in {networks:?}"));
        }
    }
    for network in ["data", "seeing"] {
        if configuration["networks"][network]["internal"] != true {
            found.push(format!("the network {network} leads outside"));
        }
    }
    found
}

/// Only Traefik is there for strangers; the database, Redis and the metrics are in networks that lead nowhere.
#[test]
fn nothing_but_traefik_is_reachable() {
    none(&openings(&production()));
}

/// Planted: a database with a port, in front, in a network that leads outside.
#[test]
fn an_open_database_is_found() {
    let mut planted = production();
    planted["services"]["postgres"]["ports"] = serde_json::json!([{ "published": "5432", "target": 5432 }]);
    planted["services"]["postgres"]["networks"] = serde_json::json!({ "front": null });
    planted["networks"]["data"]["internal"] = Value::Bool(false);
    assert_eq!(openings(&planted).len(), 3);
}

/// What belongs to development stays there: its stand-ins, its files, its account.
#[test]
fn nothing_of_development_is_in_production() {
    let production = production();
    let text = production.to_string();
    assert!(!text.contains(".dev/") && !text.contains("sandbox"), "{text}");
    for name in ["auth", "connectors", "migrate"] {
        assert_eq!(production["services"][name]["environment"]["ENVIRONMENT"], "production", "{name}");
    }
    let settings: BTreeMap<String, String> = demanded().into_iter().map(|key| (key, "x".to_owned())).collect();
    let development = composed(&PRODUCTION[..1], &["dev", "setup"], &settings).expect("a configuration");
    assert!(services(&development).any(|(name, _)| name == "sandbox"));
}
