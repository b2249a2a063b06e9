//! Issues, projects, teams and comments in words shared by all vendors.

use crate::{
    Shape,
    linear::hooks::CLOSED,
    shapes::{Comment, Issue, Named, Project, Team},
    told::{entries, text, time},
};
use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use serde_json::Value;

pub(super) fn shape(stream: &str, record: &Value) -> Option<Shape> {
    match stream {
        "issues" => issue(record).map(Shape::Issue),
        "projects" => project(record).map(Shape::Project),
        "teams" => team(record).map(Shape::Team),
        "comments" => record.is_object().then(|| Shape::Comment(comment(record))),
        _ => None,
    }
}

fn issue(record: &Value) -> Option<Issue> {
    Some(Issue {
        key: text(record, "/identifier"),
        title: text(record, "/title")?,
        text: text(record, "/description"),
        status: text(record, "/state/name"),
        is_closed: text(record, "/state/type").map(|state| CLOSED.contains(&state.as_str())),
        priority: text(record, "/priorityLabel"),
        labels: entries(record, "/labels/nodes").iter().filter_map(|label| text(label, "/name")).collect(),
        author: named(record, "/creator"),
        assignees: named(record, "/assignee").into_iter().collect(),
        container: named(record, "/team"),
        url: text(record, "/url"),
        due_at: date(record, "/dueDate"),
        created_at: time(record, "/createdAt"),
        updated_at: time(record, "/updatedAt"),
        closed_at: time(record, "/completedAt").or_else(|| time(record, "/canceledAt")),
    })
}

fn project(record: &Value) -> Option<Project> {
    Some(Project {
        key: None,
        name: text(record, "/name")?,
        text: text(record, "/description"),
        status: text(record, "/status/name"),
        lead: named(record, "/lead"),
        url: text(record, "/url"),
        start_at: date(record, "/startDate"),
        due_at: date(record, "/targetDate"),
        created_at: time(record, "/createdAt"),
        updated_at: time(record, "/updatedAt"),
    })
}

fn team(record: &Value) -> Option<Team> {
    Some(Team {
        key: text(record, "/key"),
        name: text(record, "/name")?,
        text: text(record, "/description"),
        // Another word would be one of tomorrow.
        is_private: match text(record, "/visibility").as_deref() {
            Some("private") => Some(true),
            Some("public") => Some(false),
            _ => None,
        },
        created_at: time(record, "/createdAt"),
        updated_at: time(record, "/updatedAt"),
    })
}

fn comment(record: &Value) -> Comment {
    Comment {
        text: text(record, "/body").unwrap_or_default(),
        author: named(record, "/user"),
        subject: text(record, "/issue/id").map(|id| Named { id: Some(id), name: text(record, "/issue/title") }),
        url: text(record, "/url"),
        created_at: time(record, "/createdAt"),
        updated_at: time(record, "/updatedAt"),
    }
}

fn named(record: &Value, path: &str) -> Option<Named> {
    let of = record.pointer(path)?;
    Some(Named { id: Some(text(of, "/id")?), name: text(of, "/name") })
}

/// A day, from its beginning.
fn date(record: &Value, path: &str) -> Option<DateTime<Utc>> {
    let day: NaiveDate = text(record, path)?.parse().ok()?;
    Some(day.and_time(NaiveTime::MIN).and_utc())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// The record as it was fetched in one of the fixtures.
    fn now(fixture: &str) -> Value {
        serde_json::from_str::<Value>(fixture).unwrap()["now"].take()
    }

    fn at(time: &str) -> DateTime<Utc> {
        time.parse().unwrap()
    }

    fn someone(id: &str, name: &str) -> Named {
        Named { id: Some(id.to_owned()), name: Some(name.to_owned()) }
    }

    /// An issue that is done, whole.
    #[test]
    fn an_issue_has_its_shape() {
        let record = now(include_str!("../fixtures/streams/issues.completed.json"));
        let expected = Issue {
            key: Some("ENG-7".to_owned()),
            title: "The roses ünfold 🌹".to_owned(),
            text: Some("All of them.".to_owned()),
            status: Some("Done".to_owned()),
            is_closed: Some(true),
            priority: Some("High".to_owned()),
            labels: vec!["garden".to_owned()],
            author: Some(someone("u1", "Ann")),
            assignees: vec![someone("u2", "Bob")],
            container: Some(someone("t1", "Engineering")),
            url: Some("https://linear.app/acme/issue/ENG-7/roses".to_owned()),
            due_at: Some(at("2026-01-10T00:00:00Z")),
            created_at: Some(at("2026-01-01T10:00:00Z")),
            updated_at: Some(at("2026-01-02T03:04:05.678Z")),
            closed_at: Some(at("2026-01-02T03:04:05.600Z")),
        };
        assert_eq!(shape("issues", &record), Some(Shape::Issue(expected)));
    }

    /// A project with its days.
    #[test]
    fn a_project_has_its_shape() {
        let record = now(include_str!("../fixtures/streams/projects.created.json"));
        let expected = Project {
            key: None,
            name: "Garden".to_owned(),
            text: Some("Beds and paths".to_owned()),
            status: Some("In Progress".to_owned()),
            lead: Some(someone("u1", "Ann")),
            url: Some("https://linear.app/acme/project/garden-1".to_owned()),
            start_at: Some(at("2026-01-01T00:00:00Z")),
            due_at: None,
            created_at: Some(at("2026-01-02T03:04:05.678Z")),
            updated_at: Some(at("2026-01-02T03:04:05.678Z")),
        };
        assert_eq!(shape("projects", &record), Some(Shape::Project(expected)));
    }

    /// A team is open to all or not.
    #[test]
    fn a_team_has_its_shape() {
        let record = now(include_str!("../fixtures/streams/teams.created.json"));
        let expected = Team {
            key: Some("ENG".to_owned()),
            name: "Engineering".to_owned(),
            text: None,
            is_private: Some(false),
            created_at: Some(at("2026-01-02T03:04:05.678Z")),
            updated_at: Some(at("2026-01-02T03:04:05.678Z")),
        };
        assert_eq!(shape("teams", &record), Some(Shape::Team(expected)));
    }

    /// A comment stands under an issue, or under something else.
    #[test]
    fn a_comment_has_its_shape() {
        let record = now(include_str!("../fixtures/streams/comments.created.json"));
        let expected = Comment {
            text: "Lovely.\nSecond line.".to_owned(),
            author: Some(someone("u2", "Bob")),
            subject: Some(someone("i1", "The roses ünfold 🌹")),
            url: Some("https://linear.app/acme/issue/ENG-7/roses#comment-c1".to_owned()),
            created_at: Some(at("2026-01-02T03:04:05.678Z")),
            updated_at: Some(at("2026-01-02T03:04:05.678Z")),
        };
        assert_eq!(shape("comments", &record), Some(Shape::Comment(expected)));
    }

    /// What is not there is null, and what is nothing of ours has no shape.
    #[test]
    fn what_is_not_there_is_null() {
        for stream in ["issues", "projects", "teams"] {
            assert_eq!(shape(stream, &json!({"id": "x"})), None, "{stream}");
        }
        assert_eq!(shape("comments", &json!({})), Some(Shape::Comment(Comment::default())));
        assert_eq!(shape("cycles", &json!({"name": "x"})), None);
    }
}
