//! The sandbox's people: every account name stands for one person whose ids are always the same.

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};
use uuid::Uuid;

/// Which vendor is being played.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Vendor {
    Github,
    Linear,
}

impl Vendor {
    pub(crate) const ALL: [Self; 2] = [Self::Github, Self::Linear];

    pub(crate) fn slug(self) -> &'static str {
        match self {
            Self::Github => "github",
            Self::Linear => "linear",
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Github => "GitHub",
            Self::Linear => "Linear",
        }
    }
}

/// A name of 1 to 39 lower-case letters, digits and inner hyphens, as GitHub allows for logins.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Account(String);

#[derive(Debug, thiserror::Error)]
#[error("an account name is 1 to 39 lower-case letters, digits and inner hyphens")]
pub(crate) struct BadAccount;

const DEFAULT_NAME: &str = "sandbox-octo";
const DEFAULT_GITHUB_ID: u64 = 9_007_001;
const DEFAULT_ORGANIZATION: Uuid = Uuid::from_u128(0x5a0d_b0c0_0000_4000_8000_0000_0000_0001);
const DEFAULT_VIEWER: Uuid = Uuid::from_u128(0x5a0d_b0c0_0000_4000_8000_0000_0000_0002);
/// Above 32 bits: no account of the real GitHub is there yet, and a reader that stores ids in an `i32` shows itself.
const FIRST_DERIVED_GITHUB_ID: u64 = 9_500_000_000;

impl Default for Account {
    fn default() -> Self {
        Self(DEFAULT_NAME.to_owned())
    }
}

impl FromStr for Account {
    type Err = BadAccount;

    fn from_str(text: &str) -> Result<Self, BadAccount> {
        let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        let hyphens_inside = !text.starts_with('-') && !text.ends_with('-');
        if (1..=39).contains(&text.len()) && text.bytes().all(allowed) && hyphens_inside {
            Ok(Self(text.to_owned()))
        } else {
            Err(BadAccount)
        }
    }
}

impl TryFrom<String> for Account {
    type Error = BadAccount;

    fn try_from(text: String) -> Result<Self, BadAccount> {
        text.parse()
    }
}

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Account {
    pub(crate) fn name(&self) -> &str {
        &self.0
    }

    fn is_default(&self) -> bool {
        self.0 == DEFAULT_NAME
    }

    /// A name that ends in `-org` is an organization at GitHub, every other a user.
    pub(crate) fn github_type(&self) -> &'static str {
        if self.0.ends_with("-org") { "Organization" } else { "User" }
    }

    pub(crate) fn github_id(&self) -> u64 {
        if self.is_default() {
            return DEFAULT_GITHUB_ID;
        }
        let [a, b, c, d, ..] = kernel::sha256(&self.0);
        FIRST_DERIVED_GITHUB_ID + u64::from(u32::from_be_bytes([a, b, c, d]))
    }

    /// The workspace this account authorises at Linear: one workspace each.
    pub(crate) fn linear_organization_id(&self) -> Uuid {
        if self.is_default() { DEFAULT_ORGANIZATION } else { self.derived("organization") }
    }

    pub(crate) fn linear_viewer_id(&self) -> Uuid {
        if self.is_default() { DEFAULT_VIEWER } else { self.derived("viewer") }
    }

    fn derived(&self, role: &str) -> Uuid {
        let digest = kernel::sha256(format!("{role}:{}", self.0));
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&digest[..16]);
        uuid::Builder::from_random_bytes(bytes).into_uuid()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The same name is the same person in every run, and two names are two.
    #[test]
    fn a_name_always_stands_for_the_same_person() {
        let ann: Account = "ann".parse().unwrap();
        assert_eq!(ann.github_id(), "ann".parse::<Account>().unwrap().github_id());
        assert_ne!(ann.github_id(), "bob".parse::<Account>().unwrap().github_id());
        assert_ne!(ann.linear_organization_id(), ann.linear_viewer_id());
        assert_eq!(Account::default().github_id(), 9_007_001);
        assert_eq!(Account::default().linear_organization_id().to_string(), "5a0db0c0-0000-4000-8000-000000000001");
        assert_eq!(Account::default().linear_viewer_id().to_string(), "5a0db0c0-0000-4000-8000-000000000002");
    }

    /// Only names that are safe in addresses and pages are accounts.
    #[test]
    fn names_outside_the_alphabet_are_refused() {
        for bad in ["", "-a", "a-", "A", "a b", "<b>", &"a".repeat(40)] {
            assert!(bad.parse::<Account>().is_err(), "{bad:?}");
        }
    }
}
