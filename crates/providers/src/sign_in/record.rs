//! Sign-in at a vendor as data. Records are literals without `..Default::default()`: a new question makes the compiler
//! ask every vendor.

use super::{Profile, SignInCall};
use crate::CallError;
use chrono::TimeDelta;
use futures_util::future::BoxFuture;
use oauth::{ClientAuth, Pkce};
use outbound::{HostPolicy, PolicyError};
use serde_json::Value;
use url::{ParseError, Url};

/// Everything about signing in with a vendor that is data, and its code behind one seam.
pub struct SignIn {
    /// Better Auth's id of the vendor: in paths, in callbacks, in the accounts of imported databases.
    pub id: &'static str,
    pub name: &'static str,
    /// The vendor's page about registering an app.
    pub docs: &'static str,
    pub keys: SignInKeys,
    /// The vendor's addresses. The first argument moves all of them (self-hosted vendors and tests), the second the
    /// API alone.
    pub endpoints: fn(Option<&Url>, Option<&Url>) -> Result<SignInEndpoints, ParseError>,
    pub scopes: SignInScopes,
    pub pkce: Pkce,
    pub client_auth: ClientAuth,
    /// Fixed extra parameters of the authorize URL.
    pub authorize_extra: &'static [(&'static str, &'static str)],
    /// Where the token answer has to bring an id token that holds. `None`: the vendor gives none, or none is asked for.
    pub id_token: Option<IdTokenRules>,
    pub vendor: &'static dyn SignInVendor,
}

/// The environment keys of a vendor's sign-in. They are other keys than those of connections, because a vendor's app
/// for signing in asks for less and has another callback.
#[derive(Debug)]
pub struct SignInKeys {
    pub client_id: &'static str,
    pub client_secret: &'static str,
    /// In place of the vendor's own host; optional.
    pub base_url: &'static str,
    /// In place of the API's base; optional.
    pub api_url: &'static str,
}

impl SignInKeys {
    /// All four.
    pub fn all(&self) -> [&'static str; 4] {
        [self.client_id, self.client_secret, self.base_url, self.api_url]
    }
}

/// Where a vendor is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignInEndpoints {
    pub authorize: Url,
    pub token: Url,
    /// The base of what a vendor's code asks for the profile.
    pub api: Url,
    /// The keys of its id tokens.
    pub jwks: Option<Url>,
    /// What `iss` of an id token may say, compared letter by letter.
    pub issuers: Vec<String>,
}

impl SignInEndpoints {
    /// The only places that credentials may travel to. The authorize page is the browser's business.
    pub fn hosts(&self) -> Result<HostPolicy, PolicyError> {
        let urls = [Some(&self.token), Some(&self.api), self.jwks.as_ref()];
        HostPolicy::allow(urls.into_iter().flatten().map(Url::as_str))
    }
}

/// The override's text or the vendor's own base, without the slash at the end.
pub(crate) fn base_or<'a>(base: Option<&'a Url>, own: &'a str) -> &'a str {
    base.map_or(own, Url::as_str).trim_end_matches('/')
}

/// What is asked for.
pub struct SignInScopes {
    /// Asked for in every sign-in.
    pub default: &'static [&'static str],
    /// In the authorize URL.
    pub separator: &'static str,
}

/// What an id token must be, besides signed by a key of `jwks`, from one of `issuers`, for our client id, and unexpired
/// (OpenID Connect Core 3.1.3.7).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IdTokenRules {
    /// JOSE names; none of them symmetric.
    pub algorithms: &'static [&'static str],
    /// `iat` may be this long ago.
    pub max_age: TimeDelta,
}

/// A vendor's code for signing in. No method has a default body.
pub trait SignInVendor: Send + Sync {
    /// The profile of the person whom the access token, and the verified id token if there is one, belong to.
    fn profile<'a>(&'a self, call: SignInCall<'a>) -> BoxFuture<'a, Result<Profile, CallError>>;

    /// Turns a token answer into what RFC 6749 says, errors included.
    fn read_token_answer(&self, answer: Value) -> Value;
}
