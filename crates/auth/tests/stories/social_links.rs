//! Ada adds an account elsewhere to herself.

use crate::{
    elsewhere::{ada, consent, link, person, sign_in, start_link},
    steps::{counts, everything, problem, verify, who},
    world::{Browser, World},
};
use serde_json::json;

const ADA: &str = "ada@example.com";

/// Ada, signed in with a proven address.
async fn settled(world: &World) -> Browser {
    let browser = world.sign_up(ADA).await;
    verify(world, ADA).await;
    browser
}

/// The account with her own address becomes hers, signs her in, and asks for more when she links it again.
#[tokio::test]
async fn an_account_with_her_address_becomes_hers() {
    let world = World::start().await;
    let mut browser = settled(&world).await;
    person(&world, "github", &ada("Ada@example.com", true)).await;
    let session = browser.cookie();
    let answer = link(&world, &mut browser, "github").await;
    assert_eq!(answer.location(), "/accounts");
    assert_eq!(browser.cookie(), session, "the session is the same");
    assert_eq!(counts(&world).await, [1, 2, 1, 0, 0]);
    let mut other = Browser::default();
    assert_eq!(sign_in(&world, &mut other, "github").await.location(), "/home");
    assert_eq!(who(&world, &mut other).await, ADA);

    let more = json!({"provider": "github", "scopes": ["read:org"]});
    let page = start_link(&world, &mut browser, &more).await;
    let asked = page.query_pairs().find(|(name, _)| name == "scope").unwrap().1.into_owned();
    assert_eq!(asked, "read:user user:email read:org");
}

/// Linking the same account again is no second one.
#[tokio::test]
async fn linking_again_changes_tokens_only() {
    let world = World::start().await;
    let mut browser = settled(&world).await;
    person(&world, "google", &ada(ADA, true)).await;
    for _ in 0..2 {
        assert_eq!(link(&world, &mut browser, "google").await.location(), "/accounts");
    }
    assert_eq!(counts(&world).await, [1, 2, 1, 0, 0]);
}

/// Another address, an address that one side has not proven, and somebody else's account are refused, and nothing changes.
#[tokio::test]
async fn what_is_not_plainly_hers_is_not_linked() {
    for (description, verified, code) in [
        (ada("other@example.com", true), true, "email_does_not_match"),
        (json!({"id": "4711", "email": null}), true, "email_does_not_match"),
        (ada(ADA, false), true, "unable_to_link_account"),
        (ada(ADA, true), false, "unable_to_link_account"),
    ] {
        let world = World::start().await;
        let mut browser = world.sign_up(ADA).await;
        if verified {
            verify(&world, ADA).await;
        }
        person(&world, "github", &description).await;
        let before = everything(&world).await;
        let answer = link(&world, &mut browser, "github").await;
        // GitHub calls no address verified where there is none.
        let code = if description["email"].is_null() { "unable_to_link_account" } else { code };
        assert_eq!(answer.location(), format!("/oops?error={code}"), "{description}");
        assert_eq!(everything(&world).await, before, "{description}");
    }
    let world = World::start().await;
    person(&world, "google", &ada("bob@example.com", true)).await;
    let mut bob = Browser::default();
    sign_in(&world, &mut bob, "google").await;
    let mut browser = settled(&world).await;
    person(&world, "google", &ada(ADA, true)).await;
    let before = everything(&world).await;
    let answer = link(&world, &mut browser, "google").await;
    assert_eq!(answer.location(), "/oops?error=account_already_linked_to_different_user");
    assert_eq!(everything(&world).await, before);
    assert_eq!(who(&world, &mut bob).await, "bob@example.com");
}

/// Whoever signed out on the way, or whose session ended, comes back to nothing.
#[tokio::test]
async fn a_session_that_ended_links_nothing() {
    let world = World::start().await;
    person(&world, "google", &ada(ADA, true)).await;
    let form = json!({"provider": "google", "callbackURL": "/accounts", "errorCallbackURL": "/oops"});
    let mut browser = settled(&world).await;
    let page = start_link(&world, &mut browser, &form).await;
    let back = consent(&world, &page).await;
    world.database.execute("update sessions set expires_at = now() - interval '1 second'").await;
    assert_eq!(world.get(&mut browser, &back).await.location(), "/oops?error=unable_to_link_account");
    assert_eq!(counts(&world).await, [1, 1, 1, 0, 0]);

    let (mut browser, _) = crate::steps::sign_in(&world, ADA, crate::world::PASSWORD).await;
    let page = start_link(&world, &mut browser, &form).await;
    let back = consent(&world, &page).await;
    world.post(&mut browser, "/api/auth/sign-out", &json!({})).await;
    let gone = format!("{}/api/auth/error?error=state_mismatch", world.url);
    assert_eq!(world.get(&mut browser, &back).await.location(), gone);
    assert_eq!(counts(&world).await, [1, 1, 1, 0, 0], "the old session's row is left for the sweep");
    let nobody = world.post(&mut Browser::default(), "/api/auth/link-social", &form).await;
    assert_eq!(nobody.whole(), problem(401, "UNAUTHORIZED", "Unauthorized"));
}

/// The last way to sign in stays; any other goes, by its row and by its own person.
#[tokio::test]
async fn an_account_is_unlinked_unless_it_is_the_last() {
    let world = World::start().await;
    let mut browser = settled(&world).await;
    let mut bob = world.sign_up("bob@example.com").await;
    let accounts = world.get(&mut browser, "/api/auth/list-accounts").await.json();
    let unlink = async |browser: &mut Browser, row: &serde_json::Value| {
        world.post(browser, "/api/auth/unlink-account", &json!({"accountId": row})).await.whole()
    };
    let last = problem(400, "FAILED_TO_UNLINK_LAST_ACCOUNT", "You can't unlink your last account");
    assert_eq!(unlink(&mut browser, &accounts[0]["id"]).await, last);
    person(&world, "google", &ada(ADA, true)).await;
    link(&world, &mut browser, "google").await;
    let before = everything(&world).await;
    let accounts = world.get(&mut browser, "/api/auth/list-accounts").await.json();
    assert_eq!(unlink(&mut bob, &accounts[1]["id"]).await, last, "Bob has one of his own only");
    let unknown = problem(400, "ACCOUNT_NOT_FOUND", "Account not found");
    for row in [json!("4711"), json!("google"), json!("00000000000000000000000000000000")] {
        assert_eq!(unlink(&mut browser, &row).await, unknown, "{row}");
    }
    assert_eq!(everything(&world).await, before);
    assert_eq!(unlink(&mut browser, &accounts[1]["id"]).await, (200, json!({"status": true})));
    assert_eq!(unlink(&mut browser, &accounts[0]["id"]).await, last);
    assert_eq!(counts(&world).await, [2, 2, 2, 0, 0]);
}
