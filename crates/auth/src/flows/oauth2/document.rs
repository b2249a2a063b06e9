//! A client that is described by the document its id leads to.

use crate::{
    app::App,
    oauth2::{ClientMetadata, OAuthError},
    problem::{Internal, Problem},
};
use chrono::TimeDelta;
use db::auth::oauth_clients::{self, AuthMethod, Client, Kind};
use outbound::HostPolicy;
use serde_json::Value;
use url::Url;

/// How long a document is believed before it is read again. It bounds how long a redirect URI goes on being good that its
/// owner has taken out.
const BELIEVED: TimeDelta = TimeDelta::minutes(15);

/// Why a document makes no client.
#[derive(Debug, thiserror::Error)]
pub enum NoDocument {
    #[error(transparent)]
    Fetch(#[from] crate::oauth2::FetchError),
    #[error("the document is not JSON")]
    NotJson,
    /// Whoever can write a file at some host cannot speak for the client of another one.
    #[error("the document is about another client")]
    AnotherClient,
    #[error("a client that anybody can read about keeps no secret")]
    Secret,
    #[error(transparent)]
    Metadata(OAuthError),
    #[error("too many documents were asked for")]
    TooMany(Problem),
    #[error(transparent)]
    Internal(#[from] Internal),
}

/// The client, as its document says now or has said a short while ago.
pub async fn client(app: &App, caller: &str, url: &Url, policy: &HostPolicy) -> Result<Client, NoDocument> {
    let now = app.clock.now();
    let known = oauth_clients::by_id(&app.pool, url.as_str()).await.map_err(Internal::from)?;
    let fresh = known.as_ref().filter(|client| client.read_at.is_some_and(|read_at| now - read_at < BELIEVED));
    if let Some(client) = fresh {
        return Ok(client.clone());
    }
    app.limits.document(caller).await.map_err(NoDocument::TooMany)?;
    let answer = app.oauth2.documents.fetch(url, policy).await?;
    let metadata = read(&answer.body, url.as_str())?;
    let client = Client {
        id: url.as_str().to_owned(),
        kind: Kind::Document,
        name: metadata.name,
        redirect_uris: metadata.redirect_uris,
        refreshes: metadata.refreshes,
        auth_method: AuthMethod::None,
        secret_hash: None,
        created_at: now,
        read_at: Some(now),
    };
    oauth_clients::save(&app.pool, &client).await.map_err(Internal::from)?;
    Ok(client)
}

fn read(body: &[u8], id: &str) -> Result<ClientMetadata, NoDocument> {
    let document: Value = serde_json::from_slice(body).map_err(|_| NoDocument::NotJson)?;
    if document.get("client_id").and_then(Value::as_str) != Some(id) {
        return Err(NoDocument::AnotherClient);
    }
    let metadata = ClientMetadata::read(&document).map_err(NoDocument::Metadata)?;
    match metadata.auth_method {
        None | Some(AuthMethod::None) => Ok(metadata),
        Some(AuthMethod::Basic | AuthMethod::Post) => Err(NoDocument::Secret),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const ID: &str = "https://client.example/oauth/metadata.json";

    /// The id is repeated letter by letter, and no secret is spoken of.
    #[test]
    fn a_document_speaks_for_its_own_client() {
        let document = |id: &str, method: Value| {
            json!({"client_id": id, "client_name": "C", "redirect_uris": ["https://client.example/cb"],
                   "token_endpoint_auth_method": method})
            .to_string()
        };
        let outcome = |body: &str| read(body.as_bytes(), ID).map(|it| it.name).map_err(|error| error.to_string());
        assert_eq!(outcome(&document(ID, json!("none"))).as_deref(), Ok("C"));
        assert_eq!(outcome(&document(ID, Value::Null)).as_deref(), Ok("C"));
        let about_another = "the document is about another client";
        for id in ["https://client.example/oauth/metadata.json/", "https://other.example/oauth/metadata.json", ""] {
            assert_eq!(outcome(&document(id, json!("none"))).unwrap_err(), about_another, "{id}");
        }
        assert_eq!(outcome("{}").unwrap_err(), about_another);
        assert_eq!(outcome("<html>").unwrap_err(), "the document is not JSON");
        for method in ["client_secret_basic", "client_secret_post"] {
            assert!(matches!(read(document(ID, json!(method)).as_bytes(), ID), Err(NoDocument::Secret)), "{method}");
        }
        let signed = read(document(ID, json!("private_key_jwt")).as_bytes(), ID);
        assert!(matches!(signed, Err(NoDocument::Metadata(OAuthError::InvalidClientMetadata(_)))));
    }
}
