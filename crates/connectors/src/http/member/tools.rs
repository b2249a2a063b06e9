//! What a person's agents could use, and what they may.

use super::allow_list;
use crate::{
    App,
    flows::tools::{self, Place, Shut, allow},
    http::{doors::Member, query::ApiJson},
    problem::{Failure, database},
};
use agent::{Allowed, Approval, Limit, Standing, Tool, shown, standing, toolbox::plain};
use axum::{Json, extract::State};
use chrono::{DateTime, Utc};
use edge::Problem;
use kernel::{Connection, Secret};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::{collections::BTreeMap, sync::Arc};
use utoipa::ToSchema;

/// Of a title and a description, in characters: as much as a model is shown.
const LONGEST_TITLE: usize = 200;
const LONGEST_DESCRIPTION: usize = 2_000;

/// All that was found for a person, and what of it they allow.
#[derive(Serialize, ToSchema)]
pub struct ToolsView {
    /// This service first, then the connections whose providers have an MCP server, the newest first.
    sources: Vec<SourceView>,
    /// What is allowed and was not found: the tool is gone, or its source is not `ok`.
    missing: Vec<AllowedTool>,
}

/// Where tools are.
#[derive(Serialize, ToSchema)]
pub struct SourceView {
    /// `connectors` for this service, else the connection's id.
    id: String,
    /// Null: this service.
    provider: Option<String>,
    /// The account's name at the provider. Null: this service.
    display_name: Option<String>,
    /// The connection's label.
    label: Option<String>,
    /// `ok`; `needs_reauth` (the person has to connect the account again); `suspended`; `not_configured` (the operator's part);
    /// `rate_limited` (the provider has asked for a pause); `no_token` (the provider gives none now); `refused` (the server does
    /// not take the account's token, which is good elsewhere); `unreachable`; `timed_out`; `unreadable` (what the server says
    /// cannot be used); `internal` (our fault, see the log).
    state: &'static str,
    /// The same in a sentence, where it is not `ok`.
    reason: Option<String>,
    /// When to come back, where the provider has said so.
    retry_at: Option<DateTime<Utc>>,
    tools: Vec<ToolView>,
}

/// A tool, in its source's own words, which may be anybody's. Letters that cannot be seen are left out of what is shown here,
/// and of what a model reads.
#[derive(Serialize, ToSchema)]
pub struct ToolView {
    name: String,
    title: Option<String>,
    description: String,
    #[schema(value_type = Object)]
    input_schema: Value,
    /// The source says that it changes nothing. Nobody has checked.
    says_read_only: bool,
    /// Of all that it says of itself: to be allowed with.
    fingerprint: String,
    /// `new`, `allowed`, or `changed`: it is not what was allowed any more, and is not used until it is allowed again.
    #[schema(value_type = String)]
    standing: Standing,
    /// What is allowed of a tool of this name.
    allowed: Option<AllowedTool>,
}

/// One tool that is allowed. Only `arguments` may be left out.
#[derive(Serialize, ToSchema)]
pub struct AllowedTool {
    /// `connectors`, or the id of a connection of the person.
    source: String,
    /// As the source has it.
    name: String,
    /// Of the tool as it was looked at. One that says something else of itself later is not allowed.
    fingerprint: String,
    /// `never`: it is called without a question. `each_call`: the person is asked before each call.
    #[schema(value_type = String)]
    approval: Approval,
    /// What arguments have to be, by JSON pointer into them (`/team`): `{"equals": …}`, `{"one_of": […]}`, `{"prefix": "…"}`
    /// (of a text) or `"absent"`. All must hold, or the call is not made.
    #[schema(value_type = Object)]
    arguments: BTreeMap<String, Limit>,
}

/// What is to be allowed from now on, and nothing else.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AllowRequest {
    /// At most 1,000, each tool once. Empty: nothing is allowed.
    #[schema(value_type = Vec<AllowedTool>)]
    tools: Vec<Value>,
}

/// What is allowed now.
#[derive(Serialize, ToSchema)]
pub struct AllowedList {
    tools: Vec<AllowedTool>,
}

/// Finds tools.
///
/// Finds the tools of this service and of the person's connections, and says of each whether it is allowed. Nothing is, until the
/// person allows it.
#[utoipa::path(
    get, path = "/agent/tools", operation_id = "listTools",
    responses((status = 200, body = ToolsView), )
)]
pub async fn list(State(app): State<Arc<App>>, Member(user): Member) -> Result<Json<ToolsView>, Problem> {
    let allowed = allow::allowed(&app, user).await.map_err(Failure::from)?;
    let found = tools::discover(&app, user).await.map_err(database)?;
    let sources: Vec<SourceView> = found.places.iter().map(|place| source(place, &allowed)).collect();
    found.close().await;
    let is_found = |entry: &&Allowed| {
        let mut tools = sources.iter().filter(|source| source.id == entry.source).flat_map(|source| &source.tools);
        tools.any(|tool| tool.name == entry.tool)
    };
    let missing = allowed.iter().filter(|entry| !is_found(entry)).map(AllowedTool::from).collect();
    Ok(Json(ToolsView { sources, missing }))
}

/// Replaces what is allowed.
///
/// Replaces what is allowed. A fault in one entry leaves all as it was.
#[utoipa::path(
    put, path = "/agent/tools", operation_id = "replaceTools",
    request_body = AllowRequest,
    responses(
        (status = 200, body = AllowedList),
    )
)]
pub async fn replace(
    State(app): State<Arc<App>>,
    Member(user): Member,
    ApiJson(asked): ApiJson<AllowRequest>,
) -> Result<Json<AllowedList>, Problem> {
    let list = allow_list::read(&asked.tools)?;
    allow::allow(&app, user, &list).await.map_err(Failure::from)?;
    let list = allow::allowed(&app, user).await.map_err(Failure::from)?;
    Ok(Json(AllowedList { tools: list.iter().map(Into::into).collect() }))
}

fn source(place: &Place, allowed: &[Allowed]) -> SourceView {
    let (connection, id) = (place.connection.as_ref(), place.id());
    let (state, shut, tools) = match &place.opened {
        Ok(opened) => {
            let tools = opened.source.tools();
            ("ok", None, tools.iter().map(|tool| view(&id, tool, allowed, &opened.secrets)).collect())
        }
        Err(shut) => (shut.word(), Some(shut), Vec::new()),
    };
    let retry_at = match shut {
        Some(Shut::Paused { until }) => Some(*until),
        _ => None,
    };
    let text = |of: fn(&Connection) -> Option<&String>| connection.and_then(of).cloned();
    SourceView {
        provider: text(|connection| Some(&connection.provider)),
        display_name: text(|connection| Some(&connection.display_name)),
        label: text(|connection| connection.label.as_ref()),
        state,
        reason: shut.map(ToString::to_string),
        retry_at,
        tools,
        id,
    }
}

fn view(source: &str, tool: &Tool, allowed: &[Allowed], secrets: &[Secret]) -> ToolView {
    let hidden = |text: &str| {
        secrets.iter().fold(text.to_owned(), |text, secret| text.replace(secret.expose().as_str(), "[removed]"))
    };
    let schema = plain(&hidden(&Value::Object(tool.input_schema.clone()).to_string()));
    let entry = allowed.iter().find(|entry| entry.source == source && entry.tool == tool.name);
    ToolView {
        name: hidden(&tool.name),
        title: tool.title.as_ref().map(|title| shown(&hidden(title), LONGEST_TITLE)),
        description: shown(&hidden(&tool.description), LONGEST_DESCRIPTION),
        input_schema: serde_json::from_str(&schema).unwrap_or_default(),
        says_read_only: tool.says_read_only,
        fingerprint: tool.fingerprint(),
        standing: standing(source, tool, allowed),
        allowed: entry.map(Into::into),
    }
}

impl From<&Allowed> for AllowedTool {
    fn from(allowed: &Allowed) -> Self {
        let Allowed { source, tool, fingerprint, approval, arguments } = allowed.clone();
        Self { source, name: tool, fingerprint, approval, arguments }
    }
}
