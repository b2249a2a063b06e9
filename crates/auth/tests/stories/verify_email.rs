//! Ada proves that her mailbox is hers.

use crate::{
    steps::{counts, done, everything, mailed_token, problem, recipients, sign_in, verify, who},
    world::{Answer, Browser, PASSWORD, World},
};
use chrono::TimeDelta;
use serde_json::{Value, json};

const ADA: &str = "ada@example.com";

async fn strict() -> World {
    World::with(&[("AUTH_REQUIRE_EMAIL_VERIFICATION", "on")]).await
}

async fn sign_up(world: &World, browser: &mut Browser, email: &str, password: &str) -> Answer {
    let form = json!({"name": "Ada", "email": email, "password": password, "callbackURL": "/welcome"});
    world.post(browser, "/api/auth/sign-up/email", &form).await
}

fn keys(value: &Value) -> Vec<&String> {
    value.as_object().unwrap().keys().collect()
}

/// Nobody is signed in before the mail, and whoever takes a known address gets an answer of the same shape, while the
/// account stays what it was.
#[tokio::test]
async fn signing_up_waits_for_the_mail_and_gives_nobody_away() {
    let world = strict().await;
    let mut browser = Browser::default();
    let new = sign_up(&world, &mut browser, ADA, PASSWORD).await;
    let body = new.json();
    assert_eq!((new.status.as_u16(), &body["token"], new.cookies()), (200, &Value::Null, vec![]));
    assert_eq!(new.header("set-auth-token"), None);
    assert_eq!(counts(&world).await, [1, 1, 0, 0, 0]);
    assert_eq!(recipients(&world.mails().await), [ADA]);
    let before = everything(&world).await;
    verify(&world, ADA).await;
    let verified = everything(&world).await;
    assert_ne!(before, verified);

    let taken = sign_up(&world, &mut browser, "Ada@example.com", "somebody else's").await;
    assert_eq!((taken.status, taken.cookies()), (new.status, vec![]));
    let again = taken.json();
    assert_eq!((keys(&again), keys(&again["user"])), (keys(&body), keys(&body["user"])));
    assert_eq!(again["user"]["email"], ADA);
    assert_eq!(again["user"]["emailVerified"], false);
    assert_ne!(again["user"]["id"], body["user"]["id"]);
    assert_eq!(world.mails().await.len(), 1, "the letter comes to nothing");
    assert_eq!(everything(&world).await, verified);
    assert_eq!(sign_in(&world, ADA, "somebody else's").await.1.status, 401);
}

/// Only who knows the password learns that the mailbox waits, and gets the mail again.
#[tokio::test]
async fn signing_in_waits_for_the_mail_too() {
    let world = strict().await;
    sign_up(&world, &mut Browser::default(), ADA, PASSWORD).await;
    world.mails().await;
    let before = everything(&world).await;
    let wrong = sign_in(&world, ADA, "not my password").await.1;
    assert_eq!(wrong.whole(), problem(401, "INVALID_EMAIL_OR_PASSWORD", "Invalid email or password"));
    assert_eq!(everything(&world).await, before, "no mail is due");
    let right = sign_in(&world, ADA, PASSWORD).await.1;
    assert_eq!((right.whole(), right.cookies()), (problem(403, "EMAIL_NOT_VERIFIED", "Email not verified"), vec![]));
    assert_eq!(recipients(&world.mails().await), [ADA, ADA]);
    assert_eq!(counts(&world).await, [1, 1, 0, 2, 0]);
}

/// The first click signs in; the second says that all is well, and signs nobody in: it may be anybody's.
#[tokio::test]
async fn the_link_signs_in_once() {
    let world = strict().await;
    sign_up(&world, &mut Browser::default(), ADA, PASSWORD).await;
    let link = world.mailed_link().await;
    assert!(link.ends_with("&callbackURL=%2Fwelcome"), "{link}");
    let mut ada = Browser::default();
    let first = world.get(&mut ada, &link).await;
    assert_eq!((first.status.as_u16(), first.location()), (302, "/welcome"));
    assert!(ada.holds("better-auth.session_token"));
    let session = world.session(&mut ada).await;
    assert_eq!((&session["user"]["email"], &session["user"]["emailVerified"]), (&json!(ADA), &json!(true)));
    let before = everything(&world).await;
    let mut other = Browser::default();
    let second = world.get(&mut other, &link).await;
    assert_eq!((second.status.as_u16(), second.location(), second.cookies()), (302, "/welcome", vec![]));
    assert_eq!(everything(&world).await, before);
    assert_eq!(sign_in(&world, ADA, PASSWORD).await.1.status, 200);
}

/// Two first clicks at once begin one session.
#[tokio::test]
async fn two_clicks_at_once_sign_in_once() {
    let world = strict().await;
    sign_up(&world, &mut Browser::default(), ADA, PASSWORD).await;
    let link = world.mailed_link().await;
    let (mut one, mut two) = (Browser::default(), Browser::default());
    tokio::join!(world.get(&mut one, &link), world.get(&mut two, &link));
    assert_eq!(counts(&world).await, [1, 1, 1, 1, 0]);
}

/// Where nobody has to wait, the link proves the mailbox and signs nobody in.
#[tokio::test]
async fn the_link_signs_nobody_in_where_signing_in_did_not_wait() {
    let world = World::start().await;
    let mut ada = world.sign_up(ADA).await;
    let answer = world.post(&mut ada, "/api/auth/send-verification-email", &json!({"email": ADA})).await;
    assert_eq!(answer.whole(), done());
    let (token, mut stranger) = (mailed_token(&world).await, Browser::default());
    let opened = world.get(&mut stranger, &format!("/api/auth/verify-email?token={token}")).await;
    assert_eq!((opened.whole(), opened.cookies()), ((200, json!({"status": true, "user": null})), vec![]));
    assert_eq!(world.session(&mut ada).await["user"]["emailVerified"], true);
    assert_eq!(counts(&world).await, [1, 1, 1, 1, 0]);
}

/// After an hour the link says that it expired: to a page, or in words.
#[tokio::test]
async fn a_link_expires_after_an_hour() {
    let world = strict().await;
    sign_up(&world, &mut Browser::default(), ADA, PASSWORD).await;
    let (link, token) = (world.mailed_link().await, mailed_token(&world).await);
    world.clock.advance(TimeDelta::hours(1));
    let before = everything(&world).await;
    let mut browser = Browser::default();
    assert_eq!(world.get(&mut browser, &link).await.location(), "/welcome?error=TOKEN_EXPIRED");
    let words = world.get(&mut browser, &format!("/api/auth/verify-email?token={token}")).await;
    assert_eq!(words.whole(), problem(401, "TOKEN_EXPIRED", "Token expired"));
    let unknown = world.get(&mut browser, "/api/auth/verify-email?token=nonsense&callbackURL=%2Fwelcome").await;
    assert_eq!(unknown.location(), "/welcome?error=INVALID_TOKEN");
    assert_eq!(browser.cookie(), "");
    assert_eq!(everything(&world).await, before);
}

/// A link does not lead to somebody else's page, and does nothing where it is asked to.
#[tokio::test]
async fn a_link_leads_to_no_foreign_page() {
    let world = strict().await;
    sign_up(&world, &mut Browser::default(), ADA, PASSWORD).await;
    let token = mailed_token(&world).await;
    let before = everything(&world).await;
    for page in ["https%3A%2F%2Fevil.example", "%2F%2Fevil.example", "%2F%5Cevil.example", "javascript%3Aalert(1)"] {
        let path = format!("/api/auth/verify-email?token={token}&callbackURL={page}");
        let answer = world.get(&mut Browser::default(), &path).await;
        assert_eq!(answer.whole(), problem(403, "INVALID_CALLBACK_URL", "Invalid callbackURL"), "{page}");
    }
    let missing = world.get(&mut Browser::default(), "/api/auth/verify-email").await;
    let message = "[query.token] Invalid input: expected string, received undefined";
    assert_eq!(missing.whole(), problem(400, "VALIDATION_ERROR", message));
    assert_eq!(everything(&world).await, before);
}

/// Ada's link in a browser where Bob is signed in signs Ada in there, as in Better Auth; Bob's session goes on elsewhere.
#[tokio::test]
async fn a_link_signs_in_its_own_person_wherever_it_is_opened() {
    let world = strict().await;
    sign_up(&world, &mut Browser::default(), "bob@example.com", PASSWORD).await;
    let mut shared = Browser::default();
    let link = world.mailed_link().await;
    world.get(&mut shared, &link).await;
    let mut bobs = shared.clone();
    sign_up(&world, &mut Browser::default(), ADA, PASSWORD).await;
    let link = world.mailed_link().await;
    assert_eq!(world.get(&mut shared, &link).await.location(), "/welcome");
    assert_eq!((who(&world, &mut shared).await, who(&world, &mut bobs).await), (json!(ADA), json!("bob@example.com")));
    assert_eq!(counts(&world).await, [2, 2, 2, 2, 0]);
}

/// A signed-in person asks for their own address only, and only while it is not proven; a stranger learns nothing.
#[tokio::test]
async fn asking_for_the_link_again() {
    let world = World::start().await;
    let mut ada = world.sign_up(ADA).await;
    world.sign_up("bob@example.com").await;
    let ask = async |browser: &mut Browser, email: &str| {
        let form = json!({"email": email, "callbackURL": "/welcome"});
        world.post(browser, "/api/auth/send-verification-email", &form).await.whole()
    };
    let mismatch = problem(400, "EMAIL_MISMATCH", "Email mismatch");
    assert_eq!(ask(&mut ada, "bob@example.com").await, mismatch);
    assert_eq!(ask(&mut ada, "nobody@example.com").await, mismatch);
    assert_eq!(world.mails().await.len(), 0);
    for email in [ADA, "nobody@example.com", "bob@example.com"] {
        assert_eq!(ask(&mut Browser::default(), email).await, done());
    }
    let mails = world.mails().await;
    let mut reached = recipients(&mails);
    reached.sort_unstable();
    assert_eq!(reached, [ADA, "bob@example.com"]);
    verify(&world, ADA).await;
    assert_eq!(ask(&mut Browser::default(), ADA).await, done());
    assert_eq!(ask(&mut ada, ADA).await, problem(400, "EMAIL_ALREADY_VERIFIED", "Email is already verified"));
    assert_eq!(world.mails().await.len(), 2);
}

/// A link that was made for an address which its person has left proves nothing.
#[tokio::test]
async fn a_link_for_an_old_address_proves_nothing() {
    let world = strict().await;
    sign_up(&world, &mut Browser::default(), ADA, PASSWORD).await;
    let link = world.mailed_link().await;
    world.database.execute("update users set email = 'countess@example.com'").await;
    let before = everything(&world).await;
    assert_eq!(world.get(&mut Browser::default(), &link).await.location(), "/welcome?error=INVALID_TOKEN");
    assert_eq!(everything(&world).await, before);
}
