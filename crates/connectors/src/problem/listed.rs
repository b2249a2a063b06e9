//! The problems that flows end in, for the document: each as it is on the wire, with one of its details.

use super::{
    Failure, connection_not_found, missing_scope, no_such_grant, not_configured, rate_limited, reconnect, refused,
    token_refused, unavailable, unknown_provider,
};
use crate::{
    flows::{
        connect::ConnectError,
        deliver::DeliverError,
        erase::EraseError,
        events::EventError,
        hand_out::HandOutError,
        provider_configs::ProviderConfigError,
        proxy::{ProxyError, UploadError},
        run::RunError,
        subscriptions::SubscriptionError,
    },
    http::Fails,
};
use chrono::TimeDelta;
use edge::Problem;
use providers::Refused;

/// For a time that a vendor has named.
const PAUSE: TimeDelta = TimeDelta::seconds(60);

fn told(error: impl Into<Failure>) -> Problem {
    let Failure(problem) = error.into();
    problem
}

impl Fails for EraseError {
    fn problems() -> Vec<Problem> {
        vec![told(Self::NotFound)]
    }
}

/// A provider's name that nobody has.
pub struct NoSuchProvider;

impl Fails for NoSuchProvider {
    fn problems() -> Vec<Problem> {
        vec![unknown_provider()]
    }
}

/// A connection that is not there for the caller.
pub struct NoSuchConnection;

impl Fails for NoSuchConnection {
    fn problems() -> Vec<Problem> {
        vec![connection_not_found()]
    }
}

/// A token that is not to be had.
pub struct NoToken;

impl Fails for NoToken {
    fn problems() -> Vec<Problem> {
        let gone = reconnect("The provider no longer accepts this grant. The person has to connect again.");
        vec![
            connection_not_found(),
            no_such_grant(),
            not_configured(),
            unknown_provider(),
            gone,
            missing_scope(),
            unavailable(PAUSE),
        ]
    }
}

/// A connection that cannot be chosen, beside [`NoToken`].
pub struct NoChoice;

impl Fails for NoChoice {
    fn problems() -> Vec<Problem> {
        vec![told(HandOutError::Several)]
    }
}

/// A flow that does not begin.
pub struct Starts;

impl Fails for Starts {
    fn problems() -> Vec<Problem> {
        vec![unknown_provider(), not_configured(), told(ConnectError::NoInstallation)]
    }
}

/// A flow that was begun and is not known.
pub struct NoSuchFlow;

impl Fails for NoSuchFlow {
    fn problems() -> Vec<Problem> {
        vec![told(ConnectError::State)]
    }
}

/// An account that cannot be asked for at the vendor.
pub struct NoAccount;

impl Fails for NoAccount {
    fn problems() -> Vec<Problem> {
        let refused = "The provider refuses the new token. Start again, and grant the scopes that are asked for.";
        vec![reconnect(refused), token_refused(), unavailable(PAUSE), rate_limited(Some(PAUSE))]
    }
}

/// Something that cannot be claimed.
pub struct NoClaim;

impl Fails for NoClaim {
    fn problems() -> Vec<Problem> {
        [vec![told(ConnectError::LinkCode)], NotConfirmed::problems()].concat()
    }
}

/// An installation that the provider does not let this person use.
pub struct NotConfirmed;

impl Fails for NotConfirmed {
    fn problems() -> Vec<Problem> {
        vec![told(ConnectError::InstallationRefused)]
    }
}

/// Credentials of nobody who could finish the flow.
pub struct Denied;

impl Fails for Denied {
    fn problems() -> Vec<Problem> {
        vec![crate::http::forbidden("The provider or the person refused: access_denied.")]
    }
}

/// A delivery that is not taken.
pub struct NotTaken;

impl Fails for NotTaken {
    fn problems() -> Vec<Problem> {
        vec![
            unknown_provider(),
            not_configured(),
            told(DeliverError::UnknownTenant),
            told(DeliverError::UnknownHook),
            refused(Refused::WrongSignature, Vec::new()),
            refused(Refused::Stale, Vec::new()),
            crate::http::too_large(),
        ]
    }
}

impl Fails for EventError {
    fn problems() -> Vec<Problem> {
        vec![told(Self::NotFound)]
    }
}

/// A subscription that is not there for the caller.
pub struct NoSuchSubscription;

impl Fails for NoSuchSubscription {
    fn problems() -> Vec<Problem> {
        vec![told(SubscriptionError::NotFound)]
    }
}

/// No room for another subscription.
pub struct TooManySubscriptions;

impl Fails for TooManySubscriptions {
    fn problems() -> Vec<Problem> {
        vec![told(SubscriptionError::TooMany)]
    }
}

/// A tenant's client that there is not.
pub struct NoClient;

impl Fails for NoClient {
    fn problems() -> Vec<Problem> {
        vec![told(ProviderConfigError::NotFound)]
    }
}

/// A call that does not get to the vendor.
pub struct NotProxied;

impl Fails for NotProxied {
    fn problems() -> Vec<Problem> {
        vec![told(ProxyError::Paused { retry_after: PAUSE }), told(ProxyError::Upload(UploadError::TooLarge))]
    }
}

/// A run that is not there for the caller.
pub struct NoSuchRun;

impl Fails for NoSuchRun {
    fn problems() -> Vec<Problem> {
        vec![told(RunError::NotFound)]
    }
}

/// A run that does not begin.
pub struct NoRun;

impl Fails for NoRun {
    fn problems() -> Vec<Problem> {
        vec![told(RunError::NotConfigured), told(RunError::ThreadBusy), told(RunError::TooMany)]
    }
}

/// A decision about a call that nobody waits for.
pub struct NoDecision;

impl Fails for NoDecision {
    fn problems() -> Vec<Problem> {
        vec![told(RunError::NotFound), told(RunError::NoSuchApproval), told(RunError::Decided)]
    }
}
