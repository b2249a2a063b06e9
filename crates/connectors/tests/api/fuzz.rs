//! Somebody who knows the document and means no good: schemathesis, as nobody, as a person, as an operator, and as an operator whose
//! token is for another tenant and may do little. No answer may be a 5xx, or one that the document does not have.

use super::{clients::tools, limited_token};
use crate::support::{OPERATOR, Server};
use connectors::rights::{Action, Allowed};
use kernel::{TenantId, UserId};
use std::{path::Path, process::Stdio};
use tokio::process::Command;

/// What an answer may not be. That everything which the schemas allow is taken, and everything else refused, is not promised: whether
/// a provider of this name exists no schema knows.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,\
                      response_schema_conformance,unsupported_method";
/// Streams have no end, and are not for a program that waits for it.
const ENDLESS: [&str; 1] = ["followSignals"];
/// What a vendor answers is passed on as it is, and nobody promises that it has a content type.
const NOT_OURS: &str = "^callVendor";
/// Of one identity, in seconds, with the same cases each time.
const SECONDS: u64 = 11;
/// Cases of an operation, at most.
const EXAMPLES: &str = "12";
/// The same where somebody has it search for longer, with cases of its own each time.
const MORE_EXAMPLES: &str = "1000";

struct Identity {
    name: &'static str,
    headers: Vec<String>,
}

/// How long to search, if somebody has said so.
#[expect(clippy::disallowed_methods, reason = "how long to search is said where the tests are started")]
fn wanted() -> Option<u64> {
    std::env::var("FUZZ_SECONDS").ok().map(|text| text.parse().expect("FUZZ_SECONDS is a number"))
}

/// What one identity's search has found; empty: nothing.
async fn found(server: &Server, identity: &Identity) -> String {
    let document = concat!(env!("CARGO_MANIFEST_DIR"), "/openapi.json");
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("fuzz").join(identity.name);
    std::fs::create_dir_all(&folder).unwrap();
    let mut search = Command::new(tools().join("python/bin/schemathesis"));
    search.args(["run", document, "--url", &server.url, "--checks", CHECKS, "--phases", "examples,coverage,fuzzing"]);
    match wanted() {
        None => search.args(["--generation-deterministic", "--max-examples", EXAMPLES]),
        Some(_) => search.args(["--generation-database", "none", "--max-examples", MORE_EXAMPLES]),
    };
    search.args(["--max-time", &wanted().unwrap_or(SECONDS).to_string(), "--suppress-health-check", "all"]);
    search.args(["--continue-on-failure", "--warnings", "off", "--no-color", "--request-timeout", "30"]);
    search.args(ENDLESS.map(|name| format!("--exclude-operation-id={name}")));
    search.arg(format!("--exclude-operation-id-regex={NOT_OURS}"));
    search.args(identity.headers.iter().map(|header| format!("--header={header}")));
    let output = search.current_dir(folder).stdin(Stdio::null()).kill_on_drop(true).output().await.unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let has_searched = text.contains("Test cases:");
    if output.status.success() && has_searched {
        String::new()
    } else {
        format!("as {}:\n{text}{}", identity.name, String::from_utf8_lossy(&output.stderr))
    }
}

/// Bounded and the same each time in the suite; `make fuzz-api` goes on for longer.
#[tokio::test]
async fn nobody_finds_an_answer_that_is_not_documented() {
    let server = Server::with(&[("TRUSTED_PROXIES", "127.0.0.1")]).await;
    let (ours, theirs) = (server.tenant().await, server.tenant().await);
    server.connected(ours, "linear", "ann").await;
    server.connected(theirs, "linear", "ben").await;
    let narrow = limited_token(&server, |rights| {
        rights.tenants = Allowed::Only([TenantId::from_uuid(theirs)].into());
        rights.actions = [Action::Read, Action::Replay, Action::Sync].into();
    })
    .await;
    let bearer = |token: &str| format!("Authorization: Bearer {token}");
    let tenant = |id: uuid::Uuid| format!("X-Tenant-Id: {id}");
    let identities = [
        Identity { name: "nobody", headers: vec![] },
        Identity { name: "member", headers: vec![bearer(&server.people.token(UserId::generate()))] },
        Identity { name: "operator", headers: vec![bearer(OPERATOR), tenant(ours)] },
        Identity { name: "narrow", headers: vec![bearer(narrow.token.expose()), tenant(theirs)] },
    ];
    let mut all = Vec::new();
    for identity in &identities {
        all.push(found(&server, identity).await);
    }
    let all: Vec<String> = all.into_iter().filter(|text| !text.is_empty()).collect();
    assert!(all.is_empty(), "{}", all.join("\n"));
}
