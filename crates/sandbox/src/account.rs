//! The sandbox's people: every account name stands for one person whose ids are always the same.

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};
use uuid::Uuid;

/// Which vendor is being played.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Vendor {
    Github,
    Google,
    Slack,
    Linear,
    Spotify,
    Atlassian,
    Zoho,
    /// A model rather than a vendor of accounts: nobody connects to it.
    Anthropic,
    /// All vendors that were registered by JSON; each of them has its own faults and counters.
    Generic,
}

impl Vendor {
    pub(crate) const ALL: [Self; 9] = [
        Self::Github,
        Self::Google,
        Self::Slack,
        Self::Linear,
        Self::Spotify,
        Self::Atlassian,
        Self::Zoho,
        Self::Anthropic,
        Self::Generic,
    ];

    pub(crate) fn slug(self) -> &'static str {
        match self {
            Self::Github => "github",
            Self::Google => "google",
            Self::Slack => "slack",
            Self::Linear => "linear",
            Self::Spotify => "spotify",
            Self::Atlassian => "atlassian",
            Self::Zoho => "zoho",
            Self::Anthropic => "anthropic",
            Self::Generic => "generic",
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Github => "GitHub",
            Self::Google => "Google",
            Self::Slack => "Slack",
            Self::Linear => "Linear",
            Self::Spotify => "Spotify",
            Self::Atlassian => "Atlassian",
            Self::Zoho => "Zoho",
            Self::Anthropic => "Anthropic",
            Self::Generic => "the generic vendor",
        }
    }

    /// What the services call it in the paths of their callbacks.
    pub(crate) fn words(self) -> &'static [&'static str] {
        match self {
            Self::Github => &["github"],
            Self::Google => &["google"],
            Self::Slack => &["slack"],
            Self::Linear => &["linear"],
            Self::Spotify => &["spotify"],
            Self::Atlassian => &["atlassian", "jira", "confluence"],
            Self::Zoho => &["zoho"],
            Self::Anthropic => &["anthropic"],
            Self::Generic => &["generic"],
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

    /// The id of the person whom this account is at a vendor, as the vendor writes ids.
    pub(crate) fn id_at(&self, vendor: Vendor) -> String {
        let digits = |role| self.derived(role).as_u128() % 10_u128.pow(20);
        match vendor {
            Vendor::Github => self.github_id().to_string(),
            Vendor::Google => format!("1{:020}", digits("google")),
            Vendor::Slack => format!("U{:010X}", digits("slack") % (1 << 40)),
            Vendor::Linear => self.linear_viewer_id().to_string(),
            Vendor::Spotify => self.0.clone(),
            Vendor::Atlassian => format!("557058:{}", self.derived("atlassian")),
            Vendor::Zoho => (digits("zoho") % 10_u128.pow(9)).to_string(),
            Vendor::Anthropic | Vendor::Generic => self.derived(vendor.slug()).to_string(),
        }
    }

    /// The workspace this account belongs to at Slack: one each.
    pub(crate) fn slack_team_id(&self) -> String {
        format!("T{:010X}", self.derived("team").as_u128() % (1 << 40))
    }

    /// `sandbox-octo` is called Sandbox Octo.
    pub(crate) fn full_name(&self) -> String {
        let capital =
            |word: &str| word.chars().take(1).flat_map(char::to_uppercase).chain(word.chars().skip(1)).collect();
        self.0.split('-').map(capital).collect::<Vec<String>>().join(" ")
    }

    /// An id of this account in some role: always the same.
    pub(crate) fn derived(&self, role: &str) -> Uuid {
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
