//! The environment's operator tokens, which may do everything. Kept as digests; compared all of them, in constant time.

use crate::rights::Rights;
use kernel::{Env, Environment, Secret, same, sha256};
use std::sync::Arc;
use uuid::Uuid;

/// Fewer characters could be guessed.
const SHORTEST: usize = 16;
const EXAMPLE: &str = "the output of: openssl rand -hex 32";

/// The backends that are trusted with everything.
pub struct Operators(Vec<[u8; 32]>);

/// One of them, by a fingerprint that may be logged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operator {
    /// See [`Operator::fingerprint_of`].
    pub fingerprint: String,
    /// Of a token of the database, which can end; the environment's have none.
    pub token_id: Option<Uuid>,
    pub rights: Arc<Rights>,
}

impl Operator {
    /// The first eight hex digits of the token's SHA-256: enough to tell tokens apart, too little to find one.
    pub fn fingerprint_of(hash: &[u8]) -> String {
        hex::encode(&hash[..hash.len().min(4)])
    }
}

impl Operators {
    /// The list wins over the single token. No token at all is a fault: an operator door that nobody can pass is a mistake.
    pub(super) fn load(env: &Env, environment: Environment) -> Option<Self> {
        let list: Option<Secret> = env.aliased(&["OPERATOR_TOKENS", "POBLYSH_OPERATOR_TOKENS"], EXAMPLE);
        let single: Option<Secret> = env.aliased(&["OPERATOR_TOKEN", "POBLYSH_OPERATOR_TOKEN"], EXAMPLE);
        let tokens = match (list, single) {
            (Some(list), _) => parse(list.expose()),
            (None, Some(single)) => Some(vec![single.expose().clone()]),
            (None, None) => {
                env.fault("OPERATOR_TOKENS", "is missing", EXAMPLE);
                return None;
            }
        };
        let Some(tokens) = tokens.filter(|tokens| !tokens.is_empty()) else {
            env.fault("OPERATOR_TOKENS", "is neither a comma-separated list nor a JSON array of texts", EXAMPLE);
            return None;
        };
        if tokens.iter().any(|token| token.len() < SHORTEST) {
            env.fault("OPERATOR_TOKENS", format!("has a token shorter than {SHORTEST} characters"), EXAMPLE);
            return None;
        }
        if tokens.iter().any(|token| environment.refuses(token)) {
            env.fault("OPERATOR_TOKENS", "has a value from the example file; make one of your own", EXAMPLE);
            return None;
        }
        Some(Self(tokens.iter().map(sha256).collect()))
    }

    /// The operator whose token this is. Every token is compared, whichever matches.
    pub fn find(&self, presented: &Secret) -> Option<Operator> {
        let digest = sha256(presented.expose());
        let matches = self.0.iter().filter(|known| same(known, digest)).count();
        (matches > 0).then(|| Operator {
            fingerprint: Operator::fingerprint_of(&digest),
            token_id: None,
            rights: Arc::new(Rights::everything()),
        })
    }
}

fn parse(text: &str) -> Option<Vec<String>> {
    if text.starts_with('[') {
        return serde_json::from_str(text).ok();
    }
    Some(text.split(',').map(str::trim).filter(|token| !token.is_empty()).map(ToOwned::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(pairs: &[(&str, &str)]) -> (Option<Operators>, Env) {
        let env = Env::from_pairs(pairs.iter().copied());
        (Operators::load(&env, Environment::Production), env)
    }

    /// A list in either spelling wins over the single token; short and empty ones are faults.
    #[test]
    fn the_list_wins_and_weak_tokens_are_faults() {
        let (operators, _) = load(&[
            ("OPERATOR_TOKENS", r#"["first-operator-token","second-operator-token"]"#),
            ("OPERATOR_TOKEN", "single-operator-token"),
        ]);
        let operators = operators.unwrap();
        assert!(operators.find(&"second-operator-token".into()).is_some());
        assert!(operators.find(&"single-operator-token".into()).is_none());
        assert!(operators.find(&"".into()).is_none());
        let (operators, _) = load(&[("POBLYSH_OPERATOR_TOKEN", "single-operator-token")]);
        assert!(operators.unwrap().find(&"single-operator-token".into()).is_some());
        for bad in ["short", "[1,2]", "[]", "[\"a\"", ","] {
            let (operators, env) = load(&[("OPERATOR_TOKENS", bad)]);
            assert!(operators.is_none() && env.finish().is_err(), "{bad}");
        }
    }
}
