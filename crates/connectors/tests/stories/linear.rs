//! Linear: one workspace a consent, in the person's name or in the app's own.

use crate::support::Server;
use chrono::TimeDelta;
use serde_json::{Value, json};
use url::Url;
use uuid::Uuid;

/// Whom the vendor takes the connection's token for: their id, whether they are an app, and the workspace's id.
async fn viewer(server: &Server, tenant: Uuid, connection: &Value) -> (Value, Value, Value) {
    let path = format!("/proxy/{}/graphql", connection["id"].as_str().unwrap());
    let query = json!({"query": "query { viewer { id app } organization { id } }"});
    let data = server.operator(tenant).post(&path, &query).await.with(200)["data"].clone();
    (data["viewer"]["id"].clone(), data["viewer"]["app"].clone(), data["organization"]["id"].clone())
}

/// The app may act as itself: it is a user of the workspace beside the person who let it in, and a connection of its own, also
/// after its tokens were replaced.
#[tokio::test]
async fn the_app_and_the_person_are_two_connections() {
    let server = Server::start().await;
    let tenant = server.tenant().await;
    let wish = json!({"parameters": {"actor": "app"}});
    let started = server.operator(tenant).post("/connect/linear", &wish).await.with(201);
    let out: Url = started["authorize_url"].as_str().unwrap().parse().unwrap();
    let actors: Vec<_> = out.query_pairs().filter(|(name, _)| name == "actor").map(|(_, value)| value).collect();
    assert_eq!(actors, ["app"]);
    let app = server.connected_as(tenant, "linear", "ann", &wish).await;
    let person = server.connected(tenant, "linear", "ann").await;
    let as_person = json!({"parameters": {"actor": "user"}});
    assert_eq!(server.connected_as(tenant, "linear", "ann", &as_person).await["id"], person["id"]);
    assert_eq!(server.connected_as(tenant, "linear", "ann", &wish).await["id"], app["id"]);
    let names = (&app["display_name"], &person["display_name"]);
    assert_eq!(names, (&json!("connectors (ann workspace)"), &json!("ann (ann workspace)")));
    assert_ne!(app["id"], person["id"]);
    assert_eq!(app["org_id"], person["org_id"]);
    for refreshes in [0, 2] {
        for (connection, is_app) in [(&app, true), (&person, false)] {
            let shown = (connection["account_id"].clone(), json!(is_app), connection["org_id"].clone());
            assert_eq!(viewer(&server, tenant, connection).await, shown);
        }
        assert_eq!(server.sandbox.count("linear", "refreshes").await, refreshes);
        server.advance(TimeDelta::hours(25)).await;
    }
}

/// Nobody else can be acted as, and the refusal says which parameter is wrong.
#[tokio::test]
async fn an_unknown_actor_is_refused() {
    let server = Server::start().await;
    let tenant = server.tenant().await;
    server
        .unchanged(async {
            for actor in ["admin", "", "APP", "app&scope=admin"] {
                let wish = json!({"parameters": {"actor": actor}});
                let refused = server.operator(tenant).post("/connect/linear", &wish).await;
                assert_eq!(refused.problem(), (400, "VALIDATION_FAILED".to_owned()), "{actor}");
                assert_eq!(refused.json()["errors"][0]["pointer"], "#/parameters/actor", "{}", refused.text);
            }
        })
        .await;
}
