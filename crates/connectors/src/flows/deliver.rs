//! A webhook arrives: checked over its raw bytes, stored, and only then answered. Nothing else happens before the answer.

use crate::{App, inbox::StoreError};
use bytes::Bytes;
use db::{deliveries::NewDelivery, tenants};
use http::HeaderMap;
use kernel::{DeliveryId, TenantId, sha256};
use providers::{Configured, Refused, Registry, Unverified};

/// Why a webhook was not taken.
#[derive(Debug, thiserror::Error)]
pub enum DeliverError {
    #[error("no such provider")]
    UnknownProvider,
    #[error("the provider has no settings here")]
    NotConfigured,
    #[error("the webhook was refused")]
    Refused(#[from] Refused),
    #[error("the address names no tenant")]
    UnknownTenant,
    #[error("the delivery could not be stored")]
    Store(#[from] StoreError),
    #[error("the database failed")]
    Database(#[from] db::Error),
}

/// The provider a webhook address names, if it can take webhooks.
pub fn receiver<'a>(app: &'a App, slug: &str) -> Result<&'a Configured, DeliverError> {
    Registry::known(slug).ok_or(DeliverError::UnknownProvider)?;
    app.providers.configured(slug).ok_or(DeliverError::NotConfigured)
}

/// Returns once the delivery is committed. `tenant`: from the address; `None` for the app-wide one.
pub async fn deliver(
    app: &App,
    configured: &Configured,
    tenant: Option<TenantId>,
    headers: &HeaderMap,
    body: Bytes,
) -> Result<(), DeliverError> {
    let now = app.clock.now();
    let unverified = Unverified { headers, body };
    let verified = unverified
        .verify(&configured.provider.webhook, &configured.settings.webhook_secrets, now)
        .inspect_err(|refused| {
            tracing::warn!(provider = configured.provider.slug, reason = %refused, "a webhook was refused");
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
        provider: configured.provider.slug,
        event: about.event.clone(),
        delivery_id: about.delivery_id.clone(),
        body_hash: sha256(verified.body()),
        content_type: about.content_type.clone(),
        body: verified.body().clone(),
        received_at: now,
    };
    Ok(app.inbox.store(delivery).await?)
}
