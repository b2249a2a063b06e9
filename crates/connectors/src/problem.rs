//! Every error of every flow, and the problem it is on the wire. No `_`: a new variant has to be thought about here.

mod listed;

pub use listed::{
    Denied, NoAccount, NoChoice, NoClaim, NoClient, NoDecision, NoRun, NoSuchConnection, NoSuchFlow, NoSuchProvider,
    NoSuchRun, NoSuchSubscription, NoToken, NotConfirmed, NotProxied, NotTaken, Starts, TooManySubscriptions,
};

use crate::{
    flows::{
        connect::ConnectError,
        deliver::DeliverError,
        erase::EraseError,
        events::EventError,
        forward::{keys::KeysError, target::TargetError},
        hand_out::HandOutError,
        provider_configs::ProviderConfigError,
        proxy::{ProxyError, UploadError},
        run::RunError,
        settings::SettingsError,
        subscriptions::SubscriptionError,
        sync::AskError,
        tools::allow::AllowError,
        vend::VendError,
    },
    group::StoreError,
};
use chrono::TimeDelta;
use edge::Problem;
use http::StatusCode;
use kernel::ReauthReason;
use oauth::{Refusal, TokenError};
use providers::{CallError, ConfiguredError, EndpointsError, Refused};
use std::error::Error;

/// Logs the whole chain, once, and answers with nothing of it.
fn internal(error: &dyn Error) -> Problem {
    let mut chain = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        chain.push_str(": ");
        chain.push_str(&cause.to_string());
        source = cause.source();
    }
    tracing::error!(error = %chain, "an internal error");
    Problem::internal()
}

/// A database that does not answer is a pause, anything else is our mistake.
#[expect(clippy::needless_pass_by_value, reason = "used as a function in map_err")]
pub fn database(error: db::Error) -> Problem {
    let problem = internal(&error);
    if db::is_away(&error) { Problem::overloaded(TimeDelta::seconds(5)) } else { problem }
}

/// So is one that is not the caller's.
pub fn tenant_unknown() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "TENANT_NOT_FOUND", "Tenant not found")
        .detail("No such tenant for this caller. Operators create one with PUT /tenants/{id}.")
}

fn unknown_provider() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "PROVIDER_NOT_SUPPORTED", "Provider not supported")
        .detail("No provider has this name. GET /providers lists them.")
}

fn not_configured() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "PROVIDER_NOT_CONFIGURED", "Provider not configured")
        .detail("The provider is known but has no settings here. An operator sets its client id and secret.")
}

fn settings(error: SettingsError) -> Problem {
    match error {
        SettingsError::Database(error) => database(error),
        SettingsError::UnknownProvider => unknown_provider(),
        SettingsError::NotConfigured => not_configured(),
        SettingsError::ClientGone => reconnect(
            "The client that this connection was made with is gone. Put it back, or let the person connect again.",
        ),
        SettingsError::Place(ConfiguredError::Endpoints(EndpointsError::Missing(name))) => {
            Problem::invalid(format!("#/parameters/{name}"), "is required")
        }
        SettingsError::Place(ConfiguredError::Endpoints(EndpointsError::Refused(name))) => {
            Problem::invalid(format!("#/parameters/{name}"), "names no place of this provider")
        }
        SettingsError::Open(_) | SettingsError::Stored | SettingsError::Place(_) => internal(&error),
    }
}

fn no_such_grant() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "CONNECTION_NOT_FOUND", "Connection not found")
        .detail("The connection has no grant of this name. Its `grants` list those there are.")
}

fn unavailable(retry_after: TimeDelta) -> Problem {
    Problem::new(StatusCode::BAD_GATEWAY, "PROVIDER_UNAVAILABLE", "Provider unavailable")
        .detail("The provider does not answer as it should. Try again after the time in Retry-After.")
        .retry_after(retry_after)
}

fn rate_limited(retry_after: Option<TimeDelta>) -> Problem {
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, "PROVIDER_RATE_LIMITED", "Provider rate limited")
        .detail("The provider asks for a pause. Try again after the time in Retry-After.")
        .retry_after(retry_after.unwrap_or(TimeDelta::minutes(1)))
}

fn reconnect(detail: &'static str) -> Problem {
    Problem::new(StatusCode::CONFLICT, "RECONNECT_REQUIRED", "Reconnect required").detail(detail)
}

fn missing_scope() -> Problem {
    Problem::new(StatusCode::CONFLICT, "MISSING_SCOPE", "Missing scope")
        .detail("The grant lacks a scope that is needed. Connect again and grant it.")
}

fn token_refused() -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, "CODE_REFUSED", "Code refused")
        .detail("The provider does not accept this code. It may have been used or be too old. Start again.")
}

fn conflict(detail: &'static str) -> Problem {
    Problem::new(StatusCode::CONFLICT, "CONFLICT", "Conflict").detail(detail)
}

fn connection_not_found() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "CONNECTION_NOT_FOUND", "Connection not found")
        .detail("No connection with this id exists for the tenant.")
}

impl From<VendError> for Failure {
    fn from(error: VendError) -> Self {
        Self(match error {
            VendError::NotFound => connection_not_found(),
            VendError::Reconnect(Some(ReauthReason::MissingScope)) => missing_scope(),
            VendError::Reconnect(_) => {
                reconnect("The provider no longer accepts this grant. The person has to connect again.")
            }
            VendError::Suspended => reconnect(
                "The installation is suspended at the provider. Unsuspend it there; no new connect is needed.",
            ),
            VendError::NoSuchGrant => no_such_grant(),
            VendError::Settings(error) => settings(error),
            VendError::Unavailable { retry_after } => unavailable(retry_after),
            VendError::TooLong { lives } => Problem::invalid(
                "#/min_lifetime_seconds",
                format!("The provider's tokens live for {} seconds in all; ask for less.", lives.num_seconds()),
            ),
            VendError::Database(error) => database(error),
            VendError::Vault(_) | VendError::Seal(_) | VendError::Format(_) => internal(&error),
        })
    }
}

impl From<ProxyError> for Failure {
    fn from(error: ProxyError) -> Self {
        Self(match error {
            ProxyError::Vend(error) => return error.into(),
            ProxyError::Path(fault) => Problem::invalid("#/path", format!("The path {fault}.")),
            // The caller is the one who has to slow down: 429, while a vendor that stops our own calls is a 503.
            ProxyError::Paused { retry_after } => {
                Problem::new(StatusCode::TOO_MANY_REQUESTS, "PROVIDER_RATE_LIMITED", "Provider rate limited")
                    .detail("The provider has asked for a pause. Try again after the time in Retry-After.")
                    .retry_after(retry_after)
            }
            ProxyError::Upload(UploadError::TooLarge) => {
                Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "PAYLOAD_TOO_LARGE", "Payload too large")
                    .detail("A body may have 10 MiB here.")
            }
            ProxyError::Upload(UploadError::BrokeOff) => Problem::invalid("#", "The body broke off."),
            ProxyError::Unavailable { retry_after } => unavailable(retry_after),
            ProxyError::Database(error) => database(error),
            ProxyError::Forbidden(_) | ProxyError::Credential => internal(&error),
        })
    }
}

impl From<RunError> for Failure {
    fn from(error: RunError) -> Self {
        Self(match error {
            RunError::NotConfigured => Problem::new(StatusCode::NOT_FOUND, "AGENT_NOT_CONFIGURED", "No agent here")
                .detail("The operator has named no model: ANTHROPIC_API_KEY and ANTHROPIC_MODEL."),
            RunError::Invalid { pointer, detail } => Problem::invalid(pointer, detail),
            RunError::NotFound => Problem::new(StatusCode::NOT_FOUND, "RUN_NOT_FOUND", "Run not found")
                .detail("You have no run with this id. GET /agent/runs lists those that you have."),
            RunError::NoSuchThread => Problem::invalid("#/thread_id", "You have no thread with this id."),
            RunError::ThreadBusy => conflict("A run of this thread goes on. Wait for its end, or cancel it."),
            RunError::TooMany => Problem::new(StatusCode::TOO_MANY_REQUESTS, "TOO_MANY_RUNS", "Too many runs")
                .detail("Four of your runs go on. Wait for the end of one, or cancel it.")
                .retry_after(TimeDelta::seconds(30)),
            RunError::Full => Problem::overloaded(TimeDelta::seconds(10)),
            RunError::NoSuchApproval => Problem::new(StatusCode::NOT_FOUND, "APPROVAL_NOT_FOUND", "Approval not found")
                .detail("This run has not asked about such a call."),
            RunError::Decided => conflict("The call has been decided otherwise, or the run has ended."),
            RunError::Tools(error) => return error.into(),
            RunError::Database(error) => database(error),
        })
    }
}

impl From<AskError> for Failure {
    fn from(error: AskError) -> Self {
        match error {
            AskError::NotFound(error) => error.into(),
            AskError::NoSuchStream => Self(Problem::invalid(
                "#/streams",
                "The connection has no such stream. GET /connections/{id}/streams lists those it has.",
            )),
            AskError::Database(error) => Self(database(error)),
        }
    }
}

/// Lets `?` in handlers turn a flow's error into its problem.
pub struct Failure(Problem);

impl From<Failure> for Problem {
    fn from(wrapped: Failure) -> Self {
        wrapped.0
    }
}

impl From<ConnectError> for Failure {
    fn from(error: ConnectError) -> Self {
        Self(match error {
            ConnectError::Settings(error) => settings(error),
            ConnectError::Pasted => Problem::invalid(
                "#/credentials",
                "This provider has no consent page: send its credentials. GET /providers/{provider} tells their form.",
            ),
            ConnectError::Parameter { name, problem } => Problem::invalid(format!("#/parameters/{name}"), problem),
            ConnectError::NoInstallation => Problem::new(
                StatusCode::CONFLICT,
                "PROVIDER_NOT_CONFIGURED",
                "Provider not configured",
            )
            .detail("The provider has no app to install here. An operator sets the app's name, id and private key."),
            ConnectError::Invalid { pointer, detail } => Problem::invalid(pointer, detail),
            ConnectError::State => Problem::new(StatusCode::BAD_REQUEST, "STATE_INVALID", "State invalid").detail(
                "The flow is unknown, used, older than ten minutes, or was started in another browser. Start again.",
            ),
            ConnectError::LinkCode => Problem::new(StatusCode::BAD_REQUEST, "STATE_INVALID", "State invalid")
                .detail("The link code is unknown, used, older than ten minutes, or was given to another browser. Connect again."),
            ConnectError::NoCode => Problem::invalid("#/code", "The provider's redirect carries no code. Start again."),
            ConnectError::Token(error) => token(&error),
            ConnectError::Identify(error) => call(&error),
            ConnectError::InstallationRefused => Problem::new(StatusCode::FORBIDDEN, "FORBIDDEN", "Forbidden").detail(
                "The provider does not confirm that you may use this installation. Connect your own account first, with \
                 access to the organisation, then link the installation.",
            ),
            ConnectError::Vend(error) => Self::from(error).0,
            ConnectError::Database(error) => database(error),
            ConnectError::Seal(_) | ConnectError::Open(_) | ConnectError::Stored | ConnectError::Interrupted => {
                internal(&error)
            }
        })
    }
}

fn token(error: &TokenError) -> Problem {
    tracing::warn!(%error, "a token endpoint gave no token");
    match error {
        TokenError::Refused { refusal: Refusal::InvalidClient, .. } => not_configured(),
        TokenError::Refused { .. } => token_refused(),
        TokenError::Unreadable | TokenError::Unavailable | TokenError::Lost => unavailable(TimeDelta::seconds(10)),
        TokenError::RateLimited { retry_after } => rate_limited(*retry_after),
        TokenError::Forbidden(_) => internal(error),
    }
}

fn call(error: &CallError) -> Problem {
    tracing::warn!(%error, "a vendor's API gave no answer");
    match error {
        CallError::Unauthorized | CallError::Refused | CallError::NotFound => {
            reconnect("The provider refuses the new token. Start again, and grant the scopes that are asked for.")
        }
        CallError::Suspended => reconnect("The installation is suspended at the provider. Unsuspend it there."),
        CallError::Unreadable | CallError::Unavailable => unavailable(TimeDelta::seconds(10)),
        CallError::RateLimited { retry_after } => rate_limited(*retry_after),
        CallError::Misconfigured => not_configured(),
        CallError::Forbidden(_) => internal(error),
    }
}

impl From<DeliverError> for Failure {
    fn from(error: DeliverError) -> Self {
        Self(match error {
            DeliverError::Settings(error) => settings(error),
            DeliverError::NoWebhooks => unknown_provider(),
            DeliverError::UnknownTenant => Problem::new(StatusCode::NOT_FOUND, "TENANT_NOT_FOUND", "Tenant not found")
                .detail("The address names no tenant. Copy it again from GET /providers."),
            DeliverError::UnknownHook => Problem::new(StatusCode::NOT_FOUND, "HOOK_NOT_FOUND", "Hook not found")
                .detail("The address belongs to a hook that is not ours, or no longer. Remove it at the vendor."),
            DeliverError::Refused(reason, headers) => refused(reason, headers),
            DeliverError::Open(_) => internal(&error),
            DeliverError::Store(StoreError::Full | StoreError::Unavailable) => {
                Problem::overloaded(TimeDelta::seconds(2))
            }
            DeliverError::Database(error) => database(error),
        })
    }
}

fn refused(reason: Refused, headers: Vec<(String, String)>) -> Problem {
    let problem = match reason {
        Refused::NoSecret => not_configured(),
        Refused::Stale => Problem::new(StatusCode::UNAUTHORIZED, "DELIVERY_TOO_OLD", "Delivery too old")
            .detail("The signed time is too far from ours. Check the clocks, or send the delivery anew."),
        Refused::NotJson | Refused::MissingHeaders => {
            Problem::invalid("#", format!("The request proves where it comes from, but {reason}."))
        }
        Refused::MissingSignature
        | Refused::SeveralSignatures
        | Refused::MalformedSignature
        | Refused::WrongSignature
        | Refused::UnknownChannel
        | Refused::WrongAudience
        | Refused::MissingTime => Problem::new(StatusCode::UNAUTHORIZED, "SIGNATURE_INVALID", "Signature invalid")
            .detail(format!("The webhook is not accepted: {reason}. Check the secret at the vendor and here.")),
    };
    let headers = headers.into_iter().filter_map(|(name, value)| Some((name.parse().ok()?, value.parse().ok()?)));
    headers.fold(problem.reason(reason.word()), |problem, (name, value)| problem.header(name, value))
}

impl From<EraseError> for Failure {
    fn from(error: EraseError) -> Self {
        Self(match error {
            EraseError::NotFound => tenant_unknown(),
            EraseError::Vend(error) => return error.into(),
            EraseError::Database(error) => database(error),
            EraseError::Audit(_) => internal(&error),
        })
    }
}

impl From<EventError> for Failure {
    fn from(error: EventError) -> Self {
        Self(match error {
            EventError::NotFound => Problem::new(StatusCode::NOT_FOUND, "EVENT_NOT_FOUND", "Event not found")
                .detail("No delivery with this id is kept for the tenant."),
            EventError::Database(error) => database(error),
        })
    }
}

impl From<SubscriptionError> for Failure {
    fn from(error: SubscriptionError) -> Self {
        Self(match error {
            SubscriptionError::Invalid { pointer, detail } => Problem::invalid(pointer, detail),
            SubscriptionError::Target(TargetError::Form) => Problem::invalid(
                "#/url",
                "An https address of at most 2048 characters, without user name, password and fragment.",
            ),
            SubscriptionError::Target(TargetError::NotPublic | TargetError::Policy(_)) => Problem::invalid(
                "#/url",
                "The address does not lead to the public internet. The operator can name hosts that need not.",
            ),
            SubscriptionError::TooMany => conflict("A tenant has at most 20 subscriptions. Delete one first."),
            SubscriptionError::NotFound => {
                Problem::new(StatusCode::NOT_FOUND, "SUBSCRIPTION_NOT_FOUND", "Subscription not found")
                    .detail("No subscription with this id exists for the tenant.")
            }
            SubscriptionError::NotTheirs => Problem::new(StatusCode::FORBIDDEN, "FORBIDDEN", "Forbidden")
                .detail("The subscription forwards signals of providers that this operator token is not for."),
            SubscriptionError::Keys(KeysError::Open(_) | KeysError::Form | KeysError::Seal(_)) => internal(&error),
            SubscriptionError::Database(error) => database(error),
        })
    }
}

impl From<ProviderConfigError> for Failure {
    fn from(error: ProviderConfigError) -> Self {
        Self(match error {
            ProviderConfigError::Settings(error) => settings(error),
            ProviderConfigError::Invalid { pointer, detail } => Problem::invalid(pointer, detail),
            ProviderConfigError::NotFound => Problem::new(
                StatusCode::NOT_FOUND,
                "PROVIDER_NOT_CONFIGURED",
                "Provider not configured",
            )
            .detail(
                "The tenant has no client of its own at this provider. PUT /provider-configs/{provider} enters one.",
            ),
            ProviderConfigError::Database(error) => database(error),
            ProviderConfigError::Seal(_) => internal(&error),
        })
    }
}

impl From<AllowError> for Failure {
    fn from(error: AllowError) -> Self {
        Self(match error {
            AllowError::NoSuchSource { at } => Problem::invalid(
                format!("#/tools/{at}/source"),
                "must be connectors, or the id of a connection of yours that has not ended",
            ),
            AllowError::Database(error) => database(error),
            AllowError::Stored => internal(&error),
        })
    }
}

impl From<HandOutError> for Failure {
    fn from(error: HandOutError) -> Self {
        match error {
            HandOutError::UnknownProvider => Self(unknown_provider()),
            HandOutError::Several => {
                Self(conflict("The tenant has more than one connection here. Name one with connection_id."))
            }
            HandOutError::Vend(error) => error.into(),
            HandOutError::Audit(StoreError::Full | StoreError::Unavailable) => {
                Self(Problem::overloaded(TimeDelta::seconds(2)))
            }
            HandOutError::Database(error) => Self(database(error)),
        }
    }
}
