//! Zoho's notification channels.

use super::{each, nothing_came, watched};
use crate::{
    connect::{ZOHO, text},
    receiver::Receiver,
    support::{Answer, Sandbox},
};
use chrono::{DateTime, TimeDelta, Utc};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

const SCOPE: &str = "ZohoCRM.modules.ALL,ZohoCRM.notifications.ALL";
const WATCH: &str = "/zoho/us/api/crm/v8/actions/watch";

fn channel(receiver: &Receiver, changes: &Value) -> Value {
    let url = format!("{}webhooks/zoho/T", receiver.base);
    let mut channel = json!({
        "channel_id": "1767323045001", "events": ["Leads.all", "Deals.edit"], "token": "our-secret", "notify_url": url,
    });
    channel.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    channel
}

async fn ask(sandbox: &Sandbox, method: Method, token: &str, channels: Value) -> Answer {
    sandbox.send(method, WATCH, token, json!({ "watch": channels })).await
}

fn end(answer: &Value) -> DateTime<Utc> {
    let text = text(&answer["details"]["events"][0], "channel_expiry");
    DateTime::parse_from_rfc3339(&text).unwrap().to_utc()
}

/// Created, changed and deleted records are told with ids and the token, each to the channels that are for it.
#[tokio::test]
async fn a_channel_tells_which_records_changed() {
    let (sandbox, token, mut receiver) = watched(ZOHO, SCOPE).await;
    let wanted = channel(&receiver, &json!({"return_affected_field_values": true}));
    let opened = ask(&sandbox, Method::POST, &token, json!([wanted])).await;
    assert_eq!(opened.status, StatusCode::CREATED, "{}", opened.body);
    assert_eq!(each(&opened.body["watch"][0]["details"]["events"], "resource_name"), ["Leads", "Deals"]);

    let done = sandbox.change("zoho", json!({"kind": "Leads", "op": "create", "count": 2})).await;
    assert_eq!(done["receipts"], json!([{"status": 202, "body": "taken", "watch": "1767323045001"}]));
    let insert = receiver.deliveries.try_recv().unwrap();
    assert_eq!((insert.path.as_str(), &insert.json()["operation"]), ("/webhooks/zoho/T", &json!("insert")));
    assert_eq!(insert.json()["ids"], done["ids"]);

    let id = text(&json!({"id": done["ids"][0]}), "id");
    let order = json!({"kind": "Leads", "op": "update", "id": id, "item": {"Last_Name": "Oak"}});
    sandbox.change("zoho", order).await;
    let update = receiver.deliveries.try_recv().unwrap().json();
    assert!(update["server_time"].is_i64());
    let said = json!({
        "server_time": update["server_time"], "query_params": {}, "module": "Leads", "operation": "update",
        "resource_uri": sandbox.url("/zoho/us/api/crm/v8/Leads"), "ids": [id], "channel_id": "1767323045001",
        "token": "our-secret", "affected_fields": [{ id.as_str(): ["Last_Name"] }],
        "affected_values": [{"record_id": id, "values": {"Last_Name": "Oak"}}],
    });
    assert_eq!(update, said);
    sandbox.change("zoho", json!({"kind": "Leads", "op": "delete", "id": id, "notify": false})).await;
    sandbox.change("zoho", json!({"kind": "Deals", "op": "create"})).await;
    sandbox.change("zoho", json!({"kind": "Contacts", "op": "create"})).await;
    assert!(nothing_came(&mut receiver));
}

/// The end is an hour from now, or as it was asked for; more than a week is not cut to a week but to an hour.
#[tokio::test]
async fn an_end_too_far_off_is_an_hour_away() {
    let (sandbox, token, mut receiver) = watched(ZOHO, SCOPE).await;
    let now = kernel::Clock::system().now();
    for (asked, life) in [
        (None, TimeDelta::hours(1)),
        (Some(TimeDelta::days(6)), TimeDelta::days(6)),
        (Some(TimeDelta::days(8)), TimeDelta::hours(1)),
    ] {
        let changes = asked.map_or(json!({}), |asked| json!({"channel_expiry": (now + asked).to_rfc3339()}));
        let opened = ask(&sandbox, Method::POST, &token, json!([channel(&receiver, &changes)])).await.body;
        assert!((end(&opened["watch"][0]) - now - life).abs() < TimeDelta::seconds(10), "{opened}");
    }
    sandbox.control("clock", json!({"advance_seconds": 3601})).await;
    sandbox.change("zoho", json!({"kind": "Leads", "op": "create"})).await;
    assert!(nothing_came(&mut receiver));
    let listed = sandbox.read("/_control/zoho/watches", "").await.body;
    assert_eq!(
        (each(&listed["watches"], "id"), &listed["watches"][0]["expired"]),
        (vec!["1767323045001".into()], &json!(true))
    );
}

/// Each channel of a request stands for itself: some may fail while others are opened.
#[tokio::test]
async fn channels_are_judged_one_by_one() {
    let (sandbox, token, receiver) = watched(ZOHO, SCOPE).await;
    let wrong = [
        json!({"channel_id": "one"}),
        json!({"events": ["Invoices.all"]}),
        json!({"events": []}),
        json!({"token": "x".repeat(51)}),
        json!({"notify_url": "https://elsewhere.invalid/hook"}),
        json!({"notify_url": null}),
        json!({"channel_expiry": "2020-01-01T00:00:00+00:00"}),
    ];
    for changes in wrong {
        let refused = ask(&sandbox, Method::POST, &token, json!([channel(&receiver, &changes)])).await;
        assert_eq!(
            (refused.status, &refused.body["watch"][0]["status"]),
            (StatusCode::BAD_REQUEST, &json!("error")),
            "{changes}"
        );
    }
    let both = json!([channel(&receiver, &json!({"channel_id": 7})), channel(&receiver, &json!({"events": ["x"]}))]);
    let partly = ask(&sandbox, Method::POST, &token, both).await;
    assert_eq!(
        (partly.status, each(&partly.body["watch"], "code")),
        (StatusCode::ACCEPTED, vec!["SUCCESS".into(), "INVALID_DATA".into()])
    );
    let narrow = super::token(&sandbox, ZOHO, "ZohoCRM.modules.leads.READ,ZohoCRM.notifications.CREATE").await;
    let refused = ask(&sandbox, Method::POST, &narrow, json!([channel(&receiver, &json!({}))])).await;
    assert_eq!(refused.body["watch"][0]["code"], "NO_PERMISSION");
    assert_eq!(sandbox.read(WATCH, &narrow).await.body["code"], "OAUTH_SCOPE_MISMATCH");
}

/// Channels are listed, replaced, made smaller, ended, and forgotten.
#[tokio::test]
async fn channels_are_managed() {
    let (sandbox, token, mut receiver) = watched(ZOHO, SCOPE).await;
    assert_eq!(sandbox.read(WATCH, &token).await.status, StatusCode::NO_CONTENT);
    let unknown = ask(&sandbox, Method::PUT, &token, json!([channel(&receiver, &json!({}))])).await;
    assert_eq!(unknown.body["watch"][0]["code"], "NOT_SUBSCRIBED");
    ask(&sandbox, Method::POST, &token, json!([channel(&receiver, &json!({}))])).await;
    let listed = sandbox.read(&format!("{WATCH}?channel_id=1767323045001&module=Deals"), &token).await.body;
    assert_eq!((&listed["watch"][0]["events"], &listed["info"]["count"]), (&json!(["Deals.edit"]), &json!(1)));

    let less = json!([{"channel_id": "1767323045001", "events": ["Leads.all"], "_delete_events": true}]);
    assert_eq!(ask(&sandbox, Method::PATCH, &token, less).await.status, StatusCode::OK);
    sandbox.change("zoho", json!({"kind": "Leads", "op": "create"})).await;
    assert!(nothing_came(&mut receiver));
    let other = channel(&receiver, &json!({"events": ["Leads.create"], "token": "newer"}));
    assert_eq!(ask(&sandbox, Method::PUT, &token, json!([other])).await.status, StatusCode::OK);
    sandbox.change("zoho", json!({"kind": "Leads", "op": "create"})).await;
    assert_eq!(receiver.deliveries.try_recv().unwrap().json()["token"], "newer");

    let close =
        async |ids: &str| sandbox.send(Method::DELETE, &format!("{WATCH}?channel_ids={ids}"), &token, json!({})).await;
    assert_eq!(each(&close("1767323045001,2").await.body["watch"], "code"), ["SUCCESS", "NOT_SUBSCRIBED"]);
    assert_eq!(close("1767323045001").await.status, StatusCode::BAD_REQUEST);
    ask(&sandbox, Method::POST, &token, json!([channel(&receiver, &json!({}))])).await;
    assert_eq!(sandbox.forget("zoho/watches/1767323045001").await, StatusCode::OK);
    assert_eq!(sandbox.read(WATCH, &token).await.status, StatusCode::NO_CONTENT);
}
