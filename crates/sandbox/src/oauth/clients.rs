//! The clients that are registered at a vendor: the app that connects, the app that signs in.

use crate::{account::Vendor, app::App, credentials, ledger::Grant, parameters::Parameters};
use axum::http::HeaderMap;
use kernel::Secret;
use url::Url;

/// What a client was registered for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Use {
    Connect,
    SignIn,
}

#[derive(Clone, Copy)]
pub(crate) struct Client<'a> {
    pub(crate) id: &'a str,
    pub(crate) secret: &'a Secret,
    pub(crate) redirect_uris: &'a [String],
    pub(crate) purpose: Use,
}

impl Client<'_> {
    /// The registered callback that is exactly this one.
    pub(crate) fn callback(&self, wanted: &str) -> Option<&str> {
        self.redirect_uris.iter().map(String::as_str).find(|registered| *registered == wanted)
    }
}

impl App {
    /// Whether anybody has an app at this vendor.
    pub(crate) fn has_clients(&self, vendor: Vendor) -> bool {
        self.clients(vendor).next().is_some()
    }

    fn clients(&self, vendor: Vendor) -> impl Iterator<Item = Client<'_>> {
        let (github, linear) = (&self.config.github, &self.config.linear);
        let connect = match vendor {
            Vendor::Github => Some((&github.client_id, &github.client_secret, &github.redirect_uris)),
            Vendor::Linear => Some((&linear.client_id, &linear.client_secret, &linear.redirect_uris)),
            _ => self.config.connect.of(vendor).map(|app| (&app.client_id, &app.client_secret, &app.redirect_uris)),
        };
        let sign_in = self.config.sign_in.of(vendor);
        let sign_in = sign_in.map(|app| (&app.client_id, &app.client_secret, &app.redirect_uris));
        [(connect, Use::Connect), (sign_in, Use::SignIn)].into_iter().filter_map(|(client, purpose)| {
            let (id, secret, redirect_uris) = client?;
            Some(Client { id, secret, redirect_uris, purpose })
        })
    }

    /// Whether this is where one of the vendor's apps lives: the scheme, host and port of a registered callback.
    pub(crate) fn is_called_back_at(&self, vendor: Vendor, url: &Url) -> bool {
        let mut callbacks = self.clients(vendor).flat_map(|client| client.redirect_uris);
        callbacks.any(|callback| Url::parse(callback).is_ok_and(|callback| callback.origin() == url.origin()))
    }

    pub(crate) fn client(&self, vendor: Vendor, id: &str) -> Option<Client<'_>> {
        self.clients(vendor).find(|client| kernel::same(client.id, id))
    }

    /// The client with this id, if the secret is its own.
    pub(crate) fn authenticated(&self, vendor: Vendor, id: &str, secret: &str) -> Option<Client<'_>> {
        self.client(vendor, id).filter(|client| kernel::same(client.secret.expose(), secret))
    }

    /// Id and secret from HTTP Basic, or else from the form.
    pub(crate) fn authenticated_by(
        &self,
        vendor: Vendor,
        headers: &HeaderMap,
        form: &Parameters,
    ) -> Option<Client<'_>> {
        let (id, secret) = credentials::basic(headers).unwrap_or_else(|| {
            let text = |name| form.get(name).unwrap_or_default().to_owned();
            (text("client_id"), text("client_secret"))
        });
        self.authenticated(vendor, &id, &secret)
    }
}

impl App {
    /// The grant behind the request's bearer token.
    pub(crate) fn bearer(&self, vendor: Vendor, headers: &HeaderMap) -> Option<Grant> {
        let token = credentials::token(headers, &["bearer"])?;
        self.store.read(|ledger| ledger.book(vendor).find(token, self.now()))
    }
}
