//! The way to a provider and back, as a browser goes it.

use crate::world::{Answer, Browser, World};
use serde_json::{Value, json};
use url::Url;

/// The provider's page that the service sends the browser to.
pub async fn start(world: &World, browser: &mut Browser, form: &Value) -> Url {
    started(world, browser, "/api/auth/sign-in/social", form).await
}

/// The same, for a signed-in person who adds an account.
pub async fn start_link(world: &World, browser: &mut Browser, form: &Value) -> Url {
    started(world, browser, "/api/auth/link-social", form).await
}

async fn started(world: &World, browser: &mut Browser, path: &str, form: &Value) -> Url {
    let answer = world.post(browser, path, form).await;
    let body = answer.json();
    assert_eq!((answer.status.as_u16(), &body["redirect"]), (200, &json!(true)), "{body}");
    assert_eq!(answer.location(), body["url"]);
    body["url"].as_str().unwrap().parse().unwrap()
}

/// The person says yes: where the provider sends the browser.
pub async fn consent(world: &World, page: &Url) -> String {
    decided(world, page, "approve").await
}

pub async fn decided(world: &World, page: &Url, decision: &str) -> String {
    let mut page = page.clone();
    page.query_pairs_mut().append_pair("sandbox_consent", decision);
    let answer = world.get(&mut Browser::default(), page.as_str()).await;
    answer.location().to_owned()
}

/// The whole way; what the service answers in the end.
pub async fn sign_in(world: &World, browser: &mut Browser, provider: &str) -> Answer {
    let form = json!({"provider": provider, "callbackURL": "/home", "newUserCallbackURL": "/hello",
        "errorCallbackURL": "/oops"});
    let page = start(world, browser, &form).await;
    let back = consent(world, &page).await;
    world.get(browser, &back).await
}

/// The whole way of a person who adds an account.
pub async fn link(world: &World, browser: &mut Browser, provider: &str) -> Answer {
    let form = json!({"provider": provider, "callbackURL": "/accounts", "errorCallbackURL": "/oops"});
    let page = start_link(world, browser, &form).await;
    let back = consent(world, &page).await;
    world.get(browser, &back).await
}

/// Who is signed in at the provider, with an id of its kind.
pub async fn person(world: &World, provider: &str, description: &Value) {
    world.control(&format!("/{provider}/person"), description).await;
}

/// Ada as the provider knows her.
pub fn ada(email: &str, verified: bool) -> Value {
    json!({"id": "4711", "name": "Ada", "email": email, "email_verified": verified})
}

/// How many requests of a kind the provider has counted.
pub async fn counted(world: &World, provider: &str, counter: &str) -> u64 {
    let url = format!("{}/_control/state", world.sandbox.url);
    world.get(&mut Browser::default(), &url).await.json()[provider][counter].as_u64().unwrap()
}
