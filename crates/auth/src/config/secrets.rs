//! Secrets that are really secret.

use kernel::{Env, Secret};
use std::str::FromStr;

/// How to make one.
pub const EXAMPLE: &str = "$(openssl rand -hex 32)";
/// What every placeholder of `.env.example` contains.
const PLACEHOLDER: &str = "change-me";
const MINIMUM_CHARACTERS: usize = 32;

/// Where the service runs. Anything that is not said to be development is production.
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
    pub fn from_env(env: &Env) -> Self {
        env.optional("ENVIRONMENT", "production").unwrap_or(Self::Production)
    }
}

/// A secret of at least 32 characters, which in production is neither a placeholder nor one character repeated.
pub fn real_secret(env: &Env, environment: Environment, key: &'static str) -> Option<Secret> {
    let secret = env.secret(key, MINIMUM_CHARACTERS, EXAMPLE)?;
    let text = secret.expose();
    let repeated = text.chars().all(|character| text.starts_with(character));
    if environment == Environment::Production && (repeated || text.to_lowercase().contains(PLACEHOLDER)) {
        env.fault(key, "is a value from the example file; make one of your own", EXAMPLE);
        return None;
    }
    Some(secret)
}
