//! A token that ends, and many who want the next one.

use super::{
    connect::Connection,
    http::send,
    narrate::{Seen, note},
    person::Person,
    scene::Scene,
    vend::{self, Token, Vendor},
};
use anyhow::{Context, Result, bail, ensure};
use reqwest::Method;
use std::{collections::BTreeSet, sync::Arc, time::Duration};
use tokio::{sync::Barrier, task::JoinSet};

/// Of the token that is made to end, in seconds.
const LIFE: u32 = 4;
const CALLERS: usize = 32;

/// A token that has ended, and how often GitHub had refreshed by then.
pub struct Ended {
    token: Token,
    refreshes: u64,
}

/// Stores a token with a short life and waits for its end. The service renews ahead of the end in the background, every
/// 15 seconds; when that falls into the last second, there is nothing to see and it is done again.
pub async fn a_token(scene: &Scene, person: &Person, github: &Connection) -> Result<Seen<Ended>> {
    for _ in 0..3 {
        let token = shorten(scene, person, github).await?;
        let refreshes = scene.refreshes_at_github().await?;
        let left = token.expires_at - kernel::Clock::system().now();
        note(&format!("a token is stored that ends in {:.1} s; waiting for that", left.as_seconds_f32()));
        tokio::time::sleep(left.to_std().unwrap_or_default() + Duration::from_millis(300)).await;
        Vendor::Github.ask(scene, &token.value).await?.expect(401)?;
        if scene.refreshes_at_github().await? == refreshes {
            return Ok(("GitHub answers 401 to it".to_owned(), Ended { token, refreshes }));
        }
        note("the background was first and has renewed it already; once more");
    }
    bail!("the background renewed the token three times in a row")
}

/// The vendor's setting is put back whatever happens in between.
async fn shorten(scene: &Scene, person: &Person, github: &Connection) -> Result<Token> {
    scene.set_token_life(Some(LIFE)).await?;
    let refresh = person.ask(scene, Method::POST, &format!("/connections/{}/refresh", github.id));
    let refreshed = send(refresh).await;
    scene.set_token_life(None).await?;
    refreshed?.expect(200)?;
    vend::token(scene, person, github).await
}

pub async fn many_ask(scene: &Scene, person: &Person, github: &Connection, old: &Ended) -> Result<Seen<Token>> {
    let gate = Arc::new(Barrier::new(CALLERS));
    let mut callers = JoinSet::new();
    for _ in 0..CALLERS {
        let (gate, request) = (Arc::clone(&gate), vend::request(scene, person, github));
        callers.spawn(async move {
            gate.wait().await;
            vend::read(&send(request).await?.expect(200)?)
        });
    }
    let tokens = callers.join_all().await.into_iter().collect::<Result<Vec<Token>>>()?;
    let different: BTreeSet<&str> = tokens.iter().map(|token| token.value.as_str()).collect();
    ensure!(different.len() == 1, "the callers got {} different tokens", different.len());
    let fresh = tokens.into_iter().next().context("nobody got a token")?;
    ensure!(fresh.value != old.token.value, "the callers got the token that has ended");
    let refreshes = scene.refreshes_at_github().await? - old.refreshes;
    ensure!(refreshes == 1, "GitHub counts {refreshes} refreshes");
    Ok((format!("{CALLERS} answers 200, all with the same new token; GitHub counts 1 refresh"), fresh))
}

pub async fn only_the_new(scene: &Scene, old: &Ended, fresh: &Token) -> Result<Seen<()>> {
    let name = Vendor::Github.takes(scene, &fresh.value).await?;
    Vendor::Github.ask(scene, &old.token.value).await?.expect(401)?;
    Ok((format!("the new one: 200, {name}; the old one: 401"), ()))
}
