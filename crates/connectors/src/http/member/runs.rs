//! The agent, for one person.

use super::{
    run_stream::{at_the_end, events},
    run_views::{RunPage, RunView, TranscriptView},
};
use crate::{
    App,
    flows::run::{self, RunError, Wish, WishedBudget},
    http::{
        document::{Refuses, schemas},
        doors::Member,
        query::{ApiJson, ApiPath, ApiQuery, bad_cursor, page_size},
    },
    problem::{Failure, NoDecision, NoRun, NoSuchRun},
};
use agent::run::Mode;
use axum::{Json, extract::State, response::Response};
use edge::Problem;
use http::{HeaderMap, header::ACCEPT};
use kernel::RunId;
use serde::Deserialize;
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};

/// How much the run may use. What is absent is the usual; whatever is reached first ends the run.
#[derive(Deserialize, ToSchema, Default)]
#[serde(deny_unknown_fields)]
pub struct BudgetRequest {
    /// Answers of the model in which it may call tools: 20, at most 100. One more without tools follows, so that the run ends with
    /// words.
    #[schema(minimum = 1, maximum = 100)]
    steps: Option<u32>,
    /// 300, at most 1800, without the time in which the person is waited for.
    #[schema(minimum = 1, maximum = 1800)]
    seconds: Option<u64>,
    /// Of all prompts and answers together, cached ones included: 300,000, at most 3,000,000.
    #[schema(minimum = 1, maximum = 3_000_000)]
    tokens: Option<u64>,
    /// Of all results of tools together: 500,000, at most 4,000,000.
    #[schema(minimum = 1, maximum = 4_000_000)]
    result_bytes: Option<usize>,
}

/// How the tools are shown to the model.
#[derive(Deserialize, ToSchema, Clone, Copy)]
#[serde(rename_all = "snake_case")]
pub enum ToolsMode {
    /// Each with its definition.
    All,
    /// Through a search, so that the prompt stays small whatever their number.
    Search,
}

/// What is to be done.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RunRequest {
    /// At most 100,000 bytes.
    #[schema(min_length = 1, max_length = 100_000)]
    prompt: String,
    /// Goes on with this conversation. Absent: a new one.
    #[schema(inline, value_type = Option<schemas::Id>)]
    thread_id: Option<String>,
    #[serde(default)]
    budget: BudgetRequest,
    /// Absent: `all`, or `search` where the definitions are long.
    tools: Option<ToolsMode>,
}

/// Runs the agent.
///
/// Runs the agent with the tools that the person has allowed. The answer is the run at its end (or when the person is asked about a
/// call: `state` is `awaiting_approval`, and the run goes on once it is decided), or with `Accept: text/event-stream` what happens as it
/// happens: `run` (`id`, `thread_id`), `unreachable` (sources that could not be opened), `text`, `again` (the text of this answer is void
/// and begins anew), `tool_call` (`id`, `name`, `arguments`), `approval` (the person is asked about this call), `progress`, `tool_result`
/// (`id`, `name`, `is_error`, `text`), `usage` (all that has been used), `done` (the run). Who closes the connection before the end
/// cancels the run. At most four runs of a person go on at once.
#[utoipa::path(
    post, path = "/agent/run", operation_id = "runAgent", request_body = RunRequest,
    responses(
        (status = 200, content((TranscriptView = "application/json"), (String = "text/event-stream"))),
        Refuses<NoRun>,
    )
)]
pub async fn begin(
    State(app): State<Arc<App>>,
    Member(user): Member,
    headers: HeaderMap,
    ApiJson(asked): ApiJson<RunRequest>,
) -> Result<Response, Problem> {
    let RunRequest { prompt, thread_id, budget, tools } = asked;
    let BudgetRequest { steps, seconds, tokens, result_bytes } = budget;
    let thread = thread_id.map(|id| id.parse().map_err(|_| RunError::NoSuchThread)).transpose();
    let is_heard = wants_events(&headers);
    let wish = Wish {
        prompt,
        thread: thread.map_err(Failure::from)?,
        budget: WishedBudget { steps, seconds, tokens, result_bytes },
        is_heard,
        mode: tools.map(|tools| match tools {
            ToolsMode::All => Mode::All,
            ToolsMode::Search => Mode::Search,
        }),
    };
    let started = run::begin(&app, user, wish).await.map_err(Failure::from)?;
    Ok(if is_heard { events(app, user, started) } else { at_the_end(app, user, started) })
}

fn wants_events(headers: &HeaderMap) -> bool {
    let accepted = headers.get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    accepted.split(',').any(|kind| kind.split(';').next().map(str::trim) == Some("text/event-stream"))
}

/// Which runs.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct RunsQuery {
    /// Of this conversation.
    #[param(inline, value_type = Option<schemas::Id>)]
    thread_id: Option<String>,
    /// 1 to 100, 50 when absent.
    #[param(inline, value_type = Option<schemas::Limit>)]
    limit: Option<String>,
    /// The `next_cursor` of the page before.
    #[param(inline, value_type = Option<schemas::Cursor>)]
    cursor: Option<String>,
}

/// Lists the person's runs, the newest first.
#[utoipa::path(
    get, path = "/agent/runs", operation_id = "listRuns", params(RunsQuery),
    responses(
        (status = 200, body = RunPage),
    )
)]
pub async fn list(
    State(app): State<Arc<App>>,
    Member(user): Member,
    ApiQuery(query): ApiQuery<RunsQuery>,
) -> Result<Json<RunPage>, Problem> {
    let size = page_size(query.limit.as_deref())?;
    let thread = query.thread_id.as_deref().map(str::parse::<RunId>).transpose();
    let thread = thread.map_err(|_| Problem::invalid("#/thread_id", "must be a UUID"))?;
    let (tenant, canonical) = (user.personal_tenant(), format!("runs|{user}|{thread:?}"));
    let after = query.cursor.as_deref().map(|text| app.config.cursors.open(tenant, &canonical, text)).transpose();
    let after = after.map_err(|_| bad_cursor())?;
    let page = run::page(&app, user, thread, after, size).await.map_err(Failure::from)?;
    Ok(Json(RunPage {
        runs: page.items.into_iter().map(RunView::from).collect(),
        next_cursor: page.next.map(|next| app.config.cursors.seal(tenant, &canonical, next)),
    }))
}

/// Shows one run with its transcript, as far as it is.
///
/// One run with its transcript, as far as it is.
#[utoipa::path(
    get, path = "/agent/runs/{id}", operation_id = "getRun",
    params(("id" = uuid::Uuid, Path, description = "The run.")),
    responses(
        (status = 200, body = TranscriptView),
        Refuses<NoSuchRun>,
    )
)]
pub async fn one(
    State(app): State<Arc<App>>,
    Member(user): Member,
    ApiPath(id): ApiPath<String>,
) -> Result<Json<TranscriptView>, Problem> {
    let shown = run::look(&app, user, named(&id)?).await.map_err(Failure::from)?;
    Ok(Json(shown.into()))
}

/// Cancels a run.
///
/// Cancels a run. It ends within a second, calls that are under way are given up, and the answer is the run as it is now. One that has
/// ended stays as it is.
#[utoipa::path(
    post, path = "/agent/runs/{id}/cancel", operation_id = "cancelRun",
    params(("id" = uuid::Uuid, Path, description = "The run.")),
    responses(
        (status = 200, body = TranscriptView),
        Refuses<NoSuchRun>,
    )
)]
pub async fn cancel(
    State(app): State<Arc<App>>,
    Member(user): Member,
    ApiPath(id): ApiPath<String>,
) -> Result<Json<TranscriptView>, Problem> {
    let id = named(&id)?;
    run::cancel(&app, user, id).await.map_err(Failure::from)?;
    let shown = run::look(&app, user, id).await.map_err(Failure::from)?;
    Ok(Json(shown.into()))
}

/// What the person says to a call.
#[derive(Deserialize, ToSchema, Clone, Copy)]
#[serde(rename_all = "snake_case")]
pub enum DecisionWord {
    Approve,
    Refuse,
}

/// A decision.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DecisionRequest {
    decision: DecisionWord,
}

/// Decides about a call that a run asks for.
///
/// Decides about a call that a run asks for. Saying the same again is saying it once. Who says nothing for ten minutes has not approved.
#[utoipa::path(
    post, path = "/agent/runs/{id}/approvals/{call_id}", operation_id = "decideCall",
    params(
        ("id" = uuid::Uuid, Path, description = "The run."),
        ("call_id" = String, Path, description = "The call, as `approval` and `approvals` name it."),
    ),
    request_body = DecisionRequest,
    responses(
        (status = 200, body = TranscriptView),
        Refuses<NoDecision>,
    )
)]
pub async fn decide(
    State(app): State<Arc<App>>,
    Member(user): Member,
    ApiPath((id, call)): ApiPath<(String, String)>,
    ApiJson(asked): ApiJson<DecisionRequest>,
) -> Result<Json<TranscriptView>, Problem> {
    let id = named(&id)?;
    let word = match asked.decision {
        DecisionWord::Approve => "approved",
        DecisionWord::Refuse => "refused",
    };
    run::decide(&app, user, id, &call, word).await.map_err(Failure::from)?;
    let shown = run::look(&app, user, id).await.map_err(Failure::from)?;
    Ok(Json(shown.into()))
}

fn named(id: &str) -> Result<RunId, Problem> {
    id.parse().map_err(|_| Failure::from(RunError::NotFound).into())
}
