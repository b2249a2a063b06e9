//! Serving until told to stop, and then draining.

use crate::Peer;
use axum::{
    Router,
    extract::ConnectInfo,
    extract::Request,
    middleware::{Next, from_fn},
};
use std::{io, net::SocketAddr, time::Duration};
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
};
use tokio_util::sync::CancellationToken;

/// How long requests in flight may take after the signal; then the process ends anyway.
const DRAIN: Duration = Duration::from_secs(25);

/// One signal for everything that has to stop. Clones share it.
#[derive(Clone, Default)]
pub struct Shutdown(CancellationToken);

impl Shutdown {
    pub fn new() -> Self {
        Self::default()
    }

    /// Begins with SIGTERM or SIGINT.
    pub fn on_signals() -> io::Result<Self> {
        let shutdown = Self::new();
        let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
        let begin = shutdown.clone();
        tokio::spawn(async move {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            begin.begin();
        });
        Ok(shutdown)
    }

    pub fn begin(&self) {
        self.0.cancel();
    }

    pub fn has_begun(&self) -> bool {
        self.0.is_cancelled()
    }

    pub async fn begun(&self) {
        self.0.cancelled().await;
    }
}

/// Serves `router` on `listener`; on shutdown takes no new connection and waits for those in flight.
pub async fn serve(listener: TcpListener, router: Router, shutdown: Shutdown) -> io::Result<()> {
    let router = router.layer(from_fn(note_peer)).into_make_service_with_connect_info::<SocketAddr>();
    let begun = shutdown.clone();
    let serving = axum::serve(listener, router).with_graceful_shutdown(async move { begun.begun().await });
    tokio::select! {
        result = serving => result,
        () = async { shutdown.begun().await; tokio::time::sleep(DRAIN).await } => {
            tracing::warn!("requests were still running after the drain; ending");
            Ok(())
        }
    }
}

async fn note_peer(
    ConnectInfo(address): ConnectInfo<SocketAddr>,
    mut request: Request,
    next: Next,
) -> axum::response::Response {
    request.extensions_mut().insert(Peer(address.ip()));
    next.run(request).await
}
