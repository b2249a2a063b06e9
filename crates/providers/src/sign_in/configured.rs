//! The vendors that this deployment has an app for: client id and secret together, or neither.

use super::{ALL, SignIn, SignInCall, SignInEndpoints};
use chrono::{DateTime, Utc};
use kernel::{Env, Environment, Secret};
use oauth::{TokenBody, TokenEndpoint};
use outbound::HostPolicy;
use serde_json::{Map, Value};
use url::Url;

/// A vendor that people can sign in with here.
pub struct ConfiguredSignIn {
    pub sign_in: &'static SignIn,
    pub client_id: String,
    pub client_secret: Secret,
    pub endpoints: SignInEndpoints,
    /// The only places its credentials may travel to.
    pub hosts: HostPolicy,
}

impl ConfiguredSignIn {
    /// Its token endpoint, for one exchange or refresh.
    pub fn token_endpoint<'a>(
        &'a self,
        client: &'a outbound::Client,
        read: &'a (dyn Fn(Value) -> Value + Send + Sync),
        now: DateTime<Utc>,
    ) -> TokenEndpoint<'a> {
        TokenEndpoint {
            client,
            hosts: &self.hosts,
            token_url: &self.endpoints.token,
            client_id: &self.client_id,
            client_secret: &self.client_secret,
            auth: self.sign_in.client_auth,
            body: TokenBody::Form,
            extra: &[],
            read,
            now,
        }
    }

    /// What the vendor's code needs to find out who signed in.
    pub fn call<'a>(
        &'a self,
        client: &'a outbound::Client,
        access_token: &'a Secret,
        id_claims: Option<&'a Map<String, Value>>,
    ) -> SignInCall<'a> {
        SignInCall { client, endpoints: &self.endpoints, access_token, id_claims }
    }
}

/// Reads the keys of every vendor. A vendor without any is off; half of one is a fault.
pub fn configured(env: &Env) -> Vec<ConfiguredSignIn> {
    let environment = Environment::from_env(env);
    ALL.iter().filter_map(|sign_in| one(env, environment, sign_in)).collect()
}

fn one(env: &Env, environment: Environment, sign_in: &'static SignIn) -> Option<ConfiguredSignIn> {
    let keys = &sign_in.keys;
    let client_id: Option<String> = env.optional(keys.client_id, "the id the vendor shows");
    let client_secret: Option<Secret> = env.optional(keys.client_secret, "the secret the vendor shows");
    let base: Option<Url> = env.optional(keys.base_url, "https://vendor.example.com");
    let api: Option<Url> = env.optional(keys.api_url, "https://api.vendor.example.com");
    let (client_id, client_secret) = match (client_id, client_secret) {
        (Some(id), Some(secret)) => (id, secret),
        (Some(_), None) => {
            env.fault(keys.client_secret, "is missing while the client id is set", "the secret the vendor shows");
            return None;
        }
        (None, Some(_)) => {
            env.fault(keys.client_id, "is missing while the client secret is set", "the id the vendor shows");
            return None;
        }
        (None, None) => return None,
    };
    if environment.refuses(client_secret.expose()) {
        env.fault(keys.client_secret, "is a value from the example file", "the secret the vendor shows");
    }
    for (key, url) in [(keys.base_url, &base), (keys.api_url, &api)] {
        if url.as_ref().is_some_and(|url| url.scheme() != "https") && environment == Environment::Production {
            env.fault(key, "must be https outside of development", "https://vendor.example.com");
        }
    }
    let endpoints = (sign_in.endpoints)(base.as_ref(), api.as_ref()).ok();
    let Some((endpoints, hosts)) = endpoints.and_then(|endpoints| Some((endpoints.clone(), endpoints.hosts().ok()?)))
    else {
        env.fault(keys.base_url, "is not an address that a vendor can have", "https://vendor.example.com");
        return None;
    };
    Some(ConfiguredSignIn { sign_in, client_id, client_secret, endpoints, hosts })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faulty(pairs: &[(&str, &str)]) -> (usize, Vec<(String, String)>) {
        let env = Env::from_pairs(pairs.iter().copied());
        let found = configured(&env).len();
        let faults = env.finish().err().map(|faults| faults.0).unwrap_or_default();
        (found, faults.into_iter().map(|fault| (fault.key, fault.problem)).collect())
    }

    /// Nothing set is nobody to sign in with, and every key was asked for all the same.
    #[test]
    fn without_keys_every_vendor_is_off() {
        let env = Env::from_pairs::<String, String>([]);
        assert!(configured(&env).is_empty() && env.finish().is_ok());
        for sign_in in ALL {
            assert!(sign_in.keys.all().iter().all(|key| env.asked().contains(*key)), "{}", sign_in.id);
        }
    }

    /// Half a client is a fault that names the other half, whichever vendor it is.
    #[test]
    fn half_a_client_is_a_fault() {
        for sign_in in ALL {
            let keys = &sign_in.keys;
            let (found, faults) = faulty(&[(keys.client_id, "id")]);
            assert_eq!((found, faults[0].0.as_str(), faults.len()), (0, keys.client_secret, 1));
            let (found, faults) = faulty(&[(keys.client_secret, "4f9a")]);
            assert_eq!((found, faults[0].0.as_str(), faults.len()), (0, keys.client_id, 1));
        }
    }

    /// Production wants https and no secret of the example; development takes a sandbox. An address of another kind is
    /// none anywhere.
    #[test]
    fn addresses_and_secrets_are_checked() {
        for sign_in in ALL {
            let keys = &sign_in.keys;
            let with = |environment, secret, base| {
                let pairs = [("ENVIRONMENT", environment), (keys.client_id, "id"), (keys.client_secret, secret)];
                faulty(&[&pairs[..], &[(keys.base_url, base), (keys.api_url, base)]].concat())
            };
            assert_eq!(with("development", "change-me", "http://127.0.0.1:5003/v").1, []);
            let (_, faults) = with("production", "change-me", "http://127.0.0.1:5003/v");
            let keys_at_fault: Vec<&str> = faults.iter().map(|(key, _)| key.as_str()).collect();
            assert_eq!(keys_at_fault, [keys.client_secret, keys.base_url, keys.api_url]);
            assert_eq!(with("development", "4f9a", "mailto:x").0, 0);
            assert_eq!(with("development", "4f9a", "ftp://127.0.0.1/v").0, 0);
        }
    }
}
