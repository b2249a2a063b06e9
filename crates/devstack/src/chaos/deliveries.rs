//! What is sent, and how each vendor would sign it. Written from the vendors' documentation and with nothing of the services in
//! it: that both sides agree is part of what is shown.

use crate::payloads::Example;
use anyhow::Result;
use chrono::SubsecRound;
use hmac::{Hmac, KeyInit, Mac};
use kernel::Clock;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use uuid::Uuid;

const FIRST: u128 = 0x0190_0000_0000_7000_8000_0000_0000_0001;
pub const TENANTS: [Uuid; 4] =
    [Uuid::from_u128(FIRST), Uuid::from_u128(FIRST + 1), Uuid::from_u128(FIRST + 2), Uuid::from_u128(FIRST + 3)];

#[derive(Clone)]
pub struct Secrets {
    pub github: String,
    pub linear: String,
    pub slack: String,
    pub client_secret: String,
    pub encryption_key: String,
    pub operator_token: String,
}

impl Secrets {
    pub fn made() -> Self {
        let secret = || kernel::alphanumeric(32);
        Self {
            github: secret(),
            linear: secret(),
            slack: secret(),
            client_secret: secret(),
            encryption_key: secret(),
            operator_token: secret(),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Vendor {
    Github,
    Linear,
    Slack,
}

impl Vendor {
    pub fn slug(self) -> &'static str {
        match self {
            Self::Github => "github",
            Self::Linear => "linear",
            Self::Slack => "slack",
        }
    }

    /// Whether a repetition can come under another id: one that stands in a header that is not signed.
    pub fn has_loose_ids(self) -> bool {
        self != Self::Slack
    }
}

/// How a delivery comes again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Again {
    Never,
    AtOnce,
    Later,
    UnderAnotherId,
}

pub struct Delivery {
    pub number: u64,
    pub vendor: Vendor,
    pub event: String,
    /// The vendor's.
    pub id: String,
    /// `None`: the app's own address.
    pub tenant: Option<Uuid>,
    pub body: String,
    /// Which of the published ones it is made of.
    pub example: Option<usize>,
    pub again: Again,
}

impl Delivery {
    pub fn path(&self) -> String {
        let slug = self.vendor.slug();
        self.tenant.map_or_else(|| format!("/webhooks/{slug}"), |tenant| format!("/webhooks/{slug}/{tenant}"))
    }

    pub fn body_hash(&self) -> String {
        hex::encode(Sha256::digest(&self.body))
    }

    /// Signed anew at each attempt, as the vendors do.
    pub fn headers(&self, id: &str, secrets: &Secrets) -> Result<Vec<(&'static str, String)>> {
        Ok(match self.vendor {
            Vendor::Github => vec![
                ("x-github-event", self.event.clone()),
                ("x-github-delivery", id.to_owned()),
                ("x-hub-signature-256", format!("sha256={}", signature(&secrets.github, &[self.body.as_bytes()])?)),
            ],
            Vendor::Linear => vec![
                ("linear-event", self.event.clone()),
                ("linear-delivery", id.to_owned()),
                ("linear-signature", signature(&secrets.linear, &[self.body.as_bytes()])?),
            ],
            Vendor::Slack => {
                let at = Clock::system().now().timestamp().to_string();
                let signed = signature(&secrets.slack, &[b"v0:", at.as_bytes(), b":", self.body.as_bytes()])?;
                vec![("x-slack-request-timestamp", at), ("x-slack-signature", format!("v0={signed}"))]
            }
        })
    }
}

fn signature(secret: &str, parts: &[&[u8]]) -> Result<String> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes())?;
    for part in parts {
        mac.update(part);
    }
    Ok(hex::encode(mac.finalize().into_bytes()))
}

/// The delivery of that number: always another body; of ten, six from the first vendor and two from each of the others; and of
/// five, one that comes again.
pub fn made(number: u64, examples: &[Example]) -> Delivery {
    let tenth = number % 10;
    let again = match (number % 5, number / 5 % 3) {
        (0, 0) => Again::AtOnce,
        (0, 1) => Again::Later,
        (0, _) => Again::UnderAnotherId,
        _ => Again::Never,
    };
    match tenth {
        0..=5 => of_github(number, again, examples),
        6 | 7 => of_linear(number, again),
        _ => of_slack(number, again),
    }
}

fn of_github(number: u64, again: Again, examples: &[Example]) -> Delivery {
    let at = usize::try_from(number).unwrap_or_default() % examples.len().max(1);
    let Example { event, body } = &examples[at];
    // The published text with one member more.
    let body = format!("{{\"chaos\":{number},{}", body.trim_start().trim_start_matches('{'));
    Delivery {
        number,
        vendor: Vendor::Github,
        event: event.clone(),
        id: Uuid::now_v7().to_string(),
        tenant: Some(tenant(number)),
        body,
        example: Some(at),
        again,
    }
}

fn tenant(number: u64) -> Uuid {
    let at = usize::try_from(number / 7).unwrap_or_default() % TENANTS.len();
    TENANTS[at]
}

/// Half of them at the app's own address, where the organisation says whose they are.
fn of_linear(number: u64, again: Again) -> Delivery {
    let now = Clock::system().now().trunc_subsecs(3);
    let (id, organisation) = (Uuid::now_v7(), if number.is_multiple_of(3) { "org-thorn" } else { "org-rose" });
    let issue = json!({
        "id": id, "identifier": format!("ENG-{number}"), "title": "The roses unfold", "createdAt": now, "updatedAt": now,
        "team": { "id": "team-1", "key": "ENG", "name": "Engineering" }, "url": "https://linear.app/chaos/issue/ENG-1",
        "description": "All of them, and in the rain. ".repeat(12),
    });
    let (event, action, data, from) = match number / 10 % 4 {
        0 => ("Issue", "create", issue, Value::Null),
        1 => ("Issue", "update", issue, json!({ "title": "The roses fold", "updatedAt": now })),
        2 => {
            let mut done = issue;
            done["state"] = json!({ "id": "state-9", "name": "Done", "type": "completed" });
            done["completedAt"] = json!("2026-01-02T03:04:05.678Z");
            ("Issue", "update", done, json!({ "stateId": "state-1", "completedAt": null }))
        }
        _ => {
            let data = json!({ "id": id, "body": "Are they red?", "createdAt": now, "issue": issue });
            ("Comment", "create", data, Value::Null)
        }
    };
    let mut body = json!({
        "action": action, "type": event, "createdAt": now, "organizationId": organisation, "data": data,
        "actor": { "id": "person-1", "type": "user", "name": "Ada" },
        "webhookTimestamp": now.timestamp_millis(), "webhookId": "webhook-1", "chaos": number,
    });
    if !from.is_null() {
        body["updatedFrom"] = from;
    }
    Delivery {
        number,
        vendor: Vendor::Linear,
        event: event.to_owned(),
        id: Uuid::now_v7().to_string(),
        tenant: number.is_multiple_of(2).then(|| tenant(number)),
        body: body.to_string(),
        example: None,
        again,
    }
}

fn of_slack(number: u64, again: Again) -> Delivery {
    let now = Clock::system().now();
    let ts = format!("{}.{:06}", now.timestamp(), number % 1_000_000);
    let event = match number / 10 % 3 {
        0 => {
            json!({ "type": "message", "user": "U1ANN", "ts": ts, "text": "The roses unfold 🌹", "channel": "C1ROSES" })
        }
        1 => json!({
            "type": "reaction_added", "user": "U2BOB", "reaction": "rose", "event_ts": ts,
            "item": { "type": "message", "channel": "C1ROSES", "ts": format!("1767323045.{:06}", number % 1_000_000) },
        }),
        _ => {
            json!({ "type": "app_mention", "user": "U1ANN", "ts": ts, "text": "<@U0BOT> water them", "channel": "C2BEDS" })
        }
    };
    let id = format!("Ev{number:010}");
    let body = json!({
        "token": "nobody compares it", "team_id": "T0ROSE", "api_app_id": "A0CONN", "event": event, "type": "event_callback",
        "event_id": id, "event_time": now.timestamp(),
        "authorizations": [{ "enterprise_id": null, "team_id": "T0ROSE", "user_id": "U0BOT", "is_bot": true, "is_enterprise_install": false }],
    });
    Delivery {
        number,
        vendor: Vendor::Slack,
        event: event["type"].as_str().unwrap_or_default().to_owned(),
        id,
        tenant: number.is_multiple_of(4).then(|| tenant(number)),
        body: body.to_string(),
        example: None,
        // Its id is signed: under another one it is another delivery.
        again: if again == Again::UnderAnotherId { Again::AtOnce } else { again },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The examples in the vendors' documentation.
    #[test]
    fn signatures_are_the_vendors() {
        assert_eq!(
            signature("It's a Secret to Everybody", &[b"Hello, World!"]).unwrap(),
            "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
        );
        let form = "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V\
                    &channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=\
                    &response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN\
                    &trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c";
        assert_eq!(
            signature("8f742231b10e8888abcd99yyyzzz85a5", &[b"v0:", b"1531420618", b":", form.as_bytes()]).unwrap(),
            "a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"
        );
    }

    /// Each body is another one, a fifth comes again in all three ways, and no id that is signed changes.
    #[test]
    fn deliveries_differ_and_some_come_again() {
        let examples = [Example { event: "push".to_owned(), body: "{\"ref\":\"x\"}".to_owned() }];
        let all: Vec<Delivery> = (0..300).map(|number| made(number, &examples)).collect();
        let bodies: std::collections::BTreeSet<&str> = all.iter().map(|delivery| delivery.body.as_str()).collect();
        assert_eq!(bodies.len(), all.len());
        let count = |again| all.iter().filter(|delivery| delivery.again == again).count();
        assert_eq!(count(Again::Never), 240);
        assert!([Again::AtOnce, Again::Later, Again::UnderAnotherId].into_iter().all(|again| count(again) >= 20));
        assert!(all.iter().all(|one| one.again != Again::UnderAnotherId || one.vendor.has_loose_ids()));
        assert!(all.iter().all(|one| serde_json::from_str::<Value>(&one.body).is_ok()));
    }
}
