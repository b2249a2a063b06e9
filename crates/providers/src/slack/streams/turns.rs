//! Where a pass has to go: a workspace's token to that workspace alone, an organization's to each of its workspaces.

use crate::{
    Call, CallError,
    slack::api::{self, Answered, Home},
    told::{entries, text},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Pages of an organization's workspaces, of a hundred each. Slack knows none with more.
const PAGES: usize = 20;

#[derive(Serialize, Deserialize)]
pub(super) struct Turns {
    /// The workspace or organization that ids begin with.
    pub place: String,
    /// Kinds of channels that the token may do with what the pass is for, as Slack's parameter says them.
    pub types: String,
    /// Workspaces that are still to come; the first is under way. A workspace's own token names none.
    teams: Vec<Option<String>>,
}

impl Turns {
    /// Asked anew for each pass: a later consent may have changed the scopes. `needed`: what a kind of channels takes beside
    /// being listed.
    pub(super) async fn begin(call: Call<'_>, needed: Option<&str>) -> Result<Self, CallError> {
        let Home { place, is_organization, scopes } = api::home(call).await?;
        let has = |family: &str, right: &str| scopes.iter().any(|scope| scope.as_str() == format!("{family}:{right}"));
        let is_open = |family: &str| has(family, "read") && needed.is_none_or(|right| has(family, right));
        let kinds = [("channels", "public_channel"), ("groups", "private_channel")];
        let types: Vec<&str> = kinds.into_iter().filter(|(family, _)| is_open(family)).map(|(_, kind)| kind).collect();
        let teams = if is_organization { workspaces(call).await? } else { vec![None] };
        Ok(Self { place, types: types.join(","), teams })
    }

    pub(super) fn is_over(&self) -> bool {
        self.teams.is_empty()
    }

    /// What names the workspace whose turn it is.
    pub(super) fn team(&self) -> Option<(&'static str, &str)> {
        self.teams.first()?.as_deref().map(|team| ("team_id", team))
    }

    /// On to the next workspace.
    pub(super) fn pass_on(&mut self) {
        if !self.is_over() {
            self.teams.remove(0);
        }
    }
}

async fn workspaces(call: Call<'_>) -> Result<Vec<Option<String>>, CallError> {
    let mut teams = Vec::new();
    let mut cursor = None;
    for _ in 0..PAGES {
        let mut query = vec![("limit", "100")];
        query.extend(cursor.as_deref().map(|cursor| ("cursor", cursor)));
        let Answered::Page(page) = api::list(call, "auth.teams.list", &query).await? else {
            return Err(CallError::Refused);
        };
        teams.extend(entries(&page, "/teams").iter().filter_map(|team| text(team, "/id")).map(Some));
        cursor = next(&page);
        if cursor.is_none() {
            break;
        }
    }
    Ok(teams)
}

/// The cursor to the next page; an empty one is none.
pub(super) fn next(page: &Value) -> Option<String> {
    text(page, "/response_metadata/next_cursor")
}
