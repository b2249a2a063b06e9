//! What is sent: the published payloads of one vendor, ten kilobytes in the mean, and short messages of another. Each is another
//! delivery, and each is signed when it is sent.

use aws_lc_rs::hmac;
use serde::Deserialize;
use serde_json::{json, value::RawValue};
use std::sync::atomic::{AtomicU64, Ordering};
use uuid::Uuid;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Size {
    /// GitHub's.
    Large,
    /// Slack's.
    Small,
}

#[derive(Deserialize)]
struct Group {
    name: String,
    examples: Vec<Box<RawValue>>,
}

pub struct Bodies {
    published: Vec<(String, String)>,
    next: AtomicU64,
}

pub struct Made {
    pub event: String,
    pub id: String,
    pub body: String,
}

impl Bodies {
    /// Of the file that `OCTOKIT_EXAMPLES` names.
    pub fn read() -> Self {
        let file = std::env::var("OCTOKIT_EXAMPLES").expect("OCTOKIT_EXAMPLES is not set; run: make bench");
        let groups: Vec<Group> = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
        let all = groups.into_iter().flat_map(|group| {
            group.examples.into_iter().map(move |example| (group.name.clone(), example.get().to_owned()))
        });
        // What moves connections is left out: there are none.
        let published = all.filter(|(event, _)| !event.starts_with("installation")).collect();
        Self { published, next: AtomicU64::new(0) }
    }

    pub fn next(&self, size: Size) -> Made {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let id = Uuid::now_v7().to_string();
        if size == Size::Large {
            let (event, body) = &self.published[usize::try_from(number).unwrap() % self.published.len()];
            let body = format!("{{\"delivery\":\"{id}\",{}", body.trim_start().trim_start_matches('{'));
            return Made { event: event.clone(), id, body };
        }
        let ts = format!("{}.{:06}", chrono::Utc::now().timestamp(), number % 1_000_000);
        let body = json!({
            "token": "a token that nobody compares any more", "team_id": "T0GARDEN", "context_team_id": "T0GARDEN",
            "api_app_id": "A0CONN", "type": "event_callback", "event_id": format!("Ev{id}"),
            "event_time": chrono::Utc::now().timestamp(), "is_ext_shared_channel": false, "event_context": "4-garden",
            "event": {
                "type": "message", "user": "U1ANN", "ts": ts, "text": "The roses unfold, all of them", "team": "T0GARDEN",
                "channel": "C1ROSES", "event_ts": ts, "channel_type": "channel", "client_msg_id": id,
            },
            "authorizations": [{
                "enterprise_id": null, "team_id": "T0GARDEN", "user_id": "U0BOT", "is_bot": true, "is_enterprise_install": false,
            }],
        });
        Made { event: "message".to_owned(), id, body: body.to_string() }
    }
}

/// What its headers say, signed now as the vendor signs.
pub fn headers(secret: &str, size: Size, made: &Made) -> Vec<(&'static str, String)> {
    let sign = |parts: &[&[u8]]| {
        let mut context = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes()));
        for part in parts {
            context.update(part);
        }
        hex::encode(context.sign())
    };
    let mut headers = vec![("content-type", "application/json".to_owned())];
    match size {
        Size::Large => headers.extend([
            ("x-github-event", made.event.clone()),
            ("x-github-delivery", made.id.clone()),
            ("x-hub-signature-256", format!("sha256={}", sign(&[made.body.as_bytes()]))),
        ]),
        Size::Small => {
            let at = chrono::Utc::now().timestamp().to_string();
            let signature = sign(&[b"v0:", at.as_bytes(), b":", made.body.as_bytes()]);
            headers.extend([("x-slack-request-timestamp", at), ("x-slack-signature", format!("v0={signature}"))]);
        }
    }
    headers
}
