//! Metrics as Prometheus reads them, on a port that Traefik does not know.

use axum::{Router, routing::get};
use http::{HeaderValue, header};
use kernel::meters::{self, Kind, Meter};
use metrics_exporter_prometheus::{BuildError, PrometheusBuilder, PrometheusHandle};
use metrics_process::Collector;
use std::{sync::Arc, time::Duration};
use tokio::net::TcpListener;

/// How often recorded times are counted into their buckets; until then each is kept.
const UPKEEP: Duration = Duration::from_secs(5);
/// Prometheus' text form.
const TEXT: HeaderValue = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");

/// Sets the gauges that are read off something: a pool, a cache.
pub trait Scrape: Fn() + Send + Sync + 'static {}

impl<F: Fn() + Send + Sync + 'static> Scrape for F {}

/// The exporter could not be made.
#[derive(Debug, thiserror::Error)]
#[error("the exporter cannot be set up")]
pub struct MetricsError(#[from] BuildError);

/// Collects what the whole process counts.
pub(super) struct Exporter(PrometheusHandle);

impl Exporter {
    /// Once a process.
    pub fn install() -> Result<Self, MetricsError> {
        let handle = PrometheusBuilder::new().set_buckets(&meters::BUCKETS)?.install_recorder()?;
        for Meter { name, kind, labels: _, help } in meters::ALL {
            match kind {
                Kind::Counter => metrics::describe_counter!(*name, *help),
                Kind::Gauge => metrics::describe_gauge!(*name, *help),
                Kind::Histogram => metrics::describe_histogram!(*name, *help),
            }
        }
        Ok(Self(handle))
    }

    pub fn serve(self, listener: TcpListener, scrape: impl Scrape) {
        let process = Collector::default();
        process.describe();
        let (handle, scrape, process) = (self.0, Arc::new(scrape), Arc::new(process));
        let upkeep = handle.clone();
        let answer = move || {
            scrape();
            process.collect();
            let text = handle.render();
            async move { ([(header::CONTENT_TYPE, TEXT)], text) }
        };
        tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, Router::new().route("/metrics", get(answer))).await {
                tracing::error!(error = &error as &dyn std::error::Error, "nobody can read the metrics any more");
            }
        });
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(UPKEEP).await;
                upkeep.run_upkeep();
            }
        });
    }
}
