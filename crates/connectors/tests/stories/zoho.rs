//! Zoho: a person lives in one data centre, and nothing of theirs may be asked or sent elsewhere.

use crate::support::{Client, Server, path_of};
use chrono::TimeDelta;
use kernel::UserId;
use serde_json::{Value, json};
use std::{io::ErrorKind, net::TcpListener};
use url::Url;
use uuid::Uuid;

/// Whether the API of a data centre takes the token.
async fn accepts(server: &Server, place: &str, token: &str) -> bool {
    let api = Client::new(server.sandbox.url(), false);
    let api = api.with("authorization", &format!("Zoho-oauthtoken {token}"));
    api.get(&format!("/zoho/{place}/api/crm/v8/org")).await.status == 200
}

fn token(vended: &Value) -> &str {
    vended["access_token"].as_str().unwrap()
}

async fn health(server: &Server, tenant: Uuid, connection: &Value) -> Value {
    server.connection(tenant, &connection["id"]).await["health"]["status"].clone()
}

/// A person of the European Union who starts in the United States ends at home: code, identity, refresh, calls and the end
/// of it all.
#[tokio::test]
async fn a_person_ends_in_their_own_data_centre() {
    let server = Server::start().await;
    let tenant = server.tenant().await;
    let connection = server.connected(tenant, "zoho", "ann-eu").await;
    let (id, org) = (connection["account_id"].as_str().unwrap(), connection["org_id"].as_str().unwrap());
    assert!(id.starts_with(&format!("eu:{org}:")), "{id}");
    let first = server.vend(tenant, &connection).await;
    assert!(accepts(&server, "eu", token(&first)).await && !accepts(&server, "us", token(&first)).await);

    let path = format!("/proxy/{}/crm/v8/org", connection["id"].as_str().unwrap());
    let shown = server.operator(tenant).get(&path).await.with(200);
    assert_eq!(shown["org"][0]["zgid"], org);

    // A refresh repeats neither the refresh token nor the scopes.
    for _ in 0..2 {
        server.advance(TimeDelta::hours(2)).await;
        let next = server.vend(tenant, &connection).await;
        assert!(token(&next) != token(&first) && accepts(&server, "eu", token(&next)).await);
        assert_eq!(next["scopes"], first["scopes"]);
    }
    assert_eq!(server.sandbox.count("zoho", "refreshes").await, 2);

    let last = server.vend(tenant, &connection).await;
    let path = format!("/connections/{}", connection["id"].as_str().unwrap());
    assert_eq!(server.operator(tenant).delete(&path).await.with(200)["at_provider"], "revoked");
    assert!(!accepts(&server, "eu", token(&last)).await);
    assert_eq!(server.sandbox.count("zoho", "revocations").await, 1);
}

/// A member does the same in their browser, and one who lives where it starts is sent nowhere else.
#[tokio::test]
async fn a_member_connects_where_they_live() {
    let server = Server::start().await;
    for (account, place) in [("bob", "us"), ("ann-in", "in")] {
        let user = UserId::generate();
        let member = server.member(user);
        assert_eq!(server.connect_as(&member, "zoho", account).await.status, 200);
        let page = member.get("/connections").await.with(200);
        assert!(page["connections"][0]["account_id"].as_str().unwrap().starts_with(&format!("{place}:")));
        let vended = server.vend(user.as_uuid(), &page["connections"][0]).await;
        assert!(accepts(&server, place, token(&vended)).await);
    }
}

/// China is reached only by choosing it, and a data centre that is none is refused before anything begins.
#[tokio::test]
async fn a_start_names_its_data_centre() {
    let server = Server::start().await;
    let tenant = server.tenant().await;
    let china = json!({"parameters": {"data_center": "cn"}});
    let connection = server.connected_as(tenant, "zoho", "li-cn", &china).await;
    assert!(connection["account_id"].as_str().unwrap().starts_with("cn:"));
    assert!(accepts(&server, "cn", token(&server.vend(tenant, &connection).await)).await);
    for wish in [json!({"data_center": "evil.example"}), json!({"location": "eu"}), json!({"accounts_server": "x"})] {
        let answer = server.operator(tenant).post("/connect/zoho", &json!({ "parameters": wish })).await;
        assert_eq!(answer.status, 400, "{}", answer.text);
    }
}

/// Z4: anybody can write an accounts server into a redirect. Whatever is not in the table gets no request, and so neither
/// our secret nor the code; the real one gets none either.
#[tokio::test]
async fn a_foreign_accounts_server_is_never_called() {
    let server = Server::start().await;
    let tenant = server.tenant().await;
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let port = listener.local_addr().unwrap().port();
    let sandbox = server.sandbox.url();
    let (host, real) = (sandbox.strip_prefix("http://").unwrap(), format!("{sandbox}/zoho/eu"));
    let hostile = [
        format!("http://127.0.0.1:{port}"),
        format!("http://127.0.0.1:{port}/zoho/eu"),
        format!("http://{host}@127.0.0.1:{port}/zoho/eu"),
        format!("http://127.0.0.1:{port}/#{real}"),
        format!("http://127.0.0.1:{port}?{real}"),
        format!("{real}@127.0.0.1:{port}"),
        format!("{real}/../../../"),
        format!("{real}/"),
        format!("{real}x"),
        format!("{sandbox}/github"),
        "https://accounts.zoho.eu".to_owned(),
        "https://accounts.zoho.eu.evil.example".to_owned(),
        "https://evil.example".to_owned(),
        "//evil.example".to_owned(),
        String::new(),
    ];
    for accounts_server in hostile {
        for location in ["eu", "us", "evil"] {
            let operator = server.operator(tenant);
            let started = operator.post_nothing("/connect/zoho").await.with(201);
            let back = server.sandbox.approve(started["authorize_url"].as_str().unwrap(), "ann-eu").await;
            let back = altered(&back, &[("accounts-server", &accounts_server), ("location", location)]);
            let answer = operator.get(&format!("/connect/zoho/callback?{}", back.query().unwrap())).await;
            assert_eq!(answer.status, 400, "{accounts_server}: {}", answer.text);
        }
    }
    assert_eq!(listener.accept().map(|_| ()).map_err(|error| error.kind()), Err(ErrorKind::WouldBlock));
    assert_eq!(server.sandbox.count("zoho", "token_requests").await, 0);
    assert_eq!(server.database.count("connections").await, 0);
}

/// The same for a browser, and for a redirect that names another data centre of the table: that one does not know the code.
#[tokio::test]
async fn another_data_centre_does_not_know_the_code() {
    let server = Server::start().await;
    let member = server.member(UserId::generate());
    let started = member.post_nothing("/connect/zoho").await.with(201);
    let back = server.sandbox.approve(started["authorize_url"].as_str().unwrap(), "ann-eu").await;
    let india = format!("{}/zoho/in", server.sandbox.url());
    let answer = member.get(&path_of(&altered(&back, &[("accounts-server", &india), ("location", "in")]))).await;
    assert!(answer.status.is_client_error(), "{}", answer.text);
    assert_eq!(server.sandbox.count("zoho", "exchanges").await, 0);
    assert_eq!(server.database.count("connections").await, 0);
}

fn altered(url: &Url, with: &[(&str, &str)]) -> Url {
    let (mut changed, pairs) = (url.clone(), url.query_pairs());
    let kept = pairs.filter(|(name, _)| with.iter().all(|(other, _)| name != other));
    changed.query_pairs_mut().clear().extend_pairs(kept).extend_pairs(with);
    changed
}

/// Z2: `Access Denied` is throttling. The connection waits for ten minutes and is well again; only a dead refresh token
/// ends it.
#[tokio::test]
async fn access_denied_is_a_pause_and_no_end() {
    let server = Server::start().await;
    let tenant = server.tenant().await;
    let connection = server.connected(tenant, "zoho", "ann-eu").await;
    server.advance(TimeDelta::hours(2)).await;
    server.sandbox.fault("zoho", "token", "rate_limited", 1).await;
    let paused = server.vend_answer(tenant, &connection).await;
    assert_eq!((paused.status.as_u16(), paused.header("retry-after")), (502, Some("600")));
    assert_eq!(health(&server, tenant, &connection).await, "degraded");
    // Nobody asks before it is time.
    let requests = server.sandbox.count("zoho", "token_requests").await;
    assert_eq!(server.vend_answer(tenant, &connection).await.status, 502);
    assert_eq!(server.sandbox.count("zoho", "token_requests").await, requests);
    server.advance(TimeDelta::seconds(601)).await;
    assert!(accepts(&server, "eu", token(&server.vend(tenant, &connection).await)).await);
    assert_eq!(health(&server, tenant, &connection).await, "active");

    // While the old token still serves, it is served.
    server.sandbox.fault("zoho", "token", "rate_limited", 1).await;
    server.advance(TimeDelta::minutes(50)).await;
    assert!(accepts(&server, "eu", token(&server.vend(tenant, &connection).await)).await);
    assert_eq!(health(&server, tenant, &connection).await, "degraded");

    server.advance(TimeDelta::hours(2)).await;
    let fault = json!({"on": "token", "kind": "error_200", "error": "invalid_code"});
    server.sandbox.control("zoho/faults", fault).await;
    assert_eq!(server.vend_answer(tenant, &connection).await.status, 409);
    assert_eq!(health(&server, tenant, &connection).await, "needs_reauth");
}

/// Without the CRM there is no organization, and the person is the account.
#[tokio::test]
async fn a_person_without_an_organization_is_an_account() {
    let server = Server::start().await;
    let tenant = server.tenant().await;
    let wish = json!({"scopes": ["AaaServer.profile.READ"]});
    let connection = server.connected_as(tenant, "zoho", "ann-eu", &wish).await;
    let id = connection["account_id"].as_str().unwrap();
    assert!(id.starts_with("eu:") && id.matches(':').count() == 1, "{id}");
    assert_eq!(connection["org_id"], Value::Null);
}
