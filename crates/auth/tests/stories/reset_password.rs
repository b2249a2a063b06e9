//! Ada forgot her password.

use crate::{
    steps::{another_browser, counts, done, everything, hex, mailed_token, problem, recipients, sign_in, who},
    world::{Answer, Browser, PASSWORD, World},
};
use chrono::TimeDelta;
use serde_json::json;

const ADA: &str = "ada@example.com";
const NEW: &str = "a password of tomorrow";

async fn ask(world: &World, email: &str) -> Answer {
    let form = json!({"email": email, "redirectTo": "/reset"});
    world.post(&mut Browser::default(), "/api/auth/request-password-reset", &form).await
}

/// The token of a new link for Ada.
async fn token(world: &World) -> String {
    assert_eq!(ask(world, ADA).await.status, 200);
    mailed_token(world).await
}

async fn reset(world: &World, token: &str, password: &str) -> Answer {
    let form = json!({"token": token, "newPassword": password});
    world.post(&mut Browser::default(), "/api/auth/reset-password", &form).await
}

fn invalid() -> (u16, serde_json::Value) {
    problem(400, "INVALID_TOKEN", "Invalid token")
}

/// The answer is the same for an address that nobody has, and nobody gets mail there.
#[tokio::test]
async fn asking_tells_nobody_whether_an_address_is_known() {
    let world = World::start().await;
    world.sign_up(ADA).await;
    let (known, unknown) = (ask(&world, "Ada@Example.com").await, ask(&world, "bob@example.com").await);
    let message = "If this email exists in our system, check your email for the reset link";
    assert_eq!(known.whole(), (200, json!({"status": true, "message": message})));
    assert_eq!(known.whole(), unknown.whole());
    let names = |answer: &Answer| answer.headers.keys().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!((names(&known), known.cookies()), (names(&unknown), unknown.cookies()));
    assert_eq!(world.database.count("jobs").await, 2, "both requests are the same work");
    let mails = world.mails().await;
    assert_eq!(recipients(&mails), [ADA]);
    assert_eq!((&mails[0]["kind"], &mails[0]["subject"]), (&json!("reset-password"), &json!("Reset your password")));
    assert_eq!((counts(&world).await, world.database.count("jobs").await), ([1, 1, 1, 1, 0], 0));
}

/// The link leads to the page with the token, as often as it is opened; a dead one leads there with the reason, and none
/// leads to somebody else's page.
#[tokio::test]
async fn the_link_leads_to_the_page_that_asks_for_the_password() {
    let world = World::start().await;
    world.sign_up(ADA).await;
    let token = token(&world).await;
    let link = world.mailed_link().await;
    assert_eq!(link, format!("/api/auth/reset-password/{token}?callbackURL=%2Freset"));
    let before = everything(&world).await;
    for _ in 0..2 {
        let answer = world.get(&mut Browser::default(), &link).await;
        assert_eq!((answer.status.as_u16(), answer.location()), (302, format!("/reset?token={token}").as_str()));
    }
    let at = async |path: &str| world.get(&mut Browser::default(), path).await;
    let dead = at("/api/auth/reset-password/nonsense?callbackURL=%2Freset").await;
    assert_eq!((dead.status.as_u16(), dead.location()), (302, "/reset?error=INVALID_TOKEN"));
    let error_page = format!("{}/api/auth/error?error=INVALID_TOKEN", world.url);
    assert_eq!(at(&format!("/api/auth/reset-password/{token}")).await.location(), error_page);
    let foreign = at(&format!("/api/auth/reset-password/{token}?callbackURL=https%3A%2F%2Fevil.example")).await;
    assert_eq!(foreign.whole(), problem(403, "INVALID_CALLBACK_URL", "Invalid callbackURL"));
    assert_eq!(everything(&world).await, before);
}

/// A new password is set once; it ends every session, every other link of the kind, and the old password.
#[tokio::test]
async fn a_link_sets_one_password() {
    let world = World::start().await;
    let mut laptop = world.sign_up(ADA).await;
    let mut phone = another_browser(&world, ADA).await;
    let mut bob = world.sign_up("bob@example.com").await;
    let (older, newer) = (token(&world).await, token(&world).await);
    assert_ne!(older, newer);

    let before = everything(&world).await;
    let short = reset(&world, &newer, "1234567").await;
    assert_eq!(short.whole(), problem(400, "PASSWORD_TOO_SHORT", "Password too short"));
    let long = reset(&world, &newer, &"p".repeat(129)).await;
    assert_eq!(long.whole(), problem(400, "PASSWORD_TOO_LONG", "Password too long"));
    assert_eq!(everything(&world).await, before, "the link is as it was");

    let answer = reset(&world, &newer, NEW).await;
    assert_eq!((answer.whole(), answer.cookies()), (done(), vec![]), "nobody is signed in by it");
    for token in [&newer, &older] {
        let before = everything(&world).await;
        assert_eq!(reset(&world, token, "and another one").await.whole(), invalid());
        assert_eq!(everything(&world).await, before);
    }
    for browser in [&mut laptop, &mut phone] {
        assert_eq!(world.session(browser).await, json!(null));
    }
    assert_eq!(who(&world, &mut bob).await, "bob@example.com");
    assert_eq!(sign_in(&world, ADA, PASSWORD).await.1.status, 401);
    assert_eq!(sign_in(&world, ADA, NEW).await.1.status, 200);
    assert_eq!(sign_in(&world, "bob@example.com", PASSWORD).await.1.status, 200);
}

/// Two who use one link at once: one of them sets the password.
#[tokio::test]
async fn a_link_is_used_once_by_two_at_once() {
    let world = World::start().await;
    world.sign_up(ADA).await;
    let token = token(&world).await;
    let (one, two) = tokio::join!(reset(&world, &token, NEW), reset(&world, &token, "the other password"));
    let mut statuses = [one.status.as_u16(), two.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 400]);
    let (new, other) = (sign_in(&world, ADA, NEW).await.1, sign_in(&world, ADA, "the other password").await.1);
    assert_eq!(new.status == 200, one.status == 200);
    assert_eq!(other.status == 200, two.status == 200);
}

/// The operator may let the sessions live.
#[tokio::test]
async fn sessions_survive_where_the_operator_wants_it() {
    let world = World::with(&[("AUTH_REVOKE_SESSIONS_ON_PASSWORD_RESET", "off")]).await;
    let mut laptop = world.sign_up(ADA).await;
    let token = token(&world).await;
    assert_eq!(reset(&world, &token, NEW).await.whole(), done());
    assert_eq!(who(&world, &mut laptop).await, ADA);
}

/// After an hour a link is dead, for the page and for the password.
#[tokio::test]
async fn a_link_expires_after_an_hour() {
    let world = World::start().await;
    world.sign_up(ADA).await;
    let token = token(&world).await;
    let link = world.mailed_link().await;
    world.clock.advance(TimeDelta::minutes(59));
    let open = async || world.get(&mut Browser::default(), &link).await.location().to_owned();
    assert_eq!(open().await, format!("/reset?token={token}"));
    world.clock.advance(TimeDelta::minutes(1));
    let before = everything(&world).await;
    assert_eq!(open().await, "/reset?error=INVALID_TOKEN");
    assert_eq!(reset(&world, &token, NEW).await.whole(), invalid());
    assert_eq!(everything(&world).await, before);
}

/// A token opens what it was made for and nothing else: not the other link's page, not the password, not the deletion.
#[tokio::test]
async fn a_token_serves_its_own_purpose_only() {
    let world = World::with(&[("AUTH_CONFIRM_DELETION", "on")]).await;
    let mut ada = world.sign_up(ADA).await;
    let for_reset = token(&world).await;
    let form = json!({"email": ADA});
    world.post(&mut ada, "/api/auth/send-verification-email", &form).await;
    let for_verify = mailed_token(&world).await;
    world.post(&mut ada, "/api/auth/delete-user", &json!({})).await;
    let for_delete = mailed_token(&world).await;
    let before = everything(&world).await;
    for token in [&for_verify, &for_delete] {
        assert_eq!(reset(&world, token, NEW).await.whole(), invalid());
        let opened = world.get(&mut ada, &format!("/api/auth/reset-password/{token}?callbackURL=%2Freset")).await;
        assert_eq!(opened.location(), "/reset?error=INVALID_TOKEN");
    }
    for token in [&for_reset, &for_delete] {
        let opened = world.get(&mut ada, &format!("/api/auth/verify-email?token={token}")).await;
        assert_eq!(opened.whole(), problem(401, "INVALID_TOKEN", "Invalid token"));
    }
    for token in [&for_reset, &for_verify] {
        let opened = world.get(&mut ada, &format!("/api/auth/delete-user/callback?token={token}")).await;
        assert_eq!(opened.whole(), problem(404, "INVALID_TOKEN", "Invalid token"));
        let posted = world.post(&mut ada, "/api/auth/delete-user", &json!({"token": token})).await;
        assert_eq!(posted.whole(), problem(404, "INVALID_TOKEN", "Invalid token"));
    }
    assert_eq!(everything(&world).await, before);
    assert_eq!(reset(&world, &for_reset, NEW).await.whole(), done());
}

/// However often somebody asks, a person gets five such mails an hour, and the answer stays the same.
#[tokio::test]
async fn nobody_gets_more_than_five_mails_an_hour() {
    let world = World::start().await;
    world.sign_up(ADA).await;
    world.sign_up("bob@example.com").await;
    let first = ask(&world, ADA).await.whole();
    for _ in 0..7 {
        assert_eq!(ask(&world, ADA).await.whole(), first);
        world.mails().await;
    }
    assert_eq!(world.mails().await.len(), 5);
    assert_eq!(world.database.count("jobs").await, 0);
    ask(&world, "bob@example.com").await;
    assert_eq!(world.mails().await.len(), 6, "others are not meant");
    world.clock.advance(TimeDelta::minutes(61));
    ask(&world, ADA).await;
    assert_eq!(world.mails().await.len(), 7);
}

/// Whoever reads the queue or the links learns no token, no password and no hash of one.
#[tokio::test]
async fn what_waits_holds_no_secret() {
    let world = World::start().await;
    world.sign_up(ADA).await;
    ask(&world, ADA).await;
    let waiting = world.database.dump("jobs").await;
    assert!(waiting.contains("reset_password") && !waiting.contains("argon2") && !waiting.contains(PASSWORD));
    let token = mailed_token(&world).await;
    reset(&world, &token, NEW).await;
    ask(&world, ADA).await;
    let rows = [world.database.dump("jobs").await, world.database.dump("links").await].concat();
    let hex = hex(&token);
    assert!(rows.contains(ADA));
    for secret in [token.as_str(), &hex, "argon2", PASSWORD, NEW] {
        assert!(!rows.contains(secret), "{secret}");
    }
}
