//! The browser's own copy of its session, where the operator lets that answer.

use crate::{
    steps::{another_browser, who},
    world::{Answer, Browser, PASSWORD, World},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::TimeDelta;
use reqwest::Method;
use serde_json::{Value, json};

const ADA: &str = "ada@example.com";
const COPY: &str = "better-auth.session_data";

async fn cached() -> World {
    World::with(&[("AUTH_COOKIE_CACHE_SECONDS", "300")]).await
}

/// One cookie of a browser.
fn cookie<'a>(jar: &'a str, name: &str) -> &'a str {
    let found = jar.split("; ").find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
    found.unwrap_or_else(|| panic!("no {name} in {jar}"))
}

fn jar(session: &str, copy: &str) -> String {
    format!("better-auth.session_token={session}; {COPY}={copy}")
}

async fn get_session(world: &World, cookie: &str) -> Answer {
    world.send(Method::GET, "/api/auth/get-session", &[("cookie", cookie)], None).await
}

/// The copy answers without the database, until it is five minutes old or the page asks for the truth.
#[tokio::test]
async fn the_copy_answers_for_five_minutes() {
    let world = cached().await;
    let mut ada = world.sign_up(ADA).await;
    let answer = world.get(&mut ada, "/api/auth/get-session").await;
    let session = answer.json();
    assert_eq!(session["user"]["email"], ADA);
    world.database.execute("delete from sessions").await;
    let again = world.get(&mut ada, "/api/auth/get-session").await;
    assert_eq!((again.json(), again.cookies()), (session.clone(), vec![]));
    assert!(again.header("set-auth-jwt").is_some());
    assert_eq!(again.header("cache-control"), Some("no-store"));
    world.clock.advance(TimeDelta::seconds(299));
    assert_eq!(world.session(&mut ada.clone()).await, session);
    let truth = world.get(&mut ada.clone(), "/api/auth/get-session?disableCookieCache=true").await;
    assert_eq!((truth.json(), truth.cookies().len()), (Value::Null, 3), "and the browser is told to forget it all");
    world.clock.advance(TimeDelta::seconds(1));
    assert_eq!(world.session(&mut ada).await, Value::Null);
    assert!(!ada.holds(COPY));
}

/// The cookie comes with the session, lasts as long as the copy holds, and is written anew when that is over.
#[tokio::test]
async fn the_copy_comes_with_the_session_and_is_renewed() {
    let world = cached().await;
    let mut ada = Browser::default();
    let form = json!({"name": "Ada", "email": ADA, "password": PASSWORD});
    let answer = world.post(&mut ada, "/api/auth/sign-up/email", &form).await;
    let copies: Vec<_> = answer.cookies().into_iter().filter(|cookie| cookie.starts_with(COPY)).collect();
    assert_eq!(copies.len(), 1);
    assert!(copies[0].ends_with("; Max-Age=300; Path=/; HttpOnly; SameSite=Lax"), "{}", copies[0]);
    let first = cookie(&ada.cookie(), COPY).to_owned();
    world.clock.advance(TimeDelta::seconds(301));
    assert_eq!(who(&world, &mut ada).await, ADA);
    assert_ne!(cookie(&ada.cookie(), COPY), first);
    world.post(&mut ada, "/api/auth/update-user", &json!({"name": "Countess"})).await;
    assert_eq!(world.session(&mut ada).await["user"]["name"], "Countess", "a change shows at once");
    world.post(&mut ada, "/api/auth/sign-out", &json!({})).await;
    assert_eq!((ada.cookie(), world.session(&mut ada).await), (String::new(), Value::Null));
}

/// The copy is for `get-session` alone: what needs a live session does not take it.
#[tokio::test]
async fn the_copy_opens_nothing_else() {
    let world = cached().await;
    let mut ada = world.sign_up(ADA).await;
    world.database.execute("delete from sessions").await;
    assert_eq!(who(&world, &mut ada).await, ADA);
    for path in ["/api/auth/token", "/api/auth/list-sessions", "/api/auth/list-accounts"] {
        assert_eq!(world.get(&mut ada.clone(), path).await.status, 401, "{path}");
    }
}

/// A copy that was changed, cut, made up, or taken from another session is as good as none.
#[tokio::test]
async fn only_the_sessions_own_copy_counts() {
    let world = cached().await;
    let (ada, bob) = (world.sign_up(ADA).await, world.sign_up("bob@example.com").await);
    let phone = another_browser(&world, ADA).await;
    let [ada, bob, phone] = [ada, bob, phone].map(|browser| browser.cookie());
    let token = cookie(&ada, "better-auth.session_token");
    let copy = cookie(&ada, COPY);
    let envelope: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(copy).unwrap()).unwrap();
    let changed = |change: &dyn Fn(&mut Value)| {
        let mut envelope = envelope.clone();
        change(&mut envelope);
        URL_SAFE_NO_PAD.encode(envelope.to_string())
    };
    world.database.execute("update users set name = 'from the database'").await;
    let name = async |cookie: &str| get_session(&world, cookie).await.json()["user"]["name"].take();
    assert_eq!(name(&jar(token, copy)).await, "Ada", "the real one answers");
    for (what, copy) in [
        ("another person", changed(&|envelope| envelope["session"]["user"]["email"] = json!("eve@example.com"))),
        ("another name", changed(&|envelope| envelope["session"]["user"]["name"] = json!("Eve"))),
        ("a longer life", changed(&|envelope| envelope["expiresAt"] = json!(9_999_999_999_999_i64))),
        ("no signature", changed(&|envelope| envelope["signature"] = json!(""))),
        ("a signature of something else", changed(&|envelope| envelope["signature"] = json!("A".repeat(43)))),
        ("half of it", copy[..copy.len() / 2].to_owned()),
        ("nothing", String::new()),
        ("nonsense", "%zz".to_owned()),
        ("another session of hers", cookie(&phone, COPY).to_owned()),
        ("somebody else's", cookie(&bob, COPY).to_owned()),
    ] {
        assert_eq!(name(&jar(token, &copy)).await, "from the database", "{what}");
    }
    let forged = "0123456789abcdef0123456789abcdef.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA%3D";
    assert_eq!(get_session(&world, &jar(forged, copy)).await.json(), Value::Null, "a copy without its session");
    assert_eq!(get_session(&world, &format!("{COPY}={copy}")).await.json(), Value::Null);
}

/// Where the operator did not ask for it there is no copy, and one from before does not answer.
#[tokio::test]
async fn without_the_setting_no_copy_counts() {
    let world = cached().await;
    let (ada, plain) = (world.sign_up(ADA).await, World::start().await);
    assert!(!plain.sign_up(ADA).await.holds(COPY));
    assert_eq!(get_session(&plain, &ada.cookie()).await.json(), Value::Null);
}
