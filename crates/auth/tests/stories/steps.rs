//! Steps that several stories take.

use crate::world::{Answer, Browser, FRONTEND, PASSWORD, World};
use reqwest::Method;
use serde_json::{Value, json};

/// Everything the service stores about people, to see that something changed nothing.
pub async fn everything(world: &World) -> Vec<String> {
    let mut rows = Vec::new();
    for (table, key) in [
        ("users", "id"),
        ("accounts", "id"),
        ("sessions", "id"),
        ("links", "token_hash"),
        ("sign_in_states", "state_hash"),
        ("jobs", "id"),
    ] {
        rows.push(world.database.dump(&format!("(select * from {table} order by {key})")).await);
    }
    rows
}

/// How many people, accounts, sessions, links and social sign-ins there are.
pub async fn counts(world: &World) -> [i64; 5] {
    let mut counts = [0; 5];
    for (count, table) in counts.iter_mut().zip(["users", "accounts", "sessions", "links", "sign_in_states"]) {
        *count = world.database.count(table).await;
    }
    counts
}

pub fn problem(status: u16, code: &str, message: &str) -> (u16, Value) {
    (status, json!({"message": message, "code": code}))
}

pub fn done() -> (u16, Value) {
    (200, json!({"status": true}))
}

/// Somebody signs in with a password, in a browser of their own.
pub async fn sign_in(world: &World, email: &str, password: &str) -> (Browser, Answer) {
    let mut browser = Browser::default();
    let form = json!({"email": email, "password": password});
    let answer = world.post(&mut browser, "/api/auth/sign-in/email", &form).await;
    (browser, answer)
}

/// Another browser of a person who signed up.
pub async fn another_browser(world: &World, email: &str) -> Browser {
    let (browser, answer) = sign_in(world, email, PASSWORD).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    browser
}

/// Whose session the browser has, if it has one.
pub async fn who(world: &World, browser: &mut Browser) -> Value {
    world.session(browser).await["user"]["email"].take()
}

/// The address is proven, without the mail.
pub async fn verify(world: &World, email: &str) {
    world.database.execute(&format!("update users set email_verified = true where email = '{email}'")).await;
}

/// Whom mail went to, in order.
pub fn recipients(mails: &[Value]) -> Vec<&str> {
    mails.iter().map(|mail| mail["to"].as_str().unwrap()).collect()
}

/// The token of the last mail.
pub async fn mailed_token(world: &World) -> String {
    world.mails().await.last().expect("a mail")["token"].as_str().unwrap().to_owned()
}

/// A program calls with the session token alone.
pub async fn with_bearer(world: &World, method: Method, path: &str, token: &str) -> Answer {
    let bearer = format!("Bearer {token}");
    world.send(method, path, &[("authorization", &bearer), ("origin", FRONTEND)], None).await
}

/// A text as the hex digits in which a dump shows bytes.
pub fn hex(text: &str) -> String {
    let digits = text.bytes().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.map(|digit| char::from_digit(digit.into(), 16).unwrap()).collect()
}
