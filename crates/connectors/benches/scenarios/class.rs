//! Requests of one kind, and what a good answer to them is.

use crate::{
    bodies::{Bodies, Size, headers},
    client::Answer,
    people::{Fixtures, PASSWORD},
    request::Prepared,
    target::Target,
};
use http::{Request, StatusCode};
use http_body_util::Full;
use hyper::body::Bytes;

/// What is asked for.
#[derive(Clone)]
enum Source<'a> {
    /// One after the other.
    Same(Vec<Prepared>),
    /// Each for another address.
    SignUp { target: &'a Target, run: &'a str },
    /// Each another delivery, signed when it is sent.
    Webhook { plain: Prepared, bodies: &'a Bodies, size: Size, secret: &'a str },
}

#[derive(Clone)]
pub struct Class<'a> {
    pub name: &'static str,
    pub address: String,
    source: Source<'a>,
    /// The first is the one that is meant.
    good: Vec<(StatusCode, String)>,
    /// All of them go there; of a ceiling.
    path: Option<String>,
}

impl<'a> Class<'a> {
    pub fn of(name: &'static str, target: &'a Target, fixtures: &'a Fixtures, bodies: &'a Bodies) -> Self {
        let endpoint = target.endpoint(match name {
            "jwt_protected_connections" | "rate_limited_reject" => "connections",
            "signals_page" => "signals",
            other => other,
        });
        let people = |count: usize| {
            let some = fixtures.people.iter().take(count);
            let prepared = some.map(|person| person.names(|names| Prepared::of(endpoint, &endpoint.path, names)));
            Source::Same(prepared.collect())
        };
        let webhook = |size, vendor: &str| {
            let plain = Prepared::of(endpoint, &endpoint.path, &[]);
            Source::Webhook { plain, bodies, size, secret: &target.secrets[vendor] }
        };
        let source = match name {
            "signup" => Source::SignUp { target, run: &fixtures.run },
            "slack_webhook" => webhook(Size::Small, "slack"),
            "github_webhook" => webhook(Size::Large, "github"),
            "signals_page" => {
                let path = endpoint.cursor_path.as_deref().unwrap();
                let page = |(tenant, cursor): &(String, String)| {
                    Prepared::of(endpoint, path, &[("tenant", tenant), ("cursor", cursor)])
                };
                Source::Same(fixtures.cursors.iter().map(page).collect())
            }
            "rate_limited_reject" => people(2),
            _ => people(usize::MAX),
        };
        let (service, good) = if name == "rate_limited_reject" {
            // The first hundred of a minute pass, at a service that has its own database and nobody's connections.
            let reject = (StatusCode::TOO_MANY_REQUESTS, "RATE_LIMITED".to_owned());
            ("connectors_limited", vec![reject, (StatusCode::OK, "\"connections\":".to_owned())])
        } else {
            (endpoint.service.as_str(), vec![(StatusCode::OK, endpoint.expect_body.clone())])
        };
        Self { name, address: target.address(service), source, good, path: None }
    }

    /// The same requests to what answers each kind with the same text, under its name.
    pub fn at(&self, address: &str) -> Self {
        let good = self.good[..1].to_vec();
        Self { address: address.to_owned(), good, path: Some(format!("/{}", self.name)), ..self.clone() }
    }

    /// `number`: nobody else's in this run.
    pub fn request(&self, number: usize) -> Request<Full<Bytes>> {
        let mut request = match &self.source {
            Source::Same(prepared) => prepared[number % prepared.len()].request(&self.address),
            Source::SignUp { target, run } => {
                let endpoint = target.endpoint("signup");
                let email = format!("new-{number}.{run}@example.test");
                let names = [("email", email.as_str()), ("password", PASSWORD), ("name", "Somebody new")];
                Prepared::of(endpoint, &endpoint.path, &names).request(&self.address)
            }
            Source::Webhook { plain, bodies, size, secret } => {
                let made = bodies.next(*size);
                let mut request = plain.request(&self.address);
                for (name, value) in headers(secret, *size, &made) {
                    request.headers_mut().insert(name, value.parse().unwrap());
                }
                *request.body_mut() = Full::new(made.body.into());
                request
            }
        };
        if let Some(path) = &self.path {
            *request.uri_mut() = path.parse().unwrap();
        }
        request
    }

    /// Whether it is the answer that is meant; one that is not good ends the benchmark.
    pub fn check(&self, answer: &Answer) -> bool {
        let at = self.good.iter().position(|(status, text)| {
            *status == answer.status && std::str::from_utf8(&answer.body).is_ok_and(|body| body.contains(text.as_str()))
        });
        let Some(at) = at else { panic!("{}: {} {}", self.name, answer.status, answer.excerpt()) };
        at == 0
    }
}
