//! Serving until told to stop, and then draining.

use crate::{
    Peer,
    around::{Around, Next, Rounded},
};
use axum::{
    Router, ServiceExt,
    extract::{ConnectInfo, Request},
    response::Response,
};
use http::{HeaderValue, Version, header};
use std::{io, net::SocketAddr, time::Duration};
use tokio::{
    net::TcpListener,
    signal::unix::{Signal, SignalKind, signal},
};
use tokio_util::sync::CancellationToken;
use tower::Layer;

/// How long requests in flight may take after the signal; then the process ends anyway.
const DRAIN: Duration = Duration::from_secs(25);

/// One signal for everything that has to stop, in two steps: first nobody new should come, then nothing new begins. Clones share it.
#[derive(Clone, Default)]
pub struct Shutdown {
    leaving: CancellationToken,
    begun: CancellationToken,
}

impl Shutdown {
    pub fn new() -> Self {
        Self::default()
    }

    /// Leaves with SIGTERM or SIGINT, and begins `lag` after that, so that a load balancer can see it and send nobody any more. A
    /// second signal begins at once.
    pub fn follow_signals(&self, lag: Duration) -> io::Result<()> {
        let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
        let shutdown = self.clone();
        tokio::spawn(async move {
            either(&mut terminate, &mut interrupt).await;
            shutdown.leave();
            tokio::select! {
                () = tokio::time::sleep(lag) => {}
                () = either(&mut terminate, &mut interrupt) => {}
            }
            shutdown.begin();
        });
        Ok(())
    }

    /// From here on the process says that it is not ready, and goes on serving.
    pub fn leave(&self) {
        self.leaving.cancel();
    }

    pub fn is_leaving(&self) -> bool {
        self.leaving.is_cancelled()
    }

    pub fn begin(&self) {
        self.leaving.cancel();
        self.begun.cancel();
    }

    pub fn has_begun(&self) -> bool {
        self.begun.is_cancelled()
    }

    /// The same signal for code that knows tokio only.
    pub fn token(&self) -> CancellationToken {
        self.begun.clone()
    }

    pub async fn begun(&self) {
        self.begun.cancelled().await;
    }
}

async fn either(terminate: &mut Signal, interrupt: &mut Signal) {
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
}

/// Serves `router` on `listener`; on shutdown takes no new connection and waits for those in flight.
pub async fn serve(listener: TcpListener, router: Router, shutdown: Shutdown) -> io::Result<()> {
    let service = Rounded(AtTheConnection(shutdown.clone())).layer(router);
    let service = ServiceExt::<Request>::into_make_service_with_connect_info::<SocketAddr>(service);
    let begun = shutdown.clone();
    let serving = axum::serve(listener, service).with_graceful_shutdown(async move { begun.begun().await });
    tokio::select! {
        result = serving => result,
        () = async { shutdown.begun().await; tokio::time::sleep(DRAIN).await } => {
            tracing::warn!("requests were still running after the drain; ending");
            Ok(())
        }
    }
}

/// Notes who is at the other end, and lets go of it once the process is leaving: a connection that is kept open would be cut
/// while the next request is on its way.
#[derive(Clone)]
struct AtTheConnection(Shutdown);

impl Around for AtTheConnection {
    async fn handle(self, mut request: Request, next: impl Next) -> Response {
        if let Some(ConnectInfo(address)) = request.extensions().get::<ConnectInfo<SocketAddr>>() {
            let peer = Peer(address.ip());
            request.extensions_mut().insert(peer);
        }
        let is_one_at_a_time = request.version() <= Version::HTTP_11;
        let mut response = next.run(request).await;
        if self.0.is_leaving() && is_one_at_a_time {
            response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        response
    }
}
