//! A webhook arrives: checked over its raw bytes, stored, and only then answered. Nothing else happens before the answer.

use super::settings::{self, SettingsError};
use crate::{App, inbox::StoreError};
use bytes::Bytes;
use db::{deliveries::NewDelivery, tenants};
use http::HeaderMap;
use kernel::{DeliveryId, TenantId, sha256};
use providers::{Refused, Unverified, WebhookScheme};
use std::sync::Arc;

/// Why a webhook was not taken.
#[derive(Debug, thiserror::Error)]
pub enum DeliverError {
    #[error("the provider cannot be used here")]
    Settings(#[from] SettingsError),
    #[error("the provider pushes nothing")]
    NoWebhooks,
    #[error("the webhook was refused")]
    Refused(#[from] Refused),
    #[error("the address names no tenant")]
    UnknownTenant,
    #[error("the delivery could not be stored")]
    Store(#[from] StoreError),
    #[error("the database failed")]
    Database(#[from] db::Error),
}

/// A provider that can take webhooks at this address.
pub struct Receiver {
    settings: Arc<providers::Settings>,
    slug: String,
    scheme: WebhookScheme,
}

impl Receiver {
    /// Larger bodies are refused.
    pub fn largest(&self) -> usize {
        self.scheme.max_bytes
    }
}

/// The provider a webhook address names; at a tenant's own address with the tenant's own client, if they have one.
pub async fn receiver(app: &App, slug: &str, tenant: Option<TenantId>) -> Result<Receiver, DeliverError> {
    let provider = settings::known(app, slug)?;
    let scheme = provider.webhook.ok_or(DeliverError::NoWebhooks)?;
    let settings = settings::receiving(app, tenant, &provider).await?;
    Ok(Receiver { settings, slug: provider.slug.clone(), scheme })
}

/// Returns once the delivery is committed. `tenant`: from the address; `None` for the app-wide one.
pub async fn deliver(
    app: &App,
    receiver: &Receiver,
    tenant: Option<TenantId>,
    headers: &HeaderMap,
    body: Bytes,
) -> Result<(), DeliverError> {
    let now = app.clock.now();
    let unverified = Unverified { headers, body };
    let verified =
        unverified.verify(&receiver.scheme, &receiver.settings.webhook_secrets, now).inspect_err(|refused| {
            tracing::warn!(provider = receiver.slug, reason = %refused, "a webhook was refused");
        })?;
    // Only a signed request learns whether a tenant exists.
    if let Some(tenant) = tenant
        && !tenants::exists(&app.pool, tenant).await?
    {
        return Err(DeliverError::UnknownTenant);
    }
    let about = verified.headers();
    let delivery = NewDelivery {
        tenant: tenant.unwrap_or(TenantId::UNADDRESSED),
        id: DeliveryId::generate(),
        provider: receiver.slug.clone(),
        event: about.event.clone(),
        delivery_id: about.delivery_id.clone(),
        body_hash: sha256(verified.body()),
        content_type: about.content_type.clone(),
        body: verified.body().clone(),
        received_at: now,
    };
    Ok(app.inbox.store(delivery).await?)
}
