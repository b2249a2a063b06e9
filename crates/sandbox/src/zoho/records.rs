//! Records of a module. Nothing new is 304 or 204 without a body; `page` ends at the 2000th record, where only tokens lead on.

use super::{
    DataCentre,
    api::{Refused, granted},
    kept::{self, Module},
};
use crate::{
    account::Account,
    app::App,
    data::{Query, Thing, read_cursor, write_cursor},
};
use axum::{
    Json,
    extract::{Path, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

const PER_PAGE: usize = 200;
/// Where `page` leads no further.
const WALL: usize = 2000;
const TOKEN_LIFE: TimeDelta = TimeDelta::hours(24);
const MOST_FIELDS: usize = 50;

fn bad(code: &'static str, message: &'static str) -> Refused {
    Refused(StatusCode::BAD_REQUEST, code, message)
}

fn reader(app: &App, here: DataCentre, module: &str, headers: &HeaderMap) -> Result<(Account, Module), Refused> {
    let module = Module::named(module).ok_or(bad("INVALID_MODULE", "the module name given seems to be invalid"))?;
    let scopes = module.scopes();
    let grant = granted(app, here, headers, &scopes.each_ref().map(String::as_str))?;
    Ok((grant.account.clone(), module))
}

/// ISO 8601 with an offset; an HTTP date is refused.
fn since(headers: &HeaderMap) -> Result<Option<DateTime<Utc>>, Refused> {
    let Some(value) = headers.get(header::IF_MODIFIED_SINCE) else { return Ok(None) };
    let text = value.to_str().unwrap_or_default();
    let parsed = DateTime::parse_from_rfc3339(text).map(|at| at.to_utc());
    parsed.map(Some).map_err(|_| bad("INVALID_DATA", "the If-Modified-Since header is not in ISO 8601"))
}

/// Nothing was modified, or there is nothing at all.
fn nothing(since: Option<DateTime<Utc>>) -> Response {
    if since.is_some() { StatusCode::NOT_MODIFIED.into_response() } else { StatusCode::NO_CONTENT.into_response() }
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum SortBy {
    Id,
    Created,
    Modified,
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Sort {
    by: SortBy,
    descends: bool,
}

/// Its place in the list; times count to the second.
type Place = (i64, String);

impl Sort {
    fn asked(query: &Query) -> Result<Self, Refused> {
        let by = match query.get("sort_by") {
            None | Some("id") => SortBy::Id,
            Some("Created_Time") => SortBy::Created,
            Some("Modified_Time") => SortBy::Modified,
            Some(_) => return Err(bad("INVALID_DATA", "sort_by is id, Created_Time or Modified_Time")),
        };
        let descends = match query.get("sort_order") {
            None | Some("desc") => true,
            Some("asc") => false,
            Some(_) => return Err(bad("INVALID_DATA", "sort_order is asc or desc")),
        };
        Ok(Self { by, descends })
    }

    fn place(self, thing: &Thing) -> Place {
        let time = match self.by {
            SortBy::Id => 0,
            SortBy::Created => thing.created_at.timestamp(),
            SortBy::Modified => thing.changed_at.timestamp(),
        };
        (time, thing.id.clone())
    }

    fn is_behind(self, place: &Place, other: &Place) -> bool {
        if self.descends { place < other } else { place > other }
    }

    fn words(self) -> (&'static str, &'static str) {
        let by = match self.by {
            SortBy::Id => "id",
            SortBy::Created => "created_time",
            SortBy::Modified => "modified_time",
        };
        (by, if self.descends { "desc" } else { "asc" })
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PageToken {
    account: Account,
    module: String,
    sort: Sort,
    after: Place,
    page: usize,
    until: DateTime<Utc>,
}

/// Which page of the list.
struct Wanted {
    after: Option<Place>,
    skip: usize,
    page: usize,
    per_page: usize,
}

impl Wanted {
    fn asked(app: &App, query: &Query, account: &Account, module: Module, sort: Sort) -> Result<Self, Refused> {
        let per_page = query.size("per_page", PER_PAGE, PER_PAGE);
        let per_page = per_page.ok_or(bad("INVALID_DATA", "per_page is 1 to 200"))?;
        let page = query.size("page", 1, usize::MAX).ok_or(bad("INVALID_DATA", "page is a number from 1"))?;
        let Some(text) = query.get("page_token") else {
            if page.saturating_mul(per_page) > WALL {
                let sentence = "page leads to the first 2000 records only; page_token leads on";
                return Err(bad("DISCRETE_PAGINATION_LIMIT_EXCEEDED", sentence));
            }
            return Ok(Self { after: None, skip: (page - 1) * per_page, page, per_page });
        };
        if query.get("page").is_some() {
            return Err(bad("AMBIGUITY_DURING_PROCESSING", "page and page_token do not go together"));
        }
        let is_theirs = |token: &PageToken| {
            token.account == *account && token.module == module.name() && token.sort == sort && token.until > app.now()
        };
        let token = read_cursor::<PageToken>(text).filter(is_theirs);
        let token = token.ok_or(bad("INVALID_PAGE_TOKEN", "the page_token is not valid or has expired"))?;
        Ok(Self { after: Some(token.after), skip: 0, page: token.page, per_page })
    }
}

pub(super) async fn list(
    State(app): State<App>,
    Path((here, module)): Path<(DataCentre, String)>,
    query: Query,
    headers: HeaderMap,
) -> Result<Response, Refused> {
    let (account, module) = reader(&app, here, &module, &headers)?;
    let fields = query.get("fields").ok_or(bad("REQUIRED_PARAM_MISSING", "fields is required"))?;
    let fields: Vec<&str> = fields.split(',').map(str::trim).collect();
    if fields.len() > MOST_FIELDS {
        return Err(bad("LIMIT_EXCEEDED", "fields names 50 at most"));
    }
    let (since, sort) = (since(&headers)?, Sort::asked(&query)?);
    let wanted = Wanted::asked(&app, &query, &account, module, sort)?;
    let ids: Option<Vec<&str>> = query.get("ids").map(|ids| ids.split(',').map(str::trim).collect());
    let mut kept = app.data.zoho();
    let is_wanted = |thing: &&Thing| {
        // To the second, as they are told: what changed in the second of the header has not changed since.
        since.is_none_or(|since| thing.changed_at.timestamp() > since.timestamp())
            && ids.as_ref().is_none_or(|ids| ids.contains(&thing.id.as_str()))
            && wanted.after.as_ref().is_none_or(|after| sort.is_behind(&sort.place(thing), after))
    };
    let mut things: Vec<&Thing> = kept.of(&account).module(module).living().filter(is_wanted).collect();
    things.sort_by_key(|thing| sort.place(thing));
    if sort.descends {
        things.reverse();
    }
    let mut things = things.split_off(wanted.skip.min(things.len()));
    let goes_on = things.len() > wanted.per_page;
    things.truncate(wanted.per_page);
    let Some(last) = things.last() else { return Ok(nothing(since)) };
    let until = app.now() + TOKEN_LIFE;
    let next = goes_on.then(|| {
        let (after, page) = (sort.place(last), wanted.page + 1);
        write_cursor(&PageToken {
            account: account.clone(),
            module: module.name().to_owned(),
            sort,
            after,
            page,
            until,
        })
    });
    let data: Vec<Value> = things.iter().map(|thing| projected(kept::shown(&app, &account, thing), &fields)).collect();
    let (sort_by, sort_order) = sort.words();
    Ok(Json(json!({"data": data, "info": {
        "per_page": wanted.per_page, "count": data.len(), "page": wanted.page, "sort_by": sort_by,
        "sort_order": sort_order, "more_records": goes_on, "next_page_token": next, "previous_page_token": null,
        "page_token_expiry": goes_on.then(|| kept::time(until)),
    }}))
    .into_response())
}

/// The fields that were asked for, and the id.
fn projected(record: Value, fields: &[&str]) -> Value {
    let Value::Object(members) = record else { return record };
    let is_wanted = |name: &String| name == "id" || fields.contains(&name.as_str());
    Value::Object(members.into_iter().filter(|(name, _)| is_wanted(name)).collect::<Map<_, _>>())
}

pub(super) async fn one(
    State(app): State<App>,
    Path((here, module, id)): Path<(DataCentre, String, String)>,
    query: Query,
    headers: HeaderMap,
) -> Result<Response, Refused> {
    let (account, module) = reader(&app, here, &module, &headers)?;
    let mut kept = app.data.zoho();
    let Some(thing) = kept.of(&account).module(module).get(&id) else { return Ok(nothing(None)) };
    let record = kept::shown(&app, &account, thing);
    let record = match query.get("fields") {
        Some(fields) => projected(record, &fields.split(',').map(str::trim).collect::<Vec<_>>()),
        None => record,
    };
    Ok(Json(json!({"data": [record]})).into_response())
}

/// What was deleted. All of it lies in the bin.
pub(super) async fn deleted(
    State(app): State<App>,
    Path((here, module)): Path<(DataCentre, String)>,
    query: Query,
    headers: HeaderMap,
) -> Result<Response, Refused> {
    let (account, module) = reader(&app, here, &module, &headers)?;
    let kind = query.get("type").unwrap_or("all");
    if !["all", "recycle", "permanent"].contains(&kind) {
        return Err(bad("INVALID_DATA", "type is all, recycle or permanent"));
    }
    let per_page = query.size("per_page", PER_PAGE, PER_PAGE).ok_or(bad("INVALID_DATA", "per_page is 1 to 200"))?;
    let page = query.size("page", 1, usize::MAX).ok_or(bad("INVALID_DATA", "page is a number from 1"))?;
    let since = since(&headers)?;
    let mut kept = app.data.zoho();
    let is_wanted = |thing: &&Thing| {
        kind != "permanent" && since.is_none_or(|since| thing.changed_at.timestamp() > since.timestamp())
    };
    let mut things: Vec<&Thing> = kept.of(&account).module(module).gone().filter(is_wanted).collect();
    things.sort_by_key(|thing| std::cmp::Reverse(thing.serial));
    let mut things = things.split_off((page - 1).saturating_mul(per_page).min(things.len()));
    let goes_on = things.len() > per_page;
    things.truncate(per_page);
    if things.is_empty() {
        return Ok(nothing(since));
    }
    let who = kept::user(&app, &account);
    let told = |thing: &&Thing| {
        json!({
            "id": thing.id, "display_name": kept::title(module, thing), "type": "recycle", "deleted_by": who,
            "created_by": who, "deleted_time": kept::time(thing.changed_at),
        })
    };
    let data: Vec<Value> = things.iter().map(told).collect();
    let info = json!({"per_page": per_page, "count": data.len(), "page": page, "more_records": goes_on});
    Ok(Json(json!({"data": data, "info": info})).into_response())
}
