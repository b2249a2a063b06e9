//! A workspace's channels, messages and people, which are pushed and polled.

use super::records;
use crate::support::Server;
use chrono::TimeDelta;
use serde_json::{Value, json};
use uuid::Uuid;

/// A tenant with Ann's workspace.
struct Workspace {
    server: Server,
    tenant: Uuid,
    connection: Value,
}

async fn change(server: &Server, order: Value) -> Vec<String> {
    server.sandbox.change("slack", "ann", order).await
}

async fn said(server: &Server, channel: &str, text: &str) -> String {
    let item = json!({"channel": channel, "text": text});
    change(server, json!({"kind": "message", "op": "create", "item": item})).await.remove(0)
}

impl Workspace {
    async fn connected(server: Server) -> Self {
        let tenant = server.tenant().await;
        let connection = server.connected(tenant, "slack", "ann").await;
        Self { server, tenant, connection }
    }

    async fn sync_now(&self) {
        self.server.sync_now(self.tenant, &self.connection).await;
    }

    /// The vendor's id, as signals and records have it.
    fn id(&self, id: &str) -> String {
        format!("{}:{id}", self.connection["org_id"].as_str().unwrap())
    }

    fn signal(&self, kind: &str, id: &str) -> (String, String) {
        (kind.to_owned(), self.id(id))
    }

    /// Sorted.
    async fn told(&self) -> Vec<(String, String)> {
        let mut told = self.server.told(self.tenant).await;
        told.sort();
        told
    }

    /// The ids of messages that are there.
    async fn messages(&self) -> Vec<String> {
        sqlx::query_scalar(
            "select external_id from records where stream = 'messages' and deleted_at is null order by external_id",
        )
        .fetch_all(&self.server.database.pool)
        .await
        .unwrap()
    }

    /// An event in the workspace, of this moment.
    async fn event(&self, event: Value) {
        let (mut event, now) = (event, self.server.clock.now());
        event["event_ts"] = format!("{}.{:06}", now.timestamp(), now.timestamp_subsec_micros()).into();
        let sent = self.server.sandbox.control("slack/webhook", json!({"account": "ann", "payload": event})).await;
        assert_eq!(sent["status"], 200, "{sent}");
        self.server.read_deliveries().await;
    }
}

/// What was there before the connection is no news. After that each change is told once, and what has not changed is not written.
#[tokio::test]
async fn what_changes_in_a_workspace_is_told() {
    let server = Server::start().await;
    let channels = change(&server, json!({"kind": "channel", "op": "create", "count": 2})).await;
    let people = change(&server, json!({"kind": "user", "op": "create", "count": 3})).await;
    let first = said(&server, &channels[0], "Roses").await;
    let second = said(&server, &channels[1], "Herbs").await;
    let ann = Workspace::connected(server).await;
    let server = &ann.server;
    server.sync().await;
    let before = records(server).await;
    assert_eq!((before.len(), ann.told().await), (7, vec![]));
    ann.sync_now().await;
    assert_eq!((records(server).await, ann.told().await), (before.clone(), vec![]));

    server.advance(TimeDelta::minutes(1)).await;
    let new = said(server, &channels[1], "Basil").await;
    change(server, json!({"kind": "message", "op": "update", "id": first, "item": {"text": "White roses"}})).await;
    let reaction = json!([{"name": "rose", "count": 1, "users": [people[0]]}]);
    change(server, json!({"kind": "message", "op": "update", "id": second, "item": {"reactions": reaction}})).await;
    change(server, json!({"kind": "channel", "op": "update", "id": channels[0], "item": {"name": "roses"}})).await;
    change(server, json!({"kind": "channel", "op": "update", "id": channels[1], "item": {"num_members": 9}})).await;
    change(server, json!({"kind": "user", "op": "delete", "id": people[0]})).await;
    let away = json!({"profile": {"status_text": "In a meeting"}});
    change(server, json!({"kind": "user", "op": "update", "id": people[1], "item": away})).await;
    ann.sync_now().await;
    let mut expected = [
        ann.signal("message_posted", &new),
        ann.signal("message_updated", &first),
        ann.signal("channel_updated", &channels[0]),
        ann.signal("user_updated", &people[0]),
    ];
    expected.sort();
    assert_eq!(ann.told().await, expected);
    let after = records(server).await;
    let moved: Vec<&String> = after.iter().filter(|one| !before.contains(one)).map(|one| &one.0).collect();
    let mut written = [&new, &first, &second, &channels[0], &people[0]].map(|id| ann.id(id));
    written.sort();
    assert_eq!(moved, written.iter().collect::<Vec<_>>());
    ann.sync_now().await;
    assert_eq!((records(server).await, ann.told().await.len()), (after, 4));
    let page = server.operator(ann.tenant).get("/signals?kind=user_updated").await.with(200);
    assert_eq!(page["signals"][0]["changes"], json!(["deleted"]));
}

/// Archived channels say so, and messages with answers leave a stone; a channel that is deleted is missed the day after, and a
/// private one that is out of sight is nobody's news.
#[tokio::test]
async fn what_is_gone_is_told() {
    let server = Server::start().await;
    let channels = change(&server, json!({"kind": "channel", "op": "create", "count": 3})).await;
    let private = json!({"kind": "channel", "op": "create", "item": {"is_private": true}});
    let private = change(&server, private).await.remove(0);
    let answered = json!({"channel": channels[0], "reply_count": 1});
    let answered = change(&server, json!({"kind": "message", "op": "create", "item": answered})).await.remove(0);
    let alone = said(&server, &channels[0], "Alone").await;
    let ann = Workspace::connected(server).await;
    let server = &ann.server;
    server.sync().await;
    server.advance(TimeDelta::minutes(1)).await;
    for message in [&answered, &alone] {
        change(server, json!({"kind": "message", "op": "delete", "id": message})).await;
    }
    change(server, json!({"kind": "channel", "op": "update", "id": channels[1], "item": {"is_archived": true}})).await;
    for channel in [&channels[2], &private] {
        change(server, json!({"kind": "channel", "op": "delete", "id": channel})).await;
    }
    ann.sync_now().await;
    let archived = ann.signal("channel_archived", &channels[1]);
    let taken_back = ann.signal("message_deleted", &answered);
    assert_eq!(ann.told().await, [archived.clone(), taken_back.clone()]);
    server.advance(TimeDelta::hours(25)).await;
    server.sync().await;
    assert_eq!(ann.told().await, [archived, ann.signal("channel_deleted", &channels[2]), taken_back]);
    let gone: Vec<String> = records(server).await.into_iter().filter(|one| one.1).map(|one| one.0).collect();
    let mut expected = [&channels[2], &private, &answered].map(|id| ann.id(id));
    expected.sort();
    assert_eq!(gone, expected);
    // What was deleted and has left no trace is still known: Slack tells nobody who asks later.
    assert_eq!(ann.messages().await, [ann.id(&alone)]);
}

/// What an event has told is not told again by the poll, whether something was said, edited, taken back, renamed or archived.
#[tokio::test]
async fn what_an_event_told_is_not_told_again() {
    let server = Server::start().await;
    let channels = change(&server, json!({"kind": "channel", "op": "create", "count": 2})).await;
    let ann = Workspace::connected(server).await;
    let server = &ann.server;
    server.sync().await;
    server.advance(TimeDelta::minutes(1)).await;
    let new = said(server, &channels[0], "Roses").await;
    let lost = said(server, &channels[0], "Lost").await;
    let ts = new.split(':').nth(1).unwrap();
    let message = |text: &str| json!({"type": "message", "user": "U1", "text": text, "ts": ts});
    let mut posted = message("Roses");
    posted["channel"] = json!(channels[0]);
    ann.event(posted).await;
    let posted = [ann.signal("message_posted", &new), ann.signal("message_posted", &lost)];
    ann.sync_now().await;
    assert_eq!(server.told(ann.tenant).await, posted);

    server.advance(TimeDelta::minutes(1)).await;
    let edit = json!({"kind": "message", "op": "update", "id": new, "item": {"text": "White roses", "reply_count": 1}});
    change(server, edit).await;
    let edited_ts = format!("{}.000000", server.clock.now().timestamp());
    let mut edited = message("White roses");
    edited["edited"] = json!({"user": "U1", "ts": edited_ts});
    ann.event(json!({"type": "message", "subtype": "message_changed", "channel": channels[0], "ts": edited_ts,
        "message": edited, "previous_message": message("Roses")}))
        .await;
    change(server, json!({"kind": "channel", "op": "update", "id": channels[0], "item": {"name": "roses"}})).await;
    ann.event(json!({"type": "channel_rename", "channel": {"id": channels[0], "name": "roses", "created": 1}})).await;
    change(server, json!({"kind": "channel", "op": "update", "id": channels[1], "item": {"is_archived": true}})).await;
    ann.event(json!({"type": "channel_archive", "channel": channels[1], "user": "U1"})).await;
    let mut expected = posted.to_vec();
    expected.extend([
        ann.signal("message_updated", &new),
        ann.signal("channel_updated", &channels[0]),
        ann.signal("channel_archived", &channels[1]),
    ]);
    assert_eq!(server.told(ann.tenant).await, expected);
    ann.sync_now().await;
    assert_eq!(server.told(ann.tenant).await, expected);

    change(server, json!({"kind": "message", "op": "delete", "id": new})).await;
    ann.event(json!({"type": "message", "subtype": "message_deleted", "channel": channels[0], "deleted_ts": ts,
        "ts": ts, "previous_message": message("White roses")}))
        .await;
    expected.push(ann.signal("message_deleted", &new));
    ann.sync_now().await;
    assert_eq!(server.told(ann.tenant).await, expected);
    assert!(!ann.messages().await.contains(&ann.id(&new)), "it was looked at");
}

/// Through pages of channels and pages in one of them, each message once; but not of a channel that the app is not in, nor of one
/// that is archived.
#[tokio::test]
async fn every_page_of_every_channel_is_fetched() {
    let server = Server::start().await;
    let channels = change(&server, json!({"kind": "channel", "op": "create", "count": 104})).await;
    let mut expected = Vec::new();
    for channel in &channels[..102] {
        expected.push(said(&server, channel, "Hello").await);
    }
    let many = json!({"kind": "message", "op": "create", "count": 450, "item": {"channel": channels[7]}});
    expected.extend(change(&server, many).await);
    for (channel, item) in channels[102..].iter().zip([json!({"is_member": false}), json!({"is_archived": true})]) {
        said(&server, channel, "Not for us").await;
        change(&server, json!({"kind": "channel", "op": "update", "id": channel, "item": item})).await;
    }
    change(&server, json!({"kind": "user", "op": "create", "count": 250})).await;
    let ann = Workspace::connected(server).await;
    ann.server.sync().await;
    let mut expected: Vec<String> = expected.iter().map(|id| ann.id(id)).collect();
    expected.sort();
    assert_eq!((ann.messages().await, ann.told().await), (expected.clone(), vec![]));
    assert_eq!(ann.server.database.count("records").await, i64::try_from(expected.len() + 104 + 250).unwrap());
}

/// An app that is given fifteen messages a minute gets all of them in its time, each once, and tells each new one once.
#[tokio::test]
async fn a_pause_in_the_middle_loses_nothing() {
    let server = Server::start().await;
    server.sandbox.settings("slack", json!({"unlisted": true})).await;
    let channels = change(&server, json!({"kind": "channel", "op": "create", "count": 2})).await;
    let mut all = Vec::new();
    for (channel, count) in channels.iter().zip([40, 3]) {
        let order = json!({"kind": "message", "op": "create", "count": count, "item": {"channel": channel}});
        all.extend(change(&server, order).await);
    }
    let ann = Workspace::connected(server).await;
    let server = &ann.server;
    for read in [15, 30, 40] {
        server.sync().await;
        assert_eq!(ann.messages().await.len(), read);
        let stream = server.stream(ann.tenant, &ann.connection, "messages").await;
        assert_eq!(
            (&stream["phase"], &stream["error"]["code"]),
            (&json!("listing"), &json!("rate_limited")),
            "{stream}"
        );
        // Not before Slack has said.
        server.sync().await;
        assert_eq!(ann.messages().await.len(), read);
        server.advance(TimeDelta::seconds(71)).await;
    }
    server.sync().await;
    let ids = |all: &[String]| {
        let mut ids: Vec<String> = all.iter().map(|id| ann.id(id)).collect();
        ids.sort();
        ids
    };
    assert_eq!((ann.messages().await, ann.told().await), (ids(&all), vec![]));

    let order = json!({"kind": "message", "op": "create", "count": 20, "item": {"channel": channels[0]}});
    let new = change(server, order).await;
    all.extend(new.clone());
    for _ in 0..5 {
        server.advance(TimeDelta::minutes(17)).await;
        server.sync().await;
    }
    assert_eq!(ann.messages().await, ids(&all));
    let expected: Vec<(String, String)> = ids(&new).into_iter().map(|id| ("message_posted".to_owned(), id)).collect();
    assert_eq!(ann.told().await, expected);
}

/// An organization's token says which of its workspaces it asks about; all that is found is the organization's.
#[tokio::test]
async fn an_organization_is_looked_through_workspace_by_workspace() {
    let server = Server::start().await;
    let acme = async |order| server.sandbox.change("slack", "ent-acme", order).await;
    let message = acme(json!({"kind": "message", "op": "create"})).await.remove(0);
    let person = acme(json!({"kind": "user", "op": "create"})).await.remove(0);
    let tenant = server.tenant().await;
    let connection = server.connected(tenant, "slack", "ent-acme").await;
    server.sync().await;
    let place = connection["org_id"].as_str().unwrap();
    let mut expected = [message.split(':').next().unwrap(), &message, &person].map(|id| format!("{place}:{id}"));
    expected.sort();
    let there: Vec<String> = records(&server).await.into_iter().map(|one| one.0).collect();
    assert!(place.starts_with('E'));
    assert_eq!(there, expected);
}

/// Answers are found and told like what is said to the channel, in threads of today and in those that have gone on for days; what
/// an event has told is not told again, and what was sent to the channel as well is one message.
#[tokio::test]
async fn answers_in_threads_are_told() {
    let server = Server::start().await;
    let channels = change(&server, json!({"kind": "channel", "op": "create", "count": 2})).await;
    let ago = |days: i64| server.clock.now() - TimeDelta::days(days);
    let old = json!({"kind": "message", "op": "create", "at": ago(3), "item": {"channel": channels[0]}});
    let old = change(&server, old).await.remove(0);
    let young = said(&server, &channels[1], "Herbs").await;
    let ts = |id: &str| id.split(':').nth(1).unwrap().to_owned();
    let answers = async |to: &str, more: Value| {
        let channel = to.split(':').next().unwrap();
        let mut item = json!({"channel": channel, "thread_ts": ts(to), "text": "Yes"});
        item.as_object_mut().unwrap().extend(more["item"].as_object().cloned().unwrap_or_default());
        let mut order = json!({"kind": "message", "op": "create", "item": item});
        for name in ["at", "count"] {
            if let Some(value) = more.get(name) {
                order[name] = value.clone();
            }
        }
        change(&server, order).await
    };
    let mut there = answers(&old, json!({"at": ago(2), "count": 230})).await;
    there.extend([old.clone(), young.clone()]);
    let ann = Workspace::connected(server).await;
    let server = &ann.server;
    let ids = |all: &[String]| {
        let mut ids: Vec<String> = all.iter().map(|id| ann.id(id)).collect();
        ids.sort();
        ids
    };
    server.sync().await;
    assert_eq!((ann.messages().await, ann.told().await), (ids(&there), vec![]));
    let before = records(server).await;
    ann.sync_now().await;
    assert_eq!((records(server).await, ann.told().await), (before, vec![]));

    // In a thread that shows, where an event has told the one and was lost for the other.
    server.advance(TimeDelta::minutes(1)).await;
    let answers = async |to: &str, item: Value| {
        let mut item = item;
        (item["channel"], item["thread_ts"]) = (to.split(':').next().unwrap().into(), ts(to).into());
        change(server, json!({"kind": "message", "op": "create", "item": item})).await.remove(0)
    };
    let today = said(server, &channels[1], "Basil").await;
    let lost = answers(&today, json!({"text": "Where?"})).await;
    let seen = answers(&today, json!({"text": "There"})).await;
    let event = json!({"type": "message", "user": "U1", "text": "There", "ts": ts(&seen), "thread_ts": ts(&today),
        "channel": channels[1]});
    ann.event(event).await;
    ann.sync_now().await;
    let posted = |id: &String| ann.signal("message_posted", id);
    let mut expected: Vec<(String, String)> = [&today, &lost, &seen].into_iter().map(posted).collect();
    assert_eq!(ann.told().await, expected);

    // And in threads that do not show any more.
    server.advance(TimeDelta::hours(7)).await;
    let late = answers(&old, json!({"text": "By now, no"})).await;
    let both = answers(&today, json!({"text": "Everybody", "subtype": "thread_broadcast"})).await;
    ann.sync_now().await;
    expected.extend([&late, &both].map(posted));
    expected.sort();
    assert_eq!(ann.told().await, expected);
    let before = records(server).await;
    for _ in 0..2 {
        ann.sync_now().await;
    }
    assert_eq!((records(server).await, ann.told().await), (before, expected.clone()));

    // Edited within the hour, and taken away, which nobody says to who asks later.
    server.advance(TimeDelta::minutes(20)).await;
    for edited in [&late, &both] {
        change(server, json!({"kind": "message", "op": "update", "id": edited, "item": {"text": "Perhaps"}})).await;
    }
    change(server, json!({"kind": "message", "op": "delete", "id": lost})).await;
    ann.sync_now().await;
    expected.extend([&late, &both].map(|id| ann.signal("message_updated", id)));
    expected.sort();
    assert_eq!(ann.told().await, expected);
    assert!(ann.messages().await.contains(&ann.id(&lost)));
}

/// An app that is given a request a minute reads some threads in each pass, and their channels all the same.
#[tokio::test]
async fn threads_take_turns_where_little_is_given() {
    let server = Server::start().await;
    server.sandbox.settings("slack", json!({"unlisted": true})).await;
    let channels = change(&server, json!({"kind": "channel", "op": "create"})).await;
    let mut there = Vec::new();
    for _ in 0..18 {
        let first = said(&server, &channels[0], "Roses").await;
        let item = json!({"channel": channels[0], "thread_ts": first.split(':').nth(1).unwrap()});
        there.push(first);
        there.extend(change(&server, json!({"kind": "message", "op": "create", "item": item})).await);
    }
    let ann = Workspace::connected(server).await;
    let server = &ann.server;
    let is_listed = async || {
        let stream = server.stream(ann.tenant, &ann.connection, "messages").await;
        (stream["phase"].clone(), ann.messages().await.len())
    };
    let mut minutes = 0;
    while is_listed().await.0 == "listing" {
        server.sync().await;
        server.advance(TimeDelta::seconds(71)).await;
        minutes += 1;
        assert!(minutes < 25, "{:?}", is_listed().await);
    }
    assert_eq!(is_listed().await, (json!("changes"), 18 + 15));
    for _ in 0..25 {
        server.advance(TimeDelta::seconds(71)).await;
        server.sync().await;
    }
    let mut expected: Vec<String> = there.iter().map(|id| ann.id(id)).collect();
    expected.sort();
    assert_eq!(ann.messages().await, expected);
}
