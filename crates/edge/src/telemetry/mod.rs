//! What a process says about itself: logs on standard error, metrics on a port of their own, spans to a collector.

mod logs;
mod metrics;
mod pool;
mod traces;

pub use logs::{LogFormat, may_be_logged};
pub use metrics::{MetricsError, Scrape};
pub use pool::measure_pool;
pub use traces::adopt_parent;

use kernel::{Env, Secret};
use metrics::Exporter;
use std::net::SocketAddr;
use tokio::net::TcpListener;
use traces::Spans;
use tracing_subscriber::{EnvFilter, Layer, filter::filter_fn, fmt, layer::SubscriberExt, util::SubscriberInitExt};
use url::Url;

/// Postgres says `notice` for each thing that a migration finds done already.
const USUAL_FILTER: &str = "info,sqlx::postgres::notice=warn";

/// Where and how to speak. None of it is needed; nothing in it guards anything.
#[derive(Clone)]
pub struct Telemetry {
    pub format: LogFormat,
    pub filter: String,
    /// Where Prometheus finds `/metrics`. `None`: nowhere.
    pub metrics: Option<SocketAddr>,
    /// The collector. `None`: spans are for logs only.
    pub traces: Option<Collector>,
}

/// An OpenTelemetry collector that takes OTLP over HTTP.
#[derive(Clone)]
pub struct Collector {
    pub endpoint: Url,
    /// `name=value,…`, often with a credential in it.
    pub headers: Option<Secret>,
    /// How many of all traces are kept, from 0 to 1.
    pub ratio: f64,
}

/// The metrics and spans of a process that serves.
pub struct Telling {
    exporter: Option<(Exporter, TcpListener)>,
    spans: Option<Spans>,
}

/// What is asked for cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    #[error("METRICS_ADDR cannot be bound")]
    Bind(#[source] std::io::Error),
    #[error("metrics cannot be collected")]
    Metrics(#[from] MetricsError),
    #[error("OTEL_EXPORTER_OTLP_ENDPOINT cannot be used")]
    Traces(#[from] traces::TracesError),
}

impl Telemetry {
    /// `LOG_FORMAT`, `RUST_LOG`, `METRICS_ADDR`, and `OTEL_…` as OpenTelemetry names them.
    pub fn from_env(env: &Env) -> Self {
        let endpoint: Option<Url> = env.optional("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4318");
        let headers = env.optional("OTEL_EXPORTER_OTLP_HEADERS", "authorization=Bearer <token>");
        let ratio = env.or_default("OTEL_TRACES_SAMPLER_ARG", 1.0);
        if !(0.0..=1.0).contains(&ratio) {
            env.fault("OTEL_TRACES_SAMPLER_ARG", "must be from 0 to 1", "0.1");
        }
        Self {
            format: env.or_default("LOG_FORMAT", LogFormat::Text),
            filter: env.or_default("RUST_LOG", USUAL_FILTER.to_owned()),
            metrics: env.optional("METRICS_ADDR", "127.0.0.1:9502"),
            traces: endpoint.map(|endpoint| Collector { endpoint, headers, ratio }),
        }
    }

    /// Logs only: for a command that does its work and ends.
    pub fn log(&self) {
        self.install(None);
    }

    /// Everything that is asked for; once a process. `service` is its name at the collector.
    pub async fn begin(&self, service: &'static str) -> Result<Telling, TelemetryError> {
        let spans = self.traces.as_ref().map(|collector| Spans::to(collector, service)).transpose()?;
        self.install(spans.as_ref());
        let exporter = match self.metrics {
            Some(address) => {
                let listener = TcpListener::bind(address).await.map_err(TelemetryError::Bind)?;
                Some((Exporter::install()?, listener))
            }
            None => None,
        };
        Ok(Telling { exporter, spans })
    }

    /// An unreadable filter falls back to `info`.
    fn install(&self, spans: Option<&Spans>) {
        let filter = EnvFilter::try_new(&self.filter).unwrap_or_else(|_| EnvFilter::new("info"));
        let output = match self.format {
            LogFormat::Text => fmt::layer().with_writer(std::io::stderr).boxed(),
            LogFormat::Json => fmt::layer().json().with_writer(std::io::stderr).boxed(),
        };
        // A second call (tests) changes nothing.
        let _already = tracing_subscriber::registry()
            .with(filter)
            .with(filter_fn(|about| may_be_logged(about.target())))
            .with(spans.map(Spans::layer))
            .with(output)
            .try_init();
    }
}

impl Telling {
    /// Whether anybody reads metrics: what costs queries is measured only then.
    pub fn is_measured(&self) -> bool {
        self.exporter.is_some()
    }

    /// Serves the metrics until the process ends. `scrape` is called before each answer, for gauges that are read off something.
    pub fn serve(&mut self, scrape: impl Scrape) {
        if let Some((exporter, listener)) = self.exporter.take() {
            exporter.serve(listener, scrape);
        }
    }

    /// Hands over the spans that have not been sent, and waits for that a few seconds.
    pub async fn end(self) {
        if let Some(spans) = self.spans {
            spans.end().await;
        }
    }
}
