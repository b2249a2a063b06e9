//! What a request's proof is compared with.

use super::{DeliverError, Receiver};
use crate::{App, flows::settings};
use http::Method;
use identity::{Algorithm, Fetching, IdTokenRules, IdTokens};
use kernel::{HookId, Secret, same};
use outbound::HostPolicy;
use providers::{Asks, Evidence, Oidc, Proof, PushClaims, Settings};
use std::sync::Arc;
use url::Url;

/// A key set is small; more than this is not one.
const LARGEST_KEY_SET: usize = 64 * 1024;

pub(super) async fn gather(app: &App, receiver: &Receiver, asks: Asks) -> Result<Evidence, DeliverError> {
    Ok(match (asks, &receiver.hook) {
        // A hook of ours has a secret of its own, and nobody else's opens its address.
        (Asks::WebhookSecrets, Some(hook)) => Evidence::Secrets(vec![hook.secret.clone()]),
        (Asks::WebhookSecrets, None) => Evidence::Secrets(receiver.settings.webhook_secrets.clone()),
        (Asks::ClientSecrets, _) => Evidence::Secrets(client_secrets(app, receiver)),
        (Asks::Channel(named), Some(hook)) => {
            // Before the vendor has answered, the channel is known by the id that we gave it.
            let own = receiver.address.hook.as_ref().map(simple).unwrap_or_default();
            let is_it = match &hook.external_id {
                Some(id) => same(id, &named),
                None => true,
            };
            let is_ours = is_it || same(own, &named);
            Evidence::Channel(is_ours.then(|| hook.channel.clone()))
        }
        (Asks::Channel(_), None) => Evidence::Channel(None),
        (Asks::Bearer(token), _) => Evidence::Bearer(bearer(app, receiver, &token).await?),
    })
}

/// While a client's secret is replaced, the vendor may sign with either. Without the client that registered a hook, nothing
/// opens its address.
fn client_secrets(app: &App, receiver: &Receiver) -> Vec<Secret> {
    let settings = &receiver.settings;
    let settings = match receiver.hook.as_ref().and_then(|hook| hook.client_id.as_deref()) {
        Some(client_id) => settings::registering(app, settings, &receiver.provider, client_id),
        None => Some(Arc::clone(settings)),
    };
    let of = |settings: Arc<Settings>| {
        std::iter::once(&settings.client_secret).chain(&settings.former_client_secrets).cloned().collect()
    };
    settings.map_or_else(Vec::new, of)
}

/// As a channel of ours is named to a vendor.
pub fn simple(id: &HookId) -> String {
    id.as_uuid().simple().to_string()
}

async fn bearer(app: &App, receiver: &Receiver, token: &Secret) -> Result<Option<PushClaims>, DeliverError> {
    let oidc = receiver.provider.webhook.iter().flat_map(|webhook| &webhook.proofs).find_map(|proof| match proof {
        Proof::Oidc(oidc) => Some(oidc),
        Proof::Hmac(_) | Proof::ClientJwt | Proof::Channel(_) => None,
    });
    let (Some(oidc), Some(push)) = (oidc, &receiver.settings.push) else {
        // Without a service account that may push, nobody may.
        return Ok(None);
    };
    let slug = &receiver.provider.slug;
    let path = match receiver.address.tenant {
        Some(tenant) => format!("/webhooks/{slug}/{tenant}"),
        None => format!("/webhooks/{slug}"),
    };
    let audience = app.config.urls.public(&path);
    let Some(tokens) = verifier(app, oidc, receiver.settings.base_url.as_ref(), &audience).await else {
        return Ok(None);
    };
    match tokens.verify_service(token.expose()).await {
        Ok(claims) => Ok(Some(PushClaims {
            audience: audience.clone(),
            verified_email: claims.email.filter(|_| claims.email_verified),
            expected_audience: audience,
            expected_email: push.service_account.clone(),
        })),
        Err(error) => {
            tracing::warn!(%error, provider = slug, "the token of a push does not hold");
            Ok(None)
        }
    }
}

/// Its keys are fetched once and kept; a verifier for each address that pushes come to.
async fn verifier(app: &App, oidc: &Oidc, base: Option<&Url>, audience: &str) -> Option<IdTokens> {
    if let Some(known) = app.memory.pushers.get(audience).await {
        return Some(known);
    }
    let published: Url = oidc.jwks_url.parse().ok()?;
    // Below a base that plays the vendor, its keys are under the same path, and it is its own issuer.
    let (url, issuers) = match base {
        Some(base) => {
            let base = base.as_str().trim_end_matches('/');
            (format!("{base}{}", published.path()).parse().ok()?, vec![base.to_owned()])
        }
        None => (published, oidc.issuers.clone()),
    };
    let rules = IdTokenRules { issuers, client_id: audience.to_owned(), algorithms: vec![Algorithm::Rs256] };
    let tokens = IdTokens::new(rules, app.clock.clone(), fetching(app.client.clone(), url)?);
    app.memory.pushers.insert(audience.to_owned(), tokens.clone()).await;
    Some(tokens)
}

fn fetching(client: outbound::Client, url: Url) -> Option<impl Fn() -> Fetching + Send + Sync + 'static> {
    let policy = Arc::new(HostPolicy::allow([url.as_str()]).ok()?);
    Some(move || -> Fetching {
        let (client, policy, url) = (client.clone(), Arc::clone(&policy), url.clone());
        Box::pin(async move {
            let request = client.request(&policy, Method::GET, &url)?;
            let answer = client.send(request, LARGEST_KEY_SET).await?;
            if !answer.status.is_success() {
                return Err("the key set was not served".into());
            }
            Ok(answer.body.to_vec())
        })
    })
}
