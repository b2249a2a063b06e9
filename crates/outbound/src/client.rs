//! The client. One for public hosts, whose resolver drops every non-public address so that a name cannot be rebound to
//! an inner one, and one for the private hosts that the operator configured.

use crate::{Ear, Error, HostPolicy, PolicyError, Request, address::is_public};
use bytes::{Bytes, BytesMut};
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::{
    net::SocketAddr,
    sync::{Arc, OnceLock},
    time::Duration,
};
use url::{Host, Url};

const CONNECT: Duration = Duration::from_secs(3);
/// What a vendor may take for a whole answer, unless the operator says less.
pub const LONGEST_ANSWER: Duration = Duration::from_secs(15);

/// A complete answer, of any status.
#[derive(Clone)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
}

/// Cheap to clone; share one.
#[derive(Clone)]
pub struct Client {
    public: Arc<Lazy>,
    private: Arc<Lazy>,
    pub(crate) ear: Option<Ear>,
}

/// Made when it is first needed: reading the machine's some hundred certificates takes longer than the rest of a start, and one who
/// calls nobody need not keep them in memory.
struct Lazy {
    made: OnceLock<reqwest::Client>,
    make: Box<dyn Fn() -> reqwest::ClientBuilder + Send + Sync>,
}

impl Lazy {
    fn new(make: impl Fn() -> reqwest::ClientBuilder + Send + Sync + 'static) -> Arc<Self> {
        Arc::new(Self { made: OnceLock::new(), make: Box::new(make) })
    }

    fn get(&self) -> Result<&reqwest::Client, Error> {
        if let Some(made) = self.made.get() {
            return Ok(made);
        }
        let made = (self.make)().build().map_err(|error| Error::of(&error))?;
        Ok(self.made.get_or_init(|| made))
    }
}

/// Resolves names as the system does and keeps public addresses only.
struct PublicOnly;

impl Resolve for PublicOnly {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let public: Vec<SocketAddr> = found.filter(|address| is_public(address.ip())).collect();
            if public.is_empty() {
                return Err(PolicyError::NotPublic(name.as_str().to_owned()).into());
            }
            Ok(Box::new(public.into_iter()) as Addrs)
        })
    }
}

impl Client {
    /// `user_agent` names us to vendors, some of which refuse requests without one.
    pub fn new(user_agent: &str) -> Result<Self, Error> {
        Self::patient(user_agent, LONGEST_ANSWER)
    }

    /// The same for who waits `patience` for a whole answer.
    pub fn patient(user_agent: &str, patience: Duration) -> Result<Self, Error> {
        let name = HeaderValue::from_str(user_agent).map_err(|_| Error::Request)?;
        let (own, other) = (name.clone(), name);
        Ok(Self {
            public: Lazy::new(move || builder(&own, patience).https_only(true).dns_resolver(Arc::new(PublicOnly))),
            private: Lazy::new(move || builder(&other, patience)),
            ear: None,
        })
    }

    /// The same client; what answers say in their heads is heard.
    #[must_use]
    pub fn heard_by(&self, ear: &Ear) -> Self {
        Self { ear: Some(ear.clone()), ..self.clone() }
    }

    /// Starts a request. Send it with [`Client::send`].
    pub fn request(&self, policy: &HostPolicy, method: Method, url: &Url) -> Result<Request, Error> {
        policy.check(url)?;
        let by = |client: &Lazy| {
            Ok(Request { builder: client.get()?.request(method, url.clone()), provider: policy.provider() })
        };
        if policy.is_private_by_configuration(url) {
            return by(&self.private);
        }
        // The resolver is never asked about IP literals, so they are judged here.
        let literal = match url.host() {
            Some(Host::Ipv4(v4)) => Some(v4.into()),
            Some(Host::Ipv6(v6)) => Some(v6.into()),
            _ => None,
        };
        if literal.is_some_and(|address| !is_public(address)) {
            return Err(PolicyError::NotPublic(url.host_str().unwrap_or_default().to_owned()).into());
        }
        by(&self.public)
    }

    /// Sends and reads at most `limit` bytes of the answer. Any status is an answer; redirects are not followed.
    pub async fn send(&self, request: Request, limit: usize) -> Result<Answer, Error> {
        let mut response = request.dispatch().await?;
        if let Some(ear) = &self.ear {
            ear.hear(response.url(), response.status(), response.headers());
        }
        let mut body = BytesMut::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| Error::of(&error))? {
            if body.len() + chunk.len() > limit {
                return Err(Error::TooLarge { limit });
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Answer { status: response.status(), headers: response.headers().clone(), body: body.freeze() })
    }
}

#[expect(clippy::disallowed_methods, reason = "this is the one door")]
fn builder(user_agent: &HeaderValue, patience: Duration) -> reqwest::ClientBuilder {
    reqwest::Client::builder()
        .user_agent(user_agent.clone())
        .connect_timeout(CONNECT)
        .timeout(patience)
        // A proxy from the environment would see the credentials and skip the address check.
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        .pool_max_idle_per_host(16)
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::{Router, routing::get};

    async fn serve(router: Router) -> String {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, router).await });
        format!("http://{address}")
    }

    /// A redirect is an answer, not an errand: nothing is sent to where it points.
    #[tokio::test]
    async fn redirects_are_not_followed() {
        let away = axum::response::Redirect::temporary("http://127.0.0.1:1/");
        let base = serve(Router::new().route("/", get(|| async { away }))).await;
        let policy = HostPolicy::allow([base.as_str()]).unwrap();
        let client = Client::new("test").unwrap();
        let request = client.request(&policy, Method::GET, &base.parse().unwrap()).unwrap();
        assert_eq!(client.send(request, 1024).await.unwrap().status, StatusCode::TEMPORARY_REDIRECT);
    }

    /// An answer over the cap is given up, however large it is.
    #[tokio::test]
    async fn a_huge_answer_is_cut_off() {
        let base = serve(Router::new().route("/", get(|| async { "x".repeat(10_000_000) }))).await;
        let policy = HostPolicy::allow([base.as_str()]).unwrap();
        let client = Client::new("test").unwrap();
        let request = client.request(&policy, Method::GET, &base.parse().unwrap()).unwrap();
        assert!(matches!(client.send(request, 1024).await, Err(Error::TooLarge { limit: 1024 })));
    }

    /// A host outside the policy gets no request, and a public policy does not reach inner addresses.
    #[tokio::test]
    async fn hosts_outside_the_policy_are_not_called() {
        let client = Client::new("test").unwrap();
        let policy = HostPolicy::allow(["https://api.example.com"]).unwrap();
        let refused = client.request(&policy, Method::GET, &"https://169.254.169.254/".parse().unwrap());
        assert!(matches!(refused, Err(Error::Policy(PolicyError::NotAllowed(_)))));
    }
}
