//! What streams have brought.

use super::connections::find;
use crate::{
    App,
    flows::settings,
    http::{
        document::{Fails, Refuses, schemas},
        doors::Caller,
        query::{ApiPath, ApiQuery, bad_cursor, page_size, time},
    },
    problem::{NoSuchConnection, database},
};
use axum::{Json, extract::State};
use chrono::{DateTime, Utc};
use db::{
    records::{self, Filter, Listed, Of},
    streams,
};
use edge::Problem;
use http::StatusCode;
use providers::{Shape, Streams};
use serde::{Deserialize, Serialize};
use serde_json::{Value, value::RawValue};
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};

/// Which records.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct RecordsQuery {
    /// RFC 3339: those that were written after that, by our clock. With the `updated_at` of the last record that was read, this
    /// goes on behind it.
    #[param(inline, value_type = Option<schemas::Moment>)]
    pub updated_after: Option<String>,
    /// Whether to name those that are gone too; `false` when absent.
    #[param(inline, value_type = Option<schemas::YesOrNo>)]
    pub include_deleted: Option<String>,
    /// Whether to send the vendor's JSON along; `true` when absent.
    #[param(inline, value_type = Option<schemas::YesOrNo>)]
    pub include_data: Option<String>,
    /// 1 to 100, 50 when absent.
    #[param(inline, value_type = Option<schemas::Limit>)]
    pub limit: Option<String>,
    /// The `next_cursor` of the page before.
    #[param(inline, value_type = Option<schemas::Cursor>)]
    pub cursor: Option<String>,
}

/// A record as the vendor had it when it was fetched last.
#[derive(Serialize, ToSchema)]
pub struct RecordView {
    /// The vendor's id.
    external_id: String,
    /// When it was written here last. Grows along the list; a record that changes comes once more, at the end.
    updated_at: DateTime<Utc>,
    /// By the vendor's clock.
    changed_at: Option<DateTime<Utc>>,
    /// It is gone at the vendor; only with `include_deleted`.
    deleted: bool,
    /// The same in words shared by all vendors. Null where it is gone, or is not what the vendor documents.
    shape: Option<Shape>,
    /// The vendor's own JSON. Absent where it is gone, and where it was not asked for.
    #[schema(value_type = Option<Object>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<Box<RawValue>>,
}

/// A page of records, in the order in which they were written.
#[derive(Serialize, ToSchema)]
pub struct RecordPage {
    records: Vec<RecordView>,
    /// Null on the last page.
    next_cursor: Option<String>,
}

/// Lists what was fetched of a stream.
///
/// Lists what was fetched of a stream, in the order in which it was written. Who has read the last page goes on with
/// `updated_after`, and misses nothing that changes, comes or goes.
#[utoipa::path(
    get, path = "/connections/{id}/records/{stream}", operation_id = "listRecords",
    params(
        ("id" = uuid::Uuid, Path, description = "The connection."),
        ("stream" = String, Path, description = "The stream's name, as GET /connections/{id}/streams has it."),
        RecordsQuery,
    ),
    responses(
        (status = 200, body = RecordPage),
        Refuses<(NoSuchConnection, NoSuchStream)>,
    )
)]
pub async fn list(
    State(app): State<Arc<App>>,
    caller: Caller,
    ApiPath((id, stream)): ApiPath<(String, String)>,
    ApiQuery(query): ApiQuery<RecordsQuery>,
) -> Result<Json<RecordPage>, Problem> {
    page(&app, &caller, (&id, &stream), &query).await.map(Json)
}

/// The same for whoever asks by another way; of a stream of a connection.
pub async fn page(
    app: &App,
    caller: &Caller,
    (id, stream): (&str, &str),
    query: &RecordsQuery,
) -> Result<RecordPage, Problem> {
    let size = page_size(query.limit.as_deref())?;
    let filter = Filter {
        updated_after: time("#/updated_after", query.updated_after.as_deref())?,
        with_gone: flag("#/include_deleted", query.include_deleted.as_deref(), false)?,
    };
    let with_data = flag("#/include_data", query.include_data.as_deref(), true)?;
    let connection = find(app, caller, id).await?;
    if !streams::is_there(&app.pool, caller.tenant, connection.id, stream).await.map_err(database)? {
        return Err(no_such_stream());
    }
    let canonical = format!("records|{}|{stream}|{filter:?}", connection.id);
    let after = match &query.cursor {
        Some(text) => Some(app.config.cursors.open(caller.tenant, &canonical, text).map_err(|_| bad_cursor())?),
        None => None,
    };
    let of = Of { tenant: caller.tenant, connection: connection.id, stream };
    let page = records::page(&app.pool, of, filter, after, size).await.map_err(database)?;
    let provider = settings::known(app, &connection.provider).ok();
    let known = provider.as_ref().and_then(|provider| provider.vendor.streams());
    Ok(RecordPage {
        records: page.items.into_iter().map(|one| view(known, stream, one, with_data)).collect(),
        next_cursor: page.next.map(|next| app.config.cursors.seal(caller.tenant, &canonical, next)),
    })
}

fn view(known: Option<&dyn Streams>, stream: &str, one: Listed, with_data: bool) -> RecordView {
    let data = one.data.map(|data| data.0);
    let read: Option<Value> = data.as_ref().and_then(|data| serde_json::from_str(data.get()).ok());
    RecordView {
        external_id: one.external_id,
        updated_at: one.updated_at,
        changed_at: one.changed_at,
        deleted: data.is_none(),
        shape: known.zip(read).and_then(|(known, read)| known.shape(stream, &read)),
        data: data.filter(|_| with_data),
    }
}

/// A stream that the connection does not have.
pub struct NoSuchStream;

impl Fails for NoSuchStream {
    fn problems() -> Vec<Problem> {
        vec![no_such_stream()]
    }
}

fn no_such_stream() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "STREAM_NOT_FOUND", "Stream not found")
        .detail("The connection has no such stream. GET /connections/{id}/streams lists those it has.")
}

fn flag(pointer: &'static str, text: Option<&str>, usual: bool) -> Result<bool, Problem> {
    match text {
        None => Ok(usual),
        Some("true") => Ok(true),
        Some("false") => Ok(false),
        Some(_) => Err(Problem::invalid(pointer, "must be true or false")),
    }
}
