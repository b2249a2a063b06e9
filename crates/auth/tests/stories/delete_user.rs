//! Ada leaves.

use crate::{
    steps::{another_browser, counts, everything, mailed_token, problem, recipients, sign_in, who, with_bearer},
    world::{Answer, Browser, PASSWORD, World},
};
use chrono::TimeDelta;
use reqwest::Method;
use serde_json::{Value, json};

const ADA: &str = "ada@example.com";
const FORGOTTEN: [&str; 3] = [
    "better-auth.session_token=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax",
    "better-auth.session_data=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax",
    "better-auth.dont_remember=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax",
];

async fn delete(world: &World, browser: &mut Browser, form: &Value) -> Answer {
    world.post(browser, "/api/auth/delete-user", form).await
}

fn deleted() -> (u16, Value) {
    (200, json!({"success": true, "message": "User deleted"}))
}

/// Ada with all that a person can have here: two browsers, a mailed link, and an account elsewhere under way.
async fn settled(world: &World) -> (Browser, Browser) {
    let mut ada = world.sign_up(ADA).await;
    let phone = another_browser(world, ADA).await;
    world.post(&mut ada, "/api/auth/send-verification-email", &json!({"email": ADA})).await;
    world.mails().await;
    world.post(&mut ada, "/api/auth/link-social", &json!({"provider": "google"})).await;
    (ada, phone)
}

/// With the password everything of hers goes, and nothing that she held opens anything.
#[tokio::test]
async fn with_the_password_everything_goes() {
    let world = World::start().await;
    let mut bob = world.sign_up("bob@example.com").await;
    let (mut ada, mut phone) = settled(&world).await;
    let held = ada.clone();
    let token = world.session(&mut ada).await["session"]["token"].as_str().unwrap().to_owned();
    assert_eq!(counts(&world).await, [2, 2, 3, 1, 1]);
    let answer = delete(&world, &mut ada, &json!({"password": PASSWORD})).await;
    assert_eq!((answer.whole(), answer.cookies()), (deleted(), FORGOTTEN.to_vec()));
    assert!(!ada.holds("better-auth.session_token"));
    assert_eq!(counts(&world).await, [1, 1, 1, 0, 0]);
    let rows = everything(&world).await.concat();
    assert!(!rows.contains(ADA) && rows.contains("bob@example.com"), "{rows}");

    let mut old = held.clone();
    assert_eq!((world.session(&mut old).await, world.session(&mut phone).await), (Value::Null, Value::Null));
    assert!(!old.holds("better-auth.session_token"), "the browser is told to forget");
    let unauthorized = problem(401, "UNAUTHORIZED", "Unauthorized");
    assert_eq!(world.get(&mut held.clone(), "/api/auth/token").await.whole(), unauthorized);
    assert_eq!(with_bearer(&world, Method::GET, "/api/auth/token", &token).await.whole(), unauthorized);
    assert_eq!(with_bearer(&world, Method::GET, "/api/auth/get-session", &token).await.json(), Value::Null);
    assert_eq!(delete(&world, &mut held.clone(), &json!({"password": PASSWORD})).await.whole(), unauthorized);
    assert_eq!(sign_in(&world, ADA, PASSWORD).await.1.status, 401);
    assert_eq!(who(&world, &mut bob).await, "bob@example.com");
    world.sign_up(ADA).await;
    assert_eq!(counts(&world).await, [2, 2, 2, 0, 0], "the address is free again");
}

/// A session of today needs no password; an older one does, and a wrong password does nothing either way.
#[tokio::test]
async fn an_old_session_needs_the_password() {
    let world = World::start().await;
    let (mut ada, mut fresh) = settled(&world).await;
    let before = everything(&world).await;
    let wrong = delete(&world, &mut ada, &json!({"password": "not my password"})).await;
    assert_eq!((wrong.whole(), wrong.cookies()), (problem(400, "INVALID_PASSWORD", "Invalid password"), vec![]));
    assert_eq!(everything(&world).await, before);
    world.clock.advance(TimeDelta::hours(25));
    let stale = delete(&world, &mut ada, &json!({})).await;
    let message = "Session expired. Re-authenticate to perform this action.";
    assert_eq!(stale.whole(), problem(400, "SESSION_EXPIRED", message));
    assert_eq!(counts(&world).await[0], 1);
    assert_eq!(delete(&world, &mut ada, &json!({"password": PASSWORD})).await.whole(), deleted());
    assert_eq!(counts(&world).await, [0; 5]);
    assert_eq!(world.session(&mut fresh).await, Value::Null);
}

/// Without any body, a fresh session is enough.
#[tokio::test]
async fn a_fresh_session_needs_no_password() {
    let world = World::start().await;
    let (mut ada, _) = settled(&world).await;
    assert_eq!(delete(&world, &mut ada, &json!({})).await.whole(), deleted());
    assert_eq!(counts(&world).await, [0; 5]);
}

/// With confirmation nothing happens before the link, which works for its own person only, in a session of theirs.
#[tokio::test]
async fn a_mailed_link_deletes_its_own_person_only() {
    let world = World::with(&[("AUTH_CONFIRM_DELETION", "on")]).await;
    let (mut ada, mut bob) = (world.sign_up(ADA).await, world.sign_up("bob@example.com").await);
    let mailed = (200, json!({"success": true, "message": "Verification email sent"}));
    let form = json!({"password": PASSWORD, "callbackURL": "/goodbye"});
    let answer = delete(&world, &mut ada, &form).await;
    assert_eq!((answer.whole(), answer.cookies()), (mailed, vec![]));
    assert_eq!(recipients(&world.mails().await), [ADA]);
    let (link, token) = (world.mailed_link().await, mailed_token(&world).await);
    let before = everything(&world).await;
    let refused = problem(404, "INVALID_TOKEN", "Invalid token");
    assert_eq!(world.get(&mut bob, &link).await.whole(), refused);
    assert_eq!(delete(&world, &mut bob, &json!({"token": token})).await.whole(), refused);
    let nobody = world.get(&mut Browser::default(), &link).await;
    assert_eq!(nobody.whole(), problem(401, "UNAUTHORIZED", "Unauthorized"));
    let foreign = format!("/api/auth/delete-user/callback?token={token}&callbackURL=https%3A%2F%2Fevil.example");
    assert_eq!(
        world.get(&mut ada, &foreign).await.whole(),
        problem(403, "INVALID_CALLBACK_URL", "Invalid callbackURL")
    );
    assert_eq!(everything(&world).await, before);
    let opened = world.get(&mut ada, &link).await;
    assert_eq!((opened.status.as_u16(), opened.location(), opened.cookies()), (302, "/goodbye", FORGOTTEN.to_vec()));
    assert_eq!(counts(&world).await, [1, 1, 1, 0, 0]);
    assert_eq!(who(&world, &mut bob).await, "bob@example.com");
}

/// The link works for a day; its token may come in the body instead.
#[tokio::test]
async fn a_mailed_link_works_for_a_day() {
    let world = World::with(&[("AUTH_CONFIRM_DELETION", "on")]).await;
    let mut ada = world.sign_up(ADA).await;
    delete(&world, &mut ada, &json!({})).await;
    let old = mailed_token(&world).await;
    world.clock.advance(TimeDelta::hours(24));
    let refused = delete(&world, &mut ada, &json!({"token": old})).await;
    assert_eq!(refused.whole(), problem(404, "INVALID_TOKEN", "Invalid token"));
    delete(&world, &mut ada, &json!({})).await;
    let new = mailed_token(&world).await;
    let answer = delete(&world, &mut ada, &json!({"token": new})).await;
    assert_eq!((answer.whole(), answer.cookies()), (deleted(), FORGOTTEN.to_vec()));
    assert_eq!(counts(&world).await, [0; 5]);
}
