//! Starting and stopping.

use crate::{
    account::Vendor,
    anthropic,
    app::{App, Parts},
    atlassian,
    config::Config,
    consent::Desk,
    control,
    courier::{CaError, Courier, Outbox},
    data::Data,
    dials::Dials,
    generic::{self, Registry},
    github::{self, BadKey, PublicKey},
    google, id_tokens, index,
    ledger::{StateFileError, Store},
    linear,
    mail::{self, Mailbox},
    mcp,
    people::People,
    slack, spotify,
    wire::{Door, Wire},
    zoho,
};
use axum::{
    Json, Router,
    extract::{Path, State},
    routing::any,
};
use chrono::TimeDelta;
use kernel::Clock;
use serde_json::{Value, json};
use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};
use tokio::{net::TcpListener, task::JoinHandle};
use tokio_util::sync::{CancellationToken, DropGuard};

/// Why a sandbox does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("port {port} of 127.0.0.1 cannot be bound")]
    Bind { port: u16, source: io::Error },
    #[error(transparent)]
    StateFile(#[from] StateFileError),
    #[error(transparent)]
    Ca(#[from] CaError),
    #[error("the GitHub App's private key cannot be used")]
    AppKey(#[from] BadKey),
}

/// A sandbox that answers. Dropping it stops it without waiting; [`Running::stop`] waits.
pub struct Running {
    /// For example `http://127.0.0.1:5003`; every vendor is below it under its name.
    pub url: String,
    /// For example `smtp://127.0.0.1:5025`, where mail is taken.
    pub smtp_url: Option<String>,
    stop: DropGuard,
    server: JoinHandle<io::Result<()>>,
}

impl Running {
    /// Stops accepting, lets running requests finish for up to five seconds, then cuts them. Answers whether they finished.
    pub async fn stop(self) -> bool {
        drop(self.stop);
        let abort = self.server.abort_handle();
        let is_done = tokio::time::timeout(Duration::from_secs(5), self.server).await.is_ok();
        if !is_done {
            abort.abort();
        }
        is_done
    }
}

/// Binds 127.0.0.1 and answers from a task of the current runtime.
pub async fn spawn(config: Config) -> Result<Running, StartError> {
    let store = Store::open(config.state_file.clone())?;
    let courier = Courier::new(config.webhook_ca_pem_path.as_deref())?;
    let key = config.github.app.as_ref().map(|app| PublicKey::from_private_pem(&app.private_key_pem)).transpose()?;
    let (listener, address) = bind(config.port).await?;
    let smtp = match config.smtp_port {
        Some(port) => Some(bind(port).await?),
        None => None,
    };
    let smtp_url = smtp.as_ref().map(|(_, address)| format!("smtp://{address}"));

    let clock = Clock::system();
    clock.advance(TimeDelta::seconds(store.read(|ledger| ledger.advanced_seconds).into()));
    let shutdown = CancellationToken::new();
    let app = App::new(Parts {
        url: format!("http://{address}"),
        clock,
        wall: Clock::system(),
        store,
        dials: Dials::default(),
        data: Data::default(),
        generic: Registry::default(),
        anthropic: anthropic::Kept::default(),
        mcp: mcp::Servers::default(),
        people: People::default(),
        desk: Desk::default(),
        mailbox: Mailbox::default(),
        mail_faults: mail::Faults::default(),
        smtp_url: smtp_url.clone(),
        courier,
        outbox: Outbox::default(),
        app_key: key,
        shutdown: shutdown.clone(),
        config,
    });
    if app.config.sign_in.google.is_some() || app.config.sign_in.slack.is_some() {
        // Nobody waits for it: whoever needs the key first does.
        tokio::task::spawn_blocking(id_tokens::prepare);
    }
    if let Some((listener, _)) = smtp {
        tokio::spawn(mail::serve(app.clone(), listener));
    }
    let url = app.url.clone();
    let router = routes(app).into_make_service_with_connect_info::<Wire>();
    let server = axum::serve(Door(listener), router).with_graceful_shutdown(shutdown.clone().cancelled_owned());
    Ok(Running { url, smtp_url, stop: shutdown.drop_guard(), server: tokio::spawn(server.into_future()) })
}

async fn bind(port: u16) -> Result<(TcpListener, SocketAddr), StartError> {
    let fault = |source| StartError::Bind { port, source };
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.map_err(fault)?;
    let address = listener.local_addr().map_err(fault)?;
    Ok((listener, address))
}

fn routes(app: App) -> Router {
    Router::new()
        .merge(index::routes())
        .merge(mail::routes())
        .route("/_elsewhere/{*name}", any(elsewhere))
        .nest("/github", github::routes(&app))
        .nest("/linear", linear::routes(&app))
        .nest("/google", google::routes(&app))
        .nest("/slack", slack::routes(&app))
        .nest("/spotify", spotify::routes(&app))
        .nest("/atlassian", atlassian::routes(&app))
        .nest("/zoho", zoho::routes(&app))
        .nest("/anthropic", anthropic::routes(&app))
        .merge(anthropic::at_root(&app))
        .nest("/generic", generic::routes())
        .merge(mcp::resources())
        .nest("/_control", control::routes())
        .with_state(app)
}

/// Where the fault `redirect` leads. Whoever gets here followed it, and is given what would be a token elsewhere.
async fn elsewhere(State(app): State<App>, Path(name): Path<String>) -> Json<Value> {
    let generic = name.strip_prefix("generic/").and_then(|slug| app.generic.get(slug)).map(|entry| entry.dial.clone());
    let vendor = || Vendor::ALL.iter().find(|vendor| vendor.slug() == name).map(|vendor| app.dials.shared(*vendor));
    if let Some(dial) = generic.or_else(vendor) {
        dial.lock().counters.redirects_followed += 1;
    }
    Json(json!({"access_token": "from-elsewhere", "token_type": "bearer"}))
}
