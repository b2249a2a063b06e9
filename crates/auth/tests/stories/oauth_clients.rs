//! What becomes of the clients that Ada lets act for her, when something happens to her account; and how she signs in on our
//! page with an account elsewhere.

use crate::{
    clients::{Client, REDIRECT, RESOURCE, Server, hidden, refusal, refused, returned, text},
    elsewhere::{ada, consent, person},
    steps::{another_browser, mailed_token},
    world::{Browser, PASSWORD, World},
};
use auth::sweep;
use chrono::TimeDelta;
use serde_json::{Value, json};

const ADA: &str = "ada@example.com";

async fn start() -> (World, Server) {
    let world = World::with(&[("OAUTH_RESOURCES", RESOURCE)]).await;
    let server = Server::new(&world.url, &world.url);
    (world, server)
}

/// A client that can refresh, and one that a code is on its way to.
async fn settled(server: &Server, ada: &Browser) -> (Client, String, String) {
    let client = server.public(REDIRECT).await;
    let tokens = server.tokens(&ada.cookie(), &client).await;
    let code = server.code(&ada.cookie(), &client, &[]).await;
    (client, text(&tokens, "refresh_token").to_owned(), code)
}

/// Whatever ends or changes her way in ends what clients hold, and what was agreed to is forgotten.
#[tokio::test]
async fn a_change_of_her_way_in_ends_what_clients_hold() {
    let changes = [
        ("/api/auth/change-password", json!({"currentPassword": PASSWORD, "newPassword": "second password"})),
        ("/api/auth/revoke-sessions", json!({})),
        ("/api/auth/revoke-other-sessions", json!({})),
        ("/api/auth/delete-user", json!({"password": PASSWORD})),
        ("/api/auth/reset-password", json!({"newPassword": "second password"})),
    ];
    let (world, server) = start().await;
    let bob = world.sign_up("bob@example.com").await;
    let (bobs_client, bobs_token, _) = settled(&server, &bob).await;
    for (n, (path, form)) in changes.into_iter().enumerate() {
        let email = format!("ada{n}@example.com");
        let mut ada = world.sign_up(&email).await;
        let (client, token, code) = settled(&server, &ada).await;
        let mut form = form;
        if path.ends_with("reset-password") {
            let asked = world.post(&mut ada, "/api/auth/request-password-reset", &json!({"email": email})).await;
            assert_eq!(asked.status, 200, "{}", asked.text);
            form["token"] = json!(mailed_token(&world).await);
        }
        let answer = world.post(&mut ada, path, &form).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text);
        let dead = refused(400, "invalid_grant");
        assert_eq!(refusal(&server.refresh(&client, &token, &[]).await), dead, "{path}");
        assert_eq!(refusal(&server.redeem(&client, &code, &[]).await), dead, "{path}");
        assert_eq!(world.database.count("oauth_consents").await, 1, "{path}: only Bob's is left");
    }
    assert_eq!(server.refresh(&bobs_client, &bobs_token, &[]).await.status, 200);
}

/// A reset ends them even where browsers stay signed in.
#[tokio::test]
async fn a_reset_ends_them_where_browsers_stay() {
    let settings = [("OAUTH_RESOURCES", RESOURCE), ("AUTH_REVOKE_SESSIONS_ON_PASSWORD_RESET", "off")];
    let world = World::with(&settings).await;
    let server = Server::new(&world.url, &world.url);
    let mut ada = world.sign_up(ADA).await;
    let (client, token, _) = settled(&server, &ada).await;
    world.post(&mut ada, "/api/auth/request-password-reset", &json!({"email": ADA})).await;
    let form = json!({"token": mailed_token(&world).await, "newPassword": "second password"});
    assert_eq!(world.post(&mut Browser::default(), "/api/auth/reset-password", &form).await.status, 200);
    assert_eq!(world.session(&mut ada).await["user"]["email"], ADA);
    assert_eq!(refusal(&server.refresh(&client, &token, &[]).await), refused(400, "invalid_grant"));
}

/// Closing one browser is not the end of what runs elsewhere: that is what staying connected means.
#[tokio::test]
async fn signing_out_of_one_browser_ends_nothing() {
    let (world, server) = start().await;
    let mut ada = world.sign_up(ADA).await;
    let mut phone = another_browser(&world, ADA).await;
    let (client, token, code) = settled(&server, &ada).await;
    let id = world.session(&mut phone).await["session"]["id"].clone();
    world.post(&mut ada, "/api/auth/revoke-session", &json!({"token": id})).await;
    world.post(&mut ada, "/api/auth/sign-out", &json!({})).await;
    assert_eq!(world.session(&mut ada).await, Value::Null);
    assert_eq!(server.redeem(&client, &code, &[]).await.status, 200);
    assert_eq!(server.refresh(&client, &token, &[]).await.status, 200);
}

/// The hourly sweep: codes after a day, families when they die, consents a year after the last use, clients a month after.
#[tokio::test]
async fn what_nobody_uses_is_swept() {
    let (world, server) = start().await;
    let ada = world.sign_up(ADA).await;
    settled(&server, &ada).await;
    server.public(REDIRECT).await;
    let counts = async || {
        sweep(&world.app).await.unwrap();
        let mut counts = [0; 4];
        let tables = ["oauth_codes", "oauth_refresh_families", "oauth_consents", "oauth_clients"];
        for (count, table) in counts.iter_mut().zip(tables) {
            *count = world.database.count(table).await;
        }
        counts
    };
    assert_eq!(counts().await, [2, 1, 1, 2]);
    world.clock.advance(TimeDelta::hours(23));
    assert_eq!(counts().await, [2, 1, 1, 2], "used and expired codes are remembered");
    world.clock.advance(TimeDelta::hours(2));
    assert_eq!(counts().await, [0, 1, 1, 2]);
    world.clock.advance(TimeDelta::days(29));
    assert_eq!(counts().await, [0, 0, 1, 1], "a client that somebody allows something stays");
    world.clock.advance(TimeDelta::days(334));
    assert_eq!(counts().await, [0, 0, 1, 1]);
    world.clock.advance(TimeDelta::days(2));
    assert_eq!(counts().await, [0, 0, 0, 0]);
}

/// A client is deleted, by whoever runs this: everything of its goes along, and it is told to register anew.
#[tokio::test]
async fn a_client_that_is_gone_has_nothing() {
    let (world, server) = start().await;
    let ada = world.sign_up(ADA).await;
    let (client, token, _) = settled(&server, &ada).await;
    world.database.execute("delete from oauth_clients").await;
    for table in ["oauth_codes", "oauth_refresh_families", "oauth_consents"] {
        assert_eq!(world.database.count(table).await, 0, "{table}");
    }
    assert_eq!(refusal(&server.refresh(&client, &token, &[]).await), refused(400, "invalid_client"));
}

/// Who has no password signs in on our page with an account elsewhere, and comes back to what the client asked.
#[tokio::test]
async fn an_account_elsewhere_signs_in_on_the_page() {
    let (world, server) = start().await;
    person(&world, "github", &ada(ADA, true)).await;
    let client = server.public(REDIRECT).await;
    let page = server.open("", &client.asking(&[("prompt", "login consent")])).await;
    assert!(page.text.contains("Sign in with GitHub"), "{}", page.text);
    let policy = page.header("content-security-policy").unwrap();
    let at_github = crate::clients::origin(&world.sandbox.url);
    assert!(policy.split("; ").any(|part| part.starts_with("form-action") && part.contains(&at_github)), "{policy}");
    let request = hidden(&page.text, "request");
    let pressed = [("request", request.as_str()), ("provider", "github")];
    let leaving = server.submit("", "/oauth2/sign-in", &pressed).await;
    assert_eq!((leaving.status.as_u16(), leaving.header("cache-control")), (303, Some("no-store")));
    let at_provider = leaving.header("location").unwrap().parse().unwrap();
    let back = consent(&world, &at_provider).await;
    let back = back.strip_prefix(&world.url).unwrap();
    let returned_home = server.open(&leaving.jar(), back).await;
    let home = returned_home.header("location").unwrap().to_owned();
    assert_eq!((returned_home.status.as_u16(), home.as_str()), (302, client.asking(&[("prompt", "consent")]).as_str()));
    let allowed = server.decide(&returned_home.jar(), &home, "allow").await;
    assert!(returned(&allowed, REDIRECT)["code"].is_string());
    let nowhere = [("request", request.as_str()), ("provider", "nope")];
    assert_eq!(server.submit("", "/oauth2/sign-in", &nowhere).await.status, 404);
}
