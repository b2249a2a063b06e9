//! Some people and everything of theirs, from rows there to rows here.

use super::{
    ImportError,
    ids::{self, Table},
    people::{Here, People},
    report::{Reason, Report},
    sealed::Opener,
};
use crate::{
    account_tokens::{AccountToken, AccountTokens},
    email::is_address,
    passwords::{Stored, StoredError},
};
use chrono::{DateTime, TimeDelta, Utc};
use db::{
    PgConnection,
    auth::{
        better_auth::{Account, Person, Session},
        import::{self, ImportedAccount, ImportedUser},
        sessions,
        users::User,
    },
};
use kernel::Secret;
use std::collections::{HashMap, HashSet};
use uuid::Uuid;
use vault::Sealed;

/// Better Auth's name for a password, and ours.
const CREDENTIAL: &str = "credential";
/// Clocks differ; what is said to come into being later than this from now is an error.
const TOLERANCE: TimeDelta = TimeDelta::days(1);
/// No session lives longer, whatever Better Auth was configured to.
const LONGEST_SESSION: TimeDelta = TimeDelta::days(400);
/// How long a session lives in Better Auth whose person asked not to be remembered, and a minute for its clock.
const UNREMEMBERED: TimeDelta = TimeDelta::minutes(24 * 60 + 1);

pub struct Batch<'a> {
    pub report: &'a mut Report,
    /// The time of the source up to which everything is seen.
    pub until: DateTime<Utc>,
    pub now: DateTime<Utc>,
    pub tokens: &'a AccountTokens,
    pub opener: &'a Opener,
}

impl Batch<'_> {
    /// Adds the people who are not here; those whose address is somebody else's are left out, never merged.
    pub async fn people(&mut self, to: &mut PgConnection, people: Vec<Person>) -> Result<People, ImportError> {
        let ids: Vec<Uuid> = people.iter().map(|person| ids::user(&person.id).as_uuid()).collect();
        let existing: HashMap<Uuid, _> = import::existing_users(&mut *to, &ids).await?.into_iter().collect();
        let mut here = People::default();
        let mut new = Vec::new();
        for person in people {
            if let Some(imported_at) = existing.get(&ids::user(&person.id).as_uuid()) {
                self.report.people.known += 1;
                here.add(person.id, imported_at.map_or(Here::OnTheirOwn, Here::Until));
                continue;
            }
            let old_id = person.id.clone();
            match self.user(person) {
                Ok(user) => new.push((old_id, user)),
                Err(reason) => self.leave_out_person(&old_id, reason),
            }
        }
        let (old_ids, users): (Vec<_>, Vec<_>) = new.into_iter().unzip();
        let added: HashSet<Uuid> = import::add_users(to, &users).await?.into_iter().collect();
        for (old_id, row) in old_ids.into_iter().zip(users) {
            if added.contains(&row.user.id.as_uuid()) {
                self.report.people.added += 1;
                here.add(old_id, Here::SinceNow);
            } else {
                self.leave_out_person(&old_id, Reason::AddressTaken);
            }
        }
        Ok(here)
    }

    /// Adds passwords and linked accounts.
    pub async fn accounts(
        &mut self,
        to: &mut PgConnection,
        people: &mut People,
        accounts: Vec<Account>,
    ) -> Result<(), ImportError> {
        let ids: Vec<Uuid> = accounts.iter().map(|account| ids::made(Table::Account, &account.id)).collect();
        let existing: HashSet<Uuid> = import::existing_accounts(&mut *to, &ids).await?.into_iter().collect();
        let mut new = Vec::new();
        for (id, account) in ids.into_iter().zip(accounts) {
            let Some(here) = people.get(&account.person) else {
                self.report.accounts.with_person += 1;
                continue;
            };
            if existing.contains(&id) || !here.lacks(account.created_at) {
                self.report.accounts.known += 1;
                continue;
            }
            let (old_id, person) = (account.id.clone(), account.person.clone());
            match self.account(id, account)? {
                Ok(account) => new.push(((old_id, person), account)),
                Err(reason) => self.leave_out_account(&old_id, reason),
            }
        }
        let (old_ids, rows): (Vec<_>, Vec<_>) = new.into_iter().unzip();
        let added: HashSet<Uuid> = import::add_accounts(to, &rows).await?.into_iter().collect();
        for ((old_id, person), row) in old_ids.into_iter().zip(rows) {
            if added.contains(&row.id) {
                self.report.accounts.added += 1;
                people.extend(&person);
            } else {
                self.leave_out_account(&old_id, Reason::AccountTaken);
            }
        }
        Ok(())
    }

    /// Adds the sessions that live.
    pub async fn sessions(
        &mut self,
        to: &mut PgConnection,
        people: &mut People,
        sessions: Vec<Session>,
    ) -> Result<(), ImportError> {
        let ids: Vec<Uuid> = sessions.iter().map(|session| ids::made(Table::Session, &session.id)).collect();
        let existing: HashSet<Uuid> = import::existing_sessions(&mut *to, &ids).await?.into_iter().collect();
        let mut new = Vec::new();
        for (id, session) in ids.into_iter().zip(sessions) {
            if session.expires_at.is_some_and(|expires_at| expires_at <= self.now) {
                self.report.sessions.expired += 1;
                continue;
            }
            let Some(here) = people.get(&session.person) else {
                self.report.sessions.with_person += 1;
                continue;
            };
            if existing.contains(&id) || !here.lacks(session.created_at) {
                self.report.sessions.known += 1;
                continue;
            }
            let (old_id, person) = (session.id.clone(), session.person.clone());
            match self.session(id, session) {
                Ok(session) => new.push(((old_id, person), session)),
                Err(reason) => self.leave_out_session(&old_id, reason),
            }
        }
        let (old_ids, rows): (Vec<_>, Vec<_>) = new.into_iter().unzip();
        let added: HashSet<Uuid> = import::add_sessions(to, &rows).await?.into_iter().collect();
        for ((old_id, person), (session, _)) in old_ids.into_iter().zip(rows) {
            if added.contains(&session.id) {
                self.report.sessions.added += 1;
                people.extend(&person);
            } else {
                self.leave_out_session(&old_id, Reason::TokenTaken);
            }
        }
        Ok(())
    }

    fn user(&self, person: Person) -> Result<ImportedUser, Reason> {
        if !is_address(&person.email) {
            return Err(Reason::Address);
        }
        let created_at = self.past(person.created_at)?;
        let user = User {
            id: ids::user(&person.id),
            name: person.name,
            email: person.email.to_ascii_lowercase(),
            email_verified: person.email_verified,
            image: person.image,
            created_at,
            updated_at: self.past(person.updated_at)?,
        };
        Ok(ImportedUser { user, imported_id: ids::remembered(&person.id), imported_at: self.until })
    }

    fn account(&mut self, id: Uuid, account: Account) -> Result<Result<ImportedAccount, Reason>, ImportError> {
        let (created_at, updated_at) = match (self.past(account.created_at), self.past(account.updated_at)) {
            (Ok(created_at), Ok(updated_at)) => (created_at, updated_at),
            (Err(reason), _) | (_, Err(reason)) => return Ok(Err(reason)),
        };
        let user = ids::user(&account.person);
        let mut row = ImportedAccount {
            id,
            user,
            provider_id: account.provider_id,
            account_id: account.account_id,
            password_hash: None,
            access_token: None,
            refresh_token: None,
            id_token: None,
            access_token_expires_at: None,
            refresh_token_expires_at: None,
            scopes: None,
            created_at,
            updated_at,
        };
        if row.provider_id == CREDENTIAL {
            row.account_id = user.simple();
            return Ok(
                password(account.password.as_ref()).map(|hash| ImportedAccount { password_hash: Some(hash), ..row })
            );
        }
        row.scopes = account.scope.as_deref().map(scopes).filter(|scopes| !scopes.is_empty());
        let stored = [account.access_token, account.refresh_token, account.id_token];
        match self.resealed(id, &stored)? {
            Some([access_token, refresh_token, id_token]) => {
                (row.access_token, row.refresh_token, row.id_token) = (access_token, refresh_token, id_token);
                row.access_token_expires_at = account.access_token_expires_at;
                row.refresh_token_expires_at = account.refresh_token_expires_at;
            }
            None => self.report.note("account", &account.id, Reason::SealedTokens),
        }
        Ok(Ok(row))
    }

    /// The tokens, sealed for their row here; `None` when one of them does not open.
    fn resealed(&self, id: Uuid, stored: &[Option<Secret>; 3]) -> Result<Option<[Option<Sealed>; 3]>, ImportError> {
        let kinds = [AccountToken::Access, AccountToken::Refresh, AccountToken::Id];
        let mut resealed = [None, None, None];
        for ((stored, kind), place) in stored.iter().zip(kinds).zip(&mut resealed) {
            let Some(stored) = stored.as_ref().filter(|stored| !stored.expose().is_empty()) else { continue };
            let Ok(token) = self.opener.open(stored) else { return Ok(None) };
            *place = Some(self.tokens.seal(id, kind, &token)?);
        }
        Ok(Some(resealed))
    }

    fn session(&self, id: Uuid, session: Session) -> Result<(sessions::Session, [u8; 32]), Reason> {
        let expires_at = session.expires_at.filter(|at| *at <= self.now + LONGEST_SESSION).ok_or(Reason::Time)?;
        let updated_at = self.past(session.updated_at)?;
        let row = sessions::Session {
            id,
            user: ids::user(&session.person),
            expires_at,
            // It is not stored there: only the browser knows, by a cookie. A day is what such a session gets.
            remember: expires_at - updated_at > UNREMEMBERED,
            ip_address: session.ip_address.unwrap_or_default(),
            user_agent: session.user_agent.unwrap_or_default(),
            created_at: self.past(session.created_at)?,
            updated_at,
        };
        Ok((row, kernel::sha256(session.token.expose())))
    }

    fn past(&self, time: Option<DateTime<Utc>>) -> Result<DateTime<Utc>, Reason> {
        time.filter(|time| *time <= self.now + TOLERANCE).ok_or(Reason::Time)
    }

    fn leave_out_person(&mut self, id: &str, reason: Reason) {
        self.report.people.left_out += 1;
        self.report.note("user", id, reason);
    }

    fn leave_out_account(&mut self, id: &str, reason: Reason) {
        self.report.accounts.left_out += 1;
        self.report.note("account", id, reason);
    }

    fn leave_out_session(&mut self, id: &str, reason: Reason) {
        self.report.sessions.left_out += 1;
        self.report.note("session", id, reason);
    }
}

/// The hash, if it is one that a sign-in can check.
fn password(stored: Option<&Secret>) -> Result<String, Reason> {
    let hash = stored.ok_or(Reason::Password)?.expose();
    match Stored::parse(hash) {
        Ok(_) => Ok(hash.clone()),
        Err(StoredError::Unknown) => Err(Reason::Password),
        Err(StoredError::TooExpensive) => Err(Reason::ExpensivePassword),
    }
}

/// Better Auth separates scopes with commas, some providers with spaces.
fn scopes(text: &str) -> Vec<String> {
    text.split([',', ' ']).filter(|scope| !scope.is_empty()).map(ToOwned::to_owned).collect()
}
