//! Connecting an account, as a browser does it.

use super::{
    http::{send, text},
    narrate::{Seen, note},
    person::Person,
    scene::Scene,
    vend::Vendor,
};
use anyhow::{Context, Result, bail, ensure};
use reqwest::Method;
use serde_json::{Value, json};
use url::Url;

pub struct Connection {
    pub vendor: Vendor,
    pub id: String,
    /// The vendor's id of the organisation, where it has one.
    pub organisation: Option<String>,
}

/// Out to the vendor, and back with a code. The sandbox's own two parameters press the button on its page.
pub async fn connect(scene: &Scene, person: &Person, vendor: Vendor) -> Result<Seen<Connection>> {
    let start = person.ask(scene, Method::POST, &format!("/connect/{}", vendor.slug())).json(&json!({}));
    let started = send(start).await?.expect(201)?;
    let mut url: Url = started.field("/authorize_url")?.parse().context("the authorize_url is no URL")?;
    for expected in ["state", "code_challenge", "redirect_uri"] {
        ensure!(url.query_pairs().any(|(key, _)| key == expected), "the authorize_url carries no {expected}");
    }
    url.query_pairs_mut().append_pair("sandbox_consent", "approve").append_pair("sandbox_account", &person.account);
    let page = follow(scene, url).await?;
    ensure!(page.contains("Connected"), "the last page does not say that it is connected");
    let listed = list(scene, person).await?;
    let found = listed.iter().find(|one| one["provider"] == vendor.slug()).context("the connection is not listed")?;
    let organisation = found["org_id"].as_str().map(str::to_owned);
    let connection = Connection { vendor, id: text(found, "/id")?, organisation };
    Ok((format!("connection {} to {}", connection.id, text(found, "/display_name")?), connection))
}

/// From redirect to redirect, with the browser's cookies, until there is a page.
async fn follow(scene: &Scene, mut url: Url) -> Result<String> {
    for _ in 0..5 {
        let answer = send(scene.web.get(url.clone())).await?;
        let Some(next) = answer.headers.get("location").filter(|_| (300..400).contains(&answer.status)) else {
            let page = answer.expect(200)?.text;
            note(&format!("{}{} shows the page", url.origin().ascii_serialization(), url.path()));
            return Ok(page);
        };
        let next = url.join(next.to_str()?)?;
        let (from, to) = (url.origin().ascii_serialization(), next.origin().ascii_serialization());
        note(&format!("{from}{} redirects to {to}{}", url.path(), next.path()));
        url = next;
    }
    bail!("the redirects do not end")
}

async fn list(scene: &Scene, person: &Person) -> Result<Vec<Value>> {
    let page = send(person.ask(scene, Method::GET, "/connections")).await?.expect(200)?.json()?;
    page["connections"].as_array().cloned().context("the answer has no connections")
}

pub async fn are_listed(scene: &Scene, person: &Person, both: [&Connection; 2]) -> Result<Seen<()>> {
    let listed = list(scene, person).await?;
    for wanted in both {
        let found = listed.iter().find(|one| one["id"] == *wanted.id);
        let status = text(found.context("a connection is not listed")?, "/health/status")?;
        ensure!(status == "active", "{} is {status}", wanted.vendor.slug());
    }
    ensure!(listed.len() == both.len(), "{} connections are listed instead of two", listed.len());
    Ok(("two connections, both active".to_owned(), ()))
}
