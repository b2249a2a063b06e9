//! Connecting an account registers what it may have.

use super::{
    LINEAR_BY_ITSELF, TOPIC, WITH_MAIL, at_vendor, channels, end, fixture, hooked, posts, secret_of, sends, shown,
    states, status, tend, told,
};
use crate::support::Server;
use connectors::workers;
use serde_json::{Value, json};

/// One hook a repository, at an address of its own; what it sends is the connection's, and nobody else's secret or address
/// serves it.
#[tokio::test]
async fn a_repository_tells_of_itself() {
    let server = Server::start().await;
    let (ours, theirs) = (server.tenant().await, server.tenant().await);
    let connection = hooked(&server, ours, "github", "ann").await;
    let hook = &shown(&server, ours, &connection).await[0];
    assert_eq!((&hook["state"], &hook["error"], &hook["expires_at"]), (&json!("active"), &Value::Null, &Value::Null));
    assert_eq!(hook["last_delivery_at"], Value::Null);
    let address = at_vendor(&server, "github").await[0]["url"].as_str().unwrap().to_owned();
    assert!(address.starts_with(&format!("{}/webhooks/github/{ours}?hook=", server.url)), "{address}");
    let issue = fixture("github", "issues.opened_at_a_repository_hook");
    assert_eq!(sends(&server, "github", "issues", issue).await["status"], 200);
    assert_eq!(told(&server, ours).await, [(json!("issue_created"), connection["id"].clone())]);
    assert!(shown(&server, ours, &connection).await[0]["last_delivery_at"].is_string());

    let (our_hook, our_secret) = secret_of(&server, ours).await;
    hooked(&server, theirs, "github", "bob").await;
    let (their_hook, their_secret) = secret_of(&server, theirs).await;
    let at = |tenant, hook| format!("/webhooks/github/{tenant}?hook={hook}");
    assert_eq!(posts(&server, &at(ours, our_hook), &our_secret, "d1").await.status, 200);
    for (path, secret) in [(at(ours, our_hook), &their_secret), (at(theirs, their_hook), &our_secret)] {
        assert_eq!(posts(&server, &path, secret, "d2").await.status, 401, "{path}");
    }
    // The hook is remembered by now, and is still no hook of the other tenant's.
    for path in [at(theirs, our_hook), format!("/webhooks/linear/{ours}?hook={our_hook}")] {
        assert_eq!(posts(&server, &path, &our_secret, "d3").await.status, 404, "{path}");
    }
    assert_eq!(told(&server, theirs).await, []);
}

/// A workspace's hook, if the grant has the right to it.
#[tokio::test]
async fn a_workspace_tells_of_itself() {
    let server = Server::with(LINEAR_BY_ITSELF).await;
    let tenant = server.tenant().await;
    let connection = hooked(&server, tenant, "linear", "ann").await;
    assert_eq!(states(&server, tenant, &connection).await.len(), 1);
    assert_eq!(sends(&server, "linear", "Issue", fixture("linear", "Issue.create")).await["status"], 200);
    assert_eq!(told(&server, tenant).await, [(json!("issue_created"), connection["id"].clone())]);
}

/// Without the scope there is no hook, and nothing is wrong with the connection. Connected again with it, there is one, and
/// without it again, there is none.
#[tokio::test]
async fn hooks_follow_the_scopes() {
    let server = Server::with(LINEAR_BY_ITSELF).await;
    let tenant = server.tenant().await;
    for (vendor, with, without) in [
        ("linear", ["read", "admin"], ["read", "write"]),
        ("github", ["read:user", "repo"], ["read:user", "user:email"]),
    ] {
        for (scopes, hooks) in [(without, 0), (with, 1), (without, 0)] {
            let connection = server.connected_as(tenant, vendor, "ann", &json!({"scopes": scopes})).await;
            tend(&server).await;
            let all = states(&server, tenant, &connection).await;
            // Nobody without the scope can remove what was registered with it; it is tried for some days.
            let living = all.iter().filter(|(_, state)| state == "active").count();
            assert_eq!(living, hooks, "{vendor} {scopes:?} {all:?}");
            assert_eq!(status(&server, tenant, &connection).await, "active");
            assert!(at_vendor(&server, vendor).await.len() >= hooks);
        }
    }
}

/// Jira takes one address for the whole app, and five hooks for a person and a site: the sixth tenant is told so, keeps its
/// connection, and has its hook when there is room, a day later at most.
#[tokio::test]
async fn what_a_vendor_refuses_is_tried_daily() {
    let server = Server::start().await;
    let mut connections = Vec::new();
    for _ in 0..6 {
        let tenant = server.tenant().await;
        connections.push((tenant, hooked(&server, tenant, "jira", "ann").await));
    }
    assert_eq!(at_vendor(&server, "atlassian").await.len(), 5);
    let (tenant, sixth) = connections.pop().unwrap();
    let hook = &shown(&server, tenant, &sixth).await[0];
    assert_eq!((&hook["state"], &hook["error"]), (&json!("pending"), &json!("the vendor refuses the request")));
    assert_eq!(status(&server, tenant, &sixth).await, "active");
    assert_eq!(workers::tend_hooks(&server.app).await.unwrap(), 0);
    let (first_tenant, first) = connections.remove(0);
    assert_eq!(end(&server, first_tenant, &first).await, "not_offered");
    assert_eq!(at_vendor(&server, "atlassian").await.len(), 4);
    server.advance(chrono::TimeDelta::hours(25)).await;
    tend(&server).await;
    assert_eq!(shown(&server, tenant, &sixth).await[0]["state"], "active");
    assert_eq!(at_vendor(&server, "atlassian").await.len(), 5);
}

/// What Jira sends is the connection's for which the hook was registered.
#[tokio::test]
async fn a_site_tells_of_itself() {
    let server = Server::start().await;
    let (tenant, other) = (server.tenant().await, server.tenant().await);
    let connection = hooked(&server, tenant, "jira", "ann").await;
    server.connected(other, "jira", "ann").await;
    let mut issue = fixture("jira", "issue_created.through_the_gateway");
    issue.as_object_mut().unwrap().remove("timestamp");
    assert_eq!(sends(&server, "atlassian", "jira:issue_created", issue).await["status"], 200);
    assert_eq!(told(&server, tenant).await, [(json!("issue_created"), connection["id"].clone())]);
    assert_eq!(told(&server, other).await, []);
}

/// Jira signs with the secret of the client that registered the hook, also when the tenant has entered a client of its own since.
/// When that client is gone, nothing opens the hook's address.
#[tokio::test]
async fn a_hook_stays_its_clients() {
    let server = Server::start().await;
    let tenant = server.tenant().await;
    let operator = server.operator(tenant);
    let connection = hooked(&server, tenant, "jira", "ann").await;
    let own = json!({"client_id": "own-client", "client_secret": "own-secret-of-the-tenant"});
    operator.put_json("/provider-configs/jira", &own).await.with(201);
    let tells = async |number: u64| {
        let mut issue = fixture("jira", "issue_created.through_the_gateway");
        issue.as_object_mut().unwrap().remove("timestamp");
        issue["issue"]["id"] = json!(number.to_string());
        sends(&server, "atlassian", "jira:issue_created", issue).await["status"].clone()
    };
    assert_eq!(tells(1).await, 200);
    let expected = (json!("issue_created"), connection["id"].clone());
    assert_eq!(told(&server, tenant).await, [expected]);
    sqlx::query("update hooks set client_id = 'gone'").execute(&server.database.pool).await.unwrap();
    server.app.memory.hooks.invalidate_all();
    assert_eq!(tells(2).await, 404);
    assert_eq!(told(&server, tenant).await.len(), 1);
}

/// Channels for calendar and drive, and a watch of the mailbox. Each says that something changed, which is to be fetched.
#[tokio::test]
async fn changes_at_google_are_told() {
    let server = Server::with(WITH_MAIL).await;
    let tenant = server.tenant().await;
    let subscription = json!({"topic": TOPIC, "path": "/webhooks/google"});
    server.sandbox.control("google/subscriptions", subscription).await;
    let connection = hooked(&server, tenant, "google", "ann").await;
    let active = |target: &str| (target.to_owned(), "active".to_owned());
    assert_eq!(states(&server, tenant, &connection).await, ["calendar", "drive", "gmail"].map(active));
    assert_eq!(channels(&server, "google").await.len(), 3);
    for kind in ["calendar", "drive", "mail"] {
        let change = json!({"kind": kind, "op": "create", "account": "ann"});
        let receipts = server.sandbox.control("google/data", change).await["receipts"].clone();
        assert_eq!(receipts.as_array().unwrap().len(), 1, "{kind} {receipts}");
        assert_eq!(receipts[0]["status"], 200, "{kind} {receipts}");
    }
    server.read_deliveries().await;
    let found: Vec<(String, i64)> = sqlx::query_as("select state, count(*) from delivery_states group by 1")
        .fetch_all(&server.database.pool)
        .await
        .unwrap();
    // The channels' own greetings are among them.
    assert!(found.iter().all(|(state, _)| state == "done"), "{found:?}");
    for hook in shown(&server, tenant, &connection).await {
        assert!(hook["expires_at"].is_string(), "{hook}");
        // Mail comes through the operator's subscription.
        assert_eq!(hook["last_delivery_at"].is_string(), hook["target"] != "gmail", "{hook}");
    }
}

/// A channel a module.
#[tokio::test]
async fn changes_at_zoho_are_told() {
    let server = Server::start().await;
    let tenant = server.tenant().await;
    let connection = hooked(&server, tenant, "zoho", "ann").await;
    assert_eq!(channels(&server, "zoho").await.len(), 4);
    let change = json!({"kind": "Leads", "op": "create", "account": "ann"});
    let receipts = server.sandbox.control("zoho/data", change).await["receipts"].clone();
    assert_eq!((receipts.as_array().unwrap().len(), &receipts[0]["status"]), (1, &json!(200)), "{receipts}");
    server.read_deliveries().await;
    let told: Vec<Value> = shown(&server, tenant, &connection).await;
    let told: Vec<&Value> = told.iter().filter(|hook| hook["last_delivery_at"].is_string()).collect();
    assert_eq!((told.len(), &told[0]["target"]), (1, &json!("Leads")));
}

/// Two processes look after the hooks at the same time, and each hook is registered once.
#[tokio::test]
async fn two_processes_register_once() {
    let server = Server::start().await;
    let (second, _) = server.second().await;
    for account in ["ann", "bob", "cid", "dee"] {
        server.connected(server.tenant().await, "github", account).await;
    }
    let (a, b, c) =
        tokio::join!(workers::tend_hooks(&server.app), workers::tend_hooks(&second), workers::tend_hooks(&server.app));
    assert_eq!(a.unwrap() + b.unwrap() + c.unwrap(), 4);
    assert_eq!(at_vendor(&server, "github").await.len(), 4);
}

/// What an organisation installs has the app's own hook.
#[tokio::test]
async fn an_installation_needs_none() {
    let server = Server::with_app().await;
    let user = kernel::UserId::generate();
    let member = server.member(user);
    server.connect_as(&member, "github", "ann").await;
    let wish = json!({"action": "create", "account": "octo-org", "installed_by": "ann"});
    let id = server.sandbox.installations(wish).await["installation"]["id"].as_u64().unwrap();
    let linked = member.post("/oauth/github/link", &json!({"installation_id": id.to_string()})).await.with(200);
    tend(&server).await;
    assert_eq!(shown(&server, user.as_uuid(), &linked).await, [Value::Null; 0]);
}
