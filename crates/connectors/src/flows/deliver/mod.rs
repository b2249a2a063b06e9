//! A webhook arrives: checked over its raw bytes, stored, and only then answered. Nothing else happens before the answer.

mod evidence;
mod hook;

pub use evidence::simple;
pub use hook::{AtDoor, context};

use super::settings::{self, SettingsError};
use crate::{App, group::StoreError};
use bytes::Bytes;
use db::{
    deliveries::{Key, NewDelivery},
    tenants,
};
use http::HeaderMap;
use kernel::{DeliveryId, HookId, TenantId, meters};
use providers::{Provider, Refused, Reply, Unverified, Webhook, Webhooks};
use std::sync::Arc;
use vault::OpenError;

/// Why a webhook was not taken.
#[derive(Debug, thiserror::Error)]
pub enum DeliverError {
    #[error("the provider cannot be used here")]
    Settings(#[from] SettingsError),
    #[error("the provider pushes nothing")]
    NoWebhooks,
    /// With the headers that this vendor wants to see on a refusal.
    #[error("the webhook was refused")]
    Refused(#[source] Refused, Vec<(String, String)>),
    #[error("the address names no tenant")]
    UnknownTenant,
    #[error("the address names no hook of ours")]
    UnknownHook,
    #[error("the delivery could not be stored")]
    Store(#[from] StoreError),
    #[error("the database failed")]
    Database(#[from] db::Error),
    #[error("the hook's secret does not open")]
    Open(#[from] OpenError),
}

/// Where a webhook was posted to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Address {
    /// `None`: the app-wide address, or that of a hook, which knows its own.
    pub tenant: Option<TenantId>,
    /// The one hook that this address was made for.
    pub hook: Option<HookId>,
}

/// A provider that can take webhooks at this address.
pub struct Receiver {
    provider: Arc<Provider>,
    settings: Arc<providers::Settings>,
    /// With the hook's tenant, where it is a hook's.
    address: Address,
    hook: Option<Arc<AtDoor>>,
}

/// What the vendor is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// Committed, by this request or an earlier one.
    Taken,
    /// The vendor asks whether anybody is here.
    Challenge(serde_json::Value),
    /// A look that asks for nothing; nothing was kept.
    Looked,
}

impl Receiver {
    /// Larger bodies are refused.
    pub fn largest(&self) -> usize {
        self.provider.webhook.as_ref().map_or(0, |webhook| webhook.max_bytes)
    }

    fn sides(&self) -> Result<(&Webhook, &dyn Webhooks), DeliverError> {
        self.provider.webhook.as_ref().zip(self.provider.vendor.webhooks()).ok_or(DeliverError::NoWebhooks)
    }
}

/// The provider a webhook address names; at a tenant's own address with the tenant's own client, if they have one.
pub async fn receiver(app: &App, slug: &str, address: Address) -> Result<Receiver, DeliverError> {
    let provider = settings::known(app, slug)?;
    if provider.webhook.is_none() {
        return Err(DeliverError::NoWebhooks);
    }
    let hook = match address.hook {
        Some(id) => Some(Box::pin(hook::find(app, address.tenant, id, slug)).await?.ok_or(DeliverError::UnknownHook)?),
        None => None,
    };
    let address = Address { tenant: hook.as_ref().map_or(address.tenant, |hook| Some(hook.tenant)), ..address };
    let settings = settings::receiving(app, address.tenant, &provider).await?;
    Ok(Receiver { provider, settings, address, hook })
}

/// Returns once the delivery is committed.
pub async fn deliver(app: &App, receiver: &Receiver, headers: &HeaderMap, body: Bytes) -> Result<Answer, DeliverError> {
    let now = app.clock.now();
    let (webhook, pushes) = receiver.sides()?;
    let unverified = Unverified { headers, body };
    if pushes.is_mere_look(&unverified) {
        return Ok(Answer::Looked);
    }
    let refuse = |refused: Refused| {
        app.refusals.count(&receiver.provider.slug, refused, now);
        counted(receiver, "refused");
        tracing::warn!(provider = receiver.provider.slug, reason = refused.word(), "a webhook was refused");
        DeliverError::Refused(refused, webhook.refusal_headers.clone())
    };
    let asks = unverified.asks(webhook).map_err(refuse)?;
    let evidence = evidence::gather(app, receiver, asks).await?;
    let (verified, arrival) = unverified.verify(webhook, pushes, &evidence, now).map_err(refuse)?;
    if let Reply::Challenge(challenge) = arrival.reply {
        counted(receiver, "handshake");
        return Ok(Answer::Challenge(challenge));
    }
    // Only a signed request learns whether a tenant exists.
    if let Some(tenant) = receiver.address.tenant
        && !app.memory.tenants.contains_key(&tenant)
    {
        if !Box::pin(tenants::exists(&app.pool, tenant)).await? {
            return Err(DeliverError::UnknownTenant);
        }
        app.memory.tenants.insert(tenant, ()).await;
    }
    let slug = &receiver.provider.slug;
    let mut keys = vec![Key::of_id(slug, &arrival.delivery_id)];
    if !arrival.is_id_signed {
        keys.push(Key::of_body(slug, verified.body()));
    }
    let (about, tenant) = (verified.headers(), receiver.address.tenant.unwrap_or(TenantId::UNADDRESSED));
    let delivery = NewDelivery {
        outlook: app.outlooks.of(slug, tenant.as_uuid(), &arrival.event),
        tenant,
        id: DeliveryId::generate_at(now),
        provider: slug.clone(),
        event: arrival.event,
        delivery_id: arrival.delivery_id,
        keys,
        hook: receiver.address.hook.map(|id| id.as_uuid()),
        whose: arrival.lane,
        headers: about.kept.clone(),
        content_type: about.content_type.clone(),
        body: verified.body().clone(),
        received_at: now,
    };
    app.inbox.store(delivery).await?;
    counted(receiver, "taken");
    Ok(Answer::Taken)
}

fn counted(receiver: &Receiver, verdict: &'static str) {
    let provider = receiver.provider.slug.clone();
    metrics::counter!(meters::DELIVERIES.name, "provider" => provider, "verdict" => verdict).increment(1);
}
