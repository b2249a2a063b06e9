//! A client sends a browser here to ask its person. Until client and redirect URI are known, what is wrong is told to the
//! person and to nobody else; then it is told to the client, but only once the person has signed in, so that nobody uses us to
//! send strangers somewhere.

use super::{
    client::{self, NoClient},
    code::{self, Subject},
};
use crate::{
    app::App,
    flows::session::SignedIn,
    oauth2::{OAuthError, Parameters, Place, Prompt, Prompts, Scope, is_challenge, matches, place},
    problem::Internal,
    redirect,
};
use db::auth::{
    oauth_clients::Client,
    oauth_consents::{self, Parties},
};

/// Who asks, and where the answer goes.
pub struct Target {
    pub client: Client,
    pub redirect_uri: String,
    /// Whether the request named it.
    pub redirect_sent: bool,
    /// Handed back as it came.
    pub state: Option<String>,
}

/// Why a request has no place that it could be answered at.
#[derive(Debug, thiserror::Error)]
pub enum NoTarget {
    #[error(transparent)]
    Client(#[from] NoClient),
    #[error("the request does not name its client once")]
    ClientNotNamed,
    #[error("the redirect URI is not one of the client's")]
    RedirectUri,
}

/// What is asked for.
pub struct Asked {
    pub scopes: Vec<Scope>,
    pub resource: String,
    pub challenge: String,
    pub prompts: Prompts,
}

/// What happens next.
pub enum Step {
    SignIn,
    Consent(Asked),
    /// Back to the client.
    Answer(String),
}

/// Who asks. `caller` is the address it comes from.
pub async fn target(app: &App, caller: &str, request: &Parameters) -> Result<Target, NoTarget> {
    let id = request.get("client_id").ok().flatten().ok_or(NoTarget::ClientNotNamed)?;
    let client = client::asking(app, caller, id).await?;
    let sent = request.get("redirect_uri").map_err(|_| NoTarget::RedirectUri)?;
    let redirect_uri = match (sent, client.redirect_uris.as_slice()) {
        (Some(sent), registered) if registered.iter().any(|one| matches(one, sent)) => sent.to_owned(),
        (None, [only]) => only.clone(),
        _ => return Err(NoTarget::RedirectUri),
    };
    let state = request.get("state").ok().flatten().map(str::to_owned);
    Ok(Target { redirect_uri, redirect_sent: sent.is_some(), state, client })
}

impl Target {
    /// Where the browser goes with an answer.
    pub fn answer(&self, app: &App, parameters: &[(&str, &str)]) -> String {
        let mut parameters = parameters.to_vec();
        parameters.extend(self.state.as_deref().map(|state| ("state", state)));
        // RFC 9207: a client of several servers knows from it which one has answered.
        parameters.push(("iss", app.issuer.as_str()));
        redirect::with(&self.redirect_uri, &parameters)
    }

    pub fn refusal(&self, app: &App, error: &OAuthError) -> String {
        self.answer(app, &[("error", error.code()), ("error_description", &error.to_string())])
    }
}

/// What is asked for, if it can be had at all.
pub fn asked(app: &App, request: &Parameters) -> Result<Asked, OAuthError> {
    request.get("state")?;
    match request.get("response_type")? {
        Some("code") => {}
        Some(_) => return Err(OAuthError::UnsupportedResponseType),
        None => return Err(OAuthError::InvalidRequest("response_type is missing")),
    }
    if request.get("response_mode")?.is_some_and(|mode| mode != "query") {
        return Err(OAuthError::InvalidRequest("the only response mode is query"));
    }
    let Some(challenge) = request.get("code_challenge")?.filter(|text| is_challenge(text)) else {
        return Err(OAuthError::InvalidRequest("code_challenge is missing, or is no S256 challenge"));
    };
    // Absent means `plain`, which proves nothing.
    if request.get("code_challenge_method")? != Some("S256") {
        return Err(OAuthError::InvalidRequest("code_challenge_method is S256"));
    }
    let prompts = Prompts::read(request.get("prompt")?)?;
    let scopes = match request.get("scope")? {
        Some(text) => Scope::read(text)?,
        None => Scope::DEFAULT.to_vec(),
    };
    Ok(Asked { scopes, resource: resource(app, request)?, challenge: challenge.to_owned(), prompts })
}

/// One of ours, letter by letter. A client that names none means the only one there is.
fn resource(app: &App, request: &Parameters) -> Result<String, OAuthError> {
    // Several are allowed by RFC 8707, and a token for several by nobody here.
    let sent = request.get("resource").map_err(|_| OAuthError::InvalidTarget)?;
    match (sent, app.oauth2.resources.as_slice()) {
        (Some(sent), ours) if ours.iter().any(|one| one == sent) => Ok(sent.to_owned()),
        (None, [only]) => Ok(only.clone()),
        _ => Err(OAuthError::InvalidTarget),
    }
}

/// What the person has to do before the client is answered, if anything.
pub async fn decide(
    app: &App,
    target: &Target,
    asked: Result<Asked, OAuthError>,
    caller: Option<&SignedIn>,
    silent: Silence,
) -> Result<Step, Internal> {
    let refused = |error: &OAuthError| Ok(Step::Answer(target.refusal(app, error)));
    let Some(caller) = caller else {
        return if silent == Silence::Wanted { refused(&OAuthError::LoginRequired) } else { Ok(Step::SignIn) };
    };
    let asked = match asked {
        Ok(asked) => asked,
        Err(OAuthError::Internal(internal)) => return Err(internal),
        Err(error) => return refused(&error),
    };
    if asked.prompts.ask(Prompt::Login) {
        return Ok(Step::SignIn);
    }
    if !asked.prompts.ask(Prompt::Consent)
        && may_be_remembered(&target.redirect_uri)
        && let Some(code) = remembered(app, target, &asked, caller).await?
    {
        return Ok(Step::Answer(target.answer(app, &[("code", &code)])));
    }
    if asked.prompts.ask(Prompt::None) { refused(&OAuthError::ConsentRequired) } else { Ok(Step::Consent(asked)) }
}

/// Whether the client wants an answer without anybody being asked anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Silence {
    Wanted,
    NotWanted,
}

impl Silence {
    pub fn of(request: &Parameters) -> Self {
        if matches!(request.get("prompt"), Ok(Some("none"))) { Self::Wanted } else { Self::NotWanted }
    }
}

/// Only a site is who it says it is. Any program on the person's machine can ask with the id of another one, so there the
/// person is asked each time (RFC 8252, 8.6).
fn may_be_remembered(redirect_uri: &str) -> bool {
    matches!(place(redirect_uri), Place::Site(_))
}

/// A code without a question, where the person has agreed to all of this before.
async fn remembered(app: &App, target: &Target, asked: &Asked, caller: &SignedIn) -> Result<Option<String>, Internal> {
    let parties = Parties { user: caller.user.id, client: &target.client.id, resource: &asked.resource };
    let mut transaction = app.pool.begin().await?;
    let consent = oauth_consents::covering(&mut *transaction, parties, &Scope::names(&asked.scopes)).await?;
    let Some(consent) = consent else { return Ok(None) };
    let code = code::make(&mut *transaction, &Subject { consent, target, asked }, app.clock.now()).await?;
    transaction.commit().await?;
    Ok(Some(code))
}
