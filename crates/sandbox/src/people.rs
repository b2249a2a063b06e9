//! Who is signed in at each vendor, and what the vendor knows about the sandbox's people where that was changed.

use crate::account::{Account, Vendor};
use serde::{Deserialize, Deserializer};
use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

/// More people than any test has; the rest is refused.
const LIMIT: usize = 10_000;
/// No vendor's id is longer.
const LONGEST_ID: usize = 255;

/// What a vendor says of a person.
#[derive(Clone)]
pub(crate) struct Person {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) email: Option<String>,
    /// Whether the vendor calls the address verified, where it says so at all.
    pub(crate) email_verified: bool,
    /// Whether the profile shows the address, at the vendor where that is the person's choice.
    pub(crate) email_public: bool,
}

/// A person to be signed in from now on. What is absent is as the account's name makes it.
#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Description {
    /// The account name; absent it follows from the id, so that every id is somebody else.
    account: Option<Account>,
    id: Option<String>,
    name: Option<String>,
    /// `null`: the person has none.
    #[expect(clippy::option_option, reason = "absent, null and an address are three different wishes")]
    #[serde(default, deserialize_with = "present")]
    email: Option<Option<String>>,
    email_verified: Option<bool>,
    email_public: Option<bool>,
}

#[expect(clippy::option_option, reason = "absent, null and an address are three different wishes")]
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum BadPerson {
    #[error("an id is 1 to 255 printable characters without blanks, and at GitHub a number")]
    Id,
    #[error("there are too many people")]
    TooMany,
}

#[derive(Default)]
struct Town {
    signed_in: BTreeMap<Vendor, Account>,
    described: BTreeMap<(Vendor, Account), Description>,
}

#[derive(Default)]
pub(crate) struct People(Mutex<Town>);

impl People {
    fn town<T>(&self, with: impl FnOnce(&mut Town) -> T) -> T {
        with(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Who consents unless a request names somebody else.
    pub(crate) fn signed_in(&self, vendor: Vendor) -> Account {
        self.town(|town| town.signed_in.get(&vendor).cloned().unwrap_or_default())
    }

    /// Signs a person in at the vendor, and remembers what is said about them.
    pub(crate) fn sign_in(&self, vendor: Vendor, description: Description) -> Result<Account, BadPerson> {
        if description.id.as_deref().is_some_and(|id| !is_id(vendor, id)) {
            return Err(BadPerson::Id);
        }
        let account = match (&description.account, &description.id) {
            (Some(account), _) => account.clone(),
            (None, Some(id)) => named_after(id),
            (None, None) => Account::default(),
        };
        self.town(|town| {
            let key = (vendor, account.clone());
            if town.described.len() >= LIMIT && !town.described.contains_key(&key) {
                return Err(BadPerson::TooMany);
            }
            town.described.insert(key, description);
            town.signed_in.insert(vendor, account.clone());
            Ok(account)
        })
    }

    /// Everybody at the vendor is as their name makes them, and the default account is signed in.
    pub(crate) fn forget(&self, vendor: Vendor) {
        self.town(|town| {
            town.signed_in.remove(&vendor);
            town.described.retain(|(of, _), _| *of != vendor);
        });
    }

    pub(crate) fn person(&self, vendor: Vendor, account: &Account) -> Person {
        let key = (vendor, account.clone());
        let Description { id, name, email, email_verified, email_public, .. } =
            self.town(|town| town.described.get(&key).cloned()).unwrap_or_default();
        Person {
            id: id.unwrap_or_else(|| account.id_at(vendor)),
            name: name.unwrap_or_else(|| account.full_name()),
            email: email.unwrap_or_else(|| Some(format!("{account}@sandbox.invalid"))),
            email_verified: email_verified.unwrap_or(true),
            email_public: email_public.unwrap_or(false),
        }
    }

    /// The person's id, a number as GitHub has them.
    pub(crate) fn github_id(&self, account: &Account) -> u64 {
        self.person(Vendor::Github, account).id.parse().unwrap_or_else(|_| account.github_id())
    }
}

fn is_id(vendor: Vendor, id: &str) -> bool {
    let printable = (1..=LONGEST_ID).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic());
    printable && (vendor != Vendor::Github || id.parse::<u64>().is_ok())
}

/// The id itself where it can be an account name, else a name that no other id has.
fn named_after(id: &str) -> Account {
    let digest = hex::encode(kernel::sha256(id));
    id.parse().or_else(|_| format!("person-{}", &digest[..24]).parse()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn described(json: &str) -> Description {
        serde_json::from_str(json).unwrap()
    }

    /// Every id is somebody else, and what is said of one person is not said of another.
    #[test]
    fn an_id_is_one_person() {
        let people = People::default();
        let ann = people.sign_in(Vendor::Google, described(r#"{"id": "Ann", "email": null}"#)).unwrap();
        let other = people.sign_in(Vendor::Google, described(r#"{"id": "ann"}"#)).unwrap();
        assert_ne!(ann, other);
        assert_eq!(people.signed_in(Vendor::Google), other);
        assert_eq!(people.person(Vendor::Google, &ann).email, None);
        assert_eq!(people.person(Vendor::Google, &other).email.as_deref(), Some("ann@sandbox.invalid"));
        assert_eq!(people.signed_in(Vendor::Slack), Account::default());
        people.forget(Vendor::Google);
        assert_eq!(people.signed_in(Vendor::Google), Account::default());
        assert!(people.person(Vendor::Google, &ann).email.is_some());
    }

    /// GitHub's ids are numbers, and no id has a blank in it.
    #[test]
    fn an_id_that_a_vendor_cannot_have_is_refused() {
        let people = People::default();
        for (vendor, id) in [(Vendor::Github, "octo"), (Vendor::Google, "a b"), (Vendor::Slack, "")] {
            let wish = Description { id: Some(id.to_owned()), ..Description::default() };
            assert!(people.sign_in(vendor, wish).is_err(), "{id}");
        }
    }

    /// Without a word about them, people look as their vendor's people do.
    #[test]
    fn ids_have_their_vendors_shape() {
        let id = |vendor| Account::default().id_at(vendor);
        assert_eq!(id(Vendor::Github), "9007001");
        assert!(id(Vendor::Google).len() == 21 && id(Vendor::Google).bytes().all(|byte| byte.is_ascii_digit()));
        assert!(id(Vendor::Slack).len() == 11 && id(Vendor::Slack).starts_with('U'));
        assert_eq!(id(Vendor::Spotify), "sandbox-octo");
        assert!(id(Vendor::Atlassian).starts_with("557058:"));
    }
}
