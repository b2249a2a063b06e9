//! Pages of GitHub's streams: the way through the repositories, and through each of them.

use crate::{
    fixtures::{batch, now, vendor},
    readings::told,
    vendor_server::{Asked, Said, VendorServer},
};
use providers::{CallError, PageAsk, RecordPage, RecordState, StreamError, Streams};
use serde_json::{Value, json};
use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering::SeqCst},
};

const API: &str = "/api/v3";
const REPOSITORIES: &str = "GET /api/v3/user/repos?sort=created&direction=asc&per_page=30";

pub fn streams() -> &'static dyn Streams {
    vendor("github").vendor.streams().unwrap()
}

pub async fn page(server: &VendorServer, stream: &str, cursor: Option<&Value>) -> Result<RecordPage, StreamError> {
    streams().page(server.call(), PageAsk { stream, cursor, ids: &[], batch: batch(streams(), stream) }).await
}

/// All pages until there are no more: the records' ids, and the last cursor.
async fn pass(server: &VendorServer, stream: &str, mut cursor: Option<Value>) -> (Vec<String>, Value) {
    let mut found = Vec::new();
    for _ in 0..30 {
        let page = page(server, stream, cursor.as_ref()).await.unwrap();
        found.extend(ids(&page));
        if !page.more {
            return (found, page.cursor);
        }
        cursor = Some(page.cursor);
    }
    panic!("there is no end");
}

/// The records' ids; behind those that are gone stands a word.
pub fn ids(page: &RecordPage) -> Vec<String> {
    let name = |record: &providers::Record| match record.state {
        RecordState::There(_) => record.external_id.clone(),
        RecordState::Gone => format!("{} gone", record.external_id),
    };
    page.records.iter().map(name).collect()
}

pub fn repository(id: u64) -> Value {
    json!({
        "id": id, "full_name": format!("octo/r{id}"), "html_url": format!("https://github.com/octo/r{id}"),
        "default_branch": "main", "pushed_at": "2025-01-01T00:00:00Z",
    })
}

pub fn said(status: u16, body: Value) -> Said {
    (status, body).into()
}

fn repositories(ids: impl IntoIterator<Item = u64>) -> Said {
    said(200, ids.into_iter().map(repository).collect())
}

/// The number behind a name in what was asked.
pub fn number(asked: &Asked, name: &str) -> Option<u64> {
    let rest = asked.what.split(name).nth(1)?;
    rest.split(|letter: char| !letter.is_ascii_digit()).next()?.parse().ok()
}

pub fn issue(id: u64, updated: &str) -> Value {
    json!({"id": id, "node_id": format!("I_{id}"), "title": "x", "updated_at": updated})
}

fn nothing() -> Said {
    said(200, json!([]))
}

fn list(repository: u64, what: &str) -> String {
    format!("GET {API}/repos/octo/r{repository}/{what}")
}

/// Each repository in turn; of one that was read, the next time only what has changed since five minutes before the last pass
/// began. Pull requests among the issues are none of them.
#[tokio::test]
async fn issues_are_read_repository_by_repository() {
    let answer = |asked: &Asked| -> Said {
        match asked.what.split('?').next().unwrap() {
            "GET /api/v3/user/repos" => repositories([1, 2]),
            "GET /api/v3/repos/octo/r1/issues" => {
                let mut pull_request = issue(12, "2026-01-01T00:00:00Z");
                pull_request["pull_request"] = json!({"url": "x"});
                said(200, json!([issue(11, "2026-01-01T00:00:00Z"), pull_request]))
            }
            _ => nothing(),
        }
    };
    let server = VendorServer::of("github", answer).await;
    let (found, cursor) = pass(&server, "issues", None).await;
    assert_eq!(found, ["11"]);
    let query = "issues?state=all&sort=updated&direction=asc&per_page=50";
    assert_eq!(server.asked(), [REPOSITORIES.to_owned(), list(1, query), list(2, query)]);
    let (_, again) = pass(&server, "issues", Some(cursor.clone())).await;
    let since = format!("{query}&since=2026-01-02T02:59:05Z");
    assert_eq!(server.asked(), [REPOSITORIES.to_owned(), list(1, &since), list(2, &since)]);
    assert_eq!(again, cursor);
    assert_eq!(cursor["since"], now().timestamp());
}

/// A record is GitHub's JSON, and the repository that it is of.
#[tokio::test]
async fn a_record_says_its_repository() {
    let server = VendorServer::of("github", |asked: &Asked| {
        if asked.says("/user/repos") {
            repositories([1])
        } else {
            said(200, json!([issue(11, "2026-01-02T03:04:05Z")]))
        }
    })
    .await;
    let first = page(&server, "issues", None).await.unwrap();
    let mut expected = issue(11, "2026-01-02T03:04:05Z");
    expected["repository"] = json!({"id": 1, "full_name": "octo/r1", "html_url": "https://github.com/octo/r1"});
    assert_eq!(first.records[0].state, RecordState::There(expected));
    assert_eq!(first.records[0].changed_at, Some(now()));
}

/// Behind a page the list is begun anew, from the newest change on it: its pages are counted, and what changes meanwhile moves
/// the rest. Only where a whole page changed within one second, the next one is turned to.
#[tokio::test]
async fn a_list_that_moves_is_begun_anew_behind_each_page() {
    let answer = |asked: &Asked| -> Said {
        if asked.says("/user/repos") {
            return repositories([1]);
        }
        if asked.says("x=1&page=2") {
            said(200, json!([issue(13, "2026-01-01T00:00:05Z")]))
        } else if asked.says("since=2026-01-01T00:00:04Z") {
            said(200, json!([issue(12, "2026-01-01T00:00:05Z")])).and_next("/api/v3/repositories/1/issues?x=1&page=2")
        } else {
            let issues = json!([issue(11, "2026-01-01T00:00:00Z"), issue(12, "2026-01-01T00:00:05Z")]);
            said(200, issues).and_next("/api/v3/repositories/1/issues?page=7")
        }
    };
    let server = VendorServer::of("github", answer).await;
    let (found, _) = pass(&server, "issues", None).await;
    assert_eq!(found, ["11", "12", "12", "13"]);
    let asked = server.asked();
    assert_eq!(asked[2], list(1, "issues?state=all&sort=updated&direction=asc&per_page=50&since=2026-01-01T00:00:04Z"));
    assert_eq!(asked[3], "GET /api/v3/repositories/1/issues?x=1&page=2");
    assert_eq!(asked.len(), 4);
}

/// Changed pull requests come first, and what is older than the last pass ends the way; all of them are listed as they were made.
#[tokio::test]
async fn pull_requests_are_read_back_to_the_last_pass() {
    let answer = |asked: &Asked| -> Said {
        if asked.says("/user/repos") {
            return repositories([1]);
        }
        let (list, second) = ("/api/v3/repositories/1/pulls", asked.says("page=2"));
        match (asked.says("sort=created"), second) {
            (true, false) => {
                let next = format!("{list}?sort=created&page=2");
                said(200, json!([issue(21, "2026-01-01T00:00:00Z")])).and_next(&next)
            }
            (true, true) => said(200, json!([issue(22, "2026-01-02T03:00:00Z")])),
            (false, false) => said(200, json!([issue(22, "2026-01-02T03:00:00Z")])).and_next(&format!("{list}?page=2")),
            (false, true) => {
                let found = json!([issue(23, "2026-01-02T02:59:05Z"), issue(21, "2026-01-01T00:00:00Z")]);
                said(200, found).and_next(&format!("{list}?page=3"))
            }
        }
    };
    let server = VendorServer::of("github", answer).await;
    let (found, cursor) = pass(&server, "pull_requests", None).await;
    assert_eq!(found, ["21", "22"]);
    let first = list(1, "pulls?state=all&sort=created&direction=asc&per_page=50");
    assert_eq!(server.asked()[1], first);
    let (found, _) = pass(&server, "pull_requests", Some(cursor)).await;
    assert_eq!(found, ["22", "23"]);
    let changed = list(1, "pulls?state=all&sort=updated&direction=desc&per_page=50");
    assert_eq!(
        server.asked(),
        [REPOSITORIES.to_owned(), changed, "GET /api/v3/repositories/1/pulls?page=2".to_owned()]
    );
}

/// A commit is its repository's own. The newest of a branch says so; where nothing was pushed since the last pass, nobody is asked.
#[tokio::test]
async fn commits_are_read_where_something_was_pushed() {
    let commit = |sha: &str| json!({"sha": sha, "commit": {"committer": {"date": "2026-01-01T00:00:00Z"}}});
    let answer = move |asked: &Asked| -> Said {
        if asked.says("/user/repos") {
            let mut pushed = repository(2);
            pushed["pushed_at"] = json!("2026-01-02T02:59:05Z");
            return said(200, json!([repository(1), pushed]));
        }
        match asked.says("page=2") {
            false if asked.says("since") => nothing(),
            false => said(200, json!([commit("b"), commit("a")])).and_next("/api/v3/repositories/1/commits?page=2"),
            true => said(200, json!([commit("0")])),
        }
    };
    let server = VendorServer::of("github", answer).await;
    let first = page(&server, "commits", None).await.unwrap();
    let head = |at: usize| match &first.records[at].state {
        RecordState::There(json) => json["head"].clone(),
        RecordState::Gone => panic!("gone"),
    };
    assert_eq!((head(0), head(1)), (json!("refs/heads/main"), Value::Null));
    let (found, cursor) = pass(&server, "commits", None).await;
    assert_eq!(found, ["1/b", "1/a", "1/0", "2/b", "2/a", "2/0"]);
    server.asked();
    pass(&server, "commits", Some(cursor)).await;
    assert_eq!(server.asked(), [REPOSITORIES.to_owned(), list(2, "commits?per_page=100&since=2025-12-19T02:59:05Z")]);
}

/// One that refuses, among others of which there is nothing to ask, is no missing right.
#[tokio::test]
async fn a_repository_that_refuses_among_quiet_ones_is_left_out() {
    let server = VendorServer::of("github", |asked: &Asked| -> Said {
        match number(asked, "/octo/r") {
            None => repositories([1, 2]),
            Some(1) => nothing(),
            Some(_) => said(403, json!({"message": "Resource protected by organization SAML enforcement."})),
        }
    })
    .await;
    let (_, cursor) = pass(&server, "commits", None).await;
    server.asked();
    pass(&server, "commits", Some(cursor)).await;
    assert_eq!(server.asked(), [REPOSITORIES.to_owned(), list(2, "commits?per_page=100")]);
}

/// An installation's token reaches what it was installed on; the list is wrapped.
#[tokio::test]
async fn an_installation_lists_its_own_repositories() {
    let server = VendorServer::of_token("github", "ghs_token", |asked: &Asked| {
        if asked.says("/installation/") {
            (200, json!({"total_count": 1, "repositories": [repository(1)]}))
        } else {
            (200, json!([]))
        }
    })
    .await;
    let (found, _) = pass(&server, "repositories", None).await;
    assert_eq!(found, ["1"]);
    pass(&server, "issues", None).await;
    let listed = |size: u64| format!("GET {API}/installation/repositories?per_page={size}");
    assert_eq!(server.asked()[..2], [listed(100), listed(30)]);
}

/// A repository that is empty, blocked, moved or closed to this token is left out; the others are read. It is read whole once it
/// lets itself be read.
#[tokio::test]
async fn a_repository_that_cannot_be_read_is_left_out() {
    for status in [301, 403, 404, 409, 410, 451] {
        let is_open = Arc::new(AtomicUsize::new(0));
        let opened = Arc::clone(&is_open);
        let server = VendorServer::of("github", move |asked: &Asked| -> Said {
            if asked.says("/user/repos") {
                repositories([1, 2, 3])
            } else if asked.says("/r2/") && opened.load(SeqCst) == 0 {
                said(status, json!({"message": "No"}))
            } else {
                said(200, json!([issue(number(asked, "/octo/r").unwrap(), "2026-01-01T00:00:00Z")]))
            }
        })
        .await;
        let (found, cursor) = pass(&server, "issues", None).await;
        assert_eq!(found, ["1", "3"], "{status}");
        is_open.store(1, SeqCst);
        server.asked();
        pass(&server, "issues", Some(cursor)).await;
        let asked = server.asked();
        assert!(asked[1].contains("since") && !asked[2].contains("since") && asked[3].contains("since"), "{asked:?}");
    }
}

/// Where every repository refuses, the token lacks a right, and that is an error. An account without any is none.
#[tokio::test]
async fn a_token_without_the_right_is_refused() {
    let server = VendorServer::of("github", |asked: &Asked| -> Said {
        let message = "Resource not accessible by integration";
        if asked.says("/user/repos") { repositories([1, 2]) } else { said(403, json!({ "message": message })) }
    })
    .await;
    let refused = page(&server, "issues", None).await;
    assert!(matches!(refused, Err(StreamError::Call(CallError::Refused))), "{refused:?}");
    let server = VendorServer::of("github", |_: &Asked| nothing()).await;
    assert_eq!(pass(&server, "issues", None).await.0, Vec::<String>::new());
}

/// A limit is a pause, wherever on the way it is met, and no repository is left out for it.
#[tokio::test]
async fn a_limit_is_a_pause() {
    for (status, message) in [(403, "You have exceeded a secondary rate limit."), (429, "x"), (502, "x")] {
        let server = VendorServer::of("github", move |asked: &Asked| -> Said {
            if asked.says("/user/repos") { repositories([1]) } else { said(status, json!({ "message": message })) }
        })
        .await;
        let refused = page(&server, "issues", None).await.unwrap_err();
        match status {
            502 => assert!(matches!(refused, StreamError::Call(CallError::Unavailable))),
            _ => assert!(matches!(refused, StreamError::Call(CallError::RateLimited { .. })), "{status} {refused:?}"),
        }
    }
}

/// A page elsewhere is not followed, and a cursor that leads elsewhere is none.
#[tokio::test]
async fn no_page_leads_elsewhere() {
    let server = VendorServer::of("github", |asked: &Asked| -> Said {
        let elsewhere = "https://elsewhere.example/api/v3/user/repos?page=2";
        if asked.says("/user/repos") { repositories([1]).and_next(elsewhere) } else { nothing() }
    })
    .await;
    for stream in ["repositories", "issues"] {
        let torn = page(&server, stream, None).await;
        assert!(matches!(torn, Err(StreamError::Call(CallError::Unreadable))), "{torn:?}");
    }
    let pass = json!({"next": "https://elsewhere.example/", "seen": [], "is_second": false, "is_long": true});
    let elsewhere = json!({ "known": [], "pass": pass });
    for cursor in [elsewhere, json!(7)] {
        let expired = page(&server, "repositories", Some(&cursor)).await;
        assert!(matches!(expired, Err(StreamError::CursorExpired)), "{expired:?}");
    }
}

/// A server with as many repositories as are in the list at the time, each with an issue of its number.
async fn moving(there: &Arc<Mutex<Vec<u64>>>) -> VendorServer {
    let there = Arc::clone(there);
    VendorServer::of("github", move |asked: &Asked| -> Said {
        if let Some(id) = number(asked, "/octo/r") {
            return said(200, json!([issue(id, "2026-01-01T00:00:00Z")]));
        }
        let (size, at) = (number(asked, "per_page=").unwrap(), number(asked, "&page=").unwrap_or(1));
        let all = there.lock().unwrap();
        let mut pages = all.chunks(usize::try_from(size).unwrap()).skip(usize::try_from(at - 1).unwrap());
        let shown = repositories(pages.next().unwrap_or_default().iter().copied());
        match pages.next() {
            Some(_) => shown.and_next(&format!("/api/v3/user/repos?sort=created&per_page={size}&page={}", at + 1)),
            None => shown,
        }
    })
    .await
}

/// Repositories that go while the others are read move those behind them, and nobody is left out for it.
#[tokio::test]
async fn nobody_slips_through_between_two_pages() {
    // What goes, once this one has been read: before it, it itself, and so many that it moves to the page before.
    for (read, gone) in [(10, 3..=3), (30, 30..=30), (31, 1..=10), (60, 40..=60)] {
        let there = Arc::new(Mutex::new((1..=75).collect::<Vec<u64>>()));
        let server = moving(&there).await;
        let (mut found, mut cursor) = (Vec::new(), None);
        loop {
            let page = page(&server, "issues", cursor.as_ref()).await.unwrap();
            found.extend(ids(&page));
            if found.last().is_some_and(|last| *last == format!("{read}")) {
                there.lock().unwrap().retain(|id| !gone.contains(id));
            }
            if !page.more {
                break;
            }
            cursor = Some(page.cursor);
        }
        let missed: Vec<u64> =
            there.lock().unwrap().iter().copied().filter(|id| !found.contains(&id.to_string())).collect();
        assert_eq!(missed, Vec::<u64>::new(), "{gone:?} went after {read}");
    }
}

/// Who is missing in a list of several pages is looked for once more before it counts as gone.
#[tokio::test]
async fn a_repository_is_gone_when_it_is_missing_twice() {
    let there = Arc::new(Mutex::new((1..=150).collect::<Vec<u64>>()));
    let server = moving(&there).await;
    let (found, cursor) = pass(&server, "repositories", None).await;
    assert_eq!(found.len(), 300, "a list of several pages is gone through twice");
    there.lock().unwrap().retain(|id| *id != 7);
    let first = page(&server, "repositories", Some(&cursor)).await.unwrap();
    // Now the 101st has moved to the first page, which has been read.
    there.lock().unwrap().retain(|id| *id != 9);
    let (found, cursor) = pass(&server, "repositories", Some(first.cursor)).await;
    let gone: Vec<&String> = found.iter().filter(|id| id.ends_with("gone")).collect();
    assert_eq!(gone, ["7 gone"], "the ninth was seen");
    server.asked();
    let (found, cursor) = pass(&server, "repositories", Some(cursor)).await;
    assert!(found.contains(&"9 gone".to_owned()));
    server.asked();
    pass(&server, "repositories", Some(cursor)).await;
    assert_eq!(server.asked().len(), 2, "nobody is missing");
}

/// Only what is named as a stream is one.
#[tokio::test]
async fn a_stream_that_is_none_is_not_found() {
    let server = VendorServer::of("github", |_: &Asked| nothing()).await;
    assert!(matches!(page(&server, "gists", None).await, Err(StreamError::Call(CallError::NotFound))));
}

/// Every fixture of the streams, whole.
#[test]
#[expect(clippy::too_many_lines, reason = "nearly all of them are the snapshot")]
fn the_fixtures_of_githubs_streams_are_told_as_before() {
    insta::assert_snapshot!(told("github"), @r#"
    commits.author_found: nothing
    commits.made_long_ago: nothing
    commits.pushed:
      push [] at 2026-01-02T03:00:00Z
        commit bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb | refs/heads/main | Prune the roses | -
        by nobody
        in repository 77 | octo/garden | https://github.com/octo/garden
    commits.pushed_below_another: nothing
    commits.pushed_over: nothing
    commits.pushed_without_a_word:
      push [] at 2026-01-02T03:00:00Z
        commit bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb | refs/heads/main | refs/heads/main | -
        by nobody
        in repository 77 | octo/garden | https://github.com/octo/garden
    issues.another_colour_of_a_label: nothing
    issues.assigned:
      issue_assigned ["assignees"] at 2026-01-02T03:04:06Z
        issue I_7 | 7 | The roses ünfold 🌹 | https://github.com/octo/garden/issues/7
        by nobody
        in repository 77 | octo/garden | https://github.com/octo/garden
    issues.closed_and_labelled:
      issue_closed ["assignees", "labels", "milestone", "state"] at 2026-01-02T03:04:05Z
        issue I_7 | 7 | The roses ünfold 🌹 | https://github.com/octo/garden/issues/7
        by nobody
        in repository 77 | octo/garden | https://github.com/octo/garden
    issues.come_with_its_repository: nothing
    issues.created:
      issue_created [] at 2026-01-02T03:00:00Z
        issue I_7 | 7 | The roses ünfold 🌹 | https://github.com/octo/garden/issues/7
        by user 9 | ann
        in repository 77 | octo/garden | https://github.com/octo/garden
    issues.created_by_a_bot:
      issue_created [] at 2026-01-02T03:00:00Z
        issue I_7 | 7 | The roses ünfold 🌹 | https://github.com/octo/garden/issues/7
        by bot 90 | tidy[bot]
        in repository 77 | octo/garden | https://github.com/octo/garden
    issues.deleted:
      issue_deleted [] at 2026-01-02T03:00:00Z
        issue I_7 | 7 | The roses ünfold 🌹 | https://github.com/octo/garden/issues/7
        by nobody
        in repository 77 | octo/garden | https://github.com/octo/garden
    issues.edited_and_milestoned:
      issue_updated ["body", "locked", "milestone", "title", "type"] at 2026-01-02T03:04:06Z
        issue I_7 | 7 | The roses fold | https://github.com/octo/garden/issues/7
        by nobody
        in repository 77 | octo/garden | https://github.com/octo/garden
    issues.gone_unknown: nothing
    issues.labelled:
      issue_labeled ["labels"] at 2026-01-02T03:04:06Z
        issue I_7 | 7 | The roses ünfold 🌹 | https://github.com/octo/garden/issues/7
        by nobody
        in repository 77 | octo/garden | https://github.com/octo/garden
    issues.only_commented_on: nothing
    issues.reopened:
      issue_reopened ["state"] at 2026-01-02T03:05:00Z
        issue I_7 | 7 | The roses ünfold 🌹 | https://github.com/octo/garden/issues/7
        by nobody
        in repository 77 | octo/garden | https://github.com/octo/garden
    issues.unassigned:
      issue_updated ["assignees"] at 2026-01-02T03:04:06Z
        issue I_7 | 7 | The roses ünfold 🌹 | https://github.com/octo/garden/issues/7
        by nobody
        in repository 77 | octo/garden | https://github.com/octo/garden
    issues.unlabelled:
      issue_updated ["labels"] at 2026-01-02T03:04:06Z
        issue I_7 | 7 | The roses ünfold 🌹 | https://github.com/octo/garden/issues/7
        by nobody
        in repository 77 | octo/garden | https://github.com/octo/garden
    pull_requests.base_moved: nothing
    pull_requests.closed:
      pull_request_closed ["state"] at 2026-01-02T03:04:05Z
        pull_request PR_8 | 8 | Water the roses | https://github.com/octo/garden/pull/8
        by nobody
        in repository 77 | octo/garden | https://github.com/octo/garden
    pull_requests.come_with_its_repository: nothing
    pull_requests.gone: nothing
    pull_requests.merged:
      pull_request_merged ["requested_reviewers", "state"] at 2026-01-02T03:04:05Z
        pull_request PR_8 | 8 | Water the roses | https://github.com/octo/garden/pull/8
        by nobody
        in repository 77 | octo/garden | https://github.com/octo/garden
    pull_requests.opened:
      pull_request_opened [] at 2026-01-02T03:00:00Z
        pull_request PR_8 | 8 | Water the roses | https://github.com/octo/garden/pull/8
        by user 9 | ann
        in repository 77 | octo/garden | https://github.com/octo/garden
    pull_requests.pushed_to:
      pull_request_updated ["head"] at 2026-01-02T03:04:06Z
        pull_request PR_8 | 8 | Water the roses | https://github.com/octo/garden/pull/8
        by nobody
        in repository 77 | octo/garden | https://github.com/octo/garden
    pull_requests.reopened:
      pull_request_reopened ["state"] at 2026-01-02T03:05:00Z
        pull_request PR_8 | 8 | Water the roses | https://github.com/octo/garden/pull/8
        by nobody
        in repository 77 | octo/garden | https://github.com/octo/garden
    pull_requests.set_up:
      pull_request_updated ["assignees", "auto_merge", "base", "body", "draft", "labels", "locked", "milestone", "requested_reviewers", "title"] at 2026-01-02T03:04:06Z
        pull_request PR_8 | 8 | Water all roses | https://github.com/octo/garden/pull/8
        by nobody
        in repository 77 | octo/garden | https://github.com/octo/garden
    repositories.appeared: nothing
    repositories.archived:
      repository_updated ["archived"] at 2026-05-01T00:00:00Z
        repository 77 | - | octo/garden | https://github.com/octo/garden
        by nobody
        in repository 77 | octo/garden | https://github.com/octo/garden
    repositories.described:
      repository_updated ["description", "homepage", "topics", "visibility"] at 2026-05-01T00:00:00Z
        repository 77 | - | octo/garden | https://github.com/octo/garden
        by nobody
        in repository 77 | octo/garden | https://github.com/octo/garden
    repositories.gone:
      repository_deleted [] at 2026-04-01T00:00:00Z
        repository 77 | - | octo/garden | https://github.com/octo/garden
        by nobody
        in repository 77 | octo/garden | https://github.com/octo/garden
    repositories.gone_unknown: nothing
    repositories.renamed:
      repository_updated ["name"] at 2026-05-01T00:00:00Z
        repository 77 | - | octo/orchard | https://github.com/octo/orchard
        by nobody
        in repository 77 | octo/orchard | https://github.com/octo/orchard
    repositories.role_changed: nothing
    repositories.starred_and_pushed_to: nothing
    repositories.transferred:
      repository_updated ["owner"] at 2026-05-01T00:00:00Z
        repository 77 | - | ann/garden | https://github.com/ann/garden
        by nobody
        in repository 77 | ann/garden | https://github.com/ann/garden
    "#);
}
