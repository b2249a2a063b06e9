//! The token endpoint of installations. One answer has up to two tokens: the bot's at the top, the person's below
//! `authed_user`. Failures are 200 with `"ok": false`.

use super::{APP_ID, bot_user_id, enterprise};
use crate::{
    account::{Account, Vendor},
    app::App,
    ledger::{Actor, Code, Issued, Lifetimes, Refreshing, Reuse, TokenShape, Whose},
    oauth::{self, Client, RedirectUri, Use, Why},
    parameters::Parameters,
};
use axum::{
    Json,
    body::Bytes,
    extract::State,
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
};
use chrono::TimeDelta;
use serde_json::{Value, json};

const ACCESS_SECONDS: u32 = 43_200;
/// Ten years: nobody's clock here gets there.
const UNENDING_SECONDS: u32 = 10 * 365 * 86_400;

/// With rotation a token says so by its prefix.
fn shape(actor: Actor, rotates: bool) -> TokenShape {
    let access_prefix = match (actor, rotates) {
        (Actor::App, false) => "xoxb-",
        (Actor::App, true) => "xoxe.xoxb-1-",
        (Actor::Person, false) => "xoxp-",
        (Actor::Person, true) => "xoxe.xoxp-1-",
    };
    TokenShape {
        refreshing: if rotates { Refreshing::RotatingApart } else { Refreshing::Never },
        reuse: Reuse::REFUSED,
        most: None,
        access_prefix,
        access_length: 72,
        refresh_prefix: "xoxe-1-",
        refresh_length: 140,
    }
}

fn lives(app: &App, rotates: bool) -> Lifetimes {
    let seconds = if rotates { ACCESS_SECONDS } else { UNENDING_SECONDS };
    let access = app.access_ttl(Vendor::Slack, seconds);
    Lifetimes { access, refresh: TimeDelta::seconds(UNENDING_SECONDS.into()) }
}

pub(super) async fn access(State(app): State<App>, headers: HeaderMap, body: Bytes) -> Response {
    let answer = grant(&app, &headers, &body).unwrap_or_else(|error| json!({"ok": false, "error": error}));
    ([(header::CACHE_CONTROL, "no-store")], Json(answer)).into_response()
}

/// The client behind Basic or the form; or Slack's word for what is wrong with it.
pub(super) fn client<'a>(app: &'a App, headers: &HeaderMap, form: &Parameters) -> Result<Client<'a>, &'static str> {
    let found = app.authenticated_by(Vendor::Slack, headers, form);
    let found = found.ok_or_else(|| {
        let named = crate::credentials::basic(headers).map(|(id, _)| id);
        let named = named.or_else(|| form.get("client_id").map(str::to_owned));
        let known = named.is_some_and(|id| app.client(Vendor::Slack, &id).is_some());
        if known { "bad_client_secret" } else { "invalid_client_id" }
    })?;
    if found.purpose == Use::Connect { Ok(found) } else { Err("invalid_client_id") }
}

fn grant(app: &App, headers: &HeaderMap, body: &Bytes) -> Result<Value, &'static str> {
    let form = oauth::form(headers, body).ok_or("invalid_form_data")?;
    let client = client(app, headers, &form)?;
    if form.get("code_verifier").is_some() {
        return Err("pkce_not_allowed");
    }
    match form.get("grant_type") {
        None | Some("authorization_code") => {
            let code = oauth::redeem(app, (Vendor::Slack, client), &form, RedirectUri::Demanded);
            Ok(installed(app, &code.map_err(word)?))
        }
        Some("refresh_token") => renewed(app, client, &form),
        Some(_) => Err("invalid_grant_type"),
    }
}

fn word(why: Why) -> &'static str {
    match why {
        Why::Code => "invalid_code",
        Why::RedirectUri => "bad_redirect_uri",
        Why::Verifier => "invalid_code_verifier",
        Why::RefreshToken => "invalid_refresh_token",
    }
}

/// What every answer says of the place the app was installed in.
fn place(account: &Account) -> Value {
    let enterprise = enterprise(account);
    let team = match enterprise {
        // Installed for the whole organization, and in none of its workspaces.
        Some(_) => Value::Null,
        None => json!({"id": account.slack_team_id(), "name": format!("{account} workspace")}),
    };
    json!({
        "ok": true, "app_id": APP_ID, "team": team, "enterprise": enterprise,
        "is_enterprise_install": enterprise.is_some(),
    })
}

fn installed(app: &App, code: &Code) -> Value {
    let rotates = app.dials.of(Vendor::Slack).settings.rotation;
    let open = |actor, scopes: &[String]| {
        let (account, client_id) = (code.account.clone(), code.client_id.clone());
        let whose = Whose { account, client_id, scopes: scopes.to_vec(), actor };
        let lives = lives(app, rotates);
        let issued =
            app.store.change(|ledger| ledger.book(Vendor::Slack).open(whose, shape(actor, rotates), lives, app.now()));
        (issued, lives)
    };
    let mut answer = place(&code.account);
    answer["authed_user"] = json!({"id": app.people.person(Vendor::Slack, &code.account).id});
    if !code.scopes.is_empty() {
        let (issued, lives) = open(Actor::App, &code.scopes);
        answer["bot_user_id"] = json!(bot_user_id(&code.account));
        describe(&mut answer, issued, lives);
    }
    if !code.terms.user_scopes.is_empty() {
        let (issued, lives) = open(Actor::Person, &code.terms.user_scopes);
        describe(&mut answer["authed_user"], issued, lives);
    }
    answer
}

/// The bot's token or the person's, at the top either way.
fn renewed(app: &App, client: Client<'_>, form: &Parameters) -> Result<Value, &'static str> {
    let text = form.get("refresh_token").unwrap_or_default();
    let actor = app.store.read(|ledger| ledger.book(Vendor::Slack).actor_of_refresh(text));
    let lives = lives(app, true);
    let whom = (Vendor::Slack, client);
    let issued = oauth::renew(app, whom, form, shape(actor.unwrap_or_default(), true), lives).map_err(word)?;
    let mut answer = place(&issued.account);
    if issued.actor == Actor::App {
        answer["bot_user_id"] = json!(bot_user_id(&issued.account));
    }
    describe(&mut answer, issued, lives);
    Ok(answer)
}

fn describe(place: &mut Value, issued: Issued, lives: Lifetimes) {
    place["token_type"] = json!(if issued.actor == Actor::App { "bot" } else { "user" });
    place["scope"] = json!(issued.scopes.join(","));
    place["access_token"] = json!(issued.access_token);
    if let Some(refresh_token) = issued.refresh_token {
        place["refresh_token"] = json!(refresh_token);
        place["expires_in"] = json!(lives.access.num_seconds());
    }
}
