//! `make demo`: the whole story against the running stack, told step by step, each of them checked.

mod agent;
mod connect;
mod deliver;
mod disconnect;
mod expire;
mod http;
mod narrate;
mod person;
mod scene;
mod signals;
mod sync;
mod vend;

use crate::{payloads, place::Place, settings::Settings, stop::Interrupted};
use anyhow::{Context, Result, bail};
use narrate::Story;
use person::Person;
use scene::Scene;
pub use scene::first_operator_token;
use std::process::ExitCode;
use vend::Vendor;

pub fn run(place: &Place) -> Result<ExitCode> {
    if !place.dev.join("env").is_file() {
        bail!("`make dev` has not run here yet; start it in another terminal, and then this again: make dev");
    }
    let settings = Settings::load(place)?;
    payloads::fetch(place)?;
    let deliveries = deliver::read(&payloads::index(place))?;
    let scene = Scene::set(place, &settings)?;
    let runtime = tokio::runtime::Runtime::new().context("the demo cannot start")?;
    runtime.block_on(async {
        let mut story = Story::default();
        tokio::select! {
            told = tell(&mut story, &scene, &deliveries) => Ok(story.end(told.is_some())),
            _ = tokio::signal::ctrl_c() => Err(Interrupted.into()),
        }
    })
}

/// The steps in their order. A step with `?` is one that others build on; `None` says that one of those failed.
async fn tell(story: &mut Story, scene: &Scene, payloads: &[deliver::Payload]) -> Option<()> {
    story.step("make dev is up, and its certificate holds", scene.is_up()).await?;
    let mut person = story.step("A person signs up", Person::sign_up(scene)).await?;
    story.step("They get a JWT, which holds against the published keys", person.fetch_jwt(scene)).await?;
    story.step("A JWT with one letter changed is refused", person.tampered_is_refused(scene)).await;
    let organisation = story.step("An operator creates a tenant for an organisation", scene.create_tenant()).await?;

    let linear = sync::connect(scene, &person);
    let (linear, issues) = story.step("The person connects Linear, through its consent page", linear).await?;
    let github = connect::connect(scene, &person, Vendor::Github);
    let github = story.step("The person connects GitHub, through its consent page", github).await?;
    let both = [&linear, &github];
    story.step("Both connections are listed, and active", connect::are_listed(scene, &person, both)).await;

    let fetched = sync::everything_is_fetched(scene, &person, &linear);
    story.step("All 5,000 issues at Linear are fetched", fetched).await?;

    let linear_token = vend::and_use(scene, &person, &linear);
    let linear_token = story.step("An operator gets a token for Linear, and Linear takes it", linear_token).await?;
    let github_token = vend::and_use(scene, &person, &github);
    story.step("An operator gets a token for GitHub, and GitHub takes it", github_token).await?;
    let old = expire::a_token(scene, &person, &github);
    let old = story.step("A token with a short life is stored, and runs out", old).await?;
    let fresh = expire::many_ask(scene, &person, &github, &old);
    let fresh = story.step("32 callers ask for a token at the same moment: one refresh", fresh).await?;
    story.step("GitHub takes the new token, and not the old one", expire::only_the_new(scene, &old, &fresh)).await;

    let inbox = deliver::Inbox::new(scene, &person, payloads);
    story.step("Every real GitHub webhook payload is signed and delivered", inbox.deliver_all()).await?;
    let stored = story.step("What was answered 2xx is stored, once", async { inbox.is_stored() }).await?;
    story.step("Every one is delivered a second time, and nothing is added", inbox.deliver_all_again(stored)).await;
    let count = story.step("All deliveries are read", inbox.are_read()).await?;
    story.step("The signals come back, paged", signals::are_paged(scene, &person, count)).await;
    story
        .step("Filters narrow them, and nonsense is refused", signals::are_filtered(scene, &person, &github, count))
        .await;
    story.step("A payload changed after signing is refused, and not stored", inbox.tampered_is_refused()).await;
    story.step("Another tenant sees nothing of it", signals::are_private(scene, &person, &organisation, &github)).await;
    story.step("A webhook from Linear finds its connection", deliver::from_linear(scene, &person, &linear)).await;
    let told = sync::what_changes_is_told(scene, &person, &linear, &issues);
    story.step("Ten of the issues change, and ten signals tell of it", told).await;

    let allowed = agent::two_tools_are_allowed(scene, &person, &linear);
    if story.step("The person allows the agent two tools of Linear's, and nothing else", allowed).await.is_some() {
        story.step("The agent reads an issue and comments on it", agent::reads_and_comments(scene, &person)).await;
        story.step("A second run is cancelled while the model speaks", agent::is_cancelled(scene, &person)).await;
    }

    let gone = disconnect::disconnect(scene, &person, &github, &fresh.value);
    story.step("The person disconnects GitHub, which forgets the token", gone).await;
    let gone = disconnect::disconnect(scene, &person, &linear, &linear_token.value);
    story.step("The person disconnects Linear, which forgets the token", gone).await;
    story.step("Nobody gets a token any more", disconnect::nothing_is_vended(scene, &person, both)).await;
    Some(())
}
