//! Where a stream is, in each of its sites.

use crate::{Record, RecordPage, StreamError, jira::whose};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// More sites than this no person has.
const MOST_SITES: usize = 100;

/// A site, as it was when the pass began.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Site {
    /// The cloud id.
    pub id: String,
    pub name: String,
    pub url: Option<String>,
}

impl Site {
    /// Whether a push that came from there is of this site.
    pub(super) fn is(&self, place: &str) -> bool {
        let origin = || match whose::place(self.url.clone())? {
            whose::Place::Site(origin) => Some(origin),
            whose::Place::Cloud(_) => None,
        };
        self.id == place || origin().as_deref() == Some(place)
    }
}

/// What is known of a site.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Mark {
    /// The newest change, in milliseconds since the epoch. Zero: there was none yet.
    #[serde(default)]
    pub at: i64,
    /// All there is, where nothing else tells what is gone.
    #[serde(default)]
    pub ids: BTreeSet<String>,
}

/// One way through all sites.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Pass {
    /// Those that are still to be fetched; the first is under way.
    sites: Vec<Site>,
    /// Within that one.
    step: Option<Value>,
    /// What has been seen of it.
    seen: Mark,
    /// Whether any site of this pass has answered.
    answered: bool,
}

/// The pass at the site whose turn it is.
pub(super) struct Turn<'a> {
    pub step: Option<Value>,
    pub seen: &'a mut Mark,
    /// Records, at most.
    pub most: usize,
}

#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Position {
    known: BTreeMap<String, Mark>,
    pass: Option<Pass>,
}

impl Position {
    /// A cursor that was written by something else leads nowhere.
    pub(super) fn read(cursor: Option<&Value>) -> Result<Self, StreamError> {
        match cursor {
            None | Some(Value::Null) => Ok(Self::default()),
            Some(cursor) => Self::deserialize(cursor).map_err(|_| StreamError::CursorExpired),
        }
    }

    pub(super) const fn is_under_way(&self) -> bool {
        self.pass.is_some()
    }

    pub(super) fn start(&mut self, mut sites: Vec<Site>) {
        sites.truncate(MOST_SITES);
        self.pass = (!sites.is_empty()).then(|| Pass { sites, ..Pass::default() });
    }

    /// The site whose turn it is, and what was known of it before.
    pub(super) fn turn(&mut self, most: usize) -> Option<(Site, Mark, Turn<'_>)> {
        let pass = self.pass.as_mut()?;
        let site = pass.sites.first()?.clone();
        let known = self.known.get(&site.id).cloned().unwrap_or_default();
        Some((site, known, Turn { step: pass.step.clone(), seen: &mut pass.seen, most }))
    }

    pub(super) fn has_step(&self) -> bool {
        self.pass.as_ref().is_some_and(|pass| pass.step.is_some())
    }

    pub(super) fn step(&mut self, step: Value) {
        if let Some(pass) = &mut self.pass {
            pass.step = Some(step);
            pass.answered = true;
        }
    }

    pub(super) fn without_step(&mut self) {
        if let Some(pass) = &mut self.pass {
            pass.step = None;
        }
    }

    /// What was seen is known from now on.
    pub(super) fn end_of_site(&mut self) {
        let Some(pass) = &mut self.pass else { return };
        pass.answered = true;
        if let Some(site) = pass.sites.first() {
            let known = self.known.entry(site.id.clone()).or_default();
            let seen = std::mem::take(&mut pass.seen);
            *known = Mark { at: known.at.max(seen.at), ids: seen.ids };
        }
        self.leave_site();
    }

    /// Whether there is anything but this site; then it is left as it is.
    pub(super) fn skip_site(&mut self) -> bool {
        let others = self.pass.as_ref().is_some_and(|pass| pass.answered || pass.sites.len() > 1);
        if others {
            self.leave_site();
        }
        others
    }

    fn leave_site(&mut self) {
        let Some(pass) = &mut self.pass else { return };
        (pass.step, pass.seen) = (None, Mark::default());
        if pass.sites.len() > 1 {
            pass.sites.remove(0);
        } else {
            self.pass = None;
        }
    }

    pub(super) fn page(&self, records: Vec<Record>) -> RecordPage {
        let cursor = serde_json::to_value(self).unwrap_or_default();
        RecordPage { records, cursor, more: self.is_under_way() }
    }
}
