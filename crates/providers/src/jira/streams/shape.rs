//! Issues, projects and pages in words shared by all vendors. Their texts are not fetched, but for a project's.

use super::{below_site, pages::link, text, time};
use crate::{
    Shape,
    shapes::{Document, Issue, Named, Project},
    told::{count, name, named, words},
};
use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use serde_json::Value;

fn person(record: &Value, path: &str) -> Option<Named> {
    named(record.pointer(path)?, &["/accountId"], "/displayName")
}

pub(super) fn issue(issue: &Value) -> Option<Shape> {
    let key = text(issue, "/key");
    Some(Shape::Issue(Issue {
        title: name(issue, "/fields/summary")?,
        url: key.as_deref().and_then(|key| below_site(issue, &format!("/browse/{key}"))),
        key,
        text: None,
        status: text(issue, "/fields/status/name"),
        is_closed: text(issue, "/fields/status/statusCategory/key").map(|category| category == "done"),
        priority: text(issue, "/fields/priority/name"),
        labels: words(issue, "/fields/labels").into_iter().map(ToOwned::to_owned).collect(),
        author: person(issue, "/fields/creator"),
        assignees: person(issue, "/fields/assignee").into_iter().collect(),
        container: issue.pointer("/fields/project").and_then(|project| named(project, &["/id"], "/name")),
        due_at: day(issue, "/fields/duedate"),
        created_at: time(issue, "/fields/created"),
        updated_at: time(issue, "/fields/updated"),
        closed_at: None,
    }))
}

/// A day without a time begins in UTC: whose day it is, nobody says.
fn day(record: &Value, path: &str) -> Option<DateTime<Utc>> {
    let day: NaiveDate = text(record, path)?.parse().ok()?;
    Some(day.and_time(NaiveTime::MIN).and_utc())
}

pub(super) fn project(project: &Value) -> Option<Shape> {
    let key = text(project, "/key");
    Some(Shape::Project(Project {
        name: name(project, "/name")?,
        url: key.as_deref().and_then(|key| below_site(project, &format!("/browse/{key}"))),
        key,
        text: text(project, "/description"),
        status: None,
        lead: person(project, "/lead"),
        start_at: None,
        due_at: None,
        created_at: None,
        updated_at: None,
    }))
}

/// Of authors and spaces nothing but their ids is said.
pub(super) fn page(page: &Value) -> Option<Shape> {
    let of_id = |path: &str| text(page, path).map(|id| Named { id: Some(id), name: None });
    Some(Shape::Document(Document {
        title: name(page, "/title")?,
        status: text(page, "/status"),
        author: of_id("/authorId"),
        container: of_id("/spaceId"),
        version: count(page, "/version/number"),
        url: link(page),
        created_at: time(page, "/createdAt"),
        updated_at: time(page, "/version/createdAt"),
    }))
}
