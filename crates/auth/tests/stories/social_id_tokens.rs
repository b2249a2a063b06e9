//! An app has signed Ada in with the provider itself and presents the id token.

use crate::{
    elsewhere::{ada, person, sign_in},
    steps::{counts, everything, problem, verify, who},
    world::{Answer, Browser, World},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::TimeDelta;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use url::{Url, form_urlencoded::Serializer};

const ADA: &str = "ada@example.com";
const VERIFIER: &str = "an app's own verifier, which is long enough to be one";

/// What the provider gives an app that was registered as ours: access token and id token.
async fn tokens(world: &World, provider: &str, nonce: Option<&str>) -> (String, String) {
    let (authorize, token) = match provider {
        "google" => ("google/o/oauth2/v2/auth", "google/token"),
        _ => ("slack/openid/connect/authorize", "slack/api/openid.connect.token"),
    };
    let callback = format!("{}/api/auth/callback/{provider}", world.url);
    let client_id = format!("{provider}-sign-in");
    let mut page = Url::parse(&format!("{}/{authorize}", world.sandbox.url)).unwrap();
    page.query_pairs_mut()
        .extend_pairs([("client_id", client_id.as_str()), ("redirect_uri", &callback), ("response_type", "code")])
        .extend_pairs([("scope", "openid email profile"), ("sandbox_consent", "approve"), ("state", "app")])
        .extend_pairs(nonce.map(|nonce| ("nonce", nonce)));
    let mut form = Serializer::new(String::new());
    if provider == "google" {
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(VERIFIER));
        page.query_pairs_mut()
            .extend_pairs([("code_challenge", challenge.as_str()), ("code_challenge_method", "S256")]);
        form.append_pair("code_verifier", VERIFIER);
    }
    let back = world.get(&mut Browser::default(), page.as_str()).await.location().to_owned();
    let code = Url::parse(&back).unwrap().query_pairs().find(|(name, _)| name == "code").unwrap().1.into_owned();
    form.extend_pairs([("grant_type", "authorization_code"), ("code", &code), ("redirect_uri", &callback)]);
    form.extend_pairs([("client_id", &client_id), ("client_secret", &format!("{client_id}-secret"))]);
    let headers = [("content-type", "application/x-www-form-urlencoded")];
    let url = format!("{}/{token}", world.sandbox.url);
    let answer = world.send(reqwest::Method::POST, &url, &headers, Some(form.finish())).await.json();
    let text = |name: &str| answer[name].as_str().unwrap_or_default().to_owned();
    (text("access_token"), text("id_token"))
}

async fn present(world: &World, browser: &mut Browser, provider: &str, id_token: &Value) -> Answer {
    let form = json!({"provider": provider, "idToken": id_token});
    world.post(browser, "/api/auth/sign-in/social", &form).await
}

/// A token that holds signs in, and no browser goes anywhere; the same account is the same person by either way.
#[tokio::test]
async fn an_id_token_signs_in() {
    let world = World::start().await;
    person(&world, "google", &ada(ADA, true)).await;
    let (_, token) = tokens(&world, "google", Some("the app's nonce")).await;
    let mut browser = Browser::default();
    let answer = present(&world, &mut browser, "google", &json!({"token": token, "nonce": "the app's nonce"})).await;
    let body = answer.json();
    assert_eq!((answer.status.as_u16(), &body["redirect"], answer.header("location")), (200, &json!(false), None));
    let session = world.session(&mut browser).await;
    assert_eq!((&body["token"], &body["user"]), (&session["session"]["token"], &session["user"]));
    assert_eq!(session["user"]["email"], ADA);
    assert_eq!(sign_in(&world, &mut Browser::default(), "google").await.location(), "/home");
    assert_eq!(counts(&world).await, [1, 1, 2, 0, 0]);
    assert!(!everything(&world).await.concat().contains(&token));

    person(&world, "slack", &ada("bob@example.com", true)).await;
    let (access, token) = tokens(&world, "slack", None).await;
    let mut bob = Browser::default();
    let refused = present(&world, &mut bob, "slack", &json!({"token": token})).await;
    assert_eq!(refused.whole(), problem(401, "FAILED_TO_GET_USER_INFO", "Failed to get user info"));
    present(&world, &mut bob, "slack", &json!({"token": token, "accessToken": access})).await;
    assert_eq!(who(&world, &mut bob).await, "bob@example.com");
}

/// A token with any flaw, of another nonce, of another provider, changed, or old signs nobody in.
#[tokio::test]
async fn a_token_that_does_not_hold_signs_nobody_in() {
    let world = World::start().await;
    person(&world, "google", &ada(ADA, true)).await;
    let refused = problem(401, "INVALID_TOKEN", "Invalid token");
    let mut browser = Browser::default();
    for flaw in [
        "malformed",
        "wrong_issuer",
        "wrong_audience",
        "expired",
        "stale",
        "wrong_nonce",
        "wrong_signature",
        "foreign_key",
        "unknown_key",
        "alg_none",
        "alg_hs256",
    ] {
        world.control("/google/id_tokens", &json!({"flaw": flaw})).await;
        let (_, token) = tokens(&world, "google", Some("n")).await;
        let answer = present(&world, &mut browser, "google", &json!({"token": token, "nonce": "n"})).await;
        assert_eq!(answer.whole(), refused, "{flaw}");
    }
    let (_, token) = tokens(&world, "google", None).await;
    for (what, presented) in [
        ("a nonce that it does not have", json!({"token": token, "nonce": "n"})),
        ("cut", json!({"token": token[..token.len() - 4]})),
        ("nonsense", json!({"token": "nonsense"})),
        ("longer than any", json!({"token": "x".repeat(20_000)})),
    ] {
        assert_eq!(present(&world, &mut browser, "google", &presented).await.whole(), refused, "{what}");
    }
    assert_eq!(present(&world, &mut browser, "slack", &json!({"token": token})).await.whole(), refused);
    let unsupported = present(&world, &mut browser, "github", &json!({"token": token})).await;
    assert_eq!(unsupported.whole(), problem(404, "ID_TOKEN_NOT_SUPPORTED", "id_token not supported"));
    let unknown = present(&world, &mut browser, "nobody", &json!({"token": token})).await;
    assert_eq!(unknown.whole(), problem(404, "PROVIDER_NOT_FOUND", "Provider not found"));
    world.clock.advance(TimeDelta::hours(2));
    assert_eq!(present(&world, &mut browser, "google", &json!({"token": token})).await.whole(), refused);
    assert_eq!((browser.cookie(), counts(&world).await), (String::new(), [0; 5]));
}

/// The rules about who joins whom are the same by this way, in words.
#[tokio::test]
async fn the_rules_of_joining_are_the_same() {
    let world = World::start().await;
    world.sign_up(ADA).await;
    let mut browser = Browser::default();
    let not_linked = |message| problem(401, "OAUTH_LINK_ERROR", message);
    for (description, expected) in [
        (ada(ADA, true), not_linked("account not linked")),
        (ada(ADA, false), not_linked("account not linked")),
        (json!({"id": "4711", "email": null}), problem(401, "USER_EMAIL_NOT_FOUND", "User email not found")),
    ] {
        person(&world, "google", &description).await;
        let (_, token) = tokens(&world, "google", None).await;
        let before = everything(&world).await;
        assert_eq!(present(&world, &mut browser, "google", &json!({"token": token})).await.whole(), expected);
        assert_eq!((everything(&world).await, browser.cookie()), (before, String::new()));
    }
    verify(&world, ADA).await;
    person(&world, "google", &ada(ADA, true)).await;
    let (_, token) = tokens(&world, "google", None).await;
    assert_eq!(present(&world, &mut browser, "google", &json!({"token": token})).await.status, 200);
    let closed = World::with(&[("AUTH_SIGN_UP", "off")]).await;
    let (_, token) = tokens(&closed, "google", None).await;
    let answer = present(&closed, &mut Browser::default(), "google", &json!({"token": token})).await;
    assert_eq!((answer.whole(), counts(&closed).await), (not_linked("signup disabled"), [0; 5]));
}

/// A signed-in person links with an id token as well, under the same rules.
#[tokio::test]
async fn an_id_token_links() {
    let world = World::start().await;
    let mut browser = world.sign_up(ADA).await;
    verify(&world, ADA).await;
    let link = async |browser: &mut Browser| {
        let (_, token) = tokens(&world, "google", None).await;
        let form = json!({"provider": "google", "idToken": {"token": token}});
        world.post(browser, "/api/auth/link-social", &form).await.whole()
    };
    person(&world, "google", &ada("other@example.com", true)).await;
    let before = everything(&world).await;
    assert_eq!(link(&mut browser).await, problem(401, "OAUTH_LINK_ERROR", "unable to link account"));
    assert_eq!(everything(&world).await, before);
    person(&world, "google", &ada(ADA, true)).await;
    assert_eq!(link(&mut browser).await, (200, json!({"url": "", "status": true, "redirect": false})));
    assert_eq!(counts(&world).await, [1, 2, 1, 0, 0]);
}
