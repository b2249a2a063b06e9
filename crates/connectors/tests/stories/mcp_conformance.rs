//! MCP's own conformance suite (npm's `@modelcontextprotocol/conformance`) drives the agent's client through
//! `connectors mcp-probe`.

use serde_json::Value;
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};
use tokio::process::Command;

/// What the suite says of the moment at which a stream is opened again; more than 200 ms late is a warning, and a busy machine.
const TIMING: &str = "client-sse-retry-timing";

/// A scenario, the checks that pass, and those that do not (a warning is one of them).
type Score = (&'static str, usize, usize);

const PASSED: &[Score] = &[
    ("auth/2025-03-26-oauth-endpoint-fallback", 7, 0),
    ("auth/2025-03-26-oauth-metadata-backcompat", 12, 0),
    ("auth/basic-cimd", 13, 0),
    ("auth/metadata-default", 13, 0),
    ("auth/metadata-var1", 13, 0),
    ("auth/metadata-var2", 13, 0),
    ("auth/metadata-var3", 13, 0),
    ("auth/offline-access-not-supported", 14, 0),
    ("auth/offline-access-scope", 13, 0),
    ("auth/pre-registration", 13, 0),
    ("auth/resource-mismatch", 2, 0),
    ("auth/scope-from-scopes-supported", 14, 0),
    ("auth/scope-from-www-authenticate", 14, 0),
    ("auth/scope-omitted-when-undefined", 14, 0),
    ("auth/scope-retry-limit", 22, 0),
    ("auth/scope-step-up", 21, 0),
    ("auth/token-endpoint-auth-basic", 18, 0),
    ("auth/token-endpoint-auth-none", 18, 0),
    ("auth/token-endpoint-auth-post", 18, 0),
    ("initialize", 1, 0),
    ("sse-retry", 3, 0),
    ("tools_call", 1, 0),
];

/// A server may only ask clients that say so; we do not, because while an agent works there is no person to ask, and an answer that
/// nobody gave would be a lie.
const NOBODY: &str = "we cannot be asked for input";
/// Extensions of the protocol. We act for a person who has consented, never for ourselves.
const MACHINE: &str = "a token without a person is not asked for";

/// Scenarios that we fail, and why.
const FAILED: &[(Score, &str)] = &[
    (("auth/client-credentials-basic", 8, 2), MACHINE),
    (("auth/client-credentials-jwt", 8, 2), MACHINE),
    (("auth/cross-app-access-complete-flow", 8, 2), MACHINE),
    (("elicitation-sep1034-client-defaults", 0, 6), NOBODY),
];

/// Where the suite is, and the command that it is to drive.
struct Suite {
    tools: PathBuf,
    results: PathBuf,
}

impl Suite {
    #[expect(clippy::disallowed_methods, reason = "the test's tools are the machine's")]
    fn new() -> Self {
        let tools = std::env::var("TEST_TOOLS").expect("TEST_TOOLS is not set; run the tests with: make test");
        let results = std::env::temp_dir().join(format!("connectors-conformance-{}", kernel::alphanumeric(12)));
        Self { tools: tools.into(), results }
    }

    async fn run(&self, arguments: &[&str]) -> String {
        let mut node = Command::new(self.tools.join("bin/node"));
        node.arg("node_modules/@modelcontextprotocol/conformance/dist/index.js").args(arguments);
        let output = node.current_dir(&self.tools).kill_on_drop(true).output().await.unwrap();
        String::from_utf8(output.stdout).unwrap()
    }

    /// The names of all scenarios for clients.
    async fn scenarios(&self) -> Vec<String> {
        let printed = self.run(&["list", "--client"]).await;
        let names = printed.lines().filter_map(|line| Some(line.strip_prefix("  - ")?.split(' ').next()?.to_owned()));
        names.collect()
    }

    /// Runs one scenario, or (`--suite all`) every one at once; the checks by scenario.
    async fn checks(&self, which: &[&str; 2], folder: &str) -> BTreeMap<String, Vec<Value>> {
        let command = format!("{} mcp-probe", env!("CARGO_BIN_EXE_connectors"));
        let results = self.results.join(folder);
        let mut arguments = vec!["client", "--command", &command, "-o", results.to_str().unwrap()];
        arguments.extend(which);
        self.run(&arguments).await;
        let mut found = BTreeMap::new();
        read(&results, &results, &mut found);
        found
    }
}

impl Drop for Suite {
    fn drop(&mut self) {
        let _gone = fs::remove_dir_all(&self.results);
    }
}

/// `auth/basic-cimd-2026-11-30T10-00-00-000Z/checks.json`, at any depth.
fn read(folder: &Path, root: &Path, found: &mut BTreeMap<String, Vec<Value>>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read(&path, root, found);
        } else if path.ends_with("checks.json") {
            let name = folder.strip_prefix(root).unwrap().to_str().unwrap();
            let scenario = name[..name.len() - "-2026-11-30T10-00-00-000Z".len()].to_owned();
            found.insert(scenario, serde_json::from_slice(&fs::read(&path).unwrap()).unwrap());
        }
    }
}

fn score(checks: &[Value]) -> (usize, usize) {
    let is_late = |check: &Value| check["id"] == TIMING && check["status"] == "WARNING";
    let passed = checks.iter().filter(|check| check["status"] == "SUCCESS" || is_late(check)).count();
    let failed = checks.iter().filter(|check| check["status"] == "FAILURE" || check["status"] == "WARNING");
    (passed, failed.filter(|check| !is_late(check)).count())
}

/// Every scenario that the suite has stands in one of the two tables, with its score.
#[tokio::test]
async fn the_client_suite_of_mcp_is_scored() {
    let suite = Suite::new();
    let mut checks = suite.checks(&["--suite", "all"], "all").await;
    // It measures time, which the others take from it.
    checks.extend(suite.checks(&["--scenario", "sse-retry"], "alone").await);
    let mut scenarios = suite.scenarios().await;
    scenarios.sort();
    let scored: Vec<(String, (usize, usize))> =
        scenarios.into_iter().map(|name| (name.clone(), checks.get(&name).map_or((0, 0), |all| score(all)))).collect();
    let mut expected: Vec<(String, (usize, usize))> = PASSED
        .iter()
        .chain(FAILED.iter().map(|(score, _)| score))
        .map(|(name, passed, failed)| ((*name).to_owned(), (*passed, *failed)))
        .collect();
    expected.sort();
    let wrong = |check: &&Value| check["status"] == "FAILURE" || check["status"] == "WARNING";
    let why: Vec<&Value> = checks.values().flatten().filter(wrong).collect();
    assert_eq!(scored, expected, "{why:#?}");
    assert!(PASSED.iter().all(|(_, _, failed)| *failed == 0));
}
