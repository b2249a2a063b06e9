//! What clients can get tokens for.

use crate::oauth2::{DocumentHosts, check_issuer, check_resource};
use kernel::{Env, Environment};

const RESOURCE: &str = "https://connectors.example.com/mcp";

/// The settings of the authorization server.
pub struct OAuth2Config {
    /// `OAUTH_RESOURCES`. None: there is nothing to get a token for.
    pub resources: Vec<String>,
    pub document_hosts: DocumentHosts,
}

impl OAuth2Config {
    /// `issuer` and `audience` are those of all our tokens.
    pub fn from_env(env: &Env, environment: Environment, issuer: Option<&str>, audience: Option<&str>) -> Self {
        let production = environment == Environment::Production;
        let resources: Vec<String> = env.list("OAUTH_RESOURCES", RESOURCE);
        for resource in &resources {
            if let Err(problem) = check_resource(resource, production) {
                env.fault("OAUTH_RESOURCES", problem, RESOURCE);
            } else if Some(resource.as_str()) == audience {
                env.fault("OAUTH_RESOURCES", "holds AUTH_AUDIENCE, which sessions have to themselves", RESOURCE);
            }
        }
        if let Some(Err(problem)) = issuer.filter(|_| !resources.is_empty()).map(|text| check_issuer(text, production))
        {
            env.fault("AUTH_ISSUER", problem, "https://connectors.example.com");
        }
        let private = env.list("OAUTH_CLIENTS_ALLOW_PRIVATE_HOSTS", "clients.internal.example.com");
        Self { resources, document_hosts: DocumentHosts { private, plain: !production } }
    }
}
