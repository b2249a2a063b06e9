//! Hooks are kept alive, and found again when they are lost.

use super::{
    LINEAR_BY_ITSELF, WITH_MAIL, at_vendor, channels, end, fixture, hooked, sends, shown, states, status, tend, told,
};
use crate::support::Server;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

fn end_of(hook: &Value) -> DateTime<Utc> {
    hook["expires_at"].as_str().unwrap().parse().unwrap()
}

/// A process that was killed after the vendor had answered has noted nothing.
async fn forget_the_answer(server: &Server) {
    for sql in [
        "update hooks set state = 'pending', external_id = null, resource = null, expires_at = null, renew_at = null,
           catch_up_at = null, due_at = created_at",
        "update hook_upkeep set due_at = 'epoch'",
    ] {
        sqlx::query(sql).execute(&server.database.pool).await.unwrap();
    }
}

/// The vendor is found to have the hook already: the same one, which still works.
#[tokio::test]
async fn a_lost_answer_makes_no_second_hook() {
    let server = Server::with(LINEAR_BY_ITSELF).await;
    let tenant = server.tenant().await;
    for (provider, vendor) in [("github", "github"), ("linear", "linear"), ("jira", "atlassian")] {
        let connection = hooked(&server, tenant, provider, "ann").await;
        let before = at_vendor(&server, vendor).await;
        forget_the_answer(&server).await;
        tend(&server).await;
        let after = at_vendor(&server, vendor).await;
        assert_eq!((after.len(), &after[0]["id"]), (1, &before[0]["id"]), "{provider}");
        assert_eq!(shown(&server, tenant, &connection).await[0]["state"], "active");
    }
    let issue = fixture("github", "issues.opened_at_a_repository_hook");
    assert_eq!(sends(&server, "github", "issues", issue).await["status"], 200);
    let zoho = hooked(&server, tenant, "zoho", "ann").await;
    forget_the_answer(&server).await;
    tend(&server).await;
    assert_eq!(channels(&server, "zoho").await.len(), 4);
    assert!(states(&server, tenant, &zoho).await.iter().all(|(_, state)| state == "active"));
}

/// A hook that the vendor has lost is missed within a day, and registered anew with another address.
#[tokio::test]
async fn a_lost_hook_is_registered_anew() {
    let server = Server::with(LINEAR_BY_ITSELF).await;
    let tenant = server.tenant().await;
    for (provider, vendor) in [("github", "github"), ("linear", "linear"), ("jira", "atlassian")] {
        let connection = hooked(&server, tenant, provider, "ann").await;
        let before = at_vendor(&server, vendor).await;
        server.sandbox.delete_control(&format!("{vendor}/hooks/{}", before[0]["id"].as_str().unwrap())).await;
        tend(&server).await;
        assert_eq!(at_vendor(&server, vendor).await, [Value::Null; 0]);
        server.advance(TimeDelta::hours(25)).await;
        tend(&server).await;
        let after = at_vendor(&server, vendor).await;
        assert_eq!(after.len(), 1, "{provider}");
        assert_ne!((&after[0]["id"], &after[0]["url"]), (&before[0]["id"], &before[0]["url"]));
        let hooks = states(&server, tenant, &connection).await;
        assert_eq!((hooks.len(), hooks[0].1.as_str()), (1, "active"), "{hooks:?}");
        assert_eq!(status(&server, tenant, &connection).await, "active");
        end(&server, tenant, &connection).await;
    }
}

/// Jira's hooks live for thirty days and are lengthened at the half; one that nobody lengthened is registered anew.
#[tokio::test]
async fn a_long_life_is_renewed_at_its_half() {
    let server = Server::start().await;
    let tenant = server.tenant().await;
    let connection = hooked(&server, tenant, "jira", "ann").await;
    let first = shown(&server, tenant, &connection).await.remove(0);
    let id = at_vendor(&server, "atlassian").await[0]["id"].clone();
    server.advance(TimeDelta::days(13)).await;
    tend(&server).await;
    assert_eq!(end_of(&shown(&server, tenant, &connection).await[0]), end_of(&first));
    server.advance(TimeDelta::days(3)).await;
    tend(&server).await;
    let second = shown(&server, tenant, &connection).await.remove(0);
    assert!(end_of(&second) > end_of(&first) + TimeDelta::days(15), "{second}");
    assert_eq!(at_vendor(&server, "atlassian").await[0]["id"], id);
    server.advance(TimeDelta::days(31)).await;
    assert_eq!(at_vendor(&server, "atlassian").await, [Value::Null; 0]);
    tend(&server).await;
    let third = at_vendor(&server, "atlassian").await;
    assert_eq!(third.len(), 1);
    assert_ne!(third[0]["id"], id);
    let hooks = states(&server, tenant, &connection).await;
    assert_eq!((hooks.len(), hooks[0].1.as_str()), (1, "active"), "{hooks:?}");
}

/// A channel cannot be lengthened: another one is opened before its end, both are told for a while, and then the first is
/// closed. A mailbox's watch is lengthened.
#[tokio::test]
async fn a_channel_is_replaced_before_its_end() {
    let server = Server::with(WITH_MAIL).await;
    let tenant = server.tenant().await;
    let connection = hooked(&server, tenant, "google", "ann").await;
    let before = ids(&channels(&server, "google").await);
    let mail = end_of(&shown(&server, tenant, &connection).await[2]);
    server.advance(TimeDelta::days(5)).await;
    tend(&server).await;
    assert_eq!(ids(&channels(&server, "google").await), before);
    server.advance(TimeDelta::hours(20)).await;
    tend(&server).await;
    let both = ids(&channels(&server, "google").await);
    assert!(both.len() == 5 && before.iter().all(|id| both.contains(id)), "{before:?} {both:?}");
    let hooks = states(&server, tenant, &connection).await;
    assert_eq!(hooks.iter().filter(|(_, state)| state == "removing").count(), 2, "{hooks:?}");
    let change = json!({"kind": "calendar", "op": "create", "account": "ann"});
    let receipts = server.sandbox.control("google/data", change).await["receipts"].clone();
    let all_taken = receipts.as_array().unwrap().iter().all(|receipt| receipt["status"] == 200);
    assert!(all_taken && receipts.as_array().unwrap().len() == 2, "{receipts}");
    server.advance(TimeDelta::minutes(2)).await;
    tend(&server).await;
    let after = ids(&channels(&server, "google").await);
    assert_eq!(after.iter().filter(|id| before.contains(id)).count(), 1, "only the mailbox's: {after:?}");
    assert_eq!(after.len(), 3);
    let hooks = shown(&server, tenant, &connection).await;
    assert!(hooks.len() == 3 && hooks.iter().all(|hook| hook["state"] == "active"), "{hooks:?}");
    assert!(end_of(&hooks[2]) > mail + TimeDelta::days(5));
}

/// The same at Zoho, where a week is the most.
#[tokio::test]
async fn a_modules_channel_is_replaced_before_its_end() {
    let server = Server::start().await;
    let tenant = server.tenant().await;
    let connection = hooked(&server, tenant, "zoho", "ann").await;
    let before = ids(&channels(&server, "zoho").await);
    server.advance(TimeDelta::hours(24 * 5 + 20)).await;
    tend(&server).await;
    assert_eq!(channels(&server, "zoho").await.len(), 8);
    server.advance(TimeDelta::minutes(2)).await;
    tend(&server).await;
    let after = ids(&channels(&server, "zoho").await);
    assert!(after.len() == 4 && after.iter().all(|id| !before.contains(id)), "{before:?} {after:?}");
    assert!(states(&server, tenant, &connection).await.iter().all(|(_, state)| state == "active"));
}

fn ids(channels: &[Value]) -> Vec<String> {
    channels.iter().map(|channel| channel["id"].as_str().unwrap().to_owned()).collect()
}

/// The vendor is down or asks for a pause: that is noted, asked again later and later, and mended when it is back.
#[tokio::test]
async fn a_vendor_that_is_down_is_asked_later() {
    let server = Server::start().await;
    let tenant = server.tenant().await;
    let connection = server.connected(tenant, "github", "ann").await;
    let asked = || async { server.sandbox.count("github", "api_calls").await };
    server.sandbox.fault("github", "api", "status_500", 2).await;
    tend(&server).await;
    let (first, trouble) = (asked().await, trouble(&server, tenant, &connection).await);
    assert_eq!(trouble, "the vendor cannot be reached or is failing");
    tend(&server).await;
    assert_eq!(asked().await, first, "nobody asks before the pause is over");
    server.advance(TimeDelta::minutes(2)).await;
    tend(&server).await;
    assert_eq!(at_vendor(&server, "github").await, [Value::Null; 0]);
    server.advance(TimeDelta::minutes(3)).await;
    tend(&server).await;
    assert_eq!(at_vendor(&server, "github").await.len(), 1);
    assert_eq!(self::trouble(&server, tenant, &connection).await, Value::Null);
    let issue = fixture("github", "issues.opened_at_a_repository_hook");
    assert_eq!(sends(&server, "github", "issues", issue).await["status"], 200);
    assert_eq!(told(&server, tenant).await.len(), 1);
}

async fn trouble(server: &Server, tenant: Uuid, connection: &Value) -> Value {
    server.connection(tenant, &connection["id"]).await["hooks_error"].clone()
}
