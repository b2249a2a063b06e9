//! To whom a tenant's signals are forwarded: said by people, one subscription an address.

use super::forward::{
    keys::{Keys, KeysError, SigningSecret},
    target::TargetError,
};
use crate::{App, http::Caller, rights::Allowed};
use db::{
    audit,
    subscriptions::{self, DeadLetter, Subscription, Write},
};
use kernel::{Secret, SignalKind};
use serde_json::json;
use std::collections::BTreeSet;
use uuid::Uuid;

/// Each signal is looked at once for each.
const MOST: usize = 20;
const LONGEST_DESCRIPTION: usize = 500;
const MOST_PROVIDERS: usize = 200;
/// Of what was given up, shown with a subscription.
const SHOWN: i64 = 20;
/// Of what was given up, made due again by one call.
const MOST_REPLAYED: i64 = 10_000;

/// What a person says about one.
pub struct Wish {
    pub url: String,
    pub description: Option<String>,
    /// `None`: all.
    pub kinds: Option<Vec<String>>,
    /// `None`: all that the caller may see.
    pub providers: Option<Vec<String>>,
    /// `None`: one is made, or the present one stays.
    pub secret: Option<Secret>,
}

/// Why it was not done.
#[derive(Debug, thiserror::Error)]
pub enum SubscriptionError {
    #[error("a part of it cannot be used")]
    Invalid { pointer: &'static str, detail: &'static str },
    #[error("the address cannot be used")]
    Target(#[from] TargetError),
    #[error("the tenant has as many as it may")]
    TooMany,
    #[error("no such subscription")]
    NotFound,
    /// It forwards signals of providers that are none of the caller's.
    #[error("the subscription is not the caller's to change")]
    NotTheirs,
    #[error("its secret cannot be had")]
    Keys(#[from] KeysError),
    #[error("the database failed")]
    Database(#[from] db::Error),
}

/// A subscription with how it does.
pub struct Shown {
    pub subscription: Subscription,
    pub backlog: i64,
    pub dead: i64,
}

/// What became of a wish. `made`: the secret, where it was made here.
pub struct Put {
    pub id: Uuid,
    pub is_new: bool,
    pub made: Option<SigningSecret>,
}

/// Writes it in place of what the address had, and enables it.
pub async fn put(app: &App, caller: &Caller, wish: Wish) -> Result<Put, SubscriptionError> {
    let (url, _) = app.config.receivers.allow(&wish.url)?;
    let Wish { description, kinds, providers, secret, .. } = wish;
    if description.as_ref().is_some_and(|text| text.chars().count() > LONGEST_DESCRIPTION) {
        return Err(invalid("#/description", "at most 500 characters"));
    }
    let kinds = check_kinds(kinds)?;
    let providers = check_providers(app, caller, providers)?;
    let given = secret.map(|text| {
        let form = invalid("#/secret", "whsec_ and 24 to 64 bytes in base64; leave it out to have one made");
        SigningSecret::parse(&text).ok_or(form)
    });
    let given = given.transpose()?;
    let now = app.clock.now();
    let mut transaction = app.pool.begin().await?;
    subscriptions::hold(&mut *transaction, caller.tenant).await?;
    let mut there = subscriptions::all(&mut *transaction, caller.tenant).await?;
    let count = there.len();
    let existing = there.iter().position(|one| one.url == url.as_str()).map(|at| there.swap_remove(at));
    let is_new = existing.is_none();
    let made = (is_new && given.is_none()).then(SigningSecret::generate);
    let (id, keys) = match existing {
        Some(existing) if !is_theirs(caller, &existing) => return Err(SubscriptionError::NotTheirs),
        Some(existing) => {
            let keys = Keys::open(&app.vault, caller.tenant, existing.id, existing.sealed)?;
            let keys = if let Some(given) = &given { keys.rotated(given, now) } else { keys };
            (existing.id, keys)
        }
        None if count >= MOST => return Err(SubscriptionError::TooMany),
        None => {
            let secret = given.as_ref().or(made.as_ref());
            (Uuid::now_v7(), Keys::new(secret.ok_or(KeysError::Form)?))
        }
    };
    let write = Write {
        id,
        url: url.as_str(),
        description: description.as_deref(),
        kinds: kinds.as_deref(),
        providers: providers.as_deref(),
        sealed: keys.seal(&app.vault, caller.tenant, id)?,
    };
    let action = if is_new {
        subscriptions::insert(&mut *transaction, caller.tenant, &write, now).await?;
        "subscription.create"
    } else {
        // Held against a send that disables it at this moment.
        subscriptions::hold_one(&mut *transaction, caller.tenant, id).await?;
        subscriptions::replace(&mut *transaction, caller.tenant, &write, now).await?;
        "subscription.replace"
    };
    write_down(app, &mut transaction, caller, action, id).await?;
    transaction.commit().await?;
    app.feed.forwarding.notify_one();
    Ok(Put { id, is_new, made })
}

/// All of the tenant's that the caller may see, oldest first.
pub async fn list(app: &App, caller: &Caller) -> Result<Vec<Shown>, SubscriptionError> {
    let counts = subscriptions::waiting(&app.pool, caller.tenant).await?;
    let all = subscriptions::all(&app.pool, caller.tenant).await?;
    let theirs = all.into_iter().filter(|one| is_theirs(caller, one));
    Ok(theirs
        .map(|subscription| {
            let counted = counts.iter().find(|(id, ..)| *id == subscription.id);
            let (backlog, dead) = counted.map_or((0, 0), |(_, backlog, dead)| (*backlog, *dead));
            Shown { subscription, backlog, dead }
        })
        .collect())
}

/// One of them, with the newest that was given up.
pub async fn show(app: &App, caller: &Caller, id: Uuid) -> Result<(Shown, Vec<DeadLetter>), SubscriptionError> {
    let shown = list(app, caller).await?.into_iter().find(|one| one.subscription.id == id);
    let shown = shown.ok_or(SubscriptionError::NotFound)?;
    let dead = subscriptions::dead_letters(&app.pool, caller.tenant, id, SHOWN).await?;
    Ok((shown, dead))
}

/// Forgets it and what was on its way.
pub async fn delete(app: &App, caller: &Caller, id: Uuid) -> Result<(), SubscriptionError> {
    let mut transaction = app.pool.begin().await?;
    held(&mut transaction, caller, id).await?;
    subscriptions::delete(&mut *transaction, caller.tenant, id).await?;
    write_down(app, &mut transaction, caller, "subscription.delete", id).await?;
    transaction.commit().await?;
    Ok(())
}

/// Makes a new secret. The present one signs beside it for a day.
pub async fn rotate(app: &App, caller: &Caller, id: Uuid) -> Result<SigningSecret, SubscriptionError> {
    let (now, secret) = (app.clock.now(), SigningSecret::generate());
    let mut transaction = app.pool.begin().await?;
    let found = held(&mut transaction, caller, id).await?;
    let keys = Keys::open(&app.vault, caller.tenant, id, found.sealed)?.rotated(&secret, now);
    let sealed = keys.seal(&app.vault, caller.tenant, id)?;
    subscriptions::reseal(&mut *transaction, caller.tenant, id, &sealed, now).await?;
    write_down(app, &mut transaction, caller, "subscription.rotate_secret", id).await?;
    transaction.commit().await?;
    Ok(secret)
}

/// Makes what was given up due again. How many, and whether there are more.
pub async fn replay(app: &App, caller: &Caller, id: Uuid) -> Result<(u64, bool), SubscriptionError> {
    let mut transaction = app.pool.begin().await?;
    held(&mut transaction, caller, id).await?;
    let now = app.clock.now();
    let count = subscriptions::replay(&mut *transaction, caller.tenant, id, now, MOST_REPLAYED).await?;
    let left = subscriptions::dead_letters(&mut *transaction, caller.tenant, id, 1).await?;
    write_down(app, &mut transaction, caller, "subscription.replay", id).await?;
    transaction.commit().await?;
    app.feed.forwarding.notify_one();
    Ok((count, !left.is_empty()))
}

async fn held(
    transaction: &mut db::PgConnection,
    caller: &Caller,
    id: Uuid,
) -> Result<Subscription, SubscriptionError> {
    subscriptions::hold(&mut *transaction, caller.tenant).await?;
    let found = subscriptions::hold_one(transaction, caller.tenant, id).await?;
    found.filter(|one| is_theirs(caller, one)).ok_or(SubscriptionError::NotFound)
}

/// Whoever is limited to some providers sees and changes what forwards signals of these alone.
fn is_theirs(caller: &Caller, subscription: &Subscription) -> bool {
    let Some(only) = caller.only_providers() else { return true };
    subscription.providers.as_ref().is_some_and(|providers| providers.iter().all(|one| only.contains(one)))
}

fn check_kinds(kinds: Option<Vec<String>>) -> Result<Option<Vec<String>>, SubscriptionError> {
    let Some(kinds) = kinds else { return Ok(None) };
    let kinds: BTreeSet<String> = kinds.into_iter().collect();
    if kinds.is_empty() || kinds.iter().any(|word| word.parse::<SignalKind>().is_err()) {
        return Err(invalid("#/kinds", "names of kinds of signals; leave it out for all of them"));
    }
    Ok(Some(kinds.into_iter().collect()))
}

fn check_providers(
    app: &App,
    caller: &Caller,
    providers: Option<Vec<String>>,
) -> Result<Option<Vec<String>>, SubscriptionError> {
    let Some(providers) = providers else { return Ok(caller.only_providers()) };
    let providers: BTreeSet<String> = providers.into_iter().collect();
    let known = app.providers.get();
    if !(1..=MOST_PROVIDERS).contains(&providers.len()) || providers.iter().any(|slug| known.known(slug).is_none()) {
        return Err(invalid("#/providers", "1 to 200 names of providers; leave it out for all of them"));
    }
    let allowed = caller.only_providers().map_or(Allowed::All, |only| Allowed::Only(only.into_iter().collect()));
    if !providers.iter().all(|slug| allowed.includes(slug)) {
        return Err(SubscriptionError::NotTheirs);
    }
    Ok(Some(providers.into_iter().collect()))
}

const fn invalid(pointer: &'static str, detail: &'static str) -> SubscriptionError {
    SubscriptionError::Invalid { pointer, detail }
}

async fn write_down(
    app: &App,
    transaction: &mut db::PgConnection,
    caller: &Caller,
    action: &str,
    id: Uuid,
) -> Result<(), db::Error> {
    let (at, actor, target) = (app.clock.now(), caller.audit_name(), id.to_string());
    let entry = audit::Entry { at, actor: &actor, action, target: &target, detail: json!({}) };
    audit::append(transaction, caller.tenant, entry).await
}
