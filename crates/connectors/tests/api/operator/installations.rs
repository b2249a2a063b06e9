use crate::support::Server;
use kernel::{ConnectionId, Resource, TenantId};
use serde_json::{Value, json};

async fn places(server: &Server, tenant: uuid::Uuid, connection: &Value, places: &[(&str, &str)]) {
    let id: ConnectionId = connection["id"].as_str().unwrap().parse().unwrap();
    let resource = |(external_id, kind): &(&str, &str)| Resource {
        external_id: (*external_id).to_owned(),
        kind: (*kind).to_owned(),
        name: format!("Site {external_id}"),
        url: Some(format!("https://{external_id}.example")),
        scopes: vec![format!("read:{kind}")],
    };
    let resources: Vec<Resource> = places.iter().map(resource).collect();
    let mut transaction = server.database.pool.begin().await.unwrap();
    db::resources::replace(&mut transaction, TenantId::from_uuid(tenant), id, &resources).await.unwrap();
    transaction.commit().await.unwrap();
}

async fn listed(server: &Server, tenant: uuid::Uuid, query: &str) -> Vec<(String, String, Value)> {
    let page = server.operator(tenant).get(&format!("/oauth/installations{query}")).await.with(200);
    let text = |one: &Value, name: &str| one[name].as_str().unwrap().to_owned();
    let of = |one: &Value| (text(one, "platform"), text(one, "external_id"), one["products"].clone());
    page["installations"].as_array().unwrap().iter().map(of).collect()
}

/// A workspace is one installation, a grant for several sites is several, an account without an organisation is none; the
/// platform narrows the list, and each page goes on where the one before ended.
#[tokio::test]
async fn installations_are_listed_by_their_organisation() {
    let server = Server::start().await;
    let tenant = server.tenant().await;
    server.connected(tenant, "github", "ann").await;
    let workspace = server.connected(tenant, "linear", "ann").await;
    let sites = server.connected(tenant, "linear", "bob").await;
    places(&server, tenant, &sites, &[("a", "one"), ("b", "one"), ("b", "two")]).await;
    let org = workspace["org_id"].as_str().unwrap().to_owned();
    let linear = "linear".to_owned();
    let a = (linear.clone(), "a".to_owned(), json!(["one"]));
    let b = (linear.clone(), "b".to_owned(), json!(["one", "two"]));
    let one = (linear, org, json!([]));
    assert_eq!(listed(&server, tenant, "").await, [a.clone(), b.clone(), one.clone()]);
    assert_eq!(listed(&server, tenant, "?platform=linear").await, [a.clone(), b.clone(), one.clone()]);
    assert_eq!(listed(&server, tenant, "?platform=github").await, []);
    assert_eq!(listed(&server, server.tenant().await, "").await, []);
    let first = server.operator(tenant).get("/oauth/installations?limit=1").await.with(200);
    let cursor = first["next_cursor"].as_str().unwrap();
    assert_eq!(first["installations"].as_array().unwrap().len(), 2);
    assert_eq!(listed(&server, tenant, &format!("?limit=1&cursor={cursor}")).await, [one]);
    for query in ["?platform=nothing", "?limit=0", "?cursor=x", "?what=1"] {
        let answer = server.operator(tenant).get(&format!("/oauth/installations{query}")).await;
        assert_eq!(answer.problem(), (400, "VALIDATION_FAILED".to_owned()), "{query}");
    }
}

/// A site's token is had by the site's id; ending one of two sites leaves the grant to the other, ending the last one ends it.
#[tokio::test]
async fn the_last_place_takes_the_grant_along() {
    let server = Server::start().await;
    let tenant = server.tenant().await;
    let operator = server.operator(tenant);
    let sites = server.connected(tenant, "linear", "bob").await;
    places(&server, tenant, &sites, &[("a", "one"), ("b", "one"), ("b", "two")]).await;
    let id = sites["id"].as_str().unwrap();
    operator.get("/oauth/token/linear?org_id=b").await.with(200);
    let one = operator.delete(&format!("/oauth/installations/{id}:b")).await.with(200);
    assert_eq!(one, json!({"status": "revoked", "at_provider": "shared"}));
    assert_eq!(operator.get("/oauth/token/linear?org_id=b").await.status, 404);
    operator.get("/oauth/token/linear?org_id=a").await.with(200);
    assert_eq!(operator.delete(&format!("/oauth/installations/{id}:b")).await.status, 404);
    let last = operator.delete(&format!("/oauth/installations/{id}:a")).await.with(200);
    assert_eq!(last, json!({"status": "revoked", "at_provider": "revoked"}));
    assert_eq!(server.connection(tenant, &sites["id"]).await["health"]["status"], "revoked");
    assert_eq!(listed(&server, tenant, "").await, []);
    for bad in ["x", "1:2"] {
        assert_eq!(operator.delete(&format!("/oauth/installations/{bad}")).await.status, 400, "{bad}");
    }
    let others = server.operator(server.tenant().await);
    assert_eq!(others.delete(&format!("/oauth/installations/{id}")).await.status, 404);
}
