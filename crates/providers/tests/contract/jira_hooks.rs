//! Webhooks that the app registers at Jira.

use crate::{
    fixtures::{now, vendor},
    vendor_server::{Asked, VendorServer},
};
use chrono::{DateTime, TimeDelta};
use providers::{CallError, Order, Registered, Registrar, Renewal, Standing, Watch};
use serde_json::{Value, json};
use url::Url;

const CALLBACK: &str = "https://connectors.example/webhooks/jira/hook-1";
const FILTER: &str = r#"project IN ("ED", "OPS")"#;
const END: i64 = 1_769_915_045_678;

fn registrar() -> &'static dyn Registrar {
    vendor("jira").vendor.webhooks().unwrap().registrar().unwrap()
}

fn hook(id: &str, site: &str) -> Registered {
    Registered { external_id: id.to_owned(), resource: Some(site.to_owned()), expires_at: None }
}

fn end() -> Option<DateTime<chrono::Utc>> {
    DateTime::from_timestamp_millis(END)
}

/// A site `c1` with two projects on two pages and these hooks.
async fn site(hooks: Value) -> VendorServer {
    VendorServer::of("jira", move |asked| answer(asked, &hooks)).await
}

fn answer(asked: &Asked, hooks: &Value) -> (u16, Value) {
    let place = asked.what.split('?').next().unwrap();
    match place {
        "GET /ex/jira/c1/rest/api/3/project/search" if asked.says("startAt=0") => {
            (200, json!({"values": [{"id": "1", "key": "ED"}], "isLast": false}))
        }
        "GET /ex/jira/c1/rest/api/3/project/search" => {
            (200, json!({"values": [{"id": "2", "key": "OPS"}, {"key": "x\") OR 1"}], "isLast": true}))
        }
        "GET /ex/jira/c1/rest/api/3/webhook" => (200, json!({"values": hooks, "isLast": true})),
        "POST /ex/jira/c1/rest/api/3/webhook" => {
            assert_eq!(asked.body["url"], CALLBACK);
            let webhooks = asked.body["webhooks"].as_array().unwrap();
            assert_eq!(webhooks.len(), 1, "a site has one hook for everything");
            assert_eq!(webhooks[0]["jqlFilter"], FILTER);
            assert!(webhooks[0]["events"].as_array().unwrap().contains(&json!("sprint_closed")));
            (200, json!({"webhookRegistrationResult": [{"createdWebhookId": 1001}]}))
        }
        "PUT /ex/jira/c1/rest/api/3/webhook/refresh" => {
            assert_eq!(asked.body, json!({"webhookIds": [1000]}));
            (200, json!({"expirationDate": END}))
        }
        "DELETE /ex/jira/c1/rest/api/3/webhook" => {
            assert_eq!(asked.body, json!({"webhookIds": [1000]}));
            (202, Value::Null)
        }
        _ => (404, json!({"status": 404, "message": "No message available"})),
    }
}

fn ours(filter: &str) -> Value {
    json!([
        {"id": 7, "url": "https://another.example/", "jqlFilter": filter, "expirationDate": 1},
        {"id": 1000, "url": CALLBACK, "jqlFilter": filter, "expirationDate": END},
    ])
}

async fn register(server: &VendorServer) -> Result<Registered, CallError> {
    let callback: Url = CALLBACK.parse().unwrap();
    let secret = "a secret that Jira has no use for".into();
    let order = Order { target: "c1", callback: &callback, id: "0", secret: &secret };
    registrar().register(server.call(), order).await
}

/// One a site, of those whose grant has the scope; Confluence has none.
#[tokio::test]
async fn a_site_is_watched_where_the_grant_allows_it() {
    let server = VendorServer::of("jira", |_| {
        let site =
            |id: &str, scopes: &[&str]| json!({"id": id, "name": id, "url": "https://x.example", "scopes": scopes});
        (
            200,
            json!([
                site("c1", &["read:jira-work", "manage:jira-webhook"]),
                site("c1", &["read:page:confluence"]),
                site("c2", &["read:jira-work"]),
                site("c3", &["read:webhook:jira", "write:webhook:jira"]),
            ]),
        )
    })
    .await;
    let wanted = registrar().wanted(server.call(), &[]).await.unwrap();
    assert_eq!(wanted, ["c1", "c3"].map(|target| Watch { target: target.to_owned() }));
}

/// It names every project there is; its end is thirty days away.
#[tokio::test]
async fn a_hook_is_registered_for_all_projects() {
    let server = site(json!([])).await;
    let registered = register(&server).await.unwrap();
    assert_eq!(registered, Registered { expires_at: Some(now() + TimeDelta::days(30)), ..hook("1001", "c1") });
}

/// An answer that was lost leaves a hook, which is found by its address; one that sees other projects gives way.
#[tokio::test]
async fn a_hook_that_is_registered_already_is_found() {
    let server = site(ours(FILTER)).await;
    assert_eq!(register(&server).await.unwrap(), Registered { expires_at: end(), ..hook("1000", "c1") });
    assert!(!server.asked().iter().any(|asked| asked.starts_with("POST")));
    let server = site(ours(r#"project IN ("ED")"#)).await;
    assert_eq!(register(&server).await.unwrap().external_id, "1001");
    let changed: Vec<String> = server.asked().into_iter().filter(|asked| !asked.starts_with("GET")).collect();
    assert_eq!(changed, ["DELETE /ex/jira/c1/rest/api/3/webhook", "POST /ex/jira/c1/rest/api/3/webhook"]);
}

/// A refusal comes with 200; and a site without projects has nothing to push.
#[tokio::test]
async fn a_hook_that_is_not_registered_is_an_error() {
    for (values, result, is_refusal) in [
        (json!([{"key": "ED"}]), json!([{"errors": ["The clause watchCount is unsupported"]}]), true),
        (json!([]), json!([{"createdWebhookId": 1}]), true),
        (json!([{"key": "ED"}]), json!([{}]), false),
        (json!([{"key": "ED"}]), json!([]), false),
    ] {
        let server = VendorServer::of("jira", move |asked| {
            let listed = if asked.says("project/search") { values.clone() } else { json!([]) };
            (200, json!({"values": listed, "isLast": true, "webhookRegistrationResult": result}))
        })
        .await;
        match register(&server).await {
            Err(CallError::Refused) => assert!(is_refusal),
            Err(CallError::Unreadable) => assert!(!is_refusal),
            other => panic!("{other:?}"),
        }
    }
}

/// A refresh says 200 of a hook that is gone, too. One that does not see a new project is replaced.
#[tokio::test]
async fn a_hook_is_renewed_where_it_still_stands() {
    let hook = hook("1000", "c1");
    let renewed = |hooks| {
        let hook = hook.clone();
        async move { registrar().renew(site(hooks).await.call(), &hook).await.unwrap() }
    };
    assert_eq!(renewed(ours(FILTER)).await, Renewal::Extended { expires_at: end() });
    assert_eq!(renewed(json!([])).await, Renewal::Replace);
    assert_eq!(renewed(ours(r#"project IN ("ED")"#)).await, Renewal::Replace);
    let server = site(ours(FILTER)).await;
    let nameless = Registered { resource: None, ..hook };
    assert!(matches!(registrar().renew(server.call(), &nameless).await, Err(CallError::Misconfigured)));
    assert_eq!(server.asked(), Vec::<String>::new());
}

/// The list has it, or has it not.
#[tokio::test]
async fn a_hook_is_looked_for_in_the_list() {
    let server = site(ours(FILTER)).await;
    let look = async |id: &str| registrar().look(server.call(), "c1", &hook(id, "c1")).await.unwrap();
    assert_eq!(look("1000").await, Standing::Good { expires_at: end() });
    assert_eq!(look("1002").await, Standing::Missing);
    let elsewhere = registrar().look(server.call(), "c2", &hook("1000", "c2")).await.unwrap();
    assert_eq!(elsewhere, Standing::Missing, "a site that is gone");
}

/// By a DELETE with a body. A site that is gone has taken its hooks along; a dead token has not.
#[tokio::test]
async fn a_hook_is_removed() {
    let server = site(json!([])).await;
    let remove = async |site: &str| registrar().remove(server.call(), site, &hook("1000", site)).await;
    remove("c1").await.unwrap();
    remove("c2").await.unwrap();
    let server = VendorServer::of("jira", |_| (401, json!({"code": 401, "message": "Unauthorized"}))).await;
    let removed = registrar().remove(server.call(), "c1", &hook("1000", "c1")).await;
    assert!(matches!(removed, Err(CallError::Unauthorized)));
}
