//! The person's consent, the code, and the tokens.

use super::{Authority, AuthorizeError, Authorizer, Registration};
use futures_util::future::BoxFuture;
use kernel::Secret;
use oauth::{Authorization, Pkce, TokenBody, TokenEndpoint};
use url::{Url, form_urlencoded};

pub use oauth::Grant;

/// Takes a person to an address and brings back the query of the redirect to our own; `None`: it never came.
pub trait Browser: Send + Sync {
    fn visit<'a>(&'a self, url: &'a Url) -> BoxFuture<'a, Option<Secret>>;
}

/// What came back to our redirect address.
#[derive(Default)]
struct Redirected {
    code: Option<Secret>,
    state: Option<String>,
    issuer: Option<String>,
}

impl Redirected {
    fn read(query: &Secret) -> Self {
        let mut back = Self::default();
        for (name, value) in form_urlencoded::parse(query.expose().as_bytes()) {
            match name.as_ref() {
                "code" => back.code = Some(Secret::from(value.into_owned())),
                "state" => back.state = Some(value.into_owned()),
                "iss" => back.issuer = Some(value.into_owned()),
                _ => {}
            }
        }
        back
    }

    /// The code, if this is the answer to the question that had `state`, and if it comes from whom we asked.
    fn code(self, state: &str, authority: &Authority) -> Result<Secret, AuthorizeError> {
        if !self.state.is_some_and(|back| kernel::same(back, state)) {
            return Err(AuthorizeError::NoConsent);
        }
        let described = &authority.described;
        match self.issuer {
            Some(issuer) if issuer != described.issuer => return Err(AuthorizeError::MixedUp),
            None if described.authorization_response_iss_parameter_supported => return Err(AuthorizeError::MixedUp),
            _ => {}
        }
        self.code.ok_or(AuthorizeError::NoConsent)
    }
}

impl Authorizer<'_> {
    /// Asks the person for `scopes`, through the browser, and exchanges the code.
    pub async fn authorize(
        &self,
        authority: &Authority,
        registration: &Registration,
        scopes: &[String],
        browser: &dyn Browser,
    ) -> Result<Grant, AuthorizeError> {
        let extra: Vec<(&str, &str)> =
            authority.resource.iter().map(|resource| ("resource", resource.as_str())).collect();
        let asked = Authorization {
            authorize_url: authority.described.authorization_endpoint.clone(),
            client_id: &registration.client_id,
            redirect_uri: self.redirect_uri.clone(),
            scopes,
            scope_separator: " ",
            pkce: Pkce::S256,
            extra: &extra,
        };
        let state = kernel::token();
        let started = oauth::authorize(&asked, &state);
        let query = browser.visit(&started.url).await.ok_or(AuthorizeError::NoConsent)?;
        let code = Redirected::read(&query).code(&state, authority)?;
        let parameters = parameters(authority);
        let (none, hosts) = (Secret::from(""), self.token_hosts(authority)?);
        let endpoint = self.endpoint(authority, registration, &parameters, &none, &hosts);
        Ok(endpoint.exchange(&code, self.redirect_uri, Some(&started.verifier)).await?)
    }

    /// Renews a grant. The refresh token in the answer is the one to keep: where they rotate, the old one is dead.
    pub async fn refresh(
        &self,
        authority: &Authority,
        registration: &Registration,
        refresh_token: &Secret,
    ) -> Result<Grant, AuthorizeError> {
        let parameters = parameters(authority);
        let (none, hosts) = (Secret::from(""), self.token_hosts(authority)?);
        let endpoint = self.endpoint(authority, registration, &parameters, &none, &hosts);
        Ok(endpoint.refresh(refresh_token).await?)
    }

    fn token_hosts(&self, authority: &Authority) -> Result<outbound::HostPolicy, outbound::Error> {
        Ok(self.hosts(&authority.described.token_endpoint)?)
    }

    fn endpoint<'b>(
        &'b self,
        authority: &'b Authority,
        registration: &'b Registration,
        parameters: &'b [(String, String)],
        none: &'b Secret,
        hosts: &'b outbound::HostPolicy,
    ) -> TokenEndpoint<'b> {
        TokenEndpoint {
            client: self.client,
            hosts,
            token_url: &authority.described.token_endpoint,
            client_id: &registration.client_id,
            client_secret: registration.client_secret.as_ref().unwrap_or(none),
            auth: registration.auth,
            body: TokenBody::Form,
            extra: parameters,
            read: &|answer| answer,
            now: self.clock.now(),
        }
    }
}

/// The same resource as at the consent, verbatim.
fn parameters(authority: &Authority) -> Vec<(String, String)> {
    authority.resource.iter().map(|resource| ("resource".to_owned(), resource.clone())).collect()
}
