//! The providers: what each lacks, what to paste at the vendor, and whether the vendor can be reached.

use super::{
    auth::{date, unsure},
    finding::{Findings, Missing, ProviderFound},
    ours::skew,
};
use crate::config::Urls;
use futures_util::{StreamExt, stream};
use http::Method;
use kernel::{Clock, Parameters};
use outbound::Client;
use providers::{Configured, Provider, Registry, VENDORS};
use std::{collections::BTreeSet, pin::pin, sync::Arc, time::Duration};

/// A vendor's front door answers in less.
const PATIENCE: Duration = Duration::from_secs(5);
/// Vendors that are asked at the same time.
const AT_ONCE: usize = 8;
/// Whatever the front door says; it is not read.
const LARGEST: usize = 1024 * 1024;

/// Which of them are told of, and out of what.
pub struct Wanted<'a> {
    /// Of the providers' settings those that are there, by key.
    pub keys: &'a BTreeSet<String>,
    pub urls: &'a Urls,
    pub slugs: &'a [String],
}

/// The vendors with code of their own, what is set up of the catalogue, and what was asked for by name.
pub fn list(found: &mut Findings, registry: &Registry, wanted: &Wanted<'_>) {
    for slug in wanted.slugs {
        if registry.known(slug).is_none() {
            found.fault("providers", format!("nobody knows a provider {slug:?}"), "GET /providers lists them all");
        }
    }
    let is_vendor = |provider: &Provider| VENDORS.iter().any(|vendor| vendor.slug == provider.slug);
    let mut others = 0;
    for provider in registry.all() {
        if is_vendor(provider) || registry.settings(&provider.slug).is_some() || wanted.slugs.contains(&provider.slug) {
            found.provider(told(provider, registry, wanted));
        } else {
            others += 1;
        }
    }
    found.note(
        "providers",
        format!("{others} more of the catalogue are not set up; --provider SLUG tells what one needs"),
    );
}

fn told(provider: &Provider, registry: &Registry, wanted: &Wanted<'_>) -> ProviderFound {
    let Wanted { keys: there, urls, slugs: _ } = wanted;
    let (keys, settings) = (&provider.keys, registry.settings(&provider.slug));
    let mut missing = Vec::new();
    let mut lacks = |to: &'static str, keys: &[&String]| {
        let keys: Vec<String> =
            keys.iter().filter(|key| !there.contains(key.as_str())).map(|key| (*key).clone()).collect();
        if !keys.is_empty() {
            missing.push(Missing { keys, to });
        }
    };
    // One whose entry came later than the environment was read has all that it is used with.
    if provider.oauth().is_some() && settings.is_none() {
        lacks("to connect accounts", &[&keys.client_id, &keys.client_secret]);
    }
    if let Some(key) = &keys.webhook_secret {
        lacks("to take webhooks that are entered at the vendor", &[key]);
    }
    if let Some(app) = &keys.app {
        let has_key = there.contains(&app.private_key) || there.contains(&app.private_key_path);
        let key = (!has_key).then_some(&app.private_key_path);
        let keys: Vec<&String> = [&app.name, &app.id].into_iter().chain(key).collect();
        lacks("for an app that organisations install", &keys);
    }
    if let Some(push) = &keys.push {
        lacks("for pushes through the vendor's message service", &[&push.topic, &push.service_account]);
    }
    let registers = provider.vendor.webhooks().is_some_and(|webhooks| webhooks.registrar().is_some());
    let pushes = provider.webhook.is_some();
    ProviderFound {
        slug: provider.slug.clone(),
        is_set_up: provider.oauth().is_none() || settings.is_some(),
        missing,
        redirect_url: settings
            .map_or_else(|| urls.callback(&provider.slug), |settings| settings.redirect_uri.to_string()),
        webhook_url: pushes.then(|| urls.public(&format!("/webhooks/{}", provider.slug))),
        webhooks: pushes.then_some(if registers {
            "registered for each connection; the app's own is entered"
        } else {
            "entered at the vendor"
        }),
        docs: provider.docs.clone(),
    }
}

/// Asks the front door of each that is set up. Any answer is one. What `in_all` does not suffice for is told of as not asked.
pub async fn reach(found: &mut Findings, client: &Client, clock: &Clock, registry: &Registry, in_all: Duration) {
    let set_up: Vec<_> = registry
        .all()
        .filter_map(|provider| {
            let settings = registry.settings(&provider.slug)?;
            // One with several places has none before a connection names it.
            Configured::new(Arc::clone(provider), Arc::clone(settings), &Parameters::default()).ok()
        })
        .collect();
    let count = set_up.len();
    let asked = stream::iter(set_up).map(|configured| async move {
        let before = clock.now();
        let answer = async {
            let request = client.request(&configured.hosts, Method::GET, &configured.endpoints.token)?;
            client.send(request.timeout(PATIENCE), LARGEST).await
        };
        (configured.provider.slug.clone(), answer.await, before, clock.now())
    });
    let mut answers: Vec<_> =
        asked.buffer_unordered(AT_ONCE).take_until(pin!(tokio::time::sleep(in_all))).collect().await;
    if answers.len() < count {
        let says = format!("{} vendors were not heard of in time", count - answers.len());
        found.note("providers", says);
    }
    answers.sort_by(|one, other| one.0.cmp(&other.0));
    for (slug, answer, before, after) in answers {
        match answer {
            Ok(answer) => match date(&answer.headers) {
                Some(theirs) => skew(found, &slug, "the vendor's", theirs, before, unsure(before, after)),
                None => found.ok(&slug, "the vendor can be reached"),
            },
            Err(error) => {
                let todo = "look at the firewall and the name server, and at the vendor's status page";
                found.fault(&slug, format!("the vendor cannot be reached: {error}"), todo);
            }
        }
    }
}
