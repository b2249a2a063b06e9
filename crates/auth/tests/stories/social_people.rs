//! Who somebody is who comes from a provider: somebody new, somebody known, or nobody we may say.

use crate::{
    elsewhere::{ada, counted, person, sign_in, start},
    steps::{counts, everything, hex, verify, who},
    world::{Browser, PASSWORD, PROVIDERS, World},
};
use serde_json::{Value, json};

const ADA: &str = "ada@example.com";

async fn accounts(world: &World, browser: &mut Browser) -> Vec<Value> {
    world.get(browser, "/api/auth/list-accounts").await.json().as_array().unwrap().clone()
}

/// At each of the six: a new person is signed in and welcomed, comes back as the same person, and nothing that the provider
/// gave stands in the database in clear.
#[tokio::test]
async fn a_new_person_comes_and_comes_back() {
    for (provider, verified, scopes) in [
        ("github", true, json!(["read:user", "user:email"])),
        (
            "google",
            true,
            json!([
                "openid",
                "https://www.googleapis.com/auth/userinfo.email",
                "https://www.googleapis.com/auth/userinfo.profile"
            ]),
        ),
        ("slack", true, json!(["openid", "profile", "email"])),
        ("linear", false, json!(["read"])),
        ("spotify", false, json!(["user-read-email"])),
        ("atlassian", false, json!(["read:me"])),
    ] {
        let world = World::start().await;
        person(&world, provider, &ada("Ada@Example.com", true)).await;
        let mut browser = Browser::default();
        let answer = sign_in(&world, &mut browser, provider).await;
        assert_eq!((answer.status.as_u16(), answer.location()), (302, "/hello"), "{provider}");
        let forgotten = "better-auth.state=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax";
        assert!(answer.cookies().contains(&forgotten) && browser.holds("better-auth.session_token"), "{provider}");
        let user = world.session(&mut browser).await["user"].take();
        assert_eq!(
            (&user["name"], &user["email"], &user["emailVerified"]),
            (&json!("Ada"), &json!(ADA), &json!(verified)),
            "{provider}"
        );
        let listed = accounts(&world, &mut browser).await;
        let account = &listed[0];
        assert_eq!(
            *account,
            json!({"id": account["id"], "providerId": provider, "accountId": "4711", "userId": user["id"],
                "createdAt": account["createdAt"], "updatedAt": account["createdAt"], "scopes": scopes})
        );
        let given = world.post(&mut browser, "/api/auth/get-access-token", &json!({"accountId": account["id"]})).await;
        let rows = everything(&world).await.concat();
        for member in ["accessToken", "idToken"] {
            if let Some(token) = given.json()[member].as_str() {
                let hex = hex(token);
                assert!(token.len() > 20 && !rows.contains(token) && !rows.contains(&hex), "{member} of {provider}");
            }
        }
        assert!(given.json()["accessToken"].is_string(), "{provider}: {}", given.text);

        person(&world, provider, &ada("moved@example.com", true)).await;
        let mut phone = Browser::default();
        let again = sign_in(&world, &mut phone, provider).await;
        assert_eq!(again.location(), "/home", "{provider}: no newcomer");
        assert_eq!(who(&world, &mut phone).await, ADA, "the address here is the person's own matter");
        assert_eq!((counts(&world).await, counted(&world, provider, "exchanges").await), ([1, 1, 2, 0, 0], 2));
    }
}

/// The browser is sent there as the provider's record says: PKCE, nonce, scopes, and what the page asked for.
#[tokio::test]
async fn the_way_there_is_as_the_record_says() {
    let world = World::start().await;
    for provider in PROVIDERS {
        let mut browser = Browser::default();
        let form = json!({"provider": provider, "loginHint": ADA, "additionalParams": {"theme": "dark"}});
        let page = start(&world, &mut browser, &form).await;
        let get = |name: &str| page.query_pairs().find(|(each, _)| each == name).map(|(_, value)| value.into_owned());
        let pkce = provider != "slack";
        let nonce = matches!(provider, "google" | "slack");
        assert_eq!(get("code_challenge_method").as_deref(), pkce.then_some("S256"), "{provider}");
        assert_eq!((get("code_challenge").is_some(), get("nonce").is_some()), (pkce, nonce), "{provider}");
        assert!(get("nonce").is_none_or(|nonce| nonce.len() == 43));
        assert_eq!(get("login_hint").as_deref(), Some(ADA));
        assert_eq!(get("theme").as_deref(), Some("dark"));
        assert_eq!(get("response_type").as_deref(), Some("code"));
        assert_eq!(get("client_id"), Some(format!("{provider}-sign-in")));
        assert_eq!(get("redirect_uri"), Some(format!("{}/api/auth/callback/{provider}", world.url)));
        assert_eq!(get("state").map(|state| state.len()), Some(43));
        let stored = world.database.dump("sign_in_states").await;
        assert!(!stored.contains(&get("state").unwrap()), "a state opens nothing for who reads the table");
    }
    assert_eq!(counts(&world).await, [0, 0, 0, 0, 6]);
}

/// A provider's account joins the person of its address only when both sides have proven the address. In every other case
/// the browser goes back with the reason, and nothing has changed.
#[tokio::test]
async fn accounts_join_only_where_both_sides_proved_the_address() {
    for (provider, there, here, joined) in [
        ("google", true, true, true),
        ("github", true, true, true),
        ("slack", true, true, true),
        ("google", false, true, false),
        ("google", true, false, false),
        ("google", false, false, false),
        ("github", false, true, false),
        // These never say that an address is proven.
        ("linear", true, true, false),
        ("spotify", true, true, false),
        ("atlassian", true, true, false),
    ] {
        let world = World::start().await;
        world.sign_up(ADA).await;
        if here {
            verify(&world, ADA).await;
        }
        person(&world, provider, &ada("ADA@example.com", there)).await;
        let before = everything(&world).await;
        let mut browser = Browser::default();
        let answer = sign_in(&world, &mut browser, provider).await;
        let case = format!("{provider}, {there} there, {here} here");
        if joined {
            assert_eq!((answer.location(), who(&world, &mut browser).await), ("/home", json!(ADA)), "{case}");
            assert_eq!(counts(&world).await, [1, 2, 2, 0, 0], "{case}");
        } else {
            assert_eq!(answer.location(), "/oops?error=account_not_linked", "{case}");
            assert_eq!(world.session(&mut browser).await, Value::Null, "{case}");
            assert_eq!(everything(&world).await, before, "{case}");
        }
    }
}

/// Somebody who signed up with Ada's address before her keeps nothing of hers: she is not put into their account.
#[tokio::test]
async fn an_account_that_was_made_for_ada_beforehand_is_not_hers() {
    let world = World::start().await;
    let mut squatter = world.sign_up(ADA).await;
    person(&world, "google", &ada(ADA, true)).await;
    let before = everything(&world).await;
    let mut victim = Browser::default();
    let answer = sign_in(&world, &mut victim, "google").await;
    assert_eq!(answer.location(), "/oops?error=account_not_linked");
    assert!(!victim.holds("better-auth.session_token"));
    assert_eq!(everything(&world).await, before);
    assert_eq!(accounts(&world, &mut squatter).await.len(), 1);
    let form = json!({"email": ADA, "password": PASSWORD});
    assert_eq!(world.post(&mut Browser::default(), "/api/auth/sign-in/email", &form).await.status, 200);
}

/// Without an address, or with one that is none, nobody is made.
#[tokio::test]
async fn nobody_is_made_without_an_address() {
    let world = World::start().await;
    for provider in PROVIDERS {
        for email in [json!(null), json!("no address"), json!("ada@localhost")] {
            person(&world, provider, &json!({"id": "4711", "email": email})).await;
            let mut browser = Browser::default();
            let answer = sign_in(&world, &mut browser, provider).await;
            assert_eq!(answer.location(), "/oops?error=email_not_found", "{provider} {email}");
            assert_eq!(browser.cookie(), "", "{provider}");
        }
    }
    assert_eq!(counts(&world).await, [0; 5]);
}

/// Where nobody may sign up, a stranger is turned away and a known person comes in.
#[tokio::test]
async fn nobody_is_made_where_sign_up_is_off() {
    let world = World::with(&[("AUTH_SIGN_UP", "off")]).await;
    let mut browser = Browser::default();
    person(&world, "google", &ada(ADA, true)).await;
    let answer = sign_in(&world, &mut browser, "google").await;
    assert_eq!((answer.location(), browser.cookie()), ("/oops?error=signup_disabled", String::new()));
    assert_eq!(counts(&world).await, [0; 5]);
    let refused = json!({"name": "Ada", "email": ADA, "password": PASSWORD});
    let answer = world.post(&mut browser, "/api/auth/sign-up/email", &refused).await;
    assert_eq!((answer.status.as_u16(), &answer.json()["code"]), (400, &json!("EMAIL_PASSWORD_SIGN_UP_DISABLED")));
    world
        .database
        .execute(
            "insert into users (id, name, email, email_verified, created_at, updated_at)
             values (gen_random_uuid(), 'Ada', 'ada@example.com', true, now(), now())",
        )
        .await;
    assert_eq!(sign_in(&world, &mut browser, "google").await.location(), "/home");
    assert_eq!(counts(&world).await, [1, 1, 1, 0, 0]);
}

/// Where a mailbox has to be proven first, a provider that does not vouch for it brings a mail and no session.
#[tokio::test]
async fn an_unproven_address_waits_for_its_mail() {
    let world = World::with(&[("AUTH_REQUIRE_EMAIL_VERIFICATION", "on")]).await;
    person(&world, "spotify", &ada(ADA, true)).await;
    let mut browser = Browser::default();
    let answer = sign_in(&world, &mut browser, "spotify").await;
    assert_eq!((answer.location(), browser.cookie()), ("/oops?error=email_not_verified", String::new()));
    assert_eq!(counts(&world).await, [1, 1, 0, 0, 0]);
    let link = world.mailed_link().await;
    world.get(&mut browser, &link).await;
    assert_eq!(who(&world, &mut browser).await, ADA);
    assert_eq!(sign_in(&world, &mut Browser::default(), "spotify").await.location(), "/home");
}
