//! Webhooks: all the real payloads from one vendor, signed here as the vendor would; one from the other, through the
//! sandbox.

use super::{
    connect::Connection,
    http::{Answer, send, text},
    narrate::{Seen, note},
    person::Person,
    scene::Scene,
    signals,
};
use crate::payloads;
use anyhow::{Context, Result, bail, ensure};
use hmac::{Hmac, KeyInit, Mac};
use reqwest::{Method, RequestBuilder};
use serde_json::json;
use sha2::Sha256;
use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{sync::Semaphore, task::JoinSet};
use uuid::Uuid;

/// Deliveries under way at the same time.
const AT_ONCE: usize = 16;
/// For the workers, on a machine that is busy with something else.
const PATIENCE: Duration = Duration::from_mins(1);

/// One example, byte for byte as it stands in the file.
pub struct Payload {
    event: String,
    delivery: String,
    body: String,
}

/// Delivery ids are made here, so that each run's are its own.
pub fn read(index: &Path) -> Result<Vec<Payload>> {
    let examples = payloads::read(index)?.into_iter();
    let made = |example: payloads::Example| Payload {
        event: example.event,
        delivery: Uuid::now_v7().to_string(),
        body: example.body,
    };
    Ok(examples.map(made).collect())
}

/// A tenant's address for webhooks, and what came of it.
pub struct Inbox<'a> {
    scene: &'a Scene,
    tenant: &'a str,
    payloads: &'a [Payload],
}

impl<'a> Inbox<'a> {
    pub fn new(scene: &'a Scene, person: &'a Person, payloads: &'a [Payload]) -> Self {
        Self { scene, tenant: &person.tenant, payloads }
    }

    /// `signed`: what the signature is over; `body`: what is sent.
    fn request(&self, payload: &Payload, signed: &str, body: String) -> Result<RequestBuilder> {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.scene.webhook_secret.as_bytes())?;
        mac.update(signed.as_bytes());
        let signature = format!("sha256={}", hex::encode(mac.finalize().into_bytes()));
        let request = self.scene.anybody(Method::POST, &format!("/webhooks/github/{}", self.tenant));
        let request = request.header("content-type", "application/json").header("user-agent", "GitHub-Hookshot/demo");
        let request = request.header("x-github-event", &payload.event).header("x-github-delivery", &payload.delivery);
        Ok(request.header("x-hub-signature-256", signature).body(body))
    }

    /// All of them, some at a time; every answer must be a 2xx.
    async fn round(&self) -> Result<String> {
        let (room, started) = (Arc::new(Semaphore::new(AT_ONCE)), Instant::now());
        let mut under_way = JoinSet::new();
        for payload in self.payloads {
            let request = self.request(payload, &payload.body, payload.body.clone())?;
            let room = Arc::clone(&room);
            under_way.spawn(async move {
                let _place = room.acquire().await?;
                send(request).await
            });
        }
        let answers = under_way.join_all().await.into_iter().collect::<Result<Vec<Answer>>>()?;
        let mut statuses: BTreeMap<u16, usize> = BTreeMap::new();
        for answer in &answers {
            *statuses.entry(answer.status).or_default() += 1;
        }
        if let Some(refused) = answers.into_iter().find(|answer| !(200..300).contains(&answer.status)) {
            bail!("not every answer is 2xx: {statuses:?}; one of the others: {}", refused.text);
        }
        let told: Vec<String> = statuses.iter().map(|(status, times)| format!("{times} answers {status}")).collect();
        Ok(format!("{} in {:.1} s, {AT_ONCE} at a time", told.join(", "), started.elapsed().as_secs_f32()))
    }

    pub async fn deliver_all(&self) -> Result<Seen<()>> {
        let events: BTreeSet<&str> = self.payloads.iter().map(|payload| payload.event.as_str()).collect();
        note(&format!("{} payloads of {} events", self.payloads.len(), events.len()));
        Ok((self.round().await?, ()))
    }

    /// Rows by what a delivery is known by. Bodies that are the same to the byte are one delivery, whatever their ids.
    pub fn is_stored(&self) -> Result<Seen<usize>> {
        let bodies: BTreeSet<&str> = self.payloads.iter().map(|payload| payload.body.as_str()).collect();
        let stored = self.stored()?;
        ensure!(stored == bodies.len(), "{stored} rows for {} distinct bodies", bodies.len());
        Ok((format!("{} payloads, {} distinct bodies, {stored} rows", self.payloads.len(), bodies.len()), stored))
    }

    pub async fn deliver_all_again(&self, before: usize) -> Result<Seen<()>> {
        let told = self.round().await?;
        let stored = self.stored()?;
        ensure!(stored == before, "{stored} rows after the second round instead of {before}");
        Ok((format!("{told}; still {stored} rows"), ()))
    }

    fn stored(&self) -> Result<usize> {
        // The hooks that were registered with the connection say hello at addresses of their own.
        let tenant = &self.tenant;
        self.scene
            .store
            .count(&format!("select count(*) from deliveries where tenant_id = '{tenant}' and hook_id is null"))
    }

    /// Waits until no delivery is pending. Answers how many signals there are then.
    pub async fn are_read(&self) -> Result<Seen<usize>> {
        let tenant = self.tenant;
        let pending =
            format!("select count(*) from delivery_states where tenant_id = '{tenant}' and state = 'pending'");
        wait_for(|| Ok(self.scene.store.count(&pending)? == 0), "deliveries are still pending").await?;
        let states = format!(
            "select state, count(*) from delivery_states where tenant_id = '{tenant}' group by state order by state"
        );
        let states: Vec<String> = self.scene.store.rows(&states)?.iter().map(|row| row.replace('|', " ")).collect();
        ensure!(!states.iter().any(|state| state.starts_with("dead")), "some were given up: {}", states.join(", "));
        let signals = signals::stored(self.scene, tenant, "true")?;
        ensure!(signals > 0, "no signal came of it");
        Ok((format!("{}; {signals} signals came of them", states.join(", ")), signals))
    }

    /// One blank more: the same JSON, so that only the signature can tell.
    pub async fn tampered_is_refused(&self) -> Result<Seen<()>> {
        let template = self.payloads.first().context("there are no payloads")?;
        let payload = Payload {
            event: template.event.clone(),
            delivery: Uuid::now_v7().to_string(),
            body: template.body.clone(),
        };
        let before = self.stored()?;
        let request = self.request(&payload, &payload.body, format!("{} ", payload.body))?;
        send(request).await?.expect_problem(401, "SIGNATURE_INVALID")?;
        let unsigned = self.request(&payload, "", payload.body.clone())?;
        send(unsigned).await?.expect_problem(401, "SIGNATURE_INVALID")?;
        let after = self.stored()?;
        ensure!(after == before, "{after} rows instead of {before}");
        Ok((format!("401 SIGNATURE_INVALID, for another body's signature too; still {after} rows"), ()))
    }
}

/// To the app's own address, which names no tenant: the organisation in the body says whose it is.
pub async fn from_linear(scene: &Scene, person: &Person, linear: &Connection) -> Result<Seen<()>> {
    let organisation = linear.organisation.as_deref().context("the connection names no organisation")?;
    let now = kernel::Clock::system().now();
    let title = "The roses unfold";
    let payload = json!({
        "action": "create", "type": "Issue", "createdAt": now, "organizationId": organisation,
        "webhookId": Uuid::now_v7(), "url": "https://linear.app/demo/issue/ENG-7",
        "actor": { "id": Uuid::now_v7(), "type": "user", "name": "Ada Demo" },
        "data": {
            "id": Uuid::now_v7(), "identifier": "ENG-7", "title": title, "url": "https://linear.app/demo/issue/ENG-7",
            "createdAt": now, "updatedAt": now, "team": { "id": Uuid::now_v7(), "key": "ENG", "name": "Engineering" },
        },
    });
    let wish = json!({ "path": "/webhooks/linear", "event": "Issue", "payload": payload });
    let receipt = scene.control("linear/webhooks", &wish).await?;
    ensure!(receipt["status"] == 200, "the delivery was answered: {receipt}");
    let condition = format!("connection_id = '{}' and kind = 'issue_created'", linear.id);
    wait_for(|| Ok(signals::stored(scene, &person.tenant, &condition)? > 0), "no signal names the connection").await?;
    let filter = [("connection_id", linear.id.as_str()), ("kind", "issue_created")];
    let found = signals::all(scene, person, 20, &filter).await?;
    ensure!(found.len() == 1, "{} signals name the connection", found.len());
    let signal = &found[0];
    ensure!(text(signal, "/connection_id")? == linear.id, "the signal names another connection: {signal}");
    ensure!(text(signal, "/subject/title")? == title, "the signal is about something else: {signal}");
    Ok((format!("200, and then the signal {} \"{title}\" of connection {}", text(signal, "/kind")?, linear.id), ()))
}

/// Asks four times a second.
async fn wait_for(mut holds: impl FnMut() -> Result<bool>, otherwise: &str) -> Result<()> {
    let started = Instant::now();
    while !holds()? {
        ensure!(started.elapsed() < PATIENCE, "{otherwise} after {} s", PATIENCE.as_secs());
        tokio::time::sleep(Duration::from_millis(250)).await;
    }
    Ok(())
}
