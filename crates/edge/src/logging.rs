//! Structured logs on standard error. `RUST_LOG` filters, `LOG_FORMAT` chooses text or JSON.

use std::{fmt, str::FromStr};
use tracing_subscriber::{EnvFilter, filter::filter_fn, fmt as output, layer::SubscriberExt, util::SubscriberInitExt};

/// Libraries that write down what strangers say, word for word: it may be anything, the credentials that we have sent them included.
const TELLING: [&str; 1] = ["rmcp"];

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

/// Whether what is said under this target may stand in a log, whatever `RUST_LOG` asks for.
pub fn may_be_logged(target: &str) -> bool {
    !TELLING
        .iter()
        .any(|library| target.strip_prefix(library).is_some_and(|rest| rest.is_empty() || rest.starts_with(':')))
}

/// Installs the subscriber; once a process. An unreadable filter falls back to `info`.
pub fn init_logging(format: LogFormat, filter: &str) {
    let filter = EnvFilter::try_new(filter).unwrap_or_else(|_| EnvFilter::new("info"));
    let registry = tracing_subscriber::registry().with(filter).with(filter_fn(|about| may_be_logged(about.target())));
    // A second call (tests) changes nothing.
    let _already = match format {
        LogFormat::Text => registry.with(output::layer().with_writer(std::io::stderr)).try_init(),
        LogFormat::Json => registry.with(output::layer().json().with_writer(std::io::stderr)).try_init(),
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A library is silent in all its modules, and no other for its name's sake.
    #[test]
    fn what_repeats_strangers_is_not_logged() {
        assert!(!may_be_logged("rmcp") && !may_be_logged("rmcp::service"));
        assert!(may_be_logged("rmcp_like") && may_be_logged("connectors::flows::tools") && may_be_logged("h2"));
    }
}
