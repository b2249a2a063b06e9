//! All providers, and which of them this deployment has settings for.

use crate::{McpServer, Provider, Settings, github, google, jira, linear, slack, spotify, zoho};
use std::{
    collections::BTreeMap,
    sync::{Arc, LazyLock},
};
use url::Url;

/// The vendors with a folder of their own, one line each.
pub static VENDORS: LazyLock<Vec<Arc<Provider>>> = LazyLock::new(|| {
    let vendors = [
        github::provider(),
        google::provider(),
        jira::provider(),
        linear::provider(),
        slack::provider(),
        spotify::provider(),
        zoho::provider(),
    ];
    vendors.into_iter().map(Arc::new).collect()
});

/// Providers by slug. Cheap to clone.
#[derive(Clone, Default)]
pub struct Registry {
    known: BTreeMap<String, Arc<Provider>>,
    settings: BTreeMap<String, Arc<Settings>>,
    base_urls: BTreeMap<String, Url>,
    mcp_servers: BTreeMap<String, Arc<McpServer>>,
}

impl Registry {
    pub fn new(
        known: impl IntoIterator<Item = Arc<Provider>>,
        settings: impl IntoIterator<Item = (String, Settings)>,
        base_urls: impl IntoIterator<Item = (String, Url)>,
        mcp_servers: impl IntoIterator<Item = (String, McpServer)>,
    ) -> Self {
        Self {
            known: known.into_iter().map(|one| (one.slug.clone(), one)).collect(),
            settings: settings.into_iter().map(|(slug, one)| (slug, Arc::new(one))).collect(),
            base_urls: base_urls.into_iter().collect(),
            mcp_servers: mcp_servers.into_iter().map(|(slug, one)| (slug, Arc::new(one))).collect(),
        }
    }

    /// In the order of the slugs.
    pub fn all(&self) -> impl Iterator<Item = &Arc<Provider>> {
        self.known.values()
    }

    /// The record, configured or not.
    pub fn known(&self, slug: &str) -> Option<&Arc<Provider>> {
        self.known.get(slug)
    }

    /// Where this deployment has a provider, if not at the vendor's own host.
    pub fn base_url(&self, slug: &str) -> Option<&Url> {
        self.base_urls.get(slug)
    }

    /// The provider's MCP server, where somebody has named one.
    pub fn mcp_server(&self, slug: &str) -> Option<&Arc<McpServer>> {
        self.mcp_servers.get(slug)
    }

    /// The slugs of the providers with an MCP server, in their order.
    pub fn with_mcp_server(&self) -> impl Iterator<Item = &String> {
        self.mcp_servers.keys()
    }

    /// The client that the environment names.
    pub fn settings(&self, slug: &str) -> Option<&Arc<Settings>> {
        self.settings.get(slug)
    }
}
