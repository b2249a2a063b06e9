//! Where a service runs. Anything that is not said to be development is production.

use crate::Env;
use std::str::FromStr;

/// What every placeholder secret of `.env.example` contains.
const PLACEHOLDER: &str = "change-me";

/// How strict to be about the configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Environment {
    Development,
    Production,
}

/// Neither of the two.
#[derive(Debug, thiserror::Error)]
#[error("the environment is development or production")]
pub struct UnknownEnvironment;

impl FromStr for Environment {
    type Err = UnknownEnvironment;

    fn from_str(text: &str) -> Result<Self, UnknownEnvironment> {
        match text {
            "development" => Ok(Self::Development),
            "production" => Ok(Self::Production),
            _ => Err(UnknownEnvironment),
        }
    }
}

impl Environment {
    /// `ENVIRONMENT`. Absent means production.
    pub fn from_env(env: &Env) -> Self {
        env.optional("ENVIRONMENT", "production").unwrap_or(Self::Production)
    }

    /// Whether `secret` is one that production must not have: a placeholder of the example file, or one character
    /// repeated.
    pub fn refuses(self, secret: &str) -> bool {
        let repeated = secret.chars().all(|character| secret.starts_with(character));
        self == Self::Production && (repeated || secret.to_lowercase().contains(PLACEHOLDER))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Production is what is assumed, and it refuses what the example file shows.
    #[test]
    fn the_strict_environment_is_assumed() {
        let assumed = Environment::from_env(&Env::from_pairs([("OTHER", "x")]));
        assert_eq!(assumed, Environment::Production);
        assert!(assumed.refuses("Change-Me-to-something"));
        assert!(assumed.refuses("aaaaaaaaaaaaaaaa"));
        assert!(!assumed.refuses("9f8e7d6c5b4a39281706f5e4d3c2b1a0"));
        assert!(!Environment::Development.refuses("change-me"));
    }

    /// A misspelt environment is a fault, not a guess.
    #[test]
    fn a_misspelt_environment_is_a_fault() {
        let env = Env::from_pairs([("ENVIRONMENT", "dev")]);
        assert_eq!(Environment::from_env(&env), Environment::Production);
        assert!(env.finish().is_err());
    }
}
