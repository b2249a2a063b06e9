//! Ada looks where she is signed in, and signs out elsewhere.

use crate::{
    steps::{another_browser, counts, done, everything, problem, who, with_bearer},
    world::{Browser, PASSWORD, World},
};
use chrono::TimeDelta;
use reqwest::Method;
use serde_json::{Value, json};

const ADA: &str = "ada@example.com";

async fn list(world: &World, browser: &mut Browser) -> Vec<Value> {
    let answer = world.get(browser, "/api/auth/list-sessions").await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.json().as_array().unwrap().clone()
}

async fn own(world: &World, browser: &mut Browser) -> Value {
    world.session(browser).await["session"].take()
}

/// The list is the person's own; only the caller's own session is named by its token, the others by their ids.
#[tokio::test]
async fn the_list_holds_nobody_elses_token() {
    let world = World::start().await;
    let mut laptop = world.sign_up(ADA).await;
    let mut phone = another_browser(&world, ADA).await;
    world.sign_up("bob@example.com").await;
    let (here, there) = (own(&world, &mut laptop).await, own(&world, &mut phone).await);
    let mut expected = [here.clone(), there.clone()];
    expected[1]["token"] = there["id"].clone();
    let mut listed = list(&world, &mut laptop).await;
    listed.sort_by_key(|session| session["createdAt"].as_str().unwrap().to_owned());
    assert_eq!(listed, expected);
    let text = list(&world, &mut phone).await;
    assert!(!json!(text).to_string().contains(here["token"].as_str().unwrap()));
    let id = there["id"].as_str().unwrap();
    let with_id = with_bearer(&world, Method::GET, "/api/auth/get-session", id).await;
    assert_eq!(with_id.json(), Value::Null, "an id is no token");
}

/// A session ends by its token and by its name in the list; somebody else's stays, and the answer is the same.
#[tokio::test]
async fn a_session_is_revoked_by_either_name() {
    let world = World::start().await;
    let mut laptop = world.sign_up(ADA).await;
    let mut bob = world.sign_up("bob@example.com").await;
    let revoke = async |browser: &mut Browser, name: &Value| {
        world.post(browser, "/api/auth/revoke-session", &json!({"token": name})).await.whole()
    };
    for member in ["token", "id"] {
        let mut phone = another_browser(&world, ADA).await;
        let name = own(&world, &mut phone).await[member].take();
        let before = everything(&world).await;
        assert_eq!(revoke(&mut bob, &name).await, done());
        assert_eq!(everything(&world).await, before, "somebody else's session is untouched");
        assert_eq!(revoke(&mut laptop, &name).await, done());
        assert_eq!(own(&world, &mut phone).await, Value::Null, "{member}");
        assert!(!phone.holds("better-auth.session_token"));
    }
    let before = everything(&world).await;
    for nonsense in ["", "nonsense", "00000000000000000000000000000000"] {
        assert_eq!(revoke(&mut laptop, &json!(nonsense)).await, done());
    }
    assert_eq!(everything(&world).await, before);
    let unauthorized = problem(401, "UNAUTHORIZED", "Unauthorized");
    assert_eq!(revoke(&mut Browser::default(), &json!("x")).await, unauthorized);
    assert_eq!((who(&world, &mut laptop).await, who(&world, &mut bob).await), (json!(ADA), json!("bob@example.com")));
}

/// All others, or all: never those of another person.
#[tokio::test]
async fn other_sessions_and_all_sessions_end() {
    let world = World::start().await;
    let mut laptop = world.sign_up(ADA).await;
    let mut bob = world.sign_up("bob@example.com").await;
    let mut phone = another_browser(&world, ADA).await;
    let answer = world.post(&mut laptop, "/api/auth/revoke-other-sessions", &json!({})).await;
    assert_eq!((answer.whole(), answer.cookies()), (done(), vec![]));
    assert_eq!((own(&world, &mut phone).await, who(&world, &mut laptop).await), (Value::Null, json!(ADA)));
    let mut tablet = another_browser(&world, ADA).await;
    let answer = world.post(&mut laptop, "/api/auth/revoke-sessions", &json!({})).await;
    assert_eq!((answer.whole(), answer.cookies().len()), (done(), 3));
    assert!(!laptop.holds("better-auth.session_token"));
    assert_eq!(own(&world, &mut tablet).await, Value::Null);
    assert_eq!((who(&world, &mut bob).await, counts(&world).await), (json!("bob@example.com"), [2, 2, 1, 0, 0]));
}

/// A day after signing in the list and the accounts are closed, and the answer still carries the cookie that was renewed
/// on the way.
#[tokio::test]
async fn a_session_of_yesterday_is_renewed_and_not_fresh() {
    let world = World::start().await;
    let mut ada = world.sign_up(ADA).await;
    world.clock.advance(TimeDelta::hours(25));
    let answer = world.get(&mut ada, "/api/auth/list-sessions").await;
    assert_eq!(answer.whole(), problem(403, "SESSION_NOT_FRESH", "Session is not fresh"));
    let cookies = answer.cookies();
    assert_eq!(cookies.len(), 1);
    assert!(cookies[0].starts_with("better-auth.session_token=") && cookies[0].contains("; Max-Age=604800;"));
    let account = world.get(&mut ada, "/api/auth/list-accounts").await.json()[0]["id"].take();
    let unlink = world.post(&mut ada, "/api/auth/unlink-account", &json!({"accountId": account})).await;
    assert_eq!(unlink.whole(), problem(403, "SESSION_NOT_FRESH", "Session is not fresh"));
    assert_eq!(unlink.cookies(), [] as [&str; 0], "it was renewed already");
    world.clock.advance(TimeDelta::days(6));
    assert_eq!(who(&world, &mut ada).await, ADA, "the renewal counts");
    let mut fresh = another_browser(&world, ADA).await;
    assert_eq!(list(&world, &mut fresh).await.len(), 2);
}

/// A changed password keeps the other sessions unless they are to end; then this one is a new one too.
#[tokio::test]
async fn a_changed_password_can_sign_the_others_out() {
    let world = World::start().await;
    let mut laptop = world.sign_up(ADA).await;
    let mut phone = another_browser(&world, ADA).await;
    let change = async |browser: &mut Browser, from: &str, to: &str, revoke: bool| {
        let form = json!({"currentPassword": from, "newPassword": to, "revokeOtherSessions": revoke});
        world.post(browser, "/api/auth/change-password", &form).await
    };
    let before = everything(&world).await;
    let wrong = change(&mut laptop, "not my password", "second password", true).await;
    assert_eq!((wrong.whole(), wrong.cookies()), (problem(400, "INVALID_PASSWORD", "Invalid password"), vec![]));
    let short = change(&mut laptop, PASSWORD, "short", true).await;
    assert_eq!(short.whole(), problem(400, "PASSWORD_TOO_SHORT", "Password too short"));
    assert_eq!(everything(&world).await, before);
    let kept = change(&mut laptop, PASSWORD, "second password", false).await;
    assert_eq!((kept.status.as_u16(), &kept.json()["token"], kept.cookies()), (200, &Value::Null, vec![]));
    assert_eq!(who(&world, &mut phone).await, ADA);
    let mut stolen = laptop.clone();
    let ended = change(&mut laptop, "second password", "third password", true).await;
    let session = own(&world, &mut laptop).await;
    assert_eq!((&ended.json()["token"], ended.json()["user"]["email"].as_str()), (&session["token"], Some(ADA)));
    for browser in [&mut phone, &mut stolen] {
        assert_eq!(own(&world, browser).await, Value::Null);
    }
    assert_eq!(counts(&world).await, [1, 1, 1, 0, 0]);
}
