//! GitHub's records in the words of all vendors.

use super::{COMMITS, ISSUES, PULL_REQUESTS, REPOSITORIES, parts::flag};
use crate::{
    shapes::{Commit, Issue, Named, PullRequest, Repository, Shape},
    told::{entries, text, time},
};
use serde_json::Value;

/// `None`: no stream of ours, or a record without what people call it by.
pub(super) fn shape(stream: &str, record: &Value) -> Option<Shape> {
    match stream {
        REPOSITORIES => repository(record).map(Shape::Repository),
        ISSUES => issue(record).map(Shape::Issue),
        PULL_REQUESTS => pull_request(record).map(Shape::PullRequest),
        COMMITS => commit(record).map(Shape::Commit),
        _ => None,
    }
}

fn repository(record: &Value) -> Option<Repository> {
    Some(Repository {
        name: text(record, "/full_name")?,
        description: text(record, "/description"),
        url: text(record, "/html_url"),
        default_branch: text(record, "/default_branch"),
        is_private: flag(record, "/private"),
        is_archived: flag(record, "/archived"),
        created_at: time(record, "/created_at"),
        updated_at: time(record, "/updated_at"),
    })
}

fn issue(record: &Value) -> Option<Issue> {
    let status = text(record, "/state");
    Some(Issue {
        key: key(record),
        title: text(record, "/title")?,
        text: text(record, "/body"),
        is_closed: status.as_deref().map(|status| status == "closed"),
        status,
        // GitHub's issues have none.
        priority: None,
        labels: labels(record),
        author: person(record, "/user"),
        assignees: people(record, "/assignees"),
        container: of(record),
        url: text(record, "/html_url"),
        due_at: time(record, "/milestone/due_on"),
        created_at: time(record, "/created_at"),
        updated_at: time(record, "/updated_at"),
        closed_at: time(record, "/closed_at"),
    })
}

fn pull_request(record: &Value) -> Option<PullRequest> {
    let merged_at = time(record, "/merged_at");
    let status = if merged_at.is_some() { "merged".to_owned() } else { text(record, "/state")? };
    let mut reviewers = people(record, "/requested_reviewers");
    reviewers.extend(entries(record, "/requested_teams").iter().filter_map(|team| named(team, "/name")));
    Some(PullRequest {
        key: key(record),
        title: text(record, "/title")?,
        text: text(record, "/body"),
        status,
        is_draft: flag(record, "/draft"),
        labels: labels(record),
        author: person(record, "/user"),
        assignees: people(record, "/assignees"),
        reviewers,
        repository: of(record),
        from_branch: text(record, "/head/ref"),
        into_branch: text(record, "/base/ref"),
        url: text(record, "/html_url"),
        created_at: time(record, "/created_at"),
        updated_at: time(record, "/updated_at"),
        merged_at,
        closed_at: time(record, "/closed_at"),
    })
}

fn commit(record: &Value) -> Option<Commit> {
    // Whoever has no account here has a name all the same.
    let nameless = || Some(Named { id: None, name: Some(text(record, "/commit/author/name")?) });
    Some(Commit {
        sha: text(record, "/sha")?,
        message: text(record, "/commit/message").unwrap_or_default(),
        author: person(record, "/author").or_else(nameless),
        repository: of(record),
        url: text(record, "/html_url"),
        committed_at: time(record, "/commit/committer/date").or_else(|| time(record, "/commit/author/date")),
    })
}

/// `acme/website#7`.
fn key(record: &Value) -> Option<String> {
    Some(format!("{}#{}", text(record, "/repository/full_name")?, text(record, "/number")?))
}

fn of(record: &Value) -> Option<Named> {
    named(record.get("repository")?, "/full_name")
}

fn labels(record: &Value) -> Vec<String> {
    entries(record, "/labels").iter().filter_map(|label| text(label, "/name")).collect()
}

fn people(record: &Value, path: &str) -> Vec<Named> {
    entries(record, path).iter().filter_map(|one| named(one, "/login")).collect()
}

fn person(record: &Value, path: &str) -> Option<Named> {
    named(record.pointer(path)?, "/login")
}

fn named(one: &Value, name: &str) -> Option<Named> {
    let named = Named { id: text(one, "/id"), name: text(one, name) };
    (named != Named::default()).then_some(named)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The record of a fixture as it was fetched.
    fn of_fixture(text: &str) -> Option<Shape> {
        let fixture: Value = serde_json::from_str(text).unwrap();
        shape(fixture["stream"].as_str().unwrap(), &fixture["now"])
    }

    fn who(id: &str, name: &str) -> Named {
        Named { id: Some(id.to_owned()), name: Some(name.to_owned()) }
    }

    /// A repository is called by its whole name.
    #[test]
    fn a_repository_has_its_shape() {
        let found = of_fixture(include_str!("../fixtures/streams/repositories.described.json"));
        let expected = Repository {
            name: "octo/garden".to_owned(),
            description: Some("Roses, mostly".to_owned()),
            url: Some("https://github.com/octo/garden".to_owned()),
            default_branch: Some("main".to_owned()),
            is_private: Some(true),
            is_archived: Some(false),
            created_at: Some("2026-01-01T00:00:00Z".parse().unwrap()),
            updated_at: Some("2026-05-01T00:00:00Z".parse().unwrap()),
        };
        assert_eq!(found, Some(Shape::Repository(expected)));
    }

    /// An issue is due when its milestone is.
    #[test]
    fn an_issue_has_its_shape() {
        let found = of_fixture(include_str!("../fixtures/streams/issues.closed_and_labelled.json"));
        let expected = Issue {
            key: Some("octo/garden#7".to_owned()),
            title: "The roses ünfold 🌹".to_owned(),
            text: Some("All of them.".to_owned()),
            status: Some("closed".to_owned()),
            is_closed: Some(true),
            priority: None,
            labels: vec!["bug".to_owned(), "spring".to_owned()],
            author: Some(who("9", "ann")),
            assignees: vec![who("10", "ben")],
            container: Some(who("77", "octo/garden")),
            url: Some("https://github.com/octo/garden/issues/7".to_owned()),
            due_at: Some("2026-03-01T08:00:00Z".parse().unwrap()),
            created_at: Some("2026-01-02T03:00:00Z".parse().unwrap()),
            updated_at: Some("2026-01-02T03:04:06Z".parse().unwrap()),
            closed_at: Some("2026-01-02T03:04:05Z".parse().unwrap()),
        };
        assert_eq!(found, Some(Shape::Issue(expected)));
    }

    /// GitHub calls a merged pull request closed; people do not. Teams are asked for reviews as well.
    #[test]
    fn a_pull_request_has_its_shape() {
        let found = of_fixture(include_str!("../fixtures/streams/pull_requests.merged.json"));
        let expected = PullRequest {
            key: Some("octo/garden#8".to_owned()),
            title: "Water the roses".to_owned(),
            text: None,
            status: "merged".to_owned(),
            is_draft: Some(false),
            labels: Vec::new(),
            author: Some(who("9", "ann")),
            assignees: Vec::new(),
            reviewers: vec![who("10", "ben"), who("31", "Gardeners")],
            repository: Some(who("77", "octo/garden")),
            from_branch: Some("water".to_owned()),
            into_branch: Some("main".to_owned()),
            url: Some("https://github.com/octo/garden/pull/8".to_owned()),
            created_at: Some("2026-01-02T03:00:00Z".parse().unwrap()),
            updated_at: Some("2026-01-02T03:04:06Z".parse().unwrap()),
            merged_at: Some("2026-01-02T03:04:05Z".parse().unwrap()),
            closed_at: Some("2026-01-02T03:04:05Z".parse().unwrap()),
        };
        assert_eq!(found, Some(Shape::PullRequest(expected)));
    }

    /// A commit's author may have no account.
    #[test]
    fn a_commit_has_its_shape() {
        let found = of_fixture(include_str!("../fixtures/streams/commits.pushed.json"));
        let expected = Commit {
            sha: "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb".to_owned(),
            message: "Prune the roses\n\nThey grew.".to_owned(),
            author: Some(Named { id: None, name: Some("Ann Ode".to_owned()) }),
            repository: Some(who("77", "octo/garden")),
            url: Some("https://github.com/octo/garden/commit/bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb".to_owned()),
            committed_at: Some("2026-01-02T03:00:00Z".parse().unwrap()),
        };
        assert_eq!(found, Some(Shape::Commit(expected)));
    }

    /// What has no name, and what is of no stream, has no shape.
    #[test]
    fn nothing_is_made_up() {
        for stream in [REPOSITORIES, ISSUES, PULL_REQUESTS, COMMITS, "gists"] {
            for record in [Value::Null, serde_json::json!({}), serde_json::json!([1])] {
                assert_eq!(shape(stream, &record), None, "{stream} {record}");
            }
        }
    }
}
