//! Spans for an OpenTelemetry collector, by OTLP over HTTP. What they carry is what the logs carry, so no secret either.

use super::Collector;
use bytes::Bytes;
use http::{Request, Response};
use kernel::Secret;
use opentelemetry::{KeyValue, propagation::TextMapPropagator, trace::TracerProvider};
use opentelemetry_http::{HeaderExtractor, HttpClient, HttpError};
use opentelemetry_otlp::{ExporterBuildError, SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::{
    Resource,
    propagation::TraceContextPropagator,
    trace::{Sampler, SdkTracerProvider, Tracer},
};
use outbound::{Client, HostPolicy, PolicyError};
use std::collections::HashMap;
use tokio::runtime::Handle;
use tracing::Span;
use tracing_opentelemetry::{OpenTelemetryLayer, OpenTelemetrySpanExt};
use tracing_subscriber::registry::LookupSpan;

/// A collector's answer is a few bytes.
const LARGEST_ANSWER: usize = 64 * 1024;

/// The collector cannot be spoken to.
#[derive(Debug, thiserror::Error)]
pub enum TracesError {
    #[error("the address may not be called")]
    Address(#[from] PolicyError),
    #[error("the address has no path to add to")]
    Path,
    #[error("the HTTP client cannot be made")]
    Client(#[from] outbound::Error),
    #[error("the exporter cannot be made")]
    Exporter(#[from] ExporterBuildError),
}

/// Sends batches of spans from a thread of its own; a collector that does not answer costs spans, and nothing else.
pub struct Spans {
    provider: SdkTracerProvider,
    tracer: Tracer,
}

impl Spans {
    pub fn to(collector: &Collector, service: &'static str) -> Result<Self, TracesError> {
        let mut url = collector.endpoint.clone();
        url.path_segments_mut().map_err(|()| TracesError::Path)?.pop_if_empty().extend(["v1", "traces"]);
        let door = Door {
            client: Client::new(service)?,
            policy: HostPolicy::allow([url.as_str()])?,
            runtime: Handle::current(),
        };
        let exporter = SpanExporter::builder()
            .with_http()
            .with_http_client(door)
            .with_endpoint(url.as_str())
            .with_headers(pairs(collector.headers.as_ref()))
            .build()?;
        let named = Resource::builder_empty().with_attribute(KeyValue::new("service.name", service)).build();
        let provider = SdkTracerProvider::builder()
            .with_batch_exporter(exporter)
            // By the trace's id alone: whether a stranger's header asks for more changes nothing.
            .with_sampler(Sampler::TraceIdRatioBased(collector.ratio))
            .with_resource(named)
            .build();
        let tracer = provider.tracer(service);
        Ok(Self { provider, tracer })
    }

    pub fn layer<S>(&self) -> OpenTelemetryLayer<S, Tracer>
    where
        S: tracing::Subscriber + for<'span> LookupSpan<'span>,
    {
        tracing_opentelemetry::layer().with_tracer(self.tracer.clone()).with_location(false).with_threads(false)
    }

    pub async fn end(self) {
        // It waits for its thread, which needs this one for its calls.
        let ended = tokio::task::spawn_blocking(move || self.provider.shutdown()).await;
        if !matches!(ended, Ok(Ok(()))) {
            tracing::warn!("the last spans were not taken");
        }
    }
}

/// The caller's trace goes on in ours, where they name one (`traceparent`, W3C Trace Context).
pub fn adopt_parent(span: &Span, headers: &http::HeaderMap) {
    if headers.contains_key("traceparent") {
        // Without a collector there is nothing to adopt it.
        let _no_collector = span.set_parent(TraceContextPropagator::new().extract(&HeaderExtractor(headers)));
    }
}

/// `name=value,…`, as the OTLP exporter's specification has it.
fn pairs(headers: Option<&Secret>) -> HashMap<String, String> {
    let text = headers.map(|headers| headers.expose().as_str()).unwrap_or_default();
    let pairs = text.split(',').filter_map(|pair| pair.split_once('='));
    pairs.map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned())).collect()
}

/// The exporter's way out is the one that everything else takes. Its thread knows no runtime, so the call is made on ours.
struct Door {
    client: Client,
    policy: HostPolicy,
    runtime: Handle,
}

impl std::fmt::Debug for Door {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Door")
    }
}

#[async_trait::async_trait]
impl HttpClient for Door {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let (parts, body) = request.into_parts();
        let url = parts.uri.to_string().parse::<url::Url>()?;
        let request = self.client.request(&self.policy, parts.method, &url)?.headers(parts.headers).body(body);
        let client = self.client.clone();
        let answer = self.runtime.spawn(async move { client.send(request, LARGEST_ANSWER).await }).await??;
        let mut response = Response::new(answer.body);
        *response.status_mut() = answer.status;
        *response.headers_mut() = answer.headers;
        Ok(response)
    }
}
