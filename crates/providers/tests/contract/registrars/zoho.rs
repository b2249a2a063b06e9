//! Notification channels of modules.

use crate::{
    fixtures::{now, vendor},
    wire::Wire,
};
use chrono::DateTime;
use kernel::Secret;
use providers::{CallError, Order, Registered, Registrar, Renewal, Standing};
use serde_json::{Value, json};
use url::Url;

const WATCH: &str = "POST /us/api/crm/v8/actions/watch";

fn hooks() -> &'static dyn Registrar {
    vendor("zoho").vendor.webhooks().unwrap().registrar().unwrap()
}

async fn order(wire: &Wire, target: &str) -> Result<Registered, CallError> {
    let callback = Url::parse("https://connectors.example.com/webhooks/zoho/c1").unwrap();
    let secret = Secret::from("token-1");
    hooks().register(wire.call(), Order { target, callback: &callback, id: "c1", secret: &secret }).await
}

fn opened(code: &str) -> Value {
    let event = json!({"channel_expiry": "2026-01-09T03:00:00+01:00", "resource_name": "Leads",
        "resource_uri": "https://www.zohoapis.com/crm/v8/Leads"});
    json!({"watch": [{"code": code, "status": "success", "message": "m", "details": {"events": [event]}}]})
}

/// One a module that the grant opens, if it allows channels at all.
#[tokio::test]
async fn hooks_are_wanted_as_far_as_scopes_reach() {
    let wire = Wire::of("zoho").await;
    let wanted = async |scopes: &[&str]| {
        let scopes: Vec<String> = scopes.iter().map(|scope| format!("ZohoCRM.{scope}")).collect();
        let watches = hooks().wanted(wire.call(), &scopes).await.unwrap();
        watches.into_iter().map(|watch| watch.target).collect::<Vec<_>>()
    };
    let all = ["Leads", "Contacts", "Accounts", "Deals"];
    assert_eq!(wanted(&["modules.ALL", "notifications.ALL"]).await, all);
    assert_eq!(wanted(&["modules.READ", "notifications.CREATE"]).await, all);
    assert_eq!(wanted(&["modules.deals.READ", "notifications.ALL"]).await, ["Deals"]);
    assert_eq!(wanted(&["modules.ALL"]).await, [""; 0]);
    assert_eq!(wanted(&["notifications.ALL", "modules.CREATE"]).await, [""; 0]);
}

/// A channel under a number of its own, for a week less an hour: more than a week would be an hour.
#[tokio::test]
async fn a_channel_is_opened_under_a_number() {
    let wire = Wire::of("zoho").await;
    wire.expect(WATCH, 201, opened("SUCCESS")).expect(WATCH, 201, opened("SUCCESS"));
    let registered = order(&wire, "Leads").await.unwrap();
    assert_eq!(registered.expires_at, DateTime::from_timestamp(1_767_924_000, 0));
    let number: u64 = registered.external_id.parse().unwrap();
    assert_eq!(order(&wire, "Leads").await.unwrap(), registered, "the same order is the same channel");
    let asked = json!({"watch": [{
        "channel_id": number.to_string(), "events": ["Leads.all"], "channel_expiry": "2026-01-09T02:04:05+00:00",
        "token": "token-1", "notify_url": "https://connectors.example.com/webhooks/zoho/c1",
        "notify_on_related_action": false, "return_affected_field_values": false,
    }]});
    assert_eq!(wire.asked()[0].body, asked);
    assert_eq!(hooks().renew(wire.call(), &registered).await.unwrap(), Renewal::Replace);
}

/// A status of success that speaks of something else is no channel.
#[tokio::test]
async fn a_channel_that_was_not_opened_is_refused() {
    let wire = Wire::of("zoho").await;
    for answer in [opened("INVALID_MODULE"), json!({}), json!({"watch": []})] {
        wire.expect(WATCH, 202, answer);
        assert!(matches!(order(&wire, "Leads").await, Err(CallError::Refused)));
    }
    wire.expect(WATCH, 201, json!({"watch": [{"code": "SUCCESS", "details": {"events": []}}]}));
    assert!(matches!(order(&wire, "Leads").await, Err(CallError::Unreadable)));
    wire.expect(WATCH, 401, json!({"code": "OAUTH_SCOPE_MISMATCH"}));
    assert!(matches!(order(&wire, "Leads").await, Err(CallError::Refused)));
    assert!(matches!(order(&wire, "Tasks").await, Err(CallError::NotFound)));
}

/// A channel is looked at and removed by its number; one that is not there is missing, and removed.
#[tokio::test]
async fn a_channel_is_looked_at_and_removed() {
    let wire = Wire::of("zoho").await;
    let hook = Registered { external_id: "42".to_owned(), resource: None, expires_at: Some(now()) };
    let look = "GET /us/api/crm/v8/actions/watch?channel_id=42&module=Leads";
    let found =
        json!({"watch": [{"channel_id": 41}, {"channel_id": 42, "channel_expiry": "2026-01-09T03:00:00+01:00"}]});
    let unknown = json!({"code": "NOT_SUBSCRIBED", "status": "error", "message": "m", "details": {}});
    for (status, answer, standing) in [
        (200, found, Standing::Good { expires_at: DateTime::from_timestamp(1_767_924_000, 0) }),
        (200, json!({"watch": []}), Standing::Missing),
        (204, Value::Null, Standing::Missing),
        (400, unknown.clone(), Standing::Missing),
    ] {
        wire.expect(look, status, answer);
        assert_eq!(hooks().look(wire.call(), "Leads", &hook).await.unwrap(), standing);
    }
    let remove = "DELETE /us/api/crm/v8/actions/watch?channel_ids=42";
    for answer in [json!({"watch": [{"code": "SUCCESS"}]}), unknown.clone(), json!({"watch": [unknown]})] {
        wire.expect(remove, 200, answer);
        hooks().remove(wire.call(), "Leads", &hook).await.unwrap();
    }
    wire.expect(remove, 200, json!({"watch": [{"code": "INTERNAL"}]}));
    assert!(hooks().remove(wire.call(), "Leads", &hook).await.is_err());
    wire.asked();
}
