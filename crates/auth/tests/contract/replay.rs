//! The replay: every recorded request is sent, and every answer compared with the recorded one.

use crate::{
    github,
    recording::{Known, cookie_form, recording, shape, target_form},
    world::{Answer, World},
};
use chrono::{TimeDelta, Utc};
use reqwest::Method;
use serde_json::Value;

/// Headers whose presence is part of the contract.
const WATCHED: [&str; 4] = ["set-auth-jwt", "set-auth-token", "cache-control", "x-retry-after"];

/// All 185 recorded steps, in order, with mail, the database and the provider at hand.
#[tokio::test]
async fn every_recorded_answer_is_ours_too() {
    let github = github::serve().await;
    let world = World::with(&[
        ("AUTH_GITHUB_CLIENT_ID", "gh-client-id"),
        ("AUTH_GITHUB_BASE_URL", &github),
        ("AUTH_GITHUB_API_URL", &github),
        // The recorded server knows one provider and lets sessions survive a reset.
        ("AUTH_GOOGLE_CLIENT_ID", ""),
        ("AUTH_GOOGLE_CLIENT_SECRET", ""),
        ("AUTH_REVOKE_SESSIONS_ON_PASSWORD_RESET", "off"),
    ])
    .await;
    let recording = recording();
    let steps = recording["steps"].as_array().unwrap();
    let mut known = Known::default();
    let mut differences = Vec::new();
    for step in steps {
        let answer = play(&world, &mut known, step).await;
        let found = compare(&recording, step, &answer, &world.url);
        if !found.is_empty() {
            differences.push(format!("{}: {}", step["name"].as_str().unwrap(), found.join("; ")));
        }
    }
    assert_eq!(steps.len(), 185);
    assert!(differences.is_empty(), "{} of 185 steps differ\n{}", differences.len(), differences.join("\n"));
}

async fn play(world: &World, known: &mut Known, step: &Value) -> Answer {
    if let Some(setup) = step["setup"].as_object() {
        age_session(world, &known.token(setup["jar"].as_str().unwrap()), setup).await;
    }
    let request = &step["request"];
    let mut browser = step["jar"].as_str().map(str::to_owned);
    let mut headers: Vec<(String, String)> = Vec::new();
    for (name, value) in request["headers"].as_object().unwrap() {
        let value = value.as_str().unwrap();
        match value.strip_prefix("{{jar:").and_then(|rest| rest.strip_suffix("}}")) {
            Some(named) => {
                browser = Some(named.to_owned());
                headers.extend(known.cookies(named).map(|cookies| (name.clone(), cookies)));
            }
            None => headers.push((name.clone(), known.fill(value))),
        }
    }
    headers.push(("user-agent".to_owned(), "contract-replay".to_owned()));
    let is_form = request["headers"]["content-type"].as_str().is_some_and(|value| value.contains("urlencoded"));
    let body = match &request["body"] {
        Value::Null => None,
        Value::String(text) => Some(known.fill(text)),
        body => {
            let filled = known.fill_all(body);
            Some(if is_form { form(&filled) } else { filled.to_string() })
        }
    };
    let method: Method = request["method"].as_str().unwrap().parse().unwrap();
    let path = known.fill(request["path"].as_str().unwrap());
    let pairs: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let answer = world.send(method, &path, &pairs, body).await;
    if let Some(browser) = browser {
        known.keep(&browser, &answer.cookies().iter().map(|cookie| (*cookie).to_owned()).collect::<Vec<_>>());
    }
    let parsed: Value = serde_json::from_str(&answer.text).unwrap_or(Value::Null);
    for (name, expression) in step["captures"].as_object().into_iter().flatten() {
        known.capture(name, expression.as_str().unwrap(), &parsed);
    }
    if let Some(outbox) = step["outbox"].as_object() {
        let (name, mails) = (outbox["as"].as_str().unwrap(), world.mails().await);
        let mail = mails.iter().rfind(|mail| mail["kind"] == outbox["kind"]).expect("the mail of this step");
        known.values.insert(format!("{name}.token"), mail["token"].as_str().unwrap().to_owned());
        let path = mail["url"].as_str().unwrap().strip_prefix(&world.url).unwrap();
        known.values.insert(format!("{name}.path"), path.to_owned());
    }
    answer
}

fn form(body: &Value) -> String {
    let pairs = body.as_object().unwrap().iter().map(|(name, value)| (name.as_str(), value.as_str().unwrap()));
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

/// The recorded server's database was changed at this point: a session was made older.
#[expect(clippy::disallowed_methods, reason = "the test is the outside world")]
async fn age_session(world: &World, token: &str, setup: &serde_json::Map<String, Value>) {
    let at =
        |name: &str| setup.get(name).and_then(Value::as_i64).map(|seconds| Utc::now() + TimeDelta::seconds(seconds));
    world
        .database
        .execute(&format!(
            "update sessions set created_at = coalesce({}, created_at), expires_at = coalesce({}, expires_at)
             where token_hash = sha256('{token}')",
            literal(at("createdAt")),
            literal(at("expiresAt")),
        ))
        .await;
}

fn literal(at: Option<chrono::DateTime<Utc>>) -> String {
    at.map_or("null::timestamptz".to_owned(), |at| format!("'{}'::timestamptz", at.to_rfc3339()))
}

fn compare(recording: &Value, step: &Value, answer: &Answer, base: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut differ = |what: &str, ours: String, theirs: String| {
        if ours != theirs {
            found.push(format!("{what} is {ours}, was {theirs}"));
        }
    };
    let (theirs, recorded_base) = (&step["response"], recording["baseURL"].as_str().unwrap());
    let status = theirs["status"].as_u64().unwrap();
    differ("status", answer.status.as_u16().to_string(), status.to_string());
    let parsed = if answer.text.is_empty() {
        Value::from("")
    } else {
        serde_json::from_str(&answer.text).unwrap_or_else(|_| Value::from(answer.text.as_str()))
    };
    if status != 302 {
        differ("body", shape(&parsed).to_string(), shape(&theirs["body"]).to_string());
    }
    for member in ["code", "message"] {
        if let Some(expected) = theirs["body"].get(member) {
            differ(member, parsed.get(member).unwrap_or(&Value::Null).to_string(), expected.to_string());
        }
    }
    let mut ours: Vec<String> = answer.cookies().iter().map(|cookie| cookie_form(cookie)).collect();
    let mut expected: Vec<String> =
        theirs["setCookie"].as_array().unwrap().iter().map(|cookie| cookie_form(cookie.as_str().unwrap())).collect();
    ours.sort();
    expected.sort();
    differ("cookies", ours.join(" | "), expected.join(" | "));
    let header = |name: &str| {
        let headers = theirs["headers"].as_array().unwrap();
        headers.iter().find(|pair| pair[0] == name).and_then(|pair| pair[1].as_str())
    };
    for name in WATCHED {
        differ(name, answer.header(name).is_some().to_string(), header(name).is_some().to_string());
    }
    let exposed = answer.header("access-control-expose-headers").unwrap_or_default();
    for name in header("access-control-expose-headers").unwrap_or_default().split(", ").filter(|name| !name.is_empty())
    {
        differ("exposed headers", exposed.contains(name).to_string(), "true".to_owned());
    }
    let target = |url: Option<&str>, base: &str| url.map(|url| target_form(url, base)).unwrap_or_default();
    differ("location", target(answer.header("location"), base), target(header("location"), recorded_base));
    found
}
