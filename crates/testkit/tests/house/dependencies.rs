//! Who may depend on whom.

use crate::none;
use cargo_metadata::{DependencyKind, MetadataCommand};

/// A crate, and the rooms of the house it may use. A room that is not in the list may not be used at all.
const ROOMS: &[(&str, &[&str])] = &[
    ("kernel", &[]),
    ("outbound", &["kernel"]),
    ("vault", &["kernel"]),
    ("oauth", &["kernel", "outbound"]),
    ("identity", &["kernel", "outbound"]),
    ("providers", &["kernel", "outbound", "oauth"]),
    ("db", &["kernel", "vault"]),
    ("jobs", &["kernel"]),
    ("edge", &["kernel", "outbound", "identity"]),
    ("auth", &["kernel", "outbound", "vault", "oauth", "identity", "providers", "db", "jobs", "edge"]),
    ("agent", &["kernel", "outbound", "oauth"]),
    ("console", &[]),
    (
        "connectors",
        &["kernel", "outbound", "vault", "oauth", "identity", "providers", "db", "jobs", "agent", "edge", "console"],
    ),
    ("sandbox", &["kernel"]),
    ("devstack", &["kernel"]),
    ("testkit", &["kernel", "db", "sandbox"]),
];

/// A library, and the only crates that may use it; none: it is for tests and benchmarks.
const LIBRARIES: &[(&str, &[&str])] = &[
    ("sqlx", &["db", "jobs", "testkit"]),
    // The sandbox delivers webhooks, the demo and the tests are clients: none of them is part of a service.
    ("reqwest", &["outbound", "sandbox", "devstack", "testkit"]),
    ("axum", &["edge", "auth", "connectors", "sandbox", "testkit"]),
    ("redis", &["edge"]),
    ("aes-gcm", &["vault"]),
    // Passwords, and what Better Auth sealed: both are read in the auth service only.
    ("argon2", &["auth"]),
    ("scrypt", &["auth"]),
    ("chacha20poly1305", &["auth"]),
    ("rustix", &["auth"]),
    ("oauth2", &["oauth"]),
    // MCP: the agent is a client of it, the service a server.
    ("rmcp", &["agent", "connectors"]),
    // Brings its own HTTP client, which knows nothing of the host policy.
    ("anthropic-sdk-rs", &["agent"]),
    ("rust-embed", &["console"]),
    // Draws what benchmarks measured; nothing that ships draws.
    ("plotters", &[]),
    // Benchmarks time with it, and load with a bare client; what ships speaks HTTP through `outbound` and axum.
    ("criterion", &[]),
    ("hyper", &[]),
    ("hyper-util", &[]),
    ("http-body-util", &[]),
];

/// What is wrong with a dependency of the shipped code (tests may use more).
fn violation(package: &str, dependency: &str) -> Option<String> {
    let rooms = ROOMS.iter().find(|(name, _)| *name == package).map(|(_, rooms)| *rooms);
    let Some(rooms) = rooms else { return Some(format!("{package} is not in the house's table of rooms")) };
    if ROOMS.iter().any(|(name, _)| *name == dependency) && !rooms.contains(&dependency) {
        return Some(format!("{package} may not depend on {dependency}"));
    }
    let allowed = LIBRARIES.iter().find(|(name, _)| *name == dependency).map(|(_, allowed)| *allowed);
    allowed.filter(|allowed| !allowed.contains(&package)).map(|allowed| {
        let who = if allowed.is_empty() { "tests and benchmarks".to_owned() } else { allowed.join(", ") };
        format!("{package} may not use {dependency}, only {who} may")
    })
}

/// The rooms depend on each other in one direction, and a library with a room of its own stays in it.
#[test]
fn dependencies_point_one_way() {
    let metadata = MetadataCommand::new().current_dir(crate::root()).no_deps().exec().expect("cargo metadata");
    let mut violations = Vec::new();
    for package in metadata.workspace_packages() {
        for dependency in package.dependencies.iter().filter(|dependency| dependency.kind == DependencyKind::Normal) {
            violations.extend(violation(&package.name, &dependency.name));
        }
    }
    none(&violations);
}

/// Planted: a room that reaches upwards, SQL outside its room, and a room nobody has described.
#[test]
fn a_dependency_that_points_the_wrong_way_is_found() {
    assert_eq!(violation("kernel", "db").as_deref(), Some("kernel may not depend on db"));
    assert_eq!(violation("auth", "sandbox").as_deref(), Some("auth may not depend on sandbox"));
    assert_eq!(
        violation("connectors", "sqlx").as_deref(),
        Some("connectors may not use sqlx, only db, jobs, testkit may")
    );
    assert_eq!(
        violation("outbound", "hyper").as_deref(),
        Some("outbound may not use hyper, only tests and benchmarks may")
    );
    assert_eq!(violation("attic", "serde").as_deref(), Some("attic is not in the house's table of rooms"));
    assert_eq!(violation("connectors", "db"), None);
}
