//! The target file, as `devstack bench up` filled it in: where everything is, and how it is asked.

use serde::Deserialize;
use serde_json::Value;
use std::{collections::BTreeMap, path::PathBuf, process::Command};
use url::Url;

#[derive(Deserialize)]
pub struct Target {
    services: BTreeMap<String, Service>,
    pub secrets: BTreeMap<String, String>,
    pub tenants: Vec<String>,
    commands: BTreeMap<String, Vec<String>>,
    pub cold_start: Vec<Start>,
    endpoints: BTreeMap<String, Endpoint>,
}

#[derive(Deserialize)]
struct Service {
    base: Url,
    pidfile: PathBuf,
}

/// How one service is started on a port of its own.
#[derive(Deserialize)]
pub struct Start {
    pub name: String,
    pub cmd: Vec<String>,
    pub env: BTreeMap<String, String>,
    pub ready: String,
}

#[derive(Deserialize)]
pub struct Endpoint {
    pub service: String,
    pub method: Option<String>,
    pub path: String,
    pub cursor_path: Option<String>,
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    pub json: Option<Value>,
    /// A text that every good answer holds.
    pub expect_body: String,
    pub session: Option<Place>,
    pub user_id: Option<Place>,
    pub jwt: Option<Place>,
    pub next: Option<String>,
}

/// Where in an answer something stands.
#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Place {
    Header(String),
    /// Members, parted by dots.
    Json(String),
}

/// What the places in a text are filled with.
pub type Names<'a> = &'a [(&'a str, &'a str)];

pub fn fill(text: &str, names: Names<'_>) -> String {
    names.iter().fold(text.to_owned(), |text, (name, value)| text.replace(&format!("{{{name}}}"), value))
}

impl Target {
    /// The file that `BENCH_TARGET` names.
    pub fn read() -> Self {
        let file = std::env::var("BENCH_TARGET").expect("BENCH_TARGET is not set; run: make bench");
        let text = std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{file}: {error}"));
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{file}: {error}"))
    }

    pub fn endpoint(&self, name: &str) -> &Endpoint {
        self.endpoints.get(name).unwrap_or_else(|| panic!("the target file has no endpoint {name}"))
    }

    /// `host:port`.
    pub fn address(&self, service: &str) -> String {
        let base = &self.services[service].base;
        format!("{}:{}", base.host_str().unwrap(), base.port().unwrap())
    }

    /// Of the process that serves now; the file also says when it was started.
    pub fn process(&self, service: &str) -> u32 {
        let text = std::fs::read_to_string(&self.services[service].pidfile).unwrap();
        text.split_whitespace().next().unwrap().parse().unwrap()
    }

    /// The database of both services.
    pub fn database(&self) -> &str {
        &self.cold_start[0].env["DATABASE_URL"]
    }

    /// What one of its commands prints.
    pub fn run(&self, command: &str, names: Names<'_>) -> String {
        let words: Vec<String> = self.commands[command].iter().map(|word| fill(word, names)).collect();
        let output = Command::new(&words[0]).args(&words[1..]).output();
        let output = output.unwrap_or_else(|error| panic!("{}: {error}", words[0]));
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{command}: {told}");
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    /// How many deliveries are stored.
    pub fn stored(&self) -> usize {
        self.run("count_events", &[]).parse().unwrap()
    }
}
