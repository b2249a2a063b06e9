//! Pub/Sub's push: what Gmail publishes, wrapped in a message, with a token that says who pushes and to whom.

use super::kept::Kept;
use crate::{
    account::{Account, Vendor},
    app::App,
    courier::Letter,
    id_tokens::{self, Flaw},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::SecondsFormat;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Whom the pushes speak for unless it is said otherwise.
const SERVICE_ACCOUNT: &str = "push@sandbox.iam.gserviceaccount.com";
const SUBJECT: &str = "113774264463038321964";

/// A push subscription as the operator sets it up.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Subscription {
    pub(crate) topic: String,
    /// Where it pushes, below the webhook base.
    pub(crate) path: String,
    /// The audience; absent, the address it pushes to.
    aud: Option<String>,
    /// The service account.
    email: Option<String>,
}

/// One push, each of its parts as it is wished or as it should be.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Push {
    path: String,
    account: Option<Account>,
    email_address: Option<String>,
    history_id: Option<u64>,
    message_id: Option<String>,
    subscription: Option<String>,
    iss: Option<String>,
    aud: Option<String>,
    email: Option<String>,
    #[serde(default = "yes")]
    email_verified: bool,
    /// What is wrong with the token.
    flaw: Option<Flaw>,
    /// Whether there is a token at all.
    #[serde(default = "yes")]
    authorization: bool,
    /// Sends the data alone, as a subscription does that was set up to.
    #[serde(default)]
    unwrapped: bool,
}

fn yes() -> bool {
    true
}

impl Push {
    /// What a subscription pushes when a mailbox changed.
    pub(super) fn of(subscription: Subscription, account: &Account) -> Self {
        let Subscription { path, aud, email, .. } = subscription;
        Self {
            path,
            account: Some(account.clone()),
            email_address: None,
            history_id: None,
            message_id: None,
            subscription: None,
            iss: None,
            aud,
            email,
            email_verified: true,
            flaw: None,
            authorization: true,
            unwrapped: false,
        }
    }

    pub(crate) fn letter(self, app: &App) -> Letter {
        let account = self.account.unwrap_or_else(|| app.people.signed_in(Vendor::Google));
        let own = app.people.person(Vendor::Google, &account).email.unwrap_or_default();
        let history_id = self.history_id.unwrap_or_else(|| app.data.google().of(&account).mailbox.history_id());
        let data = json!({"emailAddress": self.email_address.unwrap_or(own), "historyId": history_id}).to_string();
        let body = if self.unwrapped {
            data.into_bytes()
        } else {
            let id = self.message_id.unwrap_or_else(|| message_id(app));
            let time = app.now().to_rfc3339_opts(SecondsFormat::Millis, true);
            let subscription = self.subscription.as_deref().unwrap_or("projects/sandbox/subscriptions/gmail");
            let wrapped = json!({"message": {
                "data": STANDARD.encode(data), "messageId": id, "message_id": id, "publishTime": time,
                "publish_time": time, "attributes": {},
            }, "subscription": subscription});
            wrapped.to_string().into_bytes()
        };
        // Real time: the receiver compares it with its own clock.
        let now = app.wall.now().timestamp();
        let address = app.config.webhook_base.as_ref().and_then(|base| base.join(&self.path).ok());
        let claims = json!({
            "iss": self.iss.unwrap_or_else(|| format!("{}/google", app.url)),
            "aud": self.aud.or(address.map(String::from)), "azp": SUBJECT, "sub": SUBJECT,
            "email": self.email.as_deref().unwrap_or(SERVICE_ACCOUNT), "email_verified": self.email_verified,
            "iat": now, "exp": now + 3600,
        });
        let mut headers =
            vec![("content-type", "application/json".to_owned()), ("user-agent", "CloudPubSub-Google".to_owned())];
        let token = self.authorization.then(|| id_tokens::issue(claims, self.flaw)).flatten();
        headers.extend(token.map(|token| ("authorization", format!("Bearer {token}"))));
        Letter::new(Vendor::Google, self.path, headers, body)
    }
}

/// Never twice, in another run neither: a number that goes by real time.
fn message_id(app: &App) -> String {
    let chance: [u8; 2] = kernel::bytes();
    format!("{}{:05}", app.wall.now().timestamp_micros(), u16::from_be_bytes(chance))
}

impl Kept {
    pub(crate) fn subscribe(&mut self, subscription: Subscription) {
        self.subscriptions.insert(subscription.topic.clone(), subscription);
    }

    pub(super) fn subscribed(&self) -> Vec<Value> {
        self.subscriptions.values().map(|subscription| json!(subscription)).collect()
    }
}
