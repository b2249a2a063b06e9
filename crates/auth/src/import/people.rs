//! The people of a batch who are here, and since when.

use super::ids;
use chrono::{DateTime, Utc};
use db::{PgConnection, auth::import};
use std::collections::HashMap;

/// Since when somebody is here, and what of theirs is new.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Here {
    SinceNow,
    /// An earlier import brought what there was until then.
    Until(DateTime<Utc>),
    /// As before, and this import has added something.
    Extended(DateTime<Utc>),
    /// They did not come through an import: nothing of theirs is touched.
    OnTheirOwn,
}

impl Here {
    /// Whether something of theirs that came into being at this time is new. What is older was either taken over or
    /// removed here since.
    pub fn lacks(self, created_at: Option<DateTime<Utc>>) -> bool {
        match self {
            Self::SinceNow => true,
            // Without a time it is reported, every time.
            Self::Until(until) | Self::Extended(until) => created_at.is_none_or(|created_at| created_at > until),
            Self::OnTheirOwn => false,
        }
    }
}

/// By their old ids.
#[derive(Default)]
pub struct People(HashMap<String, Here>);

impl People {
    pub fn add(&mut self, old_id: String, here: Here) {
        self.0.insert(old_id, here);
    }

    pub fn get(&self, old_id: &str) -> Option<Here> {
        self.0.get(old_id).copied()
    }

    pub fn has(&self, old_id: &str) -> bool {
        self.0.contains_key(old_id)
    }

    /// Something of theirs was added.
    pub fn extend(&mut self, old_id: &str) {
        if let Some(here) = self.0.get_mut(old_id)
            && let Here::Until(until) = *here
        {
            *here = Here::Extended(until);
        }
    }

    /// Stores until when the rows of those who were extended are imported; the others' stays, for nothing changed.
    pub async fn mark(&self, to: &mut PgConnection, until: DateTime<Utc>) -> Result<(), db::Error> {
        let extended = self.0.iter().filter(|(_, here)| matches!(here, Here::Extended(_)));
        let ids: Vec<_> = extended.map(|(old_id, _)| ids::user(old_id).as_uuid()).collect();
        if ids.is_empty() { Ok(()) } else { import::mark_imported(to, &ids, until).await }
    }
}
