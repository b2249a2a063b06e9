//! A connection ends, and its hooks with it.

use super::{LINEAR_BY_ITSELF, WITH_MAIL, at_vendor, channels, end, hooked, tend};
use crate::support::Server;
use chrono::TimeDelta;
use connectors::workers;
use kernel::UserId;
use serde_json::{Value, json};
use std::time::Duration;

/// They are gone at the vendor, whether or not the grant can be ended there, and nothing of them is left here.
#[tokio::test]
async fn hooks_end_with_their_connection() {
    let more: Vec<_> = LINEAR_BY_ITSELF.iter().chain(WITH_MAIL).copied().collect();
    let server = Server::with(&more).await;
    let tenant = server.tenant().await;
    for (provider, vendor, at_provider) in
        [("github", "github", "revoked"), ("linear", "linear", "revoked"), ("jira", "atlassian", "not_offered")]
    {
        let connection = hooked(&server, tenant, provider, "ann").await;
        assert_eq!(at_vendor(&server, vendor).await.len(), 1);
        assert_eq!(end(&server, tenant, &connection).await, at_provider);
        assert_eq!(at_vendor(&server, vendor).await, [Value::Null; 0], "{provider}");
    }
    for (provider, count) in [("google", 3), ("zoho", 4)] {
        let connection = hooked(&server, tenant, provider, "ann").await;
        assert_eq!(channels(&server, provider).await.len(), count);
        assert_eq!(end(&server, tenant, &connection).await, "revoked");
        assert_eq!(channels(&server, provider).await, [Value::Null; 0], "{provider}");
    }
    for table in ["hooks", "hook_upkeep", "jobs"] {
        assert_eq!(server.database.count(table).await, 0, "{table}");
    }
}

/// A grant that others stand on stays, and the hooks go all the same.
#[tokio::test]
async fn a_shared_grant_stays_and_its_hooks_go() {
    let server = Server::with(LINEAR_BY_ITSELF).await;
    let (first, second) = (server.tenant().await, server.tenant().await);
    let ours = hooked(&server, first, "linear", "ann").await;
    let theirs = hooked(&server, second, "linear", "ann").await;
    assert_eq!(at_vendor(&server, "linear").await.len(), 2);
    assert_eq!(end(&server, first, &ours).await, "shared");
    let left = at_vendor(&server, "linear").await;
    assert_eq!(left.len(), 1);
    assert!(left[0]["url"].as_str().unwrap().contains(&second.to_string()), "{left:?}");
    assert_eq!(end(&server, second, &theirs).await, "revoked");
    assert_eq!(at_vendor(&server, "linear").await, [Value::Null; 0]);
}

/// Two tenants with the same mailbox share its one watch: it ends with the last.
#[tokio::test]
async fn a_mailbox_is_watched_for_the_last() {
    let server = Server::with(WITH_MAIL).await;
    let (first, second) = (server.tenant().await, server.tenant().await);
    let ours = hooked(&server, first, "google", "ann").await;
    let theirs = hooked(&server, second, "google", "ann").await;
    assert_eq!(channels(&server, "google").await.len(), 5);
    assert_eq!(end(&server, first, &ours).await, "shared");
    let left = channels(&server, "google").await;
    assert_eq!(left.len(), 3, "{left:?}");
    assert_eq!(end(&server, second, &theirs).await, "revoked");
    assert_eq!(channels(&server, "google").await, [Value::Null; 0]);
}

/// A vendor that fails holds nobody up: a job removes the hooks, and then the grant.
#[tokio::test]
async fn hooks_are_removed_when_the_vendor_is_back() {
    let server = Server::start().await;
    let tenant = server.tenant().await;
    for (provider, vendor) in [("github", "github"), ("jira", "atlassian")] {
        let connection = hooked(&server, tenant, provider, "ann").await;
        // Whatever is deleted there.
        server.sandbox.fault(vendor, "revoke", "status_500", 20).await;
        let at_provider = if provider == "jira" { "not_offered" } else { "pending" };
        assert_eq!(end(&server, tenant, &connection).await, at_provider);
        assert_eq!(at_vendor(&server, vendor).await.len(), 1);
        assert_eq!(server.database.count("jobs").await, 1);
        server.sandbox.delete_control(&format!("{vendor}/faults")).await;
        server.advance(TimeDelta::minutes(2)).await;
        workers::run_jobs(&server.app).await.unwrap();
        assert_eq!(at_vendor(&server, vendor).await, [Value::Null; 0], "{provider}");
        assert_eq!(server.database.count("jobs").await, 0);
    }
    assert_eq!(server.sandbox.count("github", "revocations").await, 1);
}

/// A vendor that is silent holds nobody up: the answer comes although requests to vendors may take an hour here.
#[tokio::test]
async fn a_silent_vendor_does_not_hold_up_the_end() {
    let server = Server::start().await;
    let tenant = server.tenant().await;
    let connection = hooked(&server, tenant, "jira", "ann").await;
    server.sandbox.fault("atlassian", "revoke", "hang", 20).await;
    let patient = server.second_that_waits(Duration::from_hours(1)).await;
    let path = format!("/connections/{}", connection["id"].as_str().unwrap());
    let ended = server.operator(tenant).at(&patient).delete(&path).await.with(200);
    assert_eq!(ended["at_provider"], "not_offered");
    assert_eq!(server.database.count("jobs").await, 1);
}

/// What the vendor has ended itself takes its hooks along; a person who is forgotten leaves none.
#[tokio::test]
async fn no_hook_outlives_its_owner() {
    let server = Server::start().await;
    let tenant = server.tenant().await;
    hooked(&server, tenant, "github", "ann").await;
    server.sandbox.control("github/revoke", json!({"account": "ann", "notify": true})).await;
    server.read_deliveries().await;
    assert_eq!((server.database.count("hooks").await, server.database.count("hook_upkeep").await), (0, 0));
    let user = UserId::generate();
    server.connect_as(&server.member(user), "github", "bob").await;
    tend(&server).await;
    let of_bob = |hooks: Vec<Value>| hooks.iter().filter(|hook| hook["account"] == "bob").count();
    assert_eq!(of_bob(at_vendor(&server, "github").await), 1);
    server.erase_person(user).await;
    assert_eq!(of_bob(at_vendor(&server, "github").await), 0);
    assert_eq!(server.database.count("hooks").await, 0);
}
