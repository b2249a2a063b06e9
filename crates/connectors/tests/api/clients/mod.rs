//! What others make of the document: a linter's opinion, and clients that are generated from it, compiled, and set against the
//! service.

use crate::support::{OPERATOR, Server};
use serde_json::{Value, json};
use std::{
    fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    process::Stdio,
};
use tokio::process::Command;

const DOCUMENT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/openapi.json");

/// Rules of the linter that do not fit, and why.
const LINT: &str = "\
extends: [recommended-strict]
rules:
  # What takes nothing refuses nothing: health, the document itself.
  operation-4xx-response: off
  # Redirects, and the two methods of MCP that a server without sessions does not offer.
  operation-2xx-response: off
  # Other addresses of a route, which are there because vendors and frontends know them.
  no-ambiguous-paths: off
  # The pages' own files are named relative to it.
  no-path-trailing-slash: off
";

/// Where the foreign programs are (`devstack test-tools`).
#[expect(clippy::disallowed_methods, reason = "the test's tools are the machine's")]
pub fn tools() -> PathBuf {
    std::env::var("TEST_TOOLS").expect("TEST_TOOLS is not set; run the tests with: make test").into()
}

/// An empty folder that outlives the test: what is generated can be looked at, and what was compiled is there the next time.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("clients").join(name);
    fs::create_dir_all(&folder).unwrap();
    folder
}

/// What a program prints, once it has ended well.
async fn printed(command: &mut Command) -> String {
    let output = command.stdin(Stdio::null()).kill_on_drop(true).output().await.unwrap();
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{command:?}\n{out}\n{err}");
    out.into_owned()
}

fn node(script: &str, folder: &Path) -> Command {
    let mut node = Command::new(tools().join("bin/node"));
    node.arg(tools().join("node_modules").join(script)).current_dir(folder);
    node
}

/// A tenant with one connection, and what a client has to be told in order to see it.
async fn one_connection(server: &Server) -> Vec<String> {
    let tenant = server.tenant().await;
    server.connected(tenant, "linear", "ann").await;
    vec![server.url.clone(), OPERATOR.to_owned(), tenant.to_string()]
}

fn story() -> Value {
    json!({"started": true, "connections": ["linear"], "next": null, "code": "CONNECTION_NOT_FOUND"})
}

/// The strict rules of a linter that knows the specification.
#[tokio::test]
async fn the_document_is_well_formed() {
    let folder = folder("lint");
    fs::write(folder.join("redocly.yaml"), LINT).unwrap();
    let mut lint = node("@redocly/cli/bin/cli.js", &folder);
    printed(lint.args(["lint", DOCUMENT, "--format=stylish"]).env("REDOCLY_TELEMETRY", "off").env("CI", "true")).await;
}

/// TypeScript: generated, compiled with all strictness, and run.
#[tokio::test]
async fn a_typescript_client_fits() {
    let (server, folder) = (Server::start().await, folder("typescript"));
    let _there_already = symlink(tools().join("node_modules"), folder.join("node_modules"));
    fs::write(folder.join("package.json"), r#"{"type": "module"}"#).unwrap();
    fs::write(folder.join("tsconfig.json"), include_str!("tsconfig.json")).unwrap();
    fs::write(folder.join("story.ts"), include_str!("story.ts")).unwrap();
    printed(node("openapi-typescript/bin/cli.js", &folder).args([DOCUMENT, "-o", "api.d.ts"])).await;
    printed(node("typescript/bin/tsc", &folder).args(["--project", "."])).await;
    let mut run = Command::new(tools().join("bin/node"));
    let told = printed(run.arg("story.js").args(one_connection(&server).await).current_dir(&folder)).await;
    assert_eq!(serde_json::from_str::<Value>(&told).unwrap(), story());
}

/// Rust: generated, compiled with the libraries of this workspace, and run.
#[tokio::test]
async fn a_rust_client_fits() {
    let (server, folder) = (Server::start().await, folder("rust"));
    let mut generator = Command::new(tools().join("python/bin/openapi-generator-cli"));
    let options = "packageName=connectors-client,library=reqwest";
    generator.args(["generate", "-g", "rust", "-i", DOCUMENT, "--additional-properties", options, "-o"]).arg(&folder);
    printed(&mut generator).await;
    fs::write(folder.join("Cargo.toml"), include_str!("Cargo.toml.txt")).unwrap();
    // The generated root asks for libraries that nothing under it uses.
    fs::write(folder.join("src/lib.rs"), "pub mod apis;\npub mod models;\n").unwrap();
    fs::create_dir_all(folder.join("src/bin")).unwrap();
    fs::write(folder.join("src/bin/story.rs"), include_str!("story.rs")).unwrap();
    let lock = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../Cargo.lock");
    fs::copy(lock, folder.join("Cargo.lock")).unwrap();
    // Its own target folder, for this test's processes wait for nobody's lock.
    let mut build = Command::new(env!("CARGO"));
    build.args(["build", "--offline", "--quiet", "--target-dir"]).arg(folder.join("target")).current_dir(&folder);
    printed(build.env_remove("CARGO_TARGET_DIR").env_remove("RUSTFLAGS")).await;
    let mut run = Command::new(folder.join("target/debug/story"));
    let told = printed(run.args(one_connection(&server).await)).await;
    assert_eq!(serde_json::from_str::<Value>(&told).unwrap(), story());
}
