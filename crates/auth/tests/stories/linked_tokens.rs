//! Ada's pages use the tokens of an account she has linked.

use crate::{
    elsewhere::{ada, counted, person, sign_in},
    steps::{everything, problem},
    world::{Answer, Browser, World},
};
use chrono::TimeDelta;
use futures_util::future::join_all;
use serde_json::{Value, json};

const ADA: &str = "ada@example.com";

/// Ada, signed in with the provider's account, and the account's row.
async fn settled(world: &World, provider: &str) -> (Browser, String) {
    person(world, provider, &ada(ADA, true)).await;
    let mut browser = Browser::default();
    sign_in(world, &mut browser, provider).await;
    let accounts = world.get(&mut browser, "/api/auth/list-accounts").await.json();
    let row = accounts[0]["id"].as_str().unwrap().to_owned();
    (browser, row)
}

async fn access(world: &World, browser: &mut Browser, row: &str) -> Answer {
    world.post(browser, "/api/auth/get-access-token", &json!({"accountId": row})).await
}

async fn refresh(world: &World, browser: &mut Browser, row: &str) -> Answer {
    world.post(browser, "/api/auth/refresh-token", &json!({"accountId": row})).await
}

async fn info(world: &World, browser: &mut Browser, row: &str) -> Answer {
    world.get(browser, &format!("/api/auth/account-info?accountId={row}")).await
}

/// Both clocks go on.
async fn pass(world: &World, seconds: i64) {
    world.clock.advance(TimeDelta::seconds(seconds));
    world.control("/clock", &json!({"advance_seconds": seconds})).await;
}

fn not_found() -> (u16, Value) {
    problem(400, "ACCOUNT_NOT_FOUND", "Account not found")
}

fn no_token() -> (u16, Value) {
    problem(400, "FAILED_TO_GET_ACCESS_TOKEN", "Failed to get a valid access token")
}

/// A token that still holds is given as it is; one that ends within five seconds is renewed first, and works.
#[tokio::test]
async fn a_token_is_renewed_when_it_ends() {
    for (provider, lifetime) in [("linear", 86_399), ("spotify", 3600)] {
        let world = World::start().await;
        let (mut browser, row) = settled(&world, provider).await;
        let first = access(&world, &mut browser, &row).await.json();
        assert_eq!(access(&world, &mut browser, &row).await.json(), first, "{provider}");
        assert!(first["accessTokenExpiresAt"].as_str().unwrap().ends_with('Z') && first["idToken"].is_null());
        pass(&world, lifetime - 60).await;
        assert_eq!(access(&world, &mut browser, &row).await.json(), first, "{provider}");
        assert_eq!(counted(&world, provider, "refreshes").await, 0);
        pass(&world, 56).await;
        let second = access(&world, &mut browser, &row).await.json();
        assert_ne!(second["accessToken"], first["accessToken"], "{provider}");
        assert_eq!(second["scopes"], first["scopes"], "{provider}");
        assert_eq!(access(&world, &mut browser, &row).await.json(), second, "{provider}");
        assert_eq!(counted(&world, provider, "refreshes").await, 1);
        assert_eq!(info(&world, &mut browser, &row).await.status, 200, "the new token opens the API");
        assert!(!everything(&world).await.concat().contains(second["accessToken"].as_str().unwrap()));
    }
}

/// Ten pages that ask at once get one new token, which the provider was asked for once: it takes a refresh token once.
#[tokio::test]
async fn ten_who_ask_at_once_renew_once() {
    let world = World::start().await;
    let (browser, row) = settled(&world, "linear").await;
    pass(&world, 86_400).await;
    let asked = (0..10).map(|_| async {
        let answer = access(&world, &mut browser.clone(), &row).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.json()["accessToken"].take()
    });
    let tokens = join_all(asked).await;
    assert!(tokens.iter().all(|token| *token == tokens[0]) && tokens[0].is_string());
    assert_eq!(
        (counted(&world, "linear", "refreshes").await, counted(&world, "linear", "token_requests").await),
        (1, 2)
    );
}

/// A renewal that fails says so and leaves what there was; the next try works. Where the person took the app away it goes
/// on failing.
#[tokio::test]
async fn a_renewal_that_fails_is_tried_again() {
    let world = World::start().await;
    let (mut browser, row) = settled(&world, "linear").await;
    pass(&world, 86_400).await;
    world.session(&mut browser).await;
    for kind in ["status_500", "html_200", "truncated_json", "close", "rate_limited"] {
        world.control("/linear/faults", &json!({"on": "token", "kind": kind})).await;
        let before = everything(&world).await;
        assert_eq!(access(&world, &mut browser, &row).await.whole(), no_token(), "{kind}");
        assert_eq!(everything(&world).await, before, "{kind}");
    }
    world.control("/linear/faults", &json!({"on": "token", "kind": "status_500"})).await;
    let failed = problem(400, "FAILED_TO_REFRESH_ACCESS_TOKEN", "Failed to refresh access token");
    assert_eq!(refresh(&world, &mut browser, &row).await.whole(), failed);
    let answer = access(&world, &mut browser, &row).await;
    assert_eq!((answer.status.as_u16(), counted(&world, "linear", "refreshes").await), (200, 1));
    world.control("/linear/revoke", &json!({})).await;
    pass(&world, 86_400).await;
    assert_eq!(access(&world, &mut browser, &row).await.whole(), no_token());
}

/// A worker that died while it held the right to renew holds it for half a minute.
#[tokio::test]
async fn a_lease_that_was_left_behind_runs_out() {
    let world = World::start().await;
    let (mut browser, row) = settled(&world, "spotify").await;
    pass(&world, 3600).await;
    let lease = "update accounts set refresh_lease = gen_random_uuid(), refresh_lease_expires_at = now()";
    world.database.execute(lease).await;
    assert_eq!(access(&world, &mut browser, &row).await.status, 200);
    assert_eq!(counted(&world, "spotify", "refreshes").await, 1);
}

/// New tokens on request: all of them, with the row they belong to.
#[tokio::test]
async fn tokens_are_renewed_on_request() {
    let world = World::start().await;
    let (mut browser, row) = settled(&world, "linear").await;
    let before = access(&world, &mut browser, &row).await.json();
    let answer = refresh(&world, &mut browser, &row).await;
    let body = answer.json();
    assert_eq!(
        body,
        json!({"accessToken": body["accessToken"], "refreshToken": body["refreshToken"],
            "accessTokenExpiresAt": body["accessTokenExpiresAt"], "refreshTokenExpiresAt": null, "scope": "read",
            "idToken": null, "providerId": "linear", "accountId": row})
    );
    assert!(body["refreshToken"].is_string() && body["accessToken"] != before["accessToken"]);
    assert_eq!(access(&world, &mut browser, &row).await.json()["accessToken"], body["accessToken"]);
    // An OAuth app of GitHub's gets no refresh token.
    let world = World::start().await;
    let (mut browser, row) = settled(&world, "github").await;
    let none = problem(400, "REFRESH_TOKEN_NOT_FOUND", "Refresh token not found");
    assert!(
        matches!(refresh(&world, &mut browser, &row).await.whole(), answer if answer == none || answer == not_found())
    );
}

/// Somebody else's row, a row that is none, a password's row, and nobody's session.
#[tokio::test]
async fn tokens_are_for_their_own_person() {
    let world = World::start().await;
    let (_, row) = settled(&world, "google").await;
    let mut bob = world.sign_up("bob@example.com").await;
    let own = world.get(&mut bob, "/api/auth/list-accounts").await.json()[0]["id"].as_str().unwrap().to_owned();
    let before = everything(&world).await;
    for row in [row.as_str(), "4711", "google", "00000000000000000000000000000000"] {
        assert_eq!(access(&world, &mut bob, row).await.whole(), not_found(), "{row}");
        assert_eq!(refresh(&world, &mut bob, row).await.whole(), not_found(), "{row}");
        assert_eq!(info(&world, &mut bob, row).await.whole(), not_found(), "{row}");
    }
    let unsupported = problem(400, "PROVIDER_NOT_SUPPORTED", "Provider credential is not supported.");
    assert_eq!(access(&world, &mut bob, &own).await.whole(), unsupported);
    let mut nobody = Browser::default();
    for answer in [access(&world, &mut nobody, &row).await, refresh(&world, &mut nobody, &row).await] {
        assert_eq!((answer.status.as_u16(), answer.text.as_str()), (401, ""));
    }
    assert_eq!(info(&world, &mut nobody, &row).await.whole(), problem(401, "UNAUTHORIZED", "Unauthorized"));
    assert_eq!((everything(&world).await, counted(&world, "google", "token_requests").await), (before, 1));
}

/// What the provider says of the person now, in its own words beside ours.
#[tokio::test]
async fn the_provider_says_who_the_person_is() {
    let world = World::start().await;
    for (provider, name_of_id) in [("github", "id"), ("google", "sub")] {
        let (mut browser, row) = settled(&world, provider).await;
        let body = info(&world, &mut browser, &row).await.json();
        let user = &body["user"];
        assert_eq!(
            *user,
            json!({"name": "Ada", "email": ADA, "image": user["image"], "emailVerified": true}),
            "{provider}"
        );
        assert_eq!(body["account"], json!({"id": row, "providerId": provider, "accountId": "4711"}));
        assert_eq!(body["data"][name_of_id].to_string().trim_matches('"'), "4711", "{provider}");
        world.database.execute("delete from users").await;
    }
    let (mut browser, row) = settled(&world, "github").await;
    world.control("/github/faults", &json!({"on": "api", "kind": "status_500", "times": 3})).await;
    let failed = problem(401, "FAILED_TO_GET_USER_INFO", "Failed to get user info");
    assert_eq!(info(&world, &mut browser, &row).await.whole(), failed);
}
