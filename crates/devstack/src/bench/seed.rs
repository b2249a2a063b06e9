//! Connects accounts for people as an operator does: through the vendors' consent pages.

use super::{Room, target::Target};
use crate::place::Place;
use anyhow::{Context, Result, bail};
use kernel::UserId;
use reqwest::{Client, RequestBuilder, redirect::Policy};
use serde_json::{Value, json};
use std::{fs, path::Path, process::ExitCode};
use url::Url;

const VENDORS: [&str; 3] = ["github", "slack", "linear"];

pub fn seed(place: &Place, users: &Path) -> Result<ExitCode> {
    let target = Target::load(&Room::of(place)?)?;
    let text = fs::read_to_string(users).with_context(|| format!("{} cannot be read", users.display()))?;
    let users: Vec<UserId> = serde_json::from_str(&text).context("this is not a JSON array of ids")?;
    let runtime = tokio::runtime::Runtime::new().context("no runtime")?;
    runtime.block_on(async {
        let operator = Operator::of(&target)?;
        operator.let_tokens_last(&target).await?;
        for user in users {
            operator.connect(user).await?;
        }
        Ok(ExitCode::SUCCESS)
    })
}

struct Operator {
    client: Client,
    base: Url,
    token: String,
}

impl Operator {
    #[expect(clippy::disallowed_methods, reason = "a backend stands outside")]
    fn of(target: &Target) -> Result<Self> {
        let base = target.services.get("connectors").context("no connectors")?.base.clone();
        let token = target.settings("connectors")?.remove("OPERATOR_TOKENS").context("no operator")?;
        let client = Client::builder().redirect(Policy::none()).no_proxy().build()?;
        Ok(Self { client, base, token })
    }

    fn signed(&self, request: RequestBuilder, tenant: uuid::Uuid) -> RequestBuilder {
        request.bearer_auth(&self.token).header("x-tenant-id", tenant.to_string())
    }

    /// GitHub's classic apps have tokens without an end, and a load wants nothing renewed meanwhile.
    async fn let_tokens_last(&self, target: &Target) -> Result<()> {
        let vendor: Url = target.settings("connectors")?.remove("GITHUB_BASE_URL").context("no vendor")?.parse()?;
        let wish = self.client.post(vendor.join("/_control/github/settings")?);
        wish.json(&json!({ "expiring_tokens": false })).send().await?.error_for_status()?;
        Ok(())
    }

    async fn connect(&self, user: UserId) -> Result<()> {
        let tenant = user.personal_tenant().as_uuid();
        answer(self.client.put(self.base.join(&format!("/tenants/{tenant}"))?).bearer_auth(&self.token)).await?;
        for vendor in VENDORS {
            let start = self.client.post(self.base.join(&format!("/connect/{vendor}"))?).json(&json!({}));
            let started = answer(self.signed(start, tenant)).await?;
            let consent = started["authorize_url"].as_str().context("no authorize_url")?;
            let consent = format!("{consent}&sandbox_account={}&sandbox_consent=approve", user.simple());
            let back = self.client.get(consent).send().await?;
            let location = back.headers().get("location").and_then(|value| value.to_str().ok()).map(str::to_owned);
            let location = location.with_context(|| format!("{vendor} sends nobody back"))?;
            let query = location.split_once('?').context("no code came back")?.1;
            let callback = self.client.get(self.base.join(&format!("/connect/{vendor}/callback?{query}"))?);
            answer(self.signed(callback, tenant)).await?;
        }
        Ok(())
    }
}

async fn answer(request: RequestBuilder) -> Result<Value> {
    let answer = request.send().await?;
    let (status, text) = (answer.status(), answer.text().await?);
    if !status.is_success() {
        bail!("{status}: {text}");
    }
    Ok(serde_json::from_str(&text)?)
}
