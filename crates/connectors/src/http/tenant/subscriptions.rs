//! Where signals are forwarded to.

use crate::{
    App,
    flows::{
        forward::message_id,
        subscriptions::{self, Put, Shown, Wish},
    },
    http::{
        document::Refuses,
        doors::Caller,
        query::{ApiJson, ApiPath},
    },
    problem::{Failure, NoSuchSubscription, TooManySubscriptions},
};
use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use db::subscriptions::DeadLetter;
use edge::Problem;
use http::StatusCode;
use kernel::Secret;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;
use uuid::Uuid;

/// Where to forward which signals.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SubscriptionRequest {
    /// https, of a public host, without user name and fragment. A tenant has one subscription an address.
    url: String,
    description: Option<String>,
    /// Absent: all kinds.
    kinds: Option<Vec<String>>,
    /// Absent: all providers, or all of the operator token's.
    providers: Option<Vec<String>>,
    /// `whsec_` and 24 to 64 bytes in base64. Absent: one is made, or the present one stays.
    #[schema(value_type = Option<String>)]
    secret: Option<Secret>,
}

/// A subscription and how it does.
#[derive(Serialize, ToSchema)]
pub struct SubscriptionView {
    id: Uuid,
    url: String,
    description: Option<String>,
    /// Null: all kinds.
    kinds: Option<Vec<String>>,
    /// Null: all providers.
    providers: Option<Vec<String>>,
    /// `active` or `disabled`.
    state: String,
    /// `gone` (the other side answered 410) or `failing` (days of trying without a success). PUT enables it again.
    disabled_reason: Option<String>,
    last_success_at: Option<DateTime<Utc>>,
    last_failure_at: Option<DateTime<Utc>>,
    last_error: Option<String>,
    failing_since: Option<DateTime<Utc>>,
    /// Signals that are still to be sent, or to be looked at.
    backlog: i64,
    /// Signals that were given up.
    dead: i64,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl From<Shown> for SubscriptionView {
    fn from(Shown { subscription: one, backlog, dead }: Shown) -> Self {
        Self {
            id: one.id,
            url: one.url,
            description: one.description,
            kinds: one.kinds,
            providers: one.providers,
            state: one.state,
            disabled_reason: one.disabled_reason,
            last_success_at: one.last_success_at,
            last_failure_at: one.last_failure_at,
            last_error: one.last_error,
            failing_since: one.failing_since,
            backlog,
            dead,
            created_at: one.created_at,
            updated_at: one.updated_at,
        }
    }
}

/// A subscription as it was put.
#[derive(Serialize, ToSchema)]
pub struct SubscriptionAnswer {
    #[serde(flatten)]
    subscription: SubscriptionView,
    /// What signs, where it was made here. It is shown this once.
    secret: Option<String>,
}

/// A subscription with the newest that was given up.
#[derive(Serialize, ToSchema)]
pub struct SubscriptionDetails {
    #[serde(flatten)]
    subscription: SubscriptionView,
    /// The newest 20.
    dead_letters: Vec<DeadLetterView>,
}

/// A signal that the other side has not taken.
#[derive(Serialize, ToSchema)]
pub struct DeadLetterView {
    webhook_id: String,
    signal_id: Uuid,
    attempts: i32,
    error: Option<String>,
    given_up_at: Option<DateTime<Utc>>,
}

/// All of a tenant's subscriptions.
#[derive(Serialize, ToSchema)]
pub struct SubscriptionList {
    subscriptions: Vec<SubscriptionView>,
}

/// A new secret.
#[derive(Serialize, ToSchema)]
pub struct SecretView {
    /// It is shown this once. The one before signs beside it for 24 hours.
    secret: String,
}

/// What is sent again.
#[derive(Serialize, ToSchema)]
pub struct ResendView {
    count: u64,
    /// Whether there are more than one call takes. Call again.
    more: bool,
}

/// Forwards the tenant's signals to an address from now on.
///
/// Forwards the tenant's signals to an address from now on, signed per Standard Webhooks. The same address again replaces
/// what was said, and enables it.
#[utoipa::path(
    put, path = "/subscriptions", operation_id = "putSubscription",
    request_body = SubscriptionRequest,
    responses(
        (status = 200, body = SubscriptionAnswer, description = "Replaced."),
        (status = 201, body = SubscriptionAnswer, description = "There was none."),
        Refuses<TooManySubscriptions>,
    )
)]
pub async fn put(
    State(app): State<Arc<App>>,
    caller: Caller,
    ApiJson(asked): ApiJson<SubscriptionRequest>,
) -> Result<Response, Problem> {
    let SubscriptionRequest { url, description, kinds, providers, secret } = asked;
    let wish = Wish { url, description, kinds, providers, secret };
    let Put { id, is_new, made } = subscriptions::put(&app, &caller, wish).await.map_err(Failure::from)?;
    let (shown, _) = subscriptions::show(&app, &caller, id).await.map_err(Failure::from)?;
    let status = if is_new { StatusCode::CREATED } else { StatusCode::OK };
    let secret = made.map(|secret| secret.expose().to_owned());
    Ok((status, Json(SubscriptionAnswer { subscription: shown.into(), secret })).into_response())
}

/// Lists the tenant's subscriptions and how they do.
///
/// The tenant's subscriptions and how they do.
#[utoipa::path(
    get, path = "/subscriptions", operation_id = "listSubscriptions",
    responses(
        (status = 200, body = SubscriptionList),
    )
)]
pub async fn list(State(app): State<Arc<App>>, caller: Caller) -> Result<Json<SubscriptionList>, Problem> {
    let all = subscriptions::list(&app, &caller).await.map_err(Failure::from)?;
    Ok(Json(SubscriptionList { subscriptions: all.into_iter().map(Into::into).collect() }))
}

/// Shows one subscription, and the newest that it has given up.
///
/// One subscription, and the newest that it has given up.
#[utoipa::path(
    get, path = "/subscriptions/{id}", operation_id = "getSubscription",
    params(("id" = Uuid, Path, description = "The subscription.")),
    responses(
        (status = 200, body = SubscriptionDetails),
        Refuses<NoSuchSubscription>,
    )
)]
pub async fn show(
    State(app): State<Arc<App>>,
    caller: Caller,
    ApiPath(id): ApiPath<Uuid>,
) -> Result<Json<SubscriptionDetails>, Problem> {
    let (shown, dead) = subscriptions::show(&app, &caller, id).await.map_err(Failure::from)?;
    let view = |DeadLetter { signal_id, attempts, error, ended_at, .. }| DeadLetterView {
        webhook_id: message_id(id, signal_id),
        signal_id,
        attempts,
        error,
        given_up_at: ended_at,
    };
    let dead_letters = dead.into_iter().map(view).collect();
    Ok(Json(SubscriptionDetails { subscription: shown.into(), dead_letters }))
}

/// Ends a subscription.
///
/// Ends a subscription. What is on its way is forgotten.
#[utoipa::path(
    delete, path = "/subscriptions/{id}", operation_id = "deleteSubscription",
    params(("id" = Uuid, Path, description = "The subscription.")),
    responses(
        (status = 204, description = "Gone."),
        Refuses<NoSuchSubscription>,
    )
)]
pub async fn delete(
    State(app): State<Arc<App>>,
    caller: Caller,
    ApiPath(id): ApiPath<Uuid>,
) -> Result<StatusCode, Problem> {
    subscriptions::delete(&app, &caller, id).await.map_err(Failure::from)?;
    Ok(StatusCode::NO_CONTENT)
}

/// Makes a new secret.
///
/// Makes a new secret. Both sign for 24 hours, with two signatures in the header; then the new one alone.
#[utoipa::path(
    post, path = "/subscriptions/{id}/secret", operation_id = "rotateSubscriptionSecret",
    params(("id" = Uuid, Path, description = "The subscription.")),
    responses(
        (status = 200, body = SecretView),
        Refuses<NoSuchSubscription>,
    )
)]
pub async fn rotate(
    State(app): State<Arc<App>>,
    caller: Caller,
    ApiPath(id): ApiPath<Uuid>,
) -> Result<Json<SecretView>, Problem> {
    let secret = subscriptions::rotate(&app, &caller, id).await.map_err(Failure::from)?;
    Ok(Json(SecretView { secret: secret.expose().to_owned() }))
}

/// Sends what was given up again.
///
/// Sends what was given up again, the oldest first, at most 10,000 a call, under the ids it had.
#[utoipa::path(
    post, path = "/subscriptions/{id}/replay", operation_id = "resendSubscription",
    params(("id" = Uuid, Path, description = "The subscription.")),
    responses(
        (status = 202, body = ResendView),
        Refuses<NoSuchSubscription>,
    )
)]
pub async fn replay(
    State(app): State<Arc<App>>,
    caller: Caller,
    ApiPath(id): ApiPath<Uuid>,
) -> Result<(StatusCode, Json<ResendView>), Problem> {
    let (count, more) = subscriptions::replay(&app, &caller, id).await.map_err(Failure::from)?;
    Ok((StatusCode::ACCEPTED, Json(ResendView { count, more })))
}
