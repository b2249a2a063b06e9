//! Webhooks of repositories, made and looked after by a person's token, and the deliveries of every hook.

mod deliveries;
mod letters;
mod wish;

pub(super) use deliveries::{app_deliveries, deliveries, redeliver, redeliver_to_app};
pub(crate) use letters::{Event, letter, letter_to_hook};

use super::{
    answers::{Invalid, Refused},
    callers::Administrator,
    objects,
};
use crate::{
    account::Vendor,
    app::App,
    courier::path_on_base,
    ledger::{Grant, Hook, Particular},
};
use axum::{
    Json,
    body::Bytes,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};
use wish::Wish;

/// Far from the App's own hook and from every id in published examples.
const FIRST_ID: u64 = 9_300_001;
/// How many hooks a repository may have for one event.
const MOST_FOR_AN_EVENT: usize = 20;

/// What a scope lets a token do with hooks.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Right {
    Read,
    Write,
    Delete,
}

impl Right {
    /// Tokens of a GitHub App have permissions in place of scopes, and the sandbox's App lets its person do everything.
    fn check(self, grant: &Grant) -> Result<(), Refused> {
        let scopes: &[&str] = match self {
            Self::Read => &["repo", "admin:repo_hook", "write:repo_hook", "read:repo_hook"],
            Self::Write => &["repo", "admin:repo_hook", "write:repo_hook"],
            Self::Delete => &["repo", "admin:repo_hook"],
        };
        let is_allowed = grant.scopes.is_empty() || scopes.iter().any(|scope| grant.has(scope));
        if is_allowed { Ok(()) } else { Err(Refused::NOT_FOUND) }
    }
}

/// The hook of that number at the repository. An app neither sees nor touches what another one made.
fn found(app: &App, caller: &Administrator, id: &str) -> Result<Hook, Refused> {
    let hook = app.store.read(|ledger| ledger.hooks.get(Vendor::Github, id).cloned());
    hook.filter(|hook| is_of(hook, caller)).ok_or(Refused::NOT_FOUND)
}

fn is_of(hook: &Hook, caller: &Administrator) -> bool {
    hook.place == caller.full_name && hook.client_id == caller.grant.client_id
}

/// The hook as GitHub shows it: of a secret only that there is one.
fn object(app: &App, hook: &Hook) -> Value {
    let url = format!("{}/github/api/v3/repos/{}/hooks/{}", app.url, hook.place, hook.id);
    let Particular::Github { is_form, insecure_ssl } = hook.particular else { return Value::Null };
    let mut config = json!({
        "url": hook.url,
        "content_type": if is_form { "form" } else { "json" },
        "insecure_ssl": if insecure_ssl { "1" } else { "0" },
    });
    if hook.secret.is_some() {
        config["secret"] = json!("********");
    }
    json!({
        "type": "Repository",
        "id": letters::number(hook),
        "name": "web",
        "active": hook.active,
        "events": hook.events,
        "config": config,
        "created_at": objects::timestamp(hook.created_at),
        "updated_at": objects::timestamp(hook.updated_at),
        "url": url,
        "test_url": format!("{url}/test"),
        "ping_url": format!("{url}/pings"),
        "deliveries_url": format!("{url}/deliveries"),
        "last_response": deliveries::last_response(app, hook),
    })
}

pub(super) async fn list(State(app): State<App>, caller: Administrator) -> Result<Json<Value>, Refused> {
    Right::Read.check(&caller.grant)?;
    let hooks: Vec<Hook> = app
        .store
        .read(|ledger| ledger.hooks.of(Vendor::Github).iter().filter(|hook| is_of(hook, &caller)).cloned().collect());
    Ok(Json(hooks.iter().map(|hook| object(&app, hook)).collect()))
}

pub(super) async fn show(
    State(app): State<App>,
    caller: Administrator,
    Path((_, _, id)): Path<(String, String, String)>,
) -> Result<Json<Value>, Refused> {
    Right::Read.check(&caller.grant)?;
    found(&app, &caller, &id).map(|hook| Json(object(&app, &hook)))
}

pub(super) async fn create(State(app): State<App>, caller: Administrator, body: Bytes) -> Response {
    if let Err(refused) = Right::Write.check(&caller.grant) {
        return refused.into_response();
    }
    let Ok(wish) = serde_json::from_slice::<Wish>(&body) else { return Refused::INVALID.into_response() };
    match make(&app, &caller, wish) {
        Ok(hook) => {
            let answer = (StatusCode::CREATED, Json(object(&app, &hook))).into_response();
            let ping = letters::ping(&app, &hook);
            // Nobody waits for it, the client least of all: it may not take the ping before it has this answer.
            tokio::spawn(async move {
                if let Err(error) = app.courier.send(&app, ping).await {
                    tracing::warn!(%error, "a new hook was not greeted");
                }
            });
            answer
        }
        Err(invalid) => invalid.into_response(),
    }
}

fn make(app: &App, caller: &Administrator, wish: Wish) -> Result<Hook, Invalid> {
    let wanted = wish.read()?;
    let path = path_on_base(app, Vendor::Github, &wanted.url).ok_or_else(|| {
        wish::invalid(Some("url"), "url is not supported because it isn't where the sandbox delivers webhooks")
    })?;
    let now = app.now();
    app.store.change(|ledger| {
        let there: Vec<&Hook> =
            ledger.hooks.of(Vendor::Github).iter().filter(|hook| hook.place == caller.full_name).collect();
        for event in &wanted.events {
            let rivals = there.iter().filter(|hook| hook.events.contains(event));
            if rivals.clone().any(|hook| hook.url == wanted.url) {
                return Err(wish::invalid(None, "Hook already exists on this repository"));
            }
            if rivals.count() >= MOST_FOR_AN_EVENT {
                let why = format!("The {event:?} event cannot have more than {MOST_FOR_AN_EVENT} hooks");
                return Err(wish::invalid(None, &why));
            }
        }
        let hook = Hook {
            id: ledger.hooks.number("github", FIRST_ID).to_string(),
            account: caller.grant.account.clone(),
            client_id: caller.grant.client_id.clone(),
            place: caller.full_name.clone(),
            url: wanted.url,
            path,
            events: wanted.events,
            secret: wanted.secret,
            active: wanted.active,
            created_at: now,
            updated_at: now,
            expires_at: None,
            particular: Particular::Github { is_form: wanted.is_form, insecure_ssl: wanted.insecure_ssl },
        };
        ledger.hooks.add(Vendor::Github, hook.clone(), now);
        Ok(hook)
    })
}

pub(super) async fn delete(
    State(app): State<App>,
    caller: Administrator,
    Path((_, _, id)): Path<(String, String, String)>,
) -> Result<StatusCode, Refused> {
    Right::Delete.check(&caller.grant)?;
    let hook = found(&app, &caller, &id)?;
    app.store.change(|ledger| ledger.hooks.take(Vendor::Github, &hook.id)).ok_or(Refused::NOT_FOUND)?;
    Ok(StatusCode::NO_CONTENT)
}

/// The ping has been sent when this answers, whatever the receiver said.
pub(super) async fn ping(
    State(app): State<App>,
    caller: Administrator,
    Path((_, _, id)): Path<(String, String, String)>,
) -> Result<StatusCode, Refused> {
    Right::Read.check(&caller.grant)?;
    let hook = found(&app, &caller, &id)?;
    deliveries::send(&app, letters::ping(&app, &hook)).await;
    Ok(StatusCode::NO_CONTENT)
}
