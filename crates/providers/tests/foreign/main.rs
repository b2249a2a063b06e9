//! Webhooks that the vendors' own libraries have signed and judged: we accept what they accept and refuse what they refuse,
//! ten thousand times, and where we differ it is on purpose.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail by panicking, as tests do")]

use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::DateTime;
use http::{HeaderMap, HeaderName};
use kernel::Secret;
use providers::{Asks, Evidence, Provider, Refused, Unverified, VENDORS, catalogue};
use serde::Deserialize;
use serde_json::json;
use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::Arc,
};

const SECRET: &str = "a secret of the tests";
/// Base64 of 24 bytes.
const STANDARD_SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const NOW: i64 = 1_767_323_045;
/// Each library is tried this often.
const MUTATIONS: usize = 2_500;

#[derive(Deserialize)]
struct Case {
    library: String,
    what: String,
    headers: BTreeMap<String, String>,
    body: String,
    accepted: bool,
}

#[expect(clippy::disallowed_methods, reason = "tests read what the test command sets")]
fn set(name: &str) -> PathBuf {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set; run the tests with: make test")).into()
}

/// What the script prints, line by line.
fn cases() -> Vec<Case> {
    let tools = set("TEST_TOOLS");
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let fixtures = |slug: &str| here.join("src").join(slug).join("fixtures");
    let asked = json!({
        "examples": set("OCTOKIT_EXAMPLES"), "secret": SECRET, "standardSecret": STANDARD_SECRET, "now": NOW,
        "mutations": MUTATIONS,
        "sources": {"slack": fixtures("slack"), "linear": fixtures("linear"), "jira": fixtures("jira")},
    });
    let script = std::fs::File::open(here.join("tests/foreign/judge.mjs")).unwrap();
    let output = Command::new(tools.join("bin/node"))
        .args(["--input-type=module", "-"])
        .current_dir(&tools)
        .env("CASES", asked.to_string())
        .stdin(Stdio::from(script))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let lines = std::str::from_utf8(&output.stdout).unwrap().lines();
    lines.map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Standard Webhooks, as an entry of a catalogue would say it.
fn standard() -> Arc<Provider> {
    let own = r#"
[[provider]]
slug = "standard"
name = "Standard"
kind = "api_key"
verified = false
probe_url = "https://api.standard.example/me"
api_base = "https://api.standard.example"
placement = { scheme = "Bearer" }

[provider.webhook]
header = "webhook-signature"
digest = "sha256"
encoding = "base64"
key = "base64"
list = "v1,"
signed = "{header:webhook-id}.{timestamp}.{body}"
time_header = "webhook-timestamp"
tolerance_seconds = 300
event = { pointer = "/type" }
delivery = { header = "webhook-id" }
"#;
    let read = catalogue::read("own.toml", own, &BTreeSet::new()).unwrap();
    Arc::new(catalogue::provider(read.entries["standard"].clone()))
}

/// Whether the request proves where it comes from, whatever its body is good for.
fn accepted(provider: &Provider, case: &Case) -> bool {
    let headers: HeaderMap = case
        .headers
        .iter()
        .map(|(name, value)| (HeaderName::try_from(name).unwrap(), value.parse().unwrap()))
        .collect();
    let (webhook, pushes) = (provider.webhook.as_ref().unwrap(), provider.vendor.webhooks().unwrap());
    let request = Unverified { headers: &headers, body: STANDARD.decode(&case.body).unwrap().into() };
    let secret: Secret = if case.library == "standard" { STANDARD_SECRET.into() } else { SECRET.into() };
    let evidence = match request.asks(webhook) {
        Ok(Asks::WebhookSecrets | Asks::ClientSecrets) => Evidence::Secrets(vec![secret]),
        Ok(Asks::Channel(_) | Asks::Bearer(_)) => panic!("{} asks for something else", provider.slug),
        Err(_) => return false,
    };
    let now = DateTime::from_timestamp(NOW, 0).unwrap();
    match request.verify(webhook, pushes, &evidence, now) {
        // Linear's library wants JSON before it looks at anything.
        Err(Refused::NotJson) => case.library != "linear",
        verdict => matches!(verdict, Ok(_) | Err(Refused::MissingHeaders)),
    }
}

/// Every published payload and every fixture that a foreign library has signed is accepted; of ten thousand mutations each is
/// answered as that library answers it.
#[test]
fn foreign_libraries_and_we_agree() {
    let standard = standard();
    let vendor = |slug: &str| VENDORS.iter().find(|vendor| vendor.slug == slug).unwrap();
    let (mut counts, mut differing) = (BTreeMap::new(), Vec::new());
    for case in cases() {
        let provider = match case.library.as_str() {
            "octokit" => vendor("github"),
            "bolt" => vendor("slack"),
            "linear" => vendor("linear"),
            "jira" => vendor("jira"),
            _ => &standard,
        };
        let ours = accepted(provider, &case);
        let is_meant = case.what.starts_with("differs: ");
        if (ours == case.accepted) == is_meant {
            differing.push(format!("{}: {}: we {ours}, they {}", case.library, case.what, case.accepted));
        }
        if case.what == "as it is signed" || case.what == "with a token" {
            assert!(ours, "{} does not take what was signed for it: {:?}", provider.slug, case.headers);
        }
        let group = match (is_meant, case.what.as_str()) {
            (true, what) => what.to_owned(),
            (false, "as it is signed" | "with a token") => "accepted as they are".to_owned(),
            (false, _) => format!("mutated and {}", if ours { "accepted" } else { "refused" }),
        };
        *counts.entry((case.library, group)).or_insert(0_usize) += 1;
    }
    assert!(
        differing.is_empty(),
        "{} differ, the first of them:\n{}",
        differing.len(),
        differing[..differing.len().min(20)].join("\n")
    );
    let of = |library: &str, group: &str| counts.get(&(library.to_owned(), group.to_owned())).copied().unwrap_or(0);
    assert_eq!(of("octokit", "accepted as they are"), 329);
    for library in ["bolt", "linear", "jira", "standard"] {
        assert!(of(library, "accepted as they are") >= 40, "{library}: {counts:?}");
    }
    for library in ["octokit", "bolt", "linear", "standard"] {
        let (taken, refused) = (of(library, "mutated and accepted"), of(library, "mutated and refused"));
        assert_eq!(taken + refused, MUTATIONS, "{library}");
        assert!(taken >= 200 && refused >= 1500, "{library}: {taken} accepted, {refused} refused");
    }
    let meant: Vec<_> = counts.keys().filter(|(_, group)| group.starts_with("differs: ")).collect();
    assert_eq!(meant.len(), 5, "{meant:?}");
}
