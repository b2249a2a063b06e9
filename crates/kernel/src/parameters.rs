//! What a connection needs to know besides its tokens: a subdomain, a data centre, an API's own address.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Names and values that are no secret. They came from a person, a vendor's redirect or a token answer, so whoever builds
/// an address out of one checks the address.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Parameters(BTreeMap<String, String>);

impl Parameters {
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    pub fn insert(&mut self, name: impl Into<String>, value: impl Into<String>) {
        self.0.insert(name.into(), value.into());
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// These and `newer` ones, which win.
    #[must_use]
    pub fn with(&self, newer: &Self) -> Self {
        let mut both = self.0.clone();
        both.extend(newer.0.clone());
        Self(both)
    }
}

impl<N: Into<String>, V: Into<String>> FromIterator<(N, V)> for Parameters {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(pairs: I) -> Self {
        Self(pairs.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }
}
