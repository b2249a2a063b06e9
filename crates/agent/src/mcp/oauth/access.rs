//! The access to one server over time: a token when one is wanted, a fresh one when it has run out, more scopes when they do
//! not do, and an end to it.

use super::{Authority, AuthorizeError, Authorizer, Browser, Grant, Registration};
use crate::mcp::{Challenge, McpError};
use chrono::{DateTime, TimeDelta, Utc};
use kernel::Secret;
use oauth::{Refusal, TokenError};

/// So often a person is asked, in all. A server that is not content after that never will be.
const MOST_CONSENTS: u8 = 3;
/// The age from which on a refused token may have run out.
const FRESH: TimeDelta = TimeDelta::seconds(10);
/// What an authorization server calls the permission to renew without the person.
const OFFLINE: &str = "offline_access";

/// One person's access to one server. Give every refusal of the server to [`Access::obtain`], and try again with
/// [`Access::bearer`].
pub struct Access<'a> {
    ours: Authorizer<'a>,
    browser: &'a dyn Browser,
    found: Option<(Authority, Registration)>,
    grant: Option<Grant>,
    given_at: Option<DateTime<Utc>>,
    /// All that was asked for so far.
    scopes: Vec<String>,
    consents: u8,
}

impl<'a> Access<'a> {
    pub fn new(ours: Authorizer<'a>, browser: &'a dyn Browser) -> Self {
        Self { ours, browser, found: None, grant: None, given_at: None, scopes: Vec::new(), consents: 0 }
    }

    pub fn bearer(&self) -> Option<Secret> {
        self.grant.as_ref().map(|grant| grant.access_token.clone())
    }

    /// Another token than the one that was refused. Whatever else went wrong comes back as it is.
    pub async fn obtain(&mut self, refused: McpError) -> Result<(), AuthorizeError> {
        let (challenge, may_refresh) = match refused {
            McpError::Unauthorized { challenge } => (challenge, true),
            // A refreshed token has the scopes that the old one had.
            McpError::Forbidden { challenge } => (challenge, false),
            other => return Err(other.into()),
        };
        let (authority, registration) = match self.found.clone() {
            Some(found) => found,
            None => self.find(&challenge).await?,
        };
        let now = self.ours.clock.now();
        // Refused so soon after it was given, it was not refused for its age, and neither would the next one be.
        let may_refresh = may_refresh && self.given_at.is_none_or(|given| now - given > FRESH);
        let refresh_token = self.grant.as_ref().and_then(|grant| grant.refresh_token.clone());
        if let Some(refresh_token) = refresh_token.filter(|_| may_refresh) {
            match self.ours.refresh(&authority, &registration, &refresh_token).await {
                Ok(grant) => {
                    self.keep(grant);
                    return Ok(());
                }
                // Used, revoked, run out: only the person can help.
                Err(AuthorizeError::Token(TokenError::Refused { refusal: Refusal::InvalidGrant, .. })) => {}
                Err(other) => return Err(other),
            }
        }
        self.consents += 1;
        if self.consents > MOST_CONSENTS {
            return Err(AuthorizeError::TooManyAttempts);
        }
        self.want(&challenge, &authority);
        let grant = self.ours.authorize(&authority, &registration, &self.scopes, self.browser).await?;
        self.keep(grant);
        Ok(())
    }

    fn keep(&mut self, grant: Grant) {
        self.grant = Some(grant);
        self.given_at = Some(self.ours.clock.now());
    }

    async fn find(&mut self, challenge: &Challenge) -> Result<(Authority, Registration), AuthorizeError> {
        let authority = self.ours.discover(Some(challenge)).await?;
        let registration = self.ours.register(&authority).await?;
        self.found = Some((authority.clone(), registration.clone()));
        Ok((authority, registration))
    }

    /// What the challenge names, else all that the resource names; beside what was asked for before, so that a step up takes
    /// nothing away.
    fn want(&mut self, challenge: &Challenge, authority: &Authority) {
        let named = if challenge.scopes.is_empty() { &authority.scopes } else { &challenge.scopes };
        let offline = authority.described.scopes_supported.iter().filter(|scope| *scope == OFFLINE);
        for scope in named.iter().chain(offline) {
            if !self.scopes.contains(scope) {
                self.scopes.push(scope.clone());
            }
        }
    }
}
