//! The token endpoint: a code or a refresh token in, a [`Grant`] out (RFC 6749 4.1.3, 6).

use crate::{Grant, TokenError};
use chrono::{DateTime, TimeDelta, Utc};
use http::StatusCode;
use kernel::{Parameters, Secret};
use oauth2::{
    AsyncHttpClient, AuthType, AuthUrl, AuthorizationCode, Client, ClientId, ClientSecret, ExtraTokenFields,
    HttpRequest, HttpResponse, PkceCodeVerifier, RedirectUrl, RefreshToken, RequestTokenError, StandardRevocableToken,
    StandardTokenResponse, TokenResponse, TokenUrl,
    basic::{BasicErrorResponse, BasicRevocationErrorResponse, BasicTokenIntrospectionResponse, BasicTokenType},
};
use outbound::HostPolicy;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::{fmt, pin::Pin};
use url::Url;

/// Token answers are small; more than this is not one.
const LARGEST_ANSWER: usize = 256 * 1024;

/// How the client names itself at the token endpoint (RFC 6749 2.3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClientAuth {
    Body,
    Basic,
    /// A public client: its id alone.
    Public,
}

/// How the request's parameters are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenBody {
    /// As RFC 6749 says.
    Form,
    Json,
}

/// One client at one token endpoint.
pub struct TokenEndpoint<'a> {
    pub client: &'a outbound::Client,
    pub hosts: &'a HostPolicy,
    pub token_url: &'a Url,
    pub client_id: &'a str,
    pub client_secret: &'a Secret,
    pub auth: ClientAuth,
    pub body: TokenBody,
    /// Fixed parameters that the vendor wants besides.
    pub extra: &'a [(String, String)],
    /// Turns what this vendor answers into what RFC 6749 says; its errors get the standard words, and `slow_down` may come
    /// with `retry_after`, in seconds.
    /// It may add `parameters` and a `companion`, an answer of its own, which are read as [`Grant`] has them.
    pub read: &'a (dyn Fn(Value) -> Value + Send + Sync),
    pub now: DateTime<Utc>,
}

#[derive(Serialize, Deserialize)]
struct Extra {
    /// Not in RFC 6749, but what vendors call it; seconds.
    refresh_token_expires_in: Option<i64>,
    /// OpenID Connect Core 3.1.3.3.
    id_token: Option<String>,
    #[serde(default)]
    parameters: Parameters,
    companion: Option<Box<Answer>>,
}

/// `oauth2` asks for it. An id_token names a person, so nothing of it is shown.
impl fmt::Debug for Extra {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Extra")
    }
}

impl ExtraTokenFields for Extra {}

type Answer = StandardTokenResponse<Extra, BasicTokenType>;
type Ready = Client<
    BasicErrorResponse,
    Answer,
    BasicTokenIntrospectionResponse,
    StandardRevocableToken,
    BasicRevocationErrorResponse,
    oauth2::EndpointSet,
    oauth2::EndpointNotSet,
    oauth2::EndpointNotSet,
    oauth2::EndpointNotSet,
    oauth2::EndpointSet,
>;

/// `oauth2` speaks through this. A type and not a closure, so that the futures are `Send` for every lifetime.
struct Wire<'a>(&'a TokenEndpoint<'a>);

impl<'c> AsyncHttpClient<'c> for Wire<'_> {
    type Error = TokenError;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, TokenError>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.0.send(request))
    }
}

impl TokenEndpoint<'_> {
    /// Redeems a code. `redirect_uri` and `verifier` are those of the start; no verifier for a vendor that takes no PKCE.
    pub async fn exchange(
        &self,
        code: &Secret,
        redirect_uri: &Url,
        verifier: Option<&Secret>,
    ) -> Result<Grant, TokenError> {
        let client = self.ready().set_redirect_uri(RedirectUrl::from_url(redirect_uri.clone()));
        let mut request = client.exchange_code(AuthorizationCode::new(code.expose().clone()));
        if let Some(verifier) = verifier {
            request = request.set_pkce_verifier(PkceCodeVerifier::new(verifier.expose().clone()));
        }
        for (name, value) in self.extra {
            request = request.add_extra_param(name, value);
        }
        let answer = request.request_async(&Wire(self)).await;
        self.grant(answer, None)
    }

    /// Renews a grant. Where the vendor returns no new refresh token, the one given stays (RFC 6749 6).
    pub async fn refresh(&self, refresh_token: &Secret) -> Result<Grant, TokenError> {
        let token = RefreshToken::new(refresh_token.expose().clone());
        let client = self.ready();
        let mut request = client.exchange_refresh_token(&token);
        for (name, value) in self.extra {
            request = request.add_extra_param(name, value);
        }
        let answer = request.request_async(&Wire(self)).await;
        self.grant(answer, Some(refresh_token))
    }

    fn ready(&self) -> Ready {
        let client = Client::new(ClientId::new(self.client_id.to_owned()));
        let client = match self.auth {
            ClientAuth::Body | ClientAuth::Basic => {
                client.set_client_secret(ClientSecret::new(self.client_secret.expose().clone()))
            }
            ClientAuth::Public => client,
        };
        client
            .set_auth_type(match self.auth {
                ClientAuth::Body | ClientAuth::Public => AuthType::RequestBody,
                ClientAuth::Basic => AuthType::BasicAuth,
            })
            .set_auth_uri(AuthUrl::from_url(self.token_url.clone()))
            .set_token_uri(TokenUrl::from_url(self.token_url.clone()))
    }

    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, TokenError> {
        let (mut parts, mut body) = request.into_parts();
        if self.body == TokenBody::Json {
            let members: Map<String, Value> =
                url::form_urlencoded::parse(&body).map(|(name, value)| (name.into_owned(), value.into())).collect();
            body = Value::Object(members).to_string().into_bytes();
            let json = http::HeaderValue::from_static("application/json");
            parts.headers.insert(http::header::CONTENT_TYPE, json);
        }
        let url: Url = parts.uri.to_string().parse().map_err(|_| TokenError::Unavailable)?;
        let request = self.client.request(self.hosts, parts.method, &url)?.headers(parts.headers).body(body);
        let answer = self.client.send(request, LARGEST_ANSWER).await?;
        if answer.status == StatusCode::TOO_MANY_REQUESTS {
            return Err(TokenError::RateLimited { retry_after: outbound::retry_after(&answer.headers, self.now) });
        }
        if answer.status.is_server_error() {
            return Err(TokenError::Unavailable);
        }
        let value: Value = serde_json::from_slice(&answer.body).map_err(|_| TokenError::Unreadable)?;
        let value = (self.read)(value);
        if let Some(code) = value.get("error").and_then(Value::as_str) {
            let named = value.get("retry_after").and_then(Value::as_i64).and_then(TimeDelta::try_seconds);
            let pause = outbound::retry_after(&answer.headers, self.now).or(named);
            return Err(TokenError::refused(code, pause));
        }
        if !answer.status.is_success() {
            return Err(TokenError::Unreadable);
        }
        let mut response = HttpResponse::new(value.to_string().into_bytes());
        response.headers_mut().insert(http::header::CONTENT_TYPE, http::HeaderValue::from_static("application/json"));
        Ok(response)
    }

    fn grant(
        &self,
        answer: Result<Answer, RequestTokenError<TokenError, BasicErrorResponse>>,
        previous: Option<&Secret>,
    ) -> Result<Grant, TokenError> {
        // `Parse` holds the answer's bytes, tokens included: it ends here.
        let answer = answer.map_err(|error| match error {
            RequestTokenError::Request(error) => error,
            RequestTokenError::ServerResponse(answer) => TokenError::refused(answer.error().as_ref(), None),
            RequestTokenError::Parse(..) | RequestTokenError::Other(_) => TokenError::Unreadable,
        })?;
        Ok(self.read_grant(&answer, previous))
    }

    fn read_grant(&self, answer: &Answer, previous: Option<&Secret>) -> Grant {
        let after = |seconds: i64| TimeDelta::try_seconds(seconds).and_then(|delta| self.now.checked_add_signed(delta));
        let extra = answer.extra_fields();
        Grant {
            access_token: Secret::from(answer.access_token().secret().clone()),
            refresh_token: answer
                .refresh_token()
                .map(|token| Secret::from(token.secret().clone()))
                .or_else(|| previous.cloned()),
            expires_at: answer.expires_in().and_then(|delta| after(i64::try_from(delta.as_secs()).ok()?)),
            id_token: extra.id_token.clone().map(Secret::from),
            refresh_expires_at: extra.refresh_token_expires_in.and_then(after),
            scopes: answer
                .scopes()
                .map(|scopes| scopes.iter().map(|scope| scope.to_string()).filter(|scope| !scope.is_empty()).collect())
                .unwrap_or_default(),
            parameters: extra.parameters.clone(),
            companion: extra.companion.as_deref().map(|answer| Box::new(self.read_grant(answer, None))),
        }
    }
}
