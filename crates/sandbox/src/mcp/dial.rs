//! What a test changes about a server. Gone when the sandbox stops.

use super::Server;
use crate::{account::Vendor, dials::present, recorder::Recorder};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::{
    num::NonZeroU16,
    sync::{Mutex, MutexGuard, PoisonError},
};
use tokio::sync::watch;

/// Of which era the server is.
#[derive(Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Era {
    #[default]
    Both,
    Legacy,
    Modern,
}

#[derive(Clone, Default, Serialize)]
pub(crate) struct Settings {
    pub(super) era: Era,
    /// Of `tools/list`; `null` is all of them at once.
    pub(super) page_size: Option<NonZeroU16>,
    /// Every page of `tools/list` leads on to another one.
    pub(super) endless: bool,
    /// Every answer is a stream of events.
    pub(super) sse: bool,
    /// Tools that are there too, or that are there in place of the vendor's own of the same name.
    pub(super) tools: Vec<Extra>,
    /// Names of the vendor's own that are gone.
    pub(super) removed: Vec<String>,
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Extra {
    /// As the list shows it, right or wrong. Over one of the vendor's own it is written member by member.
    pub(super) definition: Map<String, Value>,
    /// Absent, what the vendor's own does.
    pub(super) does: Option<Does>,
}

/// What a tool does when it is called: the first of these that is said, after the delay.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Does {
    pub(super) delay_ms: Option<u16>,
    /// No answer, until the client gives up.
    #[serde(default)]
    pub(super) hang: bool,
    /// The whole body of the answer, as JSON or not.
    pub(super) raw: Option<String>,
    /// An error of the protocol: `{code, message}`.
    pub(super) error: Option<Value>,
    /// The whole result.
    pub(super) result: Option<Value>,
    /// A text of so many MiB.
    pub(super) size_mb: Option<u8>,
    /// A text.
    pub(super) text: Option<String>,
    /// So many notifications of progress before it, if the request asks for them.
    #[serde(default)]
    pub(super) progress: u8,
    /// JSON-RPC messages before it, as they are.
    #[serde(default)]
    pub(super) messages: Vec<Value>,
    /// A capability that the client has to have (modern era).
    pub(super) requires: Option<String>,
}

/// What is absent stays.
#[expect(clippy::option_option, reason = "absent, null and a number are three different wishes")]
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Change {
    era: Option<Era>,
    #[serde(default, deserialize_with = "present")]
    page_size: Option<Option<NonZeroU16>>,
    endless: Option<bool>,
    sse: Option<bool>,
    tools: Option<Vec<Extra>>,
    removed: Option<Vec<String>>,
}

#[derive(Default)]
pub(crate) struct Kept {
    settings: Mutex<Settings>,
    pub(crate) requests: Recorder,
    /// Changes whenever the list is said to have changed.
    pub(super) changed: watch::Sender<()>,
}

impl Kept {
    fn lock(&self) -> MutexGuard<'_, Settings> {
        self.settings.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn settings(&self) -> Settings {
        self.lock().clone()
    }

    /// Another list is announced to whoever listens.
    pub(crate) fn change(&self, change: Change) {
        let changes_list = change.tools.is_some() || change.removed.is_some();
        let mut settings = self.lock();
        settings.era = change.era.unwrap_or(settings.era);
        settings.page_size = change.page_size.unwrap_or(settings.page_size);
        settings.endless = change.endless.unwrap_or(settings.endless);
        settings.sse = change.sse.unwrap_or(settings.sse);
        if let Some(tools) = change.tools {
            settings.tools = tools;
        }
        if let Some(removed) = change.removed {
            settings.removed = removed;
        }
        drop(settings);
        if changes_list {
            self.announce();
        }
    }

    pub(crate) fn reset(&self) {
        *self.lock() = Settings::default();
        self.announce();
    }

    pub(crate) fn announce(&self) {
        self.changed.send_replace(());
    }
}

#[derive(Default)]
pub(crate) struct Servers([Kept; Vendor::ALL.len()]);

impl Servers {
    pub(crate) fn of(&self, vendor: Vendor) -> &Kept {
        &self.0[vendor as usize]
    }
}

impl Settings {
    /// All tools as the list shows them, in the same order every time.
    pub(super) fn definitions(&self, server: &Server) -> Vec<Value> {
        let own = (server.tools)().into_iter().filter(|tool| !self.removed.iter().any(|name| name == tool.name));
        let mut all: Vec<Value> = own.map(|tool| tool.definition()).collect();
        for extra in &self.tools {
            let name = extra.definition.get("name");
            let own = all.iter_mut().find(|tool| name == Some(&tool["name"])).and_then(Value::as_object_mut);
            if let Some(own) = own {
                own.extend(extra.definition.clone());
            } else {
                let mut definition = extra.definition.clone();
                definition.entry("inputSchema").or_insert_with(|| serde_json::json!({"type": "object"}));
                all.push(Value::Object(definition));
            }
        }
        all
    }

    pub(super) fn does(&self, name: &str) -> Option<&Does> {
        self.tools.iter().rev().find(|extra| extra.definition.get("name").is_some_and(|it| it == name))?.does.as_ref()
    }
}
