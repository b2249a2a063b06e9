//! All providers, and which of them this deployment has settings for.

use crate::{Configured, Provider, github, linear};
use std::{collections::BTreeMap, sync::Arc};

/// One line a provider.
pub static ALL: &[&Provider] = &[&github::PROVIDER, &linear::PROVIDER];

/// Providers by slug.
#[derive(Clone, Default)]
pub struct Registry(Arc<BTreeMap<&'static str, Configured>>);

impl Registry {
    pub fn new(configured: impl IntoIterator<Item = Configured>) -> Self {
        Self(Arc::new(configured.into_iter().map(|one| (one.provider.slug, one)).collect()))
    }

    /// The record, configured or not.
    pub fn known(slug: &str) -> Option<&'static Provider> {
        ALL.iter().copied().find(|provider| provider.slug == slug)
    }

    pub fn configured(&self, slug: &str) -> Option<&Configured> {
        self.0.get(slug)
    }
}
