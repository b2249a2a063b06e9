//! Secrets that are really secret.

use kernel::{Env, Environment, Secret};

/// How to make one.
pub const EXAMPLE: &str = "$(openssl rand -hex 32)";
const MINIMUM_CHARACTERS: usize = 32;

/// A secret of at least 32 characters, which in production is neither a placeholder nor one character repeated.
pub fn real_secret(env: &Env, environment: Environment, key: &'static str) -> Option<Secret> {
    let secret = env.secret(key, MINIMUM_CHARACTERS, EXAMPLE)?;
    if environment.refuses(secret.expose()) {
        env.fault(key, "is a value from the example file; make one of your own", EXAMPLE);
        return None;
    }
    Some(secret)
}
