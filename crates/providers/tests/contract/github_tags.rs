//! GitHub's streams ask for what they know with the tag that it had, and are told for nothing that it is the same.

use crate::{
    fixtures::batch,
    github_streams::{ids, issue, number, page, repository, said, streams},
    vendor_server::{Asked, Said, VendorServer},
};
use chrono::TimeDelta;
use providers::{CallError, PageAsk, StreamError};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};

/// A request: path and query, whether it had a tag, and whether that was the answer's.
type Seen = (String, bool, bool);
/// A repository, and what is in it.
type There = (u64, Vec<Value>);

/// What is at GitHub, and what was asked about it.
#[derive(Clone, Default)]
struct Garden {
    /// Issues, and pull requests as well, by their repository; the repositories are one page.
    there: Arc<Mutex<Vec<There>>>,
    refused: Arc<Mutex<Vec<u64>>>,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Garden {
    fn of(there: impl IntoIterator<Item = There>) -> Self {
        Self { there: Arc::new(Mutex::new(there.into_iter().collect())), ..Self::default() }
    }

    /// Answers with tags of the bodies alone, and with 304 to who has the body.
    async fn serve(&self) -> VendorServer {
        let garden = self.clone();
        VendorServer::of("github", move |asked: &Asked| -> Said {
            let id = number(asked, "/octo/r");
            if id.is_some_and(|id| garden.refused.lock().unwrap().contains(&id)) {
                return said(403, json!({"message": "No"}));
            }
            let (body, next) = garden.list(asked, id);
            let tag = format!("W/\"{}\"", hex::encode(kernel::sha256(body.to_string())));
            let is_same = asked.tag.as_ref() == Some(&tag);
            garden.seen.lock().unwrap().push((asked.what.clone(), asked.tag.is_some(), is_same));
            let answer = if is_same { said(304, Value::Null) } else { said(200, body) };
            match next {
                Some(next) => answer.and_tag(&tag).and_next(&next),
                None => answer.and_tag(&tag),
            }
        })
        .await
    }

    fn list(&self, asked: &Asked, id: Option<u64>) -> (Value, Option<String>) {
        let there = self.there.lock().unwrap();
        let Some(id) = id else {
            let (size, at) = (number(asked, "per_page=").unwrap(), number(asked, "&page=").unwrap_or(1));
            let mut pages = there.chunks(usize::try_from(size).unwrap()).skip(usize::try_from(at - 1).unwrap());
            let shown = pages.next().unwrap_or_default().iter().map(|(id, _)| repository(*id)).collect();
            let next = format!("/api/v3/user/repos?sort=created&direction=asc&per_page={size}&page={}", at + 1);
            return (shown, pages.next().map(|_| next));
        };
        let mut found = there.iter().find(|(known, _)| *known == id).unwrap().1.clone();
        found.sort_by_key(|issue| issue["updated_at"].as_str().unwrap().to_owned());
        if let Some((_, since)) = asked.what.split_once("since=") {
            found.retain(|issue| issue["updated_at"].as_str().unwrap() >= since);
        }
        if asked.says("direction=desc") {
            found.reverse();
        }
        (json!(found), None)
    }

    fn put(&self, id: u64, issue: Value) {
        let mut there = self.there.lock().unwrap();
        let (_, issues) = there.iter_mut().find(|(known, _)| *known == id).unwrap();
        issues.retain(|known| known["id"] != issue["id"]);
        issues.push(issue);
    }

    fn seen(&self) -> Vec<Seen> {
        std::mem::take(&mut self.seen.lock().unwrap())
    }
}

/// A pass so many hours after the first one.
async fn pass(server: &VendorServer, stream: &str, cursor: Option<&Value>, hours: i64) -> (Vec<String>, Value) {
    let (mut found, mut cursor) = (Vec::new(), cursor.cloned());
    for _ in 0..100 {
        let mut call = server.call();
        call.now += TimeDelta::hours(hours);
        let page = streams()
            .page(call, PageAsk { stream, cursor: cursor.as_ref(), ids: &[], batch: batch(streams(), stream) })
            .await
            .unwrap();
        found.extend(ids(&page));
        cursor = Some(page.cursor);
        if !page.more {
            return (found, cursor.unwrap());
        }
    }
    panic!("there is no end");
}

/// A listing asks for everything and sends no tag. The pass behind it has other questions; from then on each is the one before,
/// is answered with 304, and brings nothing.
#[tokio::test]
async fn an_idle_stream_asks_with_the_tags_of_its_answers() {
    for (stream, requests) in [("repositories", 1), ("issues", 3), ("pull_requests", 3)] {
        let garden = Garden::of([(1, vec![issue(11, "2026-01-02T03:00:00Z")]), (2, vec![])]);
        let server = garden.serve().await;
        let (_, first) = pass(&server, stream, None, 0).await;
        assert!(garden.seen().iter().all(|(_, has_tag, _)| !has_tag), "{stream}: a listing sends no tags");
        let (_, mut cursor) = pass(&server, stream, Some(&first), 1).await;
        let mut asked: Vec<String> = garden.seen().into_iter().map(|(what, ..)| what).collect();
        for hours in 2..5 {
            let (found, after) = pass(&server, stream, Some(&cursor), hours).await;
            let seen = garden.seen();
            assert_eq!((found, seen.len()), (vec![], requests), "{stream}: {seen:?}");
            assert!(seen.iter().all(|(_, has_tag, is_same)| *has_tag && *is_same), "{stream}: {seen:?}");
            let now: Vec<String> = seen.into_iter().map(|(what, ..)| what).collect();
            assert_eq!(now, asked, "{stream}: the same questions");
            let mut expected = cursor.clone();
            if stream != "repositories" {
                expected["since"] = after["since"].clone();
            }
            assert_eq!(after, expected, "{stream}: the cursor stays");
            (asked, cursor) = (now, after);
        }
    }
}

/// A tag that is hours old hides nothing: what has changed is found, and the next tag is that of the answer with it.
#[tokio::test]
async fn a_change_behind_an_old_tag_is_found() {
    for stream in ["issues", "pull_requests"] {
        let garden = Garden::of([(1, vec![issue(11, "2026-01-02T03:00:00Z")]), (2, vec![])]);
        let server = garden.serve().await;
        let mut cursor = None;
        for hours in 0..4 {
            cursor = Some(pass(&server, stream, cursor.as_ref(), hours).await.1);
        }
        garden.put(2, issue(21, "2026-01-02T06:30:00Z"));
        let (found, after) = pass(&server, stream, cursor.as_ref(), 4).await;
        assert_eq!(found, ["21"], "{stream}");
        garden.seen();
        let (found, after) = pass(&server, stream, Some(&after), 5).await;
        assert!(found.is_empty() && garden.seen().iter().all(|(.., is_same)| *is_same), "{stream}: {found:?}");
        // Another one, and one that is known already.
        garden.put(2, issue(22, "2026-01-02T08:30:00Z"));
        garden.put(1, issue(11, "2026-01-02T08:30:00Z"));
        let (found, _) = pass(&server, stream, Some(&after), 6).await;
        assert!(found.contains(&"11".to_owned()) && found.contains(&"22".to_owned()), "{stream}: {found:?}");
    }
}

/// Where much has changed since the question's moment, a full page would not show that more has come. The moment moves on.
#[tokio::test]
async fn a_question_with_many_answers_is_asked_anew() {
    let garden = Garden::of([(1, vec![])]);
    let server = garden.serve().await;
    let (_, cursor) = pass(&server, "issues", None, 0).await;
    let (_, cursor) = pass(&server, "issues", Some(&cursor), 1).await;
    let old = garden.seen().pop().unwrap().0;
    for id in 0..50 {
        garden.put(1, issue(100 + id, "2026-01-02T04:30:00Z"));
    }
    let (found, cursor) = pass(&server, "issues", Some(&cursor), 2).await;
    assert_eq!((found.len(), garden.seen().pop().unwrap()), (50, (old.clone(), true, false)));
    // A fifty-first one is behind the page.
    garden.put(1, issue(200, "2026-01-02T05:30:00Z"));
    let (found, cursor) = pass(&server, "issues", Some(&cursor), 3).await;
    let (asked, has_tag, _) = garden.seen().pop().unwrap();
    assert!(found == ["200"] && asked != old && !has_tag, "{found:?} {asked}");
    pass(&server, "issues", Some(&cursor), 4).await;
    assert_eq!(garden.seen().pop().unwrap(), (asked, true, true));
}

/// Commits are asked for where something was pushed, to whichever branch: a push to another one is answered with 304.
#[tokio::test]
async fn commits_that_are_known_are_not_sent_again() {
    let pushed_at = Arc::new(Mutex::new("2026-01-02T03:00:00Z".to_owned()));
    let log: Arc<Mutex<Vec<Option<String>>>> = Arc::default();
    let (pushed, tags) = (Arc::clone(&pushed_at), Arc::clone(&log));
    let server = VendorServer::of("github", move |asked: &Asked| -> Said {
        if asked.says("/user/repos") {
            let mut one = repository(1);
            one["pushed_at"] = json!(*pushed.lock().unwrap());
            return said(200, json!([one])).and_tag(&format!("\"{}\"", pushed.lock().unwrap()));
        }
        tags.lock().unwrap().push(asked.tag.clone());
        if asked.tag.is_some() {
            return said(304, Value::Null);
        }
        let commit = json!({"sha": "a", "commit": {"committer": {"date": "2026-01-01T00:00:00Z"}}});
        said(200, json!([commit])).and_tag("\"one\"")
    })
    .await;
    let (_, mut cursor) = pass(&server, "commits", None, 0).await;
    for (hours, pushed, asked) in [
        (1, "2026-01-02T04:00:00Z", vec![None]),
        (2, "2026-01-02T05:00:00Z", vec![Some("\"one\"".to_owned())]),
        (3, "2026-01-02T05:00:00Z", vec![Some("\"one\"".to_owned())]),
        (4, "2026-01-02T05:00:00Z", vec![]),
    ] {
        log.lock().unwrap().clear();
        pushed.clone_into(&mut pushed_at.lock().unwrap());
        let (found, after) = pass(&server, "commits", Some(&cursor), hours).await;
        assert_eq!((found.len(), log.lock().unwrap().clone()), (usize::from(hours == 1), asked), "{hours}");
        cursor = after;
    }
}

/// What was read of a repository that has refused since is no answer: it is read whole once it lets itself be read.
#[tokio::test]
async fn a_repository_that_has_refused_is_read_whole() {
    let garden = Garden::of([(1, vec![issue(11, "2026-01-01T00:00:00Z")]), (2, vec![])]);
    let server = garden.serve().await;
    let mut cursor = None;
    for hours in 0..3 {
        cursor = Some(pass(&server, "issues", cursor.as_ref(), hours).await.1);
    }
    garden.refused.lock().unwrap().push(1);
    let (_, after) = pass(&server, "issues", cursor.as_ref(), 3).await;
    garden.refused.lock().unwrap().clear();
    garden.seen();
    let (found, _) = pass(&server, "issues", Some(&after), 4).await;
    let asked = garden.seen().remove(1);
    assert!(found == ["11"] && !asked.1 && !asked.0.contains("since"), "{found:?} {asked:?}");
}

/// Who goes on in the middle of a list has its pages still, also those of which nothing was sent.
#[tokio::test]
async fn a_list_of_several_pages_is_gone_through_by_its_tags() {
    let garden = Garden::of((1..=75).map(|id| (id, vec![])));
    let server = garden.serve().await;
    let (_, cursor) = pass(&server, "issues", None, 0).await;
    let (_, cursor) = pass(&server, "issues", Some(&cursor), 1).await;
    garden.seen();
    let (found, cursor) = pass(&server, "issues", Some(&cursor), 2).await;
    let seen = garden.seen();
    let issues = seen.iter().filter(|(what, ..)| what.contains("/issues")).count();
    assert!(found.is_empty() && issues == 75 && seen.iter().all(|(.., is_same)| *is_same), "{seen:?}");
    // The page that has changed is sent, and nobody on it or behind it is left out.
    garden.there.lock().unwrap().retain(|(id, _)| *id != 40);
    garden.there.lock().unwrap().push((76, vec![issue(761, "2026-01-01T00:00:00Z")]));
    let (found, _) = pass(&server, "issues", Some(&cursor), 3).await;
    let asked = garden.seen().iter().filter(|(what, ..)| what.contains("/issues")).count();
    assert_eq!((found, asked), (vec!["761".to_owned()], 75));

    let (_, cursor) = pass(&server, "repositories", None, 0).await;
    garden.there.lock().unwrap().retain(|(id, _)| *id != 7);
    let (found, cursor) = pass(&server, "repositories", Some(&cursor), 1).await;
    assert!(found.contains(&"7 gone".to_owned()), "{found:?}");
    assert_eq!(pass(&server, "repositories", Some(&cursor), 2).await.0, Vec::<String>::new());
}

/// 304 answers a question with a tag. To any other it is no answer, and not an empty list.
#[tokio::test]
async fn nothing_is_unchanged_that_is_not_known() {
    let server = VendorServer::of("github", |_: &Asked| said(304, Value::Null)).await;
    for stream in ["repositories", "issues"] {
        let torn = page(&server, stream, None).await;
        assert!(matches!(torn, Err(StreamError::Call(CallError::Refused))), "{torn:?}");
    }
}
