//! Ada moves to another mailbox.

use crate::{
    steps::{another_browser, counts, done, everything, mailed_token, problem, recipients, sign_in, verify, who},
    world::{Browser, PASSWORD, World},
};
use chrono::TimeDelta;
use serde_json::{Value, json};

const OLD: &str = "ada@example.com";
const NEW: &str = "countess@example.com";

async fn ask(world: &World, browser: &mut Browser, email: &str) -> (u16, Value) {
    let form = json!({"newEmail": email, "callbackURL": "/profile"});
    world.post(browser, "/api/auth/change-email", &form).await.whole()
}

async fn open(world: &World, browser: &mut Browser, link: &str) -> String {
    world.get(browser, link).await.location().to_owned()
}

/// The new mailbox answers, and the address is the new one, proven, in every browser.
#[tokio::test]
async fn the_new_mailbox_makes_the_change() {
    let world = World::start().await;
    let mut ada = world.sign_up(OLD).await;
    let mut phone = another_browser(&world, OLD).await;
    assert_eq!(ask(&world, &mut ada, "Countess@Example.com").await, done());
    let mails = world.mails().await;
    assert_eq!(recipients(&mails), [NEW]);
    assert_eq!(who(&world, &mut ada).await, OLD, "nothing has changed yet");
    let link = world.mailed_link().await;
    assert_eq!(open(&world, &mut ada, &link).await, "/profile");
    let user = world.session(&mut ada).await["user"].take();
    assert_eq!((&user["email"], &user["emailVerified"]), (&json!(NEW), &json!(true)));
    assert_eq!(who(&world, &mut phone).await, NEW, "sessions survive");
    let before = everything(&world).await;
    assert_eq!(open(&world, &mut ada, &link).await, "/profile", "a second click is fine");
    assert_eq!(everything(&world).await, before);
    assert_eq!(sign_in(&world, OLD, PASSWORD).await.1.status, 401);
    assert_eq!(sign_in(&world, NEW, PASSWORD).await.1.status, 200);
}

/// Without a page the answer is the person; a link in a browser where nobody is signed in changes the address, and signs
/// nobody in.
#[tokio::test]
async fn the_link_works_where_nobody_is_signed_in() {
    let world = World::start().await;
    let mut ada = world.sign_up(OLD).await;
    ask(&world, &mut ada, NEW).await;
    let (token, mut stranger) = (mailed_token(&world).await, Browser::default());
    let opened = world.get(&mut stranger, &format!("/api/auth/verify-email?token={token}")).await;
    assert_eq!((opened.status.as_u16(), &opened.json()["user"]["email"]), (200, &json!(NEW)));
    assert_eq!(opened.cookies(), [] as [&str; 0]);
    assert_eq!(who(&world, &mut ada).await, NEW);
}

/// With confirmation, the old mailbox agrees first; neither link alone changes anything.
#[tokio::test]
async fn the_old_mailbox_agrees_first_where_the_operator_wants_it() {
    let world = World::with(&[("AUTH_CONFIRM_EMAIL_CHANGE", "on")]).await;
    let mut ada = world.sign_up(OLD).await;
    verify(&world, OLD).await;
    assert_eq!(ask(&world, &mut ada, NEW).await, done());
    assert_eq!(recipients(&world.mails().await), [OLD]);
    let first = world.mailed_link().await;
    assert_eq!(open(&world, &mut ada, &first).await, "/profile");
    assert_eq!(who(&world, &mut ada).await, OLD);
    assert_eq!(recipients(&world.mails().await), [OLD, NEW]);
    let second = world.mailed_link().await;
    assert_eq!(open(&world, &mut ada, &first).await, "/profile", "a second click sends no second mail");
    assert_eq!(world.mails().await.len(), 2);
    assert_eq!(open(&world, &mut ada, &second).await, "/profile");
    assert_eq!(who(&world, &mut ada).await, NEW);
}

/// An old mailbox that was never proven is not asked.
#[tokio::test]
async fn an_unproven_mailbox_is_not_asked() {
    let world = World::with(&[("AUTH_CONFIRM_EMAIL_CHANGE", "on")]).await;
    let mut ada = world.sign_up(OLD).await;
    ask(&world, &mut ada, NEW).await;
    assert_eq!(recipients(&world.mails().await), [NEW]);
}

/// Somebody else's address gives the same answer and no mail; one that was taken after the mail is not taken away.
#[tokio::test]
async fn an_address_that_somebody_has_is_not_taken_away() {
    let world = World::start().await;
    let mut ada = world.sign_up(OLD).await;
    world.sign_up("bob@example.com").await;
    let before = everything(&world).await;
    assert_eq!(ask(&world, &mut ada, "bob@example.com").await, done());
    assert_eq!(world.mails().await.len(), 0);
    assert_eq!(everything(&world).await, before);

    ask(&world, &mut ada, NEW).await;
    let link = world.mailed_link().await;
    world.sign_up(NEW).await;
    let before = everything(&world).await;
    assert_eq!(open(&world, &mut ada, &link).await, "/profile?error=INVALID_TOKEN");
    assert_eq!(everything(&world).await, before);
    assert_eq!(ask(&world, &mut ada, "ADA@example.com").await, (400, json!({"message": "Email is the same"})));
}

/// A link does nothing in a browser where somebody else is signed in.
#[tokio::test]
async fn a_link_does_nothing_for_somebody_else() {
    let world = World::with(&[("AUTH_CONFIRM_EMAIL_CHANGE", "on")]).await;
    let (mut ada, mut bob) = (world.sign_up(OLD).await, world.sign_up("bob@example.com").await);
    verify(&world, OLD).await;
    ask(&world, &mut ada, NEW).await;
    for _ in ["the old mailbox's", "the new mailbox's"] {
        let (link, token) = (world.mailed_link().await, mailed_token(&world).await);
        let before = everything(&world).await;
        assert_eq!(open(&world, &mut bob, &link).await, "/profile?error=INVALID_USER");
        let words = world.get(&mut bob, &format!("/api/auth/verify-email?token={token}")).await;
        assert_eq!(words.whole(), problem(401, "INVALID_USER", "Invalid user"));
        assert_eq!(everything(&world).await, before);
        open(&world, &mut ada, &link).await;
    }
    assert_eq!((who(&world, &mut ada).await, who(&world, &mut bob).await), (json!(NEW), json!("bob@example.com")));
}

/// Once the address has changed, what was mailed to the old one opens nothing: no password, and no change back.
#[tokio::test]
async fn what_was_mailed_to_the_old_address_is_dead() {
    let world = World::start().await;
    let mut ada = world.sign_up(OLD).await;
    let forgotten = json!({"email": OLD, "redirectTo": "/reset"});
    world.post(&mut Browser::default(), "/api/auth/request-password-reset", &forgotten).await;
    let reset = mailed_token(&world).await;
    world.post(&mut ada, "/api/auth/send-verification-email", &json!({"email": OLD})).await;
    let verify = mailed_token(&world).await;
    ask(&world, &mut ada, "third@example.com").await;
    let third = world.mailed_link().await;
    ask(&world, &mut ada, NEW).await;
    let link = world.mailed_link().await;
    open(&world, &mut ada, &link).await;
    let before = everything(&world).await;
    let form = json!({"token": reset, "newPassword": "a password of tomorrow"});
    let answer = world.post(&mut Browser::default(), "/api/auth/reset-password", &form).await;
    assert_eq!(answer.whole(), problem(400, "INVALID_TOKEN", "Invalid token"));
    assert_eq!(open(&world, &mut ada, &third).await, "/profile?error=INVALID_TOKEN");
    let answer = world.get(&mut ada, &format!("/api/auth/verify-email?token={verify}")).await;
    assert_eq!(answer.whole(), problem(401, "INVALID_TOKEN", "Invalid token"));
    assert_eq!(everything(&world).await, before);
}

/// A password reset takes the account back from whoever was in it: a change of address that they asked for is dead too.
#[tokio::test]
async fn a_reset_password_ends_changes_under_way() {
    let world = World::start().await;
    let mut thief = world.sign_up(OLD).await;
    ask(&world, &mut thief, "thief@example.com").await;
    let link = world.mailed_link().await;
    let forgotten = json!({"email": OLD, "redirectTo": "/reset"});
    world.post(&mut Browser::default(), "/api/auth/request-password-reset", &forgotten).await;
    let form = json!({"token": mailed_token(&world).await, "newPassword": "a password of tomorrow"});
    assert_eq!(world.post(&mut Browser::default(), "/api/auth/reset-password", &form).await.whole(), done());
    let before = everything(&world).await;
    assert_eq!(open(&world, &mut Browser::default(), &link).await, "/profile?error=INVALID_TOKEN");
    assert_eq!(everything(&world).await, before);
}

/// So does a change of the password that signs every other browser out.
#[tokio::test]
async fn a_changed_password_ends_changes_under_way() {
    let world = World::start().await;
    let mut thief = world.sign_up(OLD).await;
    let mut ada = another_browser(&world, OLD).await;
    ask(&world, &mut thief, "thief@example.com").await;
    let link = world.mailed_link().await;
    let form =
        json!({"currentPassword": PASSWORD, "newPassword": "a password of tomorrow", "revokeOtherSessions": true});
    assert_eq!(world.post(&mut ada, "/api/auth/change-password", &form).await.status, 200);
    assert_eq!(world.session(&mut thief).await, Value::Null);
    assert_eq!(open(&world, &mut Browser::default(), &link).await, "/profile?error=INVALID_TOKEN");
    assert_eq!(who(&world, &mut ada).await, OLD);
}

/// The link expires after an hour; who is not signed in cannot ask for one.
#[tokio::test]
async fn a_change_expires_after_an_hour() {
    let world = World::start().await;
    let mut ada = world.sign_up(OLD).await;
    let nobody = ask(&world, &mut Browser::default(), NEW).await;
    assert_eq!(nobody, problem(401, "UNAUTHORIZED", "Unauthorized"));
    ask(&world, &mut ada, NEW).await;
    let link = world.mailed_link().await;
    world.clock.advance(TimeDelta::hours(1));
    assert_eq!(open(&world, &mut ada, &link).await, "/profile?error=TOKEN_EXPIRED");
    assert_eq!((who(&world, &mut ada).await, counts(&world).await), (json!(OLD), [1, 1, 1, 1, 0]));
}
