//! Documents in which clients describe themselves, at the URLs that are their ids (draft-ietf-oauth-client-id-metadata-document).
//! Anybody can name any URL, so nothing but the public internet is asked, briefly, and little is read.

use http::{Method, header::ACCEPT};
use outbound::{Answer, Client, Error, HostPolicy};
use std::time::Duration;
use tokio::sync::Semaphore;
use url::Url;

/// A document may take this long, connection included.
const PATIENCE: Duration = Duration::from_secs(5);
/// And be this large.
const LARGEST: usize = 64 * 1024;
/// So many are fetched at once; a slow host cannot take more of us.
const AT_ONCE: usize = 16;
/// Of an id: an index holds it.
const LONGEST: usize = 2_048;

/// Hosts that may be private, because the operator has said so.
#[derive(Debug, Clone, Default)]
pub struct DocumentHosts {
    /// `OAUTH_CLIENTS_ALLOW_PRIVATE_HOSTS`.
    pub private: Vec<String>,
    /// Whether those may be called without TLS: in development only.
    pub plain: bool,
}

/// Fetches documents.
pub struct Documents {
    client: Client,
    hosts: DocumentHosts,
    permits: Semaphore,
}

/// Why there is no document.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    #[error("too many documents are being fetched")]
    Busy,
    #[error("the document could not be fetched")]
    Outbound(#[from] Error),
    #[error("its host answered {0}")]
    Status(u16),
}

impl Documents {
    pub fn new(hosts: DocumentHosts) -> Result<Self, Error> {
        let client = Client::patient("connectors-auth", PATIENCE)?;
        Ok(Self { client, hosts, permits: Semaphore::new(AT_ONCE) })
    }

    /// The URL that a client id is, and what allows to ask it; `None` for every other id.
    pub fn of(&self, id: &str) -> Option<(Url, HostPolicy)> {
        if id.len() > LONGEST {
            return None;
        }
        let url = Url::parse(id).ok()?;
        // Spelled the one way, so that a client has one id; that leaves no room for dot segments either. A host alone is not
        // a client's.
        let plain = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
        if url.as_str() != id || !plain || url.path() == "/" {
            return None;
        }
        let named = url.host_str().is_some_and(|host| self.hosts.private.iter().any(|one| one == host));
        let policy = match (url.scheme(), named) {
            ("https", false) => HostPolicy::allow_public([id]),
            ("https", true) => HostPolicy::allow_inner([id]),
            ("http", true) if self.hosts.plain => HostPolicy::allow_inner([id]),
            _ => return None,
        };
        Some((url, policy.ok()?))
    }

    /// The bytes of a document. A redirect is no document: the id is where it is.
    pub async fn fetch(&self, url: &Url, policy: &HostPolicy) -> Result<Answer, FetchError> {
        let _permit = self.permits.try_acquire().map_err(|_| FetchError::Busy)?;
        let request = self.client.request(policy, Method::GET, url)?.header(ACCEPT, "application/json");
        let answer = self.client.send(request, LARGEST).await?;
        if answer.status.as_u16() == 200 { Ok(answer) } else { Err(FetchError::Status(answer.status.as_u16())) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn documents(private: &[&str], plain: bool) -> Documents {
        let private = private.iter().map(|host| (*host).to_owned()).collect();
        Documents::new(DocumentHosts { private, plain }).unwrap()
    }

    /// An id is a document's in one spelling only.
    #[test]
    fn an_id_is_a_url_in_one_spelling() {
        let documents = documents(&[], true);
        for good in ["https://client.example/oauth/metadata.json", "https://client.example:8443/x?y=1"] {
            assert!(documents.of(good).is_some(), "{good}");
        }
        for bad in [
            "c_0123456789",
            "https://client.example",
            "https://client.example/",
            "https://Client.example/x",
            "https://client.example:443/x",
            "https://client.example/a/../x",
            "https://client.example/./x",
            "https://client.example/x#y",
            "https://user@client.example/x",
            "http://client.example/x",
            "http://127.0.0.1/x",
            "ftp://client.example/x",
            "file:///etc/passwd",
            " https://client.example/x",
        ] {
            assert!(documents.of(bad).is_none(), "{bad}");
        }
        assert!(documents.of(&format!("https://client.example/{}", "a".repeat(LONGEST))).is_none());
    }

    /// Private addresses are asked only where the operator has named them, and without TLS only in development.
    #[tokio::test]
    async fn nothing_private_is_asked() {
        let strict = documents(&[], true);
        for inner in [
            "https://127.0.0.1/x",
            "https://10.0.0.1/x",
            "https://169.254.169.254/latest/meta-data",
            "https://[::1]/x",
            "https://localhost/x",
        ] {
            let (url, policy) = strict.of(inner).unwrap();
            let refused = strict.fetch(&url, &policy).await.err();
            let unreached = matches!(refused, Some(FetchError::Outbound(Error::Policy(_) | Error::Unreached)));
            assert!(unreached, "{inner}: {refused:?}");
        }
        assert!(documents(&["127.0.0.1"], true).of("http://127.0.0.1:1/x").is_some());
        assert!(documents(&["127.0.0.1"], false).of("http://127.0.0.1:1/x").is_none());
    }
}
