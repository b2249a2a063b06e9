//! REST's lists of repositories and of what is in them, page by page.

use super::{
    answers::{Refused, tag},
    callers::{Installed, Reader, User},
    content::{Content, Kind},
};
use crate::{
    app::App,
    data::{Query, Thing},
};
use axum::{
    extract::{FromRequestParts, OriginalUri, Path, State},
    http::{header, request::Parts},
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use std::{cmp::Reverse, collections::HashMap};

const PAGE: usize = 30;
const LARGEST_PAGE: usize = 100;

/// The repository in the path, by its number, which the caller is let into.
pub(super) struct Open {
    id: String,
}

impl FromRequestParts<App> for Open {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refused> {
        let reader = Reader::from_request_parts(parts, app).await?;
        let Path(path) =
            Path::<HashMap<String, String>>::from_request_parts(parts, app).await.map_err(|_| Refused::NOT_FOUND)?;
        let part = |name: &str| path.get(name).cloned().unwrap_or_default();
        let which = path.get("id").cloned().unwrap_or_else(|| format!("{}/{}", part("owner"), part("repo")));
        let mut kept = app.data.github();
        let found = kept.find(app, &which).ok_or(Refused::NOT_FOUND)?;
        if !reader.reaches(app, &found.owner, found.is("private")) {
            return Err(Refused::NOT_FOUND);
        }
        if found.is("blocked") {
            return Err(Refused::BLOCKED);
        }
        Ok(Self { id: found.thing.id })
    }
}

impl Open {
    /// Shows a page of what `choose` finds in it.
    fn page(
        &self,
        app: &App,
        query: &str,
        what: &str,
        choose: impl FnOnce(&Content) -> Result<Vec<(Kind, Thing)>, Refused>,
    ) -> Result<Response, Refused> {
        let mut kept = app.data.github();
        let found = kept.find(app, &self.id).ok_or(Refused::NOT_FOUND)?;
        let chosen = choose(found.content)?;
        let place = found.place(app);
        let path = format!("/repositories/{}/{what}", self.id);
        let show = |(kind, thing): &(Kind, Thing)| match kind {
            Kind::PullRequest if what == "issues" => place.pull_request_as_issue(thing),
            kind => place.shown(*kind, thing),
        };
        page(app, &path, query, &chosen, show, |shown| json!(shown))
    }
}

/// A page, and beside it where the others are.
fn page<T>(
    app: &App,
    path: &str,
    query: &str,
    all: &[T],
    show: impl Fn(&T) -> Value,
    wrap: impl FnOnce(Vec<Value>) -> Value,
) -> Result<Response, Refused> {
    let asked = Query::parse(query);
    let number = |name: &str| match asked.get(name) {
        None => Ok(None),
        Some(text) => text.parse::<usize>().map(|number| Some(number.max(1))).map_err(|_| Refused::INVALID),
    };
    // Whoever asks for more gets as much as there may be.
    let size = number("per_page")?.unwrap_or(PAGE).min(LARGEST_PAGE);
    let at = number("page")?.unwrap_or(1);
    let shown = all.iter().skip((at - 1).saturating_mul(size)).take(size).map(show).collect();
    let body = wrap(shown).to_string();
    let tag = tag(body.as_bytes());
    let mut response = ([(header::CONTENT_TYPE, "application/json")], body).into_response();
    response.headers_mut().extend(tag.map(|tag| (header::ETAG, tag)));
    let last = all.len().div_ceil(size).max(1);
    let mut links = Vec::new();
    if at > 1 {
        links.extend([("prev", at - 1), ("first", 1)]);
    }
    if at < last {
        links.extend([("next", at + 1), ("last", last)]);
    }
    let link = |(relation, page): (&str, usize)| {
        let kept = url::form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name != "page");
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(kept).append_pair("page", &page.to_string());
        format!("<{}/github/api/v3{path}?{}>; rel=\"{relation}\"", app.url, query.finish())
    };
    let links: Vec<String> = links.into_iter().map(link).collect();
    if let Ok(value) = links.join(", ").parse::<axum::http::HeaderValue>()
        && !links.is_empty()
    {
        response.headers_mut().insert(header::LINK, value);
    }
    Ok(response)
}

fn raw(uri: &OriginalUri) -> &str {
    uri.0.query().unwrap_or_default()
}

/// What a person owns. Hooks are theirs to manage.
pub(super) async fn of_person(State(app): State<App>, user: User, uri: OriginalUri) -> Result<Response, Refused> {
    let asked = Query::parse(raw(&uri));
    let mut all = app.data.github().repositories(&app, &user.grant.account);
    let reader = Reader::Person(user.grant.clone());
    all.retain(|one| reader.reaches(&app, &user.grant.account, one["private"] == true));
    let by = match asked.get("sort") {
        None | Some("full_name") => "full_name",
        Some("created") => "created_at",
        Some("updated") => "updated_at",
        Some("pushed") => "pushed_at",
        Some(_) => return Err(Refused::INVALID),
    };
    // All of them are texts whose order is theirs; what was made in one second stays in the order in which it was made.
    let key = |one: &Value| one[by].as_str().unwrap_or_default().to_owned();
    match (asked.get("direction"), by) {
        (Some("asc"), _) | (None, "full_name") => all.sort_by_key(key),
        _ => all.sort_by_key(|one| Reverse(key(one))),
    }
    for one in &mut all {
        one["permissions"] = json!({"admin": true, "maintain": true, "push": true, "triage": true, "pull": true});
    }
    page(&app, "/user/repos", raw(&uri), &all, Value::clone, |shown| json!(shown))
}

/// What an installation was made on. An App reads; whoever manages hooks does so as a person.
pub(super) async fn of_installation(
    State(app): State<App>,
    caller: Installed,
    uri: OriginalUri,
) -> Result<Response, Refused> {
    let mut all = app.data.github().repositories(&app, &caller.installation.account);
    for one in &mut all {
        one["permissions"] = json!({"admin": false, "maintain": false, "push": false, "triage": false, "pull": true});
    }
    let wrap =
        |shown: Vec<Value>| json!({"total_count": all.len(), "repository_selection": "all", "repositories": shown});
    page(&app, "/installation/repositories", raw(&uri), &all, Value::clone, wrap)
}

/// In which states, since when, and in which order.
struct Wish {
    state: Option<&'static str>,
    since: Option<DateTime<Utc>>,
    by_change: bool,
    ascending: bool,
}

impl Wish {
    /// `ascends`: the order of the list unless it is asked for another one, by creation and by change.
    fn read(asked: &Query, ascends: [bool; 2]) -> Result<Self, Refused> {
        let state = match asked.get("state") {
            None | Some("open") => Some("open"),
            Some("closed") => Some("closed"),
            Some("all") => None,
            Some(_) => return Err(Refused::INVALID),
        };
        let by_change = match asked.get("sort") {
            None | Some("created") => false,
            Some("updated") => true,
            Some(_) => return Err(Refused::INVALID),
        };
        let ascending = match asked.get("direction") {
            None => ascends[usize::from(by_change)],
            Some("asc") => true,
            Some("desc") => false,
            Some(_) => return Err(Refused::INVALID),
        };
        Ok(Self { state, since: instant(asked, "since")?, by_change, ascending })
    }

    fn choose<'a>(&self, things: impl Iterator<Item = (Kind, &'a Thing)>) -> Vec<(Kind, Thing)> {
        let is_wanted = |thing: &Thing| {
            let state = if thing.value["state"] == "closed" { "closed" } else { "open" };
            // To the second, and what changed in that one is among it.
            let is_recent = self.since.is_none_or(|since| thing.changed_at.timestamp() >= since.timestamp());
            is_recent && self.state.is_none_or(|wanted| wanted == state)
        };
        let mut found: Vec<(Kind, Thing)> =
            things.filter(|(_, thing)| is_wanted(thing)).map(|(kind, thing)| (kind, thing.clone())).collect();
        let time = |thing: &Thing| if self.by_change { thing.changed_at } else { thing.created_at };
        found.sort_by_key(|(_, thing)| (time(thing).timestamp(), thing.value["number"].as_u64()));
        if !self.ascending {
            found.reverse();
        }
        found
    }
}

fn instant(asked: &Query, name: &str) -> Result<Option<DateTime<Utc>>, Refused> {
    let read = |text: &str| DateTime::parse_from_rfc3339(text).map(|time| time.to_utc()).map_err(|_| Refused::INVALID);
    asked.get(name).map(read).transpose()
}

/// Pull requests are among them, marked as such.
pub(super) async fn issues(State(app): State<App>, open: Open, uri: OriginalUri) -> Result<Response, Refused> {
    let wish = Wish::read(&Query::parse(raw(&uri)), [false, false])?;
    let choose = |content: &Content| {
        let issues = content.issues.living().map(|thing| (Kind::Issue, thing));
        Ok(wish.choose(issues.chain(content.pull_requests.living().map(|thing| (Kind::PullRequest, thing)))))
    };
    open.page(&app, raw(&uri), "issues", choose)
}

/// There is no `since` for these; one that is asked for is not heard.
pub(super) async fn pull_requests(State(app): State<App>, open: Open, uri: OriginalUri) -> Result<Response, Refused> {
    let wish = Wish { since: None, ..Wish::read(&Query::parse(raw(&uri)), [false, true])? };
    let choose =
        |content: &Content| Ok(wish.choose(content.pull_requests.living().map(|thing| (Kind::PullRequest, thing))));
    open.page(&app, raw(&uri), "pulls", choose)
}

/// Of the default branch, by when they were made, the newest first.
pub(super) async fn commits(State(app): State<App>, open: Open, uri: OriginalUri) -> Result<Response, Refused> {
    let asked = Query::parse(raw(&uri));
    if asked.get("sha").is_some_and(|branch| branch != "main") {
        return Err(Refused::NOT_FOUND);
    }
    let (since, until) = (instant(&asked, "since")?, instant(&asked, "until")?);
    let choose = |content: &Content| {
        if content.commits.living().next().is_none() {
            return Err(Refused::EMPTY);
        }
        let made_at = |thing: &Thing| thing.created_at.timestamp();
        let is_wanted = |thing: &&Thing| {
            since.is_none_or(|since| made_at(thing) >= since.timestamp())
                && until.is_none_or(|until| made_at(thing) <= until.timestamp())
        };
        let mut found: Vec<(Kind, Thing)> =
            content.commits.living().filter(is_wanted).map(|thing| (Kind::Commit, thing.clone())).collect();
        found.sort_by_key(|(_, thing)| Reverse((made_at(thing), thing.serial)));
        Ok(found)
    };
    open.page(&app, raw(&uri), "commits", choose)
}
