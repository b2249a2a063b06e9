//! Answers in threads, which are asked for behind the page of history that their first message is on.

use crate::{
    slack_streams::{ALL, MINE, WHO, entry, listed, message, no, page, page_later, pass, who},
    vendor_server::{Asked, VendorServer},
    wire::ids,
};
use chrono::TimeDelta;
use serde_json::{Value, json};
use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering::SeqCst},
};

const REPLIES: &str = "GET /api/conversations.replies?";

/// A first message with answers.
fn answered(ts: &str, count: u64, latest: &str) -> Value {
    let mut first = message(ts);
    (first["thread_ts"], first["reply_count"], first["latest_reply"]) = (ts.into(), count.into(), latest.into());
    first
}

fn answer(ts: &str, first: &str) -> Value {
    let mut answer = message(ts);
    (answer["thread_ts"], answer["parent_user_id"]) = (first.into(), "U1".into());
    answer
}

fn id(ts: &str) -> String {
    format!("T1:C1:{ts}")
}

/// One channel with this history, and what is said to who asks for answers.
async fn channel<F>(history: Arc<Mutex<Vec<Value>>>, replies: F) -> VendorServer
where
    F: Fn(&str) -> (u16, Value) + Send + Sync + 'static,
{
    VendorServer::of("slack", move |asked: &Asked| match asked.what.as_str() {
        WHO => who(ALL),
        MINE => listed("channels", &[entry("C1")], ""),
        what => match what.strip_prefix(REPLIES) {
            Some(query) => replies(query),
            None => listed("messages", &history.lock().unwrap(), ""),
        },
    })
    .await
}

fn shared(messages: Vec<Value>) -> Arc<Mutex<Vec<Value>>> {
    Arc::new(Mutex::new(messages))
}

/// What was asked for answers.
fn replies(server: &VendorServer) -> Vec<String> {
    server.asked().iter().filter_map(|what| what.strip_prefix(REPLIES).map(str::to_owned)).collect()
}

/// All of them, page by page, before the channel's next page; but for the first message, and for what the channel has as well.
#[tokio::test]
async fn answers_are_read_behind_the_page_of_their_message() {
    const FIRST: &str = "1767323030.000100";
    let mut broadcast = answer("1767323033.000100", FIRST);
    broadcast["subtype"] = json!("thread_broadcast");
    let server = VendorServer::of("slack", move |asked| {
        let first = answered(FIRST, 3, "1767323034.000100");
        let what = asked.what.replace("&limit=200", "").replace("&oldest=1759547045.000000", "");
        match what.as_str() {
            WHO => who(ALL),
            MINE => listed("channels", &[entry("C1")], ""),
            "GET /api/conversations.history?channel=C1" => {
                listed("messages", &[message("1767323040.000200"), first, broadcast.clone()], "older")
            }
            "GET /api/conversations.history?channel=C1&cursor=older" => {
                listed("messages", &[message("1767323000.000000")], "")
            }
            "GET /api/conversations.replies?channel=C1&ts=1767323030.000100" => {
                let answers = [first, answer("1767323031.000100", FIRST), answer("1767323032.000100", FIRST)];
                listed("messages", &answers, "rest")
            }
            "GET /api/conversations.replies?channel=C1&ts=1767323030.000100&cursor=rest" => {
                listed("messages", &[first, broadcast.clone(), answer("1767323034.000100", FIRST)], "")
            }
            other => panic!("{other}"),
        }
    })
    .await;
    let (pages, _) = pass(&server, "messages", None, TimeDelta::zero()).await;
    let expected = [
        vec![],
        vec![id("1767323040.000200"), id(FIRST), id("1767323033.000100")],
        vec![id("1767323031.000100"), id("1767323032.000100")],
        vec![id("1767323034.000100")],
        vec![id("1767323000.000000")],
    ];
    assert_eq!(pages, expected);
}

/// A thread that was read is asked for once a pass while somebody answers in it: at its message's page if that says so, at the end
/// otherwise. What was said within the hour is looked at again.
#[tokio::test]
async fn a_thread_that_goes_on_is_followed() {
    const FIRST: &str = "1767323030.000100";
    let history = shared(vec![answered(FIRST, 1, "1767323031.000100")]);
    let server = channel(Arc::clone(&history), |query| {
        let (first, late) = (answered(FIRST, 1, "1767323031.000100"), answer("1767323099.000100", FIRST));
        let answers = [first, answer("1767323031.000100", FIRST), late];
        listed("messages", if query.contains("oldest") { &answers } else { &answers[..2] }, "")
    })
    .await;
    let (pages, cursor) = pass(&server, "messages", None, TimeDelta::zero()).await;
    assert_eq!(pages, [vec![], vec![id(FIRST)], vec![id("1767323031.000100")]]);
    assert_eq!(replies(&server), ["channel=C1&ts=1767323030.000100&limit=200"]);

    // Its message says that there is more.
    *history.lock().unwrap() = vec![answered(FIRST, 2, "1767323099.000100"), message("1767323098.000000")];
    let (pages, cursor) = pass(&server, "messages", Some(cursor), TimeDelta::minutes(1)).await;
    assert_eq!(pages.last().unwrap(), &[id("1767323031.000100"), id("1767323099.000100")]);
    let again = "channel=C1&ts=1767323030.000100&limit=200&oldest=1767319445.000000";
    assert_eq!(replies(&server), [again]);

    // It is out of sight, and an hour of silence is not long.
    history.lock().unwrap().clear();
    let (_, cursor) = pass(&server, "messages", Some(cursor), TimeDelta::hours(1)).await;
    assert_eq!(replies(&server), ["channel=C1&ts=1767323030.000100&limit=200&oldest=1767319505.000000"]);
    // A week without a word is: what was read is not asked for again, and not in each pass.
    let (_, cursor) = pass(&server, "messages", Some(cursor), TimeDelta::days(7)).await;
    assert_eq!(replies(&server).len(), 1);
    let (_, cursor) = pass(&server, "messages", Some(cursor), TimeDelta::days(7) + TimeDelta::hours(20)).await;
    assert_eq!(replies(&server), Vec::<String>::new());
    let (_, cursor) = pass(&server, "messages", Some(cursor), TimeDelta::days(8)).await;
    assert_eq!(replies(&server), ["channel=C1&ts=1767323030.000100&limit=200&oldest=1767323099.000100"]);
    assert_eq!(cursor["threads"].as_array().unwrap().len(), 1);
}

/// A thread that is there no more, or is closed, is not asked for again; that its first message was deleted shows in it.
#[tokio::test]
async fn a_thread_that_is_closed_is_forgotten() {
    for word in ["thread_not_found", "not_in_channel", "channel_not_found"] {
        let server =
            channel(shared(vec![answered("1767323030.000100", 1, "1767323031.000100")]), move |_| no(word)).await;
        let (pages, cursor) = pass(&server, "messages", None, TimeDelta::zero()).await;
        assert_eq!((pages.len(), cursor.get("threads")), (3, None), "{word}");
    }
    let history = shared(vec![answered("1767323030.000100", 1, "1767323031.000100")]);
    let server = channel(Arc::clone(&history), |query| {
        let mut first = answered("1767323030.000100", 1, "1767323031.000100");
        if query.contains("oldest") {
            first["subtype"] = json!("tombstone");
        }
        listed("messages", &[first, answer("1767323031.000100", "1767323030.000100")], "")
    })
    .await;
    let (_, cursor) = pass(&server, "messages", None, TimeDelta::zero()).await;
    history.lock().unwrap().clear();
    let (pages, _) = pass(&server, "messages", Some(cursor), TimeDelta::days(2)).await;
    assert_eq!(pages.concat(), [format!("-{}", id("1767323030.000100")), id("1767323031.000100")]);
}

/// A cursor that has died within a thread has it begun again, once a pass; a thread that cannot be read to its end keeps neither
/// the others nor the pass from theirs.
#[tokio::test]
async fn a_dead_cursor_in_a_thread_is_begun_again() {
    for deaths in [1, 9] {
        let died = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&died);
        let history = ["1767323030.000100", "1767323035.000100"].map(|ts| answered(ts, 2, "1767323039.000100"));
        let server = channel(shared(history.to_vec()), move |query| {
            let first = query.split("ts=").nth(1).unwrap().split('&').next().unwrap().to_owned();
            if query.contains("cursor=dead") && count.fetch_add(1, SeqCst) < deaths {
                return no("invalid_cursor");
            }
            let is_last = query.contains("cursor") || first == "1767323035.000100";
            let ts = if query.contains("cursor") { "1767323039.000100" } else { "1767323038.000100" };
            listed("messages", &[message(&first), answer(ts, &first)], if is_last { "" } else { "dead" })
        })
        .await;
        let (pages, cursor) = pass(&server, "messages", None, TimeDelta::zero()).await;
        let found = pages.concat();
        assert_eq!(found.contains(&id("1767323039.000100")), deaths == 1, "{found:?}");
        assert_eq!(replies(&server).len(), 5, "{deaths}");
        let threads = cursor["threads"].as_array().unwrap();
        let unread = threads.iter().filter(|thread| thread["unread"].is_string()).count();
        assert_eq!((threads.len(), unread), (2, usize::from(deaths == 9)));
        pass(&server, "messages", Some(cursor), TimeDelta::minutes(1)).await;
        assert_eq!(replies(&server)[0].contains("oldest"), deaths == 1, "what was read may have gaps");
    }
}

/// Page after page, each with a cursor of its own: who goes on from any of them asks for nothing twice.
#[tokio::test]
async fn a_thread_is_gone_on_with_at_its_page() {
    const FIRST: &str = "1767323030.000100";
    let server = channel(shared(vec![answered(FIRST, 3, "1767323033.000100")]), |query| {
        let at: u64 = query.split_once("cursor=").map_or(1, |(_, page)| page.parse().unwrap());
        let next = if at < 3 { (at + 1).to_string() } else { String::new() };
        listed("messages", &[message(FIRST), answer(&format!("176732303{at}.000100"), FIRST)], &next)
    })
    .await;
    let mut cursor = page(&server, "messages", None).await.unwrap().cursor;
    cursor = page(&server, "messages", Some(&cursor)).await.unwrap().cursor;
    for at in 1..=3 {
        server.asked();
        let first = page(&server, "messages", Some(&cursor)).await.unwrap();
        let again = page_later(&server, "messages", Some(&cursor), TimeDelta::minutes(6)).await.unwrap();
        let expected = vec![id(&format!("176732303{at}.000100"))];
        assert_eq!((ids(&first), ids(&again), first.more), (expected.clone(), expected, at < 3));
        assert_eq!(server.asked().len(), 2, "one request a page");
        cursor = again.cursor;
    }
}

/// Who is given fewer answers than were asked for asks for fewer.
#[tokio::test]
async fn an_app_that_gets_few_answers_asks_for_few() {
    let server = channel(shared(vec![answered("1767323030.000100", 1, "1767323031.000100")]), |query| {
        if query.contains("limit=200") { no("invalid_limit") } else { listed("messages", &[], "") }
    })
    .await;
    let (_, cursor) = pass(&server, "messages", None, TimeDelta::zero()).await;
    let limits = ["limit=200", "limit=15"].map(|limit| format!("channel=C1&ts=1767323030.000100&{limit}"));
    assert_eq!((replies(&server), &cursor["limit"]), (limits.to_vec(), &json!(15)));
}

/// A pass has so many threads, and fewer where Slack gives little; those that are left over are the first of the next one.
#[tokio::test]
async fn a_pass_asks_for_so_many_threads() {
    let many = |count: u64| -> Vec<Value> {
        (0..count).map(|at| answered(&format!("17673{at:05}.000100"), 1, "1767323031.000100")).collect()
    };
    let say = |query: &str| {
        let first = query.split("ts=").nth(1).unwrap().split('&').next().unwrap().to_owned();
        listed("messages", &[message(&first), answer("1767323031.000100", &first)], "")
    };
    let history = shared(vec![]);
    let server = channel(Arc::clone(&history), say).await;
    let (_, cursor) = all(&server, None, TimeDelta::zero()).await;
    *history.lock().unwrap() = many(200);
    let (_, cursor) = all(&server, Some(cursor), TimeDelta::minutes(15)).await;
    let first = replies(&server);
    assert_eq!(first.len(), 150);
    history.lock().unwrap().clear();
    let (_, _) = all(&server, Some(cursor), TimeDelta::minutes(30)).await;
    let second = replies(&server);
    let is_new = |query: &&String| !query.contains("oldest");
    assert_eq!((second.len(), second.iter().take(50).filter(is_new).count()), (150, 50));
    assert!(second.iter().take(50).all(|query| !first.contains(query)));

    // Fifteen messages although more were asked for, and more behind them.
    let server = VendorServer::of("slack", move |asked| match asked.what.as_str() {
        WHO => who(ALL),
        MINE => listed("channels", &[entry("C1")], ""),
        what => match what.strip_prefix(REPLIES) {
            Some(query) => say(query),
            None if what.contains("cursor") => listed("messages", &many(30)[15..], ""),
            None => listed("messages", &many(15), "older"),
        },
    })
    .await;
    all(&server, None, TimeDelta::zero()).await;
    assert_eq!(replies(&server).len(), 15);
}

/// All pages of a pass with many.
async fn all(server: &VendorServer, mut cursor: Option<Value>, later: TimeDelta) -> (usize, Value) {
    let mut found = 0;
    for _ in 0..400 {
        let page = page_later(server, "messages", cursor.as_ref(), later).await.unwrap();
        found += page.records.len();
        if !page.more {
            return (found, page.cursor);
        }
        cursor = Some(page.cursor);
    }
    panic!("there is no end");
}
