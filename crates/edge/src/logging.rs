//! Structured logs on standard error. `RUST_LOG` filters, `LOG_FORMAT` chooses text or JSON.

use std::{fmt, str::FromStr};
use tracing_subscriber::{EnvFilter, fmt as output, layer::SubscriberExt, util::SubscriberInitExt};

/// `text` for people, `json` for machines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LogFormat {
    #[default]
    Text,
    Json,
}

impl FromStr for LogFormat {
    type Err = UnknownFormat;

    fn from_str(text: &str) -> Result<Self, UnknownFormat> {
        match text {
            "text" => Ok(Self::Text),
            "json" => Ok(Self::Json),
            _ => Err(UnknownFormat),
        }
    }
}

impl fmt::Display for LogFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Text => "text",
            Self::Json => "json",
        })
    }
}

/// Neither `text` nor `json`.
#[derive(Debug, thiserror::Error)]
#[error("the log format is text or json")]
pub struct UnknownFormat;

/// Never logged, whatever the filter says: `rmcp` writes what other people's servers say, and what they were asked, from `info` on.
const SILENT: &str = "rmcp=off";

/// Installs the subscriber; once a process. An unreadable filter falls back to `info`.
pub fn init_logging(format: LogFormat, filter: &str) {
    let filter = EnvFilter::try_new(filter).unwrap_or_else(|_| EnvFilter::new("info"));
    let filter = match SILENT.parse() {
        Ok(silent) => filter.add_directive(silent),
        Err(_) => filter,
    };
    let registry = tracing_subscriber::registry().with(filter);
    // A second call (tests) changes nothing.
    let _already = match format {
        LogFormat::Text => registry.with(output::layer().with_writer(std::io::stderr)).try_init(),
        LogFormat::Json => registry.with(output::layer().json().with_writer(std::io::stderr)).try_init(),
    };
}
