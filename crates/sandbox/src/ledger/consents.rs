//! What a person has agreed to before. Two vendors give a refresh token at the first consent only, and one lets scopes add
//! up over consents.

use crate::account::Account;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

#[derive(Default, Serialize, Deserialize)]
struct Consent {
    scopes: Vec<String>,
    /// Whether a refresh token was asked for at any of them.
    offline: bool,
}

/// By the client and, within it, the account.
#[derive(Default, Serialize, Deserialize)]
pub(crate) struct Consents(BTreeMap<String, BTreeMap<Account, Consent>>);

/// What an agreement comes to, in the light of the earlier ones.
pub(crate) struct Agreement {
    /// Whether it is the first one that asked for a refresh token.
    pub(crate) first_offline: bool,
    /// Everything ever agreed to, the newest last.
    pub(crate) scopes: Vec<String>,
}

impl Consents {
    pub(crate) fn agree(
        &mut self,
        account: &Account,
        client_id: &str,
        scopes: &[String],
        is_offline: bool,
    ) -> Agreement {
        let consent = self.0.entry(client_id.to_owned()).or_default().entry(account.clone()).or_default();
        for scope in scopes {
            if !consent.scopes.contains(scope) {
                consent.scopes.push(scope.clone());
            }
        }
        let first_offline = is_offline && !consent.offline;
        consent.offline |= is_offline;
        Agreement { first_offline, scopes: consent.scopes.clone() }
    }

    /// The person removes the app: the next consent is the first one again.
    pub(crate) fn forget(&mut self, account: Option<&Account>, client_id: Option<&str>) {
        for (_, people) in self.0.iter_mut().filter(|(id, _)| client_id.is_none_or(|client| client == *id)) {
            people.retain(|who, _| account.is_some_and(|account| account != who));
        }
    }
}
