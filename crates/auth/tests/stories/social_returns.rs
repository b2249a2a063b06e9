//! What comes back from a provider is believed once, in the browser that began it, and only if it is whole.

use crate::{
    elsewhere::{ada, consent, counted, decided, person, sign_in, start},
    steps::{counts, everything, problem, who},
    world::{Browser, FRONTEND, PROVIDERS, World},
};
use chrono::TimeDelta;
use reqwest::Method;
use serde_json::{Value, json};

const ADA: &str = "ada@example.com";

fn form(provider: &str) -> Value {
    json!({"provider": provider, "callbackURL": "/home", "errorCallbackURL": "/oops"})
}

/// A browser on its way, and where the provider sends it back to.
async fn under_way(world: &World, provider: &str) -> (Browser, String) {
    person(world, provider, &ada(ADA, true)).await;
    let mut browser = Browser::default();
    let page = start(world, &mut browser, &form(provider)).await;
    let back = consent(world, &page).await;
    (browser, back)
}

fn error_page(world: &World, code: &str) -> String {
    format!("{}/api/auth/error?error={code}", world.url)
}

/// A redirect that comes a second time finds nothing, even in the browser that still has the cookie.
#[tokio::test]
async fn a_redirect_works_once() {
    let world = World::start().await;
    let (mut browser, back) = under_way(&world, "google").await;
    let mut kept = browser.clone();
    assert_eq!(world.get(&mut browser, &back).await.location(), "/home");
    let before = everything(&world).await;
    let again = world.get(&mut kept, &back).await;
    assert_eq!((again.location(), again.cookies()), (error_page(&world, "state_mismatch").as_str(), vec![]));
    assert_eq!((everything(&world).await, counted(&world, "google", "token_requests").await), (before, 1));
}

/// Two that come at once: one of them is taken.
#[tokio::test]
async fn a_redirect_is_taken_once_by_two_at_once() {
    let world = World::start().await;
    let (mut one, back) = under_way(&world, "google").await;
    let mut two = one.clone();
    let (first, second) = tokio::join!(world.get(&mut one, &back), world.get(&mut two, &back));
    let mut ends = [first.location().to_owned(), second.location().to_owned()];
    ends.sort_by_key(String::len);
    assert_eq!(ends, ["/home".to_owned(), error_page(&world, "state_mismatch")]);
    assert_eq!(counts(&world).await, [1, 1, 1, 0, 0]);
}

/// In a browser that did not begin it, the redirect signs nobody in: not without a cookie, not with the cookie of another
/// start, not with a forged one. The browser that did may still finish.
#[tokio::test]
async fn a_redirect_works_in_its_own_browser_only() {
    let world = World::start().await;
    let (mut browser, back) = under_way(&world, "google").await;
    let (other, _) = under_way(&world, "google").await;
    let state = back.split("state=").nth(1).unwrap().split('&').next().unwrap();
    let forged = format!("better-auth.state={state}.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA%3D");
    let before = everything(&world).await;
    for cookie in ["", &other.cookie(), &forged, &format!("better-auth.state={state}")] {
        let headers: &[(&str, &str)] = if cookie.is_empty() { &[] } else { &[("cookie", cookie)] };
        let answer = world.send(Method::GET, &back, headers, None).await;
        assert_eq!((answer.location(), answer.cookies()), ("/oops?error=state_mismatch", vec![]), "{cookie}");
    }
    assert_eq!((everything(&world).await, counted(&world, "google", "token_requests").await), (before, 0));
    assert_eq!(world.get(&mut browser, &back).await.location(), "/home");
}

/// After five minutes a start is over, whatever cookie the browser kept.
#[tokio::test]
async fn a_start_is_over_after_five_minutes() {
    let world = World::start().await;
    let (mut browser, back) = under_way(&world, "google").await;
    world.clock.advance(TimeDelta::minutes(6));
    let answer = world.get(&mut browser, &back).await;
    assert_eq!(answer.location(), error_page(&world, "state_mismatch"));
    assert_eq!((counts(&world).await, counted(&world, "google", "token_requests").await), ([0, 0, 0, 0, 1], 0));
}

/// An answer that came to another provider's path, or names another issuer, does not reach the token endpoint, and ends
/// the start.
#[tokio::test]
async fn an_answer_of_another_provider_is_not_believed() {
    let world = World::start().await;
    for other in ["github", "nobody", "goo%67le%00", "%ff"] {
        let (mut browser, back) = under_way(&world, "google").await;
        let moved = back.replace("/callback/google", &format!("/callback/{other}"));
        let answer = world.get(&mut browser, &moved).await;
        assert_eq!(answer.location(), "/oops?error=oauth_provider_not_found", "{other}");
        assert!(!browser.holds("better-auth.session_token"));
    }
    let (mut browser, back) = under_way(&world, "google").await;
    let mixed = format!("{back}&iss=https%3A%2F%2Fissuer.invalid");
    assert_eq!(world.get(&mut browser, &mixed).await.location(), "/oops?error=issuer_mismatch");
    assert_eq!(browser.cookie(), "");
    let calls = counted(&world, "google", "token_requests").await + counted(&world, "github", "token_requests").await;
    assert_eq!((counts(&world).await, calls), ([0; 5], 0));
    let (mut browser, back) = under_way(&world, "google").await;
    let issuer: String =
        url::form_urlencoded::byte_serialize(format!("{}/google", world.sandbox.url).as_bytes()).collect();
    assert_eq!(world.get(&mut browser, &format!("{back}&iss={issuer}")).await.location(), "/home");
}

/// What the provider says instead of a code is passed on to the page, cut to a size, and nobody is signed in.
#[tokio::test]
async fn a_refusal_is_passed_on() {
    let world = World::start().await;
    for provider in PROVIDERS {
        let mut browser = Browser::default();
        let page = start(&world, &mut browser, &form(provider)).await;
        let back = decided(&world, &page, "deny").await;
        let answer = world.get(&mut browser, &back).await;
        assert!(answer.location().starts_with("/oops?error=access_denied"), "{provider}: {}", answer.location());
        assert_eq!(browser.cookie(), "", "{provider}: the state is used up");
    }
    let mut browser = Browser::default();
    let page = start(&world, &mut browser, &form("google")).await;
    let state = page.query_pairs().find(|(name, _)| name == "state").unwrap().1.into_owned();
    let long = format!("/api/auth/callback/google?state={state}&error={}", "e".repeat(5000));
    assert_eq!(world.get(&mut browser, &long).await.location(), format!("/oops?error={}", "e".repeat(200)));
    assert_eq!(counts(&world).await, [0; 5]);
}

/// A redirect without a state, without a code, or with a code that is none.
#[tokio::test]
async fn a_redirect_that_is_not_whole_signs_nobody_in() {
    let world = World::start().await;
    let mut nobody = Browser::default();
    for path in
        ["/api/auth/callback/google", "/api/auth/callback/google?code=x", "/api/auth/callback/google?state=&code=x"]
    {
        assert_eq!(world.get(&mut nobody, path).await.location(), error_page(&world, "state_not_found"), "{path}");
    }
    for (change, code) in [("", "no_code"), ("&code=", "no_code"), ("&code=made-up", "invalid_code")] {
        let mut browser = Browser::default();
        let page = start(&world, &mut browser, &form("google")).await;
        let state = page.query_pairs().find(|(name, _)| name == "state").unwrap().1.into_owned();
        let path = format!("/api/auth/callback/google?state={state}{change}");
        assert_eq!(world.get(&mut browser, &path).await.location(), format!("/oops?error={code}"), "{change}");
    }
    assert_eq!(counts(&world).await, [0; 5]);
}

/// A provider that posts its answer is asked to let the browser come by itself, with what it posted and nothing else.
#[tokio::test]
async fn a_posted_answer_becomes_a_redirect() {
    let world = World::start().await;
    let (mut browser, back) = under_way(&world, "google").await;
    let (path, query) = back.split_once('?').unwrap();
    let headers = [("content-type", "application/x-www-form-urlencoded"), ("origin", "https://accounts.example")];
    let posted = world.send(Method::POST, path, &headers, Some(format!("{query}&user=x&next=//evil.example"))).await;
    assert_eq!((posted.status.as_u16(), posted.cookies()), (302, vec![]));
    let location = posted.location().to_owned();
    assert!(location.starts_with(&format!("{}/api/auth/callback/google?code=", world.url)), "{location}");
    assert!(!location.contains("evil") && !location.contains("user="), "{location}");
    assert_eq!(counts(&world).await[2], 0);
    assert_eq!(world.get(&mut browser, &location).await.location(), "/home");
    let huge = world.send(Method::POST, path, &headers, Some("x".repeat(17 * 1024))).await;
    assert_eq!(huge.whole(), problem(413, "PAYLOAD_TOO_LARGE", "The request body is too large"));
}

/// Whatever a token endpoint does on a bad day, the browser comes back with a reason, and the next try works.
#[tokio::test]
async fn a_bad_day_at_the_token_endpoint_signs_nobody_in() {
    let world = World::start().await;
    for provider in ["github", "google"] {
        for kind in [
            "status_500",
            "status_502_html",
            "status_429",
            "rate_limited",
            "error_200",
            "html_200",
            "truncated_json",
            "huge_body",
            "empty",
            "close",
        ] {
            let (mut browser, back) = under_way(&world, provider).await;
            world.control(&format!("/{provider}/faults"), &json!({"on": "token", "kind": kind})).await;
            let answer = world.get(&mut browser, &back).await;
            assert_eq!(
                (answer.status.as_u16(), answer.location()),
                (302, "/oops?error=invalid_code"),
                "{provider} {kind}"
            );
            assert_eq!((browser.cookie(), counts(&world).await), (String::new(), [0; 5]), "{provider} {kind}");
        }
    }
    assert_eq!(sign_in(&world, &mut Browser::default(), "google").await.location(), "/hello");
}

/// A token endpoint that never answers is given up before the browser gives us up.
#[tokio::test]
async fn a_token_endpoint_that_hangs_is_given_up() {
    let world = World::start().await;
    let (mut browser, back) = under_way(&world, "github").await;
    world.control("/github/faults", &json!({"on": "token", "kind": "hang"})).await;
    let answer = world.get(&mut browser, &back).await;
    assert_eq!((answer.status.as_u16(), answer.location()), (302, "/oops?error=invalid_code"));
    assert_eq!((browser.cookie(), counts(&world).await), (String::new(), [0; 5]));
}

/// A provider that does not say who came has let nobody in.
#[tokio::test]
async fn a_profile_that_cannot_be_had_signs_nobody_in() {
    let world = World::start().await;
    for provider in ["github", "slack", "linear", "spotify", "atlassian"] {
        for kind in ["status_500", "html_200", "truncated_json", "close", "error_200"] {
            let (mut browser, back) = under_way(&world, provider).await;
            // Slack's keys are behind its API too, and are asked for first.
            world.control(&format!("/{provider}/faults"), &json!({"on": "api", "kind": kind, "times": 3})).await;
            let answer = world.get(&mut browser, &back).await;
            assert_eq!(answer.location(), "/oops?error=unable_to_get_user_info", "{provider} {kind}");
            assert_eq!((browser.cookie(), counts(&world).await), (String::new(), [0; 5]), "{provider} {kind}");
            let faults = format!("{}/_control/{provider}/faults", world.sandbox.url);
            world.send(Method::DELETE, &faults, &[], None).await;
        }
    }
}

/// Every flaw that an id token can have is seen, and the next one without it is believed.
#[tokio::test]
async fn a_flawed_id_token_is_not_believed() {
    let world = World::start().await;
    for provider in ["google", "slack"] {
        for flaw in [
            "missing",
            "malformed",
            "wrong_issuer",
            "wrong_audience",
            "expired",
            "stale",
            "wrong_nonce",
            "wrong_subject",
            "wrong_signature",
            "foreign_key",
            "unknown_key",
            "alg_none",
            "alg_hs256",
        ] {
            if (provider, flaw) == ("google", "wrong_subject") {
                // Google's token is all there is about the person, so another subject is another person.
                continue;
            }
            let (mut browser, back) = under_way(&world, provider).await;
            world.control(&format!("/{provider}/id_tokens"), &json!({"flaw": flaw})).await;
            let answer = world.get(&mut browser, &back).await;
            assert_eq!(answer.location(), "/oops?error=unable_to_get_user_info", "{provider} {flaw}");
            assert_eq!((browser.cookie(), counts(&world).await), (String::new(), [0; 5]), "{provider} {flaw}");
        }
    }
    let mut browser = Browser::default();
    assert_eq!(sign_in(&world, &mut browser, "google").await.location(), "/hello");
    assert_eq!(who(&world, &mut browser).await, ADA);
}

/// What a page may not ask for: another provider, pages that are not ours, or our own parameters.
#[tokio::test]
async fn a_start_that_is_not_sound_leads_nowhere() {
    let world = World::start().await;
    let reserved = "[body.additionalParams] additionalParams cannot include reserved OAuth parameters: state, client_id, \
                    redirect_uri, response_type, code_challenge, code_challenge_method, nonce, scope";
    for (form, expected) in [
        (json!({"provider": "nobody"}), problem(404, "PROVIDER_NOT_FOUND", "Provider not found")),
        (
            json!({"provider": "google", "callbackURL": "https://evil.example"}),
            problem(403, "INVALID_CALLBACK_URL", "Invalid callbackURL"),
        ),
        (
            json!({"provider": "google", "errorCallbackURL": "//evil.example"}),
            problem(403, "INVALID_ERROR_CALLBACK_URL", "Invalid errorCallbackURL"),
        ),
        (
            json!({"provider": "google", "newUserCallbackURL": "/\\evil.example"}),
            problem(403, "INVALID_NEW_USER_CALLBACK_URL", "Invalid newUserCallbackURL"),
        ),
        (json!({"provider": "google", "additionalParams": {"state": "x"}}), problem(400, "VALIDATION_ERROR", reserved)),
        (json!({"provider": "google", "additionalParams": {"nonce": "x"}}), problem(400, "VALIDATION_ERROR", reserved)),
    ] {
        let mut browser = Browser::default();
        let answer = world.post(&mut browser, "/api/auth/sign-in/social", &form).await;
        assert_eq!((answer.whole(), browser.cookie()), (expected, String::new()), "{form}");
    }
    let quiet = json!({"provider": "google", "disableRedirect": true, "callbackURL": FRONTEND});
    let answer = world.post(&mut Browser::default(), "/api/auth/sign-in/social", &quiet).await;
    assert_eq!((&answer.json()["redirect"], answer.header("location")), (&json!(false), None));
    assert_eq!(counts(&world).await, [0, 0, 0, 0, 1]);
}
