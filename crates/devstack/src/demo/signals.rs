//! Signals, as the person asks for them.

use super::{
    connect::Connection,
    http::{send, text},
    narrate::Seen,
    person::Person,
    scene::Scene,
};
use anyhow::{Context, Result, bail, ensure};
use chrono::{DateTime, Utc};
use reqwest::Method;
use serde_json::Value;
use std::collections::BTreeSet;

const PAGE: usize = 20;

/// How many of a tenant's signals in the database meet a condition.
pub fn stored(scene: &Scene, tenant: &str, condition: &str) -> Result<usize> {
    scene.store.count(&format!("select count(*) from signals where tenant_id = '{tenant}' and {condition}"))
}

/// From the first page to the one without a `next_cursor`.
pub async fn all(scene: &Scene, person: &Person, limit: usize, filter: &[(&str, &str)]) -> Result<Vec<Value>> {
    Ok(pages(scene, person, limit, filter).await?.into_iter().flatten().collect())
}

async fn pages(scene: &Scene, person: &Person, limit: usize, filter: &[(&str, &str)]) -> Result<Vec<Vec<Value>>> {
    let mut pages = Vec::new();
    let mut cursor: Option<String> = None;
    for _ in 0..100 {
        let request = person.ask(scene, Method::GET, "/signals").query(&[("limit", limit)]).query(filter);
        let request = request.query(&cursor.map(|cursor| [("cursor", cursor)]));
        let page = send(request).await?.expect(200)?.json()?;
        pages.push(page["signals"].as_array().cloned().context("an answer has no signals")?);
        cursor = page["next_cursor"].as_str().map(str::to_owned);
        if cursor.is_none() {
            return Ok(pages);
        }
    }
    bail!("the pages do not end")
}

pub async fn are_paged(scene: &Scene, person: &Person, count: usize) -> Result<Seen<()>> {
    let pages = pages(scene, person, PAGE, &[]).await?;
    let full = pages.iter().rev().skip(1).all(|page| page.len() == PAGE);
    ensure!(full, "a page before the last has not {PAGE} signals");
    let signals: Vec<&Value> = pages.iter().flatten().collect();
    let ids = signals.iter().map(|signal| text(signal, "/id")).collect::<Result<BTreeSet<String>>>()?;
    ensure!(ids.len() == signals.len(), "{} signals came, but only {} different ones", signals.len(), ids.len());
    ensure!(signals.len() == count, "{} signals came instead of {count}", signals.len());
    let times = signals.iter().map(|signal| time(signal)).collect::<Result<Vec<_>>>()?;
    ensure!(times.is_sorted_by(|a, b| a >= b), "the signals are not newest first");
    Ok((format!("{count} signals on {} pages of {PAGE}, each once, newest first", pages.len()), ()))
}

fn time(signal: &Value) -> Result<DateTime<Utc>> {
    text(signal, "/occurred_at")?.parse().context("occurred_at is no time")
}

pub async fn are_filtered(scene: &Scene, person: &Person, github: &Connection, count: usize) -> Result<Seen<()>> {
    let everything = all(scene, person, 100, &[]).await?;
    ensure!(everything.len() == count, "without a filter {} of {count} come", everything.len());
    for provider in ["github", "linear"] {
        let found = all(scene, person, 100, &[("provider", provider)]).await?.len();
        let expected = stored(scene, &person.tenant, &format!("provider = '{provider}'"))?;
        ensure!(found == expected, "provider={provider} brings {found} of {expected}");
    }
    let mut told = Vec::new();
    for kind in ["push", "issue_created", "comment_created"] {
        let found = all(scene, person, 100, &[("kind", kind)]).await?;
        let expected = stored(scene, &person.tenant, &format!("kind = '{kind}'"))?;
        ensure!(found.iter().all(|signal| signal["kind"] == kind), "kind={kind} brings other kinds");
        ensure!(found.len() == expected, "kind={kind} brings {} of {expected}", found.len());
        told.push(format!("{kind} {expected}"));
    }
    let of_connection = all(scene, person, 100, &[("connection_id", &github.id)]).await?.len();
    let expected = stored(scene, &person.tenant, &format!("connection_id = '{}'", github.id))?;
    ensure!(of_connection == expected, "connection_id brings {of_connection} of {expected}");
    // Every signal is before an instant or it is not.
    let middle = time(&everything[count / 2])?.to_rfc3339();
    let before = all(scene, person, 100, &[("occurred_before", &middle)]).await?.len();
    let after = all(scene, person, 100, &[("occurred_after", &middle)]).await?.len();
    ensure!(before + after == count, "{before} before and {after} from {middle} on are not {count}");
    for nonsense in [("limit", "0"), ("limit", "101"), ("kind", "nonsense"), ("cursor", "forged")] {
        let request = person.ask(scene, Method::GET, "/signals").query(&[nonsense]);
        send(request).await?.expect_problem(400, "VALIDATION_FAILED")?;
    }
    Ok((format!("{}; {before} before {middle}, {after} since; nonsense: 400", told.join(", ")), ()))
}

/// By asking as that tenant, by asking for the connection's id, and as the person who names that tenant.
pub async fn are_private(scene: &Scene, person: &Person, other: &str, github: &Connection) -> Result<Seen<()>> {
    let signals = send(scene.operator(Method::GET, "/signals", other)).await?.expect(200)?.json()?;
    ensure!(signals["signals"].as_array().is_some_and(Vec::is_empty), "another tenant sees signals: {signals}");
    let connection = scene.operator(Method::GET, &format!("/connections/{}", github.id), other);
    send(connection).await?.expect_problem(404, "CONNECTION_NOT_FOUND")?;
    let token = scene.operator(Method::GET, "/oauth/token/github", other).query(&[("connection_id", &github.id)]);
    send(token).await?.expect_problem(404, "CONNECTION_NOT_FOUND")?;
    let stranger = person.ask(scene, Method::GET, "/signals").header("x-tenant-id", other);
    send(stranger).await?.expect_problem(404, "TENANT_NOT_FOUND")?;
    Ok(("no signals; connection and token: 404; the person in that tenant: 404".to_owned(), ()))
}
