//! The pages that are open in some browser and wait for a button. The ticket in the form is the protection against forged
//! posts, and the cookie ties it to the browser that was shown the page.

use super::Ask;
use axum::http::{HeaderMap, header};
use chrono::{DateTime, TimeDelta, Utc};
use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

const COOKIE: &str = "sandbox_browser";
/// More open pages than anybody has; the oldest ones go first.
const LIMIT: usize = 1000;

struct Page {
    ask: Ask,
    browser: String,
    expires_at: DateTime<Utc>,
}

#[derive(Default)]
pub(crate) struct Desk(Mutex<HashMap<String, Page>>);

impl Desk {
    /// The ticket for the form, and the cookie to set.
    pub(super) fn open(&self, ask: &Ask, headers: &HeaderMap, now: DateTime<Utc>) -> (String, String) {
        let browser = browser(headers).map_or_else(kernel::token, str::to_owned);
        let ticket = kernel::token();
        let page = Page { ask: ask.clone(), browser: browser.clone(), expires_at: now + TimeDelta::minutes(10) };
        let mut pages = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        pages.retain(|_, page| page.expires_at > now);
        if pages.len() >= LIMIT
            && let Some(oldest) = pages.iter().min_by_key(|(_, page)| page.expires_at).map(|(ticket, _)| ticket.clone())
        {
            pages.remove(&oldest);
        }
        pages.insert(ticket.clone(), page);
        (ticket, format!("{COOKIE}={browser}; Path=/; HttpOnly; SameSite=Lax"))
    }

    /// What the page asked, if the ticket is good; it is not good again.
    pub(super) fn take(&self, ticket: &str, headers: &HeaderMap, now: DateTime<Utc>) -> Option<Ask> {
        let browser = browser(headers)?;
        let mut pages = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let page = pages.remove(ticket)?;
        (page.expires_at > now && kernel::same(&page.browser, browser)).then_some(page.ask)
    }
}

fn browser(headers: &HeaderMap) -> Option<&str> {
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
    lines.flat_map(|line| line.split(';')).find_map(|pair| pair.trim().strip_prefix(COOKIE)?.strip_prefix('='))
}
