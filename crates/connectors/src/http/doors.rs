//! The doors. A guard resolves who calls and counts the call; a handler names what it needs in its arguments, and gets
//! it only behind the right guard.

use crate::{
    App,
    config::Operator,
    flows::{events::Scope, operator_tokens},
    problem::tenant_unknown,
    rights::{Action, Allowed},
};
use axum::{
    RequestExt,
    extract::{FromRequestParts, RawPathParams, Request},
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use db::audit::{Cause, caused_by};
use edge::{Around, Bearer, Limit, Next, Peer, Problem, RequestTag, Rule, Verdict, bearer};
use http::{HeaderMap, StatusCode, request::Parts};
use identity::{Claims, VerifyError};
use kernel::{Connection, Secret, TenantId, UserId};
use std::{sync::Arc, time::Duration};

const MINUTE: Duration = Duration::from_mins(1);
/// Public routes, a minute and client address.
const PUBLIC_PER_MINUTE: u64 = 120;
const CREDENTIAL: &str = "Send one Authorization header: Bearer, a space, a token.";

/// Who may pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Door {
    /// Anybody; a credential that is shown must hold all the same.
    Public,
    Member,
    /// An operator, for no tenant in particular.
    OperatorOnly,
    Operator,
    Tenant,
}

impl Door {
    /// What is refused here before a handler is asked. `has_action`: whether the route is for operators too.
    pub fn problems(self, has_action: bool) -> Vec<Problem> {
        let mut problems = vec![Problem::unauthorized(false, CREDENTIAL), rate_limited(chrono::TimeDelta::seconds(60))];
        if self != Self::OperatorOnly {
            problems.extend([tenant_required(), tenant_unknown()]);
        }
        if self == Self::Member {
            problems.push(for_a_person());
        }
        if has_action {
            problems.push(forbidden("This operator token lacks the action \"connect\"."));
        }
        problems
    }
}

/// Who calls.
#[derive(Debug, Clone)]
pub enum Who {
    Member(UserId),
    Operator(Operator),
}

/// A caller and the tenant they act for.
#[derive(Debug, Clone)]
pub struct Caller {
    pub tenant: TenantId,
    pub who: Who,
    /// When what they have shown ends by itself, as far as it says so. For answers that last.
    pub until: Option<DateTime<Utc>>,
}

impl Caller {
    /// Inside a tenant a member sees what is theirs or shared with all; an operator sees everything of their providers.
    pub fn may_see(&self, connection: &Connection) -> bool {
        match &self.who {
            Who::Operator(operator) => operator.rights.providers.includes(&connection.provider),
            Who::Member(user) => connection.owner.is_none_or(|owner| owner == *user),
        }
    }

    /// The providers to which lists are limited for this caller; `None`: no limit.
    pub fn only_providers(&self) -> Option<Vec<String>> {
        match &self.who {
            Who::Operator(Operator { rights, .. }) => match &rights.providers {
                Allowed::All => None,
                Allowed::Only(some) => Some(some.iter().cloned().collect()),
            },
            Who::Member(_) => None,
        }
    }

    /// That the caller may have to do with this provider. What one has no right to at all is said, not hidden: which
    /// providers exist is public.
    pub fn may_use(&self, provider: &str) -> Result<(), Problem> {
        match &self.who {
            Who::Operator(operator) if !operator.rights.providers.includes(&provider.to_owned()) => {
                Err(forbidden(format!("This operator token is not for the provider {provider:?}.")))
            }
            Who::Operator(_) | Who::Member(_) => Ok(()),
        }
    }

    /// Whether the caller operates the whole deployment: all tenants, those that do not exist yet included.
    pub fn is_for_all_tenants(&self) -> bool {
        match &self.who {
            Who::Operator(operator) => operator.rights.tenants == Allowed::All,
            Who::Member(_) => false,
        }
    }

    /// That the caller may act for this tenant. A tenant that is not theirs is answered like one that does not exist.
    pub fn may_act_for(&self, tenant: TenantId) -> Result<(), Problem> {
        let theirs = match &self.who {
            Who::Operator(operator) => operator.rights.tenants.includes(&tenant),
            Who::Member(user) => user.personal_tenant() == tenant,
        };
        if theirs { Ok(()) } else { Err(tenant_unknown()) }
    }

    /// Whose rows are asked for: the tenant's, or those that belong to none.
    pub fn scope(&self, word: Option<&str>) -> Result<Scope, Problem> {
        match word {
            None => Ok(Scope::Tenant),
            Some("app") if self.is_for_all_tenants() => Ok(Scope::App),
            Some("app") => Err(forbidden("This is for operators whose token is for all tenants.")),
            Some(_) => Err(Problem::invalid("#/scope", "must be app, or absent")),
        }
    }

    fn may(&self, action: Action) -> Result<(), Problem> {
        match &self.who {
            Who::Operator(operator) if !operator.rights.actions.contains(&action) => {
                Err(forbidden(format!("This operator token lacks the action {:?}.", action.word())))
            }
            Who::Operator(_) | Who::Member(_) => Ok(()),
        }
    }

    /// As the audit log names them.
    pub fn audit_name(&self) -> String {
        match &self.who {
            Who::Member(user) => format!("user:{user}"),
            Who::Operator(operator) => format!("operator:{}", operator.fingerprint),
        }
    }

    fn limit_key(&self) -> String {
        match &self.who {
            Who::Member(user) => format!("user:{user}"),
            Who::Operator(operator) => format!("operator:{}:{}", operator.fingerprint, self.tenant),
        }
    }
}

/// Who calls, before the route has said what it does. Handlers cannot get at it.
#[derive(Clone)]
struct Resolved(Caller);

/// An operator and the tenant they act for.
#[derive(Debug, Clone)]
pub struct Operating(pub Caller);

/// A member, for routes that need a person.
#[derive(Debug, Clone, Copy)]
pub struct Member(pub UserId);

/// Whoever calls a public route, if they said.
#[derive(Debug, Clone)]
pub struct MaybeCaller(pub Option<Caller>);

/// Resolves, counts, passes on; the verdict goes out in the headers.
#[derive(Clone)]
pub struct Guard {
    pub app: Arc<App>,
    pub door: Door,
}

impl Around for Guard {
    async fn handle(self, mut request: Request, next: impl Next) -> Response {
        let Self { app, door } = self;
        let caller = match resolve(&app, door, request.headers()).await {
            Ok(caller) => caller,
            Err(problem) => return problem.into_response(),
        };
        let cause = cause(&app, &request);
        let peer = request.extensions().get::<Peer>().copied();
        let verdict = count(&app, door, caller.as_ref(), peer, request.headers()).await;
        let going_on = async {
            if let Some(caller) = caller {
                request.extensions_mut().insert(Resolved(caller));
            }
            next.run(request).await
        };
        within(verdict, caused_by(cause, going_on)).await
    }
}

/// What the audit log says of the request beside who made it.
pub(super) fn cause(app: &App, request: &Request) -> Cause {
    let peer = request.extensions().get::<Peer>();
    Cause {
        request: request.extensions().get::<RequestTag>().map(|tag| tag.as_str().into()),
        address: peer.map(|peer| app.config.trusted_proxies.client(request.headers(), *peer)),
    }
}

/// The same for a caller whom another guard has resolved.
pub(super) async fn counted(app: &App, caller: &Caller, going_on: impl Future<Output = Response>) -> Response {
    within(app.limiter.count(api(app), &caller.limit_key()).await, going_on).await
}

/// The answer, or 429; the verdict goes out in the headers of both.
async fn within(verdict: Verdict, going_on: impl Future<Output = Response>) -> Response {
    let mut response = if verdict.allowed() {
        going_on.await
    } else {
        rate_limited(chrono::TimeDelta::from_std(verdict.reset).unwrap_or_default()).into_response()
    };
    verdict.write_headers(response.headers_mut());
    response
}

/// Stands between a guard and a handler: what the route does has to be among the operator's rights, and so has the provider
/// that its path names. Only then does the handler get to know who calls. A route without an action is for nobody in
/// particular and for people: there an operator's token opens nothing.
#[derive(Clone, Copy)]
pub struct Permit(pub Option<Action>);

impl Around for Permit {
    async fn handle(self, mut request: Request, next: impl Next) -> Response {
        let Some(Resolved(caller)) = request.extensions_mut().remove() else { return next.run(request).await };
        if let Err(problem) = self.permits(&caller, &mut request).await {
            return problem.into_response();
        }
        if self.0.is_some() || matches!(caller.who, Who::Member(_)) {
            request.extensions_mut().insert(caller);
        }
        next.run(request).await
    }
}

impl Permit {
    async fn permits(self, caller: &Caller, request: &mut Request) -> Result<(), Problem> {
        // A member has all actions, and all providers.
        let (Some(action), Who::Operator(_)) = (self.0, &caller.who) else { return Ok(()) };
        caller.may(action)?;
        let path = request.extract_parts::<RawPathParams>().await;
        let path = path.map_err(|_| Problem::invalid("#", "The path is not UTF-8."))?;
        path.iter().filter(|(name, _)| *name == "provider").try_for_each(|(_, slug)| caller.may_use(slug))
    }
}

fn api(app: &App) -> Limit {
    Limit { name: "api", quota: app.config.rate_limit_per_minute, window: MINUTE, rule: Rule::Fixed }
}

async fn count(app: &App, door: Door, caller: Option<&Caller>, peer: Option<Peer>, headers: &HeaderMap) -> Verdict {
    let public = Limit { name: "public", quota: PUBLIC_PER_MINUTE, window: MINUTE, rule: Rule::Fixed };
    match (door, caller) {
        (Door::Public, _) | (_, None) => {
            let address = peer.map(|peer| app.config.trusted_proxies.limit_key(headers, peer));
            app.limiter.count(public, address.as_deref().unwrap_or("unknown")).await
        }
        (_, Some(caller)) => app.limiter.count(api(app), &caller.limit_key()).await,
    }
}

async fn resolve(app: &Arc<App>, door: Door, headers: &HeaderMap) -> Result<Option<Caller>, Problem> {
    let token = match bearer(headers) {
        Bearer::Token(token) => token,
        Bearer::Absent if door == Door::Public => return Ok(None),
        Bearer::Absent => {
            return Err(Problem::unauthorized(false, CREDENTIAL));
        }
        Bearer::Malformed => {
            return Err(Problem::unauthorized(
                true,
                "Send exactly one Authorization header: Bearer, a space, a token.",
            ));
        }
    };
    // Every token of the environment is compared before anything is decided, so that time tells nothing.
    let operator = match app.operators.find(&token) {
        None if operator_tokens::is_one(&token) => {
            let found = operator_tokens::recognize(app, &token).await.map_err(crate::problem::database)?;
            Some(found.ok_or_else(operator_unknown)?)
        }
        found => found,
    };
    match (operator, door) {
        (Some(_), Door::Member) => Err(for_a_person()),
        (Some(operator), Door::OperatorOnly) => {
            Ok(Some(Caller { tenant: TenantId::UNADDRESSED, who: Who::Operator(operator), until: None }))
        }
        (Some(operator), Door::Operator | Door::Tenant | Door::Public) => {
            let tenant = named_tenant(headers)?.ok_or_else(tenant_required)?;
            let caller = Caller { tenant, who: Who::Operator(operator), until: None };
            caller.may_act_for(tenant)?;
            known(app, tenant).await?;
            Ok(Some(caller))
        }
        (None, Door::Operator | Door::OperatorOnly) => Err(operator_unknown()),
        (None, Door::Member | Door::Tenant | Door::Public) => member(app, headers, &token).await.map(Some),
    }
}

async fn member(app: &App, headers: &HeaderMap, token: &Secret) -> Result<Caller, Problem> {
    let claims = app.identity.verify(token.expose()).await.map_err(|error| match error {
        VerifyError::KeysUnavailable => Problem::overloaded(chrono::TimeDelta::seconds(5)),
        VerifyError::TooLong
        | VerifyError::Malformed
        | VerifyError::CriticalHeader
        | VerifyError::AlgorithmRefused
        | VerifyError::UnknownKey
        | VerifyError::BadSignature
        | VerifyError::WrongIssuer
        | VerifyError::WrongAudience
        | VerifyError::WrongNonce
        | VerifyError::Expired
        | VerifyError::NotYetValid => Problem::unauthorized(
            true,
            "The token does not hold. Get a new one from the auth service: GET /api/auth/token.",
        ),
    })?;
    let tenant = claims.sub.personal_tenant();
    // A person acts in their own tenant; naming another one does not open it, and does not say whether it exists.
    if named_tenant(headers)?.is_some_and(|named| named != tenant) {
        return Err(tenant_unknown());
    }
    at_home(app, &claims).await
}

/// A person in their own tenant, which is made at first use.
pub(super) async fn at_home(app: &App, claims: &Claims) -> Result<Caller, Problem> {
    let tenant = claims.sub.personal_tenant();
    if !app.memory.tenants.contains_key(&tenant) {
        let there = db::tenants::ensure_personal(&app.pool, claims.sub).await.map_err(crate::problem::database)?;
        // The token outlives its person by some minutes.
        there.ok_or_else(|| Problem::unauthorized(true, "The account of this token has been deleted."))?;
        app.memory.tenants.insert(tenant, ()).await;
    }
    Ok(Caller { tenant, who: Who::Member(claims.sub), until: DateTime::from_timestamp(claims.exp, 0) })
}

fn named_tenant(headers: &HeaderMap) -> Result<Option<TenantId>, Problem> {
    let mut values = headers.get_all("x-tenant-id").iter();
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(tenant_required());
    }
    let tenant: Option<TenantId> = value.to_str().ok().and_then(|text| text.parse().ok());
    tenant.filter(|tenant| *tenant != TenantId::UNADDRESSED).map(Some).ok_or_else(tenant_required)
}

async fn known(app: &App, tenant: TenantId) -> Result<(), Problem> {
    if app.memory.tenants.contains_key(&tenant) {
        return Ok(());
    }
    if !db::tenants::exists(&app.pool, tenant).await.map_err(crate::problem::database)? {
        return Err(tenant_unknown());
    }
    app.memory.tenants.insert(tenant, ()).await;
    Ok(())
}

fn operator_unknown() -> Problem {
    Problem::unauthorized(true, "The operator token is not known here, has expired or was revoked.")
}

pub fn forbidden(detail: impl Into<String>) -> Problem {
    Problem::new(StatusCode::FORBIDDEN, "FORBIDDEN", "Forbidden").detail(detail)
}

fn for_a_person() -> Problem {
    forbidden("This route is for a person: send a JWT of the auth service.")
}

pub(super) fn rate_limited(pause: chrono::TimeDelta) -> Problem {
    Problem::new(StatusCode::TOO_MANY_REQUESTS, "RATE_LIMITED", "Rate limit reached")
        .detail("Too many requests in this minute. Try again after the time in Retry-After.")
        .retry_after(pause)
}

fn tenant_required() -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, "TENANT_HEADER_REQUIRED", "Tenant header required")
        .detail("Send exactly one X-Tenant-Id header that holds the tenant's UUID.")
}

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        // Absent only where a route stands outside a guard or has no action, which is our mistake and stays shut.
        parts.extensions.get::<Self>().cloned().ok_or_else(Problem::internal)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Operating {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let caller = Caller::from_request_parts(parts, state).await?;
        // A member gets here only if a route stands behind the wrong guard.
        if matches!(caller.who, Who::Operator(_)) { Ok(Self(caller)) } else { Err(Problem::internal()) }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Member {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        match parts.extensions.get::<Caller>().map(|caller| &caller.who) {
            Some(Who::Member(user)) => Ok(Self(*user)),
            Some(Who::Operator(_)) | None => Err(Problem::internal()),
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for MaybeCaller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        Ok(Self(parts.extensions.get::<Caller>().cloned()))
    }
}
