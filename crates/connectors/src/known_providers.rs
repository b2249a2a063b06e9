//! The providers as this process knows them now. The user's own file can be read anew while requests are served.

use providers::Registry;
use std::sync::{Arc, PoisonError, RwLock};

/// The current registry; whoever took one keeps it for as long as they work with it.
pub struct Providers(RwLock<Arc<Registry>>);

impl Providers {
    pub fn new(registry: Registry) -> Self {
        Self(RwLock::new(Arc::new(registry)))
    }

    pub fn get(&self) -> Arc<Registry> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// From here on, whoever asks gets this one.
    pub fn replace(&self, registry: Registry) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(registry);
    }
}
