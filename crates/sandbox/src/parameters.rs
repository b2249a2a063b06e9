//! Names and values of a query or a form, each name at most once. A doubled parameter is refused: two readers of one
//! request might each believe another of the two.

use std::collections::BTreeMap;

pub(crate) struct Parameters(BTreeMap<String, String>);

impl Parameters {
    /// `None` when a name comes twice.
    pub(crate) fn parse(text: &[u8]) -> Option<Self> {
        let mut values = BTreeMap::new();
        for (name, value) in url::form_urlencoded::parse(text) {
            if values.insert(name.into_owned(), value.into_owned()).is_some() {
                return None;
            }
        }
        Some(Self(values))
    }

    /// A JSON object of texts. Of a name that comes twice, serde keeps the last one, as the vendor's own parser would.
    pub(crate) fn from_json(text: &[u8]) -> Option<Self> {
        serde_json::from_slice(text).ok().map(Self)
    }

    /// An empty value counts as absent.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }
}
